"""Conditions where what they compare is equal: there a formula is the one of one side, or one that no side has.

Residues show an identity on either side of each boundary. On it a derivative, where there is one, is the limit from
either side. So is a claim whose conditions there all say what they say on one side; and one that is linear in signs, as
the mean of two equal numbers is the number. ``where(x == 0, 5, 2*x)`` is neither.
"""

from __future__ import annotations

from typing import Any

from gradcli.meaning.residues.arithmetic import Asked, Residues
from gradcli.meaning.residues.nodes import CONST, EXP, Node, UnmodelledError

# Any, in this module: Nodes, and numbers that become Nodes


class Boundaries(Residues):
    """The same graph; it notes on which side each condition is where it changes.

    sides:  for a factor, the sign of it whose formulas hold where it is 0
    turned: by what signs are multiplied: 1 as they are, -1 turned, 0 as on the boundary
    signed: of what a sign was taken
    """

    sides: dict[int, int]
    turned: int
    signed: list[Node]

    def __init__(self, arithmetic: Residues, turned: int = 1) -> None:
        vars(self).update(vars(arithmetic), sides={}, turned=turned, signed=[])

    def sign(self, x: Any) -> Node:
        node = self.graph.lift(x)
        sign = self.graph.sign(node)
        if node.op == CONST or not sign:
            return self.graph.lift(sign)
        self.signed.append(node)
        return self.graph.lift(sign * self.turned)

    def lt(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, 1) < 0)

    def gt(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, -1) > 0)

    def le(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, -1) <= 0)

    def ge(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, 1) >= 0)

    def eq(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, 0) == 0)

    def ne(self, x: Any, y: Any) -> Any:
        return Asked(lambda: self._noted(x, y, 0) != 0)

    def _noted(self, x: Any, y: Any, like: int) -> int:
        """The sign of the difference. like: the one with which the condition says what it says at 0, 0 for none.

        Errors: UnmodelledError for a condition that holds, or fails, on a boundary alone.
        """
        difference = self.graph.sub(self.graph.lift(x), self.graph.lift(y))
        sign = self.graph.sign(difference)
        if difference.op == CONST or not sign:
            return sign
        for factor, exponent in self._factors(difference):
            here = sign * like * self.graph.sign(factor) if exponent % 2 else 0
            if not here or self.sides.setdefault(factor.index, here) != here:
                raise UnmodelledError("a condition that holds, or fails, on a boundary alone")
        return sign

    def _factors(self, node: Node) -> list[tuple[Node, int]]:
        """The factors that may be 0 inside of the domain."""
        powers = self.known.formal.factors(node)[1].items()
        return [(g, int(e)) for g, e in powers if e.denominator == 1 and e > 0 and g.op not in (EXP, CONST)]
