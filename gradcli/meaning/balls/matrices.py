"""Whole matrices of balls: products, inverses, determinants, spectra, each one step with its rule."""

from __future__ import annotations

import numpy as np
from flint import arb, arb_mat

from gradcli.meaning.balls.ball import Undefined
from gradcli.meaning.balls.sweep import whole
from gradcli.meaning.scalars import Array, ScalarArithmetic

# Any, in this module: Scalars


class BallMatrices(ScalarArithmetic):
    """What ``Balls`` knows about matrices."""

    def matmul(self, a: Array, b: Array) -> Array:
        if a.ndim != 2 or b.ndim != 2 or undefined_in(a, b) or not a.size or not b.size:
            return super().matmul(a, b)
        return whole(
            array_of(matrix_of(a) * matrix_of(b)),
            (a, b),
            lambda g, a, b, out: (self.matmul(g, b.T), self.matmul(a.T, g)),
        )


def undefined_in(*arrays: Array) -> Undefined | None:
    """The first entry that is undefined, if any."""
    return next((v for array in arrays for v in array.ravel() if type(v) is Undefined), None)


def matrix_of(array: Array) -> arb_mat:
    """Enclosures of a matrix of Balls."""
    return arb_mat(array.shape[0], array.shape[1], [ball.value for ball in array.ravel()])


def array_of(matrix: arb_mat) -> Array:
    """An array of arb."""
    out = np.empty(matrix.nrows() * matrix.ncols(), dtype=object)
    out[:] = matrix.entries()
    return out.reshape(matrix.nrows(), matrix.ncols())


def identity(n: int) -> Array:
    out = np.empty((n, n), dtype=object)
    for i in range(n):
        for j in range(n):
            out[i, j] = arb(int(i == j))
    return out
