"""Scalar expressions as a graph in which equal ones are one node: recorded once, evaluated in each draw.

What a node means is a real function of the inputs. Its operations are rational ones, powers with rational exponents of
what is positive, and atoms: exp and log of what has been brought to a normal form, sine and cosine, special functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.powers import exact_power
from gradcli.meaning.balls.ball import Ball, Extension, Undefined

CONST, INPUT, ADD, SUB, MUL, DIV, NEG, DOT, POWER, EXP, LOG, COS, SIN, ATOM = range(14)
SUMS = frozenset({ADD, SUB, NEG, DOT})


class UnmodelledError(LimitError):
    """Residues have no model of this; the message says of what."""

    def __init__(self, why: str) -> None:
        super().__init__(why, kind="unchecked")


class OutsideError(UnmodelledError):
    """A logarithm or a root of what is negative: no point with these signs is in the domain."""


class EdgeError(UnmodelledError):
    """The companion point lies where a sign is 0 or a branch ends: points beside it may tell."""


class Node(Extension):
    """One operation on earlier nodes.

    op:    one of the above
    args:  operands; of DOT pairs of factors, one behind the other: ``a0*b0 + a1*b1 + …``
    data:  CONST: a Fraction; INPUT: its name; POWER: the exponent, a Fraction; ATOM: the function's name; COS, SIN: a
           coefficient for each operand, of the sum of which they are
    """

    __slots__ = ("args", "data", "graph", "index", "op")
    serial = -1  # to what takes it for a ball: it moves

    def __init__(self, graph: Graph, index: int, op: int, args: tuple[Node, ...], data: Any) -> None:  # Any: see data
        self.graph, self.index, self.op, self.args, self.data = graph, index, op, args, data

    def __repr__(self) -> str:
        return f"Node({self.index}: {self.op}, {self.data}, {[a.index for a in self.args]})"

    def __add__(self, other: Any) -> Any:  # Any: what a scalar meets, as in all that follow
        return _with(self, other, Graph.add)

    def __sub__(self, other: Any) -> Any:
        return _with(self, other, Graph.sub)

    def __mul__(self, other: Any) -> Any:
        return _with(self, other, Graph.mul)

    def __truediv__(self, other: Any) -> Any:
        return _with(self, other, Graph.div)

    def __radd__(self, other: Any) -> Any:
        return _with(self, other, lambda graph, x, y: graph.add(y, x))

    def __rsub__(self, other: Any) -> Any:
        return _with(self, other, lambda graph, x, y: graph.sub(y, x))

    def __rmul__(self, other: Any) -> Any:
        return _with(self, other, lambda graph, x, y: graph.mul(y, x))

    def __rtruediv__(self, other: Any) -> Any:
        return _with(self, other, lambda graph, x, y: graph.div(y, x))

    def __neg__(self) -> Node:
        return self.graph.neg(self)

    def __lt__(self, other: Any) -> bool:
        return self.graph.sign(self - other) < 0

    def __gt__(self, other: Any) -> bool:
        return self.graph.sign(self - other) > 0

    def __float__(self) -> float:
        """Errors: UnmodelledError for what is no constant."""
        if self.op != CONST:
            raise UnmodelledError("a number that has to be known and moves")
        return float(self.data)

    def __int__(self) -> int:
        """The whole part. Errors: as above."""
        return int(float(self)) if self.op != CONST else int(self.data)

    @property
    def value(self) -> arb:
        """An enclosure at the companion point, which the slopes of balls look at."""
        return self.graph.near(self)

    def through(self, function: Any, operands: tuple[Any, ...]) -> Any:  # Any: a Function of balls; Scalars
        return self.graph.apply(function, [self.graph.lift(x) for x in operands])


def _with(node: Node, other: Any, step: Callable[[Graph, Node, Node], Node]) -> Any:  # Any: as in Node
    if type(other) is Node:
        return step(node.graph, node, other)
    if isinstance(other, np.ndarray):
        return NotImplemented
    return step(node.graph, node, node.graph.lift(other))


class Graph:
    """All nodes of one claim, in an order in which operands come first.

    apply: a function of balls on nodes
    near:  an enclosure of a node at the companion point; sign: its sign there; whole: is it a whole number there? These
           are given by who knows them.
    """

    apply: Callable[[Any, Sequence[Node]], Node]  # Any: a Function of balls
    near: Callable[[Node], arb]
    sign: Callable[[Node], int]
    whole: Callable[[Node], bool]

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.known: dict[tuple[Any, ...], Node] = {}  # Any: an operation, its data, and indices
        self.zero, self.one = self.constant(Fraction(0)), self.constant(Fraction(1))

    # -- leaves

    def make(self, op: int, args: tuple[Node, ...] = (), data: Any = None) -> Node:  # Any: see Node
        return self._keyed((op, data, *[a.index for a in args]), op, args, data)

    def _keyed(self, key: tuple[Any, ...], op: int, args: tuple[Node, ...], data: Any) -> Node:  # Any: as above
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Node(self, len(self.nodes), op, args, data)
            self.nodes.append(found)
        return found

    def constant(self, value: Fraction) -> Node:
        return self._keyed((CONST, value.numerator, value.denominator), CONST, (), value)  # a Fraction is slow to hash

    def input(self, name: str) -> Node:
        return self.make(INPUT, (), name)

    def lift(self, number: Any) -> Node:  # Any: a Node, a number, or a Scalar of balls
        """Errors: UnmodelledError."""
        if type(number) is Node:
            return number
        if isinstance(number, Undefined):
            raise UnmodelledError(number.why)
        return self.constant(exact(number.value if type(number) is Ball else number))

    # -- rational operations, simplified where an operand is a constant

    def add(self, x: Node, y: Node) -> Node:
        if x.op == CONST and y.op == CONST:
            return self.constant(x.data + y.data)
        if x is self.zero or y is self.zero:
            return y if x is self.zero else x
        return self.make(ADD, (x, y) if x.index <= y.index else (y, x))

    def sub(self, x: Node, y: Node) -> Node:
        if x is y:
            return self.zero
        if x.op == CONST and y.op == CONST:
            return self.constant(x.data - y.data)
        if y is self.zero:
            return x
        return self.neg(y) if x is self.zero else self.make(SUB, (x, y))

    def neg(self, x: Node) -> Node:
        if x.op == CONST:
            return self.constant(-x.data)
        return x.args[0] if x.op == NEG else self.make(NEG, (x,))

    def mul(self, x: Node, y: Node) -> Node:
        if x.op == CONST and y.op == CONST:
            return self.constant(x.data * y.data)
        if x is self.zero or y is self.zero:
            return self.zero
        if x is self.one or y is self.one:
            return y if x is self.one else x
        return self.make(MUL, (x, y) if x.index <= y.index else (y, x))

    def div(self, x: Node, y: Node) -> Node:
        """Errors: UnmodelledError for a division by 0."""
        if y is self.zero:
            raise UnmodelledError("a division by 0")
        if y.op == CONST:
            return self.mul(x, self.constant(1 / y.data))
        if x is y or x is self.zero:
            return self.one if x is y else x
        return self.make(DIV, (x, y))

    def dot(self, pairs: Iterable[tuple[Node, Node]]) -> Node:
        """``a0*b0 + a1*b1 + …``"""
        kept = [(x, y) for x, y in pairs if x is not self.zero and y is not self.zero]
        if len(kept) < 2 or all(x.op == CONST and y.op == CONST for x, y in kept):
            out = self.zero
            for x, y in kept:
                out = self.add(out, self.mul(x, y))
            return out
        ordered = sorted((p if p[0].index <= p[1].index else p[::-1] for p in kept), key=_indices)
        return self.make(DOT, tuple(node for pair in ordered for node in pair))

    def total(self, entries: Iterable[Node]) -> Node:
        return self.dot((entry, self.one) for entry in entries)

    def power(self, x: Node, exponent: Fraction) -> Node:
        """Of what is positive, or with a whole exponent."""
        n, d = exponent.numerator, exponent.denominator
        if d == 1 and n in (0, 1):
            return x if n else self.one
        if x.op == CONST and d == 1:
            if not x.data and exponent < 0:
                raise UnmodelledError("0 to a negative power")
            return self.constant(exact_power(x.data, n))
        if x.op == POWER and (x.data.denominator > 1 or x.args[0].op == EXP or exponent.denominator == 1):
            return self.power(x.args[0], x.data * exponent)
        return self._keyed((POWER, n, d, x.index), POWER, (x,), exponent)


def pairs_of(node: Node) -> Iterator[tuple[Node, Node]]:
    """The factors of a DOT."""
    return zip(node.args[::2], node.args[1::2], strict=True)


def below(outputs: Iterable[Node], known: Any) -> list[Node]:  # Any: what has an answer to ``node.index in known``
    """The nodes that these are computed from, themselves included, but those that are known; operands first."""
    found: dict[int, Node] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node.index not in found and node.index not in known:
            found[node.index] = node
            stack += node.args
    return [found[index] for index in sorted(found)]


def exact(number: Any) -> Fraction:  # Any: a number of Python, numpy, sympy or FLINT
    """Errors: UnmodelledError for what is no exact rational number."""
    if isinstance(number, arb):
        if not (number.is_exact() and number.is_finite()):
            raise UnmodelledError("a constant that is no exact number")
        mantissa, exponent = number.mid().man_exp()
        return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, sympy.Basic):
        return _of_sympy(number)
    try:
        return Fraction(number)
    except (TypeError, ValueError, OverflowError):
        raise UnmodelledError("a number that is not finite") from None


def _of_sympy(number: Any) -> Fraction:  # Any: a number leaf
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q))
    if not number.is_Float:
        raise UnmodelledError(f"the number {number}")
    sign, mantissa, exponent, _ = number._mpf_
    return Fraction(int(mantissa) * (-1 if sign else 1)) * Fraction(2) ** int(exponent)


def _indices(pair: tuple[Node, Node]) -> tuple[int, int]:
    return pair[0].index, pair[1].index
