"""Sums of cosines of equal parts of a turn: what the parts of a discrete Fourier transform are, in any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import log2
from typing import Any

_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
_KNOWN = {Fraction(0): Fraction(1), Fraction(1, 6): _HALF, _QUARTER: Fraction(0)}  # cosines of parts of a turn
DIRECT = 64  # entries, up to which an arithmetic takes the sums one by one


@dataclass(frozen=True, slots=True)
class Turns:
    """``sum_j x[j]*cos(2*pi*((j + start/2)*(k + first/2)/period - quarters/4))`` for each k below count.

    entries: how many x has; quarters: 0 for cosines, 1 for sines
    """

    entries: int
    count: int
    period: int
    start: int = 0
    first: int = 0
    quarters: int = 0

    @property
    def transposed(self) -> Turns:
        """Entries and sums in each other's place."""
        return replace(self, entries=self.count, count=self.entries, start=self.first, first=self.start)

    @property
    def steps(self) -> tuple[int, int]:
        """Between entries, and between sums, in a plain transform of ``length``: 2 where their places are halves."""
        return 1 + self.start % 2, 1 + self.first % 2

    @property
    def length(self) -> int:
        """Of the plain transform that has all of the sums."""
        return self.period * self.steps[0] * self.steps[1]

    def places(self, entries: bool) -> range:
        """Where the entries stand in the plain transform, or the sums."""
        step, begin, count = (
            (self.steps[0], self.start, self.entries) if entries else (self.steps[1], self.first, self.count)
        )
        return range(min(begin, 1), min(begin, 1) + step * count, step)

    @property
    def work(self) -> int:
        """About how many operations the sums of one line take."""
        if self.length <= DIRECT:
            return self.entries * self.count
        return int(self.length * log2(self.length))

    def matrix(self, s: Any) -> Any:  # Any: an arithmetic; its array
        """The cosines, ``entries`` by ``count``. Each different one is made once."""
        turn = 4 * self.period
        parts = [
            [(2 * j + self.start) * (2 * k + self.first) % turn for k in range(self.count)] for j in range(self.entries)
        ]
        different = {part: at for at, part in enumerate(dict.fromkeys(part for row in parts for part in row))}
        cosines = [_cosine(s, (Fraction(part, turn) - self.quarters * _QUARTER) % 1) for part in different]
        places = [[different[part] for part in row] for row in parts]
        return s.np.take(s.np.stack(cosines), s.np.array(places, dtype=int), 0)


def _cosine(s: Any, part: Fraction) -> Any:  # Any: an arithmetic; its scalar
    """cos(2*pi*part), exactly where it is rational."""
    half = min(part, 1 - part)
    quarter = min(half, _HALF - half)
    known = _KNOWN.get(quarter)
    if known is not None:
        found = s.rational(known.numerator, known.denominator)
    else:
        found = s.cos(s.rational(2 * quarter.numerator, quarter.denominator) * s.pi)
    return found if half == quarter else -found
