"""Eigenvalues, singular values and exponentials of matrices of balls, with rules of every order.

Single eigenvalues have slopes where they are certainly apart. Where some meet or cannot be told apart, what weighs them
equally has them still: its slope is the projector onto their common space.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import Ball, Undefined, untold
from gradcli.meaning.balls.decomposition import Decomposition, decompose
from gradcli.meaning.balls.elimination import BallElimination, symmetric
from gradcli.meaning.balls.exact import Exact, exact_matrix
from gradcli.meaning.balls.products import absent, array_of, filled, matrix_of, refused, undefined_in
from gradcli.meaning.balls.sweep import whole
from gradcli.meaning.scalars import Array, as_array

# Any, in this module: Scalars

MEET = Undefined("eigenvalues meet")
VANISHES = Undefined("a singular value of 0, where it has a kink")
# Bits of the largest entry of an exponential, which is squared once for each of them: the row's cost is that of 100
# products. Floats overflow beyond 2**10, and are 0 below -2**10.
SQUARINGS = 64


@dataclass(frozen=True, slots=True)
class Weight:
    """What a cotangent of a single value is multiplied by, as a function of the eigenvalue, and its slope."""

    value: Callable[[arb], arb]
    slope: Callable[[arb], arb]


PLAIN = Weight(lambda x: arb(1), lambda x: arb(0))
INVERSE_ROOT = Weight(lambda x: x.rsqrt(), lambda x: -x.rsqrt() / (2 * x))


class BallSpectra(BallElimination):
    """What ``Balls`` knows about spectra."""

    # -- eigenvalues

    def eigvalsh(self, a: Array) -> Array:
        a = symmetric(a)
        hole = refused(a, "an eigenvalue")
        if not len(a) or hole:
            return filled((len(a),), hole)
        found = decompose(matrix_of(a), exact_matrix(a))
        return whole(
            _objects(found.values),
            (a,),
            lambda g, a, out: (self._pull_eigenvalues(g, a, found),),
            lambda da, a, out: self._along_vectors(da, a, found),
        )

    def eigvecsh(self, a: Array) -> Array:
        """Columns, of any sign; untold where eigenvalues are not apart."""
        a = symmetric(a)
        hole = refused(a, "an eigenvector")
        if not len(a) or hole:
            return filled(a.shape, hole)
        found = decompose(matrix_of(a), exact_matrix(a))
        out = filled(a.shape, MEET if found.meets else untold(a.ravel()))
        for start, stop in found.clusters:
            if stop - start == 1:
                out[:, start] = self._pair(a, found, start)[1:]
        return out

    def _pull_eigenvalues(self, g: Array, a: Array, found: Decomposition) -> Array:
        if _even(g):
            slope = self.full(a.shape, 0)
            for i in range(len(a)):
                slope[i, i] = g[0]
            return slope
        return self._weighted(a, found, g, g, PLAIN)

    def _along_vectors(self, da: Array, a: Array, found: Decomposition) -> Array:
        """``v.T da v`` of each eigenvector; untold where eigenvalues are not apart."""
        out = filled((len(a),), untold((*a.ravel(), *da.ravel())))
        for start, stop in found.clusters:
            if stop - start == 1:
                v = self._pair(a, found, start)[1:]
                out[start] = self.matmul(v, self.matmul(da, v))[()]
        return out

    def _weighted(self, a: Array, found: Decomposition, g: Array, weights: Array, weight: Weight) -> Array:
        """``sum_i weights[i] v_i v_i.T``, for cotangents g of the single values: those that are 0 have no say.

        weights: ``g * weight`` as recorded
        """
        slope = self.full(a.shape, 0)
        single = []
        for start, stop in found.clusters:
            if all(map(absent, g[start:stop])):
                continue
            if stop - start == 1:
                single.append(start)
            else:
                hole = undefined_in(g[start:stop], weights[start:stop])
                part = filled(a.shape, hole) if hole else self._shared(a, found, (start, stop), g[start:stop], weight)
                slope = slope + part
        if single:
            vectors = np.stack([self._pair(a, found, k)[1:] for k in single], axis=1)
            turned = vectors * np.array([weights[k] for k in single], dtype=object)
            slope = slope + self.matmul(as_array(turned), vectors.T)
        return as_array(slope)

    def _shared(self, a: Array, found: Decomposition, cluster: tuple[int, int], g: Array, weight: Weight) -> Array:
        """The part of a cluster: of equal cotangents the projector, weighted by what encloses all weights in it."""
        if all(v.value.is_zero() for v in g):
            return filled(a.shape, untold((*a.ravel(), *g), arb(0)))
        if not _even(g):
            certain = found.meets and _uneven(g)
            return filled(a.shape, MEET if certain else untold((*a.ravel(), *g)))
        start, stop = cluster
        hull = weight.value(found.values[start])
        for k in range(start + 1, stop):
            hull = hull.union(weight.value(found.values[k]))
        blur = arb(0, hull.rad())
        values = [v + blur for v in (found.projector(start, stop) * hull.mid()).entries()]
        step = whole(
            _objects(values).reshape(a.shape),
            (a,),
            lambda c, a, out: (self._pull_shared(c, a, found, cluster, weight),),
        )
        return as_array(g[0] * step)

    def _pull_shared(self, c: Array, a: Array, found: Decomposition, cluster: tuple[int, int], weight: Weight) -> Array:
        """``h' P c P - h (R c P + P c R)`` with the projector P and the reduced resolvent R, where all eigenvalues of
        the cluster are one; for nothing beyond (Kato, Perturbation theory for linear operators, II.2)."""
        if not found.meets:
            return filled(a.shape, untold((*a.ravel(), *c.ravel())))
        value = found.values[cluster[0]]
        projector, resolvent = (self.map(Ball, array_of(matrix)) for matrix in found.resolvent(*cluster))
        across = self.matmul(self.matmul(resolvent, c), projector)
        across = across + self.matmul(self.matmul(projector, c), resolvent)
        inside = self.matmul(self.matmul(projector, c), projector)
        slope = Ball(weight.slope(value)) * inside - Ball(weight.value(value)) * across
        return self.map(lambda v: v if type(v) is Undefined else untold((v, *a.ravel()), v.value), slope)

    def _pair(self, a: Array, found: Decomposition, k: int) -> Array:
        """[eigenvalue, *eigenvector] of an eigenvalue that is apart from the others: one step with its rule."""
        values = _objects([found.values[k], *found.vector(k)])
        return whole(values, (a,), self._pull_pair, self._push_pair)

    def _pull_pair(self, g: Array, a: Array, out: Array) -> tuple[Array]:
        v = out[1:]
        slope = g[0] * (v[:, None] * v[None, :])
        if not all(map(absent, g[1:])):
            bent = self.matmul(self._resolvent(a, out), g[1:])
            slope = slope - bent[:, None] * v[None, :]
        return (as_array(slope),)

    def _push_pair(self, da: Array, a: Array, out: Array) -> Array:
        v = out[1:]
        turned = self.matmul(da, v)
        return np.concatenate([as_array(self.matmul(v, turned))[None], -self.matmul(self._resolvent(a, out), turned)])

    def _resolvent(self, a: Array, pair: Array) -> Array:
        """The pseudo-inverse of ``A - lambda I``."""
        return self._bordered(a, pair)[: len(a), : len(a)]

    def _bordered(self, a: Array, pair: Array) -> Array:
        """The inverse of ``[[A - lambda I, -v], [v.T, 0]]``, which takes ``-dA v`` and 0 to dv and d lambda."""
        n = len(a)
        system = self.full((n + 1, n + 1), 0)
        system[:n, :n] = a
        for i in range(n):
            system[i, i] = a[i, i] - pair[0]
        system[:n, n], system[n, :n] = -pair[1:], pair[1:]
        return self.inv(system)

    # -- singular values, by the eigenvalues of the smaller Gram matrix

    def svdvals(self, a: Array) -> Array:
        if a.shape[0] < a.shape[1]:
            return self.svdvals(a.T)
        hole = refused(a, "a singular value")
        if not a.size or hole:
            return filled((a.shape[1],), hole)
        found = decompose(matrix_of(self._gram(a)), _exact_gram(a))
        values = [value.nonnegative_part().sqrt() if value.is_finite() else value for value in found.values]
        return whole(
            _objects(values[::-1]),
            (a,),
            lambda g, a, out: (self._pull_singular(g[::-1], a, out[::-1], found),),
            lambda da, a, out: self._push_singular(da, a, out[::-1], found)[::-1],
        )

    def _gram(self, a: Array) -> Array:
        return symmetric(self.matmul(a.T, a))

    def _pull_singular(self, g: Array, a: Array, values: Array, found: Decomposition) -> Array:
        weights = _objects([_over(cotangent, value) for cotangent, value in zip(g, values, strict=True)])
        return self.matmul(a, self._weighted(self._gram(a), found, g, weights, INVERSE_ROOT))

    def _push_singular(self, da: Array, a: Array, values: Array, found: Decomposition) -> Array:
        along = self._along_vectors(self.matmul(a.T, da), self._gram(a), found)
        return _objects([_over(slope, value) for slope, value in zip(along, values, strict=True)])

    # -- exponentials

    def expm(self, a: Array) -> Array:
        hole = refused(a, "an exponential of a matrix")
        if not a.size or hole:
            return filled(a.shape, hole)
        sizes = [abs(ball.value) for ball in a.ravel()]
        if any(size > arb(2) ** SQUARINGS for size in sizes):
            raise LimitError(f"the exponential of a matrix with entries beyond 2**{SQUARINGS}", kind="unchecked")
        if not all(size < arb(2) ** SQUARINGS for size in sizes):
            return filled(a.shape, untold(a.ravel()))
        return whole(
            array_of(matrix_of(a).exp()),
            (a,),
            lambda g, a, out: (self._along_exponential(a.T, g),),
            lambda da, a, out: self._along_exponential(a, da),
        )

    def _along_exponential(self, a: Array, direction: Array) -> Array:
        """The derivative of ``expm`` at A in a direction E: the upper right of ``expm([[A, E], [0, A]])``
        (Higham, Functions of Matrices, 3.2)."""
        n = len(a)
        if undefined_in(direction):
            return filled(a.shape, undefined_in(direction))
        zero = self.full(a.shape, 0)
        block = np.concatenate([np.concatenate([a, direction], 1), np.concatenate([zero, a], 1)])
        return self.expm(block)[:n, n:]


def _over(slope: Any, value: Any) -> Any:
    """A slope in a singular value by that value; at 0 only what does not look at it has a slope, the value being
    Lipschitz."""
    if type(slope) is Ball and value.value.is_zero():
        nothing = arb(0) if slope.value.is_zero() else arb.nan()
        return untold((slope, value), nothing) if slope.value.contains(0) else VANISHES
    return slope / value


def _even(g: Array) -> bool:
    """Are all cotangents certainly the same number, at any point?"""
    if any(type(v) is Undefined for v in g):
        return False
    first = g[0]
    constant = not first.serial and first.value.is_exact()
    return all(v is first or (constant and not v.serial and bool(v.value == first.value)) for v in g)


def _uneven(g: Array) -> bool:
    """Are two cotangents certainly different, and at this point alone: is the derivative of no other one asked for?"""
    return not any(v.serial for v in g) and any(not v.value.overlaps(g[0].value) for v in g)


def _exact_gram(a: Array) -> Exact | None:
    exact = exact_matrix(a)
    return None if exact is None else Exact(exact.integers.transpose() * exact.integers, 2 * exact.exponent)


def _objects(values: Sequence[Any]) -> Array:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
