"""Rows: triangular and orthogonal factors of matrices, and matrices of reflections.

Factors whose signs are free have those of LAPACK, which torch, numpy and scipy call: a diagonal entry of R has the sign
that its reflection gives it. The order of the rows of an LU factorisation is constant between its jumps.
"""

from __future__ import annotations

from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
from gradcli.operations.rules import factors
from gradcli.operations.shape_rules import Shape, ShapeMismatch

FACTORS = "factors of matrices"

# Any, in this module: arrays of the arithmetic at hand, and torch tensors


def _left_shape(a: Shape) -> Shape:
    rule.matrix(a)
    return (*a[:-1], min(a[-2:]))


def _orthogonal_shape(a: Shape, complete: bool) -> Shape:
    if complete and len(a) > 1 and a[-2] > a[-1]:
        raise ShapeMismatch(
            f"at least as many columns as rows for a whole basis: of the {a[-2] - a[-1]} further columns any will do",
            hint="mode='reduced' has those that have a slope",
        )
    return _left_shape(a)


def _right_shape(a: Shape) -> Shape:
    rule.matrix(a)
    return (*a[:-2], min(a[-2:]), a[-1])


# -- orthogonal and triangular


def _triangular(s: Any, a: Any) -> Any:
    """R of a matrix: Cholesky's factor of the Gram matrix of its first columns, with the signs of reflections."""
    first = a[:, : min(a.shape)]
    upper = s.cholesky(s.matmul(first.T, first)).T
    upper = s.array(upper * s.reflections(a)[:, None]) if upper.size else upper
    across = s.matmul(first.T, a[:, upper.shape[1] :])
    return s.np.concatenate([upper, s.solve_triangular(upper.T, across, False)], 1)


def _orthogonal(s: Any, a: Any) -> Any:
    first = a[:, : min(a.shape)]
    upper = _triangular(s, first)
    return s.solve_triangular(upper.T, first.T, False).T


# -- lower and upper


def _packed(s: Any, a: Any) -> Any:
    """Elimination of the rows in the order of the pivots."""
    out = s.array(a[s.pivots(a)[1]])
    for k in range(min(a.shape)):
        for i in range(k + 1, len(out)):
            out[i, k] = s.div(out[i, k], out[k, k])
            out[i, k + 1 :] = out[i, k + 1 :] - out[i, k] * out[k, k + 1 :]
    return out


def _permutation(s: Any, a: Any) -> Any:
    out = s.full((len(a), len(a)), 0)
    for place, row in enumerate(s.pivots(a)[1]):
        out[row, place] = s.scalar(1)
    return out


def _permutation_torch(t: Any, a: Any) -> Any:
    factors = t.linalg.lu_factor_ex(a.detach())
    return t.lu_unpack(factors[0], factors[1], unpack_data=False)[0]


def _swaps(s: Any, a: Any) -> Any:
    out = s.full((min(a.shape),), 0)
    for place, row in enumerate(s.pivots(a)[0]):
        out[place] = s.scalar(row + 1)
    return out


def _arranged_shape(pivots: Shape, n: int) -> Shape:
    if not pivots or pivots[-1] > n:
        raise ShapeMismatch(f"at most {n} pivots for {n} rows")
    return (*pivots[:-1], n, n)


def _arranged_torch(t: Any, pivots: Any, n: int) -> Any:
    data = t.zeros((*pivots.shape[:-1], n, pivots.shape[-1]), dtype=pivots.dtype, device=pivots.device)
    return t.lu_unpack(data, pivots.detach().to(t.int32), unpack_data=False)[0]


def _arranged(s: Any, pivots: Any, n: int) -> Any:
    at = s.positions(pivots) - 1
    out = s.full((*at.shape[:-1], n, n), 0)
    for place in s.np.ndindex(at.shape[:-1]):
        order = list(range(n))
        for k, row in enumerate(at[place]):
            order[k], order[row] = order[row], order[k]
        for k, row in enumerate(order):
            out[(*place, row, k)] = s.scalar(1)
    return out


# -- reflections


def _reflections_shape(a: Shape, tau: Shape) -> Shape:
    rule.matrix(a)
    if a[-2] < a[-1] or not tau or tau[-1] > a[-1] or tau[:-1] != a[:-2]:
        raise ShapeMismatch("A (..., m, n) with m >= n, and tau (..., k) with k <= n")
    return a


def _reflected_torch(t: Any, a: Any, tau: Any) -> Any:
    """torch's own backward pass divides by what the reflections multiply with: where the slope is 0 its is rounding."""
    n, m = a.shape[-2:]
    unit = t.eye(n, dtype=a.dtype, device=a.device)
    out = unit[:, :m] + 0 * a
    for k in reversed(range(tau.shape[-1])):
        v = t.tril(a, -1)[..., k : k + 1] + unit[:, k : k + 1]
        out = out - tau[..., k, None, None] * v @ (v.mT @ out)
    return out


def _reflected(s: Any, a: Any, tau: Any) -> Any:
    """``H[0] @ H[1] @ ...`` of the first columns of the identity, the last reflection first."""
    out = s.eye(*a.shape[-2:])
    for k in reversed(range(len(tau))):
        v = s.full((len(a),), 0)
        v[k], v[k + 1 :] = s.scalar(1), a[k + 1 :, k]
        out = s.array(out - tau[k] * v[:, None] * s.matmul(v, out))
    return out


def _each_reflected(s: Any, a: Any, tau: Any) -> Any:
    out = s.full(a.shape, 0)
    for place in s.np.ndindex(a.shape[:-2]):
        out[place] = _reflected(s, a[place], tau[place])
    return out


_ORDER = "the order of the rows is constant between its jumps"

ROWS = (
    Op("qr_q", "A; complete:flag=False", FACTORS,
       "Q of A = Q @ R: orthonormal columns, min(n, m) of them. The signs are LAPACK's, those of its reflections.",
       "qr_q(A)[0, 1] A=[[3,1],[4,2]]",
       shape=_orthogonal_shape, cost=rule.cubic_cost, torch=lambda t, a, _: t.linalg.qr(a)[0],
       sympy=lambda s, a, _: s.matrices(lambda matrix: _orthogonal(s, matrix), a),
       rule=(lambda a, _: factors.orthogonal(a),), kinked=True, saturates=True, factorises=True,
       note="It has a slope where the columns are independent; of a wide matrix the first n. With complete=True it has "
            "to be a whole basis: what completes one is a choice, without a slope."),
    Op("qr_r", "A", FACTORS,
       "R of A = Q @ R: upper triangular. The signs of its diagonal are LAPACK's, those of its reflections.",
       "qr_r(A)[0, 1] A=[[3,1],[4,2]]",
       shape=_right_shape, cost=rule.cubic_cost, torch=lambda t, a: t.linalg.qr(a)[1],
       sympy=lambda s, a: s.matrices(lambda matrix: _triangular(s, matrix), a),
       rule=(factors.triangular,), kinked=True, saturates=True, factorises=True,
       note="It has a slope where the columns are independent; of a wide matrix the first n."),
    Op("lu_packed", "A", FACTORS,
       "L and U of A = P @ L @ U in one matrix: L below the diagonal, where its ones are left out, and U. The rows "
       "are in the order of partial pivoting.",
       "lu_packed(A)[1, 1] A=[[1,2],[3,4]]",
       shape=lambda a: rule.matrix(a), cost=rule.cubic_cost, torch=lambda t, a: t.linalg.lu_factor_ex(a)[0],
       sympy=lambda s, a: s.matrices(lambda matrix: _packed(s, matrix), a),
       rule=(factors.packed,), kinked=True, saturates=True, factorises=True),
    Op("lu_permutation", "A", FACTORS, "P of A = P @ L @ U with partial pivoting: a permutation matrix.",
       "sum(lu_permutation(A) @ A) A=[[1,2],[3,4]]",
       shape=lambda a: (*rule.matrix(a)[:-1], a[-2]), cost=rule.cubic_cost, torch=_permutation_torch,
       sympy=lambda s, a: s.matrices(lambda matrix: _permutation(s, matrix), a),
       rule=(f"none: {_ORDER}",), flat=True, kinked=True),
    Op("lu_pivots", "A", FACTORS,
       "The pivots of A = P @ L @ U as LAPACK counts them: the number, from 1, of the row that changes place with the "
       "first, with the second, and so on.",
       "A[0, 0]*lu_pivots(A)[0] A=[[1,2],[3,4]]",
       shape=lambda a: (*rule.matrix(a)[:-2], min(a[-2:])), cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.lu_factor_ex(a.detach())[1].to(a.dtype),
       sympy=lambda s, a: s.matrices(lambda matrix: _swaps(s, matrix), a),
       rule=(f"none: {_ORDER}",), flat=True, kinked=True),
    Op("pivots_permutation", "pivots; n:integer", FACTORS,
       "The permutation matrix P of n rows that the pivots of an LU factorisation stand for, which count from 1.",
       "sum(pivots_permutation([2, 2], 2) @ A @ [1, 2]) A=[[1,2],[3,4]]",
       shape=_arranged_shape, torch=_arranged_torch, sympy=_arranged,
       rule=("none: pivots are whole numbers",), flat=True),
    Op("householder_product", "A, tau", FACTORS,
       "The first columns of a product of reflections I - tau[k]*v @ v.T, of which v is column k of A below a 1 on "
       "the diagonal, and 0 above it.",
       "householder_product(A, tau)[0, 0] A=[[1,0],[0.5,1],[0.25,0.5]] tau=1.5,1.6",
       shape=_reflections_shape, cost=lambda a, tau: rule.size(a) * a[-1], torch=_reflected_torch,
       sympy=_each_reflected, rule=(factors.reflected_vectors, factors.reflected_factors), saturates=True,
       aliases=("orgqr",)),
)  # fmt: skip
