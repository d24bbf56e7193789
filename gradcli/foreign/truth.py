"""A block of the derivative by two routes, torch.autograd and differences, and what a claim is beside it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.claims.conclusion import Conclusion
from gradcli.foreign.differences import EPS, START, Column, Truths, column, noise_beside, settled
from gradcli.foreign.subject import Evaluate, Key, Subject

Name = Callable[[int, int], str]  # how messages call the entry in that row and column

SECONDS = 20.0  # for the differences that confirm one variable's block


@dataclass(frozen=True, slots=True)
class Truth:
    """One block of the derivative, as (outputs, entries of the variable).

    error:     how far ``value`` can be off; infinite where differences do not settle
    low, high: the one-sided slopes at a kink, else ``value``
    other:     what the differences say where they contradict torch.autograd, else ``value``
    checked:   the columns that differences have looked at
    natural:   the size that a derivative of this function has by its units, |f|/|x|
    exact:     ``value`` is torch.autograd's, else it is that of the differences
    """

    value: FloatArray
    error: FloatArray
    low: FloatArray
    high: FloatArray
    other: FloatArray
    checked: tuple[int, ...]
    natural: float
    exact: bool
    precision: float

    @property
    def disputed(self) -> Truths:
        """The entries at which differences contradict torch.autograd."""
        found: Truths = ~((self.other == self.value) | np.isnan(self.other))
        return found

    def shaped(self, shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
        """Value and error in the derivative's own shape."""
        return self.value.reshape(shape), self.error.reshape(shape)


def line_of(
    evaluate: Evaluate, values: Mapping[str, FloatArray], name: str, entry: int
) -> Callable[[float], FloatArray]:
    """The function along one entry of a variable, of that entry's value, all else fixed."""

    def line(position: float) -> FloatArray:
        moved = values[name].copy()
        moved.reshape(-1)[entry] = position
        return evaluate({**values, name: moved})

    return line


def sizes_of(x: FloatArray) -> FloatArray:
    """The size of each entry, of which steps are a part: its own, or for a zero that of the largest, or 1."""
    flat = np.abs(x.reshape(-1))
    return np.where(flat > 0, flat, flat.max() or 1.0)


def _mixed(subject: Subject, values: Mapping[str, FloatArray], row: str, name: str, entry: int) -> Column:
    """A column of a Hessian from values alone: (f(++) - f(+-) - f(-+) + f(--)) / 4hk, whose error is even in h, k."""
    rows, width = sizes_of(values[row]), float(sizes_of(values[name])[entry])
    at = float(values[name].reshape(-1)[entry])
    level = 8 * noise_beside(line_of(subject.at, values, name, entry), at, width)
    level = np.fmax(4 * subject.precision * np.abs(subject.at(values)), level)

    def difference(step: float) -> FloatArray:
        def corner(i: int, up: int, right: int) -> FloatArray:
            moved = {other: value.copy() for other, value in values.items()}
            moved[row].reshape(-1)[i] += up * step * rows[i]
            moved[name].reshape(-1)[entry] += right * step * width
            return subject.at(moved)

        found = [corner(i, 1, 1) - corner(i, 1, -1) - corner(i, -1, 1) + corner(i, -1, -1) for i in range(rows.size)]
        return np.concatenate(found) / (4 * step**2 * width * rows)

    def noise(step: float) -> FloatArray:
        return level / (step**2 * width * rows)

    found = settled(difference, noise, START * max(1.0, 1 / width))
    error = np.where(np.isfinite(found.value + found.error), found.error, np.inf)
    return Column(found.value, error, found.value, found.value)


def _column(subject: Subject, values: Mapping[str, FloatArray], key: Key, entry: int) -> Column:
    x = values[key[-1]]
    if subject.kind == "hessian" and not subject.graph:
        return _mixed(subject, values, key[0], key[-1], entry)
    evaluate = subject.slope(key[0]) if subject.kind == "hessian" else subject.at
    float_type = np.float32 if subject.carrier.single else np.float64
    line = line_of(evaluate, values, key[-1], entry)
    return column(line, float(x.reshape(-1)[entry]), float(sizes_of(x)[entry]), subject.precision, float_type)


def _entries(subject: Subject, values: Mapping[str, FloatArray], gap: FloatArray, seed: int, count: int) -> list[int]:
    """The columns in which differences confirm autograd: all if few, else those of the largest gaps, and others."""
    started = time.perf_counter()
    subject.at(values)
    count = min(count, max(4, int(SECONDS / (40 * (time.perf_counter() - started) + 1e-9))))
    if gap.size <= count:
        return list(range(gap.size))
    worst = [int(i) for i in np.argsort(-gap, kind="stable")[: count // 2] if gap[i] > 0]
    drawn = [int(i) for i in np.random.default_rng(seed).permutation(gap.size) if i not in worst]
    return sorted(worst + drawn[: count - len(worst)])


def truth_of(
    subject: Subject,
    values: Mapping[str, FloatArray],
    key: Key,
    exact: FloatArray | None,
    claimed: FloatArray | None,
    seed: int,
    count: int,
) -> Truth:
    """The block by torch.autograd (``exact``), confirmed by differences in ``count`` columns, or by them alone."""
    shape, width = subject.shape_of(key, values), values[key[-1]].size
    value = np.full((math.prod(shape) // width, width), np.nan) if exact is None else exact.reshape(-1, width).copy()
    sizes = (float(np.abs(values[name]).max()) or 1.0 for name in key)
    natural = float(np.abs(subject.value.array).max()) / math.prod(sizes)
    largest = float(np.abs(value[np.isfinite(value)]).max(initial=0.0))
    rounding = 64 * subject.precision * largest
    error = np.where(np.isfinite(value), rounding, np.inf)
    low, high, other = value.copy(), value.copy(), value.copy()
    columns = list(range(width))
    if exact is not None:
        other_numbers = value if claimed is None else claimed.reshape(value.shape)
        gap = np.nan_to_num(np.abs(other_numbers - value), nan=np.inf).max(0)
        columns = _entries(subject, values, np.where(gap > rounding, gap, 0.0), seed, count) if count else []
    for i in columns:
        found = _column(subject, values, key, i)
        bent = (found.left != found.right) & np.isfinite(found.left + found.right)
        if exact is None:
            value[:, i], error[:, i], other[:, i] = found.value, found.error, found.value
        else:
            told = found.error <= 1e-3 * np.fmax(largest, np.abs(found.value)) + 1e-6 * natural
            agree = np.abs(found.value - value[:, i]) <= found.error + 1e-7 * np.abs(value[:, i])
            error[:, i] = np.where(told & ~bent, rounding, found.error)
            other[:, i] = np.where(told & ~agree & ~bent, found.value, value[:, i])
        low[:, i] = np.where(bent, np.fmin(found.left, found.right), value[:, i])
        high[:, i] = np.where(bent, np.fmax(found.left, found.right), value[:, i])
    return Truth(value, error, low, high, other, tuple(columns), natural, exact is not None, subject.precision)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``worst``: (row, column) of the entry that decides where the claim is refuted."""

    conclusion: Conclusion
    digits: float | None
    worst: tuple[int, int] | None
    notes: tuple[str, ...]


def compare(truth: Truth, claimed: FloatArray, rtol: float, named: Name) -> Comparison:
    """Entry by entry: refuted beyond the error, agreeing within it where it is small enough, else undecided."""
    value, error = truth.value, truth.error
    known = np.abs(value[np.isfinite(value)])
    size = max(float(known.max(initial=0.0)), 1e-6 * truth.natural)
    allowed = error + rtol * np.abs(value)
    inside = np.isinf(error) | ((claimed >= truth.low - allowed) & (claimed <= truth.high + allowed))
    bent, disputed = (truth.low != truth.high) & np.isfinite(truth.low + truth.high), truth.disputed
    checked = np.isin(np.arange(value.shape[1]), truth.checked)[None, :]
    coarse = np.isinf(error) | (error > rtol * np.fmax(np.fmax(np.abs(value), np.abs(claimed)), size))
    to_autograd = np.abs(claimed - value) <= 1e-10 * np.abs(value) + 64 * EPS * size
    to_differences = np.abs(claimed - truth.other) <= 1e-8 * np.fmax(np.abs(truth.other), 1e-3 * size)
    refuted = ~inside & ~disputed & checked
    still_open = (inside & coarse & ~disputed) | (disputed & ~to_differences) | (~inside & ~disputed & ~checked)
    gap = np.fmax(np.fmax(truth.low - claimed, claimed - truth.high), 0)
    relative = np.where(refuted, np.nan_to_num(gap / np.fmax(np.abs(value), 1e-300), nan=np.inf), -1)
    worst = np.unravel_index(int(np.argmax(relative)), value.shape)
    notes = [
        *_kinks(truth, claimed, bent & ~coarse, inside, named),
        *_disputes(truth, claimed, disputed, to_autograd, to_differences, named),
    ]
    if refuted.any():
        return Comparison(Conclusion.REFUTED, None, (int(worst[0]), int(worst[1])), tuple(notes))
    if still_open.any():
        row, entry = (int(k[0]) for k in np.nonzero(still_open))
        if not disputed[row, entry]:
            notes.append(_why_open(truth, row, entry, named))
        return Comparison(Conclusion.UNDECIDED, None, None, tuple(notes))
    told = gap if truth.exact else np.fmax(gap, error)
    plain = ~bent & ~disputed
    share = (told / np.where(rtol * np.abs(value) >= error, np.abs(value), max(size, truth.natural) or 1.0))[plain]
    digits = -math.log10(max(float(share.max(initial=0.0)), truth.precision / 2)) if plain.any() else None
    return Comparison(Conclusion.AGREES, digits, None, tuple(notes))


def _kinks(truth: Truth, claimed: FloatArray, bent: Truths, inside: Truths, named: Name) -> Iterator[str]:
    order = np.argwhere(bent & ~inside).tolist() or np.argwhere(bent).tolist()
    for row, entry in order[:1]:
        low, high, own = (float(part[row, entry]) for part in (truth.low, truth.high, truth.value))
        where = "lies between" if inside[row, entry] else "lies outside"
        yield (
            f"{named(row, entry)} is taken at a kink: the slopes on its two sides are {low:.10g} and {high:.10g}; "
            f"the claim's {float(claimed[row, entry])!r} {where}{f', torch chooses {own!r}' if truth.exact else ''}"
        )
    if np.count_nonzero(bent) > 1:
        yield f"{np.count_nonzero(bent)} entries are taken at kinks"


def _disputes(
    truth: Truth, claimed: FloatArray, disputed: Truths, to_autograd: Truths, to_differences: Truths, named: Name
) -> Iterator[str]:
    order = np.argwhere(disputed & ~to_autograd & ~to_differences).tolist() or np.argwhere(disputed).tolist()
    for row, entry in order[:1]:
        sides = {"torch.autograd": to_autograd[row, entry], "the differences": to_differences[row, entry]}
        with_whom = next((name for name, agrees in sides.items() if agrees), "neither")
        exact, other, ours = (float(part[row, entry]) for part in (truth.value, truth.other, claimed))
        yield (
            f"two routes disagree at {named(row, entry)}: torch.autograd gives {exact!r}, "
            f"differences of the function's values {other!r}; "
            f"the claim's {ours!r} agrees with {with_whom} (a detach, a custom backward, or a branch?)"
        )


def _why_open(truth: Truth, row: int, entry: int, named: Name) -> str:
    error, name = float(truth.error[row, entry]), named(row, entry)
    if entry not in truth.checked:
        return f"the claim differs from torch.autograd at {name}, where no differences were taken to confirm it"
    if math.isinf(error):
        return f"differences do not settle at {name}: a jump, a cusp, noise, or the edge of the domain"
    return (
        f"differences give {float(truth.value[row, entry]):.6g} at {name}, off by up to {error:.1g}: too coarse to tell"
    )
