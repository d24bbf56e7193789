"""Rules of functions given by samples, convolutions and orders, whose text depends on shapes: see arrays.py."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

from gradcli.operations.rules.arrays import cut, listed, padded
from gradcli.operations.shape_rules import Shape, axis_of, broadcast, reduce

Steps = int | tuple[int, ...]  # one number for all axes, or one for each


# -- differences and integrals


def differences(x: Shape, n: int, dim: int) -> str:
    """The transpose of one difference is minus the difference of g between zeros."""
    axis = axis_of(x, dim)
    if x[axis] < n:
        return "zeros_like(x)"
    return f"{'-' * (n % 2)}differences({padded('g', len(x), axis, n, n)}, n, dim)"


def trapezoid(y: Shape, x: Shape | None, _dx: Any, dim: int) -> str:  # Any: a number
    """Half of g times each step, for both of its ends."""
    return _areas_to_heights("g" if len(y) == 1 else f"unsqueeze(g, {axis_of(y, dim)})", y, x, dim)


def cumulative_trapezoid(y: Shape, x: Shape | None, _dx: Any, dim: int) -> str:  # Any: as above
    """As for ``trapezoid``, where each area is in all later sums."""
    return _areas_to_heights("flip(cumsum(flip(g, dim), dim), dim)", y, x, dim)


def _areas_to_heights(cotangent: str, y: Shape, x: Shape | None, dim: int) -> str:
    axis = axis_of(y, dim)
    if not y[axis]:
        return "zeros_like(y)"
    steps = "dx" if x is None else f"({_along(x, y, axis, '1:')} - {_along(x, y, axis, ':-1')})"
    ones = f"ones_like({cut('y', axis, '1:')})"
    text = f"{padded('h', len(y), axis, 1, 0)} + {padded('h', len(y), axis, 0, 1)}"
    whole = y if x is None else broadcast(y, points_shape(y, x, axis))
    return f"h = {cotangent}*{steps}*{ones}/2; {text if whole == y else f'sum_to({text}, y)'}"


def points_shape(y: Shape, x: Shape, axis: int) -> Shape:
    """The shape of points with as many axes as y: one line of them goes along the axis."""
    if len(x) == 1:
        return tuple(x[0] if i == axis else 1 for i in range(len(y)))
    return (1,) * (len(y) - len(x)) + x


def _along(x: Shape, y: Shape, axis: int, part: str) -> str:
    """Some of the points x along the axis of y."""
    if len(x) == len(y):
        return cut("x", axis, part)
    return cut(f"reshape(x, {listed(points_shape(y, x, axis))})", axis, part)


def trapezoid_points(y: Shape, x: Shape, _dx: Any, dim: int) -> str:  # Any: as above
    return _areas_to_points("g" if len(y) == 1 else f"unsqueeze(g, {axis_of(y, dim)})", y, x, dim)


def cumulative_points(y: Shape, x: Shape, _dx: Any, dim: int) -> str:  # Any: as above
    return _areas_to_points("flip(cumsum(flip(g, dim), dim), dim)", y, x, dim)


def _areas_to_points(cotangent: str, y: Shape, x: Shape, dim: int) -> str:
    """The mean height times g, up at the right end of each step and down at the left one."""
    axis = axis_of(y, dim)
    if not y[axis]:
        return "zeros_like(x)"
    text = f"h = {cotangent}*({cut('y', axis, '1:')} + {cut('y', axis, ':-1')})/2; "
    if len(x) == 1 < len(y):
        others = tuple(i for i in range(len(y)) if i != axis)
        return f"{text}m = sum(h, {others}); pad(m, (1, 0)) - pad(m, (0, 1))"
    whole = broadcast(y, points_shape(y, x, axis))
    found = f"{padded('h', len(y), axis, 1, 0)} - {padded('h', len(y), axis, 0, 1)}"
    return text + (found if x == whole else f"sum_to({found}, x)")


def logcumsumexp(x: Shape, dim: int | None) -> str:
    """exp(x_i - out_j) of each g_j with j >= i: at most 1, where exp(x_i)*exp(-out_j) overflows."""
    if not x:
        return "g"
    axis, n = axis_of(x, dim or 0), x[axis_of(x, dim or 0)]
    a, out, g = (f"unsqueeze(movedim({name}, {axis}, -1), {at})" for name, at in (("x", -1), ("out", -2), ("g", -2)))
    return f"w = exp(triu({a} - {out}))*triu(ones({n}, {n})); movedim(sum(w*{g}, -1), -1, {axis})"


# -- interpolation: in which piece each x lies, and where in it

_PIECES = (
    "p = unsqueeze(flatten(x), 1); d = differences(xp); "
    "inside = where(p >= xp[:-1] and p < xp[1:], 1, 0); along = inside*(p - xp[:-1])/d; "
)


def interp_x(_x: Shape, _xp: Shape, _fp: Shape) -> str:
    """The slope of the piece; none outside."""
    return f"{_PIECES}g*reshape(inside @ (differences(fp)/d), x.shape)"


def interp_points(_x: Shape, _xp: Shape, _fp: Shape) -> str:
    """Moving an end of a piece moves the line against its slope, by the share of that end."""
    return (
        f"{_PIECES}h = flatten(g)*(inside @ (differences(fp)/d)); "
        "-pad(h @ (inside - along), (0, 1)) - pad(h @ along, (1, 0))"
    )


def interp_values(_x: Shape, xp: Shape, _fp: Shape) -> str:
    """Each value by its share; the outer ones for all that lies outside."""
    n = xp[0]
    return (
        f"{_PIECES}h = flatten(g); left = sum(where(flatten(x) < xp[0], h, 0)); "
        f"right = sum(where(flatten(x) >= xp[-1], h, 0)); pad(h @ (inside - along), (0, 1)) + pad(h @ along, (1, 0)) "
        f"+ pad([left], (0, {n - 1})) + pad([right], ({n - 1}, 0))"
    )


# -- convolution of vectors


def convolve(x: Shape, y: Shape, mode: str, *, other: str) -> str:
    """g in its place in the full convolution, convolved with the other vector from behind."""
    start, length = convolve_span(x[0], y[0], mode)
    return f"convolve(pad(g, ({start}, {x[0] + y[0] - 1 - start - length})), flip({other}), 'valid')"


def convolve_span(n: int, m: int, mode: str) -> tuple[int, int]:
    """Which entries of the full convolution a mode keeps: start and length."""
    short, long = min(n, m), max(n, m)
    spans = {"full": (0, n + m - 1), "same": ((short - 1) // 2, long), "valid": (short - 1, long - short + 1)}
    return spans[mode]


# -- convolution of channels: transposed ones for the input, and for the kernel the input convolved with g


def tuple_of(value: Steps, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else value


def conv_input(
    x: Shape, w: Shape, _bias: Shape | None, stride: Steps, padding: Steps, dilation: Steps, _groups: int
) -> str:
    """The transposed convolution, with as much padding of its output as gives x's sizes."""
    rank = len(w) - 2
    steps, pads, gaps = (tuple_of(value, rank) for value in (stride, padding, dilation))
    rest = tuple(
        (n + 2 * p - d * (k - 1) - 1) % s for n, k, s, p, d in zip(x[-rank:], w[-rank:], steps, pads, gaps, strict=True)
    )
    return f"conv_transpose{rank}d(g, weight, None, stride, padding, {rest}, groups, dilation)"


def conv_weight(
    x: Shape, w: Shape, _bias: Shape | None, stride: Steps, padding: Steps, dilation: Steps, groups: int
) -> str:
    """Channels and batch change places, and so do stride and dilation; past the kernel's size nothing counts."""
    return _kernel(x, w, groups, "x", "g", f"{dilation}, {padding}, {stride}")


def _kernel(x: Shape, w: Shape, groups: int, long: str, short: str, steps: str) -> str:
    rank = len(w) - 2
    if 0 in x:
        return "zeros_like(weight)"
    if len(x) == rank + 1:
        long, short = f"unsqueeze({long}, 0)", f"unsqueeze({short}, 0)"
    ins, outs, part = w[1], w[0] // groups, ", ".join(f":{n}" for n in w[2:])
    parts = [
        f"transpose(conv{rank}d(transpose({long}[:, {i * ins}:{(i + 1) * ins}], 0, 1), "
        f"transpose({short}[:, {i * outs}:{(i + 1) * outs}], 0, 1), None, {steps})[:, :, {part}], 0, 1)"
        for i in range(groups)
    ]
    return parts[0] if groups == 1 else f"concat({', '.join(parts)})"


def channel_sum(x: Shape, w: Shape, *_: Any) -> str:  # Any: constants
    """The sum over all but the channels."""
    rank = len(w) - 2
    return f"sum(g, {tuple(i for i in range(len(x)) if i != len(x) - rank - 1)})"


def transposed_input(
    x: Shape,
    w: Shape,
    _bias: Shape | None,
    _stride: Steps,
    _padding: Steps,
    _more: Steps,
    _groups: int,
    _dilation: Steps,
) -> str:
    """The convolution; the output's own padding may be good for more entries than x has."""
    rank = len(w) - 2
    part = ", ".join(f":{n}" for n in x[-rank:])
    return f"conv{rank}d(g, weight, None, stride, padding, dilation, groups)[..., {part}]"


def transposed_weight(
    x: Shape, w: Shape, _bias: Shape | None, stride: Steps, padding: Steps, _more: Steps, groups: int, dilation: Steps
) -> str:
    """As for a convolution that takes g to x."""
    return _kernel(x, w, groups, "g", "x", f"{dilation}, {padding}, {stride}")


# -- order statistics: g goes to where the entries came from


# -- convolutions as products of the input, the weight and an indicator of the places that meet, along each axis


def convolved(
    x: Shape, w: Shape, bias: Shape | None, stride: Steps, padding: Steps, dilation: Steps, groups: int
) -> str:
    """Of one group; an entry of the input at ``stride*place + dilation*tap - padding``."""
    steps = _steps(len(w) - 2, stride, dilation, padding)
    return "" if groups != 1 else _sum_over_taps(x, bias, steps, "oc", "out", "x")


def transposed_convolved(
    x: Shape, w: Shape, bias: Shape | None, stride: Steps, padding: Steps, _more: Any, groups: int, dilation: Steps
) -> str:  # Any: as above
    """Of one group; an entry of the value at ``stride*place + dilation*tap - padding``."""
    steps = _steps(len(w) - 2, stride, dilation, padding)
    return "" if groups != 1 else _sum_over_taps(x, bias, steps, "co", "x", "out")


def _steps(rank: int, *values: Steps) -> list[tuple[int, ...]]:
    """Stride, dilation and padding of each axis."""
    return list(zip(*(tuple_of(value, rank) for value in values), strict=True))


def _sum_over_taps(
    x: Shape, bias: Shape | None, steps: list[tuple[int, ...]], channels: str, strode: str, met: str
) -> str:
    """``strode`` and ``met``, x and out, name the arrays that a tap joins; channels: letters of the weight's."""
    rank = len(steps)
    batch = "b" * (len(x) - rank - 1)
    taps, ahead, behind = ("klm"[:rank], "pqr"[:rank], "ijh"[:rank])
    inside, outside = (behind, ahead) if met == "x" else (ahead, behind)
    indicators = []
    for axis, (stride, gap, pad) in enumerate(steps):
        at = axis - rank
        place = f"{stride}*arange({strode}.shape[{at}])[:, None, None]".removeprefix("1*")
        tap = f"{gap}*arange(weight.shape[{at}])".removeprefix("1*")
        reached = f"{place} + {tap}{f' - {pad}' if pad else ''}"
        indicators.append(f"where({reached} == arange({met}.shape[{at}])[:, None], 1, 0)")
    letters = [f"{batch}c{inside}", f"{channels}{taps}", *map("".join, zip(ahead, behind, taps, strict=True))]
    text = f"einsum('{','.join(letters)}->{batch}o{outside}', x, weight, {', '.join(indicators)})"
    return text if bias is None else f"{text} + bias[:, {', '.join(['None'] * rank)}]"


def convolved_vectors(x: Shape, y: Shape, mode: str) -> str:
    start, _ = convolve_span(x[0], y[0], mode)
    ahead = f" + {start}" if start else ""
    places = f"arange(x.shape[0])[:, None] + arange(y.shape[0]) == arange(out.shape[0])[:, None, None]{ahead}"
    return f"einsum('i,k,pik->p', x, y, where({places}, 1, 0))"


def place(count: int, q: Any) -> tuple[int, Any]:  # Any: a Fraction, or a number of the arithmetic at hand
    """The rank (count - 1)*q as a whole number and a rest; whole but for rounding is whole."""
    rank = (count - 1) * q
    whole = round(float(rank))
    if abs(float(rank) - whole) > 1e-12:
        whole = int(rank)
        return whole, rank - whole
    return whole, 0


def chosen(count: int, q: Any, interpolation: str) -> tuple[int, Any]:  # Any: as above
    """``place``, moved to the neighbour that is meant; nearest is torch's, of two the even one."""
    whole, rest = place(count, q)
    share = float(rest)
    up = {"lower": False, "higher": True, "nearest": share > 0.5 or (share == 0.5 and whole % 2 == 1)}
    if rest and interpolation in up:
        return whole + up[interpolation], 0
    return whole, Fraction(1, 2) if rest and interpolation == "midpoint" else rest


def quantile(x: Shape, q: Any, dim: int | None, _keepdim: bool, interpolation: str) -> str:  # Any: as above
    """Two neighbours in order take their shares of g."""
    dim = dim if x else None
    count = prod(x) if dim is None else x[axis_of(x, dim)]
    return _of_ranks(x, dim, *chosen(count, q, interpolation))


def middle(x: Shape, dim: int | None, keepdim: bool) -> str:
    return quantile(x, Fraction(1, 2), dim, keepdim, "linear")


def median_along(x: Shape, dim: int, _keepdim: bool) -> str:
    """The lower one of two middle entries takes all."""
    return _of_ranks(x, dim, (x[axis_of(x, dim)] - 1) // 2, 0)


def median(x: Shape) -> str:
    """The lower one of two middle entries takes all."""
    return _of_ranks(x, None, (prod(x) - 1) // 2, 0)


def _of_ranks(x: Shape, dim: int | None, rank: int, rest: Any) -> str:  # Any: as above
    axis = 0 if dim is None else axis_of(x, dim)
    kept = (1,) if dim is None else reduce(x, dim, True)
    share = f"({1 - rest})*" if rest else ""
    text = f"scatter_add(zeros_like(v), {axis}, {cut('i', axis, f'{rank}:{rank + 1}')}, {share}h)"
    if rest:
        text = f"scatter_add({text}, {axis}, {cut('i', axis, f'{rank + 1}:{rank + 2}')}, ({rest})*h)"
    start = f"v = {'flatten(x)' if dim is None else 'x'}; i = argsort(v, {axis}); h = reshape(g, {listed(kept)}); "
    return f"{start}reshape({text}, x.shape)" if dim is None else start + text
