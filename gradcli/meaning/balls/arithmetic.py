"""The arithmetic of balls: the rows' sympy meanings on numbers with rigorous bounds, ready to be differentiated.

A condition is yes, no, or cannot be told; a branch that cannot be told is a number that cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import log10
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import working_bits
from gradcli.language.nodes import Tree
from gradcli.meaning.balls.ball import (
    NAN,
    Ball,
    Condition,
    Undefined,
    UntoldError,
    condition,
    edge,
    enclosure,
    equal,
    exact_integer,
    less,
    lifted,
    lost,
    made,
    may_jump,
    total,
    untold,
    variable,
)
from gradcli.meaning.balls.edges import edged
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.order import TIE, in_order, told_places
from gradcli.meaning.balls.roots import BallRoots
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.balls.turns import BallTurns
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array, Field, Move, as_array, mapped
from gradcli.operations.row import Op

_CONSTANTS: dict[Any, Callable[[], arb]] = {
    sympy.pi: arb.pi,
    sympy.E: arb.const_e,
    sympy.EulerGamma: arb.const_euler,
    sympy.Catalan: arb.const_catalan,
    sympy.oo: arb.pos_inf,
    -sympy.oo: arb.neg_inf,
}
_TRUTHS = (bool, np.bool, Condition)


class Balls(BallTurns, BallRoots):
    """Scalars are Balls, or Undefined; conditions are Conditions. The precision is that of ``precision.precision``.

    ideal: see ScalarArithmetic
    """

    def __init__(self, *, ideal: bool = False) -> None:
        vars(self).update(ideal=ideal)

    @property
    def pi(self) -> Ball:
        return Ball(arb.pi())

    nan = NAN
    inf = Ball(arb.pos_inf())

    def scalar(self, tree: Any) -> Any:  # Any: a number leaf, a Python number or a Fraction -> a Scalar
        if not isinstance(tree, sympy.Basic):
            return lifted(tree)
        if tree in _CONSTANTS:
            return Ball(_CONSTANTS[tree]())
        if tree.is_Rational or tree.is_Float:
            return Ball(enclosure(tree))
        return Ball(_of_symbol(tree)) if tree.is_NumberSymbol else self.nan

    def exact(self, values: Any) -> Array:  # Any: a numpy array of floats, or one float
        """Floats as constants, without rounding."""
        return mapped(lambda v: self.nan if v != v else Ball(arb(v)), np.asarray(values, dtype=np.float64))

    def variables(self, values: Any) -> Array:  # Any: as above
        """Floats as numbers in which derivatives are taken."""
        return mapped(lambda v: self.nan if v != v else variable(arb(v)), np.asarray(values, dtype=np.float64))

    def called(self, meaning: Callable[..., Any], scalars: list[Any], constants: list[Any]) -> Any:  # Any: Scalars
        try:
            return _told(meaning(self, *scalars, *constants))
        except UntoldError:
            return untold(scalars)

    def called_whole(
        self, op: Op, meaning: Callable[..., Any], arguments: list[Array | None], constants: list[Any]
    ) -> Array:  # Any: see constant
        try:
            found = super().called_whole(op, meaning, arguments, constants)
        except UntoldError:
            raise LimitError(f"{op.written}: balls cannot tell which way it takes", kind="unchecked") from None
        return found if {*map(type, found.ravel().tolist())} == {Ball} else mapped(_told, found)

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: Scalars
        """Functions under sympy's names."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in FUNCTIONS:
            raise LimitError(f"balls have no {name}", kind="unchecked")
        return FUNCTIONS[name]

    # -- arithmetic

    def div(self, x: Any, y: Any) -> Any:
        return lifted(x) / y

    def rational(self, p: int, q: int) -> Ball:
        return Ball(enclosure(Fraction(p, q)))

    def total(self, entries: Sequence[Any]) -> Any:  # Any: Scalars
        return total([lifted(entry) for entry in entries])

    def product(self, entries: Sequence[Any]) -> Any:  # Any: Scalars
        out: Any = Ball(arb(1))
        for entry in entries:
            out = out * entry
        return out

    def sloped(self, value: Any, slope: Any) -> Any:  # Any: Scalars
        value, slope = lifted(value), lifted(slope)
        if type(value) is Undefined or type(slope) is Undefined:
            return value if type(value) is Undefined else slope
        return Ball(value.value) + (slope - Ball(slope.value))

    # -- conditions

    def lt(self, x: Any, y: Any) -> Condition:
        x, y = lifted(x), lifted(y)
        return Condition(less(x, y), edge(x, y), lost(x, y))

    def gt(self, x: Any, y: Any) -> Condition:
        return self.lt(y, x)

    def le(self, x: Any, y: Any) -> Condition:
        return Condition(False) if x is NAN or y is NAN else self.negation(self.lt(y, x))

    def ge(self, x: Any, y: Any) -> Condition:
        return self.le(y, x)

    def eq(self, x: Any, y: Any) -> Condition:
        x, y = lifted(x), lifted(y)
        return Condition(equal(x, y), edge(x, y), lost(x, y))

    def ne(self, x: Any, y: Any) -> Condition:
        return self.negation(self.eq(x, y))

    def negation(self, c: Any) -> Condition:
        c = condition(c)
        return Condition(None if c.truth is None else not c.truth, c.edge, c.lost)

    def all_of(self, *conditions: Any) -> Condition:
        """Kleene's and. What is certainly false by itself is on no edge that another condition is on."""
        known = [condition(c) for c in conditions]
        false = [c for c in known if c.truth is False]
        if any(not c.edge for c in false):
            return Condition(False)
        open_ = [c for c in known if c.truth is None]
        truth = False if false else None if open_ else True
        none = open_[0].lost if open_ and all(c.lost for c in open_) else None
        return Condition(truth, tuple(b for c in known for b in c.edge), none)

    def any_of(self, *conditions: Any) -> Condition:
        return self.negation(self.all_of(*(self.negation(c) for c in conditions)))

    def where(self, chosen: Any, x: Any, y: Any) -> Any:  # Any: a Condition or a bool; Scalars
        """On an edge the slope in what is taken is 1, that in what the condition depends on is undefined."""
        c = condition(chosen)
        x, y = lifted(x), lifted(y)
        taken = y if c.truth is False else x
        if x is y or (c.truth is not None and (not c.edge or type(taken) is Undefined)):
            return taken
        if c.truth is None and c.lost is not None:
            return c.lost
        if c.truth is None:
            known = type(x) is Ball and type(y) is Ball
            return untold((x, y, *c.edge), x.value.union(y.value) if known else None)
        return edged(taken, x if taken is y else y, c.edge)

    # -- magnitudes and order

    def Max(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name; Any: Scalars
        return self._extreme(xs, lambda best, x: less(best, x), lambda a, b: a.max(b))

    def Min(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name; Any: Scalars
        return self._extreme(xs, lambda best, x: less(x, best), lambda a, b: a.min(b))

    def _extreme(
        self, xs: Sequence[Any], beats: Callable[[Any, Any], bool | None], hull: Callable[[arb, arb], arb]
    ) -> Any:
        """The entry itself where it is certain; a kink where the best are equal; untold slopes where balls overlap."""
        best, *rest = map(lifted, xs)
        for x in rest:
            if type(best) is Undefined or type(x) is Undefined:
                return best if type(best) is Undefined else x
            told = beats(best, x)
            if told is None:
                best = untold((best, x), hull(best.value, x.value))
            elif may_jump(best) or may_jump(x):
                best = made((x if told else best).value, (best, x), TIE)
            elif told:
                best = x
            elif equal(best, x) and best is not x:
                best = made(best.value, (best, x), TIE)
        return best

    def clamp(self, x: Any, low: Any, high: Any) -> Any:  # Any: Scalars, or None
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    def ordered(self, x: Array, dim: int) -> Array:
        """Ascending along an axis; where an entry is undefined, all of its line is."""
        lines = np.moveaxis(x, dim, -1)
        out = np.empty(lines.shape, dtype=object)
        for place in np.ndindex(lines.shape[:-1]):
            out[place] = in_order([lifted(v) for v in lines[place]])
        return np.moveaxis(out, -1, dim)

    def places_in_order(self, line: Sequence[Any]) -> list[Any]:
        told = told_places([lifted(v) for v in line])
        return super().places_in_order(line) if told is None else list(map(self.scalar, told))

    def positions(self, index: Array) -> Any:  # Any: an array of ints
        """Indices as ints, -1 where one is certainly not whole. Errors: UntoldError."""
        return np.array([_position(lifted(v)) for v in index.ravel()], dtype=int).reshape(index.shape)

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        """The derivative of the field along each move in turn, which can be differentiated again."""
        steps = [variable(arb(0)) for _ in moves]
        point: dict[str, Array] = dict(field.point)
        for (moved, direction), t in zip(moves, steps, strict=True):
            point[moved.name] = moved_along(point[moved.name], direction, t)
        out = as_array(run(field.program, self, point))
        found = [out[place] for place in np.ndindex(out.shape)]
        for t in steps:
            found = self.slopes(found, t)
        flat = np.empty(len(found), dtype=object)
        flat[:] = found
        return flat.reshape(out.shape)

    def slopes(self, found: Sequence[Any], variable: Ball) -> list[Any]:  # Any: Scalars
        return tangents(found, {variable.serial: Ball(arb(1))})


def _told(found: Any) -> Any:  # Any: a number, a Scalar, or whether something holds -> a Scalar or a condition
    return found if type(found) is Ball or isinstance(found, _TRUTHS) else lifted(found)


def moved_along(value: Array, direction: Array, t: Ball) -> Array:
    """``value + t*direction``; an entry that does not move is the same ball as before."""

    def moved(entry: Any, along: Any) -> Any:  # Any: Scalars
        still = type(along) is Ball and along.value.is_zero() and not along.serial
        if still:
            return entry
        infinite = type(entry) is Ball and not entry.value.is_finite()
        return untold([entry]) if infinite else entry + t * along  # nobody has told what a slope at infinity is

    return mapped(moved, value, direction)


def _position(index: Any) -> int:  # Any: a Scalar
    if type(index) is Undefined:
        return -1
    whole = exact_integer(index.value)
    if whole is None and index.value.contains_integer():
        raise UntoldError
    return -1 if whole is None else whole


def _of_symbol(number: Tree) -> arb:
    """A constant of sympy's, such as the golden ratio, by its own digits: it says that half a last one is certain."""
    digits = int(working_bits() * log10(2)) + 5
    value = enclosure(sympy.Float(number, digits))
    return arb(value, abs(value) * arb(10) ** (2 - digits))
