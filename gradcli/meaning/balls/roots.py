"""Eigenvalues of any matrix, square roots and logarithms, in balls, with rules of every order.

A square root is certified by Newton and Kantorovich's theorem about ``X @ X - A``, whose second derivative is constant
(Ortega & Rheinboldt 1970, 12.6.2); a logarithm is a series of a root that is near the identity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from flint import acb, acb_mat, arb, arb_mat

from gradcli.base.precision import precision, working_bits
from gradcli.meaning.balls.ball import Ball, Undefined, untold
from gradcli.meaning.balls.decomposition import SPARE
from gradcli.meaning.balls.exact import exact_matrix
from gradcli.meaning.balls.products import absent, array_of, filled, matrix_of, refused
from gradcli.meaning.balls.spectra import MEET, BallSpectra
from gradcli.meaning.balls.sweep import Pull, Push, whole
from gradcli.meaning.equations import refuse_large
from gradcli.meaning.scalars import Array, as_array

NOT_REAL = Undefined("an eigenvalue that is not real")
NEGATIVE = Undefined("a root or logarithm of a matrix with an eigenvalue of 0 or below")
STEPS = 60  # of Newton's iteration, which doubles digits once it is near
ROOTS = 40  # before the logarithm's series: enough for entries from 2**-(2**36) to 2**(2**36)


class BallRoots(BallSpectra):
    """What ``Balls`` knows about matrices that are not symmetric."""

    # -- eigenvalues

    def eigvals(self, a: Array) -> Array:
        return as_array(self._eigen(a)[0])

    def eigvecs(self, a: Array) -> Array:
        """Columns of length 1, of any sign."""
        return as_array(self._eigen(a)[1:])

    def _eigen(self, a: Array) -> Array:
        """A column [eigenvalue, *eigenvector] for each, ascending: one step with its rule."""
        hole = refused(a, "an eigenvalue")
        if not a.size or hole:
            return filled((len(a) + 1, len(a)), hole)
        pairs = _real_pairs(matrix_of(a))
        if isinstance(pairs, Undefined):
            return filled((len(a) + 1, len(a)), pairs)
        if pairs is None:
            exact = exact_matrix(a)
            meets = exact is not None and exact.distinct() < len(a)
            return filled((len(a) + 1, len(a)), MEET if meets else untold(a.ravel()))
        columns = [
            whole(np.array([pair.value, *pair.vector], dtype=object), (a,), self._pull_real, self._push_real)
            for pair in pairs
        ]
        return np.stack(columns, 1)

    def _pull_real(self, g: Array, a: Array, pair: Array) -> tuple[Array]:
        turned = self.matmul(self._bordered(a, pair).T, np.concatenate([g[1:], g[:1]]))
        return (as_array(-turned[:-1, None] * pair[None, 1:]),)

    def _push_real(self, da: Array, a: Array, pair: Array) -> Array:
        moved = np.concatenate([-self.matmul(da, pair[1:]), self.full((1,), 0)])
        found = self.matmul(self._bordered(a, pair), moved)
        return np.concatenate([found[-1:], found[:-1]])

    # -- roots and logarithms

    def sqrtm(self, a: Array) -> Array:
        return self._rooted(
            a,
            square_root,
            lambda g, _, out: (self.sylvester(out.T, out.T, g),),
            lambda da, _, out: self.sylvester(out, out, da),
        )

    def logm(self, a: Array) -> Array:
        return self._rooted(
            a,
            logarithm,
            lambda g, a, _: (self._along_logarithm(a.T, g),),
            lambda da, a, _: self._along_logarithm(a, da),
        )

    def _rooted(self, a: Array, function: Callable[[arb_mat], arb_mat | None], pull: Pull, push: Push) -> Array:
        """A function of a matrix that needs a root of it: one step with its rule."""
        hole = refused(a, "a root or logarithm of a matrix")
        if not a.size or hole:
            return filled(a.shape, hole)
        found = function(matrix_of(a))
        return filled(a.shape, _without_root(a)) if found is None else whole(array_of(found), (a,), pull, push)

    def _along_logarithm(self, a: Array, direction: Array) -> Array:
        """The upper right of ``logm([[A, E], [0, A]])`` (Higham 2008, Functions of matrices, 3.2)."""
        if all(map(absent, direction.ravel())):
            return self.full(a.shape, 0)
        block = np.concatenate(
            [np.concatenate([a, direction], 1), np.concatenate([self.full(a.shape, 0), a], 1)],
        )
        return self.logm(block)[: len(a), len(a) :]


@dataclass(frozen=True, slots=True)
class RealPair:
    """An eigenvalue with a vector of length 1."""

    value: arb
    vector: list[arb]


def _real_pairs(matrix: arb_mat) -> list[RealPair] | Undefined | None:
    """Ascending; None where they cannot be told apart. An eigenvalue is real where its conjugate is no other one."""
    values, vectors = acb_mat(matrix).eig(right=True, nonstop=True)
    if not all(value.is_finite() for value in values):
        return None
    for k, value in enumerate(values):
        if not value.imag.contains(0):
            return NOT_REAL
        if any(other.overlaps(value.conjugate()) for j, other in enumerate(values) if j != k):
            return None
    pairs = [RealPair(value.real, _unit([vectors[i, k] for i in range(len(values))])) for k, value in enumerate(values)]
    return sorted(pairs, key=lambda pair: pair.value.mid())


def _unit(column: list[acb]) -> list[arb]:
    """Of length 1: a multiple of it is real, that in which the largest entry is 1."""
    largest = max(column, key=lambda entry: float(abs(entry).mid()))
    real = [(entry / largest).real for entry in column]
    length = sum((entry * entry for entry in real), start=arb(0)).sqrt()
    return [entry / length for entry in real]


def _without_root(a: Array) -> Ball | Undefined:
    """NEGATIVE where that is certain."""
    exact = exact_matrix(a)
    if exact is not None and exact.determinant == 0:
        return NEGATIVE
    values = acb_mat(matrix_of(a)).eig(nonstop=True)
    for k, value in enumerate(values):
        alone = not any(other.overlaps(value.conjugate()) for j, other in enumerate(values) if j != k)
        if alone and value.imag.contains(0) and value.real <= 0:
            return NEGATIVE
    return untold(a.ravel())


def square_root(matrix: arb_mat) -> arb_mat | None:
    """The principal one, enclosed; None where that cannot be told, or there is none."""
    with precision(working_bits() + SPARE):
        near = _approximate_root(matrix.mid())
        radius = None if near is None else _distance_of_root(near, matrix)
    if near is None or radius is None:
        return None
    found = _blurred(near, radius)
    return found if _is_principal(found) else None


def _is_principal(root: arb_mat) -> bool:
    """Are all eigenvalues certainly right of 0? By Routh's table of the polynomial of those with the other sign."""
    coefficients = list((-root).charpoly())[::-1]
    above, below = coefficients[0::2], coefficients[1::2]
    while below:
        if not below[0] > 0:
            return False
        factor = above[0] / below[0]
        padded = [*below[1:], arb(0)]
        above, below = below, [x - factor * y for x, y in zip(above[1:], padded, strict=False)]
    return True


def _approximate_root(matrix: arb_mat) -> arb_mat | None:
    """Denman and Beavers' iteration, in rounded numbers."""
    x, y = matrix, _identity(matrix.nrows())
    small = arb(2) ** (2 - working_bits())
    try:
        for _ in range(STEPS):
            after, y = ((x + y.inv()) * arb(0.5)).mid(), ((y + x.inv()) * arb(0.5)).mid()
            moved, x = _size(after - x), after
            if moved <= small * _size(x):
                return x
    except ZeroDivisionError:
        return None
    return x


def _distance_of_root(near: arb_mat, matrix: arb_mat) -> arb | None:
    """A bound of the entries of ``X - near`` with ``X @ X == matrix``: twice Newton's step, where the theorem holds."""
    n = int(near.nrows())
    refuse_large(n * n)
    system = arb_mat(n * n, n * n)
    for i in range(n):
        for j in range(n):
            for k in range(n):
                system[i * n + j, k * n + j] += near[i, k]
                system[i * n + j, i * n + k] += near[k, j]
    try:
        inverse = system.inv()
    except ZeroDivisionError:
        return None
    step = inverse * arb_mat(n * n, 1, (near * near - matrix).entries())
    first, scale = _size(step), _row_sums(inverse)
    return arb((2 * first).upper()) if 4 * n * scale * first <= 1 else None


def logarithm(matrix: arb_mat) -> arb_mat | None:
    """The principal one: ``2**k`` times that of the root of order ``2**k``, by its series; None as above."""
    one, near = _identity(matrix.nrows()), matrix
    for count in range(ROOTS):
        rest = near - one
        size = _row_sums(rest)
        if size < 0.5:
            return _series(rest, arb(size.upper())) * arb(2) ** count
        found = square_root(near)
        if found is None:
            return None
        near = found
    return None


def _series(rest: arb_mat, size: arb) -> arb_mat:
    """``E - E**2/2 + E**3/3 - ...``, with what is left out as a radius."""
    terms = working_bits() + 2
    out = rest * 0
    for k in range(terms, 0, -1):
        out = (_identity(rest.nrows()) * (arb((-1) ** (k + 1)) / k) + out) * rest
    return _blurred(out, size ** (terms + 1) / (1 - size))


def _identity(n: int) -> arb_mat:
    return arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def _size(matrix: arb_mat) -> arb:
    out = arb(0)
    for entry in matrix.entries():
        out = out.max(abs(entry))
    return out


def _row_sums(matrix: arb_mat) -> arb:
    """The largest sum of magnitudes in a row, the norm beside the largest entry of a vector."""
    out = arb(0)
    for row in matrix.tolist():
        out = out.max(sum((abs(entry) for entry in row), start=arb(0)))
    return out


def _blurred(matrix: arb_mat, radius: arb) -> arb_mat:
    ball = arb(0, radius.upper())
    return arb_mat(matrix.nrows(), matrix.ncols(), [entry + ball for entry in matrix.entries()])
