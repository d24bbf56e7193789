"""Rows: entries by lists of numbers and by masks, as numpy indexes with arrays, and what they pull back."""

from __future__ import annotations

from math import prod
from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
from gradcli.operations.rows.scattering import PUT
from gradcli.operations.rows.structure import SHAPE
from gradcli.operations.shape_rules import Shape, ShapeMismatch

Entries = tuple[Any, ...]  # Any: int, slice, None, Ellipsis, lists of numbers as nested tuples, masks as such of bools


def _flat(array: Any) -> list[Any]:  # Any: as above
    return [leaf for part in array for leaf in _flat(part)] if isinstance(array, tuple) else [array]


def _is_mask(entry: Any) -> bool:  # Any: as Entries
    return isinstance(entry, tuple) and any(isinstance(leaf, bool) for leaf in _flat(entry)[:1])


def picked_shape(x: Shape, entries: Entries) -> Shape:
    """numpy's rule: arrays broadcast, and their axes stand where they stood, or in front where a slice is between.

    Errors: ShapeMismatch.
    """
    axes = sum(len(rule.nested(e)) if _is_mask(e) else e is not None and e is not Ellipsis for e in entries)
    if axes > len(x):
        raise ShapeMismatch(f"at most {len(x)} indices" if x else "an array: a scalar has no entries")
    full = list(entries) if Ellipsis in entries else [*entries, Ellipsis]
    at = full.index(Ellipsis)
    full[at : at + 1] = [slice(None)] * (len(x) - axes)
    kept: list[int] = []
    arrays_of: list[Shape] = []
    where: list[int] = []  # places among the entries, of those that are arrays
    before = axis = 0
    for place, entry in enumerate(full):
        if entry is None or isinstance(entry, slice):
            kept += [1] if entry is None else rule.index(x[axis : axis + 1], (entry,))
            axis += entry is not None
            continue
        before = len(kept) if not where else before
        where.append(place)
        arrays_of.append(_checked(entry, x, axis))
        axis += len(rule.nested(entry)) if _is_mask(entry) else 1
    if where and where[-1] - where[0] >= len(where):  # a slice stands between them
        before = 0
    return (*kept[:before], *(rule.broadcast(*arrays_of) if where else ()), *kept[before:])


def _checked(entry: Any, x: Shape, axis: int) -> Shape:  # Any: a number or an array of them
    """The shape of what an array picks along its axis, or axes. Errors: ShapeMismatch."""
    shape = rule.nested(entry)
    if _is_mask(entry):
        if shape != x[axis : axis + len(shape)]:
            raise ShapeMismatch(f"a mask of shape {x[axis : axis + len(shape)]}, not {shape}")
        return (sum(_flat(entry)),)
    outside = next((i for i in _flat(entry) if not -x[axis] <= i < x[axis]), None)
    if outside is not None:
        n = x[axis]
        raise ShapeMismatch(f"an index from {-n} to {n - 1} on axis {axis} (size {n}), not {outside}")
    return shape


def as_index(entries: Entries) -> tuple[Any, ...]:  # Any: as numpy takes them
    return tuple(_as_lists(entry) if isinstance(entry, tuple) else entry for entry in entries)


def _as_lists(array: Any) -> Any:  # Any: nested tuples as nested lists
    return [_as_lists(part) for part in array] if isinstance(array, tuple) else array


def _places(t: Any, x: Any, entries: Entries) -> Any:  # Any: torch, a tensor, numpy's array of places in the row of all
    return t.arange(prod(x.shape), device="cpu").numpy().reshape(tuple(x.shape))[as_index(entries)]


def _pick_torch(t: Any, x: Any, entries: Entries) -> Any:
    """By places in the row of all entries: torch puts the axes of arrays elsewhere than numpy beside a number."""
    chosen = x.reshape(-1).index_select(0, _tensor(t, x, _places(t, x, entries)))
    return chosen.reshape(picked_shape(tuple(x.shape), entries))


def _tensor(t: Any, x: Any, places: Any) -> Any:  # Any: as above
    return t.from_numpy(places.reshape(-1).copy()).to(x.device)


def _put_at_shape(y: Shape, x: Shape, entries: Entries) -> Shape:
    there = picked_shape(x, entries)
    if y != there:
        raise ShapeMismatch(f"entries of shape {there}")
    return x


def _put_at_torch(t: Any, y: Any, x: Any, entries: Entries) -> Any:
    at = _tensor(t, x, _places(t, x, entries))
    return t.zeros_like(x).reshape(-1).index_add(0, at, y.to(x.dtype).reshape(-1)).reshape(x.shape)


def _put_at(s: Any, y: Any, x: Any, entries: Entries) -> Any:  # Any: arrays of the arithmetic at hand
    places = s.np.arange(prod(x.shape)).reshape(x.shape)[as_index(entries)]
    out = s.full((prod(x.shape),), 0)
    for at, entry in zip(places.reshape(-1), s.np.reshape(y, -1), strict=True):
        out[at] = out[at] + entry
    return s.np.reshape(out, x.shape)


def _put_at_terms(np: Any, y: Shape, x: Shape, entries: Entries) -> tuple[Any, ...]:  # Any: numpy, arrays of places
    targets = np.arange(prod(x)).reshape(x)[as_index(entries)].reshape(-1)
    return targets, np.arange(prod(y)), np.full(prod(y), -1)


def _set_at_shape(x: Shape, y: Shape, entries: Entries) -> Shape:
    there = picked_shape(x, entries)
    if rule.broadcast(y, there) != there:
        raise ShapeMismatch(f"entries that broadcast to {there}")
    if _named_twice(x, entries):
        raise ShapeMismatch("places that differ: one that is named twice may get either entry")
    return x


def _named_twice(x: Shape, entries: Entries) -> bool:
    """Do lists of numbers name a place twice? Slices and masks never do."""
    axis, columns = 0, []
    missing = len(x) - sum(len(rule.nested(e)) if _is_mask(e) else e is not None and e is not Ellipsis for e in entries)
    for entry in entries:
        if isinstance(entry, tuple) and not _is_mask(entry):
            columns.append((entry, x[axis]))
        axis += missing if entry is Ellipsis else len(rule.nested(entry)) if _is_mask(entry) else entry is not None
    shape = rule.broadcast(*(rule.nested(column) for column, _ in columns))
    named = list(zip(*([i % n for i in _spread(column, shape)] for column, n in columns), strict=True))
    return len(set(named)) < len(named)


def _spread(array: Any, shape: Shape) -> list[int]:  # Any: nested tuples of numbers
    """The numbers of an array that broadcasts to a shape, one after the other."""
    if not shape:
        return [array]
    if len(rule.nested(array)) < len(shape):
        return _spread(array, shape[1:]) * shape[0]
    parts = array if len(array) == shape[0] else array * shape[0]
    return [leaf for part in parts for leaf in _spread(part, shape[1:])]


def _set_at_torch(t: Any, x: Any, y: Any, entries: Entries) -> Any:
    new = y.expand(picked_shape(tuple(x.shape), entries)).reshape(-1)
    return x.reshape(-1).index_copy(0, _tensor(t, x, _places(t, x, entries)), new).reshape(x.shape)


def _set_at(s: Any, x: Any, y: Any, entries: Entries) -> Any:  # Any: arrays of the arithmetic at hand
    places = s.np.arange(prod(x.shape)).reshape(x.shape)[as_index(entries)]
    out = s.np.reshape(x, -1).copy()
    for at, entry in zip(places.reshape(-1), s.np.reshape(s.np.broadcast_to(y, places.shape), -1), strict=True):
        out[at] = entry
    return s.np.reshape(out, x.shape)


ROWS = (
    Op("pick", "x; entries:index", SHAPE,
       "Entries by lists of numbers and by masks, as numpy has them: x[[0, 2, 2]], W[ids], z[arange(n), t], x[x > 0].",
       "sum(x[[0, 2, 2]]**2) x=1,2,3", shape=picked_shape, torch=_pick_torch,
       sympy=lambda s, x, entries: x[as_index(entries)], rule=("put_at(g, x, entries)",), moves=True,
       note="Beside a number and a slice, x[0, :, [1, 2]], torch orders the axes otherwise: write x[0][:, [1, 2]]."),
    Op("put_at", "y, x; entries:entries", PUT,
       "Zeros of x's shape with y added at the places of x[entries]: what lists of numbers and masks pull back.",
       "sum(put_at(y, [1, 2, 3], [0, 2, 2])**2) y=1,2,3",
       shape=_put_at_shape, torch=_put_at_torch, sympy=_put_at, rule=("g[entries]", "zeros_like(x)"),
       linear="first", summands=_put_at_terms, helper=True),
    Op("set_at", "x, y; entries:entries", PUT,
       "x with y in the places of x[entries], which may be slices, lists of numbers and masks; y broadcasts to them.",
       "sum(set_at(x, y, 1:3)**2) x=1,2,3,4 y=5,6",
       shape=_set_at_shape, torch=_set_at_torch, sympy=_set_at,
       rule=("set_at(g, zeros_like(y), entries)", "sum_to(g[entries], y)"), moves=True),
)  # fmt: skip
