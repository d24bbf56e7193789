"""What is taken on the edge of a condition: the other branch may begin beside it, so that slopes jump as well."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Differentiable, Undefined, jumped

# Any, in this module: Scalars

ONE = Ball(arb(1))
_ON_EDGE = Undefined("on the edge of a condition")


@dataclass(frozen=True, slots=True)
class Edge(Differentiable):
    """What is taken, of (taken, other if it moves, numbers that move the condition).

    other: does the other branch move? Its slope is None where the condition does not: nothing goes through it.
    lost:  is the other branch no number at the point? Then nobody knows what it depends on.
    """

    other: bool
    lost: bool

    @property
    def beside(self) -> int | None:
        """Where among the operands the other branch stands."""
        return 1 if self.other else None

    def unseen(self, *known: Any) -> Any:
        """The slope in a number that the lost branch may depend on: 0 here, and unknown beside the edge."""
        return edged(ZERO, ONE, known[1 + self.other : -1])


def edged(taken: Ball, other: Any, edge: tuple[Ball, ...]) -> Any:
    """What is taken on the edge of a condition, which these numbers move."""
    moves = type(other) is Ball and other.serial != 0
    operands = (taken, other, *edge) if moves else (taken, *edge)
    return jumped(taken.value, operands, _edge(len(edge), moves, type(other) is Undefined))


@cache
def _edge(many: int, other: bool, lost: bool) -> Edge:
    def of_taken(*known: Any) -> Any:
        return edged(ONE, ZERO, known[1 + other : -1])

    def of_other(*known: Any) -> Any:
        edge = known[2:-1]
        return edged(ZERO, ONE, edge) if any(ball.serial for ball in edge) else None

    beside = (of_other,) if other else ()
    return Edge("edge", (of_taken, *beside, *(lambda *_: _ON_EDGE,) * many), other, lost, jumps=True)
