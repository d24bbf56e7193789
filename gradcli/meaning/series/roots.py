"""Eigenvalues of any matrix, roots and logarithms along a ray: from those at its start each step of Newton's has one
power of t more. Its linear equation is that at the start, so that matrices which may be inverted do not depend on t.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradcli.meaning.balls.ball import UntoldError
from gradcli.meaning.balls.products import filled, undefined_in
from gradcli.meaning.equations import sylvester_system
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.series.matrices import UNTOLD, beyond, moves
from gradcli.meaning.series.series import prolonged, steps_of, truncated
from gradcli.meaning.series.spectra import SeriesSpectra


class SeriesRoots(SeriesSpectra):
    """What ``SeriesArithmetic`` knows about matrices that are not symmetric."""

    def eigvals(self, a: Array) -> Array:
        return as_array(self._pairs(a)[0]) if moves(a) else super().eigvals(a)

    def eigvecs(self, a: Array) -> Array:
        return as_array(self._pairs(a)[1:]) if moves(a) else super().eigvecs(a)

    def _pairs(self, a: Array) -> Array:
        """Columns [eigenvalue, *eigenvector]. Errors: UntoldError."""
        start = self._eigen(self._start(a))
        if undefined_in(start):
            return filled(start.shape, undefined_in(start))
        return np.stack([self._pair_near(a, start[:, k]) for k in range(len(a))], 1)

    def _pair_near(self, a: Array, start: Array) -> Array:
        """The equations are ``(A - lambda) v == 0`` and ``v @ v == 1``."""
        inverse = self._bordered(self._start(a), start)

        def step(pair: Array) -> Array:
            v = pair[1:]
            left = as_array(pair[0] * v - self.matmul(a, v))
            length = self.div(self.scalar(1) - self.matmul(v, v)[()], self.scalar(2))
            moved = self.matmul(inverse, np.concatenate([left, as_array(length)[None]]))
            return np.concatenate([moved[-1:], moved[:-1]])

        return self._newton(a, start, step)

    def sqrtm(self, a: Array) -> Array:
        if not moves(a):
            return super().sqrtm(a)
        start = super().sqrtm(self._start(a))
        if not self._is_told(start):
            return filled(a.shape, undefined_in(start) or UNTOLD)
        inverse = self.inv(sylvester_system(self, start, start))
        return self._newton(a, start, lambda x: self._solved(inverse, as_array(a - self.matmul(x, x))))

    def logm(self, a: Array) -> Array:
        if not moves(a):
            return super().logm(a)
        start = super().logm(self._start(a))
        if not self._is_told(start):
            return filled(a.shape, undefined_in(start) or UNTOLD)
        columns = [self._along_exponential(start, unit).reshape(-1) for unit in self.basis(a.shape)]
        inverse = self.inv(np.stack(columns, 1))
        return self._newton(a, start, lambda x: self._solved(inverse, as_array(a - self.expm(x))))

    def _is_told(self, start: Array) -> bool:
        return not undefined_in(start) and all(entry.value.is_finite() for entry in start.ravel())

    def _solved(self, inverse: Array, right: Array) -> Array:
        return self.matmul(inverse, right.reshape(-1)).reshape(right.shape)

    def _newton(self, a: Array, start: Array, step: Callable[[Array], Array]) -> Array:
        """Errors: UntoldError."""
        if not self._is_told(start):
            raise UntoldError
        count, order = prolonged(*steps_of(mapped(beyond, a).ravel()))
        out = start
        for _ in range(count):
            out = as_array(out + step(out))
        return out if order is None else mapped(lambda v: truncated(v, order), out)
