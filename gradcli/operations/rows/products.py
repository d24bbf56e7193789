"""Rows: products of vectors, matrices and arrays."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any

from gradcli.operations import product_shapes as rule
from gradcli.operations import row_axes, shape_rules, summands
from gradcli.operations.row import Op, Slips
from gradcli.operations.rules import matrices
from gradcli.operations.shape_rules import Shape, ShapeMismatch, size

PRODUCT = "products"


def _kron_shape(a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    left, right = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    return tuple(n * m for n, m in zip(left, right, strict=True))


def _khatri_rao_shape(a: Shape, b: Shape) -> Shape:
    if len(a) != 2 or len(b) != 2 or a[1] != b[1]:
        raise ShapeMismatch("two matrices with equally many columns", hint="kron takes any two")
    return (a[0] * b[0], a[1])


def _cross_axis(x: Shape, y: Shape, dim: int | None) -> int:
    """The axis of a cross product, counted from the end."""
    if dim is None:
        if 3 not in x:
            raise ShapeMismatch("an axis of size 3")
        dim = x.index(3) - len(x)
    shape = shape_rules.broadcast(x, y)
    return shape_rules.axis_of(shape, dim) - len(shape)


def _cross_along_shape(x: Shape, y: Shape, dim: int | None) -> Shape:
    axis = _cross_axis(x, y, dim)
    if any(len(part) < -axis or part[axis] != 3 for part in (x, y)):
        raise ShapeMismatch(f"vectors of length 3 along dim={axis}")
    return shape_rules.broadcast(x, y)


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
    if x[shape_rules.axis_of(x, dim)] != y[shape_rules.axis_of(y, dim)]:
        raise ShapeMismatch(f"equal sizes along dim={dim}")
    return shape_rules.reduce(shape_rules.broadcast(x, y), dim)


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
    if size(x) != size(y):
        raise ShapeMismatch("equally many entries")
    return ()


def _tensordot_shape(a: Shape, b: Shape, dims: int) -> Shape:
    if not 0 <= dims <= min(len(a), len(b)) or a[len(a) - dims :] != b[:dims]:
        raise ShapeMismatch(f"the last {dims} axes of the one to be the first {dims} of the other")
    return a[: len(a) - dims] + b[dims:]


def _tensordot(s: Any, a: Any, b: Any, dims: int) -> Any:  # Any: arrays of the arithmetic at hand
    rows, inner = size(a.shape[: a.ndim - dims]), size(b.shape[:dims])
    product = s.matmul(a.reshape(rows, inner), b.reshape(inner, size(b.shape[dims:])))
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
    return sum(size(a) * max(b[-1], 1) for a, b in pairs)


def _plus_product_shape(m: Shape, a: Shape, b: Shape, *_: Any) -> Shape:  # Any: beta and alpha
    if len(a) < 2:
        raise ShapeMismatch("a matrix for A")
    product = rule.matmul(a, b)
    if shape_rules.broadcast(m, product) != product:
        raise ShapeMismatch(f"a first argument that broadcasts to the product's shape {product}")
    return product


ROWS = (
    Op("matmul", "A, B", PRODUCT, "Matrix product; the operator @.", "sum(A@B) A=[[1,2],[3,4]] B=[[1,0],[2,1]]",
       terms=rule.matmul_terms,
       shape=rule.matmul, cost=rule.matmul_cost, torch=lambda t, a, b: a @ b, sympy=lambda s, a, b: s.matmul(a, b),
       rule=(matrices.matmul_left, matrices.matmul_right), linear="each",
       rows=row_axes.matmul, aliases=("mm", "mv", "bmm"),
       infix="@",
       slips=Slips(siblings=("mul",), products=("mul: the product is entry by entry, not a matrix product",
                                                "outer: the outer product is due"), ordered=True, transposable=True)),
    Op("dot", "x, y", PRODUCT, "Inner product of two vectors.", "dot(x, y) x=1,2 y=3,4",
       terms=lambda *_: "i,i->",
       shape=rule.dot, sympy=lambda s, x, y: s.matmul(x, y), rule=("g*y", "g*x"), linear="each",
       rows=row_axes.dot, aliases=("vdot",),
       slips=Slips(products=("outer: the outer product is due, not the inner one",))),
    Op("inner", "x, y", PRODUCT,
       "Sums of products over the last axis of both, for all pairs of the others; of two vectors their inner product; "
       "a scalar multiplies.", "sum(inner(X, y)**2) X=[[1,2],[3,4]] y=0,1",
       terms=rule.inner_letters,
       shape=rule.inner, cost=lambda x, y: max(size(rule.inner(x, y)), 1) * (y[-1] if x and y else 1),
       sympy=lambda s, x, y: s.einsum(rule.inner_letters(x.shape, y.shape), [x, y]), linear="each",
       rule=(partial(matrices.inner, 0), partial(matrices.inner, 1)), product=matrices.inner_product,
       same=lambda x, y: {(1, 1): "dot", (2, 1): "matmul"}.get((len(x), len(y)), "" if x and y else "mul")),
    Op("array_dot", "A, B", PRODUCT,
       "numpy.dot: of vectors and matrices A @ B; sums over the last axis of A and the one before the last of B for "
       "all pairs of the others; a scalar multiplies.", "sum(np.dot(A, b)**2) A=[[1,2],[3,4]] b=0,1",
       terms=rule.dot_letters,
       shape=rule.array_dot, cost=lambda a, b: max(size(rule.array_dot(a, b)), 1) * (a[-1] if a and b else 1),
       torch=_array_dot_torch, sympy=_array_dot, linear="each",
       rule=(partial(matrices.array_dot, 0), partial(matrices.array_dot, 1)), product=matrices.array_product,
       same=lambda a, b: "mul" if not a or not b else "matmul" if max(len(a), len(b)) < 3 else "",
       aliases=("np.dot",)),
    Op("flat_dot", "x, y", PRODUCT, "numpy.vdot: the inner product of all entries of both, whatever their shapes.",
       "np.vdot(X, y) X=[[1,2],[3,4]] y=1,0,2,5",
       shape=_flat_dot_shape, torch=lambda t, x, y: t.dot(x.reshape(-1), y.reshape(-1)),
       sympy=lambda s, x, y: s.sum(s.np.reshape(x, (-1,)) * s.np.reshape(y, (-1,))), linear="each",
       rule=(lambda x, y: "g*y" if x == y else "g*reshape(y, x.shape)",
             lambda x, y: "g*x" if x == y else "g*reshape(x, y.shape)"),
       same=lambda x, y: "dot" if len(x) == len(y) == 1 else "",
       aliases=("np.vdot",)),
    Op("outer", "x, y", PRODUCT, "All products of two vectors: x[i]*y[j].", "sum(outer(x, y)**2) x=1,2 y=3,4",
       terms=lambda *_: "i,j->ij",
       shape=rule.outer, sympy=lambda s, x, y: x[:, None] * y[None, :], rule=("g @ y", "x @ g"), linear="each",
       aliases=("ger",), slips=Slips(products=("dot: the inner product is due, not the outer one",), ordered=True)),
    Op("flat_outer", "x, y", PRODUCT, "numpy.outer: the outer product of all entries of both, row by row.",
       "sum(np.outer(X, y)**2) X=[[1,2],[3,4]] y=1,3",
       shape=lambda x, y: (size(x), size(y)),
       torch=lambda t, x, y: t.outer(x.reshape(-1), y.reshape(-1)),
       sympy=lambda s, x, y: s.np.reshape(x, (-1, 1)) * s.np.reshape(y, (1, -1)), linear="each",
       rule=(partial(matrices.flat_outer, 0), partial(matrices.flat_outer, 1)),
       product=lambda x, y: "outer(x, y)" if len(x) == len(y) == 1 else "",
       same=lambda x, y: "outer" if len(x) == len(y) == 1 else "", aliases=("np.outer",)),
    Op("cross", "x, y", PRODUCT, "Cross product of vectors of length 3.", "cross(x, y)[2] x=1,2,3 y=4,5,7",
       shape=rule.cross,
       torch=lambda t, x, y: t.linalg.cross(*_of_one_rank(t, x, y)),
       sympy=lambda s, x, y: s.cross(x, y), rule=("sum_to(cross(y, g), x)", "sum_to(cross(g, x), y)"), linear="each"),
    Op("cross_along", "x, y; dim:axis=None", PRODUCT,
       "Cross product along an axis of size 3; without dim the first such axis of x, as torch.cross has it.",
       "cross_along(x, y)[2] x=1,2,3 y=4,5,7",
       shape=_cross_along_shape,
       torch=lambda t, x, y, dim: t.linalg.cross(*_of_one_rank(t, x, y), dim=_cross_axis(x.shape, y.shape, dim)),
       sympy=_cross_along, linear="each",
       rule=(lambda x, y, dim: f"sum_to(cross_along(y, g, {_cross_axis(x, y, dim)}), x)",
             lambda x, y, dim: f"sum_to(cross_along(g, x, {_cross_axis(x, y, dim)}), y)"),
       aliases=("np.linalg.cross(dim=-1)",)),
    Op("einsum", "; spec:text, *operands:tensor", PRODUCT,
       "Sum of products by subscripts, such as 'ij,jk->ik'; ... stands for all other axes, which broadcast.",
       "einsum('i,ij,j->', x, A, x) x=1,2 A=[[1,2],[3,4]]",
       terms=lambda *a: a[-1],
       shape=lambda *a: rule.einsum(a[-1], *a[:-1]), cost=lambda *a: rule.einsum_cost(a[-1], *a[:-1]),
       torch=lambda t, *a: t.einsum(a[-1], *a[:-1]), sympy=_einsum, linear="each", rule=(matrices.einsum,)),
    Op("kron", "A, B", PRODUCT, "Kronecker product: every entry of A times B.",
       "sum(kron(A, B)**2) A=[[1,2],[3,4]] B=[[0,1]]",
       shape=_kron_shape, cost=lambda a, b: max(size(a) * size(b), 1),
       torch=lambda t, a, b: t.kron(a.contiguous(), b.contiguous()), sympy=lambda s, a, b: s.np.kron(a, b),
       rule=(partial(matrices.kron, 0), partial(matrices.kron, 1)), linear="each", truth="all",
       summands=summands.kronecker,
       slips=Slips(ordered=True)),
    Op("khatri_rao", "A, B", PRODUCT, "Column by column the Kronecker product: kron(A[:, k], B[:, k]).",
       "sum(khatri_rao(A, B)**2) A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_khatri_rao_shape, cost=lambda a, b: max(size(a) * b[0], 1),
       torch=lambda t, a, b: (a.unsqueeze(1) * b.unsqueeze(0)).reshape(_khatri_rao_shape(a.shape, b.shape)),
       sympy=lambda s, a, b: s.np.reshape(a[:, None] * b[None], _khatri_rao_shape(a.shape, b.shape)),
       rule=("einsum('ijk,jk->ik', reshape(g, A.shape[0], B.shape[0], A.shape[1]), B)",
             "einsum('ijk,ik->jk', reshape(g, A.shape[0], B.shape[0], A.shape[1]), A)"), linear="each"),
    Op("vecdot", "x, y; dim:axis=-1", PRODUCT, "Inner products along an axis: sum(x*y, dim).",
       "sum(vecdot(X, Y)**2) X=[[1,2],[3,4]] Y=[[0,1],[2,1]]",
       shape=_vecdot_shape, torch=lambda t, x, y, dim: t.linalg.vecdot(x, y, dim=dim),
       sympy=lambda s, x, y, dim: s.sum(x * y, dim),
       rule=(partial(_vecdot_rule, "y", "x"), partial(_vecdot_rule, "x", "y"))),
    Op("tensordot", "A, B; dims:integer=2", PRODUCT, "Sum of products over the last dims axes of A and the first of B.",
       "sum(tensordot(A, B, 1)**2) A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_tensordot_shape, cost=lambda a, b, dims: max(size(a) * size(b[dims:]), 1), sympy=_tensordot,
       rule=(partial(matrices.tensordot, 0), partial(matrices.tensordot, 1)), linear="each",
       note="dims is a number of axes, as in torch; lists of axes are written with einsum."),
    Op("multi_dot", "*matrices", PRODUCT, "Product of several matrices; the first and the last may be vectors.",
       "sum(multi_dot([A, B, x])) A=[[1,2],[3,4]] B=[[0,1],[2,1]] x=1,2",
       shape=_chain_shape, cost=_chain_cost, torch=lambda t, *a: t.linalg.multi_dot(list(a)), sympy=_chain,
       rule=(matrices.chain,), linear="each", unpacks=True, aliases=("chain_matmul",)),
    Op("addmm", "M, A, B; beta:number=1, alpha:number=1", PRODUCT, "beta*M + alpha*(A @ B).",
       "sum(addmm(M, A, B)**2) M=1,2 A=[[1,2],[3,4]] B=[[0,1],[2,1]]",
       shape=_plus_product_shape, cost=lambda m, a, b, *_: rule.matmul_cost(a, b),
       torch=lambda t, m, a, b, beta, alpha: beta * m + alpha * (a @ b),
       sympy=lambda s, m, a, b, beta, alpha: beta * m + alpha * s.matmul(a, b),
       rule=("sum_to(beta*g, M)", lambda _, a, b, *c: matrices.matmul_left(a, b, "alpha*g"),
             lambda _, a, b, *c: matrices.matmul_right(a, b, "alpha*g")), aliases=("addmv", "baddbmm")),
)  # fmt: skip
