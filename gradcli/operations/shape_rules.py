"""Shape rules: pure functions from argument shapes to the output shape. A mismatch says what was needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from math import inf, prod

Shape = tuple[int, ...]


class ShapeMismatch(Exception):  # noqa: N818 - it is the state of two shapes; the parser's user sees an ExpressionError
    """Raised by a rule; ``needs`` completes "matmul needs ...", ``hint`` says what to type instead."""

    def __init__(self, needs: str, hint: str | None = None) -> None:
        super().__init__(needs)
        self.needs = needs
        self.hint = hint


def shape_text(shape: Sequence[int | str]) -> str:
    """``(n, 3)``, ``(n,)``, ``()``: numbers, or letters that stand for them."""
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def size(shape: Shape) -> int:
    """The number of entries."""
    return prod(shape)


def numbered(shapes: Mapping[str, Shape]) -> dict[str, range]:
    """The positions of the entries of each, one array after another.

    >>> numbered({"x": (2, 2), "y": (3,)})
    {'x': range(0, 4), 'y': range(4, 7)}
    """
    ends = [0, *accumulate(map(size, shapes.values()))]
    return {name: range(*ends_of) for name, ends_of in zip(shapes, pairwise(ends), strict=True)}


def broadcast(*shapes: Shape | None) -> Shape:
    """numpy's broadcasting: trailing axes equal or 1. ``(3, 1), (4,) -> (3, 4)``. None is an absent argument."""
    present = {shape for shape in shapes if shape}
    if len(present) < 2:
        return present.pop() if present else ()
    rank = max(map(len, present))
    out: list[int] = []
    for axis in range(rank):
        lengths = {shape[axis - rank + len(shape)] for shape in present if axis - rank + len(shape) >= 0} - {1}
        if len(lengths) > 1:
            raise ShapeMismatch("shapes that broadcast: from the right, sizes equal or 1")
        out.append(lengths.pop() if lengths else 1)
    return tuple(out)


def broadcasts_to(shape: Shape, wanted: Shape) -> bool:
    """Does an array of a shape broadcast to the other, which stays as it is?"""
    return len(shape) <= len(wanted) and all(n in {1, m} for n, m in zip(shape[::-1], wanted[::-1], strict=False))


def first(shape: Shape, *_: object) -> Shape:
    """The shape of the first argument, whatever the constants say."""
    return shape


def scalar(*_: object) -> Shape:
    return ()


def axis_of(shape: Shape, dim: int) -> int:
    """``dim`` counted from the front. Errors: outside ``-rank .. rank-1``."""
    rank = len(shape)
    if not -rank <= dim < rank:
        axes = f"-{rank} to {rank - 1}" if rank else "none: it is a scalar"
        raise ShapeMismatch(f"an axis that is there ({axes}), not dim={dim}")
    return dim % rank


def line(shape: Shape) -> Shape:
    """What torch goes along in a scalar: a line of one entry, so that 0 and -1 name its axis."""
    return shape or (1,)


def axes_of(shape: Shape, dim: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """The axes that ``dim`` names, counted from the front; None names all. A scalar has none to show for 0 or -1."""
    if dim is None:
        return tuple(range(len(shape)))
    dims = (dim,) if isinstance(dim, int) else dim
    axes = tuple(axis_of(line(shape), d) for d in dims)
    if len(set(axes)) < len(axes):
        raise ShapeMismatch(f"each axis once, not dim={dim}")
    return axes if shape else ()


def reduce(shape: Shape, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Shape:
    """``(3, 4), dim=1 -> (3,)``; with keepdim ``(3, 1)``."""
    if dim == () and shape:
        raise ShapeMismatch("an axis, not dim=()", hint="torch takes all axes, numpy none; dim=None takes all")
    axes = axes_of(shape, dim)
    kept = [1 if axis in axes else n for axis, n in enumerate(shape)]
    return tuple(kept) if keepdim else tuple(n for axis, n in enumerate(shape) if axis not in axes)


def reduce_nonempty(shape: Shape, dim: int | tuple[int, ...] | None = None, keepdim: bool = False) -> Shape:
    """As ``reduce``; an empty axis has no such value."""
    if any(shape[axis] == 0 for axis in axes_of(shape, dim) if shape):
        raise ShapeMismatch("at least one entry")
    return reduce(shape, dim, keepdim)


def sum_to(x: Shape, like: Shape) -> Shape:
    """``(2, 3, 4), (3, 1) -> (3, 1)``: a shape that broadcasts to x's."""
    if broadcast(x, like) != x:
        raise ShapeMismatch("a shape that broadcasts to the array's")
    return like


def added(x: Shape, like: Shape) -> tuple[int, ...]:
    """The axes of x along which an array of the shape ``like`` is repeated.

    >>> added((2, 3, 4), (3, 1))
    (0, 2)
    """
    lead = len(x) - len(like)
    return (*range(lead), *(lead + i for i, n in enumerate(like) if n == 1 != x[lead + i]))


def spread(x: Shape, like: Shape, dim: int | tuple[int, ...] | None, keepdim: bool) -> Shape:
    """``(3,), (3, 4), dim=1 -> (3, 4)``: what ``reduce`` made x's shape of."""
    if x != reduce(like, dim, keepdim):
        raise ShapeMismatch("an array of the shape that is left of the other")
    return like


def along(shape: Shape, dim: int | None = None, *_: object) -> Shape:
    """Shape kept; ``dim`` must be an axis, and may be left out for a vector."""
    if dim is None and len(shape) > 1:
        raise ShapeMismatch("to know along which axis", hint="add dim=0 or dim=1")
    if dim is not None:
        axis_of(line(shape), dim)
    return shape


def matrix(a: Shape) -> Shape:
    """``(..., n, m)``, unchanged."""
    if len(a) < 2:
        raise ShapeMismatch("a matrix", hint="reshape(x, n, m) makes one of a vector")
    return a


def square_matrix(a: Shape) -> Shape:
    """``(..., n, n)``, unchanged."""
    if len(a) < 2 or a[-1] != a[-2]:
        raise ShapeMismatch("a square matrix")
    return a


def of_square(a: Shape) -> Shape:
    """A number for each square matrix: ``(..., n, n) -> (...)``."""
    return square_matrix(a)[:-2]


def solves_vectors(a: Shape, b: Shape) -> bool:
    """Does b hold vectors rather than matrices? So torch has it: one for all matrices of A, or one for each.

    Errors: where both would fit, as libraries differ there.
    """
    each = len(b) == len(a) - 1 and b == a[:-1]
    if each and len(b) > 1 and b[-2] == a[-1]:
        hint = "vectors: solve({0}, unsqueeze({1}, -1))[..., 0]; one matrix for all: solve({0}, {1}[None])"
        raise ShapeMismatch("to know whether b holds vectors (torch) or matrices (numpy)", hint=hint)
    return len(b) == 1 or each


def solve(a: Shape, b: Shape) -> Shape:
    """``A (..., n, n), B (n,), (..., n) or (..., n, k)``: a solution for each matrix; batches broadcast."""
    square_matrix(a)
    columns = (*b, 1) if b and solves_vectors(a, b) else b
    if len(columns) < 2 or columns[-2] != a[-1]:
        raise ShapeMismatch("A (n, n) and b with n rows")
    out = (*broadcast(a[:-2], columns[:-2]), *columns[-2:])
    return out if columns is b else out[:-1]


def pinv(a: Shape) -> Shape:
    if len(a) < 2:
        raise ShapeMismatch("a matrix")
    return (*a[:-2], a[-1], a[-2])


def trace(a: Shape) -> Shape:
    if len(a) != 2:
        raise ShapeMismatch("a matrix")
    return ()


def diag(a: Shape, offset: int = 0) -> Shape:
    """A vector gives the matrix with that diagonal; a matrix gives its diagonal."""
    if len(a) == 1:
        return (a[0] + abs(offset),) * 2
    if len(a) != 2:
        raise ShapeMismatch("a vector or a matrix")
    length = min(a[0], a[1] - offset) if offset >= 0 else min(a[0] + offset, a[1])
    return (max(length, 0),)


def triangle(a: Shape, *_: object) -> Shape:
    if len(a) < 2:
        raise ShapeMismatch("a matrix")
    return a


def transpose(a: Shape, dim0: int | None = None, dim1: int | None = None) -> Shape:
    """Swap two axes; without axes, a matrix is transposed and a vector stays."""
    if (dim0 is None) != (dim1 is None):
        raise ShapeMismatch("both axes, or neither")
    if dim0 is None or dim1 is None:
        if len(a) > 2:
            raise ShapeMismatch("to know which axes to swap", hint="write transpose(x, 0, 1), or x.mT for the last two")
        return a[::-1]
    i, j = axis_of(line(a), dim0), axis_of(line(a), dim1)
    out = list(a)
    if a:
        out[i], out[j] = out[j], out[i]
    return tuple(out)


def matrix_transpose(a: Shape) -> Shape:
    if len(a) < 2:
        raise ShapeMismatch("at least two axes")
    return (*a[:-2], a[-1], a[-2])


def permute(a: Shape, dims: tuple[int, ...] | None) -> Shape:
    if dims is None:
        return a[::-1]
    axes = axes_of(a, dims)
    if len(dims) != len(a):
        raise ShapeMismatch(f"each of the {len(a)} axes once, not {dims}")
    return tuple(a[axis] for axis in axes)


def stack(*shapes: Shape, dim: int = 0) -> Shape:
    if len(set(shapes)) > 1:
        raise ShapeMismatch("parts of one shape")
    base = shapes[0]
    axis = axis_of((*base, 0), dim)
    return (*base[:axis], len(shapes), *base[axis:])


def concat(*shapes: Shape, dim: int = 0) -> Shape:
    if not all(shapes):
        raise ShapeMismatch("parts with at least one axis", hint="stack joins scalars: [a, b]")
    if len({len(shape) for shape in shapes}) > 1:
        raise ShapeMismatch("parts with equally many axes", hint="reshape(x, -1, 1) makes a column of a vector")
    axis = axis_of(shapes[0], dim)
    rests = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
    if len(rests) > 1:
        raise ShapeMismatch(f"parts that agree off axis {dim}")
    return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])


def reshape(shape: Shape, sizes: tuple[int, ...]) -> Shape:
    """``sizes`` may hold one -1, which is worked out."""
    total, known = size(shape), prod(n for n in sizes if n != -1)
    if sizes.count(-1) > 1 or any(n < -1 for n in sizes):
        raise ShapeMismatch(f"sizes with at most one -1, not {sizes}")
    if -1 in sizes and known and total % known == 0:
        return tuple(total // known if n == -1 else n for n in sizes)
    if -1 in sizes or known != total:
        raise ShapeMismatch(f"sizes whose product is {total}, not {sizes}")
    return tuple(sizes)


def flatten(shape: Shape) -> Shape:
    return (size(shape),)


def squeeze(shape: Shape, dim: int | tuple[int, ...] | None = None) -> Shape:
    """Without the axes of size 1 among those of ``dim``; the others stay."""
    axes = axes_of(shape, dim)
    return tuple(n for axis, n in enumerate(shape) if axis not in axes or n != 1)


def squeeze_exactly(shape: Shape, dim: int | tuple[int, ...] | None = None) -> Shape:
    """As ``squeeze``; axes that are named have size 1."""
    if dim is not None and any(shape[axis] != 1 for axis in axes_of(shape, dim)):
        raise ShapeMismatch(f"size 1 at dim={dim}", hint="torch.squeeze leaves an axis of another size as it is")
    return squeeze(shape, dim)


def unsqueeze(shape: Shape, dim: int) -> Shape:
    axis = axis_of((*shape, 0), dim)
    return (*shape[:axis], 1, *shape[axis:])


def sizes(*arguments: object) -> Shape:
    """The shape that the constants of a constructor name."""
    dims = arguments[0]
    assert isinstance(dims, tuple)
    if any(n < 0 for n in dims):
        raise ShapeMismatch(f"sizes that are not negative, not {dims}")
    return dims


def eye(n: int, m: int | None = None) -> Shape:
    return sizes((n, n if m is None else m))


def arange(start: float, stop: float | None = None, step: float = 1) -> Shape:
    low, high = (0, start) if stop is None else (start, stop)
    if step == 0 or inf in {abs(low), abs(high), abs(step)}:
        raise ShapeMismatch("finite bounds, and a step other than 0")
    return (max(0, -int(-((high - low) / step) // 1)),)


def linspace(_start: float, _stop: float, steps: int) -> Shape:
    return sizes((steps,))


def nested(array: object) -> Shape:
    """The shape of nested tuples, by the first of each; () of anything else.

    >>> nested(((1, 2, 3), (4, 5, 6)))
    (2, 3)
    """
    return (len(array), *(nested(array[0]) if array else ())) if isinstance(array, tuple) else ()


def index(shape: Shape, entries: Sequence[object]) -> Shape:
    """numpy's basic indexing: integers, slices, None and one Ellipsis."""
    named = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if named > len(shape):
        what = f"at most {len(shape)} indices" if shape else "an array: a scalar has no entries"
        raise ShapeMismatch(what)
    fill = [slice(None)] * (len(shape) - named)
    full: list[object] = []
    for entry in entries:
        full.extend(fill if entry is Ellipsis else [entry])
    if Ellipsis not in entries:
        full.extend(fill)
    out: list[int] = []
    axis = 0
    for entry in full:
        if entry is None:
            out.append(1)
            continue
        out.extend(_pick(shape, axis, entry))
        axis += 1
    return tuple(out)


def _pick(shape: Shape, axis: int, entry: object) -> list[int]:
    n = shape[axis]
    if isinstance(entry, slice):
        return [len(range(*entry.indices(n)))]
    if not isinstance(entry, int):
        raise ShapeMismatch("a whole number, a slice or None for each axis, no list")
    if not -n <= entry < n:
        raise ShapeMismatch(f"an index from {-n} to {n - 1} on axis {axis} (size {n}), not {entry}")
    return []


def cubic_cost(a: Shape, *_: object) -> int:
    """A factorisation of ``(n, m)``: n * m * max(n, m)."""
    return size(a) * max(a[-2:])


def spectral_cost(a: Shape, *_: object) -> int:
    """An iteration for each eigenvalue."""
    return 10 * cubic_cost(a)


def turned(a: Shape) -> str:
    """What transposes a matrix in a rule, or each of a batch."""
    return ".T" if len(a) == 2 else ".mT"
