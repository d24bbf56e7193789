"""numpy's calls that are one formula, whatever their constants."""

from __future__ import annotations

from gradcli.operations.spelling import spelled

# What numpy has beside the operands of a reduction, and of a function entry by entry.
ALONG = "axis:axes=None, dtype:dtype=None, out:nothing=None, keepdims:flag=False"
BOUND = "axis:axes=None, out:nothing=None, keepdims:flag=False"
SPREAD = "axis:axes=None, dtype:dtype=None, out:nothing=None, ddof:integer=0, keepdims:flag=False"
ONE = "axis:axis=None, out:nothing=None"

_SAME = """
array(object, dtype:dtype=None, *, copy=None, order=None, subok:off=False, ndmin:zero=0) := object
asarray(a, dtype:dtype=None, order=None, *, copy=None) := a
asanyarray(a, dtype:dtype=None, order=None, *, copy=None) := a
asarray_chkfinite(a, dtype:dtype=None, order=None) := a
ascontiguousarray(a, dtype:dtype=None) := a
asfortranarray(a, dtype:dtype=None) := a
require(a, dtype:dtype=None, requirements=None) := a
copy(a, order=None, subok:off=False) := a
real(val) := val
real_if_close(a) := a
conj(x, /) := x
conjugate(x, /) := x
positive(x, /) := x
imag(val) := zeros_like(val)
angle(z) := where(z < 0, pi, 0)
around(a) := round(a)
round(a) := round(a)
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
sum(a:array, {ALONG}) := sum(a, axis, keepdims)
sum(a:array, {ALONG}, initial) := sum(a, axis, keepdims) + initial
prod(a:array, {ALONG}) := prod(a, axis, keepdims)
prod(a:array, {ALONG}, initial) := prod(a, axis, keepdims)*initial
mean(a:array, {ALONG}) := mean(a, axis, keepdims)
max(a:array, {BOUND}) := amax(a, axis, keepdims)
max(a:array, {BOUND}, initial) := maximum(amax(a, axis, keepdims), initial)
amax(a:array, {BOUND}) := amax(a, axis, keepdims)
amax(a:array, {BOUND}, initial) := maximum(amax(a, axis, keepdims), initial)
min(a:array, {BOUND}) := amin(a, axis, keepdims)
min(a:array, {BOUND}, initial) := minimum(amin(a, axis, keepdims), initial)
amin(a:array, {BOUND}) := amin(a, axis, keepdims)
amin(a:array, {BOUND}, initial) := minimum(amin(a, axis, keepdims), initial)
ptp(a:array, {BOUND}) := amax(a, axis, keepdims) - amin(a, axis, keepdims)
any(a:array, {BOUND}) := any(a, axis, keepdims)
all(a:array, {BOUND}) := all(a, axis, keepdims)
var(a:array, {SPREAD}) := var(a, axis, ddof, keepdims)
var(a:array, axis:axes=None, *, correction:integer, keepdims:flag=False) := var(a, axis, correction, keepdims)
std(a:array, {SPREAD}) := std(a, axis, ddof, keepdims)
std(a:array, axis:axes=None, *, correction:integer, keepdims:flag=False) := std(a, axis, correction, keepdims)
nansum(a:array, {ALONG}) := sum(where(a != a, 0, a), axis, keepdims)
nanprod(a:array, {ALONG}) := prod(where(a != a, 1, a), axis, keepdims)
nanmean(a:array, {ALONG}) := sum(where(a != a, 0, a), axis, keepdims)/sum(where(a != a, 0, 1), axis, keepdims)
nanmax(a:array, {BOUND}) := amax(where(a != a, -inf, a), axis, keepdims)
nanmin(a:array, {BOUND}) := amin(where(a != a, inf, a), axis, keepdims)
count_nonzero(a:array, axis:axes=None, *, keepdims:flag=False) := sum(where(a == 0, 0, 1), axis, keepdims)
argmax(a:array, {ONE}, *, keepdims:flag=False) := argmax(a, axis, keepdims)
argmin(a:array, {ONE}, *, keepdims:flag=False) := argmin(a, axis, keepdims)
sort(a:array, axis:axis=-1, kind:nothing=None, order:nothing=None) := sort(a, axis)
sort(a:array, axis:nothing=None, kind:nothing=None, order:nothing=None) := sort(flatten(a), 0)
argsort(a:array, axis:axis=-1, kind:nothing=None, order:nothing=None) := argsort(a, axis)
argsort(a:array, axis:nothing=None, kind:nothing=None, order:nothing=None) := argsort(flatten(a), 0)
median(a:array, {ONE}, overwrite_input:flag=False, keepdims:flag=False) := middle(a, axis, keepdims)
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
append(arr, values, axis:nothing=None) := concat(flatten(arr), flatten(values))
append(arr, values, axis:axis) := concat(arr, values, dim=axis)
"""

_MADE = """
zeros(shape:axes, dtype:dtype=None) := full(shape, 0)
ones(shape:axes, dtype:dtype=None) := full(shape, 1)
full(shape:axes, fill_value, dtype:dtype=None) := full(shape, fill_value)
full_like(a, fill_value, dtype:dtype=None) := filled_like(a, fill_value)
zeros_like(a, dtype:dtype=None) := zeros_like(a)
ones_like(a, dtype:dtype=None) := ones_like(a)
identity(n:integer, dtype:dtype=None) := eye(n)
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
cumsum(a, axis:axis, dtype:dtype=None, out:nothing=None) := cumsum(a, axis)
cumsum(a, axis:nothing=None, dtype:dtype=None, out:nothing=None) := cumsum(flatten(a), 0)
cumprod(a, axis:axis, dtype:dtype=None, out:nothing=None) := cumprod(a, axis)
cumprod(a, axis:nothing=None, dtype:dtype=None, out:nothing=None) := cumprod(flatten(a), 0)
nancumsum(a, axis:axis) := cumsum(where(a != a, 0, a), axis)
nancumsum(a, axis:nothing=None) := cumsum(flatten(where(a != a, 0, a)), 0)
nancumprod(a, axis:axis) := cumprod(where(a != a, 1, a), axis)
nancumprod(a, axis:nothing=None) := cumprod(flatten(where(a != a, 1, a)), 0)
trapezoid(y, x=None, dx:number=1, axis:axis=-1) := trapezoid(y, x, dx, axis)
trapezoid(y, x:nothing=None, dx=1, axis:axis=-1) := dx*trapezoid(y, None, 1, axis)
trapezoid(y, x, dx=1, axis:axis=-1) := trapezoid(y, x, 1, axis)
trapz(y, x=None, dx:number=1, axis:axis=-1) := trapezoid(y, x, dx, axis)
trapz(y, x:nothing=None, dx=1, axis:axis=-1) := dx*trapezoid(y, None, 1, axis)
trapz(y, x, dx=1, axis:axis=-1) := trapezoid(y, x, 1, axis)
ediff1d(ary) := differences(flatten(ary))
ediff1d(ary, to_end, to_begin:nothing=None) := concat(differences(flatten(ary)), flatten(to_end))
ediff1d(ary, to_end:nothing=None, to_begin) := concat(flatten(to_begin), differences(flatten(ary)))
ediff1d(ary, to_end, to_begin) := concat(flatten(to_begin), differences(flatten(ary)), flatten(to_end))
empty_like(prototype, dtype=None, order=None, subok=None, shape=None) := none: it holds anything; write zeros_like
empty(shape, dtype=None, order=None) := none: it holds whatever was there; write zeros
interp(x, xp, fp) := interp(x, xp, fp)
"""

_ALGEBRA = """
tensordot(a, b, /, *, axes:integer=2) := tensordot(a, b, axes)
det(a) := det(a)
inv(a) := inv(a)
pinv(a) := pinv(a)
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

SPELLINGS = (
    *spelled("np.", _SAME + _REDUCED + _MOVED + _MADE + _PRODUCTS),
    *spelled("np.linalg.", _ALGEBRA),
)
