"""The arithmetic of balls: the rows' sympy meanings on numbers with rigorous bounds, ready to be differentiated.

A condition is yes, no, or cannot be told; a branch that cannot be told is a number that cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.language.nodes import Tree
from gradcli.meaning.balls.ball import (
    Ball,
    Condition,
    Differentiable,
    Scalar,
    Undefined,
    UntoldError,
    condition,
    edge,
    enclosure,
    equal,
    less,
    lifted,
    made,
    total,
    variable,
)
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.matrices import BallMatrices
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.program import FOREVER, Deadline, Step, run
from gradcli.meaning.scalars import Array, Field, Move, as_array

_CONSTANTS: dict[Any, Callable[[], arb]] = {
    sympy.pi: arb.pi,
    sympy.E: arb.const_e,
    sympy.EulerGamma: arb.const_euler,
    sympy.Catalan: arb.const_catalan,
    sympy.oo: arb.pos_inf,
    -sympy.oo: arb.neg_inf,
}

_ON_EDGE = Undefined("on the edge of a condition")


class Balls(BallMatrices):
    """Scalars are Balls, or Undefined; conditions are Conditions. The precision is that of ``precision.precision``.

    ideal: see ScalarArithmetic
    """

    def __init__(self, deadline: Deadline[Any] = FOREVER, *, ideal: bool = False) -> None:
        vars(self).update(deadline=deadline, ideal=ideal)

    @property
    def pi(self) -> Ball:
        return Ball(arb.pi())

    nan = Undefined("undefined by definition")
    inf = Ball(arb.pos_inf())

    def scalar(self, tree: Any) -> Any:  # Any: a number leaf, a Python number or a Fraction -> a Scalar
        if isinstance(tree, int | float | Fraction):
            return self.nan if tree != tree else Ball(enclosure(tree))
        if tree in _CONSTANTS:
            return Ball(_CONSTANTS[tree]())
        if tree.is_Rational:
            return Ball(enclosure(tree))
        if tree.is_Float:
            return Ball(_of_float(tree))
        if tree.is_NumberSymbol:
            return Ball(_of_float(sympy.Float(tree, 60)))
        return self.nan

    def exact(self, values: Any) -> Array:  # Any: a numpy array of floats, or one float
        """Floats as constants, without rounding."""
        return _mapped(lambda v: self.scalar(float(v)), np.asarray(values, dtype=np.float64))

    def variables(self, values: Any) -> Array:  # Any: as above
        """Floats as numbers in which derivatives are taken."""
        return _mapped(lambda v: self.nan if v != v else variable(arb(float(v))), np.asarray(values, dtype=np.float64))

    def called(self, meaning: Callable[..., Any], scalars: list[Any], constants: list[Any]) -> Any:  # Any: Scalars
        try:
            found = super().called(meaning, scalars, constants)
        except UntoldError:
            return Ball(arb.nan())
        return found if isinstance(found, bool | Condition) else lifted(found)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        try:
            return super().apply(step, arguments)
        except UntoldError:
            assert step.op is not None
            raise LimitError(f"{step.op.name}: balls cannot tell which way it takes", kind="unchecked") from None

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: Scalars
        """Functions under sympy's names."""
        if name not in FUNCTIONS:
            raise AttributeError(name)
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

    # -- conditions

    def lt(self, x: Any, y: Any) -> Condition:
        x, y = lifted(x), lifted(y)
        return Condition(less(x, y), edge(x, y))

    def gt(self, x: Any, y: Any) -> Condition:
        return self.lt(y, x)

    def le(self, x: Any, y: Any) -> Condition:
        return self.negation(self.lt(y, x))

    def ge(self, x: Any, y: Any) -> Condition:
        return self.negation(self.lt(x, y))

    def eq(self, x: Any, y: Any) -> Condition:
        x, y = lifted(x), lifted(y)
        return Condition(equal(x, y), edge(x, y))

    def ne(self, x: Any, y: Any) -> Condition:
        return self.negation(self.eq(x, y))

    def negation(self, c: Any) -> Condition:
        c = condition(c)
        return Condition(None if c.truth is None else not c.truth, c.edge)

    def all_of(self, *conditions: Any) -> Condition:
        """Kleene's and. What is certainly false by itself is on no edge that another condition is on."""
        known = [condition(c) for c in conditions]
        false = [c for c in known if c.truth is False]
        if false:
            firm = any(not c.edge for c in false)
            return Condition(False, () if firm else tuple(b for c in known for b in c.edge))
        truth = None if any(c.truth is None for c in known) else True
        return Condition(truth, tuple(b for c in known for b in c.edge))

    def any_of(self, *conditions: Any) -> Condition:
        return self.negation(self.all_of(*(self.negation(c) for c in conditions)))

    def where(self, chosen: Any, x: Any, y: Any) -> Any:  # Any: a Condition or a bool; Scalars
        c = condition(chosen)
        x, y = lifted(x), lifted(y)
        if c.truth is None:
            return x if x is y else Ball(arb.nan())
        taken = x if c.truth else y
        if not c.edge or type(taken) is Undefined or x is y:
            return taken
        branches = tuple(b for b in (x, y) if type(b) is Ball)
        return _on_edge(taken.value, (*branches, *c.edge))

    # -- magnitudes and steps

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
                function = Differentiable("max", (lambda a, b, out: Ball(arb.nan()),) * 2)
                best = made(hull(best.value, x.value), (best, x), function)
            elif told:
                best = x
            elif equal(best, x) and best is not x and (best.serial or x.serial):
                best = _on_edge(best.value, (best, x))
        return best

    def clamp(self, x: Any, low: Any, high: Any) -> Any:  # Any: Scalars, or None
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        """The derivative of the field along each move in turn, which can be differentiated again."""
        steps = [variable(arb(0)) for _ in moves]
        point: dict[str, Array] = dict(field.point)
        for (moved, direction), t in zip(moves, steps, strict=True):
            point[moved.name] = _moved(point[moved.name], direction, t)
        out = as_array(run(field.program, self, point, deadline=self.deadline))
        found = [out[place] for place in np.ndindex(out.shape)]
        for t in steps:
            found = tangents(found, {t.serial: Ball(arb(1))})
        flat = np.empty(len(found), dtype=object)
        flat[:] = found
        return flat.reshape(out.shape)


def _moved(value: Array, direction: Array, t: Ball) -> Array:
    """``value + t*direction``; an entry that does not move is the same ball as before."""
    out = np.empty(value.shape, dtype=object)
    for place in np.ndindex(value.shape):
        along: Any = direction[place]  # Any: a Scalar
        still = type(along) is Ball and along.value.is_zero() and not along.serial
        out[place] = value[place] if still else value[place] + t * along
    return out


def _on_edge(value: arb, operands: tuple[Ball, ...]) -> Scalar:
    """A number whose slopes depend on the side from which it is come to."""
    return made(value, operands, Differentiable("edge", (lambda *_: _ON_EDGE,) * len(operands)))


def _of_float(number: Tree) -> arb:
    """A sympy Float as the binary fraction that it is."""
    sign, mantissa, exponent, _ = number._mpf_
    return arb(int(mantissa) * (-1 if sign else 1)) * arb(2) ** int(exponent)


def _mapped(function: Callable[[Any], Any], array: Any) -> Array:
    out = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        out[place] = function(array[place])
    return out
