"""Rules of products and matrices whose text depends on shapes: cotangents of operands in gradcli's language.

Sources: Giles 2008, Collected matrix derivative results; Petersen & Pedersen 2012, The matrix cookbook; Higham 2008,
Functions of matrices, 3.2. Each function takes the operands' shapes, then the constants, and gives a text: see Op.rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters
from typing import Any

from gradcli.operations import product_shapes, shape_rules
from gradcli.operations.shape_rules import Shape


def matmul_left(a: Shape, b: Shape, g: str = "g") -> str:
    """``C = A @ B``: the cotangent of A is ``g @ B.T``, summed over the axes of a batch that A lacks."""
    if max(len(a), len(b)) <= 2:
        plain = {(1, 1): "{g}*B", (2, 1): "outer({g}, B)", (1, 2): "B @ {g}", (2, 2): "{g} @ B.T"}
        return plain[len(a), len(b)].format(g=bracketed(g))
    if len(b) == 1:
        return f"sum_to(unsqueeze({g}, -1)*B, A)"
    return f"sum_to(B @ unsqueeze({g}, -1), unsqueeze(A, -1))[..., 0]" if len(a) == 1 else f"sum_to({g} @ B.mT, A)"


def matmul_right(a: Shape, b: Shape, g: str = "g") -> str:
    """``C = A @ B``: the cotangent of B is ``A.T @ g``, summed over the axes of a batch that B lacks."""
    if max(len(a), len(b)) <= 2:
        plain = {(1, 1): "{g}*A", (2, 1): "A.T @ {g}", (1, 2): "outer(A, {g})", (2, 2): "A.T @ {g}"}
        return plain[len(a), len(b)].format(g=bracketed(g))
    if len(b) == 1:
        return f"sum_to(A.mT @ unsqueeze({g}, -1), unsqueeze(B, -1))[..., 0]"
    left = f"unsqueeze(A, -1)*unsqueeze({g}, -2)" if len(a) == 1 else f"A.mT @ {bracketed(g)}"
    return f"sum_to({left}, B)"


def bracketed(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def chain(at: int, *shapes: Shape) -> str:
    """``C = L @ M @ R``: the cotangent of M is ``L.T @ g @ R.T``; vectors at the ends are a row and a column."""
    names = [f"matrices{i}" for i in range(len(shapes))]
    left, right = (f"({' @ '.join(part)})" if part else "" for part in (names[:at], names[at + 1 :]))
    row, column = len(shapes[0]) == 1, len(shapes[-1]) == 1
    if not left or not right:
        return _end_of_chain(left, right, row, column)
    if row:
        return f"outer({left}, g*{right})" if column else f"outer({left}, {right} @ g)"
    return f"outer({left}.T @ g, {right})" if column else f"{left}.T @ g @ {right}.T"


def _end_of_chain(left: str, right: str, row: bool, column: bool) -> str:
    if row and column:
        return f"g*{left or right}"
    if left:
        return f"outer({left}, g)" if row else f"{left}.T @ g"
    return f"outer(g, {right})" if column else f"{right} @ g" if row else f"g @ {right}.T"


# -- sums of products by subscripts


def einsum(at: int, *arguments: Any) -> str:  # Any: shapes, and last the subscripts
    """The sum of products that has g in the place of the operand: with ones where the operand is summed by itself, and
    deltas where a letter of it stands twice."""
    *shapes, spec = arguments
    inputs, output = product_shapes.split_spec(product_shapes.einsum_letters(spec, *shapes))
    letters = inputs[at]
    renamed = _each_once(letters, set("".join(inputs)))
    deltas = [(a + b, n) for a, b, n in zip(letters, renamed, shapes[at], strict=True) if a != b]
    parts = [output, *(word for i, word in enumerate(inputs) if i != at), *(pair for pair, _ in deltas)]
    factors = ["g", *(f"operands{i}" for i in range(len(inputs)) if i != at), *(f"eye({n})" for _, n in deltas)]
    if not set(renamed) <= set("".join(parts)):
        parts.append(letters)
        factors.append(f"ones_like(operands{at})")
    return f"einsum('{','.join(parts)}->{renamed}', {', '.join(factors)})"


def _each_once(letters: str, taken: set[str]) -> str:
    """The letters, with a new one where one stands again."""
    fresh = (c for c in ascii_letters if c not in taken)
    return "".join(next(fresh) if c in letters[:i] else c for i, c in enumerate(letters))


def inner(at: int, x: Shape, y: Shape) -> str:
    """Vectors and matrices as people write it."""
    plain = {
        (1, 1): ("g*y", "g*x"), (2, 1): ("outer(g, y)", "g @ x"), (1, 2): ("g @ y", "outer(g, x)"),
        (2, 2): ("g @ y", "g.T @ x"),
    }.get((len(x), len(y)))  # fmt: skip
    return plain[at] if plain else _other(at, product_shapes.inner_letters(x, y), ("x", "y"))


def inner_product(x: Shape, y: Shape) -> str:
    plain = {(1, 1): "x @ y", (2, 1): "x @ y", (1, 2): "y @ x", (2, 2): "x @ y.T"}.get((len(x), len(y)))
    return plain or f"einsum('{product_shapes.inner_letters(x, y)}', x, y)"


def array_dot(at: int, a: Shape, b: Shape) -> str:
    if a and b and max(len(a), len(b)) < 3:
        return (matmul_left, matmul_right)[at](a, b)
    return _other(at, product_shapes.dot_letters(a, b), ("A", "B"))


def array_product(a: Shape, b: Shape) -> str:
    plain = a and b and max(len(a), len(b)) < 3
    return "A @ B" if plain else f"einsum('{product_shapes.dot_letters(a, b)}', A, B)"


def _other(at: int, letters: str, names: tuple[str, str]) -> str:
    """Of a product of two operands, all of whose letters the value or both have: the value times the other."""
    inputs, output = product_shapes.split_spec(letters)
    return f"einsum('{output},{inputs[1 - at]}->{inputs[at]}', g, {names[1 - at]})"


def flat_outer(at: int, x: Shape, y: Shape) -> str:
    """As for ``outer``, in the shape of the operand."""
    text = ("g @ {y}", "{x} @ g")[at].format(
        **{name: name if len(shape) == 1 else f"flatten({name})" for name, shape in (("x", x), ("y", y))}
    )
    mine, name = ((x, "x"), (y, "y"))[at]
    return text if len(mine) == 1 else f"reshape({text}, {name}.shape)"


def tensordot(at: int, a: Shape, b: Shape, dims: int) -> str:
    """Summed are the last ``dims`` axes of A with the first of B."""
    rows, inner = ascii_letters[: len(a) - dims], ascii_letters[len(a) - dims : len(a)]
    columns = ascii_letters[len(a) : len(a) + len(b) - dims]
    if at == 0:
        return f"einsum('{rows}{columns},{inner}{columns}->{rows}{inner}', g, B)"
    return f"einsum('{rows}{columns},{rows}{inner}->{inner}{columns}', g, A)"


def kron(at: int, a: Shape, b: Shape) -> str:
    """``C[(i, j), ...] = A[i, ...]*B[j, ...]``: g with an axis for each i and each j, summed over those of the other.

    The shorter shape has axes of size 1 in front.
    """
    rank = max(len(a), len(b))
    if not rank:
        return "g*B" if at == 0 else "g*A"
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    pairs = list(zip(left, right, strict=True))
    i, j = ascii_letters[:rank], ascii_letters[rank : 2 * rank]
    both = "".join(x + y for x, y in zip(i, j, strict=True))
    split = f"reshape(g, {_listed([n for pair in pairs for n in pair])})"
    mine, other, name, sizes, shape = (i, j, "B", right, a) if at == 0 else (j, i, "A", left, b)
    factor = name if len(b if at == 0 else a) == rank else f"reshape({name}, {_listed(sizes)})"
    found = f"einsum('{both},{other}->{mine}', {split}, {factor})"
    return found if len(shape) == rank else f"reshape({found}, {_listed(shape)})" if shape else f"sum({found})"


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))


# -- systems of equations


def of_each(text: str, cotangent: str = "g") -> Callable[[Shape], str]:
    """The rule of a function of a matrix, or of each of a batch: ``{g}`` is the cotangent of its number, ``{T}`` what
    transposes."""

    def rule(a: Shape) -> str:
        return text.format(g=cotangent if len(a) == 2 else f"{cotangent}[..., None, None]", T=shape_rules.turned(a))

    return rule


def solve_left(a: Shape, b: Shape) -> str:
    """``X = inv(A) @ B``: minus the cotangent of B, times X.T, summed over the axes of a batch that A lacks."""
    if len(a) == 2 and len(b) <= 2:
        return "-outer(solve(A.T, g), out)" if len(b) == 1 else "-solve(A.T, g) @ out.T"
    if shape_rules.solves_vectors(a, b):
        return "sum_to(-solve(A.mT, unsqueeze(g, -1)) @ unsqueeze(out, -2), A)"
    return "sum_to(-solve(A.mT, g) @ out.mT, A)"


def solve_right(a: Shape, b: Shape) -> str:
    """The same system with A.T."""
    if len(a) == 2 and len(b) <= 2:
        return "solve(A.T, g)"
    if shape_rules.solves_vectors(a, b):
        return "sum_to(solve(A.mT, unsqueeze(g, -1))[..., 0], b)"
    return "sum_to(solve(A.mT, g), b)"


def adjugate(a: Shape) -> str:
    """From ``A @ adj(A) = det(A)*I``."""
    if len(a) == 2:
        return "(sum(g*out)*out.T - out.T @ g @ out.T)/det(A)"
    return "(sum(g*out, (-2, -1), True)*out.mT - out.mT @ g @ out.mT)/det(A)[..., None, None]"


def triangular_left(a: Shape, b: Shape, upper: bool) -> str:
    """As for ``solve``, in the triangle that is read."""
    part = "triu" if upper else "tril"
    if len(a) == 2 and len(b) <= 2:
        right = triangular_right(a, b, upper)
        return f"-{part}({f'outer({right}, out)' if len(b) == 1 else f'{right} @ out.T'})"
    g, out = ("unsqueeze(g, -1)", "unsqueeze(out, -2)") if len(b) == 1 else ("g", "out.mT")
    return f"-{part}(sum_to(solve_triangular(A.mT, {g}, {not upper}) @ {out}, A))"


def triangular_right(a: Shape, b: Shape, upper: bool) -> str:
    if len(a) == 2 and len(b) <= 2:
        return f"solve_triangular(A.T, g, {not upper})"
    if len(b) == 1:
        return f"sum_to(solve_triangular(A.mT, unsqueeze(g, -1), {not upper})[..., 0], b)"
    return f"sum_to(solve_triangular(A.mT, g, {not upper}), b)"


def pinv(a: Shape) -> str:
    """Of a matrix of full rank (Golub & Pereyra 1973, 4.12): nothing is left beside the inverse of a square one."""
    t = shape_rules.turned(a)
    turned = f"-out{t} @ g @ out{t}"
    if a[-2] > a[-1]:
        return f"{turned} + (g{t} - A @ (out @ g{t})) @ out @ out{t}"
    return f"{turned} + out{t} @ out @ (g{t} - g{t} @ out @ A)" if a[-2] < a[-1] else turned


def lstsq_left(_a: Shape, b: Shape) -> str:
    """``x = pinv(A) @ b`` with z = pinv(A).T @ g and the residual r: ``-z @ x.T + r @ (pinv(A) @ z).T``."""
    start = "P = pinv(A); z = P.T @ g; "
    if len(b) == 1:
        return f"{start}outer(b - A @ out, P @ z) - outer(z, out)"
    return f"{start}(b - A @ out) @ (P @ z).T - z @ out.T"


def sylvester(text: str, name: str) -> Callable[..., str]:
    """``A @ X + X @ B = Q``: X in the text is the cotangent of Q, of the whole batch."""
    start = "X = solve_sylvester(A.mT, B.mT, g)"
    return lambda *shapes: f"{start}; {text if max(map(len, shapes)) == 2 else f'sum_to({text}, {name})'}"


# -- powers, exponentials


def through_blocks(call: str, a: Shape) -> str:
    """The derivative of f at A in the direction E is the upper right block of ``f([[A, E], [0, A]])``, and its
    transpose that of A.T (Higham 3.6): ``call`` is f of the name ``M``."""
    n = a[-1]
    if len(a) == 2:
        return f"M = block(A.T, g, zeros_like(A), A.T, columns=2); {call}[:{n}, {n}:]"
    rows = "concat([concat([A.mT, g], dim=-1), concat([zeros_like(A), A.mT], dim=-1)], dim=-2)"
    return f"M = {rows}; {call}[..., :{n}, {n}:]"


def vander(x: Shape, count: int | None, increasing: bool) -> str:
    """``d x**k = k*x**(k - 1) dx``: the columns but that of ones, by the Vandermonde matrix with one column less."""
    columns = x[0] if count is None else count
    if columns < 2:
        return "zeros_like(x)"
    if increasing:
        return f"sum(g[:, 1:]*vander(x, {columns - 1}, True)*arange(1, {columns}), 1)"
    return f"sum(g[:, :-1]*vander(x, {columns - 1})*arange({columns - 1}, 0, -1), 1)"


def linalg_vander(x: Shape, count: int | None) -> str:
    """As for ``vander``, of each vector; a scalar is one of one entry."""
    columns = shape_rules.line(x)[-1] if count is None else count
    powers = f"*linalg_vander(x, {columns - 1})*arange(1, {columns})" if columns > 2 else ""
    return f"sum(g[..., 1:]{powers}, -1){'' if x else '[0]'}"


# -- statistics of rows


def cov(x: Shape, correction: int) -> str:
    """``C = X @ X.T/(n - correction)`` of rows that are centred: X times the symmetric part of g, twice."""
    part = "2*g*X" if len(x) == 1 or x[0] == 1 else "(g + g.T) @ X"
    return f"X = x - mean(x, -1, True); {part}/{x[-1] - correction}"


def corrcoef(x: Shape) -> str:
    """``C = Z @ Z.T`` of rows that are centred, of length 1: what moves along a row is no change of it."""
    if len(x) == 1 or x[0] == 1:
        return "zeros_like(x)"
    unit = "X = x - mean(x, 1, True); N = norm(X, 2, 1, True); Z = X/N"
    return f"{unit}; H = (g + g.T) @ Z; (H - Z*sum(H*Z, 1, True))/N"


# -- eigenvalues and singular values

# Of a symmetric matrix whose lower triangle is read: entries off the diagonal stand twice.
_CHOLESKY = (
    "E = eye(A.shape[0]); P = tril(out.T @ tril(g))*(1 - E/2); "
    "S = solve_triangular(out.T, solve_triangular(out.T, P, True).T, True); tril(S + S.T) - S*E"
)
_CHOLESKY_OF_EACH = (
    "E = eye(A.shape[-1]); P = tril(out.mT @ tril(g))*(1 - E/2); "
    "S = solve(out.mT, solve(out.mT, P).mT); tril(S + S.mT) - S*E"
)
EIGENVALUES = "V = eigvecsh(A); S = V*unsqueeze(g, -2) @ V.mT; tril(2*S) - S*eye(A.shape[-1])"
EIGENVECTORS = (
    "w = eigvalsh(A); E = eye(A.shape[-1]); F = (1 - E)/(unsqueeze(w, -2) - unsqueeze(w, -1) + E); "
    "S = out @ (F*(out.mT @ g)) @ out.mT; tril(S + S.mT) - S*E"
)
REAL_EIGENVALUES = "V = eigvecs(A); solve(V.mT, unsqueeze(g, -1)*V.mT)"
REAL_EIGENVECTORS = (
    "w = eigvals(A); E = eye(A.shape[-1]); D = out.mT @ g; M = D - (out.mT @ out)*sum(E*D, -2, True); "
    "solve(out.mT, M/(unsqueeze(w, -2) - unsqueeze(w, -1) + E) @ out.mT)"
)
SINGULAR_VALUES = "V = svdvecs(A); A @ V*unsqueeze(g/out, -2) @ V.mT"
CONDITION = (
    "V = svdvecs(A); s = svdvals(A); u = V[..., :1]; v = V[..., -1:]; G = g[..., None, None]/s[..., -1:, None]; "
    "G*(A @ (u @ u.mT/s[..., :1, None] - out[..., None, None]*v @ v.mT/s[..., -1:, None]))"
)


def cholesky(a: Shape) -> str:
    """solve_triangular takes one matrix alone."""
    return _CHOLESKY if len(a) == 2 else _CHOLESKY_OF_EACH


def singular_vectors(a: Shape) -> str:
    """Eigenvectors of A.T @ A; of a wide matrix they leave their span as well, by ``inv(s) @ U.T @ dA`` outside of it
    (Giles 2008, 3.2; Townsend 2016, Differentiating the singular value decomposition)."""
    inside = (
        "s = svdvals(A)**2; E = eye(out.shape[-1]); F = (1 - E)/(unsqueeze(s, -2) - unsqueeze(s, -1) + E); "
        "K = F*(out.mT @ g); A @ out @ (K + K.mT) @ out.mT"
    )
    if a[-2] >= a[-1]:
        return inside
    return f"{inside} + (A @ out/unsqueeze(s, -2)) @ (g.mT - g.mT @ out @ out.mT)"


def matrix_norm(order: Any, name: str, axes: tuple[int, ...] | None = None, keepdim: bool = False) -> str:
    """The norm of each matrix, by its singular values or by sums of magnitudes. Any: a number, inf or 'nuc'.

    axes: where the matrices are; None: in the last two
    """
    moved = "{}" if axes is None else f"movedim({{}}, {axes}, (-2, -1))"
    kept = moved if keepdim else "{}[..., None, None]"
    start = f"X = {moved.format(name)}; G = {kept.format('g')}; "
    if order == "nuc":
        found = "V = svdvecs(X); Y = G*(X @ V/unsqueeze(svdvals(X), -2)) @ V.mT"
    elif abs(order) == 2:
        column = ":1" if order > 0 else "-1:"
        found = f"V = svdvecs(X)[..., {column}]; Y = G*(X @ V/{kept.format('out')}) @ V.mT"
    else:
        summed, other = ("-2", "-1") if abs(order) == 1 else ("-1", "-2")
        best = f"M == {'amax' if order > 0 else 'amin'}(M, {other}, True)"
        found = f"M = sum(abs(X), {summed}, True); L = where({best}, 1, 0); Y = G*sign(X)*L/sum(L, {other}, True)"
    return f"{start}{found}; {'Y' if axes is None else f'movedim(Y, (-2, -1), {axes})'}"
