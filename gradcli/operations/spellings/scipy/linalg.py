"""scipy.linalg: systems of equations, inverses, least squares."""

from __future__ import annotations

from typing import Any

from gradcli.operations import matrix_formulas
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import OPERAND, Spelling, spelled
from gradcli.operations.spellings.scipy.special_matrices import toeplitz

# Any, in this module: the constants of a call, or OPERAND

CHECKED = "check_finite:flag=True"
ONE = f"overwrite_a:flag=False, {CHECKED}"
TWO = f"overwrite_a:flag=False, overwrite_b:flag=False, {CHECKED}"

_LINALG = f"""
det(a, {ONE}) := det(a)
inv(a, {ONE}) := inv(a)
inv(a, {ONE}, *, assume_a:text=None, lower:flag=False) := inv(a)
svdvals(a, {ONE}) := svdvals(a)
khatri_rao(a, b) := khatri_rao(a, b)
norm(a, ord:order=None, axis:axes=None, keepdims:flag=False, {CHECKED}) := linalg_norm(a, ord, axis, keepdims)
solve_sylvester(a, b, q) := solve_sylvester(a, b, q)
solve_continuous_lyapunov(a, q) := solve_sylvester(a, a.mT, q)
solve_lyapunov(a, q) := solve_sylvester(a, a.mT, q)
solve_discrete_are(a, b, q, r) := none: Riccati's equation is not solved here; solve_discrete_lyapunov is linear
solve_continuous_are(a, b, q, r) := none: Riccati's equation is not solved here; solve_continuous_lyapunov is linear
"""


def mirrored(name: str, lower: bool) -> str:
    """The symmetric matrix of which one triangle is read."""
    return f"(tril({name}) + tril({name}, -1).mT)" if lower else f"(triu({name}) + triu({name}, 1).mT)"


_SYMMETRIC = {"sym", "symmetric", "her", "hermitian", "pos", "positive definite"}
_TRIANGULAR = {"upper triangular": True, "lower triangular": False}
_GENERAL = {None, "gen", "general", "banded", "tridiagonal", "diagonal"}


def _solve(a: Shape, b: Shape, lower: bool, assume_a: Any, transposed: bool) -> str:
    """What is said of a matrix says which part of it is read."""
    right = "b[None]" if len(b) > 1 and b == a[:-1] else "b"
    turned = ".mT" if transposed else ""
    if assume_a in _TRIANGULAR:
        return f"solve_triangular(a{turned}, {right}, {_TRIANGULAR[assume_a] != transposed})"
    if assume_a in _SYMMETRIC:
        return f"solve({mirrored('a', lower)}, {right})"
    return f"solve(a{turned}, {right})" if assume_a in _GENERAL else ""


def _triangular(a: Shape, trans: Any, lower: bool, unit_diagonal: bool) -> str:
    if trans not in {0, 1, 2, "N", "T", "C"}:
        return ""
    matrix = f"({'tril(a, -1)' if lower else 'triu(a, 1)'} + eye({a[-1]}))" if unit_diagonal else "a"
    if trans in {0, "N"}:
        return f"solve_triangular({matrix}, b, {not lower})"
    return f"solve_triangular({matrix}.mT, b, {lower})"


def _discrete_lyapunov(q: Shape) -> str:
    """``X = A @ X @ A.T + Q``, by the system of all entries."""
    n = q[-1]
    return f"reshape(solve(eye({n * n}) - kron(a, a), flatten(q)), {n}, {n})"


# -- matrices that are given by their bands


def banded(lower: int, upper: int, bands: Shape, name: str) -> str:
    """``A[i, j] == ab[u + i - j, j]``."""
    n = bands[-1]
    parts = [
        f"diag({name}[{upper - k}, {max(k, 0)}:{n + min(k, 0)}], {k})" for k in range(-lower, upper + 1) if abs(k) < n
    ]
    return f"({' + '.join(parts)})"


def symmetric_bands(bands: Shape, name: str, lower: bool) -> str:
    """Of a symmetric matrix one half of the bands is given."""
    width = bands[0] - 1
    half = banded(width, 0, bands, name) if lower else banded(0, width, bands, name)
    return mirrored(half, lower)


def _solve_banded(l_and_u: Any, ab: Shape) -> str:
    return f"solve({banded(*l_and_u, ab, 'ab')}, b)" if isinstance(l_and_u, tuple) and len(l_and_u) == 2 else ""


def _both(given: Any, name: str) -> tuple[str, str, Shape, Shape] | None:
    """The first column and row of a Toeplitz matrix, with their shapes."""
    if len(given) != 2:
        return None
    return f"{name}[0]", f"{name}[1]", given[0], given[1]


def _toeplitz_of(c_or_cr: Any, then: str) -> str:
    parts = _both(c_or_cr, "c_or_cr")
    return then.format(toeplitz(*parts)) if parts else ""


# -- inverses of any matrix


def _bound(a: Shape, atol: Any, rtol: Any) -> str:
    relative = matrix_formulas.tolerance(a) if rtol is None else "rtol" if rtol is OPERAND else rtol
    absolute = "" if atol in (None, 0) else f"{'atol' if atol is OPERAND else atol} + "
    return f"{absolute}{relative}*{{s}}"


def _pinv(a: Shape, atol: Any, rtol: Any, return_rank: bool) -> str:
    return _with_rank(a, "a", _bound(a, atol, rtol), plain=atol is None and rtol is None, ranked=return_rank)


def _pinvh(a: Shape, atol: Any, rtol: Any, lower: bool, return_rank: bool) -> str:
    plain = atol is None and rtol is None
    return _with_rank(a, mirrored("a", lower), _bound(a, atol, rtol), plain=plain, ranked=return_rank)


def _with_rank(_a: Shape, name: str, bound: str, *, plain: bool, ranked: bool) -> str:
    inverse = f"pinv({name})" if plain else matrix_formulas.truncated(name, bound)
    return f"({inverse}, {matrix_formulas.rank(name, bound)})" if ranked else inverse


def _lstsq(a: Shape, cond: Any, lapack_driver: Any) -> str:
    relative = f"{matrix_formulas.EPSILON if cond is None else cond}*{{s}}"
    solution = "lstsq(a, b)" if a[-2] >= a[-1] else "(pinv(a) @ b)"
    left = f"sum((a @ {solution} - b)**2, 0)" if a[-2] > a[-1] else matrix_formulas.filled((0,))
    values = matrix_formulas.filled((0,)) if lapack_driver == "gelsy" else "svdvals(a)"
    left = matrix_formulas.filled((0,)) if lapack_driver == "gelsy" else left
    return f"({solution}, {left}, {matrix_formulas.rank('a', relative)}, {values})"


SPELLINGS = (
    *spelled("scipy.linalg.", _LINALG),
    Spelling(f"scipy.linalg.solve(a:shaped, b:shaped, lower:flag=False, {TWO}, assume_a:text=None, "
             "transposed:flag=False)", _solve),
    Spelling("scipy.linalg.solve_triangular(a:shaped, b, trans:order=0, lower:flag=False, unit_diagonal:flag=False, "
             f"overwrite_b:flag=False, {CHECKED})", _triangular),
    Spelling("scipy.linalg.solve_discrete_lyapunov(a, q:shaped, method=None)", _discrete_lyapunov),
    Spelling("scipy.linalg.solve_banded(l_and_u:sizes, ab:shaped, b, overwrite_ab:flag=False, "
             f"overwrite_b:flag=False, {CHECKED})", _solve_banded),
    Spelling("scipy.linalg.solveh_banded(ab:shaped, b, overwrite_ab:flag=False, overwrite_b:flag=False, "
             f"lower:flag=False, {CHECKED})", lambda ab, lower: f"solve({symmetric_bands(ab, 'ab', lower)}, b)"),
    Spelling(f"scipy.linalg.solve_toeplitz(c_or_cr:shapes, b, {CHECKED})",
             lambda c_or_cr: _toeplitz_of(c_or_cr, "solve({0}, b)")),
    Spelling(f"scipy.linalg.solve_toeplitz(c_or_cr:shaped, b, {CHECKED})",
             lambda c_or_cr: f"solve({toeplitz('c_or_cr', 'c_or_cr', c_or_cr, c_or_cr)}, b)"),
    Spelling(f"scipy.linalg.matmul_toeplitz(c_or_cr:shapes, x, {CHECKED}, workers=None)",
             lambda c_or_cr: _toeplitz_of(c_or_cr, "{0} @ x")),
    Spelling(f"scipy.linalg.matmul_toeplitz(c_or_cr:shaped, x, {CHECKED}, workers=None)",
             lambda c_or_cr: f"{toeplitz('c_or_cr', 'c_or_cr', c_or_cr, c_or_cr)} @ x"),
    Spelling("scipy.linalg.solve_circulant(c, b)", "solve(scipy.linalg.circulant(c), b)"),
    Spelling(f"scipy.linalg.pinv(a:shaped, *, atol=None, rtol=None, return_rank:flag=False, {CHECKED})", _pinv),
    Spelling(f"scipy.linalg.pinvh(a:shaped, atol=None, rtol=None, lower:flag=True, return_rank:flag=False, {CHECKED})",
             _pinvh),
    Spelling(f"scipy.linalg.lstsq(a:shaped, b, cond:number=None, {TWO}, lapack_driver:text=None)", _lstsq),
)  # fmt: skip
