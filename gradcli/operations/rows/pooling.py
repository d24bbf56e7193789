"""Rows: the largest entry of each window of the last axes, and the matrices that average or sample an axis."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from gradcli.operations import windows
from gradcli.operations.row import Meaning, Op, ShapeRule
from gradcli.operations.rules import layers as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.windows import Taps, Weights, whole_steps

POOLING = "pooling"

# Any, in this module: arrays of the arithmetic that runs the meaning, torch tensors, constants

_DIVISORS = ("window", "inside", "one")
TapsOf = Callable[..., tuple[Taps, ...]]  # the sizes of the pooled axes, then the constants -> the taps of each axis


def _rank(constant: Any) -> int:
    return len(constant) if isinstance(constant, tuple) else 1


def _steps(kernel: Any, stride: Any, padding: Any, dilation: Any) -> list[tuple[int, ...]]:
    """Kernel, stride, padding and dilation of each axis; without a stride the windows lie side by side."""
    rank = _rank(kernel)
    given = (kernel, kernel if stride in (None, ()) else stride, padding, dilation)
    steps = [whole_steps(values, rank) for values in given]
    if any(len(values) != rank for values in steps) or min(*steps[0], *steps[1], *steps[3]) < 1:
        raise ShapeMismatch(f"a kernel, a stride and a dilation from 1, one number or {rank}")
    if any(not 0 <= 2 * pad <= size for pad, size in zip(steps[2], steps[0], strict=True)):
        raise ShapeMismatch("a padding from 0 to half of the kernel")
    return steps


def _sliding(sizes: Shape, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> tuple[Taps, ...]:
    axes = zip(sizes, *_steps(kernel, stride, padding, dilation), strict=True)
    return tuple(windows.window_taps(n, k, step, pad, gap, ceil_mode) for n, k, step, pad, gap in axes)


def _adaptive(sizes: Shape, output: Any) -> tuple[Taps, ...]:
    counts = _adaptive_sizes(sizes, output)
    return tuple(windows.adaptive_taps(n, count) for n, count in zip(sizes, counts, strict=True))


def _sliding_sizes(
    sizes: Shape, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[int, ...]:
    """How many windows there are along each axis."""
    axes = list(zip(sizes, *_steps(kernel, stride, padding, dilation), strict=True))
    counts = tuple(windows.count_of_windows(n, k, step, pad, gap, ceil_mode) for n, k, step, pad, gap in axes)
    sparse = any(
        gap > n and not all(windows.window_taps(n, k, step, pad, gap, ceil_mode)) for n, k, step, pad, gap in axes
    )
    if min(counts) < 1 or sparse:
        raise ShapeMismatch("windows that fit in, each with an entry")
    return counts


def _adaptive_sizes(sizes: Shape, output: Any) -> tuple[int, ...]:
    counts = whole_steps(output, _rank(output))
    if len(counts) != len(sizes) or min(counts) < 1:
        raise ShapeMismatch("sizes from 1")
    return counts


def _pooled_shape(sizes_of: Callable[..., tuple[int, ...]]) -> ShapeRule:
    def shape(x: Shape, *constants: Any) -> Shape:
        rank = _rank(constants[0])
        lead = x[: len(x) - rank]
        if len(x) < rank or 0 in x[len(lead) :]:
            raise ShapeMismatch(f"{rank} axes with entries, which are pooled")
        return (*lead, *sizes_of(x[len(lead) :], *constants))

    return shape


def _pool_cost(shape: ShapeRule) -> Callable[..., int]:
    """Each entry is under as many windows as they overlap, or at an end of one."""

    def cost(x: Shape, *constants: Any) -> int:
        kernel = whole_steps(constants[0], _rank(constants[0]))
        under = prod(kernel) * prod(shape(x, *constants)) if len(constants) > 1 else prod(x) * 2 ** len(kernel)
        return max(under, 1)

    return cost


def _pooled(taps_of: TapsOf, pick: Callable[..., Any]) -> Meaning:
    """``pick`` of the arithmetic, the entries under a window, and their numbers in the row of all pooled ones."""

    def meaning(s: Any, x: Any, *constants: Any) -> Any:
        rank = _rank(constants[0])
        sizes = x.shape[x.ndim - rank :]
        taps = taps_of(sizes, *constants)
        numbers = s.np.arange(prod(sizes)).reshape(sizes)
        out = s.full((*x.shape[: x.ndim - rank], *map(len, taps)), 0)
        for place in s.np.ndindex(out.shape):
            under = [axis[i] for axis, i in zip(taps, place[x.ndim - rank :], strict=True)]
            tiles = list(product(*under))
            entries = [x[(*place[: x.ndim - rank], *tile)] for tile in tiles]
            out[place] = pick(s, entries, [int(numbers[tile]) for tile in tiles])
        return out

    return meaning


def _largest(s: Any, entries: list[Any], _numbers: list[int]) -> Any:
    return s.Max(*entries) if len(entries) > 1 else entries[0]


def _place_of_largest(s: Any, entries: list[Any], numbers: list[int]) -> Any:
    at = s.places_in_order(entries)[-1]
    parts = (s.where(s.eq(at, k), s.scalar(number), s.scalar(0)) for k, number in enumerate(numbers))
    return s.total(list(parts))


def _pool_torch(name: str, keywords: tuple[str, ...], shape: ShapeRule, *, places: bool) -> Meaning:
    """torch's function of that many axes; all axes before them are one."""

    def meaning(t: Any, x: Any, *constants: Any) -> Any:
        rank = _rank(constants[0])
        given = {key: value for key, value in zip(keywords, constants, strict=True) if value is not None}
        lines = x.reshape(prod(x.shape[: x.ndim - rank]), 1, *x.shape[x.ndim - rank :])
        pair = getattr(t.nn.functional, f"{name}{rank}d")(lines, return_indices=True, **given)
        out = pair[1].to(x.dtype) if places else pair[0]
        return out.reshape(shape(x.shape, *constants))

    return meaning


def _pools(name: str, signature: str, taps_of: TapsOf, shape: ShapeRule, doc: str, example: str) -> tuple[Op, Op]:
    """The row of the values, and that of the numbers of the entries that they are."""
    cost = _pool_cost(shape)
    keywords = tuple(part.partition(":")[0].strip() for part in signature.partition(";")[2].split(","))
    return (
        Op(name, signature, POOLING, doc, f"sum({name}{example}**2) x=3,1,2,5",
           shape=shape, cost=cost, torch=_pool_torch(name, keywords, shape, places=False),
           sympy=_pooled(taps_of, _largest), rule=(pull.pooled(name, keywords),), kinked=True,
           note="Of several entries that are largest torch gives the slope to the first."),
        Op(f"{name}_places", signature, POOLING,
           f"The numbers, in the row of all entries of the pooled axes, of those that {name} gives.",
           f"x[0]*sum({name}_places{example}) x=3,1,2,5",
           shape=shape, cost=cost, torch=_pool_torch(name, keywords, shape, places=True),
           sympy=_pooled(taps_of, _place_of_largest), rule=("none: it counts places",), flat=True, kinked=True),
    )  # fmt: skip


# -- means


def _averages(weights_of: Callable[..., tuple[Weights, ...]]) -> Meaning:
    """The sums under each window times their weight, along one axis after the other."""

    def meaning(s: Any, x: Any, *constants: Any) -> Any:
        rank = _rank(constants[0])
        for axis, weights in zip(range(-rank, 0), weights_of(x.shape[x.ndim - rank :], *constants), strict=True):
            lines = s.np.moveaxis(x, axis, 0)
            out = s.full((len(weights), *lines.shape[1:]), 0)
            for k, row in enumerate(weights):
                share = next(iter(row.values()))  # of each entry of the window
                first, *others = (lines[i] for i in row)
                out[k] = sum(others, start=first) * s.rational(share.numerator, share.denominator)
            x = s.np.moveaxis(out, 0, axis)
        return x

    return meaning


def _sliding_weights(
    sizes: Shape, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, divisor: str
) -> tuple[Weights, ...]:
    kernels, strides, paddings, _ = _steps(kernel, stride, padding, 1)
    axes = zip(sizes, kernels, strides, paddings, strict=True)
    return tuple(windows.average_weights(n, k, step, pad, ceil_mode, divisor) for n, k, step, pad in axes)


def _adaptive_weights(sizes: Shape, output: Any) -> tuple[Weights, ...]:
    counts = _adaptive_sizes(sizes, output)
    return tuple(windows.adaptive_weights(n, count) for n, count in zip(sizes, counts, strict=True))


def _average_sizes(sizes: Shape, kernel: Any, stride: Any, padding: Any, ceil_mode: bool, divisor: str) -> Shape:
    if divisor not in _DIVISORS:
        raise ShapeMismatch(f"a divisor of {', '.join(_DIVISORS)}, not '{divisor}'")
    return _sliding_sizes(sizes, kernel, stride, padding, 1, ceil_mode)


def _average_torch(t: Any, x: Any, *constants: Any) -> Any:
    """torch's function of one axis takes no divisor: sums along one axis are those along two."""
    kernel, stride, padding, ceil_mode, divisor = constants
    rank, summed = _rank(kernel), divisor == "one"
    steps = _steps(kernel, stride, padding, 1)[:3]
    sizes = x.shape[x.ndim - rank :]
    if rank == 1 and summed:
        sizes, steps = (1, *sizes), [(neutral, *values) for neutral, values in zip((1, 1, 0), steps, strict=True)]
    lines = x.reshape(prod(x.shape[: x.ndim - rank]), 1, *sizes)
    pool = getattr(t.nn.functional, f"avg_pool{len(sizes)}d")
    out = pool(lines, *steps, ceil_mode, divisor == "window", *((1,) if summed else ()))
    return out.reshape(_average_shape(x.shape, *constants))


def _adaptive_average_torch(t: Any, x: Any, output: Any) -> Any:
    rank = _rank(output)
    lines = x.reshape(prod(x.shape[: x.ndim - rank]), 1, *x.shape[x.ndim - rank :])
    out = getattr(t.nn.functional, f"adaptive_avg_pool{rank}d")(lines, output)
    return out.reshape(_adaptive_shape(x.shape, output))


_average_shape, _adaptive_shape = _pooled_shape(_average_sizes), _pooled_shape(_adaptive_sizes)


# -- matrices


def _matrix_row(
    name: str, signature: str, doc: str, example: str, count_of: Callable[..., int], weights_of: Callable[..., Weights]
) -> Op:
    """A matrix with a row for each entry of the result, of exact numbers."""

    def shape(n: int, *constants: Any) -> Shape:
        if n < 1:
            raise ShapeMismatch("an axis with entries")
        return (count_of(n, *constants), n)

    def torch(t: Any, n: int, *constants: Any) -> Any:
        rows = [[float(row.get(i, 0)) for i in range(n)] for row in weights_of(n, *constants)]
        return t.tensor(rows, dtype=t.get_default_dtype())

    def exact(s: Any, n: int, *constants: Any) -> Any:
        found = weights_of(n, *constants)
        out = s.full((len(found), n), 0)
        for k, row in enumerate(found):
            for i, weight in row.items():
                out[k, i] = s.rational(weight.numerator, weight.denominator)
        return out

    return Op(name, signature, POOLING, doc, example, shape=shape, torch=torch, sympy=exact, helper=True)


def _count_of_averages(n: int, kernel: int, stride: int, padding: int, ceil_mode: bool, divisor: str) -> int:
    return _average_sizes((n,), kernel, stride, padding, ceil_mode, divisor)[0]


def _count_of_samples(_n: int, count: int, mode: str, _align_corners: bool, _antialias: bool, scale: Any) -> int:
    if mode not in windows.MODES:
        raise ShapeMismatch(f"mode {', '.join(map(repr, windows.MODES))}, not '{mode}'")
    if count < 1 or (scale is not None and (_rank(scale) != 2 or min(scale) < 1)):
        raise ShapeMismatch("a size from 1, and a scale as numerator and denominator")
    return count


def _samples(n: int, count: int, mode: str, align_corners: bool, antialias: bool, scale: Any) -> Weights:
    given = None if scale is None else Fraction(*scale)
    return windows.resampling_weights(n, count, mode, align_corners, antialias, given)


ROWS = (
    *_pools("max_pool", "x; kernel_size:axes, stride:axes=None, padding:axes=0, dilation:axes=1, ceil_mode:flag=False",
            _sliding, _pooled_shape(_sliding_sizes),
            "The largest entry of each window of the last axes, one for each size of the kernel; without a stride the "
            "windows lie side by side.", "(x, 2)"),
    *_pools("adaptive_max_pool", "x; output_size:axes", _adaptive, _pooled_shape(_adaptive_sizes),
            "The largest entries of so many windows of the last axes, one for each size.", "(x, 3)"),
    Op("avg_pool", "x; kernel_size:axes, stride:axes=None, padding:axes=0, ceil_mode:flag=False, "
       "divisor:text='window'", POOLING,
       "The mean of each window of the last axes, one for each size of the kernel; divisor: 'window' counts padding, "
       "'inside' does not, 'one' gives sums.", "sum(avg_pool(x, 2)**2) x=3,1,2,5",
       shape=_average_shape, cost=_pool_cost(_average_shape), torch=_average_torch, sympy=_averages(_sliding_weights),
       rule=(pull.averaged("g", back=True),), product=pull.averaged("x"), linear="jointly"),
    Op("adaptive_avg_pool", "x; output_size:axes", POOLING,
       "The means of so many windows of the last axes, one for each size.",
       "sum(adaptive_avg_pool(x, 3)**2) x=3,1,2,5",
       shape=_adaptive_shape, cost=_pool_cost(_adaptive_shape), torch=_adaptive_average_torch,
       sympy=_averages(_adaptive_weights), rule=(pull.adaptively_averaged("g", back=True),),
       product=pull.adaptively_averaged("x"), linear="jointly"),
    _matrix_row("averaging", "; n:integer, kernel_size:integer, stride:integer, padding:integer=0, "
                "ceil_mode:flag=False, divisor:text='window'",
                "The matrix that averages windows of n entries; divisor: 'window' counts padding, 'inside' does not, "
                "'one' gives sums.", "sum((averaging(4, 2, 2) @ x)**2) x=3,1,2,5",
                _count_of_averages, windows.average_weights),
    _matrix_row("adaptive_averaging", "; n:integer, output_size:integer",
                "The matrix that averages so many windows of n entries.",
                "sum((adaptive_averaging(4, 3) @ x)**2) x=3,1,2,5",
                lambda n, count: _adaptive_sizes((n,), count)[0], windows.adaptive_weights),
    _matrix_row("resampling", "; n:integer, size:integer, mode:text='linear', align_corners:flag=False, "
                "antialias:flag=False, scale:axes=None",
                "The matrix that samples n entries at so many places: mode 'linear', 'cubic', 'nearest' or "
                "'nearest-exact', as torch's interpolate has it.",
                "sum((resampling(4, 6) @ x)**2) x=3,1,2,5", _count_of_samples, _samples),
)  # fmt: skip
