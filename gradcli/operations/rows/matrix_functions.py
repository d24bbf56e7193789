"""Rows: eigenvalues of any matrix, square roots, logarithms, Sylvester's equation."""

from __future__ import annotations

from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.kernels import matrix_roots
from gradcli.operations.row import Op, Slips
from gradcli.operations.rows.spectral import SPECTRUM, signed, signed_torch
from gradcli.operations.rules import matrices
from gradcli.operations.shape_rules import Shape, ShapeMismatch

# Any, in this module: arrays of the arithmetic at hand, and torch tensors


def _real_eigen(t: Any, a: Any) -> tuple[Any, Any]:
    """Ascending, and a unit vector for each; nan where they are not real."""
    values, vectors = t.linalg.eig(a)
    order = t.argsort(values.real, -1)
    real = t.amax(t.abs(values.imag), -1, True) == 0 if a.shape[-1] else values.real == 0
    found = t.where(real, t.gather(values.real, -1, order), t.nan)
    columns = t.gather(vectors.real, -1, order[..., None, :].expand(vectors.shape))
    return found, t.where(real[..., None], columns, t.nan)


def _values_torch(t: Any, a: Any) -> Any:
    return _real_eigen(t, a)[0]


def _vectors_torch(t: Any, a: Any) -> Any:
    return signed_torch(t, a, _real_eigen(t, a)[1])


def _sylvester_shape(a: Shape, b: Shape, q: Shape) -> Shape:
    rule.square_matrix(a)
    rule.square_matrix(b)
    if len(q) < 2 or q[-2:] != (a[-1], b[-1]):
        raise ShapeMismatch("A (n, n), B (m, m) and Q (n, m)")
    return (*rule.broadcast(a[:-2], b[:-2], q[:-2]), *q[-2:])


def _sylvester_torch(t: Any, a: Any, b: Any, q: Any) -> Any:
    """One system for all entries of X, row by row."""
    n, m = q.shape[-2:]
    left = t.einsum("...ij,kl->...ikjl", a, t.eye(m, dtype=a.dtype, device=a.device))
    right = t.einsum("ij,...lk->...ikjl", t.eye(n, dtype=a.dtype, device=a.device), b)
    both = (left + right).reshape(*rule.broadcast(a.shape[:-2], b.shape[:-2]), n * m, n * m)
    return t.linalg.solve(both, q.reshape(*q.shape[:-2], n * m, 1)).reshape(
        *rule.broadcast(both.shape[:-2], q.shape[:-2]), n, m
    )


def _sylvester(s: Any, a: Any, b: Any, q: Any) -> Any:
    batch = rule.broadcast(a.shape[:-2], b.shape[:-2], q.shape[:-2])
    a, b, q = (s.np.broadcast_to(x, batch + x.shape[-2:]) for x in (a, b, q))
    out = s.full(q.shape, 0)
    for place in s.np.ndindex(batch):
        out[place] = s.sylvester(a[place], b[place], q[place])
    return out


def _sylvester_cost(a: Shape, b: Shape, q: Shape) -> int:
    return rule.size(q) * (a[-1] * b[-1]) ** 2


ROWS = (
    Op("eigvals", "A", SPECTRUM, "Eigenvalues of a matrix that has real ones, ascending; nan where some are not real.",
       "eigvals(A)[0] A=[[2,1],[3,4]]",
       shape=lambda a: rule.square_matrix(a)[:-1], cost=rule.spectral_cost, torch=_values_torch,
       sympy=lambda s, a: s.matrices(s.eigvals, a), rule=(matrices.REAL_EIGENVALUES,), kinked=True, saturates=True,
       factorises=True),
    Op("eigvecs", "A", SPECTRUM,
       "Eigenvectors of a matrix that has real eigenvalues, a column of length 1 for each, ascending; nan where some "
       "are not real. Their signs are those of eigvecsh.",
       "eigvecs(A)[0, 1] A=[[2,1],[1.5,3]]",
       shape=rule.square_matrix, cost=rule.spectral_cost, torch=_vectors_torch,
       sympy=lambda s, a: s.matrices(lambda matrix: signed(s, s.eigvecs(matrix)), a),
       rule=(matrices.REAL_EIGENVECTORS,), kinked=True, saturates=True, factorises=True),
    Op("sqrtm", "A", SPECTRUM,
       "Principal square root of a matrix: R @ R is A. nan where it is not real, as A has an eigenvalue below 0.",
       "sum(sqrtm(A)) A=[[2,1],[1,3]]",
       shape=rule.square_matrix, cost=lambda a: 50 * rule.cubic_cost(a), torch=matrix_roots.square_root,
       sympy=lambda s, a: s.matrices(s.sqrtm, a),
       rule=(lambda a: f"solve_sylvester(out{rule.turned(a)}, out{rule.turned(a)}, g)",), saturates=True,
       factorises=True, accuracy=1e-14, slips=Slips(transposable=True, entrywise="sqrt(x)")),
    Op("logm", "A", SPECTRUM,
       "Principal logarithm of a matrix, whose matrix_exp is A. nan where it is not real, as A has an eigenvalue below "
       "0.",
       "sum(logm(A)) A=[[2,1],[1,3]]",
       shape=rule.square_matrix, cost=lambda a: 300 * rule.cubic_cost(a), torch=matrix_roots.logarithm,
       sympy=lambda s, a: s.matrices(s.logm, a), rule=(lambda a: matrices.through_blocks("logm(M)", a),),
       saturates=True, factorises=True, accuracy=1e-13, slips=Slips(transposable=True, entrywise="log(x)")),
    Op("solve_sylvester", "A, B, Q", SPECTRUM, "X with A @ X + X @ B = Q.",
       "sum(solve_sylvester(A, B, Q)) A=[[2,1],[1,3]] B=[[1]] Q=[[1],[2]]",
       shape=_sylvester_shape, cost=_sylvester_cost, torch=_sylvester_torch, sympy=_sylvester,
       rule=(matrices.sylvester("-X @ out.mT", "A"), matrices.sylvester("-out.mT @ X", "B"),
             matrices.sylvester("X", "Q")),
       factorises=True),
)  # fmt: skip
