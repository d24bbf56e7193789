"""Eigenvalues and eigenvectors of a symmetric matrix, certified: an approximate decomposition, and bounds on its error.

With ``V`` nearly orthogonal, ``B = V.T A V`` and ``e = |V.T V - I|``, Ostrowski's theorem has the k-th eigenvalue of A
within a factor 1/(1 +- e) of that of B, and that of B lies between the k-th smallest left and right ends of
Gershgorin's discs, since B less its diagonal and plus the radii is diagonally dominant (Horn & Johnson, Matrix
Analysis, 4.5.9 and 6.1). Eigenvalues that meet are enclosed like all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, log2

import numpy as np
from flint import arb, arb_mat

from gradcli.base.precision import precision, working_bits
from gradcli.meaning.balls.exact import Exact

SPARE = 32  # bits that the approximation has beyond the working precision, so that its rounding is not what is seen
FLOAT_BITS = 45  # of numpy's eigenvectors of a well scaled matrix of moderate size; fewer only cost another round
SWEEPS = 64  # of Jacobi's rotations, which converge quadratically: past these the enclosure is wide, and still true


@dataclass(frozen=True)
class Decomposition:
    """``matrix`` is symmetric; eigenvalues ascend.

    values:   their enclosures; exact where the eigenvalue is a rational number and the matrix is exact
    vectors:  columns in the same order, exact numbers, approximately orthonormal
    skew:     an upper bound of |V.T V - I|
    clusters: (start, stop) of eigenvalues that cannot be told apart; most have one
    meets:    is each cluster of several certainly one eigenvalue that is met several times?
    """

    matrix: arb_mat
    values: list[arb]
    vectors: arb_mat
    skew: arb
    clusters: list[tuple[int, int]]
    meets: bool

    @cached_property
    def spills(self) -> list[arb]:
        """Of each column: a bound of its part outside of the eigenspace of its cluster, residual by gap."""
        n = len(self.values)
        middle = [value.mid() for value in self.values]
        residual = self.matrix * self.vectors - self.vectors * _diagonal(middle)
        out = []
        for start, stop in self.clusters:
            for k in range(start, stop):
                size = sum((_square(residual[i, k]) for i in range(n)), start=arb(0)).sqrt()
                below = [middle[k] - self.values[start - 1]] if start else []
                above = [self.values[stop] - middle[k]] if stop < n else []
                out.append(_largest([size / gap if gap > 0 else arb.nan() for gap in (*below, *above)]))
        return out

    def vector(self, k: int) -> list[arb]:
        """The unit eigenvector of an eigenvalue that is apart from all others; its sign is the approximation's."""
        spill = self.spills[k]
        radius = spill + self.skew + _square(spill)
        if not radius < 1:
            return [arb.nan()] * len(self.values)
        ball = arb(0, _up(radius))
        return [self.vectors[i, k] + ball for i in range(len(self.values))]

    def projector(self, start: int, stop: int) -> arb_mat:
        """Onto the eigenspace of a cluster."""
        n = len(self.values)
        columns = arb_mat(n, stop - start, [self.vectors[i, k] for i in range(n) for k in range(start, stop)])
        spill = sum((_square(self.spills[k]) for k in range(start, stop)), start=arb(0)).sqrt()
        radius = (spill + 2 * self.skew) / (1 - 2 * self.skew)
        if not radius < 1:
            return arb_mat(n, n, [arb.nan()] * (n * n))
        return _blurred(columns * columns.transpose(), radius)

    def resolvent(self, start: int, stop: int) -> tuple[arb_mat, arb_mat]:
        """The projector P onto the eigenspace of one eigenvalue, and ``inv(A - lambda I + P) - P``."""
        projector = self.projector(start, stop)
        shift = _diagonal([self.values[start]] * len(self.values))
        return projector, (self.matrix - shift + projector).inv(nonstop=True) - projector


def decompose(matrix: arb_mat, exact: Exact | None) -> Decomposition:
    """Of a symmetric matrix of balls; ``exact``: the same matrix, where its entries are known exactly."""
    n = int(matrix.nrows())
    with precision(working_bits() + SPARE):
        vectors = _approximate(matrix)
        skew = _norm(vectors.transpose() * vectors - _diagonal([arb(1)] * n))
        near = vectors.transpose() * matrix * vectors
        if not skew < 0.5 or not all(entry.is_finite() for entry in near.entries()):
            return Decomposition(matrix, [arb.nan()] * n, vectors, skew, [(0, n)], False)
        order = sorted(range(n), key=lambda k: near[k, k].mid())  # exact numbers, of any size and nearness
        values = [value / arb(1, _up(skew)) for value in _discs(near)]
        vectors = arb_mat(n, n, [vectors[i, k] for i in range(n) for k in order])
        clusters = _clusters(values)
        meets = exact is not None and len(clusters) < n and exact.distinct() == len(clusters)
        if exact is not None:
            values = _recognised(values, clusters, exact, meets)
        return Decomposition(matrix, values, vectors, skew, clusters, meets)


def _recognised(values: list[arb], clusters: list[tuple[int, int]], exact: Exact, meets: bool) -> list[arb]:
    out = list(values)
    for start, stop in clusters:
        root = exact.root_in(values[start]) if meets or stop - start == 1 else None
        if root is not None:
            out[start:stop] = [root] * (stop - start)
    return out


def _discs(near: arb_mat) -> list[arb]:
    n = near.nrows()
    radii = [sum((abs(near[i, j]) for j in range(n) if j != i), start=arb(0)) for i in range(n)]
    left = sorted([(near[i, i] - radii[i]).lower() for i in range(n)])
    right = sorted([(near[i, i] + radii[i]).upper() for i in range(n)])
    return [low.union(high) for low, high in zip(left, right, strict=True)]


def _clusters(values: list[arb]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for k, value in enumerate(values):
        if out and not values[k - 1] < value:
            out[-1] = (out[-1][0], k + 1)
        else:
            out.append((k, k + 1))
    return out


# -- the approximation: floats, made orthogonal by Newton's iteration, then rotated by Jacobi's


def _approximate(matrix: arb_mat) -> arb_mat:
    vectors = _mid(arb_mat(_in_floats(matrix).tolist()))
    for _ in range(ceil(log2(max(working_bits() / FLOAT_BITS, 1))) + 1):
        square = vectors.transpose() * vectors
        vectors = _mid(vectors * (_diagonal([arb(3)] * matrix.nrows()) - square) * arb(0.5))
    return _rotated(_mid(vectors.transpose() * matrix.mid() * vectors), vectors)


def _in_floats(matrix: arb_mat) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    n = matrix.nrows()
    largest = _largest([abs(entry).mid() for entry in matrix.entries()])
    if not largest.is_finite() or largest.is_zero():
        return np.eye(n)
    scaled = np.array([float((entry / largest).mid()) for entry in matrix.entries()]).reshape(n, n)
    try:
        return np.asarray(np.linalg.eigh(scaled)[1])
    except np.linalg.LinAlgError:
        return np.eye(n)


def _rotated(near: arb_mat, vectors: arb_mat) -> arb_mat:
    """``vectors`` after cyclic Jacobi rotations that make ``near`` diagonal to the working precision."""
    n = near.nrows()
    a = [[near[i, j] for j in range(n)] for i in range(n)]
    columns = [[vectors[i, k] for i in range(n)] for k in range(n)]
    small = _norm(near) * arb(2) ** -working_bits()
    for _ in range(SWEEPS):
        turned = False
        for p in range(n):
            for q in range(p + 1, n):
                if abs(a[p][q]) > small:
                    _rotate(a, columns, p, q)
                    turned = True
        if not turned:
            break
    return arb_mat(n, n, [columns[k][i] for i in range(n) for k in range(n)])


def _rotate(a: list[list[arb]], columns: list[list[arb]], p: int, q: int) -> None:
    """The rotation that makes ``a[p][q]`` 0 (Golub & Van Loan, Matrix Computations, 8.5.2)."""
    tau = (a[q][q] - a[p][p]) / (2 * a[p][q])
    root = (1 + tau * tau).sqrt()
    t = 1 / (tau + root if tau >= 0 else tau - root)
    c = (1 / (1 + t * t).sqrt()).mid()
    s = (t * c).mid()
    for k in range(len(a)):
        x, y = a[k][p], a[k][q]
        a[k][p], a[k][q] = (c * x - s * y).mid(), (s * x + c * y).mid()
    a[p], a[q] = (
        [(c * x - s * y).mid() for x, y in zip(a[p], a[q], strict=True)],
        [(s * x + c * y).mid() for x, y in zip(a[p], a[q], strict=True)],
    )
    columns[p], columns[q] = (
        [(c * x - s * y).mid() for x, y in zip(columns[p], columns[q], strict=True)],
        [(s * x + c * y).mid() for x, y in zip(columns[p], columns[q], strict=True)],
    )


# -- small helpers


def _norm(matrix: arb_mat) -> arb:
    """The largest sum of magnitudes in a row: at least the spectral norm of a symmetric matrix."""
    return _largest([sum((abs(entry) for entry in row), start=arb(0)) for row in matrix.tolist()])


def _up(bound: arb) -> arb:
    return bound.upper()


def _square(x: arb) -> arb:
    """An upper bound; FLINT's power of a ball around 0 is nan."""
    return _up(abs(x)) * _up(abs(x))


def _largest(bounds: list[arb]) -> arb:
    out = arb(0)
    for bound in bounds:
        out = out.max(bound)
    return out


def _diagonal(entries: list[arb]) -> arb_mat:
    n = len(entries)
    return arb_mat(n, n, [entries[i] if i == j else 0 for i in range(n) for j in range(n)])


def _mid(matrix: arb_mat) -> arb_mat:
    return matrix.mid()


def _blurred(matrix: arb_mat, radius: arb) -> arb_mat:
    ball = arb(0, _up(radius))
    return arb_mat(matrix.nrows(), matrix.ncols(), [entry + ball for entry in matrix.entries()])
