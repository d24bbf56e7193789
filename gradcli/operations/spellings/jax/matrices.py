"""jax's linear algebra: which triangle it reads, and its other arguments."""

from __future__ import annotations

from typing import Any

from gradcli.operations import matrix_formulas
from gradcli.operations.matrix_formulas import SIGNS
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import OPERAND, Spelling, spelled
from gradcli.operations.spellings.scipy.functions_of_matrices import polar

# Any, in this module: the constants of a call, or OPERAND

# jax factorises the mean of a matrix and its transpose, where numpy reads one triangle.
_HALF_READ = "none: jax's slope is that of neither triangle alone nor of both; write jnp.linalg.cholesky(A)"
_SIGNS = SIGNS.format("jax's")
_MEAN = "((a + a.mT)/2)"
_CHECKED = "check_finite:flag=True"

_LAX = """
householder_product(a, taus) := householder_product(a, taus)
schur(x) := none: what it returns is a choice, without a slope; jax.lax.linalg.eigh has slopes
hessenberg(a) := none: what it returns is a choice, without a slope; jax.lax.linalg.qr has slopes
tridiagonal(a) := none: what it returns is a choice, without a slope; jax.lax.linalg.eigh has slopes
tridiagonal_solve(dl, d, du, b) := solve(diag(d) + diag(dl[1:], -1) + diag(du[:-1], 1), b)
symmetric_product(a_matrix, c_matrix, *, alpha=1, beta=0) := alpha*a_matrix @ a_matrix.mT + beta*c_matrix
"""


def _eigen(*, vectors: bool, symmetric: bool) -> str:
    """Of a matrix that jax makes symmetric; with one triangle alone its slope is of neither."""
    if not symmetric:
        return _HALF_READ.replace("cholesky", "eigh")
    return f"(eigvalsh({_MEAN}), eigvecsh({_MEAN}))" if vectors else f"eigvalsh({_MEAN})"


def _lstsq(a: Shape, b: Shape, rcond: Any, numpy_resid: bool) -> str:
    """As numpy's; what is left is told of any system, unless numpy's word is asked for."""
    relative = f"{matrix_formulas.tolerance(a) if rcond is None else rcond}*{{s}}"
    solution = "lstsq(a, b)" if a[-2] >= a[-1] else "(pinv(a) @ b)"
    left = f"sum((a @ {solution} - b)**2, 0{', True' if len(b) == 1 else ''})"
    if numpy_resid and a[-2] <= a[-1]:
        left = matrix_formulas.filled((0,))
    return f"({solution}, {left}, {matrix_formulas.rank('a', relative)}, svdvals(a))"


def _pinv(rtol: Any, hermitian: bool) -> str:
    """What counts as 0 beside the largest singular value is one number, or one for each matrix."""
    name = "(tril(a) + tril(a, -1).mT)" if hermitian else "a"
    if rtol is None:
        return f"pinv({name})"
    return matrix_formulas.truncated(name, f"{'unsqueeze(rtol, -1)' if rtol is OPERAND else rtol}*{{s}}")


def _lax_qr(x: Shape, full_matrices: bool) -> str:
    return "({}, {})".format(*matrix_formulas.orthogonal(x, "x", full_matrices))


def _lax_svd(x: Shape, full_matrices: bool, compute_uv: bool) -> str:
    if not compute_uv:
        return "svdvals(x)"
    u, v = matrix_formulas.singular_vectors(x, "x", full_matrices)
    return f"({u}, svdvals(x), {v}.mT)"


def _lax_triangular(a: Shape, left_side: bool, lower: bool, transpose_a: bool, unit_diagonal: bool) -> str:
    """``op(A) @ X == B``, or ``X @ op(A) == B``."""
    matrix = f"({'tril(a, -1)' if lower else 'triu(a, 1)'} + eye({a[-1]}))" if unit_diagonal else "a"
    turned = transpose_a if left_side else not transpose_a
    solved = f"solve_triangular({matrix}{'.mT' if turned else ''}, {'b' if left_side else 'b.mT'}, {lower == turned})"
    return solved if left_side else f"{solved}.mT"


SPELLINGS = (
    *spelled("jax.lax.linalg.", _LAX),
    Spelling("jnp.linalg.cholesky(a, *, upper:flag=False, symmetrize_input:flag=True)",
             lambda upper, symmetrize_input:
             f"cholesky({_MEAN}){'.mT' if upper else ''}" if symmetrize_input else _HALF_READ),
    Spelling("jax.scipy.linalg.cholesky(a, lower:flag=False)", _HALF_READ),
    Spelling("jax.lax.linalg.cholesky(a, *, symmetrize_input:flag=True)",
             lambda symmetrize_input: f"cholesky({_MEAN})" if symmetrize_input else _HALF_READ),
    Spelling("jnp.linalg.eigvalsh(a, UPLO:text='L', *, symmetrize_input:flag=True)",
             lambda symmetrize_input: _eigen(vectors=False, symmetric=symmetrize_input)),
    Spelling("jnp.linalg.eigh(a, UPLO:text=None, symmetrize_input:flag=True)",
             lambda symmetrize_input: _eigen(vectors=True, symmetric=symmetrize_input),
             ("eigenvalues", "eigenvectors"), _SIGNS),
    Spelling("jax.scipy.linalg.eigh(a, b:nothing=None, lower:flag=True, eigvals_only:flag=False, "
             f"overwrite_a:flag=False, overwrite_b:flag=False, turbo:flag=True, eigvals:nothing=None, {_CHECKED}, "
             "type:integer=1)",
             lambda eigvals_only: _eigen(vectors=not eigvals_only, symmetric=True), note=_SIGNS),
    Spelling("jax.lax.linalg.eigh(a, *, lower:flag=True, symmetrize_input:flag=True)",
             lambda symmetrize_input: f"(eigvecsh({_MEAN}), eigvalsh({_MEAN}))" if symmetrize_input
             else _HALF_READ.replace("cholesky", "eigh"), ("eigenvectors", "eigenvalues"), _SIGNS),
    Spelling("jnp.linalg.lstsq(a:shaped, b:shaped, rcond:number=None, *, numpy_resid:flag=False)", _lstsq),
    Spelling("jnp.linalg.pinv(a, rtol=None, hermitian:flag=False)", _pinv),
    Spelling(f"jax.scipy.linalg.cho_factor(a, lower:flag=False, overwrite_a:flag=False, {_CHECKED})", _HALF_READ),
    Spelling("jax.scipy.linalg.solve(a, b, lower:flag=False, overwrite_a:flag=False, overwrite_b:flag=False, "
             f"debug:flag=False, {_CHECKED}, assume_a:text='gen')",
             lambda assume_a: _HALF_READ.replace("cholesky(A)", "solve(A, b)") if assume_a == "pos" else "solve(a, b)"),
    Spelling("jax.scipy.linalg.polar(a:shaped, side:text='right', *, method:text='qdwh', eps:nothing=None, "
             "max_iterations:nothing=None)", polar),
    Spelling("jax.lax.linalg.qr(x:shaped, *, pivoting:off=False, full_matrices:flag=True)", _lax_qr),
    Spelling("jax.lax.linalg.svd(x:shaped, *, full_matrices:flag=True, compute_uv:flag=True)", _lax_svd, note=_SIGNS),
    Spelling("jax.lax.linalg.lu(x:shaped)",
             lambda x: f"(lu_packed(x), lu_pivots(x) - 1, lu_permutation(x).mT @ arange({x[-2]}))"),
    Spelling("jax.lax.linalg.triangular_solve(a:shaped, b, *, left_side:flag=False, lower:flag=False, "
             "transpose_a:flag=False, conjugate_a:flag=False, unit_diagonal:flag=False)", _lax_triangular),
    Spelling("jax.scipy.linalg.expm(A, *, upper_triangular:flag=False, max_squarings:integer=16)",
             lambda upper_triangular: "matrix_exp(triu(A))" if upper_triangular else "matrix_exp(A)"),
    Spelling("jax.scipy.linalg.sqrtm(A, blocksize:integer=1)", "sqrtm(A)"),
)  # fmt: skip
