"""numpy's calls about entries in order: quantiles by every method, sets, and what passes over nan."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of
from gradcli.operations.spelling import OPERAND, Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND


# -- quantiles

_SIMPLE = ("linear", "lower", "higher", "midpoint", "nearest")  # those of the row


def _places(n: Fraction, q: Fraction, alpha: Fraction, beta: Fraction) -> Fraction:
    return n * q + alpha + q * (1 - alpha - beta) - 1


def _whole(at: Fraction, *, down: bool) -> Fraction:
    """Of a place between two entries the next one, of an entry's own place that one or the one above."""
    return Fraction(floor(at) if down else floor(at) + 1)


_HALF = Fraction(1, 2)
# Where among n entries in order, from 0, the quantile of a share q lies: Hyndman and Fan, The American Statistician 50
# (1996), pp. 361-365.
_PLACE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "inverted_cdf": lambda n, q: Fraction(ceil(n * q) - 1),
    "averaged_inverted_cdf": lambda n, q: n * q - _HALF if (n * q).denominator == 1 else Fraction(floor(n * q)),
    "closest_observation": lambda n, q: _whole(
        at := n * q - 1 - _HALF, down=at.denominator == 1 and floor(at) % 2 == 1
    ),
    "interpolated_inverted_cdf": lambda n, q: _places(n, q, Fraction(0), Fraction(1)),
    "hazen": lambda n, q: _places(n, q, _HALF, _HALF),
    "weibull": lambda n, q: _places(n, q, Fraction(0), Fraction(0)),
    "median_unbiased": lambda n, q: _places(n, q, Fraction(1, 3), Fraction(1, 3)),
    "normal_unbiased": lambda n, q: _places(n, q, Fraction(3, 8), Fraction(3, 8)),
}
METHODS = (*_SIMPLE, *_PLACE)


def _share(q: Any, size: int, method: str) -> tuple[Fraction, str]:
    """The share with which the row takes what the method means, and how it interpolates."""
    if method in _SIMPLE:
        return Fraction(q), method
    last = max(size - 1, 0)
    place = min(max(_PLACE[method](Fraction(size), Fraction(q)), Fraction(0)), Fraction(last))
    return (place / last if last else Fraction(0)), "linear"


def fitted(shape: Shape, axis: Any, keepdims: bool, name: str = "a") -> tuple[str, Any, int, str]:
    """The array with the axes at hand as one, that axis, its size, and what is made of the result; {} is it."""
    axes = axes_of(shape, axis)
    size = prod(shape[i] for i in axes)
    if not size:
        raise ShapeMismatch("axes with entries")
    wide = tuple(1 if i in axes else n for i, n in enumerate(shape))
    back = f"reshape({{}}, {wide})" if keepdims and shape else "{}"
    if len(axes) == len(shape):
        return f"flatten({name})", 0, size, back
    if len(axes) == 1:
        return name, axes[0], size, back
    last = tuple(range(-len(axes), 0))
    return f"flatten_axes(movedim({name}, {axes}, {last}), {-len(axes)}, -1)", -1, size, back


def _plain(hundred: int, clipped: bool) -> Callable[..., str]:
    """Of a share that is a number, whatever the shape."""

    def means(q: Any, axis: Any, method: str) -> str:
        if method not in _SIMPLE or isinstance(q, tuple) or q is OPERAND or isinstance(axis, tuple):
            return ""
        return f"quantile(a, {_inside(Fraction(q) / hundred, clipped)}, axis, keepdims, method)"

    return means


def _inside(share: Fraction, clipped: bool) -> Fraction:
    return min(max(share, Fraction(0)), Fraction(1)) if clipped else share


def _numbers(hundred: int, clipped: bool) -> Callable[..., str]:
    """Of shares that are numbers, by any method, along any axes."""

    def means(a: Shape, q: Any, axis: Any, method: str, keepdims: bool) -> str:
        if method not in METHODS:
            raise ShapeMismatch(f"a method of {', '.join(METHODS)}, not '{method}'")
        if OPERAND in (q if isinstance(q, tuple) else (q,)):
            return ""
        array, at, size, back = fitted(a, axis, keepdims)

        def one(number: Any) -> str:
            if isinstance(number, tuple):
                return f"[{', '.join(map(one, number))}]"
            place, how = _share(_inside(Fraction(number) / hundred, clipped), size, method)
            return back.format(f"quantile({array}, {place}, {at}, False, '{how}')")

        return one(q)

    return means


def _hats(n: str, size: int, method: str, share: str) -> str:
    """The weights of the entries in order, of which there are n: their distance from the place of the share."""
    place = f"{share}*({n} - 1)"
    whole = {"lower": f"floor({place})", "higher": f"ceil({place})", "nearest": f"round({place})"}.get(method, place)
    if method == "midpoint":
        return f"(relu(1 - abs(floor({place}) - arange({size}))) + relu(1 - abs(ceil({place}) - arange({size}))))/2"
    return f"relu(1 - abs({whole} - arange({size})))"


def _moving(hundred: int, outside: str) -> Callable[..., str]:
    """Where q is an operand: the entries in order, weighed by hats at whole places, new axes in front.

    outside: what stands for a share that is none
    """

    def means(a: Shape, q: Shape, axis: Any, method: str, keepdims: bool) -> str:
        if method not in _SIMPLE:
            return f"{NONE}method='{method}' takes q as a number"
        array, at, size, _ = fitted(a, axis, keepdims)
        weights = _hats(str(size), size, method, "p[..., None]")
        found = f"tensordot({weights}, sort(movedim({array}, {at}, 0), 0), 1)"
        axes = axes_of(a, axis)
        wide = (*q, *(1 if i in axes else n for i, n in enumerate(a)))
        return f"p = {_shares(hundred, outside)}; " + (f"reshape({found}, {wide})" if keepdims else found)

    return means


def _shares(hundred: int, outside: str) -> str:
    return outside.format("q" if hundred == 1 else f"(q/{hundred})")


def _passing(hundred: int, outside: str) -> Callable[..., str]:
    """The same of the entries that are no nan, which come last in order, as inf; how many there are each line tells."""

    def means(a: Shape, q: Shape, axis: Any, method: str, keepdims: bool) -> str:
        if method not in _SIMPLE:
            return f"{NONE}method is one of {', '.join(_SIMPLE)} where nan is passed over"
        array, at, size, back = fitted(a, axis, keepdims)
        if len(q) > 1 or (q and keepdims):
            raise ShapeMismatch("q a number or a vector of them, of which keepdims is not asked")
        weights = _hats("n[..., None]", size, method, "{0}")
        one = f"where(n == 0, nan, sum(where(arange({size}) < n[..., None], s, 0)*{weights}, -1))"
        found = f"[{', '.join(one.format(f'p[{k}]') for k in range(q[0]))}]" if q else back.format(one.format("p"))
        lines = f"y = movedim({array}, {at}, -1); s = sort(where(y != y, inf, y), -1); n = sum(where(y != y, 0, 1), -1)"
        return f"{lines}; p = {_shares(hundred, outside)}; {found}"

    return means


ALONG = "axis:axes=None, out:nothing=None, overwrite_input:flag=False"
_HOW = "method:text='linear', keepdims:flag=False, *, weights:nothing=None, interpolation:nothing=None"
_IN_SHARES = "where({0} < 0 or {0} > 1, nan, {0})"
_CLIPPED = "minimum(maximum({0}, 0), 1)"


def quantiles(library: str, *, clipped: bool) -> tuple[Spelling, ...]:
    """quantile and percentile, with q a number, numbers, or an operand; passing over nan.

    clipped: is what is no share the nearest one, rather than an error?
    """
    outside = _CLIPPED if clipped else _IN_SHARES
    found: list[Spelling] = []
    for name, hundred in (("quantile", 1), ("percentile", 100)):
        call = f"{library}.{{}}({{}}, {ALONG}, {_HOW})"
        found += [
            Spelling(call.format(name, "a, q"), _plain(hundred, clipped)),
            Spelling(call.format(name, "a:shaped, q"), _numbers(hundred, clipped)),
            Spelling(call.format(name, "a:shaped, q:shaped"), _moving(hundred, outside)),
            Spelling(call.format(f"nan{name}", "a:shaped, q:shaped"), _passing(hundred, outside)),
        ]
    return tuple(found)


def _median(a: Shape, axis: Any, keepdims: bool) -> str:
    return _numbers(1, False)(a, _HALF, axis, "linear", keepdims)


def _median_passing(a: Shape, axis: Any, keepdims: bool) -> str:
    return _passing(1, "1/2")(a, (), axis, "linear", keepdims)


# -- sets: which entries there are the values tell

_UNIQUE = "{u} = sort(flatten({a})); {u} = concat({u}[:1], {u}[1:][{u}[1:] != {u}[:-1]])"
_OF_ONE = _UNIQUE.format(u="u", a="ar")
_OF_FIRST = _UNIQUE.format(u="u", a="ar1")
_PARTS = {
    "index": "argmax(where(u[:, None] == flatten(ar), 1, 0), 1)",
    "inverse": "sum(where(u < ar[..., None], 1, 0), -1)",
    "counts": "sum(where(u[:, None] == flatten(ar), 1, 0), 1)",
}
_ONCE = (
    f"{_OF_FIRST}; {_UNIQUE.format(u='v', a='ar2')}; s = sort(concat(u, v)); d = where(s[1:] != s[:-1], 1, 0); "
    "s[concat([1], d)*concat(d, [1]) > 1/2]"
)

_SETS = f"""
unique(ar, *, axis:nothing=None, equal_nan:flag=True, sorted:flag=True) := {_OF_ONE}; u
unique_values(x) := {_UNIQUE.format(u="u", a="x")}; u
union1d(ar1, ar2) := {_UNIQUE.format(u="u", a="concat(flatten(ar1), flatten(ar2))")}; u
intersect1d(ar1, ar2, assume_unique:flag=False) := {_OF_FIRST}; u[any(u[:, None] == flatten(ar2), -1)]
setdiff1d(ar1, ar2, assume_unique:off=False) := {_OF_FIRST}; u[all(u[:, None] != flatten(ar2), -1)]
setdiff1d(ar1, ar2, assume_unique:flag) := u = flatten(ar1); u[all(u[:, None] != flatten(ar2), -1)]
setxor1d(ar1, ar2, assume_unique:flag=False) := {_ONCE}
"""


def _unique_parts(return_index: bool, return_inverse: bool, return_counts: bool) -> str:
    asked = {"index": return_index, "inverse": return_inverse, "counts": return_counts}
    return f"{_OF_ONE}; (u, {', '.join(_PARTS[part] for part, wanted in asked.items() if wanted)},)"


def _array_api(*parts: str) -> str:
    """As the array standard has it: the parts behind the values."""
    return f"{_OF_ONE}; (u, {', '.join(_PARTS[part] for part in parts)})".replace("ar)", "x)").replace("ar[", "x[")


_NANS = """
nanargmax(a, axis:axis=None, out:nothing=None, *, keepdims:flag=False) := argmax(where(a != a, -inf, a), axis, keepdims)
nanargmin(a, axis:axis=None, out:nothing=None, *, keepdims:flag=False) := argmin(where(a != a, inf, a), axis, keepdims)
"""

_ORDERLESS = (
    "none: in which order the entries stand before and behind the kth numpy does not say; write np.sort(a), or "
    "np.sort(a)[kth] for the entry itself"
)
_FLAGS = "return_index:flag=False, return_inverse:flag=False, return_counts:flag=False"

SPELLINGS = (
    *quantiles("np", clipped=False),
    Spelling(f"np.median(a:shaped, {ALONG}, keepdims:flag=False)", _median),
    Spelling(f"np.nanmedian(a:shaped, {ALONG}, keepdims:flag=False)", _median_passing),
    *spelled("np.", _SETS + _NANS),
    Spelling(f"np.unique(ar, {_FLAGS}, axis:nothing=None, *, equal_nan:flag=True, sorted:flag=True)", _unique_parts),
    Spelling("np.unique_all(x)", _array_api("index", "inverse", "counts"),
             ("values", "indices", "inverse_indices", "counts")),
    Spelling("np.unique_counts(x)", _array_api("counts"), ("values", "counts")),
    Spelling("np.unique_inverse(x)", _array_api("inverse"), ("values", "inverse_indices")),
    Spelling("np.partition(a, kth, axis=-1, kind=None, order=None)", _ORDERLESS),
    Spelling("np.argpartition(a, kth, axis=-1, kind=None, order=None)", _ORDERLESS),
)  # fmt: skip
