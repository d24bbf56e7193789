"""numpy's calls that take an array apart or broadcast several: lists, which are arrays where all are of one shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of, axis_of, broadcast
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.places import along

Sections = int | tuple[int, ...]


def together(parts: Sequence[str], shapes: Sequence[Any]) -> str:  # Any: what is the same where the shapes are
    """A list of arrays of one shape, which is an array as well; else a tuple."""
    return f"[{', '.join(parts)}]" if parts and len(set(shapes)) == 1 else f"({''.join(f'{part}, ' for part in parts)})"


def _bounds(size: int, sections: Sections, *, even: bool) -> list[int]:
    """Where the parts begin and end; of so many parts the first ones are longer by one where they are not even."""
    if isinstance(sections, tuple):
        inside = [min(max(at + size if at < 0 else at, 0), size) for at in sections]
        return [0, *inside, size]
    if sections < 1 or (even and size % sections):
        return []
    long = size % sections
    return [0, *accumulate([size // sections + 1] * long + [size // sections] * (sections - long))]


def _split(shape: Shape, sections: Sections, axis: int, *, even: bool = True) -> str:
    size = shape[axis_of(shape, axis)] if shape else 0
    bounds = _bounds(size, sections, even=even) if shape else []
    if not bounds:
        raise ShapeMismatch(
            f"an axis that {sections} equal parts fit in, not {size} entries", "np.array_split makes them unequal"
        )
    spans = list(pairwise(bounds))
    return together([along("ary", axis, f"{a}:{max(a, b)}") for a, b in spans], [max(b - a, 0) for a, b in spans])


def _along(axis: Callable[[Shape], int]) -> Callable[[Shape, Sections], str]:
    return lambda ary, indices_or_sections: _split(ary, indices_or_sections, axis(ary))


def _unstacked(x: Shape, axis: int) -> str:
    return together([along("x", axis, str(k)) for k in range(x[axis_of(x, axis)])], [()])


_RAISED = {
    (0, 1): "[None]", (0, 2): "[None, None]", (1, 2): "[None]",
    (0, 3): "[None, None, None]", (1, 3): "[None, :, None]", (2, 3): "[:, :, None]",
}  # fmt: skip


def _raised(name: str, rank: int, to: int) -> str:
    """With axes of size 1: in front, and of three the last one for matrices."""
    return f"{name}{_RAISED.get((rank, to), '')}"


def _raised_apart(to: int) -> Callable[[Sequence[Shape]], str]:
    return lambda arys: f"({''.join(_raised(f'arys[{k}]', len(shape), to) + ', ' for k, shape in enumerate(arys))})"


def _broadcast(args: Sequence[Shape]) -> str:
    whole = broadcast(*args)
    return f"[{', '.join(f'expand(args[{k}], {whole})' for k in range(len(args)))}]"


def _dstacked(tup: Sequence[Shape]) -> str:
    return f"concat([{', '.join(_raised(f'tup[{k}]', len(shape), 3) for k, shape in enumerate(tup))}], 2)"


def _in_a_row(parts: Sequence[Shape]) -> str:
    """One after the other along the first axis."""
    if max(map(len, parts), default=0) > 1:
        return f"concat([{', '.join(f'parts[{k}]' for k in range(len(parts)))}], 0)"
    return "hstack(parts)"


def _in_columns(parts: Sequence[Shape]) -> str:
    """Side by side along the last axis."""
    if max(map(len, parts), default=0) > 2:
        return f"concat([{', '.join(f'parts[{k}]' for k in range(len(parts)))}], -1)"
    return "column_stack(parts)"


def _windows(x: Shape, window_shape: Any, axis: Any) -> str:
    """Every window along the axes, whose entries go to axes of their own at the end."""
    sizes = window_shape if isinstance(window_shape, tuple) else (window_shape,)
    axes = (
        axes_of(x, None) if axis is None else [axis_of(x, at) for at in (axis if isinstance(axis, tuple) else (axis,))]
    )
    if len(sizes) != len(axes):
        raise ShapeMismatch(f"a size for each axis along which the windows go, {len(axes)}")
    found, left = "x", list(x)
    for size, at in zip(sizes, axes, strict=True):
        if not 0 <= size <= left[at]:
            raise ShapeMismatch(f"windows of 0 to {left[at]} entries along axis {at}")
        found, left[at] = f"({found}).unfold({at}, {size}, 1)", left[at] - size + 1
    return found


_WHERE = "indices_or_sections:axes"

SPELLINGS = (
    Spelling(f"np.split(ary:shaped, {_WHERE}, axis:axis=0)",
             lambda ary, indices_or_sections, axis: _split(ary, indices_or_sections, axis)),
    Spelling(f"np.array_split(ary:shaped, {_WHERE}, axis:axis=0)",
             lambda ary, indices_or_sections, axis: _split(ary, indices_or_sections, axis, even=False)),
    Spelling(f"np.hsplit(ary:shaped, {_WHERE})", _along(lambda shape: 0 if len(shape) == 1 else 1)),
    Spelling(f"np.vsplit(ary:shaped, {_WHERE})", _along(lambda shape: 0 if len(shape) > 1 else 1)),
    Spelling(f"np.dsplit(ary:shaped, {_WHERE})", _along(lambda shape: 2)),
    Spelling("np.unstack(x:shaped, /, *, axis:axis=0)", _unstacked),
    Spelling("np.atleast_3d(array:ranked)", lambda array: _raised("array", array, 3)),
    *(Spelling(f"np.atleast_{to}d(*arys:shapes)", _raised_apart(to)) for to in (1, 2, 3)),
    Spelling("np.broadcast_arrays(*args:shapes)", _broadcast),
    Spelling("np.r_(*parts:shapes)", _in_a_row),
    Spelling("np.c_(*parts:shapes)", _in_columns),
    Spelling("np.lib.stride_tricks.sliding_window_view(x:shaped, window_shape:axes, axis:axes=None, *, "
             "subok:off=False, writeable:off=False)", _windows),
    Spelling("np.dstack(tup:shapes)", _dstacked),
    Spelling("np.dstack(tup:shaped)", lambda tup: _dstacked((tup[1:],) * tup[0]) if tup else ""),
)  # fmt: skip
