"""Rules of moved, repeated and joined entries whose text depends on shapes: cotangents in gradcli's language.

Each function takes the operands' shapes, then the constants, and gives a text: see Op.rule. A variadic operand's number
comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import prod
from typing import Any

from gradcli.operations.shape_rules import Shape, axes_of, axis_of


def cut(name: str, axis: int, entries: str) -> str:
    """The entries along one axis: ``cut("g", 1, "1:")`` is ``g[:, 1:]``."""
    return f"{name}[{':, ' * axis}{entries}]"


def padded(text: str, rank: int, axis: int, before: int, after: int) -> str:
    """So many zeros before and after along one axis; torch's pairs have the last axis first."""
    return f"pad({text}, ({'0, 0, ' * (rank - 1 - axis)}{before}, {after}))"


def listed(sizes: Sequence[int]) -> str:
    """Sizes as arguments, ``2, 3``; none as ``()``."""
    return ", ".join(map(str, sizes)) or "()"


# -- entries in other places


def permute(_x: Shape, dims: tuple[int, ...] | None) -> str:
    """By the inverse of the permutation."""
    if not dims:
        return "permute(g)"
    axes = [dim % len(dims) for dim in dims]
    return f"permute(g, {listed([axes.index(i) for i in range(len(axes))])})"


def diag(x: Shape, offset: int) -> str:
    """The matrix of the diagonal, cut or continued with zeros to the shape of a matrix that is not square."""
    if len(x) == 1 or (x[0] == x[1] and not offset):
        return "diag(g, offset)"
    size = max(min(x[0], x[1] - offset) if offset >= 0 else min(x[0] + offset, x[1]), 0) + abs(offset)
    return f"pad(diag(g, offset), (0, {x[1] - size}, 0, {x[0] - size}))"


def diagonal(x: Shape, offset: int, dim1: int, dim2: int) -> str:
    """The matrices of the diagonals, cut or continued with zeros, in the two axes."""
    rows, columns = x[axis_of(x, dim1)], x[axis_of(x, dim2)]
    size = max(min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns), 0) + abs(offset)
    matrices = f"pad(diag_embed(g, offset), (0, {columns - size}, 0, {rows - size}))"
    return f"movedim({matrices}, (-2, -1), ({dim1}, {dim2}))"


def diag_embed(x: Shape, offset: int) -> str:
    """The diagonal of each matrix."""
    rows, columns = max(-offset, 0), max(offset, 0)
    whole = f"g[..., {rows}:{rows + x[-1]}, {columns}:{columns + x[-1]}]" if offset else "g"
    batch = "abcdefgh"[: len(x) - 1] if len(x) < 10 else ""
    return f"einsum('{batch}zz->{batch}z', {whole})"


def pad(x: Shape, pad: tuple[int, ...], mode: str, pairs: Sequence[tuple[int, int]]) -> str:
    """What was added is cut, what was cut is filled with zeros."""
    if mode != "constant":
        return _back_to_places(x, pairs, mode)
    return f"pad(g, ({''.join(f'{-n}, ' for n in pad)}))" if pad else "g"


def padded_places(x: Shape, pairs: Sequence[tuple[int, int]], mode: str) -> list[tuple[int, tuple[int, ...]]]:
    """The axes that are padded with the array's own entries, and where these stand in it."""
    return [
        (axis, tuple(_place(j - before, n, before, after, mode) for j in range(n + before + after)))
        for axis, (n, (before, after)) in enumerate(zip(x, pairs, strict=True))
        if before or after
    ]


def _place(i: int, n: int, before: int, after: int, mode: str) -> int:
    """Where in n entries the one stands that is continued to the place i, which may be outside."""
    if mode == "replicate":
        return min(max(i, 0), n - 1)
    if mode == "circular":  # of what is left of the array where a side is cut
        first, left = max(-before, 0), n + min(before, 0) + min(after, 0)
        return first + (i - first) % left
    if mode == "symmetric":
        return min(i % (2 * n), 2 * n - 1 - i % (2 * n))
    period = max(2 * (n - 1), 1)
    return min(i % period, period - i % period) if n > 1 else 0


def _back_to_places(x: Shape, pairs: Sequence[tuple[int, int]], mode: str) -> str:
    """Each entry of g is added where the one that stands there came from."""
    if any(type(n) is not int for n in x):
        return "none: where a size is a letter the places of its entries are not told"
    text, places = "g", padded_places(x, pairs, mode)
    for axis, where in reversed(places):
        sizes = [n if i >= axis else n + sum(pairs[i]) for i, n in enumerate(x)]
        text = f"index_add(zeros({listed(sizes)}), {axis}, ({listed(where)},), {text})"
    return text


def pad_all(x: Shape, width: Any, mode: str, pairs: Sequence[tuple[int, int]]) -> str:  # Any: one number or a pair
    """As ``pad``."""
    if mode != "constant":
        return _back_to_places(x, pairs, mode)
    return f"pad_all(g, {-width})" if isinstance(width, int) else f"pad_all(g, ({''.join(f'{-n}, ' for n in width)}))"


def index_select(_x: Shape, _dim: int, index: Any) -> str:  # Any: one number or several
    """A single number keeps its axis."""
    return f"index_add(zeros_like(x), dim, {'(index,)' if isinstance(index, int) else 'index'}, g)"


# -- entries again and again


def tile(x: Shape, sizes: tuple[int, ...]) -> str:
    """The sum over all copies: g with an axis of copies before each axis of x."""
    rank = max(len(x), len(sizes))
    if not rank:
        return "g"
    counts, lengths = (1,) * (rank - len(sizes)) + sizes, (1,) * (rank - len(x)) + x
    both = [n for pair in zip(counts, lengths, strict=True) for n in pair]
    return f"reshape(sum(reshape(g, {listed(both)}), ({''.join(f'{2 * i}, ' for i in range(rank))})), x.shape)"


def interleave(x: Shape, repeats: int, dim: int | None) -> str:
    """The sum over the copies of each entry: g with an axis of copies behind the axis."""
    if dim is None:
        return f"reshape(sum(reshape(g, {prod(x)}, repeats), 1), x.shape)"
    axis = axis_of(x, dim)
    split = (*x[: axis + 1], repeats, *x[axis + 1 :])
    return f"sum(reshape(g, {listed(split)}), {axis + 1})"


# -- joined arrays: each part takes its own part of g


def _span(lengths: Sequence[int], at: int) -> str:
    """The places of a part of these lengths among its like: ``2:5``."""
    ends = [0, *accumulate(lengths)]
    return f"{ends[at]}:{ends[at + 1]}"


def stack(at: int, *arguments: Any) -> str:  # Any: shapes, and last the axis
    return cut("g", axis_of((*arguments[0], 0), arguments[-1]), str(at))


def concat(at: int, *arguments: Any) -> str:  # Any: as above
    *shapes, dim = arguments
    axis = axis_of(shapes[0], dim)
    return cut("g", axis, _span([shape[axis] for shape in shapes], at))


def hstack(at: int, *shapes: Shape) -> str:
    if len(shapes[0]) > 1:
        return concat(at, *shapes, 1)
    return f"reshape({cut('g', 0, _span([prod(shape) for shape in shapes], at))}, parts{at}.shape)"


def vstack(at: int, *shapes: Shape) -> str:
    """A vector is one row."""
    rows = [shape[0] if len(shape) > 1 else 1 for shape in shapes]
    part = cut("g", 0, _span(rows, at))
    return part if len(shapes[at]) > 1 else f"reshape({part}, parts{at}.shape)"


def column_stack(at: int, *shapes: Shape) -> str:
    """A vector is one column."""
    columns = [shape[1] if len(shape) > 1 else 1 for shape in shapes]
    part = cut("g", 1, _span(columns, at))
    return part if len(shapes[at]) > 1 else f"reshape({part}, parts{at}.shape)"


def block(at: int, *arguments: Any) -> str:  # Any: shapes, and last the number of columns
    *shapes, columns = arguments
    row, column = divmod(at, columns)
    heights = [shape[0] for shape in shapes[::columns]]
    widths = [shape[1] for shape in shapes[row * columns : (row + 1) * columns]]
    return f"g[{_span(heights, row)}, {_span(widths, column)}]"


def block_diag(at: int, *shapes: Shape) -> str:
    """A vector is one row."""
    raised = [(1,) * (2 - len(shape)) + shape for shape in shapes]
    part = f"g[{_span([n for n, _ in raised], at)}, {_span([m for _, m in raised], at)}]"
    return part if len(shapes[at]) == 2 else f"reshape({part}, parts{at}.shape)"


# -- as products: on each axis by itself with what the operation makes of the identity


def along(name: str, rank: int, *factors: tuple[int, str, bool]) -> str:
    """The array times a matrix ``(new, old)`` along each axis, or a vector that the axis goes with: not ``kept``."""
    letters, text = "abcdefghij"[:rank], name
    for axis, factor, kept in sorted(factors, reverse=True):
        old = letters[axis]
        new = letters.replace(old, "z" if kept else "")
        text = f"einsum('{'z' * kept}{old},{letters}->{new}', {factor}, {text})"
        letters = new.replace("z", old)
    return text


def same_along(name: str, call: str) -> Callable[..., str]:
    """Of a row with one axis, the last constant: ``call`` is it of the identity ``{}``, along its first axis."""

    def text(x: Shape, *constants: Any) -> str:  # Any: the row's constants
        if constants[-1] is None and len(x) != 1:
            return "" if len(x) else name
        axis = axis_of(x, constants[-1] or 0)
        return along(name, len(x), (axis, call.format(f"eye({name}.shape[{axis}])"), True))

    return text


def cumulated(x: Shape, dim: int | None, flat: bool) -> str:
    """``cumsum`` runs along the first axis where none is given, or along all entries in a row."""
    if flat and len(x) != 1 and (dim is None or not x):
        return ""
    axis = axis_of(x, dim or 0) if x else 0
    return along("x", len(x), (axis, f"cumsum(eye(x.shape[{axis}]), 0)", True)) if x else "x"


def flipped(x: Shape, dim: Any) -> str:  # Any: axes
    return along("x", len(x), *((axis, f"flip(eye(x.shape[{axis}]), 0)", True) for axis in axes_of(x, dim)))


def indexed(x: Shape, entries: tuple[Any, ...]) -> str:  # Any: what stands in brackets
    """Of numbers and slices."""
    missing = len(x) - sum(entry is not Ellipsis for entry in entries)
    full: list[Any] = []
    for entry in entries if Ellipsis in entries else (*entries, Ellipsis):
        full += [slice(None)] * missing if entry is Ellipsis else [entry]
    if not all(isinstance(entry, int | slice) for entry in full):
        return ""
    parts = [
        (axis, f"eye(x.shape[{axis}])[{_bracket(entry)}]", isinstance(entry, slice))
        for axis, entry in enumerate(full)
        if entry != slice(None)
    ]
    return along("x", len(x), *parts)


def _bracket(entry: Any) -> str:  # Any: as above
    if not isinstance(entry, slice):
        return str(entry)
    parts = ["" if part is None else str(part) for part in (entry.start, entry.stop, entry.step)]
    return ":".join(parts if parts[2] else parts[:2])


def padded_along(x: Shape, pad: tuple[int, ...], mode: str, value: Any) -> str:  # Any: a number
    """Of zeros around."""
    if mode != "constant" or value != 0:
        return ""
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    return along(
        "x",
        len(x),
        *(
            (axis, f"pad(eye(x.shape[{axis}]), (0, 0, {before}, {after}))", True)
            for axis, (before, after) in zip(range(len(x) - 1, -1, -1), pairs, strict=False)
            if before or after
        ),
    )


def chosen(name: str, index: str) -> Callable[..., str]:
    """Entries by numbers along an axis; ``index`` names the constant that holds them."""

    def text(x: Shape, dim: int | None) -> str:
        if dim is None and len(x) != 1:
            return ""
        axis = axis_of(x, dim or 0)
        return along(name, len(x), (axis, f"take(eye({name}.shape[{axis}]), {index}, 0)", True))

    return text


def picked(x: Shape, index: Shape, dim: int) -> str:
    """Entries along an axis by the numbers in an array, which is as large as x along the others."""
    places = _places(x, index, dim)
    if not places:
        return ""
    old, new, place = places
    return f"einsum('{new}z,{old}->{new}', {place}, x)"


def scattered(x: Shape, index: Shape, _src: Shape, dim: int) -> str:
    """Entries added up along an axis at the numbers in an array, which is as large as x along the others."""
    places = _places(x, index, dim)
    if not places:
        return ""
    old, new, place = places
    return f"x + einsum('{new}z,{new}->{old}', {place}, src)"


def _places(x: Shape, index: Shape, dim: int) -> tuple[str, str, str] | None:
    """Letters of x's axes and of the index's, another along the axis; 1 where an entry of the index is a place."""
    if not x or not index:
        return None
    axis = axis_of(x, dim)
    if index[:axis] + index[axis + 1 :] != x[:axis] + x[axis + 1 :]:
        return None
    letters = "abcdefghij"[: len(x)]
    column = "index[:, None]" if len(x) == 1 else "index[..., None]"
    return letters.replace(letters[axis], "z"), letters, f"where({column} == arange(x.shape[{axis}]), 1, 0)"


def integrated(call: str, kept: bool) -> Callable[..., str]:
    """An integral of samples that are equally far apart."""

    def text(y: Shape, x: Shape | None, _dx: Any, dim: int) -> str:  # Any: a number
        axis = axis_of(y, dim)
        return "" if x is not None else along("y", len(y), (axis, f"{call}(eye(y.shape[{axis}]), dx=dx, dim=0)", kept))

    return text


def extreme(x: str = "x") -> str:
    """Of the largest or the smallest entry ``out``: shared evenly among ties."""
    at = f"{x} == spread(out, {x}, dim, keepdim)"
    return f"best = {at}; where(best, spread(g/sum(best, dim, keepdim), {x}, dim, keepdim), 0)"


def running_extreme(x: Shape, dim: int) -> str:
    """Of the largest or the smallest entry so far: shared evenly among those that are it."""
    if not x:
        return "g"
    axis, size = axis_of(x, dim), x[axis_of(x, dim)]
    entries, so_far, cotangents = (
        f"unsqueeze(movedim({name}, {axis}, -1), {place})" for name, place in (("x", -2), ("out", -1), ("g", -1))
    )
    best = f"best = tril(ones({size}, {size})) == 1 and {entries} == {so_far}"
    return f"{best}; movedim(sum(where(best, {cotangents}/sum(best, -1, True), 0), -2), -1, {axis})"
