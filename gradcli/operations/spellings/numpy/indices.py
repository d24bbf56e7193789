"""numpy's calls that make indices, and that pick, leave out or put in entries by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch, axis_of
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.numpy.places import along
from gradcli.operations.written_out import within

# Any, in this module: the constants of a call, or OPERAND


# -- indices


def _listed(numbers: Sequence[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]" if numbers else "()"


def _columns(places: Sequence[tuple[int, ...]], rank: int) -> str:
    """A vector for each axis."""
    return f"({''.join(f'{_listed([place[axis] for place in places])}, ' for axis in range(rank))})"


def _triangle(n: int, m: int, keeps: Callable[[int], bool]) -> str:
    """keeps: of column minus row, is the place one of the triangle?"""
    within(n * max(m, 1))
    return _columns([(i, j) for i in range(n) for j in range(m) if keeps(j - i)], 2)


def _upper(n: int, k: int, m: Any) -> str:
    return _triangle(n, n if m is None else m, lambda gap: gap >= k)


def _lower(n: int, k: int, m: Any) -> str:
    return _triangle(n, n if m is None else m, lambda gap: gap <= k)


def _of_matrix(arr: Shape, k: int, triangle: Callable[[int, int, Any], str]) -> str:
    if len(arr) != 2:
        raise ShapeMismatch(f"a matrix, not an array of shape {arr}")
    return triangle(arr[0], k, arr[1])


def _diagonal(n: int, ndim: int) -> str:
    return _columns([(i,) * ndim for i in range(within(n))], ndim)


def _diagonal_of(arr: Shape) -> str:
    if len(arr) < 2 or len(set(arr)) > 1:
        raise ShapeMismatch(f"two axes or more, all of one size, not {arr}")
    return _diagonal(arr[0], len(arr))


def _open_mesh(args: Sequence[Any]) -> str:
    """Each list along an axis of its own; of truth values the places where they are true."""
    numbers = [
        tuple(i for i, true in enumerate(part) if true) if all(isinstance(i, bool) for i in part) else part
        for part in args
    ]
    return f"({''.join(f'{_nested(part, axis, len(args))}, ' for axis, part in enumerate(numbers))})"


def _nested(part: Sequence[int], axis: int, rank: int) -> str:
    text = f"({''.join(f'{i}{_closed(rank - axis - 1)}, ' for i in part)})" if axis == rank - 1 else (
        f"({''.join(f'{_opened(rank - axis - 1)}{i}{_closed(rank - axis - 1)}, ' for i in part)})")  # fmt: skip
    return "(" * axis + text + ",)" * axis


def _opened(depth: int) -> str:
    return "(" * depth


def _closed(depth: int) -> str:
    return ",)" * depth


def _unraveled(indices: Any, shape: Any) -> str:
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if isinstance(indices, int):
        return f"({''.join(f'{i}, ' for i in _place(indices, sizes))})"
    return _columns([_place(i, sizes) for i in indices], len(sizes))


def _place(number: int, sizes: Shape) -> tuple[int, ...]:
    """The place of the entry of this number."""
    if not 0 <= number < prod(sizes):
        raise ShapeMismatch(f"numbers of places from 0 to {prod(sizes) - 1}, not {number}")
    return tuple(number // prod(sizes[axis + 1 :]) % size for axis, size in enumerate(sizes))


def _raveled(multi_index: Any, dims: Any) -> str:
    sizes = dims if isinstance(dims, tuple) else (dims,)
    steps = [prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    if all(isinstance(part, int) for part in multi_index):
        return str(sum(i * step for i, step in zip(multi_index, steps, strict=True)))
    rows = zip(*multi_index, strict=True)
    return _listed([sum(i * step for i, step in zip(row, steps, strict=True)) for row in rows])


def _grids(dimensions: Any, sparse: bool) -> str:
    sizes = dimensions if isinstance(dimensions, tuple) else (dimensions,)
    open_ = [f"reshape(arange({n}), {_alone(axis, len(sizes))})" for axis, n in enumerate(sizes)]
    if sparse:
        return f"({''.join(f'{part}, ' for part in open_)})"
    return f"[{', '.join(f'expand({part}, {sizes})' for part in open_)}]"


def _alone(axis: int, rank: int) -> tuple[int, ...]:
    """The sizes of a vector along this axis."""
    return tuple(-1 if i == axis else 1 for i in range(rank))


def _where(condition: Shape) -> str:
    """For each axis the numbers of the entries that hold, which the values tell."""
    if not condition:
        raise ShapeMismatch("an array: a scalar has no places")
    grids = (f"reshape(arange({n}), {_alone(axis, len(condition))})" for axis, n in enumerate(condition))
    return f"({''.join(f'expand({grid}, {condition})[condition], ' for grid in grids)})"


def _listed_where(condition: Shape) -> str:
    """A row for each."""
    columns = _where(condition).removeprefix("(").removesuffix(", )")
    return f"stack([{columns}], -1)"


def _flat_where(a: Shape) -> str:
    if not a:
        raise ShapeMismatch("an array: a scalar has no places")
    return f"reshape(arange({prod(a)}), {a})[a]"


# -- entries by indices


def _taken(axis: Any) -> str:
    return "flatten(a)[indices]" if axis is None else along("a", axis, "indices")


def _taken_within(a: Shape, indices: Any, axis: Any, mode: str) -> str:
    """Numbers outside are wrapped round, or the nearest inside."""
    size = prod(a) if axis is None else a[axis_of(a, axis)]
    modes: dict[str, Callable[[int], int]] = {
        "raise": int,
        "wrap": lambda i: i % size,
        "clip": lambda i: min(max(i, 0), size - 1),
    }
    inside = modes.get(mode)
    if inside is None or indices is OPERAND:
        return ""
    found = _mapped(indices, inside)
    return f"flatten(a)[{found}]" if axis is None else along("a", axis, found)


def _mapped(indices: Any, inside: Callable[[int], int]) -> str:
    if isinstance(indices, tuple):
        return f"[{', '.join(_mapped(i, inside) for i in indices)}]"
    return str(inside(indices))


def _along_axis(arr: Shape, indices: Shape, axis: Any) -> str:
    """Off the axis, sizes broadcast."""
    if axis is None:
        return "gather(flatten(arr), 0, flatten(indices))"
    if len(arr) != len(indices):
        raise ShapeMismatch(f"indices with {len(arr)} axes, not {len(indices)}")
    at = axis_of(arr, axis)
    pairs = enumerate(zip(arr, indices, strict=True))
    if any(i != at and n != m and 1 not in (n, m) for i, (n, m) in pairs):
        raise ShapeMismatch("sizes that broadcast off the axis")
    wide = [max(n, m) if 0 not in (n, m) else 0 for n, m in zip(arr, indices, strict=True)]
    left, right = ((*wide[:at], shape[at], *wide[at + 1 :]) for shape in (arr, indices))
    return f"gather({_wide('arr', arr, left)}, {at}, {_wide('indices', indices, right)})"


def _wide(name: str, shape: Shape, to: Shape) -> str:
    return name if shape == to else f"expand({name}, {to})"


def _compressed(condition: Any, axis: Any) -> str:
    """By truth values as written, of which there may be fewer than entries."""
    if condition is OPERAND or not isinstance(condition, tuple):
        return ""
    places = tuple(i for i, true in enumerate(condition) if true)
    return f"take(a, {places}, {axis})"


def _chosen(choices: int, mode: str) -> str:
    if mode not in {"raise", "clip"}:
        return ""
    found = f"choices[{choices - 1}]" if mode == "clip" else "nan"
    for k in reversed(range(choices)):
        found = f"where(a {'<=' if mode == 'clip' and not k else '=='} {k}, choices[{k}], {found})"
    return found


def _places_of(obj: Any, size: int) -> list[int]:
    """Whole numbers from 0 of a number, a list, a mask or a slice. Errors: ShapeMismatch."""
    if isinstance(obj, slice):
        return list(range(size))[obj]
    numbers = obj if isinstance(obj, tuple) else (obj,)
    if numbers and all(isinstance(i, bool) for i in numbers):
        return [i for i, true in enumerate(numbers) if true]
    if any(not isinstance(i, int) or not -size <= i < size for i in numbers):
        raise ShapeMismatch(f"numbers of entries from {-size} to {size - 1}, not {obj}")
    return [i % size for i in numbers]


def _deleted(arr: Shape, obj: Any, axis: Any) -> str:
    if obj is OPERAND:
        return ""
    shape = (prod(arr),) if axis is None else arr
    at = axis_of(shape, axis or 0)
    gone = set(_places_of(obj, shape[at]))
    kept = tuple(i for i in range(shape[at]) if i not in gone)
    return f"take({'flatten(arr)' if axis is None else 'arr'}, {kept}, {at})"


def _inserted(arr: Shape, obj: Any, values: Shape, axis: Any) -> str:
    """The array and what is put in one after the other along the axis, in order of their places."""
    if obj is OPERAND or isinstance(obj, slice):
        return ""
    shape = (prod(arr),) if axis is None else arr
    at = axis_of(shape, axis or 0)
    base, rows = ("flatten(arr)" if axis is None else "arr"), "values"
    raised = (1,) * (len(shape) - len(values)) + values
    if isinstance(obj, int):  # one place for all of them: their first axis is along the axis
        places = [obj] * raised[0]
    else:
        places = list(obj) * (raised[at] if len(obj) == 1 else 1)
        rows = f"movedim(expand(values, {(*shape[:at], len(places), *shape[at + 1 :])}), {at}, 0)"
    bounded = [i + shape[at] if i < 0 else i for i in places]
    if any(not 0 <= i <= shape[at] for i in bounded):
        raise ShapeMismatch(f"places from {-shape[at]} to {shape[at]}, not {obj}")
    slots = [*((i, 0, shape[at] + k) for k, i in enumerate(bounded)), *((i, 1, i) for i in range(shape[at]))]
    numbers = tuple(number for _, _, number in sorted(slots))
    new = (len(places), *shape[:at], *shape[at + 1 :])
    joined = f"concat([movedim({base}, {at}, 0), expand({rows}, {new})], 0)"
    return f"movedim(take({joined}, {numbers}, 0), 0, {at})"


def _resized(a: Shape, new_shape: Any) -> str:
    """The entries again and again, until all places are filled."""
    sizes = new_shape if isinstance(new_shape, tuple) else (new_shape,)
    count, held = prod(sizes), prod(a)
    if not held:
        return f"zeros({sizes})"
    return f"reshape(take(flatten(a), {tuple(i % held for i in range(within(count)))}, 0), {sizes})"


def _trimmed(filt: int, trim: str, axis: Any) -> str:
    """The ends that hold zeros alone left out, along each axis or one; which they are the values tell."""
    ends = [end for end in "fb" if end in trim.lower()]
    found = "filt"
    for at in range(filt) if axis is None else (axis,):
        along_axis = f"movedim({found}, {at}, 0)"
        full = f"sum(reshape(where({along_axis} == 0, 0, 1), ({along_axis}).shape[0], -1), 1)"
        from_end = {"f": f"cumsum({full}, 0) > 1/2", "b": f"flip(cumsum(flip({full}, 0), 0), 0) > 1/2"}
        kept = " and ".join(from_end[end] for end in ends)
        found = f"movedim({along_axis}[{kept}], 0, {at})" if ends else found
    return found


SPELLINGS = (
    Spelling("np.triu_indices(n:integer, k:integer=0, m:integer=None)", _upper),
    Spelling("np.tril_indices(n:integer, k:integer=0, m:integer=None)", _lower),
    Spelling("np.triu_indices_from(arr:shaped, k:integer=0)", lambda arr, k: _of_matrix(arr, k, _upper)),
    Spelling("np.tril_indices_from(arr:shaped, k:integer=0)", lambda arr, k: _of_matrix(arr, k, _lower)),
    Spelling("np.diag_indices(n:integer, ndim:integer=2)", _diagonal),
    Spelling("np.diag_indices_from(arr:shaped)", _diagonal_of),
    Spelling("np.ix_(*args:apart)", _open_mesh),
    Spelling("np.unravel_index(indices:axes, shape:axes, order:nothing=None)", _unraveled),
    Spelling("np.ravel_multi_index(multi_index, dims:axes)", _raveled),
    Spelling("np.indices(dimensions:axes, dtype:dtype=None, sparse:flag=False)", _grids),
    Spelling("np.where(condition:truth, /)", _where),
    Spelling("np.nonzero(condition:truth)", _where),
    Spelling("np.argwhere(condition:truth)", _listed_where),
    Spelling("np.flatnonzero(a:truth)", _flat_where),
    Spelling("np.take(a, indices, axis:axis_or_none=None, out:nothing=None)", _taken),
    Spelling("np.take(a:shaped, indices:axes, axis:axis_or_none=None, out:nothing=None, mode:text='raise')",
             _taken_within),
    Spelling("np.take_along_axis(arr:shaped, indices:shaped, axis:axis_or_none=-1)", _along_axis),
    Spelling("np.compress(condition, a, axis:axis_or_none=None)", _compressed),
    Spelling("np.compress(condition:truth, a)", "flatten(a)[condition]"),
    Spelling("np.compress(condition:truth, a, axis:axis)",
             lambda axis: f"movedim(movedim(a, {axis}, 0)[condition], 0, {axis})"),
    Spelling("np.extract(condition:truth, arr)",
             lambda condition: "arr[condition]" if condition else "reshape(arr, 1)[[where(condition, 1, 0)] > 1/2]"),
    Spelling("np.choose(a, choices:parts, out:nothing=None, mode:text='raise')", _chosen),
    *(Spelling(f"np.delete(arr:shaped, {obj}, axis:axis_or_none=None)", _deleted) for obj in ("obj", "obj:axes")),
    *(Spelling(f"np.insert(arr:shaped, {obj}, values:shaped, axis:axis_or_none=None)", _inserted)
      for obj in ("obj", "obj:axes")),
    Spelling("np.resize(a:shaped, new_shape:axes)", _resized),
    Spelling("np.trim_zeros(filt:ranked, trim:text='fb', axis:axis_or_none=None)", _trimmed),
)  # fmt: skip
