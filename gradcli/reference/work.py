"""What the second route may cost, counted in operations that are the same on every machine, and told before it starts.

The unit is one scalar operation at 128 bits with its part of a reverse sweep: 3 to 10 microseconds of one core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.base.errors import LimitError
from gradcli.meaning import symbolic
from gradcli.operations.shape_rules import size
from gradcli.reference.problem import Problem

WORK = 300_000  # units: some 3 seconds
BITS = (128, 512, 2_048, 8_192)  # tried in turn until the question is decided
RECORDED = 5  # steps of a gradient that can be differentiated again, for each step of its function: 3 to 6 are measured

# What FLINT sums by series: 3 units at 128 bits and 4,500 at 8,192, as measured for zeta, the slowest. Others: 15.
SLOW_GROUPS = frozenset({"special functions", "Bessel functions", "integrals"})


@dataclass(frozen=True, slots=True)
class Work:
    """The scalar operations of a function, and how many of them are slow."""

    operations: int
    slow: int = 0

    @classmethod
    def of(cls, problem: Problem) -> Work:
        slow = sum(
            size(shape)
            for step, shape in zip(problem.program.steps, problem.shapes, strict=True)
            if step.op is not None and step.op.group in SLOW_GROUPS
        )
        return cls(symbolic.work(problem.shapes, problem.program), slow)

    def units(self, bits: int) -> float:
        """One evaluation and one sweep, in units."""
        return self.operations * price(bits) + self.slow * 3 * float((bits / BITS[0]) ** 1.8)

    def refuse_beyond(self, order: int) -> None:
        """Errors: LimitError where one sweep for a derivative of this order is too much with the fewest bits."""
        needed = self.units(BITS[0]) * RECORDED ** max(order - 1, 0)
        if needed > WORK:
            raise LimitError(
                f"the second route is for at most {WORK:,} scalar operations; here are {round(needed):,}",
                kind="unchecked",
            )


def price(bits: int) -> float:
    """Units of one step of a sweep with so many bits: most of it is Python's own time, which bits do not change."""
    return 1 + float((bits / 1_400) ** 1.5)


class Budget:
    """Units that are left."""

    def __init__(self, units: float = WORK) -> None:
        self.left = units

    def spend(self, units: float) -> bool:
        """Takes the units, if there are so many."""
        if units > self.left:
            return False
        self.left -= units
        return True


def affordable(work: int) -> Iterator[int]:
    """The bits that a function of so many operations may be computed with, at least the first."""
    for bits in BITS:
        if bits == BITS[0] or work * price(bits) <= WORK:
            yield bits
