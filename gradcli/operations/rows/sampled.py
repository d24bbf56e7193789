"""Rows: functions given by samples (differences, integrals, interpolation, convolution), and entries in order."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
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
    for _ in range(n):
        x = _cut(x, dim, slice(1, None)) - _cut(x, dim, slice(None, -1))
    return x


# -- integrals


def _trapezoid_shape(y: Shape, x: Shape | None, _dx: Any, dim: int) -> Shape:
    axis = rule.axis_of(y, dim)
    if not y:
        raise ShapeMismatch("an array: a scalar has no axis")
    if x is not None and x not in ((y[axis],), y):
        raise ShapeMismatch(f"points x of length {y[axis]}, or of y's shape", hint="the spacing alone is dx=")
    return rule.reduce(y, dim)


def _areas(s: Any, y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The trapezoid between each sample and the next."""
    heights = _cut(y, dim, slice(1, None)) + _cut(y, dim, slice(None, -1))
    if x is None:
        return s.array(heights * dx / s.scalar(2))
    along = x if x.ndim == y.ndim else x.reshape([-1 if axis == dim % y.ndim else 1 for axis in range(y.ndim)])
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


# -- convolution


def _tuple_of(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else value


def _conv_shape(
    x: Shape, w: Shape, bias: Shape | None, stride: Any, padding: Any, dilation: Any, groups: int, *, rank: int
) -> Shape:
    letters = "lhw"[: 1 if rank == 1 else 3][-rank:]
    if len(w) != rank + 2 or len(x) not in (rank + 1, rank + 2):
        raise ShapeMismatch(
            f"an input (channels, {', '.join(letters)}), with or without a batch, and a weight "
            f"(out, channels, {', '.join('k' * rank)})",
            hint="convolve(x, y) takes two vectors" if rank == 1 else None,
        )
    steps = [_tuple_of(value, rank) for value in (stride, padding, dilation)]
    if any(len(values) != rank for values in steps) or min(*steps[0], *steps[2]) < 1 or min(steps[1]) < 0:
        raise ShapeMismatch(f"a stride and a dilation from 1 and a padding from 0, one number or {rank}")
    if groups < 1 or w[0] % groups or x[-rank - 1] != w[1] * groups:
        raise ShapeMismatch(f"an input of {w[1] * max(groups, 1)} channels, and groups that divide the {w[0]} outputs")
    if bias not in (None, (w[0],)):
        raise ShapeMismatch(f"a bias of shape ({w[0]},)")
    out = tuple(
        (n + 2 * pad - gap * (k - 1) - 1) // step + 1
        for n, k, step, pad, gap in zip(x[-rank:], w[-rank:], *steps, strict=True)
    )
    if min(*out, *w[-rank:]) < 1:
        raise ShapeMismatch("a kernel that fits into the padded input")
    return (*x[: -rank - 1], w[0], *out)


def _conv_cost(x: Shape, w: Shape, *rest: Any) -> int:
    bias = rest[0] if rest and isinstance(rest[0], tuple) and len(rest) > 4 else None
    out = _conv_shape(x, w, bias, *rest[-4:], rank=len(w) - 2)
    return max(prod(out) * prod(w[1:]), 1)


def _conv(s: Any, x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """Straight from the definition: a sum over channels and the kernel for each output."""
    rank = w.ndim - 2
    steps, pads, gaps = (_tuple_of(value, rank) for value in (stride, padding, dilation))
    shape = _conv_shape(x.shape, w.shape, None, stride, padding, dilation, groups, rank=rank)
    batched = x if x.ndim == rank + 2 else x[None]
    out = s.full((len(batched), *shape[-rank - 1 :]), 0)
    for place in s.np.ndindex(out.shape):
        sample, channel, *at = place
        first = channel // (w.shape[0] // groups) * w.shape[1]
        terms = []
        for tap in s.np.ndindex(w.shape[2:]):
            source = tuple(
                a * step + k * gap - pad for a, k, step, gap, pad in zip(at, tap, steps, gaps, pads, strict=True)
            )
            if all(0 <= i < n for i, n in zip(source, batched.shape[2:], strict=True)):
                terms += [batched[(sample, first + c, *source)] * w[(channel, c, *tap)] for c in range(w.shape[1])]
        out[place] = s.total(terms) + (0 if bias is None else bias[channel])
    return s.np.reshape(out, shape)


def _conv_row(rank: int, example: str) -> Op:
    name = f"conv{rank}d"

    def torch(t: Any, x: Any, w: Any, bias: Any, *steps: Any) -> Any:
        return getattr(t.nn.functional, name)(x, w, bias, *steps)

    axes = "axis" if rank == 1 else "axes"
    return Op(
        name,
        "x, weight, bias=None; stride:axes=1, padding:axes=0, dilation:axes=1, groups:integer=1",
        SAMPLED,
        f"Convolution of channels along {rank} {axes}, without flipping, as networks have it.",
        example,
        shape=lambda *a: _conv_shape(*a, rank=rank),
        cost=_conv_cost,
        torch=torch,
        sympy=_conv,
    )


def _convolve_span(n: int, m: int, mode: str) -> tuple[int, int]:
    """Which entries of the full convolution a mode keeps: start and length."""
    short, long = min(n, m), max(n, m)
    spans = {"full": (0, n + m - 1), "same": ((short - 1) // 2, long), "valid": (short - 1, long - short + 1)}
    return spans[mode]


def _convolve_shape(x: Shape, y: Shape, mode: str) -> Shape:
    if len(x) != 1 or len(y) != 1 or not x[0] or not y[0]:
        raise ShapeMismatch("two vectors with entries", hint="conv1d and conv2d take channels and batches")
    if mode not in ("full", "same", "valid"):
        raise ShapeMismatch(f"mode 'full', 'same' or 'valid', not '{mode}'")
    return (_convolve_span(x[0], y[0], mode)[1],)


def _convolve_torch(t: Any, x: Any, y: Any, mode: str) -> Any:
    start, length = _convolve_span(x.shape[0], y.shape[0], mode)
    kernel = t.flip(y, (0,)).reshape(1, 1, -1)
    return t.nn.functional.conv1d(x.reshape(1, 1, -1), kernel, padding=y.shape[0] - 1).reshape(-1)[
        start : start + length
    ]


def _convolve(s: Any, x: Any, y: Any, mode: str) -> Any:
    start, length = _convolve_span(len(x), len(y), mode)
    out = s.full((length,), 0)
    for k in range(length):
        whole = k + start
        out[k] = s.total([x[i] * y[whole - i] for i in range(len(x)) if 0 <= whole - i < len(y)])
    return out


# -- order


def _sort_shape(x: Shape, dim: int, _descending: bool) -> Shape:
    rule.axis_of(x, dim)
    return x


def _sort(s: Any, x: Any, dim: int, descending: bool) -> Any:
    if not x.ndim:
        return x
    found = s.ordered(x, dim)
    return s.np.flip(found, dim) if descending else found


def _sort_result(s: Any, x: Any, dim: int, descending: bool) -> Any:
    """[values, indices]"""
    values = _sort(s, x, dim, descending)
    places = s.np.argsort(x, axis=dim) if x.ndim else s.np.zeros((), dtype=int)
    places = s.np.flip(places, dim) if descending and x.ndim else places
    return s.np.stack([values, s.map(lambda i: s.scalar(int(i)), places)])


def _quantile_shape(x: Shape, q: Any, dim: int | None, keepdim: bool) -> Shape:
    if not 0 <= q <= 1:
        raise ShapeMismatch(f"a share q from 0 to 1, not {float(q):g}", hint="a percentage is divided by 100")
    return rule.reduce_nonempty(x, dim, keepdim)


def _place(count: int, q: Any) -> tuple[int, Any]:
    """The rank (count - 1)*q as a whole number and a rest; whole but for rounding is whole."""
    rank = (count - 1) * q
    whole = round(float(rank))
    if abs(float(rank) - whole) > 1e-12:
        whole = int(rank)
        return whole, rank - whole
    return whole, 0


def _lines(s: Any, x: Any, dim: int | None) -> Any:
    """The lines along an axis, or all entries as one line, each in order, along the last axis."""
    flat = x.reshape(-1) if dim is None else s.np.moveaxis(x, dim, -1)
    return s.ordered(flat, -1)


def _quantile(s: Any, x: Any, q: Any, dim: int | None, keepdim: bool) -> Any:
    found = _lines(s, x, dim)
    whole, rest = _place(found.shape[-1], q)
    value = found[..., whole]
    if rest:
        value = value + (found[..., whole + 1] - value) * rest
    return s.np.reshape(s.array(value), rule.reduce(x.shape, dim, keepdim))


def _quantile_torch(t: Any, x: Any, q: Any, dim: int | None, keepdim: bool) -> Any:
    """Written out: torch.quantile refuses 16 bits."""
    axis = dim or 0
    found = t.sort(x.reshape(-1) if dim is None else x, axis).values
    whole, rest = _place(prod(x.shape) if dim is None else x.shape[dim] if x.ndim else 1, q)
    value = t.select(found, axis, whole)
    if rest:
        value = value + float(rest) * (t.select(found, axis, whole + 1) - value)
    return value.reshape(rule.reduce(x.shape, dim, True)) if keepdim else value


def _median(s: Any, x: Any) -> Any:
    return _lines(s, x, None)[(prod(x.shape) - 1) // 2]


def _half(s: Any) -> Any:
    return s.rational(1, 2)


ROWS = (
    Op("differences", "x; n:integer=1, dim:axis=-1", SAMPLED,
       "x[1:] - x[:-1], n times: what np.diff and torch.diff return.", "sum(np.diff(x)**2) x=1,2,4",
       shape=_differences_shape, torch="diff", sympy=_differences,
       aliases=("np.diff", "torch.diff", ".diff"), note="The bare name diff is the derivative operator."),
    Op("trapezoid", "y, x=None; dx:number=1, dim:axis=-1", SAMPLED,
       "Integral by the trapezoidal rule, samples y at points x or dx apart.", "trapezoid(y, x) y=1,2,4 x=0,1,3",
       shape=_trapezoid_shape, torch=lambda t, y, x, dx, dim: t.trapezoid(y, **_spacing(x, dx), dim=dim),
       sympy=lambda s, y, x, dx, dim: s.sum(_areas(s, y, x, dx, dim), dim), aliases=("trapz",)),
    Op("cumulative_trapezoid", "y, x=None; dx:number=1, dim:axis=-1", SAMPLED,
       "Running integral by the trapezoidal rule, one entry less than y.",
       "sum(cumulative_trapezoid(y, x)) y=1,2,4 x=0,1,3",
       shape=lambda y, x, dx, dim: (_trapezoid_shape(y, x, dx, dim), _shorter(y, dim, 1))[1],
       torch=lambda t, y, x, dx, dim: t.cumulative_trapezoid(y, **_spacing(x, dx), dim=dim),
       sympy=lambda s, y, x, dx, dim: s.running(_areas(s, y, x, dx, dim), dim, lambda a, b: a + b)),
    Op("interp", "x, xp, fp", SAMPLED,
       "Linear interpolation between points (xp, fp), xp increasing; constant outside, as numpy's.",
       "interp(x, [0, 1, 3], f) x=1.5 f=1,2,5",
       shape=_interp_shape, cost=lambda x, xp, fp: max(rule.size(x), 1) * xp[0], torch=_interp_torch, sympy=_interp,
       kinked=True, saturates=True),
    Op("lerp", "x, y, weight", SAMPLED, "x + weight*(y - x).", "lerp(x, y, 0.25) x=1 y=3",
       torch=lambda t, x, y, weight: x + weight * (y - x), sympy=lambda s, x, y, weight: x + weight * (y - x)),
    Op("convolve", "x, y; mode:text='full'", SAMPLED,
       "Convolution of two vectors: entry k is the sum of x[i]*y[k - i]; mode 'full', 'same' or 'valid'.",
       "sum(convolve(x, y)**2) x=1,2,3 y=1,-1",
       shape=_convolve_shape, cost=lambda x, y, _: x[0] * y[0], torch=_convolve_torch, sympy=_convolve),
    _conv_row(1, "sum(conv1d(x, w)**2) x=[[1,2,4]] w=[[[1,-1]]]"),
    _conv_row(2, "sum(conv2d(x, w)**2) x=[[[1,2,4],[0,1,3]]] w=[[[[1,-1],[2,1]]]]"),
    Op("logaddexp", "x, y", SAMPLED, "log(exp(x) + exp(y)) without overflow.", "logaddexp(x, y) x=1 y=2",
       sympy=lambda s, x, y: s.log(s.exp(x) + s.exp(y)), saturates=True),
    Op("logaddexp2", "x, y", SAMPLED, "log2(2**x + 2**y) without overflow.", "logaddexp2(x, y) x=1 y=2",
       sympy=lambda s, x, y: s.log(s.pow(2, x) + s.pow(2, y)) / s.log(2), saturates=True),
    Op("logcumsumexp", "x; dim:axis=None", SAMPLED, "log of the running sum of exp(x), without overflow.",
       "logcumsumexp(x)[2] x=1,2,3",
       shape=rule.along, torch=lambda t, x, dim: t.logcumsumexp(x, 0 if dim is None else dim),
       sympy=lambda s, x, dim: s.map(s.log, s.running(s.map(s.exp, x), dim, lambda a, b: a + b)), saturates=True),
    Op("sort", "x; dim:axis=-1, descending:flag=False", ORDER, "Entries in ascending order along an axis.",
       "dot(sort(x), [1, 2, 4]) x=3,1,2",
       shape=_sort_shape, torch=lambda t, x, dim, descending: t.sort(x, dim, descending).values, sympy=_sort,
       kinked=True,
       aliases=("np.sort",), note="torch.sort(x) and x.sort() return more, values and indices: see sort_result."),
    Op("sort_result", "x; dim:axis=-1, descending:flag=False", ORDER,
       "[values, indices]: what torch.sort returns; index it: torch.sort(x)[0] is sort(x).",
       "dot(torch.sort(x)[0], [1, 2, 4]) x=3,1,2",
       shape=lambda x, dim, descending: (2, *_sort_shape(x, dim, descending)),
       torch=lambda t, x, dim, descending: t.stack([t.sort(x, dim, descending).values,
                                                    t.sort(x, dim, descending).indices.to(x.dtype)]),
       sympy=_sort_result, kinked=True, aliases=("torch.sort", ".sort")),
    Op("median", "x", ORDER, "torch's median of all entries: of two middle entries the lower one.",
       "median(x)**2 x=3,1,2,5", shape=lambda x: rule.reduce_nonempty(x), sympy=_median, kinked=True,
       note="np.median is the mean of the two middle entries."),
    Op("middle", "x; dim:axis=None, keepdim:flag=False", ORDER,
       "numpy's median: the mean of the two middle entries of an even count.", "np.median(x)**2 x=3,1,2,5",
       shape=rule.reduce_nonempty, torch=lambda t, x, dim, keepdim: _quantile_torch(t, x, 0.5, dim, keepdim),
       sympy=lambda s, x, dim, keepdim: _quantile(s, x, _half(s), dim, keepdim), kinked=True, aliases=("np.median",)),
    Op("quantile", "x; q:number, dim:axis=None, keepdim:flag=False", ORDER,
       "The value below which a share q of the entries lies; linear between two entries.",
       "quantile(x, 0.3)**2 x=3,1,2,5", shape=_quantile_shape, torch=_quantile_torch, sympy=_quantile,
       kinked=True, saturates=True),
    Op("count_nonzero", "x; dim:axes=None", ORDER, "How many entries are not 0: a step function.",
       "count_nonzero(x)*x[0] x=2,0.5",
       shape=rule.reduce, torch=lambda t, x, dim: _count_torch(t, t.where(x == 0, 0 * x, 0 * x + 1), dim),
       sympy=lambda s, x, dim: s.sum(s.map(lambda v: s.where(s.eq(v, 0), 0 * v, 0 * v + 1), x), dim), kinked=True),
)  # fmt: skip


def _count_torch(t: Any, ones: Any, dim: Any) -> Any:
    return t.sum(ones) if dim is None else t.sum(ones, dim)
