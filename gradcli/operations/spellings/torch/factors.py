"""torch's factorisations: several results, packed factors, what is solved by them."""

from __future__ import annotations

from typing import Any

from gradcli.operations.matrix_formulas import (
    REAL,
    SIGNS,
    filled,
    lower_factor,
    orthogonal,
    singular_vectors,
    solved_by_lu,
    upper_factor,
)
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling

# Any, in this module: the constants of a call

TORCHS_SIGNS = SIGNS.format("torch's")
NO_INFO = "zeros_like(A[..., 0, 0])"  # of a factorisation that went well
_NO_PIVOTS = "none: torch has it without pivots on GPUs alone; leave pivot out"
_NOT_DIFFERENTIATED = "none: torch has no slope of it; torch.linalg.lu_factor and cholesky have"
_DRAWN = "none: it draws random numbers; torch.linalg.svd has all singular values"


def _qr(A: Shape, mode: str) -> str:
    if mode not in {"reduced", "complete", "r"}:
        return ""
    q, r = orthogonal(A, "A", mode == "complete")
    return f"({filled((0,)) if mode == 'r' else q}, {r})"


def _old_qr(input: Shape, some: bool) -> str:
    return "({}, {})".format(*orthogonal(input, "input", not some))


def _svd(A: Shape, full_matrices: bool) -> str:
    u, v = singular_vectors(A, "A", full_matrices)
    return f"({u}, svdvals(A), {v}.mT)"


def _old_svd(input: Shape, some: bool, compute_uv: bool) -> str:
    if not compute_uv:
        u, v = (filled((*input[:-2], n, n)) for n in input[-2:])
    else:
        u, v = singular_vectors(input, "input", not some)
    return f"({u}, svdvals(input), {v})"


# -- LU


def _lu(A: Shape, pivot: bool) -> str:
    packed = "lu_packed(A)"
    return f"(lu_permutation(A), {lower_factor(A, packed)}, {upper_factor(A, packed)})" if pivot else _NO_PIVOTS


def _factored(*others: str) -> Any:
    parts = ", ".join(("lu_packed(A)", "lu_pivots(A)", *others))
    return lambda pivot: f"({parts})" if pivot else _NO_PIVOTS


def _old_lu(pivot: bool, get_infos: bool) -> str:
    parts = ("lu_packed(A)", "lu_pivots(A)", *([NO_INFO] if get_infos else []))
    return f"({', '.join(parts)})" if pivot else _NO_PIVOTS


def _unpacked(LU_data: Shape, unpack_data: bool, unpack_pivots: bool) -> str:
    data = (lower_factor(LU_data, "LU_data"), upper_factor(LU_data, "LU_data")) if unpack_data else (filled((0,)),) * 2
    order = f"pivots_permutation(LU_pivots, {LU_data[-2]})" if unpack_pivots else filled((0,))
    return f"({order}, {', '.join(data)})"


def _lu_solve(LU: Shape, left: bool, adjoint: bool) -> str:
    if left:
        return solved_by_lu(LU, ("LU", "pivots", "B"), adjoint)
    return f"({solved_by_lu(LU, ('LU', 'pivots', 'B.mT'), not adjoint)}).mT"


# -- Cholesky and reflections

_READ = "one triangle is read, but torch's slope is that of all entries"


def _gram(upper: bool) -> str:
    factor = f"triangle_read(L, {upper})"
    return f"{factor}.mT @ {factor}" if upper else f"{factor} @ {factor}.mT"


def _reflected(input: Shape, left: bool, transpose: bool) -> str:
    """All columns of the product of reflections, times the other matrix."""
    n, m = input[-2:]
    padded = "input" if n == m else f"concat(input, {filled((*input[:-2], n, n - m))}, dim=-1)"
    q = f"householder_product({padded}, tau){'.mT' if transpose else ''}"
    return f"{q} @ other" if left else f"other @ {q}"


SPELLINGS = (
    Spelling("torch.linalg.qr(A:shaped, mode:text='reduced')", _qr, ("Q", "R")),
    Spelling("torch.qr(input:shaped, some:flag=True)", _old_qr, ("Q", "R")),
    Spelling("torch.linalg.svd(A:shaped, full_matrices:flag=True, *, driver:text=None)", _svd, ("U", "S", "Vh"),
             TORCHS_SIGNS),
    Spelling("torch.svd(input:shaped, some:flag=True, compute_uv:flag=True)", _old_svd, ("U", "S", "V"), TORCHS_SIGNS),
    Spelling("torch.linalg.eigvals(A)", "eigvals(A)", note=REAL.format("torch's")),
    Spelling("torch.linalg.eig(A)", "(eigvals(A), eigvecs(A))", ("eigenvalues", "eigenvectors"),
             f"{REAL.format('its')}; {TORCHS_SIGNS}"),
    Spelling("torch.linalg.lu(A:shaped, *, pivot:flag=True)", _lu, ("P", "L", "U")),
    Spelling("torch.linalg.lu_factor(A, *, pivot:flag=True)", _factored(), ("LU", "pivots")),
    Spelling("torch.linalg.lu_factor_ex(A, *, pivot:flag=True, check_errors:flag=False)", _factored(NO_INFO),
             ("LU", "pivots", "info")),
    Spelling("torch.lu(A, pivot:flag=True, get_infos:flag=False)", _old_lu),
    Spelling("torch.lu_unpack(LU_data:shaped, LU_pivots, unpack_data:flag=True, unpack_pivots:flag=True)", _unpacked,
             ("P", "L", "U")),
    Spelling("torch.lu_solve(b, LU_data:shaped, LU_pivots)",
             lambda LU_data: solved_by_lu(LU_data, ("LU_data", "LU_pivots", "b"), False)),
    Spelling("torch.linalg.lu_solve(LU:shaped, pivots, B, *, left:flag=True, adjoint:flag=False)", _lu_solve),
    Spelling("torch.cholesky_solve(B, L, upper:flag=False)", lambda upper: f"solve({_gram(upper)}, B)", note=_READ),
    Spelling("torch.cholesky_inverse(L, upper:flag=False)", lambda upper: f"inv({_gram(upper)})", note=_READ),
    Spelling("torch.ormqr(input:shaped, tau, other, left:flag=True, transpose:flag=False)", _reflected),
    *(Spelling(f"torch.{call}", _NOT_DIFFERENTIATED)
      for call in ("linalg.ldl_factor(A)", "linalg.ldl_factor_ex(A)", "linalg.ldl_solve(LD, pivots, B)",
                   "geqrf(input)")),
    *(Spelling(f"torch.{call}", _DRAWN)
      for call in ("svd_lowrank(A, q:integer=6)", "pca_lowrank(A, q:integer=6)", "lobpcg(A, k:integer=1)")),
)  # fmt: skip
