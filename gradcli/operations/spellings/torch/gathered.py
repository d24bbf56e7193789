"""torch's calls that take several entries into one place, by the numbers of the places, and those that pick by them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from gradcli.operations.shape_rules import Shape, axis_of, broadcast
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.replaced import flat

# Any, in this module: constants that are given, None where none is; nested tuples of whole numbers

_NOTHING = {"prod": "1", "amax": "-inf", "amin": "inf"}  # what changes no result
_ROWS = {"sum": "sum", "mean": "mean", "prod": "prod", "max": "amax", "min": "amin"}


def _lines(shape: Shape) -> Shape:
    """A scalar is a line of one entry."""
    return shape or (1,)


def _shaped(name: str, old: Shape, new: Shape) -> str:
    return name if old == new else f"reshape({name}, {new})"


def _over_all(texts: tuple[str, str, str], size: int, axis: int, reduce: str, include_self: bool) -> str:
    """Along an axis of this size, for every place all values that may come to it: those that do not change nothing.

    texts: the array, the values, and the numbers of their places, of one shape but along the axis
    """
    named = "; ".join(f"{name} = movedim({text}, {axis}, -1)" for name, text in zip("xvk", texts, strict=True))
    here = f"{named}; e = k[..., None, :] == reshape(arange({size}), {(size, 1)})"
    if reduce == "mean":
        total, count = "sum(where(e, v[..., None, :], 0), -1)", "c = sum(where(e, 1, 0), -1)"
        mean = f"(x + {total})/(1 + c)" if include_self else f"where(c == 0, x, {total}/maximum(c, 1))"
        return f"{here}; {count}; movedim({mean}, -1, {axis})"
    nothing = _NOTHING[reduce]
    own = "x[..., None]" if include_self else f"where(any(e, -1, True), {nothing}, x[..., None])"
    every = f"concat([{own}, where(e, v[..., None, :], {nothing})], -1)"
    return f"{here}; movedim({reduce}({every}, -1), -1, {axis})"


def _added(values: str, reduce: str, include_self: bool) -> str:
    """Sums, and means by how many come to a place."""
    counts = f"c = scatter_add(zeros_like(input), dim, index, ones_like({values}))"
    base = "input" if include_self else "where(c == 0, input, 0)"
    total = f"scatter_add({base}, dim, index, {values})"
    if reduce == "sum":
        return total if include_self else f"{counts}; {total}"
    return f"{counts}; {total}/{'(1 + c)' if include_self else 'maximum(c, 1)'}"


def _scatter_reduced(input: Shape, dim: int, index: Shape, src: Shape, reduce: str, include_self: bool) -> str:
    if reduce not in {"sum", "mean", *_NOTHING}:
        return f"none: reduce is 'sum', 'prod', 'mean', 'amax' or 'amin', not {reduce!r}"
    if len(input) != len(index) or len(index) != len(src):
        return "none: the array, the index and the source have as many axes"
    values = "src" if src == index else f"src[{', '.join(f':{n}' for n in index)}]"
    if reduce in {"sum", "mean"}:
        return _added(values, reduce, include_self)
    lines, places = _lines(input), _lines(index)
    axis = axis_of(lines, dim)
    table = f"expand(reshape(arange({lines[axis]}), {(-1, *(1,) * (len(lines) - 1 - axis))}), {lines})"
    numbers = f"gather({table if input else 'zeros_like(input)'}, dim, index)"
    texts = (
        _shaped("input", input, lines),
        _padded(_shaped(values, index, places), places, lines, axis, "0"),
        _padded(_shaped(numbers, index, places), places, lines, axis, "-1"),
    )
    found = _over_all(texts, lines[axis], axis, reduce, include_self)
    return found if input else _scalar(found)


def _padded(text: str, old: Shape, lines: Shape, axis: int, value: str) -> str:
    """As large as the array but along the axis, with what has no place there."""
    missing = [0 if k == axis else n - m for k, (n, m) in enumerate(zip(lines, old, strict=True))]
    pairs = "".join(f"0, {n}, " for n in reversed(missing))
    return f"pad({text}, ({pairs}), 'constant', {value})" if any(missing) else text


def _scalar(formula: str) -> str:
    *assignments, last = formula.split("; ")
    return "; ".join([*assignments, f"reshape({last}, ())"])


def _index_reduced(input: Shape, dim: int, index: Shape, source: Shape, reduce: str, include_self: bool) -> str:
    if reduce not in {"mean", *_NOTHING}:
        return f"none: reduce is 'prod', 'mean', 'amax' or 'amin', not {reduce!r}"
    lines, given = _lines(input), _lines(source)
    axis = axis_of(lines, dim)
    numbers = f"gather(arange({lines[axis]}), 0, {_shaped('index', index, _lines(index))})"
    along = f"expand(reshape({numbers}, {(-1, *(1,) * (len(lines) - 1 - axis))}), {given})"
    texts = _shaped("input", input, lines), _shaped("source", source, given), along
    found = _over_all(texts, lines[axis], axis, reduce, include_self)
    return found if input else _scalar(found)


def _scattered(index: Shape, src: Any) -> str:
    if src == () and index:
        return _filled()
    return "scatter(input, dim, index, src)" if src == index else _cut_to(index)


def _cut_to(index: Shape, row: str = "scatter") -> str:
    return f"{row}(input, dim, index, src[{', '.join(f':{n}' for n in index)}])"


def _scatter_added(index: Shape, src: Shape) -> str:
    return "scatter_add(input, dim, index, src)" if src == index else _cut_to(index, "scatter_add")


def _filled() -> str:
    return "where(scatter_add(zeros_like(input), dim, index, ones_like(index)) == 0, input, src)"


def _with_reduce(input: Shape, dim: int, index: Shape, src: Shape, reduce: str) -> str:
    """The older words for a sum and a product."""
    kinds = {"add": "sum", "multiply": "prod"}
    if reduce not in kinds:
        return "none: reduce is 'add' or 'multiply'"
    if src == () and index:
        found = _scatter_reduced(input, dim, index, index, kinds[reduce], include_self=True)
        return found.replace("src", "full_like(index, src)")
    return _scatter_reduced(input, dim, index, src, kinds[reduce], include_self=True)


def _value_with_reduce(input: Shape, dim: int, index: Shape, value: Shape, reduce: str) -> str:
    return _with_reduce(input, dim, index, value, reduce).replace("src", "value")


def _along_dim(input: Shape, indices: Shape, dim: Any) -> str:
    """Both broadcast, but along the axis."""
    if dim is None:
        return (
            "gather(flatten(input), 0, flatten(indices))" if len(indices) != 1 else "gather(flatten(input), 0, indices)"
        )
    if len(input) != len(indices):
        return "none: the array and the indices have as many axes"
    axis = axis_of(_lines(input), dim)
    others = broadcast(*((*shape[:axis], 1, *shape[axis + 1 :]) for shape in (input, indices))) if input else ()
    x, i = ((*others[:axis], shape[axis], *others[axis + 1 :]) if shape else () for shape in (input, indices))
    array, places = (name if old == new else f"expand({name}, {new})"
                     for name, old, new in (("input", input, x), ("indices", indices, i)))  # fmt: skip
    return f"gather({array}, dim, {places})"


# -- segments


def _segment(part: str, count: int, reduce: str, initial: Any) -> str:
    """What becomes of a segment of so many entries; without any the reduction's own beginning, or the given one."""
    if not count:
        beginning = {"sum": "0", "prod": "1", "max": "-inf", "min": "inf", "mean": "nan"}[reduce]
        return f"{beginning if initial is None else 'initial'} + 0*sum({part}, 0)"
    found = f"{_ROWS[reduce]}({part}, 0)"
    if initial is None:
        return found
    together = {"sum": "{} + initial", "prod": "{}*initial", "mean": f"{{}} + initial/{count}",
                "max": "maximum({}, initial)", "min": "minimum({}, initial)"}  # fmt: skip
    return together[reduce].format(found)


def _segments(data: str, lengths: Any, reduce: str, initial: Any) -> str:
    """Of the entries along an axis, one axis after the other where the lengths have several."""
    if any(isinstance(length, tuple) for length in lengths):
        parts: Iterator[str] = (_segments(f"{data}[{k}]", part, reduce, initial) for k, part in enumerate(lengths))
    else:
        bounds = [sum(lengths[:k]) for k in range(len(lengths) + 1)]
        parts = (_segment(f"{data}[{a}:{b}]", b - a, reduce, initial) for a, b in pairwise(bounds))
    return f"stack([{', '.join(parts)}])"


def _differences(offsets: Any) -> Any:
    if any(isinstance(part, tuple) for part in offsets):
        return tuple(map(_differences, offsets))
    return tuple(b - a for a, b in pairwise(offsets))


def _segment_reduced(data: Shape, reduce: str, lengths: Any, offsets: Any, axis: int, initial: Any) -> str:
    if reduce not in _ROWS:
        return f"none: reduce is {', '.join(map(repr, _ROWS))}, not {reduce!r}"
    if (lengths is None) == (offsets is None):
        return "none: it takes lengths or offsets"
    told = lengths if offsets is None else _differences(offsets)
    depth = _depth(told) - 1
    if axis % max(len(data), 1) != depth or min(flat(told), default=0) < 0:
        return "none: the axis is the last one of the lengths, none of which is negative"
    if set(_totals(told)) - {data[axis]}:
        return f"none: the lengths add up to {data[axis]}, as long as the axis is"
    return _segments("data", told, reduce, initial)


def _totals(lengths: Any) -> Iterator[int]:
    """Of the lengths along the last axis."""
    if any(isinstance(part, tuple) for part in lengths):
        for part in lengths:
            yield from _totals(part)
    else:
        yield sum(lengths)


def _depth(array: Any) -> int:
    return 1 + _depth(array[0]) if isinstance(array, tuple) and array else 0


_SEGMENT = (
    "lengths:whole=None, indices:nothing=None, offsets:whole=None, axis:axis=0, unsafe:flag=False, initial:number=None"
)

SPELLINGS = (
    Spelling("torch.gather(input, dim:axis, index, *, sparse_grad:flag=False)", "gather(input, dim, index)"),
    Spelling("torch.take_along_dim(input:shaped, indices:shaped, dim:axis_or_none=None)", _along_dim),
    Spelling("torch.scatter(input, dim:axis, index:shaped, src:shaped)", _scattered),
    Spelling("torch.scatter(input, dim:axis, index, *, value)", lambda: _filled().replace("src", "value")),
    Spelling("torch.scatter(input:shaped, dim:axis, index:shaped, src:shaped, *, reduce:text)", _with_reduce),
    Spelling("torch.scatter(input:shaped, dim:axis, index:shaped, *, value:shaped, reduce:text)", _value_with_reduce),
    Spelling("torch.scatter_add(input, dim:axis, index:shaped, src:shaped)", _scatter_added),
    Spelling("torch.scatter_reduce(input:shaped, dim:axis, index:shaped, src:shaped, reduce:text, *, "
             "include_self:flag=True)", _scatter_reduced),
    Spelling("torch.index_reduce(input:shaped, dim:axis, index:shaped, source:shaped, reduce:text, *, "
             "include_self:flag=True)", _index_reduced),
    *(Spelling(f"torch.{name}(data:shaped, reduce:text, *, {_SEGMENT})", _segment_reduced)
      for name in ("segment_reduce", "_segment_reduce")),
)  # fmt: skip
