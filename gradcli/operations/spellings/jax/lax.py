"""jax.lax's calls."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch, axis_of
from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

_LAX = """
clamp(min, x, max, /) := where(x >= max or min >= max, max, where(x <= min, min, x))
select(pred, on_true, on_false, /) := where(pred, on_true, on_false)
integer_pow(x, y:integer, /) := x**y
logistic(x, /) := sigmoid(x)
rem(x, y, /) := fmod(x, y)
erf_inv(x, /) := erfinv(x)
bessel_i0e(x, /) := i0e(x)
bessel_i1e(x, /) := i1e(x)
igamma(a, x, /) := gammainc(a, x)
igammac(a, x, /) := gammaincc(a, x)
polygamma(m:integer, x, /) := polygamma(m, x)
zeta(x, q, /) := zeta(x, q)
is_finite(x, /) := abs(x) < inf
gt(x, y, /) := x > y
ge(x, y, /) := x >= y
lt(x, y, /) := x < y
le(x, y, /) := x <= y
eq(x, y, /) := x == y
ne(x, y, /) := x != y
dot(lhs, rhs, /) := lhs @ rhs
concatenate(operands:parts, dimension:axis) := concat(operands, dimension)
reshape(operand, new_sizes:axes) := reshape(operand, new_sizes)
transpose(operand, permutation:sizes) := permute(operand, permutation)
rev(operand, dimensions:axes) := flip(operand, dimensions)
full(shape:axes, fill_value) := full(shape, fill_value)
full_like(x, fill_value) := zeros_like(x) + fill_value
sort(operand, dimension:axis=-1, is_stable:flag=True, num_keys:integer=1) := sort(operand, dimension)
argmax(operand, axis:axis, index_dtype=None) := argmax(operand, axis)
argmin(operand, axis:axis, index_dtype=None) := argmin(operand, axis)
batch_matmul(lhs, rhs, precision:nothing=None) := lhs @ rhs
optimization_barrier(operand) := operand
squeeze(array, dimensions:axes) := np.squeeze(array, dimensions)
reduce_sum(operand, axes:axes) := sum(operand, axes)
reduce_prod(operand, axes:axes) := prod(operand, axes)
reduce_max(operand, axes:axes) := amax(operand, axes)
reduce_min(operand, axes:axes) := amin(operand, axes)
reduce_and(operand, axes:axes) := all(operand, axes)
reduce_or(operand, axes:axes) := any(operand, axes)
unstack(x, axis:axis=0) := np.unstack(x, axis=axis)
iota(dtype, size:integer) := arange(size)
"""


def _round(rounding_method: Any) -> str:
    return "sign(x)*floor(abs(x) + 1/2)" if not rounding_method else "round(x)"


def _running(row: str) -> Any:  # Any: a function of the call's constants
    return lambda axis, reverse: (
        f"flip({row}(flip(operand, {axis}), {axis}), {axis})" if reverse else f"{row}(operand, {axis})"
    )


def _at(rank: int, axis: int, entry: str) -> str:
    """An index of one entry or slice along an axis."""
    return f"[{':, ' * (axis % rank)}{entry}]"


def _expanded(array: int, dimensions: Any) -> str:
    """New axes where the result has them."""
    axes = dimensions if isinstance(dimensions, tuple) else (dimensions,)
    rank = array + len(axes)
    new = {axis % rank for axis in axes}
    return f"array[{', '.join('None' if axis in new else ':' for axis in range(rank))}]"


def _broadcast(operand: Shape, sizes: Any) -> str:
    return f"expand(operand, {(*sizes, *operand)})"


def _broadcast_in(operand: Shape, shape: Any, broadcast_dimensions: Any) -> str:
    """Each axis of the operand becomes the one that is named for it."""
    if len(broadcast_dimensions) != len(operand):
        raise ShapeMismatch("an axis of the result for each axis of the operand")
    sizes = dict(zip(broadcast_dimensions, operand, strict=True))
    return f"expand(reshape(operand, {tuple(sizes.get(axis, 1) for axis in range(len(shape)))}), {shape})"


def _collapsed(operand: int, start_dimension: int, stop_dimension: Any) -> str:
    stop = operand if stop_dimension is None else stop_dimension % operand if stop_dimension < 0 else stop_dimension
    return f"flatten_axes(operand, {start_dimension}, {stop - 1})" if stop > start_dimension else ""


def _slice(operand: int, start_indices: Any, limit_indices: Any, strides: Any) -> str:
    steps = strides or (1,) * operand
    parts = zip(start_indices, limit_indices, steps, strict=True)
    return f"operand[{', '.join(f'{a}:{b}:{step}' for a, b, step in parts)}]"


def _slice_along(operand: Shape, start_index: Any, limit_index: Any, stride: int, axis: int) -> str:
    start, stop = ("" if index is None else str(index) for index in (start_index, limit_index))
    return f"operand{_at(len(operand), axis_of(operand, axis), f'{start}:{stop}:{stride}')}"


def _start(index: int, size: int, length: int) -> int:
    """Where a slice of this length begins, moved so that it lies inside."""
    return min(max(index + size if index < 0 else index, 0), size - length)


def _dynamic(operand: Shape, start_indices: Any, slice_sizes: Any) -> str:
    if not len(operand) == len(start_indices) == len(slice_sizes):
        raise ShapeMismatch("a start and a size for each axis")
    return f"operand{_spans(operand, start_indices, slice_sizes)}"


def _spans(shape: Shape, starts: Any, sizes: Any) -> str:
    found = [_start(index, n, length) for index, n, length in zip(starts, shape, sizes, strict=True)]
    return f"[{', '.join(f'{start}:{start + length}' for start, length in zip(found, sizes, strict=True))}]"


def _dynamic_along(operand: Shape, start_index: int, slice_size: int, axis: int) -> str:
    at = axis_of(operand, axis)
    start = _start(start_index, operand[at], slice_size)
    return f"operand{_at(len(operand), at, f'{start}:{start + slice_size}')}"


def _entry(operand: Shape, index: int, axis: int, keepdims: bool) -> str:
    at = axis_of(operand, axis)
    start = _start(index, operand[at], 1)
    return f"operand{_at(len(operand), at, f'{start}:{start + 1}' if keepdims else str(start))}"


def _updated(operand: Shape, update: Shape, start_indices: Any) -> str:
    spans = _spans(operand, start_indices, update).strip("[]")
    return f"set_at(operand, update, {spans})" if operand else "update"


def _updated_along(operand: Shape, update: Shape, start: int, axis: int) -> str:
    at = axis_of(operand, axis)
    starts = tuple(start if k == at else 0 for k in range(len(operand)))
    return _updated(operand, update, starts)


def _updated_entry(operand: Shape, update: Shape, index: int, axis: int) -> str:
    at = axis_of(operand, axis)
    whole = update if len(update) == len(operand) else (*update[:at], 1, *update[at:])
    found = _updated_along(operand, whole, index, axis)
    return found.replace("update", f"reshape(update, {whole})", 1)


def _padded(operand: Shape, padding_config: Any) -> str:
    """So many before, behind and between; a negative number cuts."""
    if len(padding_config) != len(operand):
        raise ShapeMismatch("a triple (before, behind, between) for each axis")
    sizes, spans, cuts = [], [], []
    for n, (low, high, between) in zip(operand, padding_config, strict=True):
        length = max(n + between * (n - 1), 0)
        sizes.append(length + max(low, 0) + max(high, 0))
        spans.append(f"{max(low, 0)}:{max(low, 0) + length}:{between + 1}")
        cuts.append(f"{max(-low, 0)}:{sizes[-1] - max(-high, 0)}")
    whole = f"set_at(full({tuple(sizes)}, padding_value), operand, {', '.join(spans)})"
    return f"{whole}[{', '.join(cuts)}]"


def _contracted(lhs: int, rhs: int, dimension_numbers: Any) -> str:
    """Batch axes in front, then those of each that are left."""
    (left, right), (left_batch, right_batch) = dimension_numbers
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    first = [next(letters) for _ in range(lhs)]
    second = [""] * rhs
    for a, b in (*zip(left, right, strict=True), *zip(left_batch, right_batch, strict=True)):
        second[b] = first[a]
    second = [letter or next(letters) for letter in second]
    batch = [first[axis] for axis in left_batch]
    summed = {*batch, *(first[axis] for axis in left)}
    out = [*batch, *(letter for letter in (*first, *second) if letter not in summed)]
    return f"einsum('{''.join(first)},{''.join(second)}->{''.join(out)}', lhs, rhs)"


def _chosen(cases: int) -> str:
    found = f"cases[{cases - 1}]"
    for k in reversed(range(cases - 1)):
        found = f"where(which == {k}, cases[{k}], {found})"
    return found


def _split(sizes: Any, axis: int) -> str:
    bounds = tuple(accumulate(sizes[:-1]))
    return f"np.split(operand, {bounds}, {axis})"


_FUNCTIONS = (
    "associative_scan", "cond", "custom_linear_solve", "custom_root", "fori_loop", "map", "reduce", "reduce_window",
    "scan", "switch", "while_loop",
)  # fmt: skip
_A_FUNCTION = "none: it runs a function of yours; write the formula"
_DEVICES = (
    "all_gather", "all_to_all", "axis_index", "pmax", "pmean", "pmin", "ppermute", "pshuffle", "psum", "psum_scatter",
    "pswapaxes",
)  # fmt: skip
_BITS = "none: it is about the bits of whole numbers"

SPELLINGS = (
    *spelled("jax.lax.", _LAX),
    Spelling("jax.lax.round(x, rounding_method:number=0)", _round),
    Spelling("jax.lax.top_k(operand, k:integer)",
             lambda k: f"(sort(operand, -1, True)[..., :{k}], argsort(operand, -1, True)[..., :{k}])",
             ("values", "indices")),
    *(Spelling(f"jax.lax.{name}(operand, axis:axis=0, reverse:flag=False)", _running(row))
      for name, row in (("cumsum", "cumsum"), ("cumprod", "cumprod"), ("cumlogsumexp", "logcumsumexp"))),
    Spelling("jax.lax.expand_dims(array:ranked, dimensions:axes)", _expanded),
    Spelling("jax.lax.full_like(x, fill_value, dtype:dtype=None, shape:nothing=None)", "zeros_like(x) + fill_value"),
    Spelling("jax.lax.broadcast(operand:shaped, sizes:sizes)", _broadcast),
    Spelling("jax.lax.broadcast_in_dim(operand:shaped, shape:sizes, broadcast_dimensions:sizes)", _broadcast_in),
    Spelling("jax.lax.broadcast_like(arr, like_arr:shaped)", lambda like_arr: f"expand(arr, {like_arr or '()'})"),
    Spelling("jax.lax.broadcast_to_rank(x:ranked, rank:integer)", lambda x, rank: f"x[{'None, ' * (rank - x)}...]"),
    Spelling("jax.lax.collapse(operand:ranked, start_dimension:integer, stop_dimension:integer=None)", _collapsed),
    Spelling("jax.lax.slice(operand:ranked, start_indices:sizes, limit_indices:sizes, strides:sizes=None)", _slice),
    Spelling("jax.lax.slice_in_dim(operand:shaped, start_index:integer=None, limit_index:integer=None, "
             "stride:integer=1, axis:axis=0)", _slice_along),
    Spelling("jax.lax.index_in_dim(operand:shaped, index:integer, axis:axis=0, keepdims:flag=True)", _entry),
    Spelling("jax.lax.dynamic_index_in_dim(operand:shaped, index:integer, axis:axis=0, keepdims:flag=True)", _entry),
    Spelling("jax.lax.dynamic_slice(operand:shaped, start_indices:sizes, slice_sizes:sizes)", _dynamic),
    Spelling("jax.lax.dynamic_slice_in_dim(operand:shaped, start_index:integer, slice_size:integer, axis:axis=0)",
             _dynamic_along),
    Spelling("jax.lax.dynamic_update_slice(operand:shaped, update:shaped, start_indices:sizes)", _updated),
    Spelling("jax.lax.dynamic_update_slice_in_dim(operand:shaped, update:shaped, start_index:integer, axis:axis)",
             lambda operand, update, start_index, axis: _updated_along(operand, update, start_index, axis)),
    Spelling("jax.lax.dynamic_update_index_in_dim(operand:shaped, update:shaped, index:integer, axis:axis)",
             _updated_entry),
    Spelling("jax.lax.pad(operand:shaped, padding_value, padding_config)", _padded),
    Spelling("jax.lax.dot_general(lhs:ranked, rhs:ranked, dimension_numbers)", _contracted),
    Spelling("jax.lax.select_n(which, *cases:parts)", _chosen),
    Spelling("jax.lax.split(operand, sizes:sizes, axis:axis=0)", _split),
    Spelling("jax.lax.sort_key_val(keys, values, dimension:axis=-1)",
             lambda dimension: f"(sort(keys, {dimension}), gather(values, {dimension}, argsort(keys, {dimension})))",
             ("keys", "values")),
    *(Spelling(f"jax.lax.{name}(*arguments)", _A_FUNCTION) for name in _FUNCTIONS),
    *(Spelling(f"jax.lax.{name}(*arguments)", "none: it is about several devices") for name in _DEVICES),
    *(Spelling(f"jax.lax.{name}(*arguments)", _BITS)
      for name in ("bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "clz", "population_count", "shift_left",
                   "shift_right_arithmetic", "shift_right_logical", "mulhi", "bitcast_convert_type")),
)  # fmt: skip
