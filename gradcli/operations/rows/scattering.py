"""Rows: entries put into larger arrays and added up there: what picking them pulls back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations import summands
from gradcli.operations.row import Op, Places
from gradcli.operations.rows.structure import WHOLE, gather_shape, take_shape, without_ellipsis
from gradcli.operations.rules import arrays
from gradcli.operations.shape_rules import Shape, ShapeMismatch

PUT = "entries put back"


def _put_back_shape(y: Shape, x: Shape, entries: tuple[Any, ...]) -> Shape:  # Any: int, slice, None, Ellipsis
    there = rule.index(x, entries)
    if y != there:
        raise ShapeMismatch(f"entries of shape {there}")
    return x


def _put_back_torch(t: Any, y: Any, x: Any, entries: Any) -> Any:  # Any: torch tensors
    """By the numbers of the places: torch has no negative steps, along which y is turned."""
    upward, turned = _upward(x.shape, entries)
    places = t.arange(rule.size(x.shape), device=x.device).reshape(x.shape)[upward]
    y = t.flip(y, turned) if turned else y
    return t.zeros_like(x).reshape(-1).index_add(0, places.reshape(-1), y.to(x.dtype).reshape(-1)).reshape(x.shape)


def _upward(shape: Shape, entries: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[int, ...]]:  # Any: see above
    """The same places with positive steps alone, and the axes of the result that run the other way with them."""
    out: list[Any] = []
    turned: list[int] = []
    axis = after = 0
    for entry in without_ellipsis(len(shape), entries):
        places = range(*entry.indices(shape[axis])) if isinstance(entry, slice) else range(0)
        if isinstance(entry, slice) and (entry.step or 1) < 0:
            turned.append(after)
            entry = slice(places[-1], places[0] + 1, -entry.step) if places else slice(0, 0)
        out.append(entry)
        axis += entry is not None
        after += not isinstance(entry, int)
    return tuple(out), tuple(turned)


def _put_back(s: Any, y: Any, x: Any, entries: Any) -> Any:  # Any: arrays of the arithmetic at hand
    out = s.full(x.shape, 0)
    out[entries] = y if y.ndim else y[()]
    return out


def _index_add_shape(x: Shape, source: Shape, dim: int | None, index: Any) -> Shape:  # Any: one number or several
    there = take_shape(x, index, dim)
    if source != there:
        raise ShapeMismatch(f"a source of shape {there}")
    return x


def _index_add_torch(t: Any, x: Any, source: Any, dim: int | None, index: Any) -> Any:  # Any: torch tensors
    axis = dim or 0
    size = rule.size(x.shape) if dim is None else x.shape[axis]
    places = t.tensor(
        [i % size for i in ((index,) if isinstance(index, int) else index)], dtype=t.int64, device=x.device
    )
    added = source.unsqueeze(axis) if isinstance(index, int) else source
    return (
        x.index_add(axis, places, added)
        if dim is not None
        else x.reshape(-1).index_add(0, places, added).reshape(x.shape)
    )


def _index_add(s: Any, x: Any, source: Any, dim: int | None, index: Any) -> Any:  # Any: arrays of the arithmetic
    out = s.np.reshape(x, -1).copy() if dim is None else s.np.moveaxis(x, dim, 0).copy()
    added = source if dim is None or isinstance(index, int) else s.np.moveaxis(source, dim, 0)
    for k, i in enumerate((index,) if isinstance(index, int) else index):
        out[i, ...] = out[i, ...] + (added if isinstance(index, int) else added[k])
    return s.np.reshape(out, x.shape) if dim is None else s.np.moveaxis(out, 0, dim)


def _scatter_shape(x: Shape, index: Shape, src: Shape, dim: int) -> Shape:
    gather_shape(x, index, dim)
    if src != index:
        raise ShapeMismatch(f"a source of the index's shape {index}")
    return x


def _scatter_once_shape(x: Shape, index: Shape, src: Shape, dim: int) -> Shape:
    _scatter_shape(x, index, src, dim)
    axis = rule.axis_of(rule.line(x), dim)
    if rule.line(index)[axis] > rule.line(x)[axis]:
        raise ShapeMismatch("an index no longer than the axis: a place would be named twice")
    return x


def _scatter_add(s: Any, x: Any, index: Any, src: Any, dim: int) -> Any:  # Any: arrays of the arithmetic at hand
    return _scattered(s, x, index, src, dim, lambda old, new, here: old + s.where(here, new, s.scalar(0)))


def _scatter(s: Any, x: Any, index: Any, src: Any, dim: int) -> Any:  # Any: as above
    return _scattered(s, x, index, src, dim, lambda old, new, here: s.where(here, new, old))


def _scattered(s: Any, x: Any, index: Any, src: Any, dim: int, put: Callable[..., Any]) -> Any:  # Any: as above
    """Undefined along a line where an index is no whole number of the axis; where one jumps, so does the line.

    put: an entry, what may come to it, and whether it is here that it comes -> the entry then
    """
    shape = x.shape
    x, index, src = (s.np.reshape(part, rule.line(part.shape)) for part in (x, index, src))
    at = s.positions(index)
    out = x.copy()
    for place in s.np.ndindex(index.shape):
        there = 0 <= at[place] < x.shape[dim]
        for k in range(x.shape[dim]):
            target = (*place[: dim % x.ndim], k, *place[dim % x.ndim + 1 :])
            out[target] = put(out[target], src[place], s.is_place(index[place], k)) if there else s.nan
    return s.np.reshape(out, shape)


def _named_twice(s: Any, _x: Any, index: Any, _src: Any, dim: int) -> bool:  # Any: arrays of balls
    """Is a place named by several entries? The last one counts, and torch gives a slope to all."""
    lines = s.np.moveaxis(s.positions(s.np.reshape(index, rule.line(index.shape))), dim, -1)
    return any(len(set(lines[place])) < lines.shape[-1] for place in s.np.ndindex(lines.shape[:-1]))


ROWS = (
    Op("put_back", "y, x; entries:entries", PUT,
       "Zeros of x's shape but for y in the places of x[entries]: what an index pulls back.",
       "sum(put_back(y, [1, 2, 3, 4], 1:3)**2) y=1,2",
       shape=_put_back_shape, torch=_put_back_torch, sympy=_put_back, rule=("g[entries]", "zeros_like(x)"),
       moves=True, helper=True),
    Op("index_add", "x; dim:axis_or_none, index:axes, source:tensor", PUT,
       "x with source added at the numbers of a list along an axis, or of all entries in one row; a number that stands "
       "twice gets both.",
       "sum(index_add(x, 0, [0, 0, 1], y)**2) x=1,2 y=3,4,5",
       shape=_index_add_shape, torch=_index_add_torch, sympy=_index_add, rule=("g", "take(g, index, dim)"),
       linear="jointly", summands=summands.added_by_index),
    Op("scatter_add", "x; dim:axis, index:tensor, src:tensor", PUT,
       "x with src[i, j] added at [index[i, j], j] for dim=0, at [i, index[i, j]] for dim=1: what gather pulls back.",
       "sum(scatter_add(A, 1, [[0], [1]], y)**2) A=[[1,2],[3,4]] y=[[5],[6]]",
       shape=_scatter_shape, torch=lambda t, x, index, src, dim: t.scatter_add(x, dim, index.long(), src),
       places=lambda x, index, src, dim: Places(1, rule.axis_of(rule.line(x), dim)),
       summands=summands.scattered, sympy=_scatter_add, rule=("g", WHOLE, "gather(g, dim, index)"),
       product=arrays.scattered),
    Op("scatter", "x; dim:axis, index:tensor, src:tensor", PUT,
       "x with src[i, j] at [index[i, j], j] for dim=0, at [i, index[i, j]] for dim=1; no place may be named twice.",
       "sum(scatter(A, 1, [[0], [1]], y)**2) A=[[1,2],[3,4]] y=[[5],[6]]",
       shape=_scatter_once_shape, torch=lambda t, x, index, src, dim: t.scatter(x, dim, index.long(), src),
       places=lambda x, index, src, dim: Places(1, rule.axis_of(rule.line(x), dim)), sympy=_scatter,
       astray=_named_twice, rule=("scatter(g, dim, index, zeros_like(src))", WHOLE, "gather(g, dim, index)")),
)  # fmt: skip
