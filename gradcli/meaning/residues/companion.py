"""The companion point: real numbers at which balls tell the signs that a law or a branch asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Undefined, enclosure, exact_integer
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.residues.elementary import PARITY
from gradcli.meaning.residues.formal import Formal
from gradcli.meaning.residues.nodes import (
    ADD,
    ATOM,
    CONST,
    COS,
    DIV,
    DOT,
    EXP,
    INPUT,
    LOG,
    MUL,
    NEG,
    POWER,
    SIN,
    SUB,
    EdgeError,
    Graph,
    Node,
    UnmodelledError,
    below,
)

BITS = (128, 1_024)  # with the first first
CONSTANTS = {"pi": arb.pi, "EulerGamma": arb.const_euler, "Catalan": arb.const_catalan}


class Companion:
    """Enclosures of nodes at one point.

    point:   a number for each input's name; None where there is no point, and no sign is told
    decided: the signs that were asked for, by node: all of the region that a proof speaks of
    turned:  radicands of which the other square root is taken
    """

    def __init__(
        self,
        graph: Graph,
        formal: Formal,
        point: Mapping[str, Any] | None,  # Any: numbers
        turned: frozenset[int] = frozenset(),
    ) -> None:
        self.graph, self.formal, self.point, self.turned = graph, formal, point, turned
        self.functions: dict[str, Any] = {**FUNCTIONS, PARITY.name: PARITY}  # Any: Functions of balls, by atoms' names
        self.decided: dict[int, int] = {}
        self._known: dict[int, dict[int, arb]] = {bits: {} for bits in BITS}

    def with_other_roots(self, radicands: frozenset[int]) -> Companion:
        """The same point, at which these radicands have their other square root."""
        other = Companion(self.graph, self.formal, self.point, radicands)
        other.functions = self.functions
        return other

    def near(self, node: Node, bits: int = BITS[0]) -> arb:
        """Errors: UnmodelledError where the point has no number for it."""
        known = self._known[bits]
        if node.index not in known:
            with precision(bits):
                for each in below([node], known):
                    value = self._value(each, [known[a.index] for a in each.args])
                    if isinstance(value, Undefined):
                        raise UnmodelledError(value.why)
                    known[each.index] = value
        return known[node.index]

    def sign(self, node: Node) -> int:
        """-1, 0 or 1. Errors: EdgeError where it cannot be told, and where it is 0 at the point but not around it."""
        if node.op == CONST:
            return int(node.data > 0) - int(node.data < 0)
        if node.index in self.decided:
            return self.decided[node.index]
        if self.point is None:
            raise UnmodelledError("a sign, which a point has to tell")
        for bits in BITS:
            value = self.near(node, bits)
            if value > 0 or value < 0:
                return self.decided.setdefault(node.index, 1 if value > 0 else -1)
        if not self.formal.factors(node)[0]:
            return 0
        raise EdgeError("a sign or a branch that is not told at the point")

    def assume(self, node: Node) -> None:
        """The node is positive, which a point shows by itself."""

    def whole(self, node: Node) -> bool:
        """Is it a whole number?"""
        return exact_integer(self.near(node)) is not None

    def _value(self, node: Node, args: list[arb]) -> arb | Undefined:
        op = node.op
        if op == CONST:
            return enclosure(node.data)
        if op == INPUT:
            return arb.nan() if self.point is None else enclosure(self.point[node.data])
        if op == ADD:
            return args[0] + args[1]
        if op == SUB:
            return args[0] - args[1]
        if op == MUL:
            return args[0] * args[1]
        if op == DIV:
            return args[0] / args[1]
        if op == NEG:
            return -args[0]
        if op == DOT:
            return sum((x * y for x, y in zip(args[::2], args[1::2], strict=True)), start=arb(0))
        return self._of_function(node, args)

    def _of_function(self, node: Node, args: list[arb]) -> arb | Undefined:
        op = node.op
        if op == POWER:
            found = args[0] ** (node.data.numerator if node.data.denominator == 1 else enclosure(node.data))
            return -found if node.data.numerator % 2 and node.args[0].index in self.turned else found
        if op == EXP:
            return args[0].exp()
        if op == LOG:
            return args[0].log()
        if op in (COS, SIN):
            angle = sum((enclosure(c) * x for c, x in zip(node.data, args, strict=True)), start=arb(0))
            return angle.cos() if op == COS else angle.sin()
        assert op == ATOM
        if node.data in CONSTANTS:
            return CONSTANTS[node.data]()
        try:
            value: arb | Undefined = self.functions[node.data].enclose(*args)
        except (ValueError, ZeroDivisionError, OverflowError):
            return arb.nan()
        return value
