"""Products, determinants, inverses, factors and exponentials of arrays of which an entry depends on t.

Where the array has an inverse at t = 0, the entries that move are a small change of it; elsewhere determinants and
cofactors are polynomials in the entries, without a division. Arrays that do not depend on t are those of ``Balls``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, inf, lcm
from typing import Any

import numpy as np
from flint import arb, arb_mat

from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError
from gradcli.meaning.balls.elimination import NOT_POSITIVE, SINGULAR, symmetric
from gradcli.meaning.balls.products import absent, filled, refused, undefined_in
from gradcli.meaning.scalars import Array, ScalarArithmetic, as_array, mapped
from gradcli.meaning.series.extent import kept, length
from gradcli.meaning.series.series import (
    LONGEST,
    ZEROTH,
    Power,
    Series,
    inverse,
    of,
    prolonged,
    sign,
    simple,
    steps_of,
    truncated,
)
from gradcli.operations.turns import Turns

# Any, in this module: Scalars, that are Balls, Undefined and Series

ONE = Ball(arb(1))
UNTOLD = Ball(arb.nan())


def moves(*arrays: Any) -> bool:
    """Does anything in them depend on t?"""
    return any(type(entry) is Series for array in arrays for entry in as_array(array).ravel())


def is_rough(*arrays: Any) -> bool:
    return any(type(entry) is Series and entry.rough for array in arrays for entry in as_array(array).ravel())


class SeriesMatrices(Balls):
    """What ``SeriesArithmetic`` knows about matrices."""

    # -- products and sums

    def transformed(self, rows: Array, turns: Turns) -> Array:
        return self.transformed_apart(rows, turns)

    def matmul(self, a: Array, b: Array) -> Array:
        """The product of what stands still, and that of the columns and rows that move."""
        if a.ndim > 2 or b.ndim > 2 or not moves(a, b):
            return super().matmul(a, b)
        rows, columns = np.atleast_2d(a), (b if b.ndim == 2 else b[:, None])
        moving = [k for k in range(len(columns)) if moves(rows[:, k], columns[k])]
        still = [k for k in range(len(columns)) if k not in set(moving)]
        out = super().matmul(rows[:, still], columns[still])
        constants = all(_is_constant(v) for v in (*rows[:, moving].ravel(), *columns[moving].ravel()))
        product = _by_powers if constants else _by_entries
        for place, value in product(rows[:, moving], columns[moving]):
            out[place] = value if absent(out[place]) else out[place] + value
        return out.reshape((*a.shape[:-1], *b.shape[1:]))

    def total(self, entries: Sequence[Any]) -> Any:
        """The sum of many: that of the balls among them, and the series."""
        series = [entry for entry in entries if type(entry) is Series]
        out = super().total([entry for entry in entries if type(entry) is not Series] if series else entries)
        for entry in series:
            out = out + entry
        return out

    def _log_sum_exp(self, entries: Sequence[Any]) -> Any:
        """Shifted by the largest entry where one grows without end."""
        endless = any(type(entry) is Series and not entry.value.is_finite() for entry in entries)
        if not endless:
            return super()._log_sum_exp(entries)
        shift = self.Max(*entries)
        return self.log(self.total([self.exp(entry - shift) for entry in entries])) + shift

    def softmax(self, x: Array, dim: int) -> Array:
        x = as_array(x)
        if not moves(x):
            return super().softmax(x, dim)
        powers = self.map(self.exp, as_array(x - self.reduce(x, dim, True, self._shift)))
        return as_array(powers * self.map(inverse, self.sum(powers, dim, True)))

    def _shift(self, entries: Sequence[Any]) -> Any:
        ends = [arb(0) if type(entry) is Undefined else entry.value for entry in entries]
        return Ball(max(end.mid() for end in ends)) if all(end.is_finite() for end in ends) else self.Max(*entries)

    # -- determinants

    def det(self, a: Array) -> Any:
        hole = refused(a, "a determinant") if moves(a) else None
        if hole or not moves(a):
            return hole or super().det(a)
        near = _limits(a)
        change = None if near is None else self._change(a, near)
        if near is None or change is None:
            return self._in_full(a)[-1] * (-1) ** len(a)
        _, moved, turned = change
        coefficients = self._characteristic(turned[moved])
        return super().det(near) * self.total([c * (-1) ** k for k, c in enumerate(coefficients)])  # det(I + F)

    def _change(self, a: Array, near: Array) -> tuple[Array, list[int], Array] | None:
        """``B = inv(near)`` with the columns J in which A moves, and those of ``B @ (A - near)``, so that A is
        ``near @ (I + B @ (A - near))``; None where near has no inverse."""
        inverted = super().inv(near)
        if undefined_in(inverted) or not all(entry.value.is_finite() for entry in inverted.ravel()):
            return None
        moved = [j for j in range(len(a)) if moves(a[:, j])]
        rest = mapped(beyond, a[:, moved])
        return inverted, moved, self.matmul(inverted, rest)

    def _characteristic(self, a: Array) -> list[Any]:
        """The coefficients of ``det(x*I - A)``, that of x**n first, without a division (Berkowitz 1984)."""
        found: list[Any] = [ONE]
        for r in range(len(a)):
            column, steps = a[:r, r], [ONE, -a[r, r]]
            for _ in range(r):
                steps.append(-self.matmul(a[r, :r], column)[()])
                column = self.matmul(a[:r, :r], column)
            found = [
                self.total([steps[i - j] * found[j] for j in range(max(i - len(steps) + 1, 0), min(i, r) + 1)])
                for i in range(r + 2)
            ]
        return found

    def _in_full(self, a: Array) -> list[Any]:
        """The same without dropping a power of t, so that what is 0 for every t is exactly 0."""
        with length(LONGEST):
            return self._characteristic(a)

    def _identity(self, n: int) -> Array:
        out = self.full((n, n), 0)
        for i in range(n):
            out[i, i] = ONE
        return out

    # -- inverses

    def inv(self, a: Array) -> Array:
        hole = refused(a, "an inverse") if moves(a) else None
        if hole or not moves(a):
            return filled(a.shape, hole) if hole else super().inv(a)
        near = _limits(a)
        change = None if near is None else self._change(a, near)
        if change is None:
            return self._by_cofactors(a)
        inverted, moved, turned = change
        return as_array(inverted - self.matmul(turned, self._corrected(turned[moved], inverted[moved])))

    def _corrected(self, small: Array, b: Array) -> Array:
        """``inv(I + F) @ b`` of a matrix F that vanishes with t: ``b - F b + F F b - ...``. Errors: UntoldError."""
        count, order = prolonged(*steps_of(small.ravel()))
        out = b
        for _ in range(count):
            out = as_array(b - self.matmul(small, out))
        return out if order is None else mapped(lambda v: truncated(v, order), out)

    def _by_cofactors(self, a: Array) -> Array:
        """``adj(A) / det(A)``."""
        coefficients = self._in_full(a)
        try:
            unit = inverse(coefficients[-1] * (-1) ** len(a))
        except UntoldError:
            return filled(a.shape, UNTOLD)
        if type(unit) is Undefined:
            return filled(a.shape, SINGULAR)
        return as_array(self._cofactors(a, coefficients) * unit)

    def adjugate(self, a: Array) -> Array:
        hole = refused(a, "an adjugate") if moves(a) else None
        if hole or not moves(a):
            return filled(a.shape, hole) if hole else super().adjugate(a)
        return self._cofactors(a, self._in_full(a))

    def _cofactors(self, a: Array, coefficients: Sequence[Any]) -> Array:
        """The adjugate by Cayley and Hamilton; see ``exact.adjugate_of``."""
        out = one = self._identity(len(a))
        for c in coefficients[1:-1]:
            out = self.matmul(a, out) + one * c
        return as_array(out * (-1) ** (len(a) - 1))

    def pinv(self, a: Array) -> Array:
        return ScalarArithmetic.pinv(self, a) if moves(a) else super().pinv(a)

    def inverse_of_gram(self, gram: Array) -> Array:
        return self.inv(gram) if moves(gram) else super().inverse_of_gram(gram)

    # -- factors

    def cholesky(self, a: Array) -> Array:
        """By rows, as ``ScalarArithmetic`` has it, while the pivots are positive."""
        a = symmetric(a)
        hole = refused(a, "a Cholesky factor") if moves(a) else None
        if hole or not moves(a):
            return filled(a.shape, hole) if hole else super().cholesky(a)
        out = self.full(a.shape, 0)
        for i in range(len(a)):
            for j in range(i):
                rest = a[i, j] - self.total(list(out[i, :j] * out[j, :j]))
                out[i, j] = self.div(rest, out[j, j])
            pivot = a[i, i] - self.total(list(out[i, :i] * out[i, :i]))
            positive = self._is_positive(pivot, a[: i + 1, : i + 1])
            if not positive:
                return filled(a.shape, UNTOLD if positive is None else NOT_POSITIVE)
            out[i, i] = self.sqrt(pivot)
        return out

    def _is_positive(self, pivot: Any, leading: Array) -> bool | None:
        """The pivot's sign, or that of the leading minor, in which an exact 0 is seen."""
        try:
            return sign(pivot) > 0
        except UntoldError:
            minor = self._in_full(leading)[-1] * (-1) ** len(leading)
        try:
            return sign(minor) > 0
        except UntoldError:
            return None

    # -- what is constant between its jumps: that of the point from which the ray goes

    def reflections(self, a: Array) -> Array:
        return super().reflections(self._start(a))

    def pivots(self, a: Array) -> tuple[list[int], list[int]]:
        return super().pivots(self._start(a))

    def _start(self, a: Array) -> Array:
        """Errors: UntoldError."""
        near = a if undefined_in(a) else _limits(a)
        if near is None:
            raise UntoldError
        return near

    # -- exponentials

    def expm(self, a: Array) -> Array:
        """Polynomials in s, up to a power, are block Toeplitz matrices of their coefficients; so is the exponential.

        Errors: UntoldError for what does not tend to a matrix, and for logarithms of t.
        """
        hole = refused(a, "an exponential of a matrix") if moves(a) else None
        if hole or not moves(a):
            return filled(a.shape, hole) if hole else super().expm(a)
        entries = [of(entry) for entry in a.ravel()]
        powers = {power for entry in entries for power in entry.terms}
        if any(e < 0 or k for e, k in powers) or any(v.order is not None and v.order <= 0 for v in entries):
            raise UntoldError
        unit = Fraction(1, lcm(*(e.denominator for e, _ in powers)))  # s is this power of t
        order = min([kept(), *(entry.order for entry in entries if entry.order is not None)])
        n, count = len(a), ceil(order / unit)
        blocks = self.full((n * count, n * count), 0)
        for place, entry in zip(np.ndindex(a.shape), entries, strict=True):
            for (e, _), c in entry.terms.items():
                for i in range(count - int(e / unit)):
                    blocks[i * n + place[0], (i + int(e / unit)) * n + place[1]] = c
        found = super().expm(blocks)[:n].reshape(n, count, n)
        out = np.empty(a.shape, dtype=object)
        for i, j in np.ndindex(a.shape):
            terms = [((k if unit == 1 else k * unit, 0), c) for k, c in enumerate(found[i, :, j])]
            out[i, j] = simple(terms, order, rough=is_rough(a))
        return out


def _is_constant(number: Any) -> bool:
    """Is it finite, and does it move with t alone?"""
    if type(number) is Series:
        return not any(c.serial for c in number.terms.values())
    return type(number) is Ball and not number.serial and bool(number.value.is_finite())


Place = tuple[int, int]


def _by_entries(a: Array, b: Array) -> Iterator[tuple[Place, Any]]:
    """The terms of a matrix product, each with its place."""
    for k in range(len(b)):
        across = [(j, v) for j, v in enumerate(b[k]) if not absent(v)]
        for i, u in enumerate(a[:, k]):
            for j, v in across if not absent(u) else ():
                yield (i, j), u * v


def _by_powers(a: Array, b: Array) -> Iterator[tuple[Place, Any]]:
    """The entries of a matrix product that are not 0, by products of matrices of coefficients, which are constants."""
    left, right = _coefficients(a), _coefficients(b)
    orders = _orders(a, b)
    found: dict[Power, arb_mat] = {}
    for (e, k), x in left.items():
        for (f, m), y in right.items():
            power = (e + f, k + m)
            found[power] = found[power] + x * y if power in found else x * y
    for place in np.ndindex(len(a), b.shape[1]):
        terms = [(power, Ball(matrix[place])) for power, matrix in found.items() if not matrix[place].is_zero()]
        order: Any = orders[place]  # Any: a Fraction or None
        if terms or orders[place] is not None:
            yield (place[0], place[1]), simple(terms, order, rough=is_rough(a, b))


def _coefficients(a: Array) -> dict[Power, arb_mat]:
    out: dict[Power, arb_mat] = {}
    for place, entry in zip(np.ndindex(a.shape), a.ravel(), strict=True):
        for power, c in of(entry).terms.items():
            if power not in out:
                out[power] = arb_mat(*a.shape)
            out[power][place] = c.value
    return out


def _orders(a: Array, b: Array) -> Array:
    """Up to which power of t each entry of a product is known; None for all."""
    known, lowest = zip(*(_bounds(array) for array in (a, b)), strict=True)
    found = np.minimum((known[0][:, :, None] + lowest[1][None]).min(1), (lowest[0][:, :, None] + known[1][None]).min(1))
    return mapped(lambda order: None if order == inf else order, found)


def _bounds(a: Array) -> tuple[Array, Array]:
    """The orders of entries and the lowest powers that may occur in them; infinite where there are none."""
    series = mapped(of, a)
    known = mapped(lambda v: inf if v.order is None else v.order, series)
    return known, mapped(lambda v: v.lowest if v.terms or v.order is not None else inf, series)


def limit(number: Any) -> Ball:
    """The constant that a number tends to. Errors: UntoldError where there is none, or it is not told."""
    if type(number) is Ball:
        return number
    if not number.value.is_finite():
        raise UntoldError
    found: Ball = number.terms.get(ZEROTH, ZERO)
    return found


def _limits(a: Array) -> Array | None:
    try:
        return mapped(limit, a)
    except UntoldError:
        return None


def beyond(number: Any) -> Any:
    """A number less its limit."""
    if type(number) is Ball:
        return ZERO
    return Series({power: c for power, c in number.terms.items() if power != ZEROTH}, number.order, rough=number.rough)
