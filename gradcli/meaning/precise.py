"""The arithmetic of mpmath: the sympy meanings on numbers of many digits, with nan wherever a function is not real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from gradcli.errors import LimitError
from gradcli.language.nodes import Tree
from gradcli.language.shape_rules import axes_of
from gradcli.meaning.arrays import Array, Scalar, ScalarArithmetic
from gradcli.meaning.program import FOREVER, Deadline, Program, compile_tree, run

MAX_MINORS = 4
MAX_MAGNITUDE = 4096  # bits: exp of a number beyond 2**4096 is refused rather than computed


class Precise(ScalarArithmetic):
    """Scalars are mpmath numbers of ``digits`` decimal digits; true and false are Python's."""

    def __init__(self, digits: int, deadline: Deadline[Any] = FOREVER) -> None:
        self.context = mpmath.ctx_mp.MPContext()
        self.context.dps = digits
        self.deadline = deadline
        self.nan, self.inf, self.pi = self.context.nan, self.context.inf, +self.context.pi

    def scalar(self, tree: Any) -> Scalar:  # Any: a number leaf, a Python number, or a Fraction
        if isinstance(tree, int | float):
            return self.context.mpf(tree)
        if isinstance(tree, Fraction):
            return self.context.mpf(tree.numerator) / tree.denominator
        if tree.is_Rational:
            return self.context.mpf(int(tree.p)) / int(tree.q)
        if tree is sympy.pi:
            return self.pi
        if tree is sympy.E:
            return self.context.exp(1)
        if tree in (sympy.oo, -sympy.oo):
            return self.inf if tree is sympy.oo else -self.inf
        if tree.is_Float:
            return self.context.make_mpf(tree._mpf_)
        if tree.is_NumberSymbol:
            return self.context.make_mpf(sympy.Float(tree, self.context.dps)._mpf_)
        return self.nan

    def evaluate(self, tree: Tree) -> Scalar:
        """A constant expression as a number."""
        if tree.is_Rational or tree.is_Float or tree in (sympy.pi, sympy.E):
            return self.scalar(tree)
        return run(compile_tree(tree), self, {}, deadline=self.deadline)[()]

    def exact(self, values: Any) -> Array:  # Any: a numpy array of floats, or one float
        """Floats as numbers, without rounding."""
        floats = np.asarray(values, dtype=np.float64)
        out = np.empty(floats.shape, dtype=object)
        for place in np.ndindex(floats.shape):
            out[place] = self.context.mpf(float(floats[place]))
        return out

    def magnitude(self, x: Scalar) -> int:
        """About log2 of abs(x), for a finite x other than 0."""
        return int(self.context.mag(x)) if x and self.context.isfinite(x) else 0

    def bounded(self, x: Scalar, bits: int = MAX_MAGNITUDE) -> None:
        if self.context.isfinite(x) and x and self.magnitude(x) > bits:
            raise LimitError(f"an argument beyond 2**{bits} in the high-precision check", kind="unchecked")

    def real(self, function: Callable[..., Scalar], *arguments: Scalar) -> Scalar:
        """``function`` of bounded arguments; nan where it is complex, at a pole, or given nan."""
        for x in arguments:
            self.bounded(x)
            if x != x:
                return self.nan
        try:
            value = function(*arguments)
        except (ZeroDivisionError, ValueError):
            return self.nan
        except (OverflowError, MemoryError):
            raise LimitError("a number too large for the high-precision check", kind="unchecked") from None
        return self.nan if isinstance(value, self.context.mpc) else value

    def __getattr__(self, name: str) -> Callable[..., Scalar]:
        """Functions that mpmath has under sympy's name: exp, sin, asin, erf, atan2, ..."""
        if name not in _MPMATH:
            raise AttributeError(name)
        function = getattr(self.context, name)

        def call(*arguments: Scalar) -> Scalar:
            return self.real(function, *(self.lift(x) for x in arguments))

        def periodic(x: Scalar) -> Scalar:
            return self.snapped(self.real(function, self.lift(x)))

        chosen = periodic if name in _PERIODIC else call
        setattr(self, name, chosen)
        return chosen

    def snapped(self, value: Scalar) -> Scalar:
        """sin(pi) is 0, and cot(pi) a pole, though pi has only so many digits: no float comes that close to either."""
        if value != value or not value:
            return value
        beyond = self.context.mpf(10) ** (self.context.dps - 12)
        return self.nan if abs(value) > beyond else self.context.zero if abs(value) * beyond < 1 else value

    def lift(self, x: Scalar) -> Scalar:
        return self.context.mpf(x) if isinstance(x, int | float) else x

    def gamma(self, x: Scalar) -> Scalar:
        self.bounded(x, 64)
        return self.real(self.context.gamma, x)

    def lgamma(self, x: Scalar) -> Scalar:
        """log(abs(gamma(x))): by reflection left of 0."""
        self.bounded(x, 256)
        if x > 0:
            return self.real(self.context.loggamma, x)
        sine = self.real(self.context.sinpi, x)
        return self.nan if not sine else self.context.log(self.pi / abs(sine)) - self.real(self.context.loggamma, 1 - x)

    def polygamma(self, n: int, x: Scalar) -> Scalar:
        self.bounded(x, 256)
        return self.real(lambda v: self.context.psi(int(n), v), x)

    def sqrt(self, x: Scalar) -> Scalar:
        return self.real(self.context.sqrt, self.lift(x))

    def pow(self, x: Scalar, y: Scalar) -> Scalar:
        """Real powers; 0**0 is 1; 0 to a negative power and fractional powers of negative numbers are nan."""
        x, y = self.lift(x), self.lift(y)
        if y == 2:  # by far the most common power
            return x * x
        if x != x or y != y or (x == 0 and y < 0):
            return self.nan
        if y == 0 or x == 1:
            return self.context.one
        if (
            self.context.isfinite(x)
            and self.context.isfinite(y)
            and x
            and self.magnitude(y) + abs(self.magnitude(x)).bit_length() > MAX_MAGNITUDE
        ):
            raise LimitError("a power too large for the high-precision check", kind="unchecked")
        return self.real(lambda a, b: a**b, x, y)

    def div(self, x: Scalar, y: Scalar) -> Scalar:
        return self.nan if y == 0 or y != y else x / y

    def Abs(self, x: Scalar) -> Scalar:  # noqa: N802 - sympy's name
        return abs(x)

    def sign(self, x: Scalar) -> Scalar:
        return x if x != x else self.context.mpf(int(x > 0) - int(x < 0))

    def Max(self, *xs: Scalar) -> Scalar:  # noqa: N802 - sympy's name
        return self.nan if any(x != x for x in xs) else max(xs)

    def Min(self, *xs: Scalar) -> Scalar:  # noqa: N802 - sympy's name
        return self.nan if any(x != x for x in xs) else min(xs)

    def clamp(self, x: Scalar, low: Scalar | None, high: Scalar | None) -> Scalar:
        raised = x if low is None else self.Max(x, low)
        return raised if high is None else self.Min(raised, high)

    def floor(self, x: Scalar) -> Scalar:
        return self.real(self.context.floor, x)

    def ceiling(self, x: Scalar) -> Scalar:
        return self.real(self.context.ceil, x)

    def round(self, x: Scalar) -> Scalar:
        return self.real(self.context.nint, x)

    def trunc(self, x: Scalar) -> Scalar:
        return self.floor(x) if x >= 0 else self.ceiling(x)

    def rational(self, p: int, q: int) -> Scalar:
        return self.context.mpf(p) / q

    def sinc(self, x: Scalar) -> Scalar:
        return self.context.one if x == 0 else self.real(self.context.sinpi, x) / (self.pi * x)

    def where(self, condition: bool, x: Scalar, y: Scalar) -> Scalar:
        return x if condition else y

    lt, le = staticmethod(lambda x, y: bool(x < y)), staticmethod(lambda x, y: bool(x <= y))
    gt, ge = staticmethod(lambda x, y: bool(x > y)), staticmethod(lambda x, y: bool(x >= y))
    eq, ne = staticmethod(lambda x, y: bool(x == y)), staticmethod(lambda x, y: bool(x != y))
    all_of, any_of = staticmethod(lambda *c: all(c)), staticmethod(lambda *c: any(c))
    negation = staticmethod(lambda c: not c)

    def total(self, entries: Sequence[Scalar]) -> Scalar:
        return (
            self.context.fsum(entries)
            if all(self.context.isfinite(e) for e in entries)
            else sum(entries, self.context.zero)
        )

    def product(self, entries: Sequence[Scalar]) -> Scalar:
        return self.context.fprod(entries)

    def eliminate(self, a: Array, right: Array) -> tuple[Scalar, Array]:
        """Gauss-Jordan with partial pivoting: the determinant, and ``inv(a) @ right`` (nan where a is singular)."""
        a, right, det = a.copy(), right.copy(), self.context.one
        for k in range(len(a)):
            self.deadline.check()
            pivot = max(range(k, len(a)), key=lambda i: abs(a[i, k]))
            if a[pivot, k] == 0 or a[pivot, k] != a[pivot, k]:
                right.fill(self.nan)
                return a[pivot, k] * 0, right
            if pivot != k:
                a[[k, pivot]], right[[k, pivot]], det = a[[pivot, k]], right[[pivot, k]], -det
            det = det * a[k, k]
            right[k], a[k] = right[k] / a[k, k], a[k] / a[k, k]
            for i in range(len(a)):
                if i != k and a[i, k]:
                    right[i], a[i] = right[i] - a[i, k] * right[k], a[i] - a[i, k] * a[k]
        return det, right

    def det(self, a: Array) -> Scalar:
        """By minors where that is cheap: without divisions the determinant of a singular matrix is exactly 0."""
        if 0 < len(a) <= MAX_MINORS:
            rest = [np.delete(a[1:], j, 1) for j in range(len(a))]
            return self.total([(-1) ** j * a[0, j] * (self.det(rest[j]) if len(a) > 1 else 1) for j in range(len(a))])
        return self.eliminate(a, self.full((len(a), 0), 0))[0]

    def inv(self, a: Array) -> Array:
        identity = self.full(a.shape, 0)
        for i in range(len(a)):
            identity[i, i] = self.context.one
        return self.eliminate(a, identity)[1]

    # -- questions that kink tests ask

    def any_equal(self, x: Any, y: Any) -> bool:  # Any: an Array or a Scalar
        return bool(np.any(np.asarray(x, dtype=object) == y))

    def tied(self, x: Array, dim: Any, *, largest: bool) -> bool:  # Any: None, an axis or axes
        """Is the extreme entry along ``dim`` attained twice?"""
        axes = axes_of(x.shape, dim)
        extreme = self.reduce(x, dim, True, max if largest else min)
        return bool(np.any(np.sum(np.equal(x, extreme).astype(int), axis=axes) > 1)) if axes else False


_PERIODIC = frozenset({"sin", "cos", "tan", "sec", "csc", "cot"})
_MPMATH = frozenset({
    "exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "sech", "csch", "coth",
    "asinh", "acosh", "atanh", "erf", "erfc",
})  # fmt: skip


def evaluate(
    program: Program, values: Mapping[str, Array], arithmetic: Precise, watch: Any = None
) -> Array:  # Any: see run
    """The program's result in high precision. Errors: LimitError when time is up or numbers get out of hand."""
    return run(program, arithmetic, values, deadline=arithmetic.deadline, watch=watch)
