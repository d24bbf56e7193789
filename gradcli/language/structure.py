"""Rows: indexing, joining, reshaping, and arrays made from nothing."""

from __future__ import annotations

from math import ceil
from typing import Any

from gradcli.language import shape_rules as rule
from gradcli.language.row import Op
from gradcli.language.shape_rules import Shape

SHAPE = "shapes"
JOIN = "joining"
MAKE = "constructors"


def _index_torch(t: Any, x: Any, entries: Any) -> Any:  # Any: torch tensors
    """torch has no negative steps: such an axis is picked by a list of positions first."""
    plain: list[Any] = []
    axis = 0
    for entry in _without_ellipsis(x.ndim, entries):
        if isinstance(entry, slice) and (entry.step or 1) < 0:
            x = t.index_select(x, axis, t.tensor(list(range(*entry.indices(x.shape[axis]))), device=x.device))
            entry = slice(None)
        plain.append(entry)
        axis += entry is not None
    return x[tuple(plain)]


def _without_ellipsis(rank: int, entries: tuple[Any, ...]) -> list[Any]:  # Any: int, slice, None, Ellipsis
    fill = [slice(None)] * (rank - sum(e is not None and e is not Ellipsis for e in entries))
    return [part for e in entries for part in (fill if e is Ellipsis else [e])]


def _roll_shape(x: Shape, _shifts: int, dim: int | None) -> Shape:
    return x if dim is None else (rule.axis_of(x, dim), x)[1]


def _flip_shape(x: Shape, dim: Any) -> Shape:  # Any: None, an axis, or several
    rule.axes_of(x, dim)
    return x


def _axes(x: Any, dim: Any) -> tuple[int, ...]:  # Any: an array with .ndim; None, an axis, or several
    return tuple(range(x.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)


def _diag(s: Any, x: Any, offset: int) -> Any:  # Any: arrays of the arithmetic at hand
    if x.ndim == 2:
        return s.np.diagonal(x, offset)
    out = s.full((len(x) + abs(offset),) * 2, 0)
    for i, value in enumerate(x):
        out[i + max(-offset, 0), i + max(offset, 0)] = value
    return out


def _triangle(s: Any, x: Any, keep: Any) -> Any:  # Any: as above
    rows, columns = x.shape[-2:]
    mask = s.np.array([[keep(j - i) for j in range(columns)] for i in range(rows)])
    return s.np.where(mask, x, s.scalar(0))


def _arange_count(start: Any, stop: Any, step: Any) -> int:  # Any: numbers of the arithmetic at hand
    """How many numbers arange gives; a quotient that is whole but for rounding is whole."""
    low, high = _count(start, stop)
    return max(0, ceil(float((high - low) / step) - 1e-9))


def _count(start: Any, stop: Any) -> tuple[Any, Any]:  # Any: numbers of the arithmetic at hand
    return (0, start) if stop is None else (start, stop)


ROWS = (
    Op("index", "x; entries:index", SHAPE, "Entries and slices: x[0], x[1:], X[:, 1], x[..., -1], x[::-1].", "sum(x[1:]**2) x=1,2,3",
       shape=rule.index, elementwise=False, torch=_index_torch, sympy=lambda s, x, entries: x[entries]),
    Op("transpose", "x; dim0:axis=None, dim1:axis=None", SHAPE, "Transposed matrix, also x.T; with two axes, swaps them.",
       "sum(A.T @ x) A=[[1,2],[3,4]] x=1,2", shape=rule.transpose, elementwise=False,
       torch=lambda t, x, a, b: t.transpose(x, a, b) if a is not None else x.T if x.ndim > 1 else x, sympy=lambda s, x, a, b: x.T if a is None else s.np.swapaxes(x, a, b),
       aliases=("swapaxes", "t", ".T")),
    Op("matrix_transpose", "x", SHAPE, "The last two axes swapped, also x.mT.", "sum(A.mT @ x) A=[[1,2],[3,4]] x=1,2",
       shape=rule.matrix_transpose, elementwise=False, torch=lambda t, x: x.mT, sympy=lambda s, x: s.np.swapaxes(x, -1, -2),
       slope=("g.mT",), aliases=(".mT",)),
    Op("permute", "x; dims:sizes=None", SHAPE, "Axes in another order; without dims, in reverse.", "sum(permute(A, 1, 0) @ x) A=[[1,2],[3,4]] x=1,2", shape=rule.permute,
       elementwise=False, torch=lambda t, x, dims: t.permute(x, tuple(range(x.ndim))[::-1] if dims is None else dims), sympy=lambda s, x, dims: s.np.transpose(x, dims), aliases=("np.transpose",)),
    Op("reshape", "x; sizes:sizes", SHAPE, "The same entries in another shape; one size may be -1.", "sum(reshape(x, 2, 2) @ [1, 2]) x=1,2,3,4",
       shape=rule.reshape, elementwise=False, torch=lambda t, x, sizes: t.reshape(x, sizes), sympy=lambda s, x, sizes: s.np.reshape(x, sizes),
       aliases=("view",)),
    Op("flatten", "x", SHAPE, "All entries as one vector.", "sum(flatten(A)**2) A=[[1,2],[3,4]]", shape=rule.flatten, elementwise=False,
       sympy=lambda s, x: s.np.reshape(x, (-1,)), aliases=("ravel", "vec_rows")),
    Op("squeeze", "x; dim:axis=None", SHAPE, "Axes of size 1 removed.", "squeeze(x)**2 x=[[3]]", shape=rule.squeeze, elementwise=False,
       torch=lambda t, x, dim: t.squeeze(x) if dim is None else t.squeeze(x, dim), sympy=lambda s, x, dim: s.np.squeeze(x, dim)),
    Op("unsqueeze", "x; dim:axis", SHAPE, "A new axis of size 1.", "sum(unsqueeze(x, 1) * x) x=1,2", shape=rule.unsqueeze, elementwise=False,
       torch=lambda t, x, dim: t.unsqueeze(x, dim), sympy=lambda s, x, dim: s.np.expand_dims(x, dim), aliases=("expand_dims",)),
    Op("flip", "x; dim:axes=None", SHAPE, "Entries in reverse along axes; without dim, along all.", "flip(x)[0] x=1,2,3", shape=_flip_shape,
       elementwise=False, torch=lambda t, x, dim: t.flip(x, _axes(x, dim)), sympy=lambda s, x, dim: s.np.flip(x, _axes(x, dim)),
       slope=("flip(g, dim)",)),
    Op("roll", "x; shifts:integer, dim:axis=None", SHAPE, "Entries moved round by shifts.", "dot(x, roll(x, 1)) x=1,2,3", shape=_roll_shape,
       elementwise=False, torch=lambda t, x, shifts, dim: t.roll(x, shifts) if dim is None else t.roll(x, shifts, dim),
       sympy=lambda s, x, shifts, dim: s.np.roll(x, shifts, dim), slope=("roll(g, -shifts, dim)",)),
    Op("diag", "x; offset:integer=0", SHAPE, "The diagonal of a matrix, or the matrix of a diagonal.", "sum(diag(x) @ x) x=1,2",
       shape=rule.diag, elementwise=False, torch=lambda t, x, offset: t.diag(x, offset), sympy=_diag, slope=("diag(g, offset)",),
       aliases=("diagonal",), note="The slope is written for vectors and square matrices."),
    Op("tril", "A; diagonal:integer=0", SHAPE, "Lower triangle, zeros above.", "sum(tril(A)**2) A=[[1,2],[3,4]]", shape=rule.triangle,
       elementwise=False, torch=lambda t, x, diagonal: t.tril(x, diagonal), slope=("tril(g, diagonal)",),
       sympy=lambda s, x, diagonal: _triangle(s, x, lambda gap: gap <= diagonal)),
    Op("triu", "A; diagonal:integer=0", SHAPE, "Upper triangle, zeros below.", "sum(triu(A)**2) A=[[1,2],[3,4]]", shape=rule.triangle,
       elementwise=False, torch=lambda t, x, diagonal: t.triu(x, diagonal), slope=("triu(g, diagonal)",),
       sympy=lambda s, x, diagonal: _triangle(s, x, lambda gap: gap >= diagonal)),
    Op("stack", "*parts; dim:axis=0", JOIN, unpacks=True, doc="Parts side by side along a new axis; also written [a, b].", example="sum([x, x**2]) x=3",
       shape=lambda *a: rule.stack(*a[:-1], dim=a[-1]), elementwise=False, torch=lambda t, *a: t.stack(list(a[:-1]), a[-1]),
       sympy=lambda s, *a: s.np.stack(a[:-1], a[-1])),
    Op("concat", "*parts; dim:axis=0", JOIN, unpacks=True, doc="Parts one after another along an axis.", example="sum(concat(x, x**2)) x=1,2",
       shape=lambda *a: rule.concat(*a[:-1], dim=a[-1]), elementwise=False, torch=lambda t, *a: t.cat(list(a[:-1]), a[-1]),
       sympy=lambda s, *a: s.np.concatenate(a[:-1], a[-1]), aliases=("cat", "concatenate")),
    Op("zeros", "; sizes:sizes", MAKE, "Zeros.", "sum(zeros(3) + x) x=2", shape=rule.sizes, elementwise=False,
       torch=lambda t, sizes: t.zeros(sizes), sympy=lambda s, sizes: s.full(sizes, 0)),
    Op("ones", "; sizes:sizes", MAKE, "Ones.", "sum(ones(3)*x) x=2", shape=rule.sizes, elementwise=False,
       torch=lambda t, sizes: t.ones(sizes), sympy=lambda s, sizes: s.full(sizes, 1)),
    Op("zeros_like", "x", MAKE, "Zeros of x's shape.", "sum(zeros_like(x) + x) x=1,2", shape=rule.first, elementwise=False,
       torch=lambda t, x: t.zeros_like(x), sympy=lambda s, x: s.full(x.shape, 0)),
    Op("ones_like", "x", MAKE, "Ones of x's shape.", "sum(ones_like(x)*x) x=1,2", shape=rule.first, elementwise=False,
       torch=lambda t, x: t.ones_like(x), sympy=lambda s, x: s.full(x.shape, 1)),
    Op("eye", "; n:integer, m:integer=None", MAKE, "Identity matrix.", "sum(eye(2) @ x) x=1,2", shape=rule.eye, elementwise=False,
       torch=lambda t, n, m: t.eye(n, n if m is None else m), sympy=lambda s, n, m: _diag_of_ones(s, n, n if m is None else m)),
    Op("arange", "; start:number, stop:number=None, step:number=1", MAKE, "start, start + step, ... before stop; arange(n) is 0 to n-1.",
       "dot(arange(3), x) x=1,2,3", shape=rule.arange, elementwise=False,
       torch=lambda t, start, stop, step: t.arange(*_count(start, stop), step, dtype=t.get_default_dtype()),
       sympy=lambda s, start, stop, step: s.grid(_count(start, stop)[0], step, _arange_count(start, stop, step))),
    Op("linspace", "; start:number, stop:number, steps:integer", MAKE, "steps numbers from start to stop, evenly, both ends included.",
       "dot(linspace(0, 1, 3), x) x=1,2,3", shape=rule.linspace, elementwise=False,
       torch=lambda t, start, stop, steps: t.linspace(start, stop, steps),
       sympy=lambda s, start, stop, steps: s.grid(start, s.div(stop - start, max(steps - 1, 1)), steps)),
    Op("rand", "; sizes:sizes", MAKE, "Uniform numbers in [0, 1), drawn with --seed; for values only.", "sum(x**2) x=rand(3)", shape=rule.sizes,
       elementwise=False, torch=lambda t, sizes: t.rand(sizes), sympy=None, random=True),
    Op("randn", "; sizes:sizes", MAKE, "Normal numbers, drawn with --seed; for values only.", "sum(x**2) x=randn(3)", shape=rule.sizes,
       elementwise=False, torch=lambda t, sizes: t.randn(sizes), sympy=None, random=True),
)  # fmt: skip


def _diag_of_ones(s: Any, rows: int, columns: int) -> Any:  # Any: an array of the arithmetic at hand
    out = s.full((rows, columns), 0)
    for i in range(min(rows, columns)):
        out[i, i] = s.scalar(1)
    return out
