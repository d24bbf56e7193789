"""torch's arrays brought together: side by side, along each other's axes, in the same shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, combinations_with_replacement
from math import comb, prod

from gradcli.operations.shape_rules import Shape, broadcast
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.parts import several
from gradcli.operations.written_out import within

Shapes = Sequence[Shape]


def _raised(shape: Shape, rank: int) -> Shape:
    """With so many axes at least; to three as torch has it, with a new axis behind those of a matrix or vector."""
    if rank < 3 or not shape:
        return (*(1,) * (rank - len(shape)), *shape)
    return shape if len(shape) > 2 else (*(1,) * (2 - len(shape)), *shape, 1)


def _reshaped(name: str, old: Shape, new: Shape) -> str:
    return name if old == new else f"reshape({name}, {new})"


def _of_rank(rank: int) -> tuple[Callable[[Shapes], str], Callable[[Shape], str]]:
    """``atleast_2d`` and its like, of several and of one."""

    def of_several(tensors: Shapes) -> str:
        return several(_reshaped(f"tensors[{k}]", shape, _raised(shape, rank)) for k, shape in enumerate(tensors))

    def of_one(input: Shape) -> str:
        return _reshaped("input", input, _raised(input, rank))

    return of_several, of_one


def _stacked_deep(tensors: Shapes) -> str:
    parts = (_reshaped(f"tensors[{k}]", shape, _raised(shape, 3)) for k, shape in enumerate(tensors))
    return f"concat([{', '.join(parts)}], 2)"


def _repeated(tensors: Shapes) -> str:
    whole = broadcast(*tensors)
    return several(_expanded(f"tensors[{k}]", shape, whole) for k, shape in enumerate(tensors))


def _expanded(name: str, old: Shape, new: Shape) -> str:
    return name if old == new else f"expand({name}, {new})"


def _grid(tensors: Shapes, order: Sequence[int]) -> list[str]:
    """Each array along an axis of its own, these in an order."""
    sizes = [prod(shape) for shape in tensors]
    whole = tuple(sizes[k] for k in order)
    lines = (tuple(n if j == k else 1 for j in order) for k, n in enumerate(sizes))
    return [_expanded(_reshaped(f"tensors[{k}]", tensors[k], line), line, whole) for k, line in enumerate(lines)]


def _meshgrid(tensors: Shapes, indexing: str) -> str:
    if indexing not in {"ij", "xy"}:
        return "none: indexing is 'ij' or 'xy'"
    if any(len(shape) > 1 for shape in tensors):
        return "none: it takes vectors and scalars"
    axes = list(range(len(tensors)))
    return several(_grid(tensors, axes[1::-1] + axes[2:] if indexing == "xy" else axes))


def _products(tensors: Shapes) -> str:
    """A row for each choice of an entry of every vector, the last of them the quickest."""
    if any(len(shape) != 1 for shape in tensors):
        return "none: it takes vectors"
    if len(tensors) == 1:
        return "tensors[0]"
    columns = (f"flatten({part})" for part in _grid(tensors, range(len(tensors))))
    return f"stack([{', '.join(columns)}], 1)"


def _combined(input: Shape, r: int, with_replacement: bool) -> str:
    """A row for each choice of r entries, in their order."""
    if len(input) != 1 or r < 0:
        return "none: it takes a vector, and r that is not negative"
    within(comb(input[0] + (r - 1 if with_replacement and r else 0), r) * r)
    chosen = (combinations_with_replacement if with_replacement else combinations)(range(input[0]), r)
    rows = list(map(list, chosen))
    if not r:
        return "input[:0]"  # as torch has it
    return f"input[{rows}]" if rows else f"reshape(input[:0], 0, {r})"


SPELLINGS = (
    *(Spelling(f"torch.{name}(tensors:list, dim:axis=0)", f"{row}(tensors, dim=dim)")
      for name, row in (("cat", "concat"), ("concat", "concat"), ("concatenate", "concat"), ("stack", "stack"))),
    *(Spelling(f"torch.{name}(tensors:list)", f"{name}(tensors)")
      for name in ("hstack", "vstack", "row_stack", "column_stack")),
    Spelling("torch.dstack(tensors:shapes)", _stacked_deep),
    *(spelling for rank in (1, 2, 3) for of_several, of_one in (_of_rank(rank),) for spelling in (
        Spelling(f"torch.atleast_{rank}d(tensors:shapes)", of_several),
        Spelling(f"torch.atleast_{rank}d(input:shaped)", of_one),
        Spelling(f"torch.atleast_{rank}d(*tensors:shapes)", of_several))),
    Spelling("torch.meshgrid(*tensors:shapes, indexing:text='ij')", _meshgrid),
    Spelling("torch.cartesian_prod(*tensors:shapes)", _products),
    Spelling("torch.combinations(input:shaped, r:integer=2, with_replacement:flag=False)", _combined),
    Spelling("torch.broadcast_tensors(*tensors:shapes)", _repeated),
)  # fmt: skip
