"""A block of the derivative by two routes: torch.autograd, and differences that confirm it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.foreign.differences import START, Column, Truths, column, noise_beside, settled
from gradcli.foreign.subject import Evaluate, Key, Subject


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


def _entries(gap: FloatArray, seed: int, count: int) -> list[int]:
    """The columns in which differences confirm autograd: all if few, else those of the largest gaps, and others."""
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
        columns = _entries(np.where(gap > rounding, gap, 0.0), seed, count) if count else []
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
