"""An oracle that shares nothing with balls: the rows' sympy meanings on mpmath's numbers of many digits.

nan wherever a function is not real; derivatives inside a formula are differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from math import prod
from typing import Any

import mpmath
import numpy as np
import sympy
from oracles.precise_certain import KNOWN
from oracles.precise_functions import SPECIAL, PreciseFunctions

from gradcli.base.errors import LimitError
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array, Field, Move, Scalar, as_array, mapped

CONDITION_OF_FLOATS = 10**17  # of a matrix whose rank float64 cannot tell from a smaller one
MAX_MINORS = 4
MAX_MAGNITUDE = 4096  # bits: exp of a number beyond 2**4096 is refused rather than computed


class Precise(PreciseFunctions):
    """Scalars are mpmath numbers of ``digits`` decimal digits; true and false are Python's.

    ideal: see ScalarArithmetic
    """

    inf: Scalar
    pi: Scalar

    def __init__(self, digits: int, *, ideal: bool = False) -> None:
        context = mpmath.ctx_mp.MPContext()
        context.dps = digits
        vars(self).update(context=context, ideal=ideal, nan=context.nan, inf=context.inf, pi=+context.pi)

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

    def exact(self, values: Any) -> Array:  # Any: a numpy array of floats, or one float
        """Floats as numbers, without rounding."""
        return mapped(lambda v: self.context.mpf(float(v)), np.asarray(values, dtype=np.float64))

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
        if name in SPECIAL:
            return partial(self.special, getattr(self.context, SPECIAL[name]))
        if name in KNOWN:
            return self.known(name)
        if name not in _MPMATH:
            raise AttributeError(name)
        function = getattr(self.context, name)

        def call(*arguments: Scalar) -> Scalar:
            return self.real(function, *(self.lift(x) for x in arguments))

        def periodic(x: Scalar) -> Scalar:
            value = self.real(function, self.lift(x))
            return self.snapped(value) if abs(x) >= 1 else value

        chosen = periodic if name in _PERIODIC else call
        vars(self)[name] = chosen  # found there the next time
        return chosen

    def called(
        self, meaning: Callable[..., Scalar], scalars: list[Scalar], constants: list[Any]
    ) -> Scalar:  # Any: see constant
        """nan where a meaning fails at a pole, an infinity or past its range."""
        try:
            found = super().called(meaning, scalars, constants)
            return self.context.mpf(found) if type(found) is int else found
        except (ZeroDivisionError, ValueError, OverflowError):
            return self.nan

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

    def inverse_of_gram(self, gram: Array) -> Array:
        det = self.det(gram)
        diagonal = self.product([abs(gram[i, i]) for i in range(len(gram))])
        singular = abs(det) <= diagonal * self.context.mpf(10) ** (-self.context.dps // 2)
        inverse = None if singular else self.inv(gram)
        if inverse is None or np.max(abs(gram)) * np.max(abs(inverse)) > CONDITION_OF_FLOATS**2:
            raise LimitError(
                "the second route for a pseudo-inverse is for matrices of full rank, in floats too", kind="unchecked"
            )
        return inverse

    def inv(self, a: Array) -> Array:
        identity = self.full(a.shape, 0)
        for i in range(len(a)):
            identity[i, i] = self.context.one
        return self.eliminate(a, identity)[1]

    # -- by mpmath's own algorithms

    def matrix(self, a: Array) -> Any:  # Any: an mpmath matrix
        return self.context.matrix(a.tolist())

    def defined(self, a: Array) -> bool:
        return all(self.context.isfinite(entry) for entry in a.ravel())

    def eigvalsh(self, a: Array) -> Array:
        """Eigenvalues of the symmetric matrix whose lower triangle is given, ascending."""
        if not self.defined(a) or not a.size:
            return self.filled(a.shape[:1], self.nan)
        lower = np.where(np.tri(len(a), dtype=bool), a, a.T)
        found = self.context.eigsy(self.matrix(lower), eigvals_only=True)
        return self.filled((len(a),), *sorted(found))

    def eigvecsh(self, a: Array) -> Array:
        """Eigenvectors of the same, in columns of any sign."""
        lower = np.where(np.tri(len(a), dtype=bool), a, a.T)
        values, vectors = self.context.eigsy(self.matrix(lower))
        order = sorted(range(len(a)), key=lambda k: values[k])
        return np.array([[vectors[i, k] for k in order] for i in range(len(a))], dtype=object)

    def svdvals(self, a: Array) -> Array:
        """Singular values, descending."""
        count = min(a.shape)
        if not self.defined(a) or not count:
            return self.filled((count,), self.nan)
        tall = a if a.shape[0] >= a.shape[1] else a.T
        found = self.context.svd_r(self.matrix(tall), compute_uv=False)
        return self.filled((count,), *sorted(found, reverse=True))

    def expm(self, a: Array) -> Array:
        """The matrix exponential, by mpmath's Taylor series with scaling and squaring."""
        if not self.defined(a):
            return self.filled(a.shape, self.nan)
        for entry in a.ravel():
            self.bounded(entry, 16)
        found = self.context.expm(self.matrix(a)) if a.size else []
        return self.filled(a.shape, *found)

    def eigvals(self, a: Array) -> Array:
        """Eigenvalues that are real, ascending."""
        return self.filled((len(a),), *sorted(x.real for x in self.context.eig(self.matrix(a), right=False)))

    def eigvecs(self, a: Array) -> Array:
        """Columns of length 1, of any sign."""
        values, vectors = self.context.eig(self.matrix(a))
        order = sorted(range(len(a)), key=lambda k: values[k].real)
        columns = [self.context.matrix([vectors[i, k].real for i in range(len(a))]) for k in order]
        return np.array([list(v / self.context.norm(v)) for v in columns], dtype=object).T

    def sqrtm(self, a: Array) -> Array:
        return self.filled(a.shape, *(x.real for x in self.context.sqrtm(self.matrix(a))))

    def logm(self, a: Array) -> Array:
        return self.filled(a.shape, *(x.real for x in self.context.logm(self.matrix(a))))

    def reflections(self, a: Array) -> Array:
        """As LAPACK itself has them."""
        signs = np.sign(np.diag(np.linalg.qr(a.astype(float))[1]))
        return self.filled((len(signs),), *map(self.context.mpf, signs))

    def filled(self, shape: tuple[int, ...], *values: Scalar) -> Array:
        """An array of the given values in row order; one value fills it."""
        out = np.empty(shape, dtype=object)
        for i, place in enumerate(np.ndindex(shape)):
            out[place] = values[i % len(values)]
        return out

    def ordered(self, x: Array, dim: int) -> Array:
        """Ascending along an axis; where an entry is undefined, all of its line is."""
        out = np.sort(x, axis=dim)
        unknown = np.any(np.not_equal(x, x).astype(bool), axis=dim, keepdims=True)
        return np.where(unknown, self.nan, out)

    def positions(self, index: Array) -> Any:  # Any: an array of ints
        """Indices as ints, -1 where one is not whole."""
        return np.array([int(v) if self.context.isint(v) else -1 for v in index.ravel()], dtype=int).reshape(
            index.shape
        )

    # -- derivatives inside expressions

    def along(self, field: Field, *moves: Move) -> Array:
        """Central differences of the field along each move, with so many spare digits that this one's all are right."""
        half = self.context.dps // 2 + 2
        twin = Precise(self.context.dps + len(moves) * half + 10, ideal=self.ideal)
        return self.settled(self.taken(twin.central(field, moves, half)), field, moves)

    def settled(self, derivative: Array, field: Field, moves: Sequence[Move]) -> Array:
        """With 0 for what is below the last digit of a derivative of the size that the field and its variables have."""
        zero, one = self.context.zero, self.context.one
        sizes = prod((self.step_along(variable.value, direction, 0) for variable, direction in moves), start=one)
        floor = np.max(abs(field.value), initial=zero) / sizes * self.context.mpf(10) ** (5 - self.context.dps)
        if not self.context.isfinite(floor):
            return derivative
        return as_array(np.where(np.asarray(abs(derivative) <= floor, dtype=bool), zero, derivative))

    def central(self, field: Field, moves: Sequence[Move], digits: int) -> Array:
        """One central difference with relative steps of ``10**-digits``."""
        context = self.context
        point = {name: self.taken(value) for name, value in field.point.items()}
        steps = [self.step_along(variable.value, direction, digits) for variable, direction in moves]
        total: Any = 0  # Any: an Array once the first term is in
        for signs in product((-1, 1), repeat=len(moves)):
            moved = dict(point)
            for (variable, direction), step, sign in zip(moves, steps, signs, strict=True):
                moved[variable.name] = as_array(moved[variable.name] + sign * step * self.taken(direction))
            total = total + prod(signs) * run(field.program, self, moved)
        noise = np.max(abs(self.taken(field.value)), initial=context.zero) * context.mpf(10) ** (5 - context.dps)
        cleaned = np.where(abs(as_array(total)) <= noise, context.zero, total)
        return as_array(cleaned / prod((2 * step for step in steps), start=context.one))

    def taken(self, array: Array) -> Array:
        """Numbers of another precision as this one's."""
        return mapped(lambda v: +self.context.make_mpf(self.context.convert(v)._mpf_), array)

    def step_along(self, value: Array, direction: Array, digits: int) -> Scalar:
        """A step of ``10**-digits`` of the largest entry that the direction moves; of 1 where they are all 0."""
        sizes = [abs(self.context.convert(v)) for v, d in zip(value.ravel(), direction.ravel(), strict=True) if d]
        size = max((v for v in sizes if v and self.context.isfinite(v)), default=self.context.one)
        return size * self.context.mpf(10) ** -digits


_PERIODIC = frozenset({"sin", "cos", "tan", "sec", "csc", "cot"})
_MPMATH = frozenset(
    (
        *("exp", "log", "erf", "erfc"),
        *("sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan", "atan2", "asec", "acsc", "acot"),
        *("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh", "asech", "acsch", "acoth"),
    )
)
