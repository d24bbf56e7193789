"""Rows: entries in other places, picked, repeated and padded: the shapes of arrays."""

from __future__ import annotations

from typing import Any

from gradcli.operations import row_axes
from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op, Places, Slips, axes
from gradcli.operations.rules import arrays as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch

SHAPE = "shapes"


def _index_torch(t: Any, x: Any, entries: Any) -> Any:  # Any: torch tensors
    """torch has no negative steps: such an axis is picked by a list of positions first."""
    plain: list[Any] = []
    axis = 0
    for entry in without_ellipsis(x.ndim, entries):
        if isinstance(entry, slice) and (entry.step or 1) < 0:
            x = t.index_select(x, axis, t.tensor(range(*entry.indices(x.shape[axis])), dtype=t.int64, device=x.device))
            entry = slice(None)
        plain.append(entry)
        axis += entry is not None
    return x[tuple(plain)]


def without_ellipsis(rank: int, entries: tuple[Any, ...]) -> list[Any]:  # Any: int, slice, None, Ellipsis
    """The same entries with slices for the axes that ... or nothing stands for."""
    fill = [slice(None)] * (rank - sum(e is not None and e is not Ellipsis for e in entries))
    return [part for e in entries for part in (fill if e is Ellipsis else [e])]


def _roll_shape(x: Shape, _shifts: int, dim: int | None) -> Shape:
    return x if dim is None else (rule.axis_of(x, dim), x)[1]


def _flip_shape(x: Shape, dim: Any) -> Shape:  # Any: None, an axis, or several
    rule.axes_of(x, dim)
    return x


def _diag(s: Any, x: Any, offset: int) -> Any:  # Any: arrays of the arithmetic at hand
    return s.np.diagonal(x, offset) if x.ndim == 2 else s.on_diagonal(x, offset)


def _squeeze_torch(t: Any, x: Any, dim: Any) -> Any:  # Any: torch tensors; None, an axis, or several
    return t.squeeze(x) if dim is None else t.squeeze(x, dim)


def _squeeze(s: Any, x: Any, dim: Any) -> Any:  # Any: arrays of the arithmetic at hand; as above
    if dim is None:
        return s.np.squeeze(x)
    stay = {axis for axis, n in enumerate(x.shape) if isinstance(n, int) and n != 1}  # a letter may be 1
    return s.np.squeeze(x, tuple(axis for axis in rule.axes_of(x.shape, dim) if axis not in stay))


def _picked(size: int, index: int | tuple[int, ...], dim: int | None) -> Shape:
    """The sizes that an index, one number or several, leaves of an axis. Errors: an index outside of it."""
    for i in (index,) if isinstance(index, int) else index:
        if not -size <= i < size:
            where = "" if dim is None else f" along dim={dim}"
            raise ShapeMismatch(f"an index from {-size} to {size - 1}{where}, not {i}")
    return () if isinstance(index, int) else (len(index),)


def take_shape(x: Shape, index: int | tuple[int, ...], dim: int | None) -> Shape:
    """The shape of the entries with these numbers. Errors: ShapeMismatch."""
    if dim is None:
        return _picked(rule.size(x), index, None)
    axis = rule.axis_of(x, dim)
    if not x:
        raise ShapeMismatch("an array: a scalar has no axis")
    return (*x[:axis], *_picked(x[axis], index, dim), *x[axis + 1 :])


def _take_torch(t: Any, x: Any, index: int | tuple[int, ...], dim: int | None) -> Any:  # Any: torch tensors
    """torch.index_select knows neither single numbers nor negative ones."""
    flat = x if dim is not None or x.ndim == 1 else x.reshape(-1)
    size = rule.size(x.shape) if dim is None else x.shape[dim]
    if isinstance(index, int):
        return t.select(flat, dim or 0, index)
    return t.index_select(flat, dim or 0, t.tensor([i % size for i in index], dtype=t.int64, device=x.device))


def _take(
    s: Any, x: Any, index: int | tuple[int, ...], dim: int | None
) -> Any:  # Any: arrays of the arithmetic at hand
    return s.np.take(x, s.np.array(index, dtype=int), dim)


def gather_shape(x: Shape, index: Shape, dim: int) -> Shape:
    """The shape of the index, which fits into the array's. Errors: ShapeMismatch."""
    lines, places = rule.line(x), rule.line(index)
    axis = rule.axis_of(lines, dim)
    pairs = list(enumerate(zip(places, lines, strict=False)))
    if len(places) != len(lines) or any(n > m for a, (n, m) in pairs if a != axis):
        raise ShapeMismatch(
            f"an index with {len(x)} axes, no longer than the array off dim={dim}",
            hint="take picks the same entries everywhere: take({0}, [0, 2], dim=1)",
        )
    if not lines[axis] and rule.size(index):
        raise ShapeMismatch(f"an array with entries along dim={dim}")
    return index


def _gather(s: Any, x: Any, index: Any, dim: int) -> Any:  # Any: arrays of the arithmetic at hand
    """Undefined where an index is no whole number of the axis; where one jumps, so does what is picked."""
    shape, x, index = index.shape, *(s.np.reshape(part, rule.line(part.shape)) for part in (x, index))
    at = s.positions(index)
    out = s.full(index.shape, 0)
    for place in s.np.ndindex(index.shape):
        source = list(place)
        source[dim] = at[place]
        there = 0 <= at[place] < x.shape[dim]
        out[place] = s.where(s.is_place(index[place], at[place]), x[tuple(source)], s.nan) if there else s.nan
    return s.np.reshape(out, shape)


def _pairs(x: Shape, pad: Any) -> list[tuple[int, int]]:  # Any: one number or several
    """How many entries go before and after, for each axis; torch's order: the last axis first."""
    if isinstance(pad, int) or len(pad) % 2 or len(pad) > 2 * len(x):
        raise ShapeMismatch(
            f"pairs (before, after), the last axis first, for at most {len(x)} axes",
            hint="pad(x, (1, 1)); np.pad(x, 1) pads every axis",
        )
    found = [(0, 0)] * (len(x) - len(pad) // 2)
    return found + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]


def _everywhere(x: Shape, width: Any) -> list[tuple[int, int]]:  # Any: as above
    if not isinstance(width, int) and len(width) not in (1, 2):
        raise ShapeMismatch("one width, or a pair (before, after), for every axis")
    return [(width, width) if isinstance(width, int) else (width[0], width[-1])] * len(x)


def _padded_shape(x: Shape, pairs: list[tuple[int, int]]) -> Shape:
    out = tuple(n + before + after for n, (before, after) in zip(x, pairs, strict=True))
    if any(n < 0 for n in out):
        raise ShapeMismatch("sizes that are not negative after cutting")
    return out


_MODES = ("constant", "reflect", "replicate", "circular")
_NUMPYS_MODES = {
    "constant": "constant",
    "edge": "replicate",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "wrap": "circular",
}


def _pad_shape(x: Shape, pad: Any, mode: str, value: Any) -> Shape:  # Any: one number or several; a number
    """As torch has it: modes but 'constant' take the last axes of arrays with one or two axes before them."""
    pairs = _pairs(x, pad)
    if mode not in _MODES:
        raise ShapeMismatch(f"mode {', '.join(map(repr, _MODES))}, not '{mode}'")
    if mode == "constant":
        return _padded_shape(x, pairs)
    padded = len(pad) // 2
    if not padded or len(x) - padded not in (1, 2):
        raise ShapeMismatch(f"one or two axes before those that are padded, as mode '{mode}' has it in torch")
    if value:
        raise ShapeMismatch(f"no value where the mode is '{mode}'")
    for n, (before, after) in list(zip(x, pairs, strict=True))[-padded:]:
        _check_width(n, before, after, mode)
    return _padded_shape(x, pairs)


def _check_width(n: int, before: int, after: int, mode: str) -> None:
    """Errors: no entries, none left, or a width beyond what torch fills."""
    left = n + min(before, 0) + min(after, 0)
    most = {"reflect": n - 1, "circular": left}.get(mode, max(before, after))
    if not n or n + before + after < 1:
        raise ShapeMismatch("axes with entries, before and after")
    if max(before, after) > most:
        raise ShapeMismatch(f"at most {most} entries on each side of an axis of size {n} in mode '{mode}'")


def _pad_all_shape(x: Shape, width: Any, mode: str, _value: Any) -> Shape:  # Any: as above
    """As numpy has it: any width, none negative but in mode 'constant'."""
    pairs = _everywhere(x, width)
    if mode not in _NUMPYS_MODES:
        raise ShapeMismatch(f"mode {', '.join(map(repr, _NUMPYS_MODES))}, not '{mode}'")
    if mode != "constant" and (0 in x or any(min(pair) < 0 for pair in pairs)):
        raise ShapeMismatch(f"axes with entries and widths that are not negative in mode '{mode}'")
    return _padded_shape(x, pairs)


def _by_places(s: Any, x: Any, pairs: list[tuple[int, int]], mode: str) -> Any:  # Any: arrays of the arithmetic at hand
    for axis, places in pull.padded_places(x.shape, pairs, mode):
        x = s.np.take(x, s.np.array(places, dtype=int), axis)
    return x


def _by_places_torch(t: Any, x: Any, pairs: list[tuple[int, int]], mode: str) -> Any:  # Any: torch tensors
    for axis, places in pull.padded_places(x.shape, pairs, mode):
        x = t.index_select(x, axis, t.tensor(places, dtype=t.int64, device=x.device))
    return x


def _padded(s: Any, x: Any, pairs: list[tuple[int, int]], value: Any) -> Any:  # Any: arrays of the arithmetic at hand
    cut = tuple(slice(max(0, -before), n - max(0, -after)) for n, (before, after) in zip(x.shape, pairs, strict=True))
    if x.ndim == 0:
        return x
    x = x[cut]
    shape = tuple(n + max(before, 0) + max(after, 0) for n, (before, after) in zip(x.shape, pairs, strict=True))
    out = s.full(shape, 0)
    out.fill(s.scalar(value) if isinstance(value, int | float) else value)
    out[tuple(slice(max(0, before), max(0, before) + n) for n, (before, _) in zip(x.shape, pairs, strict=True))] = x
    return out


def _padded_torch(t: Any, x: Any, pairs: list[tuple[int, int]], value: Any) -> Any:  # Any: torch tensors
    return t.nn.functional.pad(x, [n for pair in pairs[::-1] for n in pair], value=value)


def _repeat_shape(x: Shape, sizes: tuple[int, ...]) -> Shape:
    if len(sizes) < len(x) or any(n < 0 for n in sizes):
        raise ShapeMismatch(
            f"at least {len(x)} counts, none negative, not {sizes}",
            hint="repeat_interleave(x, n) repeats entries, as np.repeat does",
        )
    return _tile_shape(x, sizes)


def _tile_shape(x: Shape, sizes: tuple[int, ...]) -> Shape:
    if any(n < 0 for n in sizes):
        raise ShapeMismatch(f"counts that are not negative, not {sizes}")
    rank = max(len(x), len(sizes))
    return tuple(n * m for n, m in zip((1,) * (rank - len(x)) + x, (1,) * (rank - len(sizes)) + sizes, strict=True))


def _interleave_shape(x: Shape, repeats: int, dim: int | None) -> Shape:
    if repeats < 0:
        raise ShapeMismatch(f"a count that is not negative, not {repeats}")
    if dim is None:
        return (rule.size(x) * repeats,)
    axis = rule.axis_of(x, dim)
    return (*x[:axis], x[axis] * repeats, *x[axis + 1 :])


def _expand_shape(x: Shape, sizes: tuple[int, ...]) -> Shape:
    if len(sizes) < len(x):
        raise ShapeMismatch(f"at least {len(x)} sizes, not {sizes}")
    old = (None,) * (len(sizes) - len(x)) + x
    if any(
        n < -1 or (n == -1 and m is None) or (m not in (1, n, None) and n != -1)
        for n, m in zip(sizes, old, strict=True)
    ):
        raise ShapeMismatch(
            f"sizes that its shape broadcasts to, not {sizes}", hint="only axes of size 1 are repeated; -1 keeps a size"
        )
    return tuple(m if n == -1 and m is not None else n for n, m in zip(sizes, old, strict=True))


def _movedim_shape(x: Shape, source: Any, destination: Any) -> Shape:  # Any: an axis, or several
    old, new = rule.axes_of(x, source), rule.axes_of(x, destination)
    if len(old) != len(new):
        raise ShapeMismatch("as many new places as axes")
    rest = iter(n for axis, n in enumerate(x) if axis not in old)
    placed = dict(zip(new, (x[axis] for axis in old), strict=True))
    return tuple(placed[axis] if axis in placed else next(rest) for axis in range(len(x)))


def _diag_embed_shape(x: Shape, offset: int) -> Shape:
    if not x:
        raise ShapeMismatch("a vector, or a batch of them")
    return (*x[:-1], *(x[-1] + abs(offset),) * 2)


def _flatten_axes_shape(x: Shape, start: int, end: int) -> Shape:
    if not x:
        return (1,)
    first, last = rule.axis_of(x, start), rule.axis_of(x, end)
    if first > last:
        raise ShapeMismatch("a start_dim that is not behind end_dim")
    return (*x[:first], rule.size(x[first : last + 1]), *x[last + 1 :])


def _diagonal_shape(x: Shape, offset: int, dim1: int, dim2: int) -> Shape:
    first, second = rule.axis_of(x, dim1), rule.axis_of(x, dim2)
    if len(x) < 2 or first == second:
        raise ShapeMismatch("two axes that are not the same")
    return (*(n for axis, n in enumerate(x) if axis not in (first, second)), _along(x[first], x[second], offset))


def _along(rows: int, columns: int, offset: int) -> int:
    """How long a diagonal is."""
    return max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0)


def _embedding_shape(weight: Shape, ids: Any) -> Shape:  # Any: as above
    if len(weight) != 2:
        raise ShapeMismatch("a matrix of one row for each number")
    return take_shape(weight, ids, 0)


WHOLE = "none: an index is a whole number"

ROWS = (
    Op("index", "x; entries:index", SHAPE, "Entries and slices: x[0], x[1:], X[:, 1], x[..., -1], x[::-1].",
       "sum(x[1:]**2) x=1,2,3", shape=rule.index, torch=_index_torch, sympy=lambda s, x, entries: x[entries],
       rule=("put_back(g, x, entries)",), product=pull.indexed, moves=True),
    Op("transpose", "x; dim0:axis=None, dim1:axis=None", SHAPE,
       "Transposed matrix, also x.T; with two axes, swaps them.", "sum(A.T @ x) A=[[1,2],[3,4]] x=1,2",
       shape=rule.transpose,
       torch=lambda t, x, a, b: t.transpose(x, a, b) if a is not None else x.T if x.ndim > 1 else x,
       sympy=lambda s, x, a, b: x.T if a is None or not x.ndim else s.np.swapaxes(x, a, b),
       rule=("transpose(g, dim0, dim1)",), rows=row_axes.transpose, moves=True,
       aliases=("swapaxes", "t", ".T", ".H"), suffix=".T", slips=Slips(transposable=True, symmetrised=True)),
    Op("matrix_transpose", "x", SHAPE, "The last two axes swapped, also x.mT.", "sum(A.mT @ x) A=[[1,2],[3,4]] x=1,2",
       shape=rule.matrix_transpose, torch=lambda t, x: x.mT, sympy=lambda s, x: s.np.swapaxes(x, -1, -2),
       rule=("g.mT",), rows=row_axes.matrix_transpose, moves=True, aliases=(".mT", ".mH")),
    Op("permute", "x; dims:sizes=None", SHAPE, "Axes in another order; without dims, in reverse.",
       "sum(permute(A, 1, 0) @ x) A=[[1,2],[3,4]] x=1,2",
       shape=rule.permute, torch=lambda t, x, dims: t.permute(x, tuple(range(x.ndim))[::-1] if dims is None else dims),
       sympy=lambda s, x, dims: s.np.transpose(x, dims), rule=(pull.permute,), moves=True, aliases=("np.transpose",)),
    Op("reshape", "x; sizes:sizes", SHAPE, "The same entries in another shape; one size may be -1.",
       "sum(reshape(x, 2, 2) @ [1, 2]) x=1,2,3,4", shape=rule.reshape, sympy=lambda s, x, sizes: s.np.reshape(x, sizes),
       rule=("reshape(g, x.shape)",), moves=True, aliases=("view",)),
    Op("flatten", "x", SHAPE, "All entries as one vector.", "sum(flatten(A)**2) A=[[1,2],[3,4]]",
       shape=rule.flatten, sympy=lambda s, x: s.np.reshape(x, (-1,)), rule=("reshape(g, x.shape)",),
       moves=True, aliases=("ravel", "vec_rows")),
    Op("flatten_axes", "x; start_dim:axis=0, end_dim:axis=-1", SHAPE,
       "The axes from one to another as one: torch.flatten(x, 1).", "flatten_axes([A, 2*A], 1)[1, 2] A=[[1,2],[3,4]]",
       shape=_flatten_axes_shape, torch=lambda t, x, start, end: t.flatten(x, start, end),
       sympy=lambda s, x, start, end: s.np.reshape(x, _flatten_axes_shape(x.shape, start, end)),
       rule=("reshape(g, x.shape)",), moves=True),
    Op("squeeze", "x; dim:axes=None", SHAPE,
       "Axes of size 1 removed: all, or those that are named; a named axis of another size stays, as in torch.",
       "squeeze(x)**2 x=[[3]]",
       shape=rule.squeeze, torch=_squeeze_torch, sympy=_squeeze, rule=("reshape(g, x.shape)",), moves=True),
    Op("squeeze_exactly", "x; dim:axes=None", SHAPE,
       "numpy.squeeze: axes of size 1 removed, all, or those that are named, which must have size 1.",
       "np.squeeze(x, 0)[0]**2 x=[[3]]",
       shape=rule.squeeze_exactly, torch=_squeeze_torch, sympy=_squeeze, rule=("reshape(g, x.shape)",), moves=True,
       aliases=("np.squeeze",)),
    Op("unsqueeze", "x; dim:axis", SHAPE, "A new axis of size 1.", "sum(unsqueeze(x, 1) * x) x=1,2",
       shape=rule.unsqueeze, sympy=lambda s, x, dim: s.np.expand_dims(x, dim), rule=("reshape(g, x.shape)",),
       moves=True, aliases=("expand_dims",)),
    Op("flip", "x; dim:axes=None", SHAPE, "Entries in reverse along axes; without dim, along all.",
       "flip(x)[0] x=1,2,3",
       shape=_flip_shape, torch=lambda t, x, dim: t.flip(x, axes(x, dim)),
       sympy=lambda s, x, dim: s.np.flip(x, rule.axes_of(x.shape, dim)), rule=("flip(g, dim)",),
       product=pull.flipped, moves=True),
    Op("roll", "x; shifts:integer, dim:axis=None", SHAPE, "Entries moved round by shifts.",
       "dot(x, roll(x, 1)) x=1,2,3",
       shape=_roll_shape, torch=lambda t, x, shifts, dim: t.roll(x, shifts) if dim is None else t.roll(x, shifts, dim),
       sympy=lambda s, x, shifts, dim: s.np.roll(x, shifts, dim), rule=("roll(g, -shifts, dim)",),
       product=pull.same_along("x", "roll({}, shifts, 0)"), moves=True),
    Op("diag", "x; offset:integer=0", SHAPE, "The diagonal of a matrix, or the matrix of a diagonal.",
       "sum(diag(x) @ x) x=1,2", shape=rule.diag, sympy=_diag, rule=(pull.diag,), moves=True,
       aliases=("diagonal",)),
    Op("diagonal_along", "x; offset:integer=0, dim1:axis=0, dim2:axis=1", SHAPE,
       "The diagonals of all matrices in two axes, along a new last axis: torch.diagonal.",
       "sum(diagonal_along([A, 2*A], 0, 1, 2)**2) A=[[1,2],[3,4]]",
       shape=_diagonal_shape, torch=lambda t, x, offset, dim1, dim2: t.diagonal(x, offset, dim1, dim2),
       sympy=lambda s, x, offset, dim1, dim2: s.array(s.np.diagonal(x, offset, dim1, dim2)),
       rule=(pull.diagonal,), moves=True),
    Op("tril", "A; diagonal:integer=0", SHAPE, "Lower triangle, zeros above.", "sum(tril(A)**2) A=[[1,2],[3,4]]",
       shape=rule.triangle, sympy=lambda s, x, diagonal: s.triangle(x, lambda gap: gap <= diagonal),
       rule=("tril(g, diagonal)",), product="tril(ones(A.shape[-2], A.shape[-1]), diagonal)*A", moves=True),
    Op("triu", "A; diagonal:integer=0", SHAPE, "Upper triangle, zeros below.", "sum(triu(A)**2) A=[[1,2],[3,4]]",
       shape=rule.triangle, sympy=lambda s, x, diagonal: s.triangle(x, lambda gap: gap >= diagonal),
       rule=("triu(g, diagonal)",), product="triu(ones(A.shape[-2], A.shape[-1]), diagonal)*A", moves=True),
    Op("take", "x; index:axes, dim:axis=None", SHAPE,
       "The entries whose numbers a list gives; along an axis, or of all entries in one row.",
       "sum(take(x, [0, 2, -1])**2) x=1,2,3,4", shape=take_shape, torch=_take_torch, sympy=_take,
       rule=("index_add(zeros_like(x), dim, index, g)",),
       product=lambda x, index, dim: "" if isinstance(index, int) else pull.chosen("x", "index")(x, dim), moves=True),
    Op("index_select", "x; dim:axis, index:axes", SHAPE, "take with torch's order of arguments.",
       "sum(index_select(A, 1, [0, 0, 1])**2) A=[[1,2],[3,4]]",
       shape=lambda x, dim, index: take_shape(x, (index,) if isinstance(index, int) else index, dim),
       torch=lambda t, x, dim, index: _take_torch(t, x, (index,) if isinstance(index, int) else index, dim),
       sympy=lambda s, x, dim, index: _take(s, x, (index,) if isinstance(index, int) else index, dim),
       rule=(pull.index_select,),
       product=lambda x, dim, index: "" if isinstance(index, int) else pull.chosen("x", "index")(x, dim), moves=True),
    Op("gather", "x; dim:axis, index:tensor", SHAPE,
       "x[index[i, j], j] for dim=0, x[i, index[i, j]] for dim=1: an entry for each entry of index.",
       "sum(gather(A, 1, [[0], [1]])**2) A=[[1,2],[3,4]]",
       shape=gather_shape, torch=lambda t, x, index, dim: t.gather(x, dim, index.long()), sympy=_gather,
       places=lambda x, index, dim: Places(1, rule.axis_of(rule.line(x), dim)),
       rule=("scatter_add(zeros_like(x), dim, index, g)", WHOLE), product=pull.picked, truth="first", picks=True,
       aliases=("take_along_dim",)),
    Op("embedding", "; ids:axes, weight:tensor", SHAPE, "The rows of a matrix with these numbers: weight[ids].",
       "sum(embedding([0, 2], W)**2) W=[[1,2],[3,4],[5,6]]",
       shape=_embedding_shape,
       torch=lambda t, weight, ids: t.nn.functional.embedding(
           t.tensor(ids, dtype=t.int64, device=weight.device), weight),
       sympy=lambda s, weight, ids: _take(s, weight, ids, 0), rule=("index_add(zeros_like(weight), 0, ids, g)",),
       product=lambda weight, ids: "" if isinstance(ids, int) else pull.chosen("weight", "ids")(weight, 0), moves=True),
    Op("pad", "x; pad:axes, mode:text='constant', value:number=0", SHAPE,
       "value before and after, or in mode 'reflect', 'replicate' and 'circular' what the array has; pad holds pairs, "
       "the last axis first, as in torch; negative ones cut.",
       "sum(pad(x, (1, 2)) * arange(5)) x=1,2",
       shape=_pad_shape,
       torch=lambda t, x, pad, mode, value: _padded_torch(t, x, _pairs(x.shape, pad), value) if mode == "constant"
           else t.nn.functional.pad(x, pad, mode),
       sympy=lambda s, x, pad, mode, value: _padded(s, x, _pairs(x.shape, pad), value) if mode == "constant"
           else _by_places(s, x, _pairs(x.shape, pad), mode),
       rule=(lambda x, pad, mode, value: pull.pad(x, pad, mode, _pairs(x, pad)),),
       product=pull.padded_along, moves=True),
    Op("pad_all", "x; pad_width:axes, mode:text='constant', constant_values:number=0", SHAPE,
       "numpy.pad: the same width, or pair (before, after), on every axis; mode 'constant', 'edge', 'reflect', "
       "'symmetric' or 'wrap'.", "sum(np.pad(x, 1) * arange(4)) x=1,2",
       shape=_pad_all_shape,
       torch=lambda t, x, width, mode, value: _padded_torch(t, x, _everywhere(x.shape, width), value)
           if mode == "constant" else _by_places_torch(t, x, _everywhere(x.shape, width), _NUMPYS_MODES[mode]),
       sympy=lambda s, x, width, mode, value: _padded(s, x, _everywhere(x.shape, width), value)
           if mode == "constant" else _by_places(s, x, _everywhere(x.shape, width), _NUMPYS_MODES[mode]),
       rule=(lambda x, width, mode, value: pull.pad_all(x, width, _NUMPYS_MODES[mode], _everywhere(x, width)),),
       moves=True,
       aliases=("np.pad",)),
    Op("repeat", "x; sizes:sizes", SHAPE, "The whole array again and again along each axis.",
       "dot(repeat(x, 2), [1, 2, 3, 4]) x=1,2",
       shape=_repeat_shape, torch=lambda t, x, sizes: x.repeat(sizes), sympy=lambda s, x, sizes: s.np.tile(x, sizes),
       rule=(pull.tile,), moves=True, note="np.repeat is repeat_interleave."),
    Op("tile", "x; sizes:sizes", SHAPE, "repeat; sizes that are left out are 1, from the left.",
       "sum(tile(A, 2)**2) A=[[1,2],[3,4]]", shape=_tile_shape, sympy=lambda s, x, sizes: s.np.tile(x, sizes),
       rule=(pull.tile,), moves=True),
    Op("repeat_interleave", "x; repeats:integer, dim:axis=None", SHAPE, "Every entry several times: [a, a, b, b].",
       "dot(repeat_interleave(x, 2), [1, 2, 3, 4]) x=1,2",
       shape=_interleave_shape,
       torch=lambda t, x, repeats, dim: t.repeat_interleave(x, repeats) if dim is None
           else t.repeat_interleave(x, repeats, dim),
       sympy=lambda s, x, repeats, dim: s.np.repeat(x, repeats, dim), rule=(pull.interleave,),
       product=pull.same_along("x", "repeat_interleave({}, repeats, 0)"), moves=True,
       aliases=("np.repeat",)),
    Op("expand", "x; sizes:sizes", SHAPE, "Axes of size 1 repeated, and axes added in front; -1 keeps a size.",
       "sum(expand(x, 2, 3)**2) x=1,2,3",
       shape=_expand_shape, torch="broadcast_to",
       sympy=lambda s, x, sizes: s.np.broadcast_to(x, _expand_shape(x.shape, sizes)), rule=("sum_to(g, x)",),
       moves=True,
       aliases=("broadcast_to",)),
    Op("movedim", "x; source:axes, destination:axes", SHAPE, "Axes moved to other places, the others in order.",
       "sum(movedim(A, 0, 1) @ x) A=[[1,2],[3,4]] x=1,2",
       shape=_movedim_shape,
       torch=lambda t, x, source, destination: t.movedim(x, axes(x, source), axes(x, destination)),
       sympy=lambda s, x, source, destination: s.np.moveaxis(x, rule.axes_of(x.shape, source),
                                                             rule.axes_of(x.shape, destination)),
       rule=("movedim(g, destination, source)",), moves=True,
       aliases=("moveaxis",)),
    Op("diag_embed", "x; offset:integer=0", SHAPE, "Each vector along the last axis as the diagonal of a matrix.",
       "sum(diag_embed(x) @ x) x=1,2", shape=_diag_embed_shape, sympy=lambda s, x, offset: s.on_diagonal(x, offset),
       rule=(pull.diag_embed,), moves=True),
)  # fmt: skip
