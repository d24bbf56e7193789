"""scipy.linalg's calls where they are not a row's own."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

_LINALG = """
det(a, overwrite_a:flag=False, check_finite:flag=True) := det(a)
inv(a, overwrite_a:flag=False, check_finite:flag=True) := inv(a)
pinv(a) := pinv(a)
expm(A) := matrix_exp(A)
svdvals(a) := svdvals(a)
lstsq(a, b) := (lstsq(a, b),)
khatri_rao(a, b) := khatri_rao(a, b)
"""


def _cholesky(lower: bool) -> str:
    """scipy reads the triangle that it returns, by default the upper one."""
    return "cholesky(a)" if lower else "cholesky(a.mT).mT"


def _solve(lower: bool, assume_a: Any) -> str:
    """Of a symmetric matrix only one triangle is read."""
    return "solve(a, b)" if assume_a in {None, "gen", "general"} and not lower else ""


def _svd(full_matrices: bool, compute_uv: bool) -> str:
    if not compute_uv:
        return "svdvals(a)"
    return "" if full_matrices else "(a @ svdvecs(a)/svdvals(a), svdvals(a), svdvecs(a).mT)"


def _triangular(trans: Any, lower: bool, unit_diagonal: bool) -> str:
    if unit_diagonal or trans not in {0, 1, "N", "T"}:
        return ""
    if trans in {1, "T"}:
        return f"solve_triangular(a.mT, b, upper={lower})"
    return f"solve_triangular(a, b, upper={not lower})"


def _by_factor(c_and_lower: Any) -> str:
    """``cho_solve((L, True), b)``: of the factor only its triangle is read."""
    if not isinstance(c_and_lower, tuple) or len(c_and_lower) != 2:
        return ""
    factor = "tril(c_and_lower[0])" if c_and_lower[1] else "triu(c_and_lower[0]).mT"
    return f"solve({factor} @ {factor}.mT, b)"


_BY_CONSTANTS = (
    Spelling("scipy.linalg.cholesky(a, lower:flag=False, overwrite_a:flag=False, check_finite:flag=True)", _cholesky),
    Spelling("scipy.linalg.solve(a, b, lower:flag=False, *, assume_a:text=None)", _solve),
    Spelling("scipy.linalg.svd(a, full_matrices:flag=True, compute_uv:flag=True)", _svd),
    Spelling("scipy.linalg.eigvalsh(a, b:nothing=None, *, lower:flag=True)",
             lambda lower: "eigvalsh(a)" if lower else "eigvalsh(a.mT)"),
    Spelling("scipy.linalg.eigh(a, b:nothing=None, *, lower:flag=True)",
             lambda lower: "(eigvalsh(a), eigvecsh(a))" if lower else "(eigvalsh(a.mT), eigvecsh(a.mT))"),
    Spelling("scipy.linalg.solve_triangular(a, b, trans:order=0, lower:flag=False, unit_diagonal:flag=False)",
             _triangular),
    Spelling("scipy.linalg.cho_solve(c_and_lower, b)", _by_factor),
)  # fmt: skip

SPELLINGS = (*spelled("scipy.linalg.", _LINALG), *_BY_CONSTANTS)
