"""Functions entry by entry, of arrays in index form, under the names by which rows call them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gradcli.closed import functions, indexed, named
from gradcli.closed.indexed import Indexed, lift, refused
from gradcli.meaning.program import run
from gradcli.meaning.scalars import ScalarArithmetic

MAX_WRITTEN_OUT = 8  # the order of a spherical Bessel function


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
        exponent = as_number(y)
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
        n = as_number(lift(order))
        return self.named("besseli", abs(n) if n is not None and n.denominator == 1 else order, x)

    def jn(self, order: Any, x: Any) -> Any:
        """j_n(x), written out from j_0 = sin(x)/x and j_-1 = cos(x)/x for the first orders, as claims have it."""
        if not isinstance(order, int) or not 0 <= order <= MAX_WRITTEN_OUT:
            return self.named("jn", order, x)
        before, found = self.cos(x) / x, self.sin(x) / x
        for n in range(order):
            before, found = found, found * (2 * n + 1) / x - before
        return found

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
        given = [x if x is None else lift(x) for x in operands]
        known = [x if x is None or (n := as_number(x)) is None else n for x in given]
        if not any(isinstance(x, Indexed) for x in known):
            known[-1] = given[-1]  # a number as an array without axes
        arrays = [x for x in known if isinstance(x, Indexed)]
        label = named.label_for(name, known)
        program = named.written_out(label)
        if program is not None:
            names = (symbol.name for symbol in named.symbols(len(arrays)))
            return run(program, self, dict(zip(names, arrays, strict=True)))
        return self.atom(label, arrays)

    def atom(self, label: str, arrays: Sequence[Indexed]) -> Indexed:
        """The function of arrays under its label (see ``named``), entry by entry."""
        axes, terms = indexed.aligned(*arrays)
        free = [index for axis in axes for index in axis]
        return Indexed(axes, functions.function(label, functions.marked(terms), free, named.parity(label)))

    def __getattr__(self, name: str) -> Callable[..., Indexed]:
        """Any other function that the arithmetic of symbols has, and sympy differentiates."""
        if not hasattr(named.SYMBOLS, name):
            raise refused(name)
        return lambda *operands: self.named(name, *operands)


def as_number(x: Indexed) -> int | Fraction | None:
    """The array as a number, if it is one."""
    if x.ndim or any(term.factors or term.bound for term in x.terms):
        return None
    return sum((term.coefficient for term in x.terms), 0)
