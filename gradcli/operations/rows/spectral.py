"""Rows: eigenvalues, singular values, functions of matrices, least squares.

Eigenvalues have no formula in the entries: their second route is a certified decomposition in balls. Where two of them
meet, the single ones have no derivatives, though a symmetric function of them, such as their sum, has.
"""

from __future__ import annotations

from math import inf
from typing import Any

from gradcli.base.dtypes import dtype_of
from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op, Slips
from gradcli.operations.rows.reductions import entry_norm, entry_norm_shape, norm_rule
from gradcli.operations.rules import matrices
from gradcli.operations.shape_rules import Shape, ShapeMismatch

SPECTRUM = "eigenvalues and functions of matrices"
_LEADING = 0.99  # of the largest magnitude: entries as large as that are taken for as large, whatever rounding says


def _eigenvalues_shape(a: Shape) -> Shape:
    return rule.square_matrix(a)[:-1]


def _singular_values_shape(a: Shape) -> Shape:
    rule.matrix(a)
    return (*a[:-2], min(a[-2:]))


def _singular_vectors_shape(a: Shape, full: bool) -> Shape:
    rule.matrix(a)
    if full and a[-1] > a[-2]:
        raise ShapeMismatch(
            f"at least as many rows as columns for a whole basis: of the {a[-1] - a[-2]} further vectors any will do",
            hint="full_matrices=False has those that have a slope",
        )
    return (*a[:-2], a[-1], min(a[-2:]))


def _one_matrix(a: Shape) -> None:
    if len(a) != 2:
        raise ShapeMismatch("one matrix")


def _matrix_scalar(a: Shape) -> Shape:
    """A number for each matrix, which must have entries."""
    rule.matrix(a)
    if not min(a[-2:]):
        raise ShapeMismatch("a matrix with entries")
    return a[:-2]


def _lstsq_shape(a: Shape, b: Shape) -> Shape:
    _one_matrix(a)
    if a[0] < a[1]:
        raise ShapeMismatch(
            "at least as many rows as columns", hint="pinv({0}) @ {1} is the shortest of the many solutions"
        )
    if len(b) not in (1, 2) or b[0] != a[0]:
        raise ShapeMismatch(f"b with as many rows as A, {a[0]}")
    return (a[1], *b[1:])


def _power_shape(a: Shape, _n: int) -> Shape:
    return rule.square_matrix(a)


def _singular_values(s: Any, a: Any) -> Any:  # Any: arrays of the arithmetic at hand
    return s.matrices(s.svdvals, a)


# -- eigenvectors and singular vectors, whose signs are a choice


def signed_torch(t: Any, a: Any, v: Any) -> Any:  # Any: torch tensors
    """Vectors v of the matrices a, which alone are sure to know their shape: v may be source text."""
    if not min(a.shape[-2:]):
        return v
    size = t.abs(v)
    first = t.argmax((size >= _LEADING * t.amax(size, -2, True)).to(t.int8), -2, True)
    return v * t.sign(t.gather(v, -2, first))


def signed(s: Any, v: Any) -> Any:  # Any: arrays of the arithmetic at hand
    """The columns, each with the sign that makes the first of its leading entries positive."""
    return s.np.stack([s.array(column * _sign(s, column)) for column in v.T], -1) if v.size else v


def _sign(s: Any, column: Any) -> Any:  # Any: an array and a number of the arithmetic at hand
    least = s.div(s.Max(*(s.Abs(v) for v in column)) * 99, 100)
    sign = s.scalar(1)
    for v in column[::-1]:
        sign = s.where(s.ge(s.Abs(v), least), s.where(s.gt(v, 0), s.scalar(1), s.scalar(-1)), sign)
    return sign


def _right_vectors(s: Any, a: Any) -> Any:  # Any: as above
    """Eigenvectors of the smaller Gram matrix."""
    if a.shape[0] >= a.shape[1]:
        return s.eigvecsh(s.matmul(a.T, a))[:, ::-1]
    across = s.matmul(a.T, s.eigvecsh(s.matmul(a, a.T))[:, ::-1])
    return s.map(s.div, across, entry_norm(s, across, 2, 0, True))


# -- norms of matrices

_ORDERS = (1, -1, 2, -2, inf, -inf, "nuc")


def _matrix_axes(x: Shape, order: Any, dim: Any) -> tuple[int, ...] | None:  # Any: constants
    """The two axes of a matrix norm; None where it is a norm of entries."""
    axes = rule.axes_of(x, dim)
    return axes if order not in (None, "fro") and len(axes) == 2 else None


def _entry_order(order: Any) -> Any:  # Any: constants
    """Frobenius' norm of a matrix is the norm of its entries."""
    return 2 if order in (None, "fro") else order


def _linalg_norm_shape(x: Shape, order: Any, dim: Any, keepdim: bool) -> Shape:  # Any: constants
    axes = _matrix_axes(x, order, dim)
    if axes is None:
        if order is not None and len(rule.axes_of(x, dim)) > 2:
            raise ShapeMismatch(f"one or two axes where ord={order!r} is given", hint="name them: dim=(-2, -1)")
        if isinstance(order, str) and (order != "fro" or len(rule.axes_of(x, dim)) != 2):
            raise ShapeMismatch(f"a number for the ord of a vector, not {order!r}")
        return entry_norm_shape(x, _entry_order(order), dim, keepdim)
    if order not in _ORDERS:
        raise ShapeMismatch(
            f"ord 1, -1, 2, -2, inf, -inf, 'fro' or 'nuc' for a matrix, not {order!r}",
            hint="norm(X, p) is the norm of the entries",
        )
    if not all(x[axis] for axis in axes):
        raise ShapeMismatch("a matrix with entries")
    return rule.reduce(x, axes, keepdim)


def _linalg_norm_torch(t: Any, x: Any, order: Any, dim: Any, keepdim: bool) -> Any:  # Any: torch tensors
    axes = _matrix_axes(x.shape, order, dim)
    if axes is None:
        return t.linalg.vector_norm(x, _entry_order(order), dim, keepdim)
    return t.linalg.matrix_norm(x, order, axes, keepdim)


def _linalg_norm(s: Any, x: Any, order: Any, dim: Any, keepdim: bool) -> Any:  # Any: arrays of the arithmetic at hand
    axes = _matrix_axes(x.shape, order, dim)
    if axes is None:
        return entry_norm(s, x, _entry_order(order), dim, keepdim)
    if order == "nuc" or abs(order) == 2:
        values = s.matrices(s.svdvals, s.np.moveaxis(x, axes, (-2, -1)))
        chosen = s.sum(values, -1) if order == "nuc" else values[..., 0 if order > 0 else -1]
        return s.np.reshape(s.array(chosen), rule.reduce(x.shape, axes, keepdim))
    lengths = s.sum(s.map(s.Abs, x), axes[0] if abs(order) == 1 else axes[1], True)
    return s.reduce(lengths, axes, keepdim, lambda entries: (s.Max if order > 0 else s.Min)(*entries))


def _linalg_norm_rule(x: Shape, order: Any, dim: Any, keepdim: bool, name: str = "x") -> str:  # Any: constants
    axes = _matrix_axes(x, order, dim)
    if axes is not None:
        return matrices.matrix_norm(order, name, None if axes == (len(x) - 2, len(x) - 1) else axes, keepdim)
    axes = rule.axes_of(x, dim)
    return norm_rule(x, _entry_order(order), axes, name, f"{axes}", power="ord")


def _matrix_norm_axes(x: Shape, dim: Any) -> tuple[int, ...]:  # Any: None, or axes
    """The two axes of a matrix norm, by default the last ones."""
    if len(x) < 2 or (dim is not None and (isinstance(dim, int) or len(dim) != 2)):
        raise ShapeMismatch("matrices, with two axes", hint="norm(x, p) is the norm of the entries")
    return rule.axes_of(x, (-2, -1) if dim is None else dim)


def _matrix_norm_shape(x: Shape, order: Any, dim: Any, keepdim: bool) -> Shape:  # Any: constants
    return _linalg_norm_shape(x, order, _matrix_norm_axes(x, dim), keepdim)


def _matrix_exp(t: Any, a: Any) -> Any:  # Any: torch tensors
    """torch's own (2.13, CPU) gives garbage in 16 bits, where it should refuse."""
    row = dtype_of(a)
    return t.linalg.matrix_exp(a.float()).to(a.dtype) if row and row.half else t.linalg.matrix_exp(a)


ROWS = (
    Op("eigvalsh", "A", SPECTRUM, "Eigenvalues of a symmetric matrix, ascending; the lower triangle is read.",
       "eigvalsh(A)[0] A=[[2,1],[1,3]]",
       within=2, shape=_eigenvalues_shape, cost=rule.spectral_cost,
       torch=lambda t, a: t.linalg.eigvalsh(t.tril(a) + t.tril(a, -1).mT), sympy=lambda s, a: s.matrices(s.eigvalsh, a),
       rule=(matrices.EIGENVALUES,), kinked=True, saturates=True,
       factorises=True,
       note="The slope is that of the lower triangle; torch.linalg.eigvalsh itself spreads it evenly over A and A.T."),
    Op("eigvecsh", "A", SPECTRUM,
       "Orthonormal eigenvectors of a symmetric matrix, a column for each eigenvalue, ascending; the lower triangle is "
       "read. Of the entries of a column that are within 1 % of its largest magnitude the first is positive.",
       "eigvecsh(A)[0, 1] A=[[2,1],[1,3]]",
       shape=rule.square_matrix, cost=rule.spectral_cost,
       torch=lambda t, a: signed_torch(t, a, t.linalg.eigh(t.tril(a) + t.tril(a, -1).mT)[1]),
       sympy=lambda s, a: s.matrices(lambda matrix: signed(s, s.eigvecsh(matrix)), a),
       rule=(matrices.EIGENVECTORS,), kinked=True, saturates=True, factorises=True),
    Op("svdvals", "A", SPECTRUM, "Singular values, descending.", "svdvals(A)[0] A=[[1,2],[3,4],[5,7]]",
       within=2, shape=_singular_values_shape, cost=rule.spectral_cost, torch="linalg.svdvals", sympy=_singular_values,
       rule=(matrices.SINGULAR_VALUES,), kinked=True, saturates=True, factorises=True),
    Op("svdvecs", "A; full:flag=False", SPECTRUM,
       "Right singular vectors, a column for each singular value, descending, with signs as those of eigvecsh.",
       "svdvecs(A)[0, 0] A=[[1,2],[3,4],[5,7]]",
       shape=_singular_vectors_shape, cost=rule.spectral_cost,
       torch=lambda t, a, _: signed_torch(t, a, t.linalg.svd(a, full_matrices=False)[2].mT),
       sympy=lambda s, a, _: s.matrices(lambda matrix: signed(s, _right_vectors(s, matrix)), a),
       rule=(lambda a, _: matrices.singular_vectors(a),), kinked=True, saturates=True,
       factorises=True,
       note="With full=True it has to be a whole basis: what completes one is a choice, without a slope."),
    Op("cond", "A", SPECTRUM, "Condition number: the largest singular value divided by the smallest.",
       "cond(A) A=[[2,1],[0,3]]",
       shape=_matrix_scalar, cost=rule.spectral_cost,
       torch=lambda t, a: t.linalg.svdvals(a)[..., 0] / t.linalg.svdvals(a)[..., -1],
       sympy=lambda s, a: s.map(s.div, _singular_values(s, a)[..., 0], _singular_values(s, a)[..., -1]),
       rule=(matrices.CONDITION,), kinked=True, saturates=True, factorises=True),
    Op("nuclear_norm", "A", SPECTRUM, "Sum of the singular values; torch.linalg.matrix_norm(A, 'nuc').",
       "nuclear_norm(A) A=[[2,1],[1,3]]",
       shape=_matrix_scalar, cost=rule.spectral_cost, torch=lambda t, a: t.linalg.matrix_norm(a, "nuc"),
       sympy=lambda s, a: s.sum(_singular_values(s, a), -1),
       rule=(lambda _: matrices.matrix_norm("nuc", "A"),), kinked=True, saturates=True, factorises=True),
    Op("spectral_norm", "A", SPECTRUM, "Largest singular value; torch.linalg.matrix_norm(A, 2).",
       "spectral_norm(A) A=[[2,1],[1,3]]",
       shape=_matrix_scalar, cost=rule.spectral_cost, torch=lambda t, a: t.linalg.matrix_norm(a, 2),
       sympy=lambda s, a: _singular_values(s, a)[..., 0],
       rule=(lambda _: matrices.matrix_norm(2, "A"),), kinked=True, saturates=True, factorises=True),
    Op("linalg_norm", "x; ord:order=None, dim:axes=None, keepdim:flag=False", SPECTRUM,
       "torch.linalg.norm and numpy.linalg.norm: of a vector the norm of order ord; of a matrix with ord 2 or -2 the "
       "largest or smallest " "singular value, with 'nuc' the sum of all, with 1 or inf the largest sum of magnitudes "
                              "in a column or row (-1, -inf: the smallest).",
       "torch.linalg.norm(A, 2) A=[[1,2],[3,4]]",
       shape=_linalg_norm_shape, cost=lambda x, *_: rule.spectral_cost(x) if len(x) > 1 else rule.size(x),
       torch=_linalg_norm_torch, sympy=_linalg_norm, rule=(_linalg_norm_rule,), kinked=True, saturates=True,
       factorises=True,
       aliases=("torch.linalg.norm", "np.linalg.norm"), note="ord='fro' of a matrix is norm(A), as without ord."),
    Op("matrix_norm", "A; ord:order='fro', dim:axes=None, keepdim:flag=False", SPECTRUM,
       "linalg_norm of each matrix in the last two axes, or in those of dim; ord 'fro', 'nuc', 1, -1, 2, -2, inf or "
       "-inf.",
       "matrix_norm(A, 1) A=[[1,2],[3,5]]",
       shape=_matrix_norm_shape, cost=lambda x, *_: rule.spectral_cost(x),
       torch=lambda t, x, order, dim, keepdim: _linalg_norm_torch(t, x, order, _matrix_norm_axes(x.shape, dim),
                                                                  keepdim),
       sympy=lambda s, x, order, dim, keepdim: _linalg_norm(s, x, order, _matrix_norm_axes(x.shape, dim), keepdim),
       rule=(lambda x, order, dim, keepdim: _linalg_norm_rule(x, order, _matrix_norm_axes(x, dim), keepdim, "A"),),
       kinked=True, saturates=True, factorises=True),
    Op("matrix_exp", "A", SPECTRUM, "Matrix exponential I + A + A@A/2 + ...",
       "sum(matrix_exp(A)) A=[[0,0.5],[-0.25,0.5]]",
       within=2, shape=rule.square_matrix, cost=lambda a: 100 * rule.cubic_cost(a), torch=_matrix_exp,
       sympy=lambda s, a: s.matrices(s.expm, a),
       rule=(lambda a: matrices.through_blocks("matrix_exp(M)", a),), saturates=True,
       aliases=("expm",), note="In 16 bits torch's own gives garbage; gradcli computes it in float32.",
       slips=Slips(transposable=True, entrywise="exp(x)")),
    Op("matrix_power", "A; n:integer", SPECTRUM, "A @ A @ ... @ A, n times; a negative n takes the inverse.",
       "sum(matrix_power(A, 3)) A=[[2,1],[1,3]]",
       shape=_power_shape, cost=lambda a, n: rule.cubic_cost(a) * max(abs(n), 1), torch="linalg.matrix_power",
       sympy=lambda s, a, n: s.matrices(lambda matrix: s.matrix_power(matrix, n), a),
       rule=(lambda a, _: matrices.through_blocks("matrix_power(M, n)", a),),
       slips=Slips(transposable=True, entrywise="x**n")),
    Op("lstsq", "A, b", SPECTRUM,
       "Least squares: the x that minimises norm(A @ x - b), for A of full column rank: inv(A.T @ A) @ A.T @ b.",
       "sum(lstsq(A, b)) A=[[1,1],[1,2],[1,3]] b=1,2,4",
       shape=_lstsq_shape, cost=rule.cubic_cost, torch=lambda t, a, b, rtol=None: t.linalg.pinv(a, rtol=rtol) @ b,
       sympy=lambda s, a, b: s.matmul(s.pinv(a), b),
       rule=(matrices.lstsq_left, "pinv(A).T @ g"), product="pinv(A) @ b", saturates=True, factorises=True,
       truncates=True,
       note="As torch.linalg.lstsq(A, b).solution, whose own slope is that of pinv(A) @ b."),
)  # fmt: skip
