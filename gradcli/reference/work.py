"""What the second route may cost, counted in operations that are the same on every machine, and told before it starts.

The unit is one scalar operation at 128 bits with its part of a reverse sweep: 4 to 8 microseconds of one core.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradcli.base.errors import LimitError
from gradcli.meaning import symbolic
from gradcli.operations.shape_rules import size
from gradcli.reference.problem import Problem

WORK = 500_000  # units: some 3 seconds of one core
BITS = (128, 512, 2_048, 8_192)  # tried in turn until the question is decided
RECORDED = 5  # steps of a gradient that can be differentiated again, for each step of its function: 3 to 6 are measured

# Rows whose functions FLINT sums by series: 3 units at 128 bits, 4,500 at 8,192 for zeta, the slowest; others 15.
SLOW_GROUPS = frozenset({"special functions", "Bessel functions", "integrals"})

# Rows that FLINT computes on whole matrices: 10 to 50 nanoseconds an operation at 128 bits, not 4 to 8 microseconds.
MATRIX_GROUPS = frozenset({"products", "matrices", "eigenvalues and functions of matrices"})
MATRIX_OPERATION = 0.02


@dataclass(frozen=True, slots=True)
class Work:
    """The scalar operations of a function.

    operations: of Python's scalars; slow: those of them that take long; matrices: those inside of matrices, beside them
    total:      as a walker without matrices counts them
    """

    operations: int
    slow: int = 0
    matrices: int = 0
    total: int = 0

    @classmethod
    def of(cls, problem: Problem) -> Work:
        shapes, program = problem.shapes, problem.program
        costs = list(symbolic.costs(shapes, program))
        operations = slow = matrices = 0
        for step, shape, cost in zip(program.steps, shapes, costs, strict=True):
            entries = max([size(shape), *(size(shapes[i]) for i in step.inputs if i is not None)])
            group = "" if step.op is None else step.op.group
            slow += entries if group in SLOW_GROUPS else 0
            whole = group in MATRIX_GROUPS
            operations += min(cost, entries) if whole else cost
            matrices += cost if whole else 0
        return cls(operations, slow, matrices, sum(costs))

    def units(self, bits: int) -> float:
        """One evaluation and one sweep, in units."""
        ratio = bits / BITS[0]
        return self.operations * price(bits) + 3 * self.slow * float(ratio**1.8) + self.inside(bits)

    def inside(self, bits: int) -> float:
        """The part of matrices in it."""
        return MATRIX_OPERATION * self.matrices * float((bits / BITS[0]) ** 1.3)

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
