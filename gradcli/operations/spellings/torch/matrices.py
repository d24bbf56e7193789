"""torch's products and its linear algebra: triangles, sides, several results."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.arithmetic import scaled

_SYMMETRIC = "one triangle of a symmetric matrix is read, and the slope is spread evenly over both, as torch spreads it"


def _sum_with(product: str) -> Any:
    return lambda alpha, beta: f"{scaled(beta, 'beta', 'input')} + {scaled(alpha, 'alpha', product)}"


def _cholesky(upper: Any) -> str:
    return "cholesky(symmetrised(A, True)).mT" if upper else "cholesky(symmetrised(A))"


def _solved(left: Any) -> str:
    return "solve(A, B)" if left else "solve(A.mT, B.mT).mT"


def _triangular(upper: Any, left: Any) -> str:
    if left:
        return "solve_triangular(A, B, upper)"
    return f"solve_triangular(A.mT, B.mT, {not upper}).mT"


def _old_triangular(upper: Any, transpose: Any) -> str:
    matrix = "A.mT" if transpose else "A"
    return f"(solve_triangular({matrix}, b, {upper != transpose}), A)"


def _pinv(hermitian: Any) -> str:
    """Of a symmetric matrix the lower triangle is read, and the slope is that of any matrix."""
    return "pinv(symmetrised(A, False, False))" if hermitian else "pinv(A)"


def _cond(p: Any) -> str:
    if p in (None, 2):
        return "cond(A)"
    return "1/cond(A)" if p == -2 else "matrix_norm(A, p)*matrix_norm(inv(A), p)"


def _eigenvalues(UPLO: Any) -> str:  # torch's name
    return f"eigvalsh(symmetrised(A, {UPLO == 'U'}))"


def _eigen(UPLO: Any) -> str:  # torch's name
    matrix = f"symmetrised(A, {UPLO == 'U'})"
    return f"(eigvalsh({matrix}), eigvecsh({matrix}))"


def _tensordot(dims: Any) -> str:
    """Lists of axes are brought together first."""
    if not isinstance(dims, tuple):
        return "tensordot(a, b, dims)"
    ours, theirs = ((axes,) if isinstance(axes, int) else tuple(axes) for axes in dims)
    count = len(ours)
    last, first = tuple(range(-count, 0)), tuple(range(count))
    return f"tensordot(movedim(a, {ours}, {last}), movedim(b, {theirs}, {first}), {count})"


_SIGNS = (
    "the sign of each vector is chosen so that the first of its largest entries is positive; torch's may be another"
)
_NOTHING = "zeros_like(A[..., 0, 0])"  # the info of a factorisation that went well

SPELLINGS = (
    *(Spelling(f"torch.{name}(input, {first}, {second}, *, beta=1, alpha=1)",
               f"addmm(input, {first}, {second}, beta, alpha)")
      for name, first, second in (("addmm", "mat1", "mat2"), ("addmv", "mat", "vec"), ("baddbmm", "batch1", "batch2"))),
    Spelling("torch.addbmm(input, batch1, batch2, *, beta=1, alpha=1)", _sum_with("sum(batch1 @ batch2, 0)")),
    Spelling("torch.addr(input, vec1, vec2, *, beta=1, alpha=1)", _sum_with("outer(vec1, vec2)")),
    *(Spelling(f"torch.{name}(input, {other})", f"matmul(input, {other})")
      for name, other in (("matmul", "other"), ("mm", "mat2"), ("bmm", "mat2"), ("mv", "vec"))),
    *(Spelling(f"torch.{name}(input, vec2)", "outer(input, vec2)") for name in ("outer", "ger")),
    Spelling("torch.einsum(equation:text, *operands)",
             lambda operands: f"einsum(equation, {', '.join(f'operands[{i}]' for i in range(len(operands)))})"),
    Spelling("torch.tensordot(a, b, dims=2)", _tensordot),
    Spelling("torch.cdist(x1, x2, p=2, compute_mode=None)", "cdist(x1, x2, p)"),
    *(Spelling(f"torch.{name}(A, upper:flag=False)", _cholesky, note=_SYMMETRIC)
      for name in ("cholesky", "linalg.cholesky")),
    Spelling("torch.linalg.cholesky_ex(A, *, upper:flag=False, check_errors:flag=False)",
             lambda upper: f"({_cholesky(upper)}, {_NOTHING})", ("L", "info"), _SYMMETRIC),
    Spelling("torch.linalg.inv(A)", "inv(A)"),
    Spelling("torch.linalg.inv_ex(A, *, check_errors:flag=False)", f"(inv(A), {_NOTHING})", ("inverse", "info")),
    Spelling("torch.linalg.solve(A, B, *, left:flag=True)", _solved),
    Spelling("torch.linalg.solve_ex(A, B, *, left:flag=True, check_errors:flag=False)",
             lambda left: f"({_solved(left)}, {_NOTHING})", ("result", "info")),
    Spelling("torch.linalg.solve_triangular(A, B, *, upper:flag, left:flag=True)", _triangular),
    Spelling("torch.triangular_solve(b, A, upper:flag=True, transpose:flag=False)", _old_triangular,
             ("solution", "cloned_coefficient")),
    *(Spelling(f"torch.{name}(A)", "(slogdet(A)[0], slogdet(A)[1])", ("sign", "logabsdet"))
      for name in ("slogdet", "linalg.slogdet")),
    Spelling("torch.linalg.pinv(A, *, rtol:nothing=None, atol:nothing=None, hermitian:flag=False)", _pinv),
    Spelling("torch.pinverse(input)", "pinv(input)"),
    Spelling("torch.linalg.lstsq(A, B, rcond:nothing=None, *, driver:text=None)", "(pinv(A) @ B,)", ("solution",)),
    Spelling("torch.linalg.cond(A, p=None)", _cond),
    Spelling("torch.linalg.eigvalsh(A, UPLO:text='L')", _eigenvalues, note=_SYMMETRIC),
    Spelling("torch.linalg.eigh(A, UPLO:text='L')", _eigen,
             ("eigenvalues", "eigenvectors"), f"{_SYMMETRIC}; {_SIGNS}"),
    Spelling("torch.linalg.svdvals(A, *, driver:text=None)", "svdvals(A)"),
)  # fmt: skip
