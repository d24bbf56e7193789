"""Functions entry by entry, of arrays in index form, under the names by which rows call them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from gradcli.closed import functions, indexed
from gradcli.closed.indexed import Indexed, lift, refused
from gradcli.meaning.scalars import ScalarArithmetic
from gradcli.meaning.symbolic import Symbolic, derivative

SYMBOLS = Symbolic(ideal=True)


class Elementwise(ScalarArithmetic):
    """Scalars and arrays are Indexed: that is what Any means here, where the class above has numpy's type."""

    def exp(self, x: Any) -> Any:  # Any: an array or a number, here and below
        return lift(x).each(functions.exponential)

    def log(self, x: Any) -> Any:  # Any: Indexed
        return lift(x).each(functions.logarithm)

    def sqrt(self, x: Any) -> Any:  # Any: Indexed
        return lift(x).power(Fraction(1, 2))

    def div(self, x: Any, y: Any) -> Any:  # Any: Indexed
        return lift(x) / lift(y)

    def rational(self, p: int, q: int) -> Fraction:
        return Fraction(p, q)

    def pow(self, x: Any, y: Any) -> Any:
        """x**y for a number y, else exp(y log(x)), which takes x to be in the domain."""
        x, y = lift(x), lift(y)
        exponent = _number(y)
        if exponent is not None:
            return x.power(exponent)
        axes, (base, power) = indexed.aligned(x, y)
        return self.exp(self.log(Indexed(axes, base)) * Indexed(axes, power))

    def tan(self, x: Any) -> Any:
        return self.sin(x) / self.cos(x)

    def sec(self, x: Any) -> Any:
        return self.cos(x) ** -1

    def csc(self, x: Any) -> Any:
        return self.sin(x) ** -1

    def cot(self, x: Any) -> Any:
        return self.cos(x) / self.sin(x)

    def sinh(self, x: Any) -> Any:
        return (self.exp(x) - self.exp(-lift(x))) / 2

    def cosh(self, x: Any) -> Any:
        return (self.exp(x) + self.exp(-lift(x))) / 2

    def tanh(self, x: Any) -> Any:
        e = self.exp(lift(x) * 2)
        return (e - 1) / (e + 1)

    def sech(self, x: Any) -> Any:
        return self.cosh(x) ** -1

    def csch(self, x: Any) -> Any:
        return self.sinh(x) ** -1

    def coth(self, x: Any) -> Any:
        return self.tanh(x) ** -1

    def rgamma(self, x: Any) -> Any:
        return self.named("gamma", x) ** -1

    def xlogy(self, x: Any, y: Any) -> Any:
        return lift(x) * self.log(y)

    def besseli(self, order: Any, x: Any) -> Any:
        """Of a whole order that is negative the same as of the positive one."""
        n = _number(lift(order))
        return self.named("besseli", abs(n) if n is not None and n.denominator == 1 else order, x)

    # -- conditions are 1 where they hold and 0 elsewhere

    def gt(self, x: Any, y: Any) -> Any:
        return (lift(x) - lift(y)).each(functions.step)

    def lt(self, x: Any, y: Any) -> Any:
        return self.gt(y, x)

    def ge(self, x: Any, y: Any) -> Any:
        return 1 - self.gt(y, x)

    def le(self, x: Any, y: Any) -> Any:
        return 1 - self.gt(x, y)

    def eq(self, _x: Any, _y: Any) -> Any:
        raise refused("a condition that holds at single points")

    ne = eq

    def all_of(self, *conditions: Any) -> Any:
        return self.product(conditions)

    def any_of(self, *conditions: Any) -> Any:
        return 1 - self.product([1 - condition for condition in conditions])

    def negation(self, condition: Any) -> Any:
        return 1 - lift(condition)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return lift(condition) * lift(x) + (1 - lift(condition)) * lift(y)

    def Max(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name
        out = lift(xs[0])
        for x in xs[1:]:
            out = (out + x + self.Abs(out - x)) / 2
        return out

    def Min(self, *xs: Any) -> Any:  # noqa: N802 - sympy's name
        return -self.Max(*(-lift(x) for x in xs))

    def clamp(self, x: Any, low: Any, high: Any) -> Any:
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    # -- other functions

    def erfc(self, x: Any) -> Any:
        return 1 - self.named("erf", x)

    def named(self, name: str, *operands: Any) -> Any:
        """A function of which only the derivative is known, and whether it is odd or even."""
        axes, terms = indexed.aligned(*map(lift, operands))
        label = f"{name}:{len(terms)}" if len(terms) > 1 else name
        free = [index for axis in axes for index in axis]
        sign = parity(name) if len(terms) == 1 else 0
        return Indexed(axes, functions.function(label, functions.marked(terms), free, sign))

    def __getattr__(self, name: str) -> Callable[..., Indexed]:
        """Any other function that the arithmetic of symbols has, and sympy differentiates."""
        if not hasattr(SYMBOLS, name):
            raise refused(name)
        return lambda *operands: self.named(name, *operands)


def _number(x: Indexed) -> int | Fraction | None:
    """The array as a number, if it is one."""
    if x.ndim or any(term.factors or term.bound for term in x.terms):
        return None
    return sum((term.coefficient for term in x.terms), 0)


@cache
def parity(name: str) -> int:
    """1 for an even function of one operand, -1 for an odd one, 0 for any other, as sympy knows it."""
    x = sympy.Symbol("x", real=True)
    there, back = getattr(SYMBOLS, name)(x), getattr(SYMBOLS, name)(-x)
    return 1 if back == there else -1 if back == -there else 0


@cache
def is_flat(label: str) -> bool:
    """Is its derivative 0 wherever it has one, as that of a sign?"""
    name, _, more = label.partition(":")
    x = sympy.Symbol("x", real=True)
    return not more and bool(derivative(getattr(SYMBOLS, name)(x), x) == 0)
