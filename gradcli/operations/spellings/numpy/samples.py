"""numpy's calls on samples and grids, and polynomials."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from gradcli.operations.row import NONE
from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.places import along
from gradcli.operations.taken_shapes import of_ranks

# Any, in this module: the constants of a call, or OPERAND


def _interp(left: Any, right: Any) -> str:
    low, high = ("fp[0]" if left is None else "left"), ("fp[-1]" if right is None else "right")
    return f"where(x < xp[0], {low}, where(x > xp[-1], {high}, interp(x, xp, fp)))"


_ROUND = (
    "t = mod(xp, period); o = argsort(t); t = gather(t, 0, o); f = gather(fp, 0, o); "
    "interp(mod(x, period), concat(t[-1:] - period, t, t[:1] + period), concat(f[-1:], f, f[:1]))"
)


def _eye(M: Any, k: int) -> str:
    columns = "N" if M is None else "M"
    return f"eye(N, {columns})" if not k else f"triu(tril(ones(N, {columns}), {k}), {k})"


def _between(num: int, endpoint: bool) -> str:
    """num shares from 0 to 1."""
    return f"linspace(0, 1, {num})" if endpoint else f"arange({num})/{num}"


def _linspace(num: int, endpoint: bool, axis: int) -> str:
    share = _between(num, endpoint)
    return f"movedim((start + 0*stop)[..., None]*(1 - {share}) + (stop + 0*start)[..., None]*{share}, -1, {axis})"


def _diff(axis: int, prepend: Any, append: Any) -> str:
    first, last = along("a", axis, ":1"), along("a", axis, "-1:")
    parts = [f"prepend + 0*{first}"] * (prepend is not None) + ["a"] + [f"append + 0*{last}"] * (append is not None)
    return (
        f"differences(concat([{', '.join(parts)}], {axis}), n, {axis})" if len(parts) > 1 else "differences(a, n, axis)"
    )


def _gradients(f: Shape, spacings: Sequence[Shape], axis: Any, edge_order: int) -> str:
    """Along each axis; a spacing is a number, or the points, which need not be equally far apart."""
    axes = axes_of(f, axis)
    if len(spacings) not in {0, 1, len(axes)} or not axes:
        raise ShapeMismatch(f"one spacing, or as many as axes, {len(axes)}")
    if edge_order not in {1, 2} or any(f[at] <= edge_order for at in axes):
        raise ShapeMismatch("edge_order 1 or 2, and more entries than that along each axis")
    lines: list[str] = []
    for k, at in enumerate(axes):
        name = f"s[{k if len(spacings) > 1 else 0}]" if spacings else "1"
        points = bool(spacings) and bool(spacings[k if len(spacings) > 1 else 0])
        lines += [f"y = movedim(f, {at}, -1)", f"r{k} = movedim({_slopes(name, points, edge_order)}, -1, {at})"]
        if points:
            lines.insert(-1, f"d = differences({name}); h = d[:-1]; k = d[1:]")
    parts = ", ".join(f"r{k}" for k in range(len(axes)))
    several = len(axes) > 1 or isinstance(axis, tuple)
    return f"{'; '.join(lines)}; {f'[{parts}]' if several else 'r0'}"


def _slopes(spacing: str, points: bool, edge_order: int) -> str:
    """Central differences of y, and at the edges those of one side."""
    if points:
        inner = "(h**2*y[..., 2:] + (k - h)*(k + h)*y[..., 1:-1] - k**2*y[..., :-2])/(h*k*(h + k))"
        first, last = "(y[..., 1:2] - y[..., :1])/d[:1]", "(y[..., -1:] - y[..., -2:-1])/d[-1:]"
        if edge_order == 2:
            first = _edge("d[:1]", "d[1:2]", "y[..., :1]", "y[..., 1:2]", "y[..., 2:3]")
            last = f"-{_edge('d[-1:]', 'd[-2:-1]', 'y[..., -1:]', 'y[..., -2:-1]', 'y[..., -3:-2]')}"
        return f"concat([{first}, {inner}, {last}], -1)"
    first, last = "y[..., 1:2] - y[..., :1]", "y[..., -1:] - y[..., -2:-1]"
    if edge_order == 2:
        first = "(-3*y[..., :1] + 4*y[..., 1:2] - y[..., 2:3])/2"
        last = "(3*y[..., -1:] - 4*y[..., -2:-1] + y[..., -3:-2])/2"
    return f"concat([{first}, (y[..., 2:] - y[..., :-2])/2, {last}], -1)/({spacing})"


def _edge(near: str, far: str, y0: str, y1: str, y2: str) -> str:
    """The slope in y0 of the parabola through three points: the line's to y1, less its bend."""
    return f"(({y1} - {y0})/{near}*(1 + {near}/({near} + {far})) - ({y2} - {y1})/{far}*({near}/({near} + {far})))"


def _unwrapped(axis: int, discont: Any, period: Any) -> str:
    """Steps of half a period or more are made up for by whole periods; a step up by just half a period stays."""
    first, rest = along("p", axis, ":1"), along("p", axis, "1:")
    turns = "where(d > 0, ceil((d + w/2)/w) - 1, floor((d + w/2)/w))"
    less = f"w*cumsum(where(abs(d) < {'w/2' if discont is None else 'discont'}, 0, {turns}), {axis})"
    steps = f"w = {'2*pi' if period is None else 'period'}; d = differences(p, 1, {axis})"
    return f"{steps}; concat([{first}, {rest} - {less}], {axis})"


def _bin_edges(bins: Any, range: Any) -> str:
    """So many equal bins from the least to the largest entry unless it is told, of width 1 around a single number; the
    last edge is the largest entry itself, which no sum of widths may miss."""
    if isinstance(bins, str):
        return f"{NONE}bins='{bins}' is an estimate; write how many bins there are"
    if not isinstance(bins, int):
        return "bins"
    low, high = ("amin(a)", "amax(a)") if range is None else ("range[0]", "range[1]")
    inner = f"(l - w) + (h - l + 2*w)*linspace(0, 1, {bins + 1})[:-1]"
    return f"l = {low}; h = {high}; w = where(l == h, 1/2, 0); cat([{inner}, reshape(h + w, 1)])"


def _histogram(a: Shape, bins: Any, range: Any, density: Any, weights: Any) -> str:
    """How many entries each bin holds, of its edges the left one, the last bin both; or the sum of their weights."""
    edges = _bin_edges(bins, range)
    if edges.startswith(NONE):
        return edges
    *lines, last = edges.split("; ")
    known = weights if weights is None else "w = flatten(weights)"
    lines += [f"e = {last}", "y = flatten(a)[:, None]", known or f"w = ones({prod(a)})"]
    lines += ["inside = y >= e[:-1] and (y < e[1:] or (y == e[-1] and e[1:] == e[-1]))"]
    lines += ["h = sum(where(inside, w[:, None], 0), dim=0)"]
    counts = "h/sum(h)/differences(e)" if density else "h"
    return f"{'; '.join(lines)}; ({counts}, e)"


def _numbered(up: str, down: str) -> str:
    """How many edges of bins lie below, or above where they descend."""
    counts = (f"sum(where(x[..., None] {sign} bins, 1, 0), dim=-1)" for sign in (up, down))
    return f"where(bins[0] <= bins[-1], {', '.join(counts)})"


def _searched(side: str, sorter: Any) -> str:
    """How many entries of a are smaller, or as large too; nan is the largest number."""
    if side not in {"left", "right"}:
        raise ShapeMismatch(f"side='left' or 'right', not '{side}'")
    ordered = "a" if sorter is None else "gather(a, 0, sorter)"
    before = "y <= x or x != x" if side == "right" else "y < x or x != x and y == y"
    return f"y = {ordered}; x = v[..., None]; sum(where({before}, 1, 0), -1)"


def _counted(x: Any, weights: Any, minlength: int) -> str:
    """How often each whole number from 0 occurs, or the sum of its weights."""
    numbers = x if isinstance(x, tuple) else (x,)
    if any(not isinstance(n, int) or n < 0 for n in numbers):
        raise ShapeMismatch("a vector of whole numbers, none negative")
    size = max([minlength, *(n + 1 for n in numbers)])
    return f"index_add(zeros({size}), 0, x, {'ones(' + str(len(numbers)) + ')' if weights is None else 'weights'})"


def _geometric(num: int, endpoint: bool, axis: int) -> str:
    """Of equal signs."""
    share = _between(num, endpoint)
    return f"movedim((start + 0*stop)[..., None]*((stop/start)[..., None])**({share}), -1, {axis})"


SPELLINGS = (
    Spelling("np.interp(x, xp, fp, left=None, right=None)", _interp),
    Spelling("np.interp(x, xp, fp, left=None, right=None, period)", _ROUND),
    Spelling("np.eye(N:integer, M:integer=None, k:integer=0, dtype:dtype=None)", _eye),
    Spelling("np.tri(N:integer, M:integer=None, k:integer=0, dtype:dtype=None)",
             lambda M, k: f"tril(ones(N, {'N' if M is None else 'M'}), {k})"),
    Spelling("np.linspace(start, stop, num:integer=50, endpoint:flag=True, *, axis:axis=0)", _linspace),
    Spelling("np.logspace(start, stop, num:integer=50, endpoint:flag=True, base=10, *, axis:axis=0)",
             lambda num, endpoint, axis: f"base**{_linspace(num, endpoint, axis)}"),
    Spelling("np.diff(a, n:integer=1, axis:axis=-1, prepend:number=None, append:number=None)", _diff),
    Spelling("np.gradient(f:shaped, *, axis:axes=None, edge_order:integer=1)",
             lambda f, axis, edge_order: _gradients(f, (), axis, edge_order)),
    Spelling("np.gradient(f:shaped, spacing:shaped, /, *, axis:axes=None, edge_order:integer=1)",
             lambda f, spacing, axis, edge_order: f"s = (spacing,); {_gradients(f, (spacing,), axis, edge_order)}"),
    Spelling("np.gradient(f:shaped, *s:shapes, axis:axes=None, edge_order:integer=1)",
             lambda f, s, axis, edge_order: _gradients(f, s, axis, edge_order)),
    Spelling("np.unwrap(p, discont=None, axis:axis=-1, *, period=None)", _unwrapped),
    Spelling("np.histogram_bin_edges(a, bins=10, range=None, weights=None)", _bin_edges),
    Spelling("np.histogram(a:shaped, bins=10, range=None, density=None, weights=None)", _histogram,
             ("hist", "bin_edges")),
    *(Spelling(f"np.digitize(x, bins, right:{kind})", _numbered(*signs)) for kind, signs in (("off=False", (">=", "<")),
                                                                                         ("flag", (">", "<=")))),
    Spelling("np.searchsorted(a:array, v:array, side:text='left', sorter=None)", _searched, needs=of_ranks(a=1)),
    Spelling("np.bincount(x:axes, /, weights=None, minlength:integer=0)", _counted),
    Spelling("np.geomspace(start, stop, num:integer=50, endpoint:flag=True, dtype:dtype=None, axis:axis=0)",
             _geometric),
)  # fmt: skip
