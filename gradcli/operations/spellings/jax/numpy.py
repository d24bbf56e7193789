"""jax.numpy's calls where they are not numpy's."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch, axis_of
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.numpy import order
from gradcli.operations.spellings.numpy.order import quantiles

# Any, in this module: the constants of a call, or OPERAND


def _bounded(min: Any, max: Any) -> str:
    found = "arr" if min is None else "maximum(arr, min)"
    return found if max is None else f"minimum({found}, max)"


def _parted(name: str) -> Any:  # Any: a function of the call's constants
    """jax puts the smallest in order in front, and the others behind them from the largest down."""

    def means(a: Shape, kth: int, axis: int) -> str:
        size = a[axis_of(a, axis)]
        if not -size <= kth < size:
            raise ShapeMismatch(f"kth from {-size} to {size - 1}, not {kth}")
        first, rest = tuple(range(kth % size + 1)), tuple(range(size - kth % size - 1))
        parts = f"take({name}(a, {axis}), {first}, {axis}), take({name}(a, {axis}, True), {rest}, {axis})"
        return f"concat([{parts}], {axis})"

    return means


def _selected(condlist: Shape, choicelist: Shape) -> str:
    """Of arrays: the first axis counts."""
    if not condlist or not choicelist or condlist[0] != choicelist[0]:
        raise ShapeMismatch("equally many conditions and choices")
    found = "default"
    for k in reversed(range(condlist[0])):
        found = f"where(condlist[{k}] != 0, choicelist[{k}], {found})"
    return found


def _listed(condlist: int, choicelist: int) -> str:
    found = "default"
    for k in reversed(range(condlist)):
        found = f"where(condlist[{k}], choicelist[{k}], {found})"
    return found if condlist == choicelist else ""


def _put_along(arr: Shape, axis: Any) -> str:
    if axis is None:
        return f"reshape(scatter(flatten(arr), 0, flatten(indices), flatten(values + 0*indices)), {arr or '()'})"
    return f"scatter(arr, {axis}, indices, values + 0*indices)"


def _filled(a: Shape, wrap: bool) -> str:
    """Along the diagonal of all axes."""
    if wrap or len(a) < 2 or (len(a) > 2 and len(set(a)) > 1):
        raise ShapeMismatch("a matrix, or an array with axes of one size, and wrap=False")
    places = [*range(min(a))]
    return f"set_at(a, val, {', '.join([str(places)] * len(a))})"


def _placed(arr: Shape, vals: Shape) -> str:
    """The values one after the other, again from the first where there are too few."""
    count = "cumsum(flatten(where(mask, 1, 0)), 0)"
    if not vals or vals == (1,):
        return f"where(mask, {'vals[0]' if vals else 'vals'}, arr)"
    return f"where(mask, reshape(gather(vals, 0, mod({count} - 1, {vals[0]})), {arr}), arr)"


def _put(a: Shape, ind: Any) -> str:
    if ind is OPERAND:
        return ""
    places = list(ind) if isinstance(ind, tuple) else [ind]
    return f"reshape(set_at(flatten(a), v, {places}), {a or '()'})"


_CONSTANT = "jax computes which entries there are outside of its graph: no slope goes through them"
_KINDS_OF_SETS = {
    "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values", "union1d", "intersect1d", "setdiff1d",
    "setxor1d",
}  # fmt: skip


def _without_slope(formula: str) -> str:
    """The formula with its values, of several results the first, as constants."""
    lines, _, last = formula.rpartition("; ")
    first = (
        f"(detach({last[1:].partition(',')[0]}),{last.partition(',')[2]}" if last.startswith("(") else f"detach({last})"
    )
    return f"{lines}; {first}"


def _as_jax_has_it(spelling: Spelling) -> Spelling:
    means = spelling.means
    if isinstance(means, str):
        formula: str | Callable[..., str] = _without_slope(means)
    else:
        formula = wraps(means)(lambda *constants: _without_slope(means(*constants)))
    return Spelling(f"j{spelling.call}", formula, spelling.fields, _CONSTANT)


_IN_PLACE = "none: jax arrays do not change; write inplace=False, which gives a new one"

SPELLINGS = (
    Spelling("jnp.empty_like(prototype, dtype:dtype=None, shape:nothing=None)", "zeros_like(prototype)"),
    Spelling("jnp.empty(shape:axes, dtype:dtype=None)", "full(shape, 0)"),
    Spelling("jnp.clip(arr, min=None, max=None)", _bounded),
    Spelling("jnp.clip(arr, a_min, a_max)", "minimum(maximum(arr, a_min), a_max)"),
    Spelling("jnp.sort(a, axis:axis=-1, *, stable:flag=True, descending:flag=False)", "sort(a, axis, descending)"),
    Spelling("jnp.argsort(a, axis:axis=-1, *, stable:flag=True, descending:flag=False)",
             "argsort(a, axis, descending)"),
    *quantiles("jnp", clipped=True),
    *(_as_jax_has_it(spelling) for spelling in order.SPELLINGS if spelling.name.removeprefix("np.") in _KINDS_OF_SETS),
    Spelling("jnp.partition(a:shaped, kth:integer, axis:axis=-1)", _parted("sort")),
    Spelling("jnp.argpartition(a:shaped, kth:integer, axis:axis=-1)", _parted("argsort")),
    Spelling("jnp.select(condlist:parts, choicelist:parts, default=0)", _listed),
    Spelling("jnp.select(condlist:shaped, choicelist:shaped, default=0)", _selected),
    Spelling("jnp.put_along_axis(arr:shaped, indices, values, axis:axis_or_none, inplace:off)", _put_along),
    Spelling("jnp.put_along_axis(arr, indices, values, axis, inplace=True)", _IN_PLACE),
    Spelling("jnp.fill_diagonal(a:shaped, val, wrap:flag=False, *, inplace:off)", _filled),
    Spelling("jnp.fill_diagonal(a, val, wrap=False, *, inplace=True)", _IN_PLACE),
    Spelling("jnp.place(arr:shaped, mask:truth, vals:shaped, *, inplace:off)", _placed),
    Spelling("jnp.place(arr, mask, vals, *, inplace=True)", _IN_PLACE),
    Spelling("jnp.put(a:shaped, ind:axes, v, mode:nothing=None, *, inplace:off)", _put),
    Spelling("jnp.put(a, ind, v, mode=None, *, inplace=True)", _IN_PLACE),
)  # fmt: skip
