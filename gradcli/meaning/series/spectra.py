"""Eigenvalues and singular values along a ray, where some meet at t = 0 too.

The coefficient of the lowest power decides the order of the eigenvalues; those that meet in it are the eigenvalues of a
smaller matrix, of higher powers, on their common space, which moves with t (Kato, Perturbation theory for linear
operators, II.2). Where balls cannot tell whether some meet, the value and the first coefficient are known and nothing
beyond: eigenvalues are no further apart than matrices (Weyl).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, UntoldError, made, untold
from gradcli.meaning.balls.decomposition import Decomposition, decompose
from gradcli.meaning.balls.elimination import symmetric
from gradcli.meaning.balls.exact import exact_matrix
from gradcli.meaning.balls.products import absent, array_of, filled, matrix_of, refused
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.matrices import SeriesMatrices, is_rough, moves
from gradcli.meaning.series.rationals import SAME
from gradcli.meaning.series.series import (
    LONGEST,
    ZEROTH,
    Exponent,
    Power,
    inverse,
    of,
    prolonged,
    sign,
    simple,
    steps_of,
    truncated,
)

# Any, in this module: Scalars, that are Balls, Undefined and Series


class SeriesSpectra(SeriesMatrices):
    """What ``SeriesArithmetic`` knows about spectra."""

    def eigvalsh(self, a: Array) -> Array:
        a = symmetric(a)
        hole = refused(a, "an eigenvalue") if moves(a) else None
        if hole or not moves(a):
            return filled((len(a),), hole) if hole else super().eigvalsh(a)
        return _objects(self._eigenvalues(a))

    def eigvecsh(self, a: Array) -> Array:
        """Columns of ``adj(A - lambda I)``, each a multiple of ``v v.T``. Errors: UntoldError."""
        a = symmetric(a)
        hole = refused(a, "an eigenvector") if moves(a) else None
        if hole or not moves(a):
            return filled(a.shape, hole) if hole else super().eigvecsh(a)
        one = self._identity(len(a))
        cofactors = [self.adjugate(as_array(a - one * value)) for value in self._eigenvalues(a)]
        return np.stack([self._unit(found[:, _longest(found)]) for found in cofactors], 1)

    def _unit(self, vector: Array) -> Array:
        return as_array(vector * inverse(self.sqrt(self.matmul(vector, vector)[()])))

    def svdvals(self, a: Array) -> Array:
        """By the smaller Gram matrix; those that its squares hide, by the eigenvalues of ``((0, A), (A.T, 0))``, which
        are the singular values, their negatives and zeros."""
        if a.shape[0] < a.shape[1]:
            return self.svdvals(a.T)
        hole = refused(a, "a singular value") if moves(a) else None
        if hole or not moves(a):
            return filled((a.shape[1],), hole) if hole else super().svdvals(a)
        squares = self._eigenvalues(symmetric(self.matmul(a.T, a)))[::-1]
        told = next((k for k, v in enumerate(squares) if not _is_told(v)), len(squares))
        out = [self.sqrt(v) for v in squares[:told]]
        if told == len(squares):
            return _objects(out)
        n, m = a.shape
        both = self.full((n + m, n + m), 0)
        both[:n, n:], both[n:, :n] = a, a.T
        out += self._eigenvalues(both, range(n, n + m - told))[::-1]
        if not all(map(_is_told, out)):
            zeros = self._vanishing(a)
            out[m - zeros :] = [ZERO] * zeros
        return _objects(out)

    def _vanishing(self, a: Array) -> int:
        """How many singular values are certainly 0, for every t: as polynomials in t, of which no power is dropped."""
        with length(LONGEST):
            coefficients = self._in_full(self.matmul(a.T, a))[::-1]
        return next(k for k, c in enumerate(coefficients) if not absent(c))

    def _eigenvalues(self, a: Array, wanted: range | None = None) -> list[Any]:
        """Ascending, of a symmetric matrix; wanted: their places, all by default. Errors: UntoldError."""
        wanted = range(len(a)) if wanted is None else wanted
        if len(a) == 1:
            return [a[0, 0]]
        entries = [of(v) for v in a.ravel()]
        order = min((v.order for v in entries if v.order is not None), default=None)
        powers = sorted({p for v in entries for p, c in v.terms.items() if not c.value.is_zero()})
        if not powers or (order is not None and order <= powers[0][0]):
            return [_blurred(a, arb(0), order)] * len(wanted)
        first = powers[0][0]
        if any(e == first and k for e, k in powers):
            raise UntoldError
        later = [e for e, _ in powers if e > first] + ([] if order is None else [order])
        step = min(later, default=None)
        scaled = mapped(lambda v: _shifted(v, -first), a)
        return [_shifted(v, first) for v in self._near(scaled, None if step is None else step - first, wanted)]

    def _near(self, a: Array, step: Exponent | None, wanted: range) -> list[Any]:
        """Of a matrix that tends to one that is not 0, as this power of t; None: it is that one."""
        near = mapped(lambda v: Ball(_zeroth(v).value), a)
        found = decompose(matrix_of(near), exact_matrix(near))
        basis = self._basis(found)
        turned = self.matmul(self.matmul(basis.T, a), basis)
        near, rest = self._diagonal(turned, found), mapped(_vanishing_part, turned)
        out: list[Any] = [None] * len(a)
        for start, stop in found.clusters:
            if stop <= wanted.start or start >= wanted.stop:
                continue
            if stop - start > 1 and not found.meets:
                out[start:stop] = [_blurred(a, value, step) for value in found.values[start:stop]]
                continue
            value = Ball(found.values[start])
            inside, outside = np.arange(start, stop), np.delete(np.arange(len(a)), np.s_[start:stop])
            within = self._on_cluster(near - self._identity(len(a)) * value, rest, inside, outside)
            out[start:stop] = [v + value for v in self._eigenvalues(within)]
        return [out[k] for k in wanted]

    def _basis(self, found: Decomposition) -> Array:
        """Orthonormal columns that span the space of each cluster: the approximate ones, projected onto it."""
        columns = []
        for start, stop in found.clusters:
            if stop - start == 1:
                columns.append(_objects([Ball(v) for v in found.vector(start)])[:, None])
                continue
            projector = mapped(Ball, array_of(found.projector(start, stop)))
            projected = self.matmul(projector, mapped(Ball, array_of(found.vectors))[:, start:stop])
            factor = self.cholesky(self.matmul(projected.T, projected))
            columns.append(self.matmul(projected, self.inv(factor).T))
        return np.concatenate(columns, 1)

    def _diagonal(self, turned: Array, found: Decomposition) -> Array:
        """What the turned matrix tends to: the eigenvalues, and blocks of those that may or may not meet."""
        out = self.full(turned.shape, 0)
        for start, stop in found.clusters:
            for i, j in np.ndindex(stop - start, stop - start):
                known = found.meets or stop - start == 1
                value = found.values[start] if i == j else arb(0)
                out[start + i, start + j] = Ball(value if known else _zeroth(turned[start + i, start + j]).value)
        return out

    def _on_cluster(self, near: Array, rest: Array, inside: Any, outside: Any) -> Array:
        """The matrix of a cluster on its space, as that moves: with the invariant space of the columns ``X = (I, Z)``,
        ``M X = X R`` has R = ``A + B.T Z``, and ``L.T R inv(L.T)`` is symmetric for ``L L.T = X.T X``.

        near, rest: ``M = near + rest`` is the whole matrix less the cluster's eigenvalue
        """
        a, b = rest[np.ix_(inside, inside)], rest[np.ix_(outside, inside)]
        if all(map(absent, b.ravel())):
            return a
        z = self._carried(a, b, rest[np.ix_(outside, outside)], self.inv(near[np.ix_(outside, outside)]))
        found = as_array(a + self.matmul(b.T, z))
        if len(a) > 1:
            factor = self.cholesky(as_array(self._identity(len(a)) + self.matmul(z.T, z)))
            found = self.matmul(self.matmul(factor.T, found), self.inv(factor).T)
        return symmetric(found)

    def _carried(self, a: Array, b: Array, c: Array, inverse: Array) -> Array:
        """The solution Z of ``D Z = Z (A + B.T Z) - B - C Z`` that vanishes with t, a power more each time; D is given
        by its inverse. Errors: UntoldError."""
        count, order = prolonged(*steps_of([*a.ravel(), *b.ravel(), *c.ravel()]))
        z = self.full(b.shape, 0)
        for _ in range(count):
            z = self.matmul(inverse, as_array(self.matmul(z, a + self.matmul(b.T, z)) - b - self.matmul(c, z)))
        return z if order is None else mapped(lambda v: truncated(v, order), z)


def _longest(cofactors: Array) -> int:
    """The number of the column that vanishes the least. Errors: UntoldError."""
    told = [(lead, k) for k in range(len(cofactors)) if (lead := _lead(cofactors[k, k])) is not None]
    if not told:
        raise UntoldError
    return min(told, key=lambda found: (found[0][0][0], -abs(found[0][1].value.mid())))[1]


def _lead(number: Any) -> tuple[Power, Ball] | None:
    try:
        return of(number).lead()  # type: ignore[no-any-return]  # a Series
    except UntoldError:
        return None


def _zeroth(number: Any) -> Ball:
    found: Ball = number if type(number) is Ball else number.terms.get(ZEROTH, ZERO)
    return found


def _vanishing_part(number: Any) -> Any:
    """A number less the constant that it tends to; how that one moves stays."""
    series = of(number)
    terms = dict(series.terms)
    constant = terms.pop(ZEROTH, ZERO)
    if constant.serial:
        terms[ZEROTH] = made(arb(0), (constant,), SAME)
    return simple(terms.items(), series.order, rough=series.rough)


def _shifted(number: Any, by: Exponent) -> Any:
    """Times a power of t."""
    series = of(number)
    order = None if series.order is None else series.order + by
    return simple((((e + by, k), c) for (e, k), c in series.terms.items()), order, rough=series.rough)


def _blurred(a: Array, value: arb, order: Exponent | None) -> Any:
    """An eigenvalue of which the limit is known; of what moves in the matrix nothing is told."""
    moving: dict[Any, list[Ball]] = {ZEROTH: []}
    for number in a.ravel():
        for power, c in of(number).terms.items():
            if c.serial:
                moving.setdefault(power, []).append(c)
    return simple(
        ((power, untold(balls, value if power == ZEROTH else arb(0))) for power, balls in moving.items()),
        order,
        rough=is_rough(a),
    )


def _is_told(number: Any) -> bool:
    try:
        sign(number)
    except UntoldError:
        return False
    return True


def _objects(values: Sequence[Any]) -> Array:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
