"""numpy's calls where they are not a row's own: other arguments, other defaults, several results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from gradcli.operations.spelling import Spelling

# Any, in this module: the constants of a call, or OPERAND

# What numpy has beside the operands of a reduction, and of a function entry by entry.
_ALONG = "axis:axes=None, dtype:nothing=None, out:nothing=None, keepdims:flag=False"
_BOUND = "axis:axes=None, out:nothing=None, keepdims:flag=False"
_SPREAD = "axis:axes=None, dtype:nothing=None, out:nothing=None, ddof:integer=0, keepdims:flag=False"
_ONE = "axis:axis=None, out:nothing=None"


def lines(prefix: str, text: str) -> Iterable[Spelling]:
    """A Spelling for each line ``call := formula``."""
    for line in text.strip().splitlines():
        call, _, means = line.strip().partition(" := ")
        yield Spelling(f"{prefix}{call}", means)


_SAME = """
array(object, dtype:nothing=None, copy=None) := object
asarray(a, dtype:nothing=None) := a
asanyarray(a, dtype:nothing=None) := a
ascontiguousarray(a, dtype:nothing=None) := a
copy(a) := a
real(val) := val
real_if_close(a) := a
conj(x, /) := x
conjugate(x, /) := x
positive(x, /) := x
imag(val) := zeros_like(val)
angle(z) := where(z < 0, pi, 0)
around(a) := round(a)
around(a, decimals:integer) := round(a*10**decimals)/10**decimals
round(a) := round(a)
round(a, decimals:integer) := round(a*10**decimals)/10**decimals
rint(x, /) := round(x)
signbit(x, /) := x < 0
copysign(x1, x2, /) := abs(x1)*where(x2 < 0, -1, 1)
greater(x1, x2, /) := x1 > x2
greater_equal(x1, x2, /) := x1 >= x2
less(x1, x2, /) := x1 < x2
less_equal(x1, x2, /) := x1 <= x2
equal(x1, x2, /) := x1 == x2
not_equal(x1, x2, /) := x1 != x2
isnan(x, /) := x != x
isinf(x, /) := abs(x) == inf
isfinite(x, /) := abs(x) < inf
divmod(x1, x2, /) := (floor_divide(x1, x2), mod(x1, x2))
modf(x, /) := (x - trunc(x), trunc(x))
clip(a, a_min=None, a_max=None, out:nothing=None) := clamp(a, a_min, a_max)
clip(a, *, min=None, max=None) := clamp(a, min, max)
"""

_REDUCED = f"""
sum(a:array, {_ALONG}) := sum(a, axis, keepdims)
sum(a:array, {_ALONG}, initial) := sum(a, axis, keepdims) + initial
prod(a:array, {_ALONG}) := prod(a, axis, keepdims)
prod(a:array, {_ALONG}, initial) := prod(a, axis, keepdims)*initial
mean(a:array, {_ALONG}) := mean(a, axis, keepdims)
max(a:array, {_BOUND}) := amax(a, axis, keepdims)
max(a:array, {_BOUND}, initial) := maximum(amax(a, axis, keepdims), initial)
amax(a:array, {_BOUND}) := amax(a, axis, keepdims)
amax(a:array, {_BOUND}, initial) := maximum(amax(a, axis, keepdims), initial)
min(a:array, {_BOUND}) := amin(a, axis, keepdims)
min(a:array, {_BOUND}, initial) := minimum(amin(a, axis, keepdims), initial)
amin(a:array, {_BOUND}) := amin(a, axis, keepdims)
amin(a:array, {_BOUND}, initial) := minimum(amin(a, axis, keepdims), initial)
ptp(a:array, {_BOUND}) := amax(a, axis, keepdims) - amin(a, axis, keepdims)
any(a:array, {_BOUND}) := any(a, axis, keepdims)
all(a:array, {_BOUND}) := all(a, axis, keepdims)
var(a:array, {_SPREAD}) := var(a, axis, ddof, keepdims)
var(a:array, axis:axes=None, *, correction:integer, keepdims:flag=False) := var(a, axis, correction, keepdims)
std(a:array, {_SPREAD}) := std(a, axis, ddof, keepdims)
std(a:array, axis:axes=None, *, correction:integer, keepdims:flag=False) := std(a, axis, correction, keepdims)
nansum(a:array, {_ALONG}) := sum(where(a != a, 0, a), axis, keepdims)
nanprod(a:array, {_ALONG}) := prod(where(a != a, 1, a), axis, keepdims)
nanmean(a:array, {_ALONG}) := sum(where(a != a, 0, a), axis, keepdims)/sum(where(a != a, 0, 1), axis, keepdims)
nanmax(a:array, {_BOUND}) := amax(where(a != a, -inf, a), axis, keepdims)
nanmin(a:array, {_BOUND}) := amin(where(a != a, inf, a), axis, keepdims)
count_nonzero(a:array, axis:axes=None, *, keepdims:flag=False) := sum(where(a == 0, 0, 1), axis, keepdims)
argmax(a:array, {_ONE}, *, keepdims:flag=False) := argmax(a, axis, keepdims)
argmin(a:array, {_ONE}, *, keepdims:flag=False) := argmin(a, axis, keepdims)
sort(a:array, axis:axis=-1, kind:nothing=None, order:nothing=None) := sort(a, axis)
argsort(a:array, axis:axis=-1, kind:nothing=None, order:nothing=None) := argsort(a, axis)
median(a:array, {_ONE}, overwrite_input:flag=False, keepdims:flag=False) := middle(a, axis, keepdims)
"""

_MOVED = """
transpose(a, axes:sizes=None) := permute(a, axes)
permute_dims(a, axes:sizes=None) := permute(a, axes)
matrix_transpose(x, /) := x.mT
swapaxes(a, axis1:axis, axis2:axis) := transpose(a, axis1, axis2)
moveaxis(a, source:axes, destination:axes) := movedim(a, source, destination)
expand_dims(a, axis:axis) := unsqueeze(a, axis)
flip(m, axis:axes=None) := flip(m, axis)
flipud(m) := flip(m, 0)
fliplr(m) := flip(m, 1)
diag(v, k:integer=0) := diag(v, k)
diagflat(v, k:integer=0) := diag(flatten(v), k)
tril(m, k:integer=0) := tril(m, k)
triu(m, k:integer=0) := triu(m, k)
tile(A, reps:axes) := tile(A, reps)
broadcast_to(array, shape:axes) := expand(array, shape)
atleast_1d(array) := hstack(array)
atleast_2d(array) := vstack(array)
atleast_3d(array) := einsum('ij->ij', vstack(array))[..., None]
append(arr, values) := concat(flatten(arr), flatten(values))
append(arr, values, axis:axis) := concat(arr, values, dim=axis)
"""

_MADE = """
zeros(shape:axes, dtype:nothing=None) := full(shape, 0)
ones(shape:axes, dtype:nothing=None) := full(shape, 1)
full(shape:axes, fill_value, dtype:nothing=None) := full(shape, fill_value)
zeros_like(a, dtype:nothing=None) := zeros_like(a)
ones_like(a, dtype:nothing=None) := ones_like(a)
identity(n:integer, dtype:nothing=None) := eye(n)
linspace(start:number, stop:number, num:integer=50) := linspace(start, stop, num)
logspace(start:number, stop:number, num:integer=50, *, base:number=10) := logspace(start, stop, num, base)
"""

_PRODUCTS = """
matmul(x1, x2, /) := x1 @ x2
matvec(x1, x2, /) := einsum('...ij,...j->...i', x1, x2)
vecmat(x1, x2, /) := einsum('...i,...ij->...j', x1, x2)
vecdot(x1, x2, /, *, axis:axis=-1) := vecdot(x1, x2, axis)
tensordot(a, b, axes:integer=2) := tensordot(a, b, axes)
kron(a, b) := kron(a, b)
convolve(a, v, mode:text='full') := convolve(a, v, mode)
correlate(a, v, mode:text='valid') := convolve(a, flip(v, 0), mode)
polymul(a1, a2) := convolve(a1, a2)
cumsum(a, axis:axis, dtype:nothing=None, out:nothing=None) := cumsum(a, axis)
cumsum(a, axis:nothing=None, dtype:nothing=None, out:nothing=None) := cumsum(flatten(a), 0)
cumprod(a, axis:axis, dtype:nothing=None, out:nothing=None) := cumprod(a, axis)
cumprod(a, axis:nothing=None, dtype:nothing=None, out:nothing=None) := cumprod(flatten(a), 0)
nancumsum(a, axis:axis) := cumsum(where(a != a, 0, a), axis)
nancumsum(a, axis:nothing=None) := cumsum(flatten(where(a != a, 0, a)), 0)
nancumprod(a, axis:axis) := cumprod(where(a != a, 1, a), axis)
nancumprod(a, axis:nothing=None) := cumprod(flatten(where(a != a, 1, a)), 0)
cumulative_sum(x, /, *, axis:axis) := cumsum(x, axis)
cumulative_sum(x, /) := einsum('i->i', cumsum(x, 0))
cumulative_prod(x, /, *, axis:axis) := cumprod(x, axis)
cumulative_prod(x, /) := einsum('i->i', cumprod(x, 0))
trapezoid(y, x=None, dx:number=1, axis:axis=-1) := trapezoid(y, x, dx, axis)
trapz(y, x=None, dx:number=1, axis:axis=-1) := trapezoid(y, x, dx, axis)
ediff1d(ary) := differences(flatten(ary))
interp(x, xp, fp) := interp(x, xp, fp)
"""

_ALGEBRA = """
tensordot(a, b, /, *, axes:integer=2) := tensordot(a, b, axes)
det(a) := det(a)
inv(a) := inv(a)
pinv(a) := pinv(a)
solve(a, b) := solve(a, b)
cholesky(a, /) := cholesky(a)
eigvalsh(a) := eigvalsh(a)
svdvals(x, /) := svdvals(x)
matrix_power(a, n:integer) := matrix_power(a, n)
multi_dot(arrays:parts) := multi_dot(arrays)
outer(x1, x2, /) := einsum('i,j->ij', x1, x2)
vecdot(x1, x2, /, *, axis:axis=-1) := vecdot(x1, x2, axis)
matrix_transpose(x, /) := x.mT
vector_norm(x, /, *, axis:axes=None, keepdims:flag=False, ord:number=2) := norm(x, ord, axis, keepdims)
cond(x) := cond(x)
"""


def _nan_to_num(posinf: Any, neginf: Any) -> str:
    most = "1.7976931348623157e308"
    above, below = (most if posinf is None else "posinf"), (f"-{most}" if neginf is None else "neginf")
    return f"where(x != x, nan, where(x == inf, {above}, where(x == -inf, {below}, x)))"


def _interp(left: Any, right: Any) -> str:
    low, high = ("fp[0]" if left is None else "left"), ("fp[-1]" if right is None else "right")
    return f"where(x < xp[0], {low}, where(x > xp[-1], {high}, interp(x, xp, fp)))"


# -- entries in other places


def along(array: str, axis: int, part: str) -> str:
    """A slice along one axis: ``x[:, 1:]``."""
    return f"{array}[{':, ' * axis}{part}]" if axis >= 0 else f"{array}[..., {part}{', :' * (-axis - 1)}]"


def _repeat(repeats: Any, axis: Any) -> str:
    """A list of repeats is as long as the axis, which the product asks for."""
    if isinstance(repeats, int):
        return "repeat_interleave(a, repeats, axis)"
    rows = "flatten(a)" if axis is None else f"movedim(a, {axis}, -1)"
    places = tuple(place for place, times in enumerate(repeats) for _ in range(times))
    found = f"take({rows} @ eye({len(repeats)}), {places}, -1)"
    return found if axis is None else f"movedim({found}, -1, {axis})"


def _roll(shift: Any, axis: Any) -> str:
    if isinstance(shift, int) and not isinstance(axis, tuple):
        return "roll(a, shift, axis)"
    if axis is None:
        return f"roll(a, {sum(shift)})"
    axes = axis if isinstance(axis, tuple) else (axis,) * len(shift)
    shifts = shift if isinstance(shift, tuple) else (shift,) * len(axes)
    found = "a"
    for by, along_axis in zip(shifts, axes, strict=True):
        found = f"roll({found}, {by}, {along_axis})"
    return found


def _pad(pad_width: Any) -> str:
    """A pair for each axis, of which permute asks that there are as many, is cut out of the widest on every axis."""
    if isinstance(pad_width, int):
        return "pad_all(array, pad_width, mode, constant_values)"
    if not isinstance(pad_width, tuple):
        return ""
    if all(isinstance(width, int) for width in pad_width):
        return f"pad_all(array, {pad_width}, mode, constant_values)"
    pairs = [(width, width) if isinstance(width, int) else (width[0], width[-1]) for width in pad_width]
    if len(pairs) == 1:
        return f"pad_all(array, {pairs[0]}, mode, constant_values)"
    widest = max(max(pair) for pair in pairs)
    kept = ", ".join(f"{widest - before}:{after - widest or ''}" for before, after in pairs)
    return f"pad_all(permute(array, {tuple(range(len(pairs)))}), {widest}, mode, constant_values)[{kept}]"


def _diagonals(sum_up: bool) -> Callable[[int, int, int], str]:
    """Of square matrices in two axes."""

    def means(offset: int, axis1: int, axis2: int) -> str:
        out = "..." if sum_up else "...i"
        return "" if offset else f"einsum('...ii->{out}', movedim(a, ({axis1}, {axis2}), (-2, -1)))"

    return means


def _rot90(k: int, axes: Any) -> str:
    first, second = axes or (0, 1)
    return (
        "m",
        f"transpose(flip(m, {second}), {first}, {second})",
        f"flip(m, ({first}, {second}))",
        f"flip(transpose(m, {first}, {second}), {second})",
    )[k % 4]


def _rollaxis(axis: int, start: int) -> str:
    return "" if axis < 0 or start < 0 else f"movedim(a, {axis}, {start - (start > axis)})"


def _cross(axisa: int, axisb: int, axisc: int, axis: Any) -> str:
    a, b, c = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    return f"movedim(cross(movedim(a, {a}, -1), movedim(b, {b}, -1)), -1, {c})"


def _split(indices_or_sections: Any, axis: int) -> str:
    """At places; into equal parts a vector, whose length need not be known for it."""
    if isinstance(indices_or_sections, int):
        parts = (f"reshape(einsum('i->i', ary), {indices_or_sections}, -1)[{k}]" for k in range(indices_or_sections))
        return f"({', '.join(parts)},)" if axis in {0, -1} else ""
    bounds = ["", *map(str, indices_or_sections), ""]
    parts = (along("ary", axis, f"{a}:{b}") for a, b in pairwise(bounds))
    return f"({', '.join(parts)},)"


def _dstack(tup: int) -> str:
    parts = (f"einsum('ij->ij', vstack(tup[{k}]))[..., None]" for k in range(tup))
    return f"concat([{', '.join(parts)}], 2)"


def _block(arrays: Sequence[int]) -> str:
    """Each row side by side, then one below the other; numbers and vectors are rows."""
    if not any(arrays):
        return "concat([" + ", ".join(f"hstack(arrays[{k}])" for k in range(len(arrays))) + "], -1)"
    rows = (", ".join(f"vstack(arrays[{i}][{k}])" for k in range(count)) for i, count in enumerate(arrays))
    return "concat([" + ", ".join(f"concat([{row}], -1)" for row in rows) + "], -2)"


def _meshgrid(xi: Sequence[Any], indexing: str) -> str:
    letters = "abcdefgh"[: len(xi)]
    order = letters[1::-1] + letters[2:] if indexing == "xy" else letters
    spec = f"{','.join(letters)}->{order}"
    grids = (", ".join(f"xi[{k}]" if k == i else f"ones_like(xi[{k}])" for k in range(len(xi))) for i in range(len(xi)))
    return "(" + "".join(f"einsum('{spec}', {grid}), " for grid in grids) + ")"


# -- made of numbers


def _eye(M: Any, k: int) -> str:
    columns = "N" if M is None else "M"
    return f"eye(N, {columns})" if not k else f"triu(tril(ones(N, {columns}), {k}), {k})"


def _between(num: int, endpoint: bool) -> str:
    """num shares from 0 to 1."""
    return f"linspace(0, 1, {num})" if endpoint else f"arange({num})/{num}"


def _linspace(num: int, endpoint: bool, axis: int) -> str:
    share = _between(num, endpoint)
    return f"movedim((start + 0*stop)[..., None]*(1 - {share}) + (stop + 0*start)[..., None]*{share}, -1, {axis})"


# -- sums and products


def _weighted(axis: Any) -> str:
    """Weights of the array's shape, or along the axis: a vector, which einsum asks for where both would fit."""
    if axis is None:
        return "sum(reshape(weights, -1)*reshape(a, -1))/sum(weights)"
    if axis in {0, -1}:
        return f"sum(movedim(a, {axis}, -1)*movedim(weights, {axis}, -1), -1)/sum(movedim(weights, {axis}, -1), -1)"
    return f"movedim(a, {axis}, -1) @ einsum('i->i', weights)/sum(weights)"


def _variance(of: str) -> Callable[[], str]:
    def means() -> str:
        count = "sum(where(a != a, 0, 1), axis, {})"
        mean = f"(sum(where(a != a, 0, a), axis, True)/{count.format('True')})"
        return of.format(
            f"sum(where(a != a, 0, (where(a != a, 0, a) - {mean})**2), axis, keepdims)"
            f"/({count.format('keepdims')} - ddof)"
        )

    return means


_BETWEEN = "linear"  # the method that has a slope


def _quantile(percent: bool) -> Callable[[Any, str], str]:
    share = "/100" if percent else ""

    def means(q: Any, method: str) -> str:
        if method != _BETWEEN:
            return ""
        if isinstance(q, int) and not isinstance(q, bool) and q > 1 and not percent:
            return ""
        return f"quantile(a, q{share}, axis, keepdims)"

    return means


def _quantiles(percent: bool) -> Callable[[int, str], str]:
    share = "/100" if percent else ""

    def means(q: int, method: str) -> str:
        parts = (f"quantile(a, q[{k}]{share}, axis, keepdims)" for k in range(q))
        return f"stack({', '.join(parts)})" if method == _BETWEEN else ""

    return means


def _stacked(name: str, y: Any, rowvar: bool) -> str:
    """The variables, one a row."""
    rows = name if rowvar else f"({name}).T"
    return rows if y is None else f"vstack({rows}, {'y' if rowvar else 'y.T'})"


def _cov(y: Any, rowvar: bool, bias: bool, ddof: Any) -> str:
    return f"cov({_stacked('m', y, rowvar)}, {(0 if bias else 1) if ddof is None else ddof})"


def _corrcoef(y: Any, rowvar: bool) -> str:
    return f"corrcoef({_stacked('x', y, rowvar)})"


def _tensordot(axes: Any) -> str:
    """Lists of axes: the last ones of a with the first ones of b, once they are moved there."""
    left, right = ((one,) if isinstance(one, int) else one for one in axes)
    if len(left) != len(right):
        return ""
    last, first = tuple(range(-len(left), 0)), tuple(range(len(right)))
    return f"tensordot(movedim(a, {left}, {last}), movedim(b, {right}, {first}), {len(left)})"


def _einsum(subscripts: str, operands: Sequence[Any]) -> str:
    return f"einsum('{subscripts}', {', '.join(f'operands[{k}]' for k in range(len(operands)))})"


def _einsum_by_number(operands: Sequence[Any]) -> str:
    """``einsum(x, [0, 1], y, [1, 2], [0, 2])``: numbers in the place of letters."""
    pairs, rest = len(operands) // 2, operands[len(operands) // 2 * 2 :]
    labels = [operands[2 * k + 1] for k in range(pairs)]
    if not pairs or not all(isinstance(one, tuple) for one in [*labels, *rest]):
        return ""
    if not all(isinstance(label, int) or label is Ellipsis for one in [*labels, *rest] for label in one):
        return ""
    spec = ",".join(map(_letters, labels)) + "".join(f"->{_letters(one)}" for one in rest)
    return f"einsum('{spec}', {', '.join(f'operands[{2 * k}]' for k in range(pairs))})"


def _letters(labels: Sequence[Any]) -> str:
    return "".join("..." if label is Ellipsis else chr(ord("a") + label) for label in labels)


# -- samples


def _diff(axis: int, prepend: Any, append: Any) -> str:
    first, last = along("a", axis, ":1"), along("a", axis, "-1:")
    parts = [f"prepend + 0*{first}"] * (prepend is not None) + ["a"] + [f"append + 0*{last}"] * (append is not None)
    return (
        f"differences(concat([{', '.join(parts)}], {axis}), n, {axis})" if len(parts) > 1 else "differences(a, n, axis)"
    )


def gradient_of(f: str, axis: Any, edge_order: int, spacing: str = "1") -> str:
    """Central differences, and at the edges those of one side; without an axis of a vector."""
    if isinstance(axis, tuple):
        return f"({', '.join(gradient_of(f, one, edge_order, spacing) for one in axis)},)"
    x = f"einsum('i->i', {f})" if axis is None else f"movedim({f}, {axis}, 0)"
    first, last = f"({x}[1:2] - {x}[:1])", f"({x}[-1:] - {x}[-2:-1])"
    if edge_order == 2:
        first = f"(-3*{x}[:1] + 4*{x}[1:2] - {x}[2:3])/2"
        last = f"(3*{x}[-1:] - 4*{x}[-2:-1] + {x}[-3:-2])/2"
    found = f"concat([{first}, ({x}[2:] - {x}[:-2])/2, {last}], 0)/({spacing})"
    return found if axis is None else f"movedim({found}, 0, {axis})"


def _gradient_at_points(edge_order: int) -> str:
    """Of a vector at points that need not be equally far apart."""
    left, right = "(x[1:-1] - x[:-2])", "(x[2:] - x[1:-1])"
    inner = (
        f"-{right}/({left}*(x[2:] - x[:-2]))*f[:-2] + ({right} - {left})/({left}*{right})*f[1:-1]"
        f" + {left}/({right}*(x[2:] - x[:-2]))*f[2:]"
    )
    edges = "(f[1:2] - f[:1])/(x[1:2] - x[:1])", "(f[-1:] - f[-2:-1])/(x[-1:] - x[-2:-1])"
    return f"einsum('i->i', concat([{edges[0]}, {inner}, {edges[1]}], 0))" if edge_order == 1 else ""


_POWERS = "(flip(cumsum(ones_like(p), 0), 0) - 1)"  # of a polynomial's coefficients, the highest first


def _horner(p: int) -> str:
    found = "p[0] + 0*x"
    for k in range(1, p):
        found = f"({found})*x + p[{k}]"
    return found


def _select(condlist: int, choicelist: int) -> str:
    found = "default"
    for k in reversed(range(condlist)):
        found = f"where(condlist[{k}], choicelist[{k}], {found})"
    return found if condlist == choicelist else ""


def _svd(full_matrices: bool) -> str:
    """U has as many columns as A only where A has no more rows than columns; Vh is whole where it has no fewer."""
    return "" if full_matrices else "(a @ svdvecs(a)/svdvals(a)[..., None, :], svdvals(a), svdvecs(a).mT)"


def _reshape(shape: Any, order: str) -> str:
    """In Fortran's order, the first axis fastest, it is the transpose of the transpose in reversed sizes."""
    sizes = shape if isinstance(shape, tuple) else (shape,)
    columns = f"permute(reshape(permute(a, None), {sizes[::-1]}), None)"
    return {"C": f"reshape(a, {sizes})", "A": f"reshape(a, {sizes})", "F": columns}.get(order, "")


def _ravel(order: str) -> str:
    return {"C": "flatten(a)", "A": "flatten(a)", "K": "flatten(a)", "F": "flatten(permute(a, None))"}.get(order, "")


_SIGNS = "numpy's eigenvectors may have the other sign"

_BY_CONSTANTS = (
    Spelling("np.nan_to_num(x, copy:flag=True, nan=0, posinf=None, neginf=None)", _nan_to_num),
    Spelling("np.interp(x, xp, fp, left=None, right=None)", _interp),
    Spelling("np.repeat(a, repeats:axes, axis:axis=None)", _repeat),
    Spelling("np.roll(a, shift:axes, axis:axes=None)", _roll),
    Spelling("np.reshape(a, /, shape:axes, order:text='C', *, copy=None)", _reshape),
    Spelling("np.reshape(a, /, newshape:axes, order:text='C')", lambda newshape, order: _reshape(newshape, order)),
    Spelling("np.ravel(a, order:text='C')", _ravel),
    Spelling("np.rot90(m, k:integer=1, axes:axes=None)", _rot90),
    Spelling("np.rollaxis(a, axis:axis, start:axis=0)", _rollaxis),
    Spelling("np.cross(a, b, axisa:axis=-1, axisb:axis=-1, axisc:axis=-1, axis:axis=None)", _cross),
    Spelling("np.pad(array, pad_width, mode:text='constant', *, constant_values:number=0)", _pad),
    Spelling("np.split(ary, indices_or_sections:axes, axis:axis=0)", _split),
    Spelling("np.dstack(tup:parts)", _dstack),
    Spelling("np.block(arrays:lists)", _block),
    Spelling("np.block(arrays)", "arrays"),
    Spelling("np.where(condition:truth, x, y, /)", "where(condition, x, y)"),
    Spelling("np.meshgrid(*xi, indexing:text='xy')", _meshgrid),
    Spelling("np.eye(N:integer, M:integer=None, k:integer=0, dtype:nothing=None)", _eye),
    Spelling("np.tri(N:integer, M:integer=None, k:integer=0, dtype:nothing=None)",
             lambda M, k: f"tril(ones(N, {'N' if M is None else 'M'}), {k})"),
    Spelling("np.linspace(start, stop, num:integer=50, endpoint:flag=True, *, axis:axis=0)", _linspace),
    Spelling("np.logspace(start, stop, num:integer=50, endpoint:flag=True, base=10, *, axis:axis=0)",
             lambda num, endpoint, axis: f"base**{_linspace(num, endpoint, axis)}"),
    Spelling("np.average(a, axis:axes=None, weights:nothing=None, *, keepdims:flag=False)", "mean(a, axis, keepdims)"),
    Spelling("np.average(a, axis:axis=None, weights)", _weighted),
    Spelling(f"np.nanvar(a, {_SPREAD})", _variance("{}")),
    Spelling(f"np.nanstd(a, {_SPREAD})", _variance("sqrt({})")),
    *(Spelling(f"np.{name}(a, q:{kind}, {_ONE}, overwrite_input:flag=False, method:text='linear', "
               "keepdims:flag=False)", means(percent))
      for name, percent in (("quantile", False), ("percentile", True))
      for kind, means in (("number", _quantile), ("parts", _quantiles))),
    Spelling("np.cov(m, y=None, rowvar:flag=True, bias:flag=False, ddof:integer=None)", _cov),
    Spelling("np.corrcoef(x, y=None, rowvar:flag=True)", _corrcoef),
    Spelling("np.tensordot(a, b, axes)", _tensordot),
    Spelling("np.linalg.tensordot(a, b, /, *, axes)", _tensordot),
    Spelling("np.einsum(subscripts:text, *operands, optimize=None)", _einsum),
    Spelling("np.einsum(*operands, optimize=None)", _einsum_by_number),
    Spelling("np.diff(a, n:integer=1, axis:axis=-1, prepend:number=None, append:number=None)", _diff),
    Spelling("np.gradient(f, *, axis:axes=None, edge_order:integer=1)",
             lambda axis, edge_order: gradient_of("f", axis, edge_order)),
    Spelling("np.gradient(f, dx:number, *, axis:axes=None, edge_order:integer=1)",
             lambda axis, edge_order: gradient_of("f", axis, edge_order, "dx")),
    Spelling("np.gradient(f, x, *, edge_order:integer=1)", _gradient_at_points),
    Spelling("np.polyval(p:parts, x)", _horner),
    Spelling("np.polyval(p, x)", f"sum(einsum('i->i', p)*x[..., None]**{_POWERS}, -1)"),
    Spelling("np.polyder(p)", f"einsum('i->i', (p*{_POWERS})[:-1])"),
    Spelling("np.polyint(p, m:integer=1, k=0)", lambda m: f"concat([p/({_POWERS} + 1), [k]])" if m == 1 else ""),
    Spelling("np.select(condlist:parts, choicelist:parts, default=0)", _select),
    Spelling("np.trace(a, offset:integer=0)", "sum(diag(einsum('ij->ij', a), offset))"),
    Spelling("np.diagonal(a, offset:integer=0)", "diag(einsum('ij->ij', a), offset)"),
    Spelling("np.trace(a, offset:integer=0, axis1:axis=0, axis2:axis=1)", _diagonals(sum_up=True)),
    Spelling("np.diagonal(a, offset:integer=0, axis1:axis=0, axis2:axis=1)", _diagonals(sum_up=False)),
    Spelling("np.make_diagonal(D, offset:integer=0, axis1:axis=0, axis2:axis=1)",
             lambda axis1, axis2: f"movedim(diag_embed(D, offset), (-2, -1), ({axis1}, {axis2}))"),
    Spelling("np.linalg.trace(x, /)", "einsum('...ii->...', x)"),
    Spelling("np.linalg.trace(x, /, *, offset:integer)", "sum(diag(einsum('ij->ij', x), offset))"),
    Spelling("np.linalg.diagonal(x, /)", "einsum('...ii->...i', x)"),
    Spelling("np.linalg.diagonal(x, /, *, offset:integer)", "diag(einsum('ij->ij', x), offset)"),
    Spelling("np.linalg.lstsq(a, b)", "(lstsq(a, b),)"),
    Spelling("np.linalg.slogdet(a)", "(slogdet(a)[0], slogdet(a)[1])", ("sign", "logabsdet")),
    Spelling("np.linalg.cholesky(a, /, *, upper:flag)", lambda upper: "cholesky(a.mT).mT" if upper else "cholesky(a)"),
    Spelling("np.linalg.eigvalsh(a, UPLO:text)",
             lambda UPLO: {"L": "eigvalsh(a)", "U": "eigvalsh(a.mT)"}.get(UPLO, "")),
    Spelling("np.linalg.eigh(a, UPLO:text='L')",
             lambda UPLO: {"L": "(eigvalsh(a), eigvecsh(a))", "U": "(eigvalsh(a.mT), eigvecsh(a.mT))"}.get(UPLO, ""),
             ("eigenvalues", "eigenvectors"), _SIGNS),
    Spelling("np.linalg.svd(a, full_matrices:flag=True, compute_uv:flag)",
             lambda compute_uv: "" if compute_uv else "svdvals(a)"),
    Spelling("np.linalg.svd(a, full_matrices:flag=True)", _svd, ("U", "S", "Vh"), _SIGNS),
)  # fmt: skip


SPELLINGS = (
    *lines("np.", _SAME + _REDUCED + _MOVED + _MADE + _PRODUCTS),
    *lines("np.linalg.", _ALGEBRA),
    *_BY_CONSTANTS,
)
