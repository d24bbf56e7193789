"""Rows: many entries to one, and running sums. ``dim`` (or ``axis``) names axes; without it, all entries."""

from __future__ import annotations

from math import inf, prod
from typing import Any

from gradcli.operations.row import Meaning, Op, Slips, reduced
from gradcli.operations.row_axes import Over, reducing
from gradcli.operations.rules import arrays
from gradcli.operations.shape_rules import (
    Shape,
    ShapeMismatch,
    added,
    along,
    axes_of,
    broadcast,
    reduce,
    reduce_nonempty,
    size,
    spread,
    sum_to,
)

REDUCTION = "reductions"
RUNNING = "running"


def _prod_torch(t: Any, x: Any, dim: Any, keepdim: bool) -> Any:  # Any: torch tensors
    """torch.prod takes one axis; several are taken from the last to the first."""
    if dim is None and not keepdim:
        return t.prod(x)
    for axis in sorted(axes_of(x.shape, dim), reverse=True):
        x = t.prod(x, axis, keepdim)
    return x


def _max_shape(*arguments: Any) -> Shape:  # Any: shapes, then dim and keepdim
    *shapes, dim, keepdim = arguments
    if len(shapes) == 1:
        return reduce_nonempty(shapes[0], dim, keepdim)
    if dim is not None:
        raise ShapeMismatch("one array where dim is given")
    return broadcast(*shapes)


def _compared_terms(*arguments: Any) -> str:  # Any: as above
    """Several arrays are compared entry by entry."""
    count = len(arguments) - 2
    return ",".join(["..."] * count) + "->..." if count > 1 else ""


def entry_norm_shape(x: Shape, p: Any, dim: Any, keepdim: bool) -> Shape:  # Any: constants
    return reduce_nonempty(x, dim, keepdim) if p == inf or p < 0 else reduce(x, dim, keepdim)


def entry_norm(s: Any, x: Any, p: Any, dim: Any, keepdim: bool) -> Any:  # Any: arrays of the arithmetic at hand
    if p in (inf, -inf):
        return s.reduce(s.map(s.Abs, x), dim, keepdim, lambda entries: (s.Max if p > 0 else s.Min)(*entries))
    if p == 0:
        return s.sum(s.map(lambda v: s.where(s.eq(v, 0), s.scalar(0), s.scalar(1)), x), dim, keepdim)
    if p == 1:
        return s.sum(s.map(s.Abs, x), dim, keepdim)
    if p == 2:
        return s.map(s.sqrt, s.sum(s.array(x * x), dim, keepdim))
    q = s.scalar(p) if isinstance(p, int) else p
    total = s.sum(s.map(lambda v: s.pow(s.Abs(v), q), x), dim, keepdim)
    return s.map(lambda v: s.pow(v, s.div(1, q)), total)


def _count(x: Shape, dim: Any) -> int:  # Any: see axes
    """How many entries are taken together."""
    return prod(x[axis] for axis in axes_of(x, dim))


def _variance(s: Any, x: Any, dim: Any, correction: int, keepdim: bool) -> Any:  # Any: as above
    count = _count(x.shape, dim)
    centred = x - s.sum(x, dim, True) / count
    return s.map(lambda v: s.div(v, count - correction), s.sum(centred * centred, dim, keepdim))


def _deviation(s: Any, x: Any, dim: Any, correction: int, keepdim: bool) -> Any:  # Any: as above
    variance = _variance(s, x, dim, correction, keepdim)
    return variance if _count(x.shape, dim) == 1 else s.map(s.sqrt, variance)  # of one entry it is 0, without a kink


def _variance_shape(x: Shape, dim: Any, correction: int, keepdim: bool) -> Shape:  # Any: constants
    if _count(x, dim) <= correction:
        raise ShapeMismatch(f"more than {correction} entries", hint="correction=0 divides by n, as numpy does")
    return reduce(x, dim, keepdim)


def _sum_to(s: Any, x: Any, like: Any) -> Any:  # Any: arrays of the arithmetic at hand
    repeated = added(x.shape, like.shape)
    return s.np.reshape(s.sum(x, repeated) if repeated else x, like.shape)


def _spread(s: Any, x: Any, like: Any, dim: Any) -> Any:  # Any: as above; see axes
    return s.np.broadcast_to(s.np.reshape(x, reduce(like.shape, dim, True)), like.shape)


def _as_lines(shape: Shape, dim: Any) -> tuple[tuple[int, ...], Shape, Shape]:  # Any: see axes
    """The axes with those of ``dim`` last, the sizes in that order, and the shape with those of ``dim`` as one."""
    taken = axes_of(shape, dim)
    order = (*(axis for axis in range(len(shape)) if axis not in taken), *taken)
    sizes = tuple(shape[axis] for axis in order)
    kept = len(shape) - len(taken)
    return order, sizes, (*sizes[:kept], prod(sizes[kept:]))


def _back(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))


def _others_shape(x: Shape, dim: Any) -> Shape:  # Any: see axes
    axes_of(x, dim)
    return x


def _others(s: Any, x: Any, dim: Any) -> Any:  # Any: arrays of the arithmetic at hand; see axes
    """What stands before each entry times what stands behind it: right where entries are 0, too."""
    order, sizes, lines = _as_lines(x.shape, dim)
    if not prod(lines):
        return x

    def before(y: Any) -> Any:  # Any: as above
        first = s.full((*lines[:-1], 1), 1)
        return s.np.concatenate([first, s.running(y[..., :-1], -1, lambda a, b: a * b)], -1)

    y = s.np.reshape(s.np.transpose(x, order), lines)
    out = before(y) * s.np.flip(before(s.np.flip(y, -1)), -1)
    return s.np.transpose(s.np.reshape(out, sizes), _back(order))


def _others_torch(t: Any, x: Any, dim: Any) -> Any:  # Any: torch tensors; see axes
    order, sizes, lines = _as_lines(x.shape, dim)
    if not prod(lines):
        return x

    def before(y: Any) -> Any:  # Any: as above
        return t.cat([t.ones_like(y[..., :1]), t.cumprod(y[..., :-1], -1)], -1)

    y = x.permute(order).reshape(lines)
    out = before(y) * t.flip(before(t.flip(y, [-1])), [-1])
    return out.reshape(sizes).permute(_back(order))


def _others_rule(x: Shape, dim: Any) -> str:  # Any: see axes
    """Row i of a matrix has 1 in the place of x[i]: the product of its others lacks two entries of x."""
    order, sizes, lines = _as_lines(x, dim)
    if not prod(lines):
        return "g"
    unit = f"eye({lines[-1]}) == 1"
    y, h = (f"unsqueeze(reshape(permute({name}, {order}), {lines}), {axis})" for name, axis in (("x", -2), ("g", -1)))
    pairs = f"where({unit}, 0, {h}*prod_of_others(y, -1))"
    return f"y = where({unit}, 1, {y}); permute(reshape(sum({pairs}, -2), {sizes}), {_back(order)})"


def _std_rule(x: Shape, dim: Any, _correction: int, _keepdim: bool) -> str:  # Any: constants
    if _count(x, dim) == 1:
        return "zeros_like(x)"
    return "spread(g/(out*(x.size/out.size - correction)), x, dim, keepdim)*(x - mean(x, dim, True))"


def _largest_rule(at: int, *arguments: Any) -> str:  # Any: shapes, then dim and keepdim
    """Of one array, or of several entry by entry."""
    count = len(arguments) - 2
    if count == 1:
        return arrays.extreme(x="xs0")
    ties = " + ".join(f"(xs{j} == out)" for j in range(count))
    return f"sum_to(where(xs{at} == out, g/({ties}), 0), xs{at})"


def norm_rule(
    shape: Shape, p: Any, taken: Any, x: str = "x", dim: str = "dim", keepdim: str = "keepdim", power: str = "p"
) -> str:  # Any: constants
    """Of the norm of order p of ``x``, of this shape, along the axes ``taken``; texts: as they are written."""
    along = f"{x}, {dim}, {keepdim}"
    if not _count(shape, taken) or p == 0:  # 0 counts entries: a step function
        return f"zeros_like({x})"
    if p == 2:
        return f"{x}*spread(g/out, {along})"
    if p == 1:
        return f"sign({x})*spread(g, {along})"
    if p in (inf, -inf):  # compared are sizes computed together, not those of ``out``, which may be rounded otherwise
        best = f"M = abs({x}); best = M == {'amax' if p > 0 else 'amin'}(M, {dim}, True)"
        return f"{best}; sign({x})*where(best, spread(g/sum(best, {dim}, {keepdim}), {along}), 0)"
    return f"sign({x})*abs({x})**({power} - 1)*spread(g*out**(1 - {power}), {along})"


def _running_shape(x: Shape, dim: int | None, flat: bool) -> Shape:
    return (size(x),) if _is_in_a_row(x, dim, flat) else along(x, dim)


def _is_in_a_row(x: Shape, dim: int | None, flat: bool) -> bool:
    """Are all entries put in a row? numpy does so with a scalar, too, whatever its axis."""
    return flat and len(x) != 1 and (dim is None or not x)


def _in_a_row(x: Any, dim: int | None, flat: bool) -> Any:  # Any: a tensor or an array of the arithmetic at hand
    return x.reshape(-1) if _is_in_a_row(x.shape, dim, flat) else x


def _cumsum_rule(x: Shape, dim: int | None, flat: bool) -> str:
    if _is_in_a_row(x, dim, flat):
        return "reshape(flip(cumsum(flip(g))), x.shape)"
    return "flip(cumsum(flip(g, dim), dim), dim)"


def _cumprod_rule(x: Shape, dim: int | None, flat: bool) -> str:
    """Entry k of the running product without x[i], for k >= i, in row i of a matrix."""
    if _is_in_a_row(x, dim, flat):
        return f"y = flatten(x); reshape(sum(triu(g*cumprod(where(eye({size(x)}) == 1, 1, y), 1)), 1), x.shape)"
    if not x:
        return "g"
    if len(x) == 1:
        return f"sum(triu(g*cumprod(where(eye({x[0]}) == 1, 1, x), 1)), 1)"
    n, last = x[dim or 0], f"unsqueeze(movedim({{}}, {dim}, -1), -2)"
    rows = f"cumprod(where(eye({n}) == 1, 1, {last.format('x')}), -1)"
    return f"movedim(sum(triu({last.format('g')}*{rows}), -1), -1, {dim})"


def _running_torch(name: str) -> Meaning:
    return lambda t, x, dim: getattr(t, name)(x, dim).values


def _running(bound: str) -> Meaning:
    return lambda s, x, dim: s.running(x, dim, lambda a, b: s.map(getattr(s, bound), a, b)[()])


def _by_channel(x: Shape, like: Shape) -> Shape:
    if len(like) < 2 or prod(x) == 1:
        return x if prod(x) != 1 else ()
    if x != (like[1],):
        raise ShapeMismatch(f"one number for each channel, {like[1]}")
    return (*x, *(1,) * (len(like) - 2))


ROWS = (
    Op("sum", "x; dim:axes=None, keepdim:flag=False", REDUCTION, "Sum of all entries, or along axes.",
       "sum(x**2) x=1,2,3",
       within="dim", shape=reduce, torch=lambda t, x, dim, keepdim: reduced(t.sum, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.sum(x, dim, keepdim), rule=("spread(g, x, dim, keepdim)",), linear="jointly",
       rows=reducing(Over.SUMMED), chain="+", slips=Slips(siblings=("mean",))),
    Op("mean", "x; dim:axes=None, keepdim:flag=False", REDUCTION, "Arithmetic mean of all entries, or along axes.",
       "mean(x**2) x=1,2,3",
       within="dim", shape=reduce_nonempty, torch=lambda t, x, dim, keepdim: reduced(t.mean, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.mean(x, dim, keepdim),
       rule=("spread(g, x, dim, keepdim)*out.size/x.size",), linear="jointly", rows=reducing(Over.AVERAGED),
       aliases=("average",),
       slips=Slips(siblings=("sum",))),
    Op("prod", "x; dim:axes=None, keepdim:flag=False", REDUCTION, "Product of all entries, or along axes.",
       "prod(x) x=1,2,3",
       within="dim",
       shape=reduce, torch=_prod_torch, sympy=lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, s.product),
       rule=("spread(g, x, dim, keepdim)*prod_of_others(x, dim)",), divides=True, chain="*", aliases=("product",)),
    Op("amax", "x; dim:axes=None, keepdim:flag=False", REDUCTION,
       "Largest entry; torch shares the gradient evenly among ties.", "amax(x) x=1,3,2",
       within="dim", shape=reduce_nonempty, torch=lambda t, x, dim, keepdim: reduced(t.amax, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, lambda entries: s.Max(*entries)),
       rule=(arrays.extreme(),), kinked=True, truth="all", aliases=("np.max",)),
    Op("amin", "x; dim:axes=None, keepdim:flag=False", REDUCTION,
       "Smallest entry; torch shares the gradient evenly among ties.", "amin(x) x=1,3,2",
       within="dim", shape=reduce_nonempty, torch=lambda t, x, dim, keepdim: reduced(t.amin, x, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, lambda entries: s.Min(*entries)),
       rule=(arrays.extreme(),), kinked=True, truth="all", aliases=("np.min",)),
    Op("max", "*xs; dim:axes=None, keepdim:flag=False", REDUCTION,
       "Of one array its largest entry (dim= for an axis); of several arguments the largest, entry by entry.",
       "max(x, 2*x - 1, 3 - x) x=0.25",
       within="dim", terms=_compared_terms, shape=_max_shape, torch=lambda t, *a: _fold(t.maximum, t.amax, a),
       sympy=lambda s, *a: _fold_symbolic(s, s.Max, a), rule=(_largest_rule,), kinked=True, truth="all",
       known_as="Max"),
    Op("min", "*xs; dim:axes=None, keepdim:flag=False", REDUCTION,
       "Of one array its smallest entry (dim= for an axis); of several arguments the smallest, entry by entry.",
       "min(x, 2) x=3",
       within="dim", terms=_compared_terms, shape=_max_shape, torch=lambda t, *a: _fold(t.minimum, t.amin, a),
       sympy=lambda s, *a: _fold_symbolic(s, s.Min, a), rule=(_largest_rule,), kinked=True, truth="all",
       known_as="Min"),
    Op("var", "x; dim:axes=None, correction:integer=1, keepdim:flag=False", REDUCTION,
       "Variance with divisor n - correction: torch's default 1, numpy's 0.", "var(x) x=1,2,4",
       within="dim", shape=_variance_shape,
       torch=lambda t, x, dim, correction, keepdim: t.var(x, dim=dim, correction=correction, keepdim=keepdim),
       sympy=_variance,
       rule=("spread(2*g/(x.size/out.size - correction), x, dim, keepdim)*(x - mean(x, dim, True))",),
       saturates=True, aliases=("np.var(correction=0)",)),
    Op("std", "x; dim:axes=None, correction:integer=1, keepdim:flag=False", REDUCTION,
       "Standard deviation, the root of var.", "std(x) x=1,2,4",
       within="dim", shape=_variance_shape,
       torch=lambda t, x, dim, correction, keepdim: t.std(x, dim=dim, correction=correction, keepdim=keepdim),
       sympy=_deviation,
       rule=(_std_rule,),
       kinked=True, saturates=True, aliases=("np.std(correction=0)",)),
    Op("norm", "x; p:number=2, dim:axes=None, keepdim:flag=False", REDUCTION,
       "p-norm of the entries; for a matrix that is Frobenius with p=2. p is any number, inf or -inf; 0 counts the "
       "entries that are not 0.", "norm(x) x=3,4",
       within="dim", shape=entry_norm_shape, torch="linalg.vector_norm", sympy=entry_norm,
       rule=(lambda x, p, dim, _: norm_rule(x, p, dim),), kinked=True,
       aliases=("vector_norm",)),
    Op("prod_of_others", "x; dim:axes=None", REDUCTION,
       "For each entry the product of the others, of all or along axes: the slope of prod, where entries are 0, too.",
       "sum(prod_of_others(x)) x=1,2,3",
       within="dim", shape=_others_shape, torch=_others_torch, sympy=_others, rule=(_others_rule,), divides=True),
    Op("sum_to", "x, like", REDUCTION,
       "Sum along the axes on which like's shape is repeated in x's: what is pulled back to a broadcast operand.",
       "sum_to([[1, 2], [3, 4]]*x, x)[0] x=1,2",
       shape=sum_to, torch=lambda t, x, like: x.sum_to_size(like.shape), sympy=_sum_to,
       rule=("expand(g, x.shape)", "zeros_like(like)"), linear="first", helper=True),
    Op("spread", "x, like; dim:axes=None, keepdim:flag=False", REDUCTION,
       "The entries of a reduction of like repeated along its axes: what a sum pulls back.",
       "sum(spread(x, [[1, 2], [3, 4]], 1)**2) x=1,2",
       shape=spread, torch=lambda t, x, like, dim, keepdim: x.reshape(reduce(like.shape, dim, True)).expand(like.shape),
       sympy=lambda s, x, like, dim, keepdim: _spread(s, x, like, dim),
       rule=("sum(g, dim, keepdim)", "zeros_like(like)"), linear="first", helper=True),
    Op("by_channel", "x, like", REDUCTION,
       "A number for each channel of like, its axis 1, or the only one of a vector, in a shape that broadcasts to it.",
       "sum(by_channel(x, [[1, 2], [3, 4]])*[[1, 2], [3, 4]]) x=1,2",
       shape=_by_channel, torch=lambda t, x, like: x.reshape(_by_channel(x.shape, like.shape)),
       sympy=lambda s, x, like: s.np.reshape(x, _by_channel(x.shape, like.shape)),
       rule=("reshape(g, x.shape)", "zeros_like(like)"), linear="first", helper=True),
    Op("cumsum", "x; dim:axis=None, flat:flag=False", RUNNING,
       "Running sum along an axis; flat: without one of all entries in a row, as numpy has it.", "cumsum(x)[2] x=1,2,3",
       within="dim",
       shape=_running_shape, torch=lambda t, x, dim, flat: t.cumsum(_in_a_row(x, dim, flat), 0 if dim is None else dim),
       sympy=lambda s, x, dim, flat: s.running(_in_a_row(x, dim, flat), dim, lambda a, b: a + b),
       rule=(_cumsum_rule,), product=arrays.cumulated, linear="jointly", aliases=("np.cumsum(flat=1)",)),
    Op("cumprod", "x; dim:axis=None, flat:flag=False", RUNNING,
       "Running product along an axis; flat: without one of all entries in a row, as numpy has it.",
       "cumprod(x)[2] x=1,2,3",
       within="dim", shape=_running_shape,
       torch=lambda t, x, dim, flat: t.cumprod(_in_a_row(x, dim, flat), 0 if dim is None else dim),
       sympy=lambda s, x, dim, flat: s.running(_in_a_row(x, dim, flat), dim, lambda a, b: a * b), rule=(_cumprod_rule,),
       divides=True, aliases=("np.cumprod(flat=1)",)),
    *(Op(f"cum{name}", "x; dim:axis", RUNNING, f"The {word} entry so far along an axis.", f"cum{name}(x, 0)[2] x=1,3,2",
         within="dim", shape=along, torch=_running_torch(f"cum{name}"), sympy=_running(bound),
         rule=(arrays.running_extreme,), kinked=True, truth="all")
      for name, word, bound in (("max", "largest", "Max"), ("min", "smallest", "Min"))),
)  # fmt: skip


def _fold(pairwise: Any, reduction: Any, arguments: tuple[Any, ...]) -> Any:  # Any: torch tensors and functions
    *xs, dim, keepdim = arguments
    if len(xs) == 1:
        return reduced(reduction, xs[0], dim, keepdim)
    out = xs[0]
    for x in xs[1:]:
        out = pairwise(out, x)
    return out


def _fold_symbolic(s: Any, pick: Any, arguments: tuple[Any, ...]) -> Any:  # Any: arrays of the arithmetic at hand
    *xs, dim, keepdim = arguments
    return s.reduce(xs[0], dim, keepdim, lambda entries: pick(*entries)) if len(xs) == 1 else s.map(pick, *xs)
