"""A claim beside the truth of one block, entry by entry: what is refuted, what stays open, and what is said of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.claims.conclusion import Conclusion
from gradcli.foreign.differences import EPS, Truths
from gradcli.foreign.truth import Truth

Name = Callable[[int, int], str]  # how messages call the entry in that row and column


@dataclass(frozen=True, slots=True)
class Comparison:
    """``worst``: (row, column) of the entry that decides where the claim is refuted."""

    conclusion: Conclusion
    digits: float | None
    worst: tuple[int, int] | None
    notes: tuple[str, ...]


def compare(truth: Truth, claimed: FloatArray, rtol: float, named: Name) -> Comparison:
    """Entry by entry: refuted beyond the error, agreeing within it where it is small enough, else undecided."""
    beside = Beside(truth, claimed, rtol)
    notes = [*_kinks(beside, named), *_disputes(beside, named)]
    if beside.refuted.any():
        return Comparison(Conclusion.REFUTED, None, beside.worst, tuple(notes))
    if beside.still_open.any():
        row, entry = (int(k[0]) for k in np.nonzero(beside.still_open))
        if not truth.disputed[row, entry]:
            notes.append(_why_open(truth, row, entry, named))
        return Comparison(Conclusion.UNDECIDED, None, None, tuple(notes))
    return Comparison(Conclusion.AGREES, beside.digits, None, tuple(notes))


@dataclass(frozen=True)
class Beside:
    """The rules by which an entry is compared, each an array of the block's shape (outputs, entries of the input)."""

    truth: Truth
    claimed: FloatArray
    rtol: float

    @cached_property
    def size(self) -> float:
        """The largest derivative in the block, or a millionth of what its units make natural."""
        value = self.truth.value
        return max(float(np.abs(value[np.isfinite(value)]).max(initial=0.0)), 1e-6 * self.truth.natural)

    @cached_property
    def inside(self) -> Truths:
        """Between the slopes of both sides, to within error and tolerance."""
        allowed = self.truth.error + self.rtol * np.abs(self.truth.value)
        above, below = self.claimed >= self.truth.low - allowed, self.claimed <= self.truth.high + allowed
        found: Truths = np.isinf(self.truth.error) | (above & below)
        return found

    @cached_property
    def bent(self) -> Truths:
        """At a kink: the slopes of both sides are two numbers."""
        low, high = self.truth.low, self.truth.high
        found: Truths = (low != high) & np.isfinite(low + high)
        return found

    @cached_property
    def checked(self) -> Truths:
        """In a column that differences have looked at; one row for all."""
        found: Truths = np.isin(np.arange(self.truth.value.shape[1]), self.truth.checked)[None, :]
        return found

    @cached_property
    def coarse(self) -> Truths:
        """Known too little to be told right by."""
        error = self.truth.error
        largest = np.fmax(np.fmax(np.abs(self.truth.value), np.abs(self.claimed)), self.size)
        found: Truths = np.isinf(error) | (error > self.rtol * largest)
        return found

    @cached_property
    def as_autograd(self) -> Truths:
        value = self.truth.value
        found: Truths = np.abs(self.claimed - value) <= 1e-10 * np.abs(value) + 64 * EPS * self.size
        return found

    @cached_property
    def as_differences(self) -> Truths:
        other = self.truth.other
        found: Truths = np.abs(self.claimed - other) <= 1e-8 * np.fmax(np.abs(other), 1e-3 * self.size)
        return found

    # -- what follows

    @cached_property
    def refuted(self) -> Truths:
        """Outside, where both routes say the same and differences have looked."""
        found: Truths = ~self.inside & ~self.truth.disputed & self.checked
        return found

    @cached_property
    def still_open(self) -> Truths:
        """Inside of too much, against one of two routes that disagree, or outside where nothing confirms autograd."""
        disputed = self.truth.disputed
        unconfirmed = ~self.inside & ~disputed & ~self.checked
        found: Truths = (self.inside & self.coarse & ~disputed) | (disputed & ~self.as_differences) | unconfirmed
        return found

    @cached_property
    def gap(self) -> FloatArray:
        """How far outside."""
        found: FloatArray = np.fmax(np.fmax(self.truth.low - self.claimed, self.claimed - self.truth.high), 0)
        return found

    @property
    def worst(self) -> tuple[int, int]:
        """The refuted entry with the largest relative gap."""
        relative = np.nan_to_num(self.gap / np.fmax(np.abs(self.truth.value), 1e-300), nan=np.inf)
        row, entry = np.unravel_index(int(np.argmax(np.where(self.refuted, relative, -1))), relative.shape)
        return int(row), int(entry)

    @property
    def digits(self) -> float | None:
        """Those that are right in the worst entry; None where all entries are at kinks, or disputed."""
        truth, plain = self.truth, ~self.bent & ~self.truth.disputed
        if not plain.any():
            return None
        told = self.gap if truth.exact else np.fmax(self.gap, truth.error)
        own = self.rtol * np.abs(truth.value) >= truth.error
        share = told / np.where(own, np.abs(truth.value), max(self.size, truth.natural) or 1.0)
        return -math.log10(max(float(share[plain].max(initial=0.0)), truth.precision / 2))


# -- what is said


def _kinks(beside: Beside, named: Name) -> Iterator[str]:
    truth, bent = beside.truth, beside.bent & ~beside.coarse
    order = np.argwhere(bent & ~beside.inside).tolist() or np.argwhere(bent).tolist()
    for row, entry in order[:1]:
        low, high, own = (float(part[row, entry]) for part in (truth.low, truth.high, truth.value))
        where = "lies between" if beside.inside[row, entry] else "lies outside"
        yield (
            f"{named(row, entry)} is taken at a kink: the slopes on its two sides are {low:.10g} and {high:.10g}; "
            f"the claim's {float(beside.claimed[row, entry])!r} {where}"
            f"{f', torch chooses {own!r}' if truth.exact else ''}"
        )
    if np.count_nonzero(bent) > 1:
        yield f"{np.count_nonzero(bent)} entries are taken at kinks"


def _disputes(beside: Beside, named: Name) -> Iterator[str]:
    truth, disputed = beside.truth, beside.truth.disputed
    neither = disputed & ~beside.as_autograd & ~beside.as_differences
    order = np.argwhere(neither).tolist() or np.argwhere(disputed).tolist()
    for row, entry in order[:1]:
        sides = {"torch.autograd": beside.as_autograd[row, entry], "the differences": beside.as_differences[row, entry]}
        with_whom = next((name for name, agrees in sides.items() if agrees), "neither")
        exact, other, ours = (float(part[row, entry]) for part in (truth.value, truth.other, beside.claimed))
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
