"""Rows: vectors and matrices."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op, Rule, Slips
from gradcli.operations.rows.reductions import entry_norm, entry_norm_shape, norm_rule
from gradcli.operations.rules import matrices
from gradcli.operations.shape_rules import Shape, ShapeMismatch

PRODUCT = "products"
MATRIX = "matrices"
DISTANCE = "distances"


def _kron_shape(a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    return tuple(n * m for n, m in zip(left, right, strict=True))


def _khatri_rao_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != 2 or len(b) != 2 or a[1] != b[1]:
        raise ShapeMismatch("two matrices with equally many columns", hint="kron takes any two")
    return (a[0] * b[0], a[1])


def _vec_shape(a: Shape) -> Shape:
    if len(a) > 2:
        raise ShapeMismatch("a matrix", hint="flatten takes an array of any rank, row by row")
    return (rule.size(a),)


def _cross_axis(x: Shape, y: Shape, dim: int | None) -> int:
    """The axis of a cross product, counted from the end."""
    if dim is None:
        if 3 not in x:
            raise ShapeMismatch("an axis of size 3")
        dim = x.index(3) - len(x)
    shape = rule.broadcast(x, y)
    return rule.axis_of(shape, dim) - len(shape)


def _cross_along_shape(x: Shape, y: Shape, dim: int | None) -> Shape:
    axis = _cross_axis(x, y, dim)
    if any(len(part) < -axis or part[axis] != 3 for part in (x, y)):
        raise ShapeMismatch(f"vectors of length 3 along dim={axis}")
    return rule.broadcast(x, y)


def _of_one_rank(t: Any, x: Any, y: Any) -> tuple[Any, Any]:  # Any: torch, tensors
    """Both with as many axes as torch's cross product asks for; it broadcasts their sizes itself."""
    if x.ndim == y.ndim:
        return x, y
    both = t.broadcast_tensors(x, y)
    return both[0], both[1]


def _cross_along(s: Any, x: Any, y: Any, dim: int | None) -> Any:  # Any: arrays of the arithmetic at hand
    axis = _cross_axis(x.shape, y.shape, dim)
    last = [s.np.moveaxis(part, axis, -1) for part in s.np.broadcast_arrays(x, y)]
    return s.np.moveaxis(s.cross(*last), -1, axis)


def _vecdot_shape(x: Shape, y: Shape, dim: int) -> Shape:
    if not x or not y:
        raise ShapeMismatch("two arrays with an axis", hint="scalars multiply with *")
    if x[rule.axis_of(x, dim)] != y[rule.axis_of(y, dim)]:
        raise ShapeMismatch(f"equal sizes along dim={dim}")
    return rule.reduce(rule.broadcast(x, y), dim)


def _vecdot_rule(other: str, operand: str, x: Shape, y: Shape, dim: int) -> str:
    """An axis that is counted from the front may be no axis of the shorter array: then g is repeated along it."""
    g = "unsqueeze(g, dim)" if dim < 0 or len(x) == len(y) else "spread(g, x*y, dim)"
    return f"sum_to({g}*{other}, {operand})"


def _einsum(s: Any, *arguments: Any) -> Any:  # Any: arrays of the arithmetic at hand, and last the subscripts
    *operands, spec = arguments
    return s.einsum(rule.einsum_letters(spec, *(x.shape for x in operands)), operands)


def _array_dot_torch(t: Any, a: Any, b: Any) -> Any:  # Any: torch tensors
    if not a.ndim or not b.ndim:
        return a * b
    return a @ b if max(a.ndim, b.ndim) < 3 else t.tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def _array_dot(s: Any, a: Any, b: Any) -> Any:  # Any: arrays of the arithmetic at hand
    if a.ndim and b.ndim and max(a.ndim, b.ndim) < 3:
        return s.matmul(a, b)
    return s.einsum(rule.dot_letters(a.shape, b.shape), [a, b])


def _flat_dot_shape(x: Shape, y: Shape) -> Shape:
    if rule.size(x) != rule.size(y):
        raise ShapeMismatch("equally many entries")
    return ()


def _tensordot_shape(a: Shape, b: Shape, dims: int) -> Shape:
    if not 0 <= dims <= min(len(a), len(b)) or a[len(a) - dims :] != b[:dims]:
        raise ShapeMismatch(f"the last {dims} axes of the one to be the first {dims} of the other")
    return a[: len(a) - dims] + b[dims:]


def _tensordot(s: Any, a: Any, b: Any, dims: int) -> Any:  # Any: arrays of the arithmetic at hand
    rows, inner = rule.size(a.shape[: a.ndim - dims]), rule.size(b.shape[:dims])
    product = s.matmul(a.reshape(rows, inner), b.reshape(inner, rule.size(b.shape[dims:])))
    return s.np.reshape(product, _tensordot_shape(a.shape, b.shape, dims))


def _chain_shape(*shapes: Shape) -> Shape:
    if len(shapes) < 2:
        raise ShapeMismatch("at least two matrices")
    if any(len(shape) != 2 for shape in shapes[1:-1]) or not {len(shapes[0]), len(shapes[-1])} <= {1, 2}:
        raise ShapeMismatch("matrices; the first and the last may be vectors")
    out = shapes[0]
    for shape in shapes[1:]:
        out = rule.matmul(out, shape)
    return out


def _chain(s: Any, *matrices: Any) -> Any:  # Any: as above
    out = matrices[0]
    for matrix in matrices[1:]:
        out = s.matmul(out, matrix)
    return out


def _chain_cost(*shapes: Shape) -> int:
    pairs = pairwise(shape if len(shape) > 1 else (1, *shape) for shape in shapes)
    return sum(rule.size(a) * max(b[-1], 1) for a, b in pairs)


def _adjugate_torch(t: Any, a: Any) -> Any:  # Any: torch tensors
    """Faddeev and LeVerrier's recurrence: a polynomial, so that its slope is right where A is singular."""
    n = a.shape[-1]
    eye = t.eye(n, dtype=a.dtype, device=a.device)
    out = eye + 0 * a
    for k in range(1, n):
        product = a @ out
        traces = t.trace(product) if a.ndim == 2 else t.sum(product * eye, (-2, -1), True)
        out = product - eye * (traces / k)
    return out if n % 2 else -out


def _solution(s: Any, a: Any, b: Any) -> Any:  # Any: arrays of the arithmetic at hand
    inverse = s.matrices(s.inv, a)
    if b.ndim > 1 and rule.solves_vectors(a.shape, b.shape):
        return s.matmul(inverse, s.np.expand_dims(b, -1))[..., 0]
    return s.matmul(inverse, b)


def _triangular_shape(a: Shape, b: Shape, _upper: bool) -> Shape:
    if len(a) != 2 or len(b) > 2:
        raise ShapeMismatch("A (n, n) and b with n rows")
    return rule.solve(a, b)


def _triangular_torch(t: Any, a: Any, b: Any, upper: bool) -> Any:  # Any: torch tensors
    if b.ndim == 1:
        return t.linalg.solve_triangular(a, b.unsqueeze(-1), upper=upper).squeeze(-1)
    return t.linalg.solve_triangular(a, b, upper=upper)


def _plus_product_shape(m: Shape, a: Shape, b: Shape, *_: Any) -> Shape:  # Any: beta and alpha
    if len(a) < 2:
        raise ShapeMismatch("a matrix for A")
    product = rule.matmul(a, b)
    if rule.broadcast(m, product) != product:
        raise ShapeMismatch(f"a first argument that broadcasts to the product's shape {product}")
    return product


def _sign_and_log(s: Any, a: Any) -> Any:  # Any: as above
    found = s.array(s.matrices(s.det, a))
    return s.np.stack([s.map(s.sign, found), s.map(lambda d: s.log(s.Abs(d)), found)])


def _vander_shape(x: Shape, count: int | None, _increasing: bool) -> Shape:
    if len(x) != 1:
        raise ShapeMismatch("one vector")
    return rule.sizes((x[0], x[0] if count is None else count))


def _vander_torch(t: Any, x: Any, count: int | None, increasing: bool) -> Any:  # Any: torch tensors
    """torch.vander itself cannot be differentiated: it fills its result in place."""
    count = x.shape[-1] if count is None else count
    powers = range(count) if increasing else range(count - 1, -1, -1)
    return t.stack([x**k for k in powers], -1) if count else t.zeros((x.shape[0], 0))


def _vander(s: Any, x: Any, count: int | None, increasing: bool) -> Any:  # Any: as above
    out = s.full((*x.shape, x.shape[-1] if count is None else count), 1)
    for k in range(1, out.shape[-1]):
        out[..., k] = out[..., k - 1] * x
    return out if increasing else out[..., ::-1]


def _linalg_vander_shape(x: Shape, count: int | None) -> Shape:
    columns = rule.line(x)[-1] if count is None else count
    if columns < 2:
        raise ShapeMismatch(f"N from 2, not {columns}")
    return (*rule.line(x), columns)


# -- distances


def _distance_rules(difference: str, dim: int | None, keepdim: str, *put: str) -> tuple[Rule, ...]:
    """Of the norm of a difference along an axis: one for each operand, with what becomes of the cotangent of it."""

    def of(words: str, x: Shape, y: Shape, p: Any, *_: Any) -> str:  # Any: constants
        taken = rule.broadcast(x, y) if dim is None else rule.broadcast(x[dim:], y[dim:])
        *before, last = norm_rule(taken, p, dim, "D", f"{dim}", keepdim).split("; ")
        return "; ".join((f"D = {difference}", *before, words.format(last)))

    return tuple(partial(of, words) for words in put)


def _cdist_shape(x: Shape, y: Shape, p: Any) -> Shape:  # Any: a number or inf
    if len(x) != 2 or len(y) != 2 or x[1] != y[1]:
        raise ShapeMismatch("two matrices whose rows are points of one dimension, (n, d) and (m, d)")
    if p < 0:
        raise ShapeMismatch(f"p >= 0 or inf, not p={p}", hint="pairwise_distance and dist take any p")
    return entry_norm_shape((x[0], y[0], x[1]), p, -1, False)


def pairwise_shape(x: Shape, y: Shape, p: Any, _eps: Any, keepdim: bool) -> Shape:  # Any: numbers
    shape = rule.broadcast(x, y)
    if not shape:
        raise ShapeMismatch("vectors", hint="abs({0} - {1}) is the distance of scalars")
    return entry_norm_shape(shape, p, -1, keepdim)


def _dist_shape(x: Shape, y: Shape, p: Any) -> Shape:  # Any: a number or inf
    return entry_norm_shape(rule.broadcast(x, y), p, None, False)


# -- statistics of rows


def _cov_shape(x: Shape, correction: int) -> Shape:
    if len(x) not in (1, 2) or (x[-1] <= correction):
        raise ShapeMismatch(
            f"a matrix with a variable in each row and more than {correction} observations",
            hint="correction=0 divides by n",
        )
    return () if len(x) == 1 or x[0] == 1 else (x[0], x[0])


def _cov(s: Any, x: Any, correction: int) -> Any:  # Any: arrays of the arithmetic at hand
    centred = x - s.sum(x, -1, True) / x.shape[-1]
    product = s.matmul(centred, centred.T)
    return s.np.squeeze(s.map(lambda v: s.div(v, x.shape[-1] - correction), product))


def _corrcoef(s: Any, x: Any) -> Any:  # Any: as above
    if x.ndim == 1 or len(x) == 1:
        return s.map(s.div, _cov(s, x, 0), _cov(s, x, 0))
    covariance = _cov(s, x, 0)
    spread = s.map(s.sqrt, s.np.diagonal(covariance))
    return s.map(lambda c, a, b: s.div(c, a * b), covariance, spread[:, None], spread)


ROWS = (
    Op("matmul", "A, B", PRODUCT, "Matrix product; the operator @.", "sum(A@B) A=[[1,2],[3,4]] B=[[1,0],[2,1]]",
       shape=rule.matmul, cost=rule.matmul_cost, torch=lambda t, a, b: a @ b, sympy=lambda s, a, b: s.matmul(a, b),
       rule=(matrices.matmul_left, matrices.matmul_right), linear="each",
       aliases=("mm", "mv", "bmm"),
       infix="@",
       slips=Slips(siblings=("mul",), products=("mul: the product is entry by entry, not a matrix product",
                                                "outer: the outer product is due"), ordered=True, transposable=True)),
    Op("dot", "x, y", PRODUCT, "Inner product of two vectors.", "dot(x, y) x=1,2 y=3,4",
       shape=rule.dot, sympy=lambda s, x, y: s.matmul(x, y), rule=("g*y", "g*x"), linear="each",
       aliases=("vdot",), slips=Slips(products=("outer: the outer product is due, not the inner one",))),
    Op("inner", "x, y", PRODUCT,
       "Sums of products over the last axis of both, for all pairs of the others; of two vectors their inner product; "
       "a scalar multiplies.", "sum(inner(X, y)**2) X=[[1,2],[3,4]] y=0,1",
       shape=rule.inner, cost=lambda x, y: max(rule.size(rule.inner(x, y)), 1) * (y[-1] if x and y else 1),
       sympy=lambda s, x, y: s.einsum(rule.inner_letters(x.shape, y.shape), [x, y]), linear="each",
       rule=(partial(matrices.inner, 0), partial(matrices.inner, 1)), product=matrices.inner_product),
    Op("array_dot", "A, B", PRODUCT,
       "numpy.dot: of vectors and matrices A @ B; sums over the last axis of A and the one before the last of B for "
       "all pairs of the others; a scalar multiplies.", "sum(np.dot(A, b)**2) A=[[1,2],[3,4]] b=0,1",
       shape=rule.array_dot, cost=lambda a, b: max(rule.size(rule.array_dot(a, b)), 1) * (a[-1] if a and b else 1),
       torch=_array_dot_torch, sympy=_array_dot, linear="each",
       rule=(partial(matrices.array_dot, 0), partial(matrices.array_dot, 1)), product=matrices.array_product,
       aliases=("np.dot",)),
    Op("flat_dot", "x, y", PRODUCT, "numpy.vdot: the inner product of all entries of both, whatever their shapes.",
       "np.vdot(X, y) X=[[1,2],[3,4]] y=1,0,2,5",
       shape=_flat_dot_shape, torch=lambda t, x, y: t.dot(x.reshape(-1), y.reshape(-1)),
       sympy=lambda s, x, y: s.sum(s.np.reshape(x, (-1,)) * s.np.reshape(y, (-1,))), linear="each",
       rule=(lambda x, y: "g*y" if x == y else "g*reshape(y, x.shape)",
             lambda x, y: "g*x" if x == y else "g*reshape(x, y.shape)"), aliases=("np.vdot",)),
    Op("outer", "x, y", PRODUCT, "All products of two vectors: x[i]*y[j].", "sum(outer(x, y)**2) x=1,2 y=3,4",
       shape=rule.outer, sympy=lambda s, x, y: x[:, None] * y[None, :], rule=("g @ y", "x @ g"), linear="each",
       aliases=("ger",), slips=Slips(products=("dot: the inner product is due, not the outer one",), ordered=True)),
    Op("flat_outer", "x, y", PRODUCT, "numpy.outer: the outer product of all entries of both, row by row.",
       "sum(np.outer(X, y)**2) X=[[1,2],[3,4]] y=1,3",
       shape=lambda x, y: (rule.size(x), rule.size(y)), torch=lambda t, x, y: t.outer(x.reshape(-1), y.reshape(-1)),
       sympy=lambda s, x, y: s.np.reshape(x, (-1, 1)) * s.np.reshape(y, (1, -1)), linear="each",
       rule=(partial(matrices.flat_outer, 0), partial(matrices.flat_outer, 1)),
       product=lambda x, y: "outer(x, y)" if len(x) == len(y) == 1 else "", aliases=("np.outer",)),
    Op("cross", "x, y", PRODUCT, "Cross product of vectors of length 3.", "cross(x, y)[2] x=1,2,3 y=4,5,7",
       shape=rule.cross,
       torch=lambda t, x, y: t.linalg.cross(*_of_one_rank(t, x, y)),
       sympy=lambda s, x, y: s.cross(x, y), rule=("sum_to(cross(y, g), x)", "sum_to(cross(g, x), y)")),
    Op("cross_along", "x, y; dim:axis=None", PRODUCT,
       "Cross product along an axis of size 3; without dim the first such axis of x, as torch.cross has it.",
       "cross_along(x, y)[2] x=1,2,3 y=4,5,7",
       shape=_cross_along_shape,
       torch=lambda t, x, y, dim: t.linalg.cross(*_of_one_rank(t, x, y), dim=_cross_axis(x.shape, y.shape, dim)),
       sympy=_cross_along,
       rule=(lambda x, y, dim: f"sum_to(cross_along(y, g, {_cross_axis(x, y, dim)}), x)",
             lambda x, y, dim: f"sum_to(cross_along(g, x, {_cross_axis(x, y, dim)}), y)"),
       aliases=("torch.cross", ".cross", "torch.linalg.cross(dim=-1)", "np.linalg.cross(dim=-1)")),
    Op("einsum", "; spec:text, *operands:tensor", PRODUCT,
       "Sum of products by subscripts, such as 'ij,jk->ik'; ... stands for all other axes, which broadcast.",
       "einsum('i,ij,j->', x, A, x) x=1,2 A=[[1,2],[3,4]]",
       shape=lambda *a: rule.einsum(a[-1], *a[:-1]), cost=lambda *a: rule.einsum_cost(a[-1], *a[:-1]),
       torch=lambda t, *a: t.einsum(a[-1], *a[:-1]), sympy=_einsum, linear="each", rule=(matrices.einsum,)),
    Op("kron", "A, B", PRODUCT, "Kronecker product: every entry of A times B.",
       "sum(kron(A, B)**2) A=[[1,2],[3,4]] B=[[0,1]]",
       shape=_kron_shape, cost=lambda a, b: max(rule.size(a) * rule.size(b), 1),
       torch=lambda t, a, b: t.kron(a.contiguous(), b.contiguous()), sympy=lambda s, a, b: s.np.kron(a, b),
       rule=(partial(matrices.kron, 0), partial(matrices.kron, 1)), linear="each", slips=Slips(ordered=True)),
    Op("khatri_rao", "A, B", PRODUCT, "Column by column the Kronecker product: kron(A[:, k], B[:, k]).",
       "sum(khatri_rao(A, B)**2) A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_khatri_rao_shape, cost=lambda a, b: max(rule.size(a) * b[0], 1),
       torch=lambda t, a, b: (a.unsqueeze(1) * b.unsqueeze(0)).reshape(_khatri_rao_shape(a.shape, b.shape)),
       sympy=lambda s, a, b: s.np.reshape(a[:, None] * b[None], _khatri_rao_shape(a.shape, b.shape)),
       rule=("einsum('ijk,jk->ik', reshape(g, A.shape[0], B.shape[0], A.shape[1]), B)",
             "einsum('ijk,ik->jk', reshape(g, A.shape[0], B.shape[0], A.shape[1]), A)")),
    Op("vecdot", "x, y; dim:axis=-1", PRODUCT, "Inner products along an axis: sum(x*y, dim).",
       "sum(vecdot(X, Y)**2) X=[[1,2],[3,4]] Y=[[0,1],[2,1]]",
       shape=_vecdot_shape, torch=lambda t, x, y, dim: t.linalg.vecdot(x, y, dim=dim),
       sympy=lambda s, x, y, dim: s.sum(x * y, dim),
       rule=(partial(_vecdot_rule, "y", "x"), partial(_vecdot_rule, "x", "y"))),
    Op("tensordot", "A, B; dims:integer=2", PRODUCT, "Sum of products over the last dims axes of A and the first of B.",
       "sum(tensordot(A, B, 1)**2) A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_tensordot_shape, cost=lambda a, b, dims: max(rule.size(a) * rule.size(b[dims:]), 1), sympy=_tensordot,
       rule=(partial(matrices.tensordot, 0), partial(matrices.tensordot, 1)), linear="each",
       note="dims is a number of axes, as in torch; lists of axes are written with einsum."),
    Op("multi_dot", "*matrices", PRODUCT, "Product of several matrices; the first and the last may be vectors.",
       "sum(multi_dot([A, B, x])) A=[[1,2],[3,4]] B=[[0,1],[2,1]] x=1,2",
       shape=_chain_shape, cost=_chain_cost, torch=lambda t, *a: t.linalg.multi_dot(list(a)), sympy=_chain,
       rule=(matrices.chain,), unpacks=True, aliases=("chain_matmul",)),
    Op("addmm", "M, A, B; beta:number=1, alpha:number=1", PRODUCT, "beta*M + alpha*(A @ B).",
       "sum(addmm(M, A, B)**2) M=1,2 A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_plus_product_shape, cost=lambda m, a, b, *_: rule.matmul_cost(a, b),
       torch=lambda t, m, a, b, beta, alpha: beta * m + alpha * (a @ b),
       sympy=lambda s, m, a, b, beta, alpha: beta * m + alpha * s.matmul(a, b),
       rule=("sum_to(beta*g, M)", lambda _, a, b, *c: matrices.matmul_left(a, b, "alpha*g"),
             lambda _, a, b, *c: matrices.matmul_right(a, b, "alpha*g")), aliases=("addmv", "baddbmm")),
    Op("trace", "A", MATRIX, "Sum of the diagonal.", "trace(A@A) A=[[1,2],[3,4]]",
       shape=rule.trace, sympy=lambda s, a: s.trace(a),
       rule=("g*eye(A.shape[0], A.shape[1])",), linear="jointly", aliases=("tr",),
       slips=Slips(siblings=("det", "logdet"))),
    Op("det", "A", MATRIX, "Determinant.", "det(A) A=[[2,1],[1,3]]",
       shape=rule.of_square, cost=rule.cubic_cost, torch="linalg.det", sympy=lambda s, a: s.matrices(s.det, a),
       rule=(matrices.of_each("{g}*adjugate(A){T}"),),
       astray=lambda s, a: s.any_of(*(s.eq(d, 0) for d in s.array(s.matrices(s.det, a)).ravel())), factorises=True,
       note="Smooth everywhere, but torch's slope is inv(A).T times det(A), which fails where A is singular.",
       slips=Slips(siblings=("trace", "logdet"))),
    Op("logdet", "A", MATRIX, "Logarithm of the determinant, which must be positive.", "logdet(A) A=[[2,1],[1,3]]",
       shape=rule.of_square, cost=rule.cubic_cost,
       sympy=lambda s, a: s.map(s.log, s.matrices(s.det, a)),
       rule=(matrices.of_each("{g}*inv(A){T}"),), factorises=True, slips=Slips(siblings=("det", "trace"))),
    Op("slogdet", "A", MATRIX, "[sign, log(abs(det(A)))]; index it: slogdet(A)[1].", "slogdet(A)[1] A=[[0,1],[1,0]]",
       shape=lambda a: (2, *rule.of_square(a)), cost=rule.cubic_cost,
       torch=lambda t, a: t.stack([t.linalg.slogdet(a)[0], t.linalg.slogdet(a)[1]]),
       sympy=_sign_and_log, kinked=True,
       rule=(matrices.of_each("{g}*inv(A){T}", "g[1]"),), factorises=True),
    Op("adjugate", "A", MATRIX, "Transposed matrix of cofactors: det(A)*inv(A), and its limit where A is singular.",
       "sum(adjugate(A)**2) A=[[1,2],[2,4]]",
       shape=rule.square_matrix, cost=lambda a: a[-1] * rule.cubic_cost(a),
       torch=_adjugate_torch, sympy=lambda s, a: s.matrices(s.adjugate, a),
       rule=(matrices.adjugate,), saturates=True, factorises=True,
       note="The rule is written for a regular A."),
    Op("inv", "A", MATRIX, "Inverse.", "sum(inv(A)) A=[[2,1],[1,3]]",
       shape=rule.square_matrix, cost=rule.cubic_cost, torch="linalg.inv",
       sympy=lambda s, a: s.matrices(s.inv, a), rule=(matrices.of_each("-out{T} @ g @ out{T}"),), factorises=True,
       aliases=("inverse",),
       slips=Slips(transposable=True, symmetrised=True, entrywise="1/x")),
    Op("solve", "A, b", MATRIX, "x with A @ x = b, for one matrix or for each of a batch.",
       "sum(solve(A, b)) A=[[2,1],[1,3]] b=1,2",
       shape=rule.solve, cost=rule.cubic_cost, torch="linalg.solve", sympy=_solution,
       rule=(matrices.solve_left, matrices.solve_right),
       product=lambda a, b: "inv(A) @ b" if len(a) == 2 else "", factorises=True),
    Op("pinv", "A", MATRIX, "Moore-Penrose inverse of a matrix of full rank.", "sum(pinv(A)) A=[[1,2],[3,4],[5,7]]",
       shape=rule.pinv, cost=rule.cubic_cost, torch=lambda t, a, rtol=None: t.linalg.pinv(a, rtol=rtol),
       sympy=lambda s, a: s.matrices(s.pinv, a), rule=(matrices.pinv,), factorises=True, truncates=True,
       aliases=("pinverse",),
       slips=Slips(transposable=True)),
    Op("cholesky", "A", MATRIX,
       "Lower triangular L with L @ L.T = A, for symmetric positive definite A; the lower triangle is read.",
       "sum(cholesky(A)) A=[[4,1],[1,3]]",
       shape=rule.square_matrix, cost=rule.cubic_cost,
       torch=lambda t, a: t.linalg.cholesky(t.tril(a) + t.tril(a, -1).mT), sympy=lambda s, a: s.matrices(s.cholesky, a),
       rule=(matrices.cholesky,), saturates=True, factorises=True,
       note="The slope is that of the lower triangle; torch.linalg.cholesky itself spreads it evenly over A and A.T."),
    Op("solve_triangular", "A, b; upper:flag", MATRIX,
       "x with A @ x = b for a triangular A; only the triangle that upper= names is read.",
       "sum(solve_triangular(A, b, False)) A=[[2,0],[1,3]] b=1,2",
       shape=_triangular_shape, cost=rule.cubic_cost, torch=_triangular_torch,
       sympy=lambda s, a, b, upper: s.solve_triangular(a, b, upper),
       rule=(matrices.triangular_left, matrices.triangular_right),
       product=lambda a, b, upper: f"inv({'triu' if upper else 'tril'}(A)) @ b", factorises=True),
    Op("vec", "A", MATRIX, "The columns of a matrix, one below the other; flatten goes row by row.",
       "dot(vec(A), [1, 2, 3, 4]) A=[[1,2],[3,4]]",
       shape=_vec_shape, torch=lambda t, a: a.mT.reshape(-1) if a.ndim == 2 else a.reshape(-1),
       sympy=lambda s, a: s.np.reshape(a.T, (-1,)),
       rule=(lambda a: ("g[0]", "g", "reshape(g, A.shape[1], A.shape[0]).T")[len(a)],)),
    Op("vander", "x; N:integer=None, increasing:flag=False", MATRIX,
       "Vandermonde matrix: the powers of x, N columns, the highest power first.", "det(vander(x)) x=1,2,4",
       shape=_vander_shape, torch=_vander_torch, sympy=_vander, rule=(matrices.vander,),
       note="torch.linalg.vander puts the lowest power first: see linalg_vander."),
    Op("linalg_vander", "x; N:integer=None", MATRIX,
       "torch.linalg.vander: the Vandermonde matrix of each vector along the last axis, the lowest power first.",
       "det(torch.linalg.vander(x)) x=1,2,4",
       shape=_linalg_vander_shape,
       torch=lambda t, x, count: _vander_torch(t, x if x.ndim else x.reshape(1), count, True),
       sympy=lambda s, x, count: _vander(s, s.np.reshape(x, rule.line(x.shape)), count, True),
       rule=(matrices.linalg_vander,), aliases=("torch.linalg.vander",)),
    Op("cdist", "x, y; p:number=2", DISTANCE, "Distance of each row of x to each row of y.",
       "sum(cdist(x, y)) x=[[1,2],[3,4]] y=[[0,0]]",
       shape=_cdist_shape, cost=lambda x, y, p: max(rule.size(x) * y[0], 1),
       torch=lambda t, x, y, p: t.linalg.vector_norm(x.unsqueeze(1) - y, p, -1),
       sympy=lambda s, x, y, p: entry_norm(s, x[:, None] - y, p, -1, False),
       rule=_distance_rules("x[:, None] - y", -1, "False", "sum({}, 1)", "-sum({}, 0)"), kinked=True),
    Op("pairwise_distance", "x1, x2; p:number=2, eps:number=0.000001, keepdim:flag=False", DISTANCE,
       "Distance along the last axis: norm(x1 - x2 + eps, p).", "pairwise_distance(x, y) x=1,2 y=0,4",
       shape=pairwise_shape, torch=lambda t, x, y, p, eps, keepdim: t.linalg.vector_norm(x - y + eps, p, -1, keepdim),
       sympy=lambda s, x, y, p, eps, keepdim: entry_norm(s, x - y + eps, p, -1, keepdim),
       rule=_distance_rules("x1 - x2 + eps", -1, "keepdim", "sum_to({}, x1)", "-sum_to({}, x2)"), kinked=True),
    Op("dist", "x, y; p:number=2", DISTANCE, "norm(x - y, p).", "dist(x, y) x=1,2 y=0,4",
       shape=_dist_shape, torch=lambda t, x, y, p: t.linalg.vector_norm(x - y, p),
       sympy=lambda s, x, y, p: entry_norm(s, s.array(x - y), p, None, False),
       rule=_distance_rules("x - y", None, "False", "sum_to({}, x)", "-sum_to({}, y)"), kinked=True),
    Op("cov", "x; correction:integer=1", MATRIX,
       "Covariances of the rows: each row a variable, each column an observation; divisor n - correction.",
       "sum(cov(X)) X=[[1,2,4],[0,3,1]]",
       shape=_cov_shape, cost=lambda x, _: rule.size(x) * x[0],
       torch=lambda t, x, correction: t.cov(x, correction=correction).reshape(_cov_shape(x.shape, correction)),
       sympy=_cov, rule=(matrices.cov,), saturates=True),
    Op("corrcoef", "x", MATRIX,
       "Correlation coefficients of the rows: each row a variable, each column an observation.",
       "corrcoef(X)[0, 1] X=[[1,2,4],[0,3,1]]",
       shape=lambda x: _cov_shape(x, 1), cost=lambda x: rule.size(x) * x[0],
       torch=lambda t, x: t.corrcoef(x).reshape(_cov_shape(x.shape, 1)), sympy=_corrcoef,
       rule=(matrices.corrcoef,), saturates=True),
)  # fmt: skip
