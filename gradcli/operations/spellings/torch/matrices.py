"""torch's products and its linear algebra: triangles, sides, several results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradcli.operations import matrix_formulas
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.torch.arithmetic import scaled
from gradcli.operations.spellings.torch.factors import TORCHS_SIGNS
from gradcli.operations.taken_shapes import adding_to, in_batches, of_one_rank, of_ranks

_SYMMETRIC = "one triangle of a symmetric matrix is read, and the slope is spread evenly over both, as torch spreads it"


def _sum_with(product: str) -> Any:
    return lambda alpha, beta: f"{scaled(beta, 'beta', 'input')} + {scaled(alpha, 'alpha', product)}"


def _cholesky(upper: Any) -> str:
    return "cholesky(symmetrised(A, True)).mT" if upper else "cholesky(symmetrised(A))"


def _solved(A: int, B: int, left: bool) -> str:
    """Whether B holds vectors hangs on its shape, where it has one axis less."""
    if 1 < B == A - 1:
        return ""
    return "solve(A, B)" if left else "solve(A.mT, B.mT).mT"


def _solved_by_shapes(A: Shape, B: Shape, left: bool) -> str:
    if not left:
        return "none: torch takes B for vectors here, which have no left side"
    return "solve(A, unsqueeze(B, -1))[..., 0]" if A[:-1] == B else "solve(A, B[None])"


def _solutions(call: str, *parts: str, fields: tuple[str, ...] = ()) -> tuple[Spelling, ...]:
    """Of a system, with further results behind the solution."""

    def of(solution: str) -> str:
        return f"({solution}, {', '.join(parts)})" if parts and solution else solution

    return (
        Spelling(call.format("ranked", "left:flag=True"), lambda A, B, left: of(_solved(A, B, left)), fields),
        Spelling(call.format("shaped", "left:flag=True"), lambda A, B, left: of(_solved_by_shapes(A, B, left)), fields),
    )


def _triangular(upper: Any, left: Any) -> str:
    if left:
        return "solve_triangular(A, B, upper)"
    return f"solve_triangular(A.mT, B.mT, {not upper}).mT"


def _old_triangular(upper: Any, transpose: Any) -> str:
    matrix = "A.mT" if transpose else "A"
    return f"(solve_triangular({matrix}, b, {upper != transpose}), A)"


def _matrix(hermitian: bool) -> str:
    """Of a symmetric matrix the lower triangle is read, and the slope is that of any matrix."""
    return "symmetrised(A, False, False)" if hermitian else "A"


def _bound(A: Shape, atol: Any, rtol: Any) -> str:
    """Of singular values that count as 0: without a word of either relative to the largest one."""
    relative = matrix_formulas.tolerance(A) if rtol is None and atol in (None, 0) else rtol
    bounds = [
        _each(atol, "atol") if atol is not None else "",
        f"{_each(relative, 'rtol')}*{{s}}" if relative is not None else "",
    ]
    return f"maximum({', '.join(bounds)})" if all(bounds) else "".join(bounds)


def _each(given: Any, name: str) -> str:
    """A number, or one for each matrix."""
    return f"unsqueeze({name}, -1)" if given is OPERAND else f"{given}"


def _pinv(A: Shape, atol: Any, rtol: Any, hermitian: bool) -> str:
    return matrix_formulas.truncated(_matrix(hermitian), _bound(A, atol, rtol))


def _rank(A: Shape, atol: Any, rtol: Any, hermitian: bool) -> str:
    values = "abs(eigvalsh(A))" if hermitian else ""
    return matrix_formulas.rank("A", _bound(A, atol, rtol), values)


def _lstsq(A: Shape, B: Shape, rcond: Any, driver: Any) -> str:
    """What is there beside the solution hangs on LAPACK's driver."""
    vectors = len(B) == 1 or A[:-1] == B
    bound = f"{matrix_formulas.tolerance(A) if rcond is None else rcond}*{{s}}"
    inverse = "pinv(A)" if rcond is None else matrix_formulas.truncated("A", bound)
    solution = f"({inverse} @ unsqueeze(B, -1))[..., 0]" if vectors and len(B) > 1 else f"({inverse} @ B)"
    nothing = matrix_formulas.filled((0,))
    left = f"sum((A @ {_column(solution, vectors)} - {_column('B', vectors)})**2, -2){'[..., 0]' if vectors else ''}"
    parts = (
        nothing if driver in {None, "gelsy"} or A[-2] <= A[-1] else left,
        nothing if driver == "gels" else matrix_formulas.rank("A", bound),
        "svdvals(A)" if driver in {"gelsd", "gelss"} else nothing,
    )
    return f"({solution}, {', '.join(parts)})"


def _column(text: str, vector: bool) -> str:
    return f"unsqueeze({text}, -1)" if vector else text


def _cond(p: Any) -> str:
    if p in (None, 2):
        return "cond(A)"
    return "1/cond(A)" if p == -2 else "matrix_norm(A, p)*matrix_norm(inv(A), p)"


def _eigenvalues(UPLO: Any) -> str:  # torch's name
    return f"eigvalsh(symmetrised(A, {UPLO == 'U'}))"


def _eigen(UPLO: Any) -> str:  # torch's name
    matrix = f"symmetrised(A, {UPLO == 'U'})"
    return f"(eigvalsh({matrix}), eigvecsh({matrix}))"


def _tensordot(a: Any, b: Any, dims: Any) -> str:
    """Lists of axes are brought together first; one of size 1 goes with every entry of the other."""
    if not isinstance(dims, tuple):
        return "tensordot(a, b, dims)"
    ours, theirs = ((axes,) if isinstance(axes, int) else tuple(axes) for axes in dims)
    count = len(ours)
    last, first = tuple(range(-count, 0)), tuple(range(count))
    left, right = "a", "b"
    if a is not OPERAND and b is not OPERAND:
        left, right = _summed("a", a, ours, b, theirs), _summed("b", b, theirs, a, ours)
    return f"tensordot(movedim({left}, {ours}, {last}), movedim({right}, {theirs}, {first}), {count})"


def _summed(name: str, shape: Shape, axes: Sequence[int], other: Shape, theirs: Sequence[int]) -> str:
    """The array, summed along the axes that go with one of size 1."""
    alone = tuple(axis for axis, their in zip(axes, theirs, strict=False) if other[their] == 1 < shape[axis])
    return f"sum({name}, {alone}, True)" if alone else name


_PRODUCT = "matmul takes vectors, matrices and batches of them"
_NOTHING = "zeros_like(A[..., 0, 0])"  # the info of a factorisation that went well

SPELLINGS = (
    *(Spelling(f"torch.{name}(input, {first}, {second}, *, beta=1, alpha=1)",
               f"addmm(input, {first}, {second}, beta, alpha)", needs=needs)
      for name, first, second, needs in (
          ("addmm", "mat1", "mat2", of_ranks(mat1=2, mat2=2)), ("addmv", "mat", "vec", of_ranks(mat=2, vec=1)),
          ("baddbmm", "batch1", "batch2", in_batches(batch1=3, batch2=3)))),
    Spelling("torch.addbmm(input, batch1, batch2, *, beta=1, alpha=1)", _sum_with("sum(batch1 @ batch2, 0)"),
             needs=adding_to(lambda given: (given["batch1"][1], given["batch2"][2]), in_batches(batch1=3, batch2=3))),
    Spelling("torch.addr(input, vec1, vec2, *, beta=1, alpha=1)", _sum_with("outer(vec1, vec2)"),
             needs=adding_to(lambda given: given["vec1"] + given["vec2"], of_ranks(vec1=1, vec2=1))),
    *(Spelling(f"torch.{name}(input, {other})", f"matmul(input, {other})", needs=needs)
      for name, other, needs in (
          ("matmul", "other", None), ("mm", "mat2", of_ranks(_PRODUCT, input=2, mat2=2)),
          ("bmm", "mat2", in_batches(_PRODUCT, input=3, mat2=3)), ("mv", "vec", of_ranks(_PRODUCT, input=2, vec=1)))),
    *(Spelling(f"torch.{name}", meaning, needs=of_one_rank)
      for name, meaning in (("cross(input, other, dim:axis=None)", "cross_along(input, other, dim)"),
                            ("linalg.cross(input, other, *, dim:axis=-1)", "cross_along(input, other, dim)"))),
    *(Spelling(f"torch.{name}(input, vec2)", "outer(input, vec2)") for name in ("outer", "ger")),
    Spelling("torch.einsum(equation:text, *operands)",
             lambda operands: f"einsum(equation, {', '.join(f'operands[{i}]' for i in range(len(operands)))})"),
    Spelling("torch.tensordot(a:told, b:told, dims=2)", _tensordot),
    *(Spelling(f"torch.{name}(A, upper:flag=False)", _cholesky, note=_SYMMETRIC)
      for name in ("cholesky", "linalg.cholesky")),
    Spelling("torch.linalg.cholesky_ex(A, *, upper:flag=False, check_errors:flag=False)",
             lambda upper: f"({_cholesky(upper)}, {_NOTHING})", ("L", "info"), _SYMMETRIC),
    Spelling("torch.linalg.inv(A)", "inv(A)"),
    Spelling("torch.linalg.inv_ex(A, *, check_errors:flag=False)", f"(inv(A), {_NOTHING})", ("inverse", "info")),
    *_solutions("torch.linalg.solve(A:{0}, B:{0}, *, {1})"),
    *_solutions("torch.linalg.solve_ex(A:{0}, B:{0}, *, {1}, check_errors:flag=False)", _NOTHING,
                fields=("result", "info")),
    Spelling("torch.linalg.solve_triangular(A, B, *, upper:flag, left:flag=True)", _triangular),
    Spelling("torch.triangular_solve(b, A, upper:flag=True, transpose:flag=False)", _old_triangular,
             ("solution", "cloned_coefficient")),
    *(Spelling(f"torch.{name}(A)", "(slogdet(A)[0], slogdet(A)[1])", ("sign", "logabsdet"))
      for name in ("slogdet", "linalg.slogdet")),
    Spelling("torch.linalg.pinv(A, *, rtol:nothing=None, atol:nothing=None, hermitian:flag=False)",
             lambda hermitian: f"pinv({_matrix(hermitian)})"),
    Spelling("torch.linalg.pinv(A:shaped, *, atol=None, rtol=None, hermitian:flag=False)", _pinv),
    Spelling("torch.linalg.pinv(A:shaped, rcond, hermitian:flag=False)",
             lambda A, rcond, hermitian: _pinv(A, None, rcond, hermitian).replace("rtol", "rcond")),
    Spelling("torch.pinverse(input)", "pinv(input)"),
    Spelling("torch.pinverse(input, rcond:number)", lambda rcond: matrix_formulas.truncated("input", f"{rcond}*{{s}}")),
    Spelling("torch.linalg.matrix_rank(A:shaped, *, atol=None, rtol=None, hermitian:flag=False)", _rank),
    Spelling("torch.linalg.matrix_rank(A:shaped, tol, hermitian:flag=False)",
             lambda A, tol, hermitian: _rank(A, tol, None, hermitian).replace("atol", "tol")),
    Spelling("torch.linalg.lstsq(A:shaped, B:shaped, rcond:number=None, *, driver:text=None)", _lstsq,
             ("solution", "residuals", "rank", "singular_values")),
    Spelling("torch.linalg.tensorinv(A:shaped, ind:integer=2)",
             lambda A, ind: matrix_formulas.tensor_inverse(A, "A", ind)),
    Spelling("torch.linalg.tensorsolve(A:shaped, B:shaped, dims:axes=None)",
             lambda A, B, dims: matrix_formulas.tensor_solution(A, B, ("A", "B"), dims)),
    Spelling("torch.frobenius_norm(input, dim:axes=None, keepdim:flag=False)", "norm(input, 2, dim, keepdim)"),
    Spelling("torch.linalg.cond(A, p=None)", _cond),
    Spelling("torch.linalg.eigvalsh(A, UPLO:text='L')", _eigenvalues, note=_SYMMETRIC),
    Spelling("torch.linalg.eigh(A, UPLO:text='L')", _eigen,
             ("eigenvalues", "eigenvectors"), f"{_SYMMETRIC}; {TORCHS_SIGNS}"),
    Spelling("torch.linalg.svdvals(A, *, driver:text=None)", "svdvals(A)"),
)  # fmt: skip
