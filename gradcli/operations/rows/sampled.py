"""Rows: functions given by samples (differences, integrals, interpolation), and entries in order."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Meaning, Op
from gradcli.operations.rules import arrays
from gradcli.operations.rules import samples as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch

SAMPLED = "sampled functions"
ORDER = "order"

# Any, in this module: arrays of the arithmetic that runs the meaning, torch tensors, numbers, constants


def _cut(x: Any, dim: int, part: slice) -> Any:
    """A slice along one axis."""
    return x[tuple(part if axis == dim % x.ndim else slice(None) for axis in range(x.ndim))]


def _shorter(x: Shape, dim: int, by: int) -> Shape:
    axis = rule.axis_of(x, dim)
    if not x:
        raise ShapeMismatch("an array: a scalar has no axis")
    return (*x[:axis], max(x[axis] - by, 0), *x[axis + 1 :])


def _differences_shape(x: Shape, n: int, dim: int) -> Shape:
    if n < 0:
        raise ShapeMismatch(f"n >= 0, not {n}")
    return _shorter(x, dim, n)


def _differences(_s: Any, x: Any, n: int, dim: int) -> Any:
    for _ in range(min(n, x.shape[dim])):  # there is nothing left then
        x = _cut(x, dim, slice(1, None)) - _cut(x, dim, slice(None, -1))
    return x


# -- integrals


def _trapezoid_shape(y: Shape, x: Shape | None, _dx: Any, dim: int) -> Shape:
    return rule.reduce(_sampled_at(y, x, dim), dim)


def _sampled_at(y: Shape, x: Shape | None, dim: int) -> Shape:
    """The shape of samples and points together: one line of points, or points that broadcast but along the axis."""
    axis = rule.axis_of(y, dim)
    points = y if x is None else pull.points_shape(y, x, axis)
    if len(points) != len(y) or points[axis] != y[axis]:
        raise ShapeMismatch(f"points x of length {y[axis]}, or of y's shape", hint="the spacing alone is dx=")
    return rule.broadcast(y, points)


def _areas(s: Any, y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The trapezoid between each sample and the next."""
    heights = _cut(y, dim, slice(1, None)) + _cut(y, dim, slice(None, -1))
    if x is None:
        return s.array(heights * dx / s.scalar(2))
    along = s.np.reshape(x, pull.points_shape(y.shape, x.shape, dim % y.ndim))
    return s.array(heights * (_cut(along, dim, slice(1, None)) - _cut(along, dim, slice(None, -1))) / s.scalar(2))


def _spacing(x: Any, dx: Any) -> dict[str, Any]:
    return {"dx": dx} if x is None else {"x": x}


# -- interpolation


def _interp_shape(x: Shape, xp: Shape, fp: Shape) -> Shape:
    if len(xp) != 1 or xp != fp or xp[0] < 2:
        raise ShapeMismatch("points xp and values fp, two vectors of one length, at least 2")
    return x


def _interp_torch(t: Any, x: Any, xp: Any, fp: Any) -> Any:
    right = t.clamp(t.searchsorted(xp.detach().contiguous(), x.detach().contiguous()), 1, xp.shape[0] - 1)
    inside = t.minimum(t.maximum(x, xp[0]), xp[-1])
    share = (inside - t.take(xp, right - 1)) / (t.take(xp, right) - t.take(xp, right - 1))
    return t.lerp(t.take(fp, right - 1), t.take(fp, right), share)


def _interp(s: Any, x: Any, xp: Any, fp: Any) -> Any:
    """From the right: each piece holds left of its right end; constant outside."""

    def at(v: Any) -> Any:
        value = fp[-1]
        for i in range(len(xp) - 1, 0, -1):
            share = s.div(v - xp[i - 1], xp[i] - xp[i - 1])
            value = s.where(s.lt(v, xp[i]), fp[i - 1] + share * (fp[i] - fp[i - 1]), value)
        value = s.where(s.le(v, xp[0]), fp[0], value)
        for i in range(len(xp) - 1):
            value = s.where(s.lt(xp[i], xp[i + 1]), value, s.nan)
        return value

    return s.map(at, x)


# -- order


def _sort_shape(x: Shape, dim: int, _descending: bool) -> Shape:
    return rule.along(x, dim)


def _sort(s: Any, x: Any, dim: int, descending: bool) -> Any:
    if not x.ndim:
        return x
    found = s.ordered(x, dim)
    return s.np.flip(found, dim) if descending else found


def _argsort(s: Any, x: Any, dim: int, descending: bool) -> Any:
    if not x.ndim:
        return s.full((), 0)
    s.ordered(x, dim)  # an arithmetic that has no order says so
    lines = s.np.moveaxis(x, dim, -1)
    out = s.full(lines.shape, 0)
    for place in s.np.ndindex(lines.shape[:-1]):
        out[place] = s.places_in_order(list(lines[place]))
    out = s.np.moveaxis(out, -1, dim)
    return s.np.flip(out, dim) if descending else out


def _number_of(place: int) -> Meaning:
    """The number of the entry that stands there in ascending order."""

    def meaning(s: Any, x: Any, dim: int | None, keepdim: bool) -> Any:
        found = _argsort(s, x.reshape(-1) if dim is None and x.ndim else x, -1 if dim is None else dim, False)
        picked = s.np.take(found, place, -1 if dim is None else dim) if x.ndim else found
        return s.np.reshape(s.array(picked), rule.reduce(x.shape, dim, keepdim))

    return meaning


def _number_torch(name: str) -> Meaning:
    return lambda t, x, dim, keepdim: getattr(t, name)(x, dim, keepdim).to(x.dtype)


def _along(bound: str) -> Meaning:
    return lambda s, x, dim, keepdim: s.reduce(x, dim, keepdim, lambda entries: getattr(s, bound)(*entries))


def _along_torch(name: str) -> Meaning:
    return lambda t, x, dim, keepdim: getattr(t, name)(x, dim, keepdim).values


def _argsort_cost(x: Shape, dim: int, _descending: bool) -> int:
    return max(rule.size(x), 1) * (x[dim] if x else 1)


INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _quantile_shape(x: Shape, q: Any, dim: int | None, keepdim: bool, interpolation: str) -> Shape:
    if interpolation not in INTERPOLATIONS:
        raise ShapeMismatch(f"an interpolation of {', '.join(INTERPOLATIONS)}, not '{interpolation}'")
    if not 0 <= q <= 1:
        raise ShapeMismatch(f"a share q from 0 to 1, not {float(q):g}", hint="a percentage is divided by 100")
    return rule.reduce_nonempty(x, dim, keepdim)


def _lines(s: Any, x: Any, dim: int | None) -> Any:
    """The lines along an axis, or all entries as one line, each in order, along the last axis."""
    flat = x.reshape(-1) if dim is None or not x.ndim else s.np.moveaxis(x, dim, -1)
    return s.ordered(flat, -1)


def _quantile(s: Any, x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str = "linear") -> Any:
    found = _lines(s, x, dim)
    whole, rest = pull.chosen(found.shape[-1], q, interpolation)
    value = found[..., whole]
    if rest:
        share = _half(s) if interpolation == "midpoint" else rest
        value = value + (found[..., whole + 1] - value) * share
    return s.np.reshape(s.array(value), rule.reduce(x.shape, dim, keepdim))


def _quantile_torch(t: Any, x: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str = "linear") -> Any:
    """Written out: torch.quantile refuses 16 bits."""
    dim = dim if x.ndim else None
    axis = dim or 0
    found = t.sort(x.reshape(-1) if dim is None else x, axis).values
    whole, rest = pull.chosen(prod(x.shape) if dim is None else x.shape[dim], q, interpolation)
    value = t.select(found, axis, whole)
    if rest:
        value = value + float(rest) * (t.select(found, axis, whole + 1) - value)
    return value.reshape(rule.reduce(x.shape, dim, True)) if keepdim else value


def _median(s: Any, x: Any) -> Any:
    return _lines(s, x, None)[(prod(x.shape) - 1) // 2]


def _median_along(s: Any, x: Any, dim: int, keepdim: bool) -> Any:
    found = _lines(s, x, dim if x.ndim else None)
    return s.np.reshape(s.array(found[..., (found.shape[-1] - 1) // 2]), rule.reduce(x.shape, dim, keepdim))


def _argmedian(s: Any, x: Any, dim: int, keepdim: bool) -> Any:
    found = _argsort(s, x, dim, False)
    picked = s.np.take(found, (x.shape[dim] - 1) // 2, dim) if x.ndim else found
    return s.np.reshape(s.array(picked), rule.reduce(x.shape, dim, keepdim))


def _half(s: Any) -> Any:
    return s.rational(1, 2)


ROWS = (
    Op("differences", "x; n:integer=1, dim:axis=-1", SAMPLED,
       "x[1:] - x[:-1], n times: what np.diff and torch.diff return.", "sum(np.diff(x)**2) x=1,2,4",
       within="dim", shape=_differences_shape, torch="diff", sympy=_differences, rule=(pull.differences,),
       product=arrays.same_along("x", "differences({}, n, 0)"),
       aliases=("np.diff", "torch.diff", ".diff"), note="The bare name diff is the derivative operator."),
    Op("trapezoid", "y, x=None; dx:number=1, dim:axis=-1", SAMPLED,
       "Integral by the trapezoidal rule, samples y at points x or dx apart.", "trapezoid(y, x) y=1,2,4 x=0,1,3",
       within="dim", shape=_trapezoid_shape, torch=lambda t, y, x, dx, dim: t.trapezoid(y, **_spacing(x, dx), dim=dim),
       sympy=lambda s, y, x, dx, dim: s.sum(_areas(s, y, x, dx, dim), dim),
       rule=(pull.trapezoid, pull.trapezoid_points),
       product=arrays.integrated("trapezoid", kept=False), aliases=("trapz",)),
    Op("cumulative_trapezoid", "y, x=None; dx:number=1, dim:axis=-1", SAMPLED,
       "Running integral by the trapezoidal rule, one entry less than y.",
       "sum(cumulative_trapezoid(y, x)) y=1,2,4 x=0,1,3",
       within="dim", shape=lambda y, x, dx, dim: _shorter(_sampled_at(y, x, dim), dim, 1),
       torch=lambda t, y, x, dx, dim: t.cumulative_trapezoid(y, **_spacing(x, dx), dim=dim),
       sympy=lambda s, y, x, dx, dim: s.running(_areas(s, y, x, dx, dim), dim, lambda a, b: a + b),
       rule=(pull.cumulative_trapezoid, pull.cumulative_points),
       product=arrays.integrated("cumulative_trapezoid", kept=True)),
    Op("interp", "x, xp, fp", SAMPLED,
       "Linear interpolation between points (xp, fp), xp increasing; constant outside, as numpy's.",
       "interp(x, [0, 1, 3], f) x=1.5 f=1,2,5",
       shape=_interp_shape, cost=lambda x, xp, fp: max(rule.size(x), 1) * xp[0], torch=_interp_torch, sympy=_interp,
       rule=(pull.interp_x, pull.interp_points, pull.interp_values), kinked=True, saturates=True),
    Op("lerp", "x, y, weight", SAMPLED, "x + weight*(y - x).", "lerp(x, y, 0.25) x=1 y=3",
       torch=lambda t, x, y, weight: x + weight * (y - x), sympy=lambda s, x, y, weight: x + weight * (y - x)),
    Op("logaddexp", "x, y", SAMPLED, "log(exp(x) + exp(y)) without overflow.", "logaddexp(x, y) x=1 y=2",
       sympy=lambda s, x, y: s.log(s.exp(x) + s.exp(y)), rule=("g*sigmoid(x - y)", "g*sigmoid(y - x)"), saturates=True),
    Op("logaddexp2", "x, y", SAMPLED, "log2(2**x + 2**y) without overflow.", "logaddexp2(x, y) x=1 y=2",
       sympy=lambda s, x, y: s.log(s.pow(2, x) + s.pow(2, y)) / s.log(2),
       rule=("g*sigmoid((x - y)*log(2))", "g*sigmoid((y - x)*log(2))"), saturates=True),
    Op("logcumsumexp", "x; dim:axis=None", SAMPLED, "log of the running sum of exp(x), without overflow.",
       "logcumsumexp(x)[2] x=1,2,3",
       within="dim", shape=rule.along, torch=lambda t, x, dim: t.logcumsumexp(x, 0 if dim is None else dim),
       sympy=lambda s, x, dim: s.map(s.log, s.running(s.map(s.exp, x), dim, lambda a, b: a + b)),
       rule=(pull.logcumsumexp,), saturates=True),
    Op("sort", "x; dim:axis=-1, descending:flag=False", ORDER, "Entries in ascending order along an axis.",
       "dot(sort(x), [1, 2, 4]) x=3,1,2",
       within="dim",
       shape=_sort_shape, torch=lambda t, x, dim, descending: t.sort(x, dim, descending).values, sympy=_sort,
       rule=("scatter_add(zeros_like(x), dim, argsort(x, dim, descending), g)",), kinked=True, truth="all",
       aliases=("np.sort",), note="torch.sort(x) and x.sort() return more, values and indices."),
    Op("median", "x", ORDER, "torch's median of all entries: of two middle entries the lower one.",
       "median(x)**2 x=3,1,2,5", shape=lambda x: rule.reduce_nonempty(x), sympy=_median,
       rule=(pull.median,), kinked=True,
       note="np.median is the mean of the two middle entries."),
    Op("median_along", "x; dim:axis, keepdim:flag=False", ORDER,
       "median along one axis: the values of torch.median(x, dim).", "sum(median_along(A, 1)**2) A=[[3,1,2],[2,5,4]]",
       within="dim",
       shape=rule.reduce_nonempty, torch=_along_torch("median"), sympy=_median_along, rule=(pull.median_along,),
       kinked=True),
    Op("argmedian", "x; dim:axis, keepdim:flag=False", ORDER, "The numbers of the entries that median_along gives.",
       "A[0, 0]*argmedian(A, 1)[1] A=[[3,1,2],[2,5,4]]",
       shape=rule.reduce_nonempty, torch=lambda t, x, dim, keepdim: t.median(x, dim, keepdim).indices.to(x.dtype),
       sympy=_argmedian, cost=lambda x, dim, keepdim: _argsort_cost(x, dim, False),
       rule=("none: it counts places",), flat=True, kinked=True),
    Op("middle", "x; dim:axis=None, keepdim:flag=False", ORDER,
       "numpy's median: the mean of the two middle entries of an even count.", "np.median(x)**2 x=3,1,2,5",
       within="dim",
       shape=rule.reduce_nonempty, torch=lambda t, x, dim, keepdim: _quantile_torch(t, x, 0.5, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: _quantile(s, x, _half(s), dim, keepdim), rule=(pull.middle,), kinked=True,
       aliases=("np.median",)),
    Op("quantile", "x; q:number, dim:axis=None, keepdim:flag=False, interpolation:text='linear'", ORDER,
       "The value below which a share q of the entries lies; linear between two entries, or 'lower', 'higher', "
       "'midpoint', 'nearest'.",
       "quantile(x, 0.3)**2 x=3,1,2,5", within="dim", shape=_quantile_shape, torch=_quantile_torch, sympy=_quantile,
       rule=(pull.quantile,), kinked=True, saturates=True),
    Op("count_nonzero", "x; dim:axes=None", ORDER, "How many entries are not 0: a step function.",
       "count_nonzero(x)*x[0] x=2,0.5",
       shape=rule.reduce, torch=lambda t, x, dim: _count_torch(t, t.where(x == 0, 0 * x, 0 * x + 1), dim),
       sympy=lambda s, x, dim: s.sum(s.map(lambda v: s.where(s.eq(v, 0), 0 * v, 0 * v + 1), x), dim),
       rule=("zeros_like(x)",), kinked=True),
    Op("argsort", "x; dim:axis=-1, descending:flag=False", ORDER,
       "The numbers of the entries in ascending order along an axis.", "x[0]*dot(argsort(x), [1, 2, 4]) x=3,1,2",
       shape=_sort_shape, torch=lambda t, x, dim, descending: t.argsort(x, dim, descending).to(x.dtype),
       sympy=_argsort, cost=_argsort_cost, rule=("none: it counts places",),
       flat=True, kinked=True),
    *(Op(f"arg{name}", "x; dim:axis=None, keepdim:flag=False", ORDER,
         f"The number of the {word} entry, of several the first; without an axis in the row of all.",
         f"x[0]*arg{name}(x) x=3,1,2",
         shape=rule.reduce_nonempty, torch=_number_torch(f"arg{name}"), sympy=_number_of(place),
         cost=lambda x, dim, keepdim: _argsort_cost(x, 0 if dim is None else dim, False),
         rule=("none: it counts places",), flat=True, kinked=True)
      for name, word, place in (("max", "largest", -1), ("min", "smallest", 0))),
    *(Op(f"{name}_along", "x; dim:axis, keepdim:flag=False", ORDER,
         f"a{name} along one axis, but that one entry alone has the slope where several are as {word}: the values of "
         f"torch.{name}(x, dim).",
         f"sum({name}_along(A, 1)**2) A=[[3,1],[2,5]]",
         shape=rule.reduce_nonempty, torch=_along_torch(name), sympy=_along(bound),
         rule=(arrays.extreme(),), kinked=True, truth="all")
      for name, word, bound in (("max", "large", "Max"), ("min", "small", "Min"))),
)  # fmt: skip


def _count_torch(t: Any, ones: Any, dim: Any) -> Any:
    return t.sum(ones) if dim is None else t.sum(ones, dim)
