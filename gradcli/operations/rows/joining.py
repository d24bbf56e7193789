"""Rows: arrays joined to larger ones."""

from __future__ import annotations

from typing import Any

from gradcli.operations import shape_rules as rule
from gradcli.operations.row import Op
from gradcli.operations.rules import arrays as pull
from gradcli.operations.shape_rules import Shape, ShapeMismatch

JOIN = "joining"


def _raised(shape: Shape, rank: int) -> Shape:
    """As torch.atleast_1d and atleast_2d: axes of size 1 in front."""
    return (1,) * (rank - len(shape)) + shape


def _hstack_shape(*shapes: Shape) -> Shape:
    parts = [_raised(shape, 1) for shape in shapes]
    return rule.concat(*parts, dim=0 if len(parts[0]) == 1 else 1)


def _hstack(s: Any, *parts: Any) -> Any:  # Any: arrays of the arithmetic at hand
    raised = [s.np.reshape(part, _raised(part.shape, 1)) for part in parts]
    return s.np.concatenate(raised, 0 if raised[0].ndim == 1 else 1)


def _vstack(s: Any, *parts: Any) -> Any:  # Any: as above
    return s.np.concatenate([s.np.reshape(part, _raised(part.shape, 2)) for part in parts], 0)


def _as_column(shape: Shape) -> Shape:
    return (rule.size(shape), 1) if len(shape) < 2 else shape


def _block_rows(parts: tuple[Any, ...], columns: int) -> list[tuple[Any, ...]]:  # Any: shapes, arrays or tensors
    if columns < 1 or len(parts) % columns:
        raise ShapeMismatch(f"a number of blocks that columns={columns} divides, not {len(parts)}")
    return [parts[i : i + columns] for i in range(0, len(parts), columns)]


def _block_shape(*arguments: Any) -> Shape:  # Any: shapes, and last the number of columns
    *shapes, columns = arguments
    rows = _block_rows(tuple(shapes), columns)
    if any(len(shape) != 2 for shape in shapes):
        raise ShapeMismatch("matrices", hint="reshape(x, -1, 1) makes a column of a vector")
    return rule.concat(*(rule.concat(*row, dim=1) for row in rows), dim=0)


def _block_diag_shape(*shapes: Shape) -> Shape:
    if any(len(shape) > 2 for shape in shapes):
        raise ShapeMismatch("matrices; a vector is a row")
    parts = [_raised(shape, 2) for shape in shapes]
    return (sum(n for n, _ in parts), sum(m for _, m in parts))


def _block_diag(s: Any, *parts: Any) -> Any:  # Any: arrays of the arithmetic at hand
    out = s.full(_block_diag_shape(*(part.shape for part in parts)), 0)
    row = column = 0
    for part in parts:
        n, m = _raised(part.shape, 2)
        out[row : row + n, column : column + m] = part
        row, column = row + n, column + m
    return out


ROWS = (
    Op("stack", "*parts; dim:axis=0", JOIN, "Parts side by side along a new axis; also written [a, b].",
       "prod([x, x**2]) x=3",
       shape=lambda *a: rule.stack(*a[:-1], dim=a[-1]), torch=lambda t, *a: t.stack(list(a[:-1]), a[-1]),
       sympy=lambda s, *a: s.np.stack(a[:-1], a[-1]), rule=(pull.stack,), unpacks=True, moves=True,
       unlike=("np.stack(x): the parts are those of one array, whose axis it moves; write movedim(x, 0, dim)",),
       brackets=True),
    Op("concat", "*parts; dim:axis=0", JOIN, "Parts one after another along an axis.", "sum(concat(x, x**2)) x=1,2",
       shape=lambda *a: rule.concat(*a[:-1], dim=a[-1]), torch=lambda t, *a: t.cat(list(a[:-1]), a[-1]),
       sympy=lambda s, *a: s.np.concatenate(a[:-1], a[-1]), rule=(pull.concat,), unpacks=True, moves=True,
       aliases=("cat", "concatenate"),
       unlike=("np.concatenate(x), np.concat(x): the parts are those of one array; write a list of them, [x[0], "
               "x[1]]",)),
    Op("hstack", "*parts", JOIN, "Vectors one after another, matrices side by side.",
       "sum(hstack([A, A])**2) A=[[1,2],[3,4]]",
       shape=_hstack_shape, torch=lambda t, *a: t.hstack(list(a)), sympy=_hstack, rule=(pull.hstack,),
       unpacks=True, moves=True,
       unlike=("np.hstack(x): the parts are those of one array; write a list of them, [x[0], x[1]]",)),
    Op("vstack", "*parts", JOIN, "Vectors as rows, matrices one below the other.",
       "sum(vstack([A, x])**2) A=[[1,2],[3,4]] x=1,2",
       shape=lambda *a: rule.concat(*(_raised(shape, 2) for shape in a), dim=0), torch=lambda t, *a: t.vstack(list(a)),
       sympy=_vstack, rule=(pull.vstack,), unpacks=True, moves=True,
       aliases=("row_stack",),
       unlike=("np.vstack(x), np.row_stack(x): the parts are those of one array; write a list of them, [x[0], x[1]]",)),
    Op("column_stack", "*parts", JOIN, "Vectors as columns, matrices side by side.",
       "sum(column_stack([A, x])**2) A=[[1,2],[3,4]] x=1,2",
       shape=lambda *a: rule.concat(*map(_as_column, a), dim=1), torch=lambda t, *a: t.column_stack(list(a)),
       sympy=lambda s, *a: s.np.concatenate([s.np.reshape(part, _as_column(part.shape)) for part in a], 1),
       rule=(pull.column_stack,), unpacks=True, moves=True,
       unlike=("np.column_stack(x): the parts are those of one array; write a list of them, [x[0], x[1]]",)),
    Op("block", "*parts; columns:integer", JOIN,
       "A matrix of blocks, row by row: block(A, B, C, D, columns=2) is [[A, B], [C, D]].",
       "sum(block([A, B, B, A], 2)**2) A=[[1,2]] B=[[3,4]]",
       shape=_block_shape, torch=lambda t, *a: t.cat([t.cat(list(row), 1) for row in _block_rows(a[:-1], a[-1])]),
       sympy=lambda s, *a: s.np.concatenate([s.np.concatenate(row, 1) for row in _block_rows(a[:-1], a[-1])]),
       rule=(pull.block,), unpacks=True, moves=True),
    Op("block_diag", "*parts", JOIN, "Matrices along the diagonal, zeros elsewhere; a vector is a row.",
       "sum(block_diag(A, x)**2) A=[[1,2],[3,4]] x=1,2",
       shape=_block_diag_shape, torch=lambda t, *a: t.block_diag(*map(t.atleast_2d, a)),
       sympy=_block_diag, rule=(pull.block_diag,),
       unpacks=True, moves=True),
)  # fmt: skip
