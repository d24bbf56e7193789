"""The arithmetic of residues: the rows' sympy meanings, recorded as a graph of scalar operations.

A condition takes the side that it has at the companion point. What has no model here is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from gradcli.meaning.balls.ball import NAN, Ball, Undefined, UntoldError
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.residues.companion import Companion
from gradcli.meaning.residues.elementary import Elementary
from gradcli.meaning.residues.formal import Formal
from gradcli.meaning.residues.matrices import determinant, inverse
from gradcli.meaning.residues.nodes import ATOM, CONST, INPUT, Graph, Node, UnmodelledError, below
from gradcli.meaning.residues.signs import Choice
from gradcli.meaning.residues.special import Special
from gradcli.meaning.residues.tangents import tangents
from gradcli.meaning.scalars import Array, Field, Move, ScalarArithmetic, as_array
from gradcli.operations import product_shapes
from gradcli.operations.row import Op

# Any, in this module: Nodes, and numbers that become Nodes

_SYMBOLS = {sympy.pi: "pi", sympy.EulerGamma: "EulerGamma", sympy.Catalan: "Catalan"}


class Asked:
    """A condition that is told where somebody takes a branch by it: softplus has one that mathematics does not ask."""

    __slots__ = ("_tell",)

    def __init__(self, tell: Callable[[], bool]) -> None:
        self._tell = tell

    def __bool__(self) -> bool:
        return self._tell()


class Residues(ScalarArithmetic):
    """Scalars are Nodes of one graph; conditions are bools, or Asked.

    point:  the companion point, a number for each input's name
    choice: or the signs that are chosen, without a point
    """

    ideal = True
    graph: Graph
    companion: Companion
    known: Elementary
    special: Special
    _compared: list[bool]

    def __init__(self, point: Mapping[str, Any] | None = None, choice: Sequence[int] | None = None) -> None:
        graph = Graph()
        formal = Formal(graph)
        companion = Companion(graph, formal, point) if choice is None else Choice(graph, formal, choice)
        known = Elementary(graph, formal)
        special = Special(graph, known)
        vars(self).update(graph=graph, companion=companion, known=known, special=special, _compared=[])
        graph.apply, graph.near = self.function, companion.near
        graph.sign, graph.whole = companion.sign, companion.whole

    # -- numbers and functions

    @property
    def pi(self) -> Node:
        return self.known.pi

    nan = NAN  # it may stand in a branch that is not taken
    inf = Undefined("infinity, of which residues have no model")

    def scalar(self, tree: Any) -> Any:
        if tree in _SYMBOLS:
            return self.graph.make(ATOM, (), _SYMBOLS[tree])
        if tree is sympy.E:
            return self.known.exp(self.graph.one)
        if tree is sympy.nan:
            return NAN
        return self.inf if tree in (sympy.oo, -sympy.oo) else self.graph.lift(tree)

    def multigammaln(self, x: Any, p: int) -> Node:
        """``p*(p - 1)/4*log(pi) + sum_j lgamma(x - j/2)``, j from 0 to p - 1, for ``2*x > p - 1``."""
        if self._side(2 * x, p - 1) <= 0:
            raise UnmodelledError("multigammaln where x is not above (p - 1)/2")
        first = self.rational(p * (p - 1), 4) * self.known.log(self.pi)
        return self.total([first, *(self.lgamma(x - Fraction(j, 2)) for j in range(p))])

    def rational(self, p: int, q: int) -> Node:
        return self.graph.constant(Fraction(p, q))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Functions under sympy's names."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _NAMED:
            return lambda *operands: _NAMED[name](self.known, *map(self.graph.lift, operands))
        if name not in FUNCTIONS:
            raise UnmodelledError(f"{name}, of which residues have no model")
        return lambda *operands: self._called(FUNCTIONS[name], operands)

    def _called(self, function: Callable[..., Any], operands: Sequence[Any]) -> Node:
        """Orders stay numbers where something else is a Node."""
        moving = any(type(x) is Node for x in operands)
        return self.graph.lift(function(*(operands if moving else map(self.graph.lift, operands))))

    def function(self, function: Any, operands: Sequence[Node]) -> Node:  # Any: a Function of balls
        """A function of balls on Nodes: an elementary one, or an atom."""
        name: str = function.name
        if name in _NAMED:
            return _NAMED[name](self.known, *operands)
        law = self.special.laws.get(name)
        found = law(*operands) if law is not None else None
        if found is not None:
            return found
        known = self.companion.functions.get(name)
        if isinstance(known, Function) and known is not function:
            raise UnmodelledError(f"two functions under the name {name}")
        self.companion.functions[name] = function
        atom = self.graph.make(ATOM, tuple(operands), name)
        return self._exact(atom) if all(x.op == CONST for x in operands) else atom

    def _exact(self, atom: Node) -> Node:
        """The rational number that an atom of constants is exactly, as ``floor(5/2)``; else the atom."""
        value = self.graph.near(atom)
        return self.graph.lift(Ball(value)) if value.is_exact() and value.is_finite() else atom

    def slope(self, atom: Node, place: int) -> Node:
        """Errors: UnmodelledError where balls have none."""
        exact = self.special.slopes.get(atom.data)
        if exact is not None:
            return exact(atom.args[0], atom)
        try:
            found = self.companion.functions[atom.data].slopes[place](*atom.args, atom)
        except (UntoldError, ValueError):
            raise UnmodelledError(f"the slope of {atom.data}") from None
        if type(found) is Ball and not found.value.is_finite():
            raise UnmodelledError(f"the slope of {atom.data} in this operand")
        return self.graph.lift(found)

    def called(self, meaning: Callable[..., Any], scalars: list[Any], constants: list[Any]) -> Any:
        found = super().called(meaning, scalars, constants)
        return found if isinstance(found, bool | Asked) else self.graph.lift(found)

    def called_whole(
        self, op: Op, meaning: Callable[..., Any], arguments: list[Array | None], constants: list[Any]
    ) -> Array:
        found = super().called_whole(op, meaning, arguments, constants)
        flat = found.ravel()
        for i, entry in enumerate(flat):
            if type(entry) is not Node and not isinstance(entry, bool | Asked):
                flat[i] = self.graph.lift(entry)
        return flat.reshape(found.shape)

    # -- arrays

    def spread(self, meaning: Callable[..., Any], arguments: list[Array | None], constants: list[Any]) -> Array:
        present = [a for a in arguments if a is not None]
        if len(present) < len(arguments) or any(a.shape != present[0].shape for a in present):
            return super().spread(meaning, arguments, constants)
        out = np.empty(present[0].shape, dtype=object)
        flat = out.reshape(-1)
        for i, scalars in enumerate(zip(*(a.ravel() for a in present), strict=True)):
            flat[i] = self.called(meaning, list(scalars), constants)
        return out

    def matmul(self, a: Array, b: Array) -> Array:
        if a.ndim > 2 or b.ndim > 2:
            return super().matmul(a, b)
        rows, columns = np.atleast_2d(a), (b if b.ndim == 2 else b[:, None]).T
        out = np.empty((len(rows), len(columns)), dtype=object)
        for i, j in np.ndindex(out.shape):
            out[i, j] = self.graph.dot(zip(rows[i], columns[j], strict=True))
        return out.reshape(product_shapes.matmul(a.shape, b.shape))

    # -- sums and products

    def div(self, x: Any, y: Any) -> Node:
        return self.graph.div(self.graph.lift(x), self.graph.lift(y))

    def total(self, entries: Sequence[Any]) -> Node:
        return self.graph.total(map(self.graph.lift, entries))

    def product(self, entries: Sequence[Any]) -> Node:
        out = self.graph.one
        for entry in entries:
            out = self.graph.mul(out, self.graph.lift(entry))
        return out

    # -- conditions

    def _side(self, x: Any, y: Any) -> int:
        return self.graph.sign(self.graph.sub(self.graph.lift(x), self.graph.lift(y)))

    @property
    def compared(self) -> bool:
        """Was a condition asked, so that a value may have been computed that is not taken?"""
        return bool(self._compared)

    def _condition(self, x: Any, y: Any, holds: Callable[[int], bool]) -> Asked:
        self._compared.append(True)
        return Asked(lambda: holds(self._side(x, y)))

    def lt(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side < 0)

    def gt(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side > 0)

    def le(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side <= 0)

    def ge(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side >= 0)

    def eq(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side == 0)

    def ne(self, x: Any, y: Any) -> Any:
        return self._condition(x, y, lambda side: side != 0)

    def negation(self, c: Any) -> bool:
        return not c

    def all_of(self, *conditions: Any) -> bool:
        told = [bool(c) for c in conditions]  # each of them: a boundary may be that of any
        return all(told)

    def any_of(self, *conditions: Any) -> bool:
        told = [bool(c) for c in conditions]
        return any(told)

    def where(self, condition: Any, x: Any, y: Any) -> Node:
        return self.graph.lift(x if condition else y)

    def Max(self, *xs: Any) -> Node:  # noqa: N802 - sympy's name
        best, *rest = map(self.graph.lift, xs)
        for x in rest:
            best = x if self._side(x, best) > 0 else best
        return best

    def Min(self, *xs: Any) -> Node:  # noqa: N802 - sympy's name
        best, *rest = map(self.graph.lift, xs)
        for x in rest:
            best = x if self._side(x, best) < 0 else best
        return best

    def clamp(self, x: Any, low: Any, high: Any) -> Node:
        raised = x if low is None else self.Max(x, low)
        return self.graph.lift(raised if high is None else self.Min(raised, high))

    def ordered(self, x: Array, dim: int) -> Array:
        """Ascending along an axis, as at the companion point."""
        out = x.copy()
        for place in _lines(out.shape, dim % out.ndim):
            out[place] = self._sorted(out[place])
        return out

    def _sorted(self, entries: Sequence[Node]) -> list[Node]:
        line: list[Node] = []
        for entry in entries:
            at = len(line)
            while at and self._side(line[at - 1], entry) > 0:
                at -= 1
            line.insert(at, entry)
        return line

    def positions(self, index: Array) -> Any:
        """Indices as ints. Errors: UnmodelledError for one that moves."""
        found = [Fraction(self.graph.lift(v).data) if self.graph.lift(v).op == CONST else None for v in index.ravel()]
        if None in found:
            raise UnmodelledError("an index that moves")
        whole = [int(v) if v is not None and v.denominator == 1 else -1 for v in found]
        return np.array(whole, dtype=int).reshape(index.shape)

    # -- matrices

    def inv(self, a: Array) -> Array:
        return inverse(self.graph, a)

    def det(self, a: Array) -> Node:
        return determinant(self.graph, a)

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        """The derivative of the field along each move in turn. The field's own nodes are those that move."""
        out = list(field.value.ravel())
        places = [dict(zip(v.value.ravel(), as_array(d).ravel(), strict=True)) for v, d in moves]
        if any(x.op != INPUT for place in places for x in place):
            raise UnmodelledError("a derivative inside, in what is no free variable")
        ends = {x.index for place in places for x in place}
        if len(moves) > 1 and any(n.index in ends for place in places for n in below(place.values(), ())):
            raise UnmodelledError("derivatives inside, along directions that move themselves")
        for place in places:
            out = tangents(out, place, self.slope)
        return self.array_of(out, field.value.shape)

    def array_of(self, nodes: Sequence[Node], shape: tuple[int, ...]) -> Array:
        out = self.full((len(nodes),), 0)
        out[:] = nodes
        return out.reshape(shape)


def _lines(shape: tuple[int, ...], dim: int) -> Iterator[tuple[Any, ...]]:
    """All lines of an array along an axis, as its index."""
    for place in np.ndindex((*shape[:dim], 1, *shape[dim + 1 :])):
        yield (*place[:dim], slice(None), *place[dim + 1 :])


def _over(function: Callable[[Elementary, Node], Node]) -> Callable[[Elementary, Node], Node]:
    """1 over the function."""
    return lambda known, x: known.graph.div(known.graph.one, function(known, x))


def _inverted(function: Callable[[Elementary, Node], Node]) -> Callable[[Elementary, Node], Node]:
    """The function of 1/x."""
    return lambda known, x: function(known, known.graph.div(known.graph.one, x))


_E = Elementary
_NAMED: dict[str, Callable[..., Node]] = {
    "exp": _E.exp, "log": _E.log, "sqrt": _E.sqrt, "pow": _E.pow, "xlogy": _E.xlogy,
    "Abs": _E.abs, "sign": _E.sign, "sinc": _E.sinc,
    "sin": _E.sin, "cos": _E.cos, "tan": _E.tan, "cot": _E.cot, "sec": _over(_E.cos), "csc": _over(_E.sin),
    "sinh": _E.sinh, "cosh": _E.cosh, "tanh": _E.tanh,
    "sech": _over(_E.cosh), "csch": _over(_E.sinh), "coth": _over(_E.tanh),
    "asin": _E.asin, "acos": _E.acos, "atan": _E.atan, "atan2": _E.atan2,
    "asec": _inverted(_E.acos), "acsc": _inverted(_E.asin), "acot": _inverted(_E.atan),
    "asinh": _E.asinh, "acosh": _E.acosh, "atanh": _E.atanh,
    "asech": _inverted(_E.acosh), "acsch": _inverted(_E.asinh), "acoth": _inverted(_E.atanh),
}  # fmt: skip
