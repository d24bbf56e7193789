"""numpy's linear algebra."""

from __future__ import annotations

from typing import Any

from gradcli.operations import matrix_formulas
from gradcli.operations.matrix_formulas import REAL, SIGNS
from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import OPERAND, Spelling

# Any, in this module: the constants of a call, or OPERAND

NUMPYS_SIGNS = SIGNS.format("numpy's")


def solved_by_shapes(a: Shape, b: Shape) -> str:
    """Of several axes b holds matrices, also where it might hold a vector for each matrix."""
    return "solve(a, b[None])" if len(b) > 1 and b == a[:-1] else "solve(a, b)"


def symmetric(name: str, lower: bool) -> str:
    """What is read of a symmetric matrix: the triangle, which eigvalsh takes below the diagonal."""
    return name if lower else f"{name}.mT"


def eigenvalues(name: str, lower: bool) -> str:
    return f"eigvalsh({symmetric(name, lower)})"


def eigen(name: str, lower: bool) -> str:
    return f"({eigenvalues(name, lower)}, eigvecsh({symmetric(name, lower)}))"


def _both(name: str) -> str:
    return f"(tril({name}) + tril({name}, -1).mT)"


def _svd(a: Shape, full_matrices: bool, compute_uv: bool, hermitian: bool) -> str:
    name = _both("a") if hermitian else "a"
    if not compute_uv:
        return f"svdvals({name})"
    u, v = matrix_formulas.singular_vectors(a, name, full_matrices)
    return f"({u}, svdvals({name}), {v}.mT)"


def _qr(a: Shape, mode: str) -> str:
    if mode not in {"reduced", "complete"}:
        return "" if mode == "r" else "none: reflections are no factors; mode='reduced' has Q and R"
    return "({}, {})".format(*matrix_formulas.orthogonal(a, "a", mode == "complete"))


def cond(name: str, p: Any) -> str:
    """The norm of a matrix times that of its inverse."""
    if p in (None, 2):
        return f"cond({name})"
    return f"1/cond({name})" if p == -2 else f"matrix_norm({name}, p)*matrix_norm(inv({name}), p)"


def bound(a: Shape, relative: Any, absolute: Any, names: tuple[str, str]) -> str:
    """Of singular values that count as 0. names: of the two, where they are operands, one for each matrix."""
    if absolute is not None:
        return _each(absolute, names[1])
    return f"{matrix_formulas.tolerance(a) if relative is None else _each(relative, names[0])}*{{s}}"


def _each(given: Any, name: str) -> str:
    return f"unsqueeze({name}, -1)" if given is OPERAND else f"{given}"


def _rank(A: Shape, tol: Any, hermitian: bool, rtol: Any) -> str:
    if len(A) < 2:
        return "amax(where(A == 0, 0, 1))" if A else "where(A == 0, 0, 1)"
    return matrix_formulas.rank("A", bound(A, rtol, tol, ("rtol", "tol")), "abs(eigvalsh(A))" if hermitian else "")


def _pinv(a: Shape, rtol: Any, hermitian: bool) -> str:
    return matrix_formulas.truncated(_both("a") if hermitian else "a", bound(a, rtol, None, ("rtol", "")))


def lstsq(a: Shape, b: Shape, rcond: Any) -> str:
    """The solution, sums of squares of what is left, the rank, the singular values."""
    relative = f"{matrix_formulas.tolerance(a) if rcond is None else rcond}*{{s}}"
    solution = "lstsq(a, b)" if a[-2] >= a[-1] else "(pinv(a) @ b)"
    left = f"sum((a @ {solution} - b)**2, 0{', True' if len(b) == 1 else ''})"
    left = left if a[-2] > a[-1] else matrix_formulas.filled((0,))
    return f"({solution}, {left}, {matrix_formulas.rank('a', relative)}, svdvals(a))"


SPELLINGS = (
    Spelling("np.linalg.trace(x, /)", "einsum('...ii->...', x)"),
    Spelling("np.linalg.trace(x, /, *, offset:integer)", "sum(torch.diagonal(x, offset, -2, -1), -1)"),
    Spelling("np.linalg.diagonal(x, /)", "einsum('...ii->...i', x)"),
    Spelling("np.linalg.diagonal(x, /, *, offset:integer)", "torch.diagonal(x, offset, -2, -1)"),
    Spelling("np.linalg.solve(a:shaped, b:shaped)", solved_by_shapes),
    Spelling("np.linalg.lstsq(a:shaped, b:shaped, rcond:number=None)", lstsq,
             ("solution", "residuals", "rank", "singular_values")),
    Spelling("np.linalg.pinv(a:shaped, rcond=None, hermitian:flag=False)",
             lambda a, rcond, hermitian: _pinv(a, rcond, hermitian).replace("rtol", "rcond")),
    Spelling("np.linalg.pinv(a:shaped, hermitian:flag=False, *, rtol=None)", _pinv),
    Spelling("np.linalg.matrix_rank(A:shaped, tol=None, hermitian:flag=False, *, rtol=None)", _rank),
    Spelling("np.linalg.cond(x, p)", lambda p: cond("x", p)),
    Spelling("np.linalg.slogdet(a)", "(slogdet(a)[0], slogdet(a)[1])", ("sign", "logabsdet")),
    Spelling("np.linalg.cholesky(a, /, *, upper:flag)", lambda upper: "cholesky(a.mT).mT" if upper else "cholesky(a)"),
    Spelling("np.linalg.eigvalsh(a, UPLO:text)",
             lambda UPLO: eigenvalues("a", UPLO in {"L", "l"}) if UPLO in {"L", "U", "l", "u"} else ""),
    Spelling("np.linalg.eigh(a, UPLO:text='L')",
             lambda UPLO: eigen("a", UPLO in {"L", "l"}) if UPLO in {"L", "U", "l", "u"} else "",
             ("eigenvalues", "eigenvectors"), NUMPYS_SIGNS),
    Spelling("np.linalg.eigvals(a)", "eigvals(a)", note=REAL.format("numpy's")),
    Spelling("np.linalg.eig(a)", "(eigvals(a), eigvecs(a))", ("eigenvalues", "eigenvectors"),
             f"{REAL.format('its')}; {NUMPYS_SIGNS}"),
    Spelling("np.linalg.svd(a, full_matrices:flag=True, compute_uv:flag)",
             lambda compute_uv: "" if compute_uv else "svdvals(a)"),
    Spelling("np.linalg.svd(a:shaped, full_matrices:flag=True, compute_uv:flag=True, hermitian:flag=False)", _svd,
             ("U", "S", "Vh"), NUMPYS_SIGNS),
    Spelling("np.linalg.qr(a, mode:text)", lambda mode: "qr_r(a)" if mode == "r" else ""),
    Spelling("np.linalg.qr(a:shaped, mode:text='reduced')", _qr, ("Q", "R")),
    Spelling("np.linalg.tensorinv(a:shaped, ind:integer=2)",
             lambda a, ind: matrix_formulas.tensor_inverse(a, "a", ind)),
    Spelling("np.linalg.tensorsolve(a:shaped, b:shaped, axes:axes=None)",
             lambda a, b, axes: matrix_formulas.tensor_solution(a, b, ("a", "b"), axes)),
)  # fmt: skip
