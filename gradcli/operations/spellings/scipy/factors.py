"""scipy.linalg: factorisations, eigenvalues and what is solved by factors."""

from __future__ import annotations

from typing import Any

from gradcli.operations.matrix_formulas import (
    REAL,
    SIGNS,
    lower_factor,
    orthogonal,
    singular_vectors,
    solved_by_lu,
    upper_factor,
)
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling, spelled
from gradcli.operations.spellings.scipy.linalg import CHECKED, ONE, TWO, mirrored, symmetric_bands

# Any, in this module: the constants of a call, or OPERAND

_SIGNS = SIGNS.format("scipy's")
_CHOICE = "what it returns is a choice, without a slope"

_WITHOUT = f"""
schur(a, output:text='real') := none: {_CHOICE}; scipy.linalg.eigvals and eigh have slopes
hessenberg(a, calc_q:flag=False) := none: {_CHOICE}; scipy.linalg.qr has slopes
ldl(A, lower:flag=True, hermitian:flag=True) := none: {_CHOICE}; scipy.linalg.cholesky has slopes
qz(A, B, output:text='real') := none: {_CHOICE}; scipy.linalg.eigh has slopes
null_space(A, rcond=None) := none: any basis of the space will do, so that it has no slope
orth(A, rcond=None) := none: any basis of the space will do; scipy.linalg.qr(A, mode='economic')[0] has slopes
"""


def _cholesky(lower: bool) -> str:
    """scipy reads the triangle that it returns, by default the upper one."""
    return "cholesky(a)" if lower else "cholesky(a.mT).mT"


def _by_factor(c_and_lower: Any) -> str:
    """``cho_solve((L, True), b)``: of the factor only its triangle is read."""
    if not isinstance(c_and_lower, tuple) or len(c_and_lower) != 2:
        return ""
    factor = "c_and_lower[0]"
    if c_and_lower[1]:
        return f"solve_triangular({factor}.mT, solve_triangular({factor}, b, False), True)"
    return f"solve_triangular({factor}, solve_triangular({factor}.mT, b, False), True)"


def _qr(a: Shape, mode: str, pivoting: bool) -> str:
    if pivoting:
        return f"none: the order of the columns is a choice here; leave pivoting out, as {_CHOICE}"
    if mode not in {"full", "economic", "r"}:
        return ""
    q, r = orthogonal(a, "a", mode == "full" or (mode == "r" and a[-2] > a[-1]))
    return f"({r},)" if mode == "r" else f"({q}, {r})"


def _qr_product(a: Shape, mode: str, pivoting: bool) -> str:
    if pivoting or mode not in {"left", "right"} or a[-2] > a[-1]:
        return ""
    return f"({'qr_q(a) @ c' if mode == 'left' else 'c @ qr_q(a)'}, qr_r(a))"


def _rq(a: Shape, mode: str) -> str:
    """The QR decomposition of the rows, the last one first, each from its end."""
    if mode not in {"full", "economic"} or a[-2] != a[-1]:
        return "none: it is read of square matrices, where R is square" if mode in {"full", "economic"} else ""
    turned = "flip(a, (-2, -1)).mT"
    return f"(flip(qr_r({turned}).mT, (-2, -1)), flip(qr_q({turned}).mT, (-2, -1)))"


def _svd(a: Shape, full_matrices: bool, compute_uv: bool) -> str:
    if not compute_uv:
        return "svdvals(a)"
    u, v = singular_vectors(a, "a", full_matrices)
    return f"({u}, svdvals(a), {v}.mT)"


def _lu(a: Shape, permute_l: bool, p_indices: bool) -> str:
    low, up = lower_factor(a, "lu_packed(a)"), upper_factor(a, "lu_packed(a)")
    if permute_l:
        return f"(lu_permutation(a) @ ({low}), {up})"
    order = f"lu_permutation(a) @ arange({a[-2]})" if p_indices else "lu_permutation(a)"
    return f"({order}, {low}, {up})"


def _lu_solve(lu_and_piv: Any, trans: int) -> str:
    if len(lu_and_piv) != 2 or trans not in {0, 1, 2}:
        return ""
    return solved_by_lu(lu_and_piv[0], ("lu_and_piv[0]", "(lu_and_piv[1] + 1)", "b"), trans != 0)


# -- eigenvalues of symmetric matrices


def _reduced(a: str, factor: str, kind: int) -> str:
    """The symmetric matrix with the eigenvalues of a pair, by Cholesky's factor of b."""
    if kind == 1:
        return f"solve_triangular({factor}, solve_triangular({factor}, {a}, False).mT, False)"
    return f"({factor}.mT @ {a} @ {factor})"


def _eigen(lower: bool, values_only: bool, kind: int, subset: Any, *, generalised: bool) -> str:
    """Eigenvalues, and vectors, which b makes of length 1."""
    matrix, factor = mirrored("a", lower), "cholesky(b)" if lower else "cholesky(b.mT)"
    matrix = _reduced(matrix, factor, kind) if generalised else matrix
    vectors = f"eigvecsh({matrix})"
    if generalised:
        vectors = f"{factor} @ {vectors}" if kind == 3 else f"solve_triangular({factor}.mT, {vectors}, True)"
    chosen = "" if subset is None else f"[..., {subset[0]}:{subset[1] + 1}]"
    values = f"eigvalsh({matrix}){chosen}"
    if kind not in {1, 2, 3}:
        return ""
    return values if values_only else f"({values}, ({vectors}){chosen})"


def _eigh(lower: bool, eigvals_only: bool, type: int, subset_by_index: Any) -> str:
    return _eigen(lower, eigvals_only, type, subset_by_index, generalised=False)


def _eigh_pair(lower: bool, eigvals_only: bool, type: int, subset_by_index: Any) -> str:
    return _eigen(lower, eigvals_only, type, subset_by_index, generalised=True)


_OPTIONS = (
    f"lower:flag=True, eigvals_only:flag={{0}}, {TWO.replace(CHECKED, '').rstrip(', ')}, type:integer=1, {CHECKED}, "
    "subset_by_index:sizes=None, subset_by_value:nothing=None, driver:text=None"
)
_TRIDIAGONAL = "(diag(d) + diag(e, 1) + diag(e, -1))"

SPELLINGS = (
    *spelled("scipy.linalg.", _WITHOUT),
    Spelling(f"scipy.linalg.cholesky(a, lower:flag=False, {ONE})", _cholesky),
    Spelling(f"scipy.linalg.cho_factor(a, lower:flag=False, {ONE})",
             lambda lower: f"({_cholesky(lower)}, {lower})"),
    Spelling(f"scipy.linalg.cho_solve(c_and_lower, b, overwrite_b:flag=False, {CHECKED})", _by_factor),
    Spelling("scipy.linalg.qr(a:shaped, overwrite_a:flag=False, lwork:nothing=None, mode:text='full', "
             f"pivoting:flag=False, {CHECKED})", _qr),
    Spelling("scipy.linalg.qr_multiply(a:shaped, c, mode:text='right', pivoting:flag=False)", _qr_product),
    Spelling(f"scipy.linalg.rq(a:shaped, overwrite_a:flag=False, lwork:nothing=None, mode:text='full', {CHECKED})",
             _rq),
    Spelling(f"scipy.linalg.svd(a:shaped, full_matrices:flag=True, compute_uv:flag=True, {ONE}, "
             "lapack_driver:text=None)", _svd, note=_SIGNS),
    Spelling(f"scipy.linalg.eigvals(a, b:nothing=None, {ONE})", "eigvals(a)", note=REAL.format("scipy's")),
    Spelling(f"scipy.linalg.eig(a, b:nothing=None, left:off=False, right:flag=True, {TWO})",
             lambda right: "(eigvals(a), eigvecs(a))" if right else "eigvals(a)",
             note=f"{REAL.format('its')}; {_SIGNS}"),
    Spelling(f"scipy.linalg.lu(a:shaped, permute_l:flag=False, {ONE}, p_indices:flag=False)", _lu),
    Spelling(f"scipy.linalg.lu_factor(a, {ONE})", "(lu_packed(a), lu_pivots(a) - 1)"),
    Spelling(f"scipy.linalg.lu_solve(lu_and_piv:shapes, b, trans:integer=0, overwrite_b:flag=False, {CHECKED})",
             _lu_solve),
    Spelling(f"scipy.linalg.eigh(a, b:nothing=None, *, {_OPTIONS.format('False')})", _eigh, note=_SIGNS),
    Spelling(f"scipy.linalg.eigh(a, b, *, {_OPTIONS.format('False')})", _eigh_pair, note=_SIGNS),
    Spelling(f"scipy.linalg.eigvalsh(a, b:nothing=None, *, {_OPTIONS.format('True')})", _eigh),
    Spelling(f"scipy.linalg.eigvalsh(a, b, *, {_OPTIONS.format('True')})", _eigh_pair),
    Spelling("scipy.linalg.eigh_tridiagonal(d, e, eigvals_only:flag=False)",
             lambda eigvals_only: f"eigvalsh({_TRIDIAGONAL})" if eigvals_only
             else f"(eigvalsh({_TRIDIAGONAL}), eigvecsh({_TRIDIAGONAL}))", note=_SIGNS),
    Spelling("scipy.linalg.eigvalsh_tridiagonal(d, e)", f"eigvalsh({_TRIDIAGONAL})"),
    Spelling("scipy.linalg.eigvals_banded(a_band:shaped, lower:flag=False)",
             lambda a_band, lower: f"eigvalsh({symmetric_bands(a_band, 'a_band', lower)})"),
)  # fmt: skip
