"""Determinants, inverses and factors of matrices of balls, each one step with its rule.

A matrix is singular where that is certain, which entries that are exact decide over the integers; where the balls
alone cannot tell, the answer is a nan, which may want more bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from flint import arb, arb_mat

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.exact import adjugate_of, exact_matrix
from gradcli.meaning.balls.pivoting import reflected_signs, swapped_rows
from gradcli.meaning.balls.products import BallProducts, absent, array_of, filled, matrix_of, refused, undefined_in
from gradcli.meaning.balls.sweep import whole
from gradcli.meaning.scalars import Array, as_array

# Any, in this module: Scalars

CONDITION_OF_FLOATS = 10**17  # of a matrix whose rank float64 cannot tell from a smaller one
SINGULAR = Undefined("the inverse of a singular matrix")
NOT_POSITIVE = Undefined("the Cholesky factor of a matrix that is not positive definite")


class BallElimination(BallProducts):
    """What ``Balls`` knows about determinants, inverses and triangular factors."""

    # -- determinants

    def det(self, a: Array) -> Any:
        hole = refused(a, "a determinant")
        if not len(a) or hole:
            return hole or Ball(arb(1))
        value = np.array(_determinant(a), dtype=object)
        return whole(value, (a,), self._pull_det, self._push_det)[()]

    def _pull_det(self, g: Array, a: Array, out: Array) -> tuple[Array]:
        return (as_array(g[()] * self._adjugate(a, out[()]).T),)

    def _push_det(self, da: Array, a: Array, out: Array) -> Array:
        return as_array(self.total(list((self._adjugate(a, out[()]).T * da).ravel())))

    def adjugate(self, a: Array) -> Array:
        hole = refused(a, "an adjugate")
        return filled(a.shape, hole) if not a.size or hole else self._adjugate(a, self.det(a))

    def _adjugate(self, a: Array, det: Any) -> Array:
        """The transposed matrix of cofactors, of singular matrices too: ``det * inv(A)`` where that is known to be."""
        if not det.value.contains(0):
            return as_array(det * self.inv(a))
        exact = exact_matrix(a)
        found = exact.adjugate() if exact else adjugate_of(matrix_of(a), matrix_of(a).charpoly())
        return whole(array_of(found), (a,), self._pull_adjugate)

    def _pull_adjugate(self, g: Array, a: Array, _out: Array) -> tuple[Array]:
        """Each cofactor is the determinant of a minor, with the minor's adjugate as its slope."""
        slope = self.full(a.shape, 0)
        for i, j in np.ndindex(a.shape):
            cotangent: Any = g[j, i]
            if len(a) == 1 or absent(cotangent):
                continue
            rest = np.ix_([k for k in range(len(a)) if k != i], [k for k in range(len(a)) if k != j])
            minor = a[rest]
            pulled = cotangent * (-1) ** (i + j) * self.adjugate(minor).T
            slope[rest] = slope[rest] + pulled
        return (slope,)

    # -- inverses

    def inv(self, a: Array) -> Array:
        hole = refused(a, "an inverse")
        if not a.size or hole:
            return filled(a.shape, hole)
        found = _inverse(a)
        if isinstance(found, Undefined):
            return filled(a.shape, found)
        return whole(
            array_of(found),
            (a,),
            lambda g, a, out: (-self.matmul(self.matmul(out.T, g), out.T),),
            lambda da, a, out: -self.matmul(self.matmul(out, da), out),
        )

    def pinv(self, a: Array) -> Array:
        exact = exact_matrix(a) if a.size and not refused(a, "a pseudo-inverse") else None
        if exact and exact.rank < min(a.shape):
            raise _no_full_rank()
        return super().pinv(a)

    def inverse_of_gram(self, gram: Array) -> Array:
        inverse = self.inv(gram)
        if not gram.size or refused(gram, "a pseudo-inverse"):
            return inverse
        if undefined_in(inverse) or _largest(gram) * _largest(inverse) > CONDITION_OF_FLOATS**2:
            raise _no_full_rank()
        return inverse

    # -- Cholesky

    def cholesky(self, a: Array) -> Array:
        a = symmetric(a)
        hole = refused(a, "a Cholesky factor")
        if not a.size or hole:
            return filled(a.shape, hole)
        found = _factor(a)
        if isinstance(found, Undefined):
            return filled(a.shape, found)
        return whole(found, (a,), self._pull_cholesky, self._push_cholesky)

    def _pull_cholesky(self, g: Array, _a: Array, out: Array) -> tuple[Array]:
        """``inv(L).T @ half(L.T @ g) @ inv(L)``, symmetrised (Murray 2016, Differentiation of the Cholesky
        decomposition)."""
        inverse = self.inv(out)
        inner = self._half(self.matmul(out.T, _lower(g)))
        slope = self.matmul(self.matmul(inverse.T, inner), inverse)
        return (as_array((slope + slope.T) * Ball(arb(0.5))),)

    def _push_cholesky(self, da: Array, _a: Array, out: Array) -> Array:
        inverse = self.inv(out)
        return self.matmul(out, self._half(self.matmul(self.matmul(inverse, da), inverse.T)))

    def _half(self, a: Array) -> Array:
        """The lower triangle with half of the diagonal."""
        out = _lower(a)
        for i in range(len(a)):
            out[i, i] = a[i, i] * Ball(arb(0.5))
        return out

    # -- what is constant between its jumps

    def reflections(self, a: Array) -> Array:
        if undefined_in(a):
            return filled((min(a.shape),), undefined_in(a))
        return as_array(np.array([Ball(arb(sign)) for sign in reflected_signs(matrix_of(a).tolist())], dtype=object))

    def pivots(self, a: Array) -> tuple[list[int], list[int]]:
        """Of an undefined entry there is no order: any will do."""
        swaps = list(range(min(a.shape))) if undefined_in(a) or not a.size else swapped_rows(matrix_of(a).tolist())
        order = list(range(len(a)))
        for k, row in enumerate(swaps):
            order[k], order[row] = order[row], order[k]
        return swaps, order


def symmetric(a: Array) -> Array:
    """The symmetric matrix whose lower triangle is given."""
    return as_array(np.where(np.tri(len(a), dtype=bool), a, a.T))


def _lower(a: Array) -> Array:
    return as_array(np.where(np.tri(len(a), dtype=bool), a, filled(a.shape, Ball(arb(0)))))


def _determinant(a: Array) -> arb:
    """From the integers where a ball cannot tell it from 0."""
    found = matrix_of(a).det()
    exact = exact_matrix(a) if found.contains(0) or not found.is_finite() else None
    return exact.det if exact else found


def _inverse(a: Array) -> arb_mat | Undefined:
    """nan where it cannot be told whether there is one."""
    try:
        return matrix_of(a).inv()
    except ZeroDivisionError:
        exact = exact_matrix(a)
    if exact is None:
        return arb_mat(len(a), len(a), [arb.nan()] * a.size)
    return exact.inverse() if exact.determinant != 0 else SINGULAR


def _factor(a: Array) -> Array | Undefined:
    """Cholesky and Banachiewicz's recurrence, row by row. All nan where a pivot cannot be told from 0."""
    n = len(a)
    out = filled((n, n), arb(0))
    exact = exact_matrix(a)
    for i in range(n):
        for j in range(i):
            out[i, j] = (a[i, j].value - _dot(out[i, :j], out[j, :j])) / out[j, j]
        pivot = a[i, i].value - _dot(out[i, :i], out[i, :i])
        if exact and not (pivot > 0 or pivot <= 0):
            pivot = exact.pivot(i)
        if pivot <= 0:
            return NOT_POSITIVE
        if not pivot > 0:
            return filled((n, n), arb.nan())  # wants bits to enclose it, or to tell
        out[i, i] = pivot.sqrt()
    return out


def _dot(x: Array, y: Array) -> arb:
    return sum((u * v for u, v in zip(x, y, strict=True)), start=arb(0))


def _largest(a: Array) -> arb:
    out = arb(0)
    for ball in a.ravel():
        out = out.max(abs(ball.value))
    return out


def _no_full_rank() -> LimitError:
    return LimitError(
        "the second route for a pseudo-inverse is for matrices of full rank, in floats too", kind="unchecked"
    )
