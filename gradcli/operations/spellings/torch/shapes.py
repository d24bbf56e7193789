"""torch's shapes: which axes, which part, made anew."""

from __future__ import annotations

from typing import Any

from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import at
from gradcli.operations.written_out import within


def _flattened(start_dim: Any, end_dim: Any) -> str:
    return "flatten(input)" if (start_dim, end_dim) == (0, -1) else "flatten_axes(input, start_dim, end_dim)"


def _unflattened(input: Shape, dim: int) -> str:
    before, behind = input[:dim], input[dim % len(input) + 1 :]
    parts = (part for part in (*map(str, before), "*sizes", *map(str, behind)))
    return f"reshape(input, {', '.join(parts)})"


def _rotated(k: Any, dims: Any) -> str:
    first, second = dims or (0, 1)
    turns = ("input", f"transpose(flip(input, {second}), {first}, {second})", f"flip(input, ({first}, {second}))",
             f"transpose(flip(input, {first}), {first}, {second})")  # fmt: skip
    return turns[k % 4]


def _rolled(shifts: Any, dims: Any) -> str:
    """Along several axes one after the other."""
    if not isinstance(shifts, tuple) and not isinstance(dims, tuple):
        return "roll(input, shifts, dims)"
    steps, axes = _tuple(shifts), _tuple(dims) or (None,)
    if len(steps) != len(axes):
        return f"none: it takes as many shifts as axes, found {len(steps)} and {len(_tuple(dims))}"
    text = "input"
    for shift, dim in zip(steps, axes, strict=True):
        text = f"roll({text}, {shift}, {dim})"
    return text


def _tuple(value: Any) -> tuple[Any, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _range(start: int, stop: int) -> str:
    return f"({''.join(f'{i}, ' for i in range(start, start + within(stop - start)))})"


def _narrowed(start: Any, length: Any) -> str:
    return f"take(input, {_range(start, start + length)}, dim)"


def _interleaved(repeats: Any) -> str:
    """A list says how often each entry comes."""
    if not isinstance(repeats, tuple):
        return "repeat_interleave(input, repeats, dim)"
    within(sum(repeats))
    return f"take(input, ({''.join(f'{i}, ' * count for i, count in enumerate(repeats))}), dim)"


def _embedded(dim1: Any, dim2: Any) -> str:
    matrices = "diag_embed(input, offset)"
    return matrices if (dim1, dim2) == (-2, -1) else f"movedim({matrices}, (-2, -1), ({dim1}, {dim2}))"


def _differences(n: int, prepend: Any, append: Any) -> str:
    if not n:
        return "input"
    parts = ["prepend"] * (prepend is not None) + ["input"] + ["append"] * (append is not None)
    whole = f"concat({', '.join(parts)}, dim=dim)" if len(parts) > 1 else "input"
    return f"differences({whole}, n, dim)"


def _with_copy(call: str, means: Any) -> tuple[Spelling, Spelling]:
    """The call, and the one whose name ends in ``_copy``."""
    return Spelling(f"torch.{call}", means), Spelling(f"torch.{call.replace('(', '_copy(', 1)}", means)


SPELLINGS = (
    Spelling("torch.flatten(input, start_dim:axis=0, end_dim:axis=-1)", _flattened),
    Spelling("torch.reshape(input, shape)", "reshape(input, shape)"),
    Spelling(".reshape(self, *shape)", "reshape(self, shape)"),
    Spelling(".view(self, *size)", "reshape(self, size)"),
    Spelling("torch.view_copy(input, size)", "reshape(input, size)"),
    *_with_copy("permute(input, dims)", "permute(input, dims)"),
    Spelling(".permute(self, *dims)", "permute(self, dims)"),
    *_with_copy("transpose(input, dim0:axis, dim1:axis)", "transpose(input, dim0, dim1)"),
    *(Spelling(f"torch.{name}(input, {a}0:axis, {a}1:axis)", f"transpose(input, {a}0, {a}1)")
      for name, a in (("swapaxes", "axis"), ("swapdims", "dim"))),
    *_with_copy("t(input)", "transpose(input)"),
    *(Spelling(f"torch.{name}(input)", "input.mT") for name in ("adjoint",)),
    *_with_copy("unsqueeze(input, dim:axis)", "unsqueeze(input, dim)"),
    *_with_copy("squeeze(input, dim:axes=None)", "squeeze(input, dim)"),
    Spelling("torch.expand_copy(input, size)", "expand(input, size)"),
    Spelling("torch.broadcast_to(input, size)", "expand(input, size)"),
    Spelling(".expand(self, *size)", "expand(self, size)"),
    Spelling(".expand_as(self, other)", "expand(self, other.shape)"),
    *(Spelling(f".{name}(self, other)", "reshape(self, other.shape)") for name in ("view_as", "reshape_as")),
    Spelling(".sum_to_size(self, *size)", "sum_to(self, zeros(size))"),
    Spelling("torch.unflatten(input:shaped, dim:axis, sizes)", _unflattened),
    Spelling(".repeat(self, *repeats)", "repeat(self, repeats)"),
    Spelling("torch.tile(input, dims)", "tile(input, dims)"),
    Spelling(".tile(self, *dims)", "tile(self, dims)"),
    Spelling("torch.flip(input, dims)", "flip(input, dims)"),
    Spelling(".flip(self, *dims)", "flip(self, dims)"),
    Spelling("torch.fliplr(input)", "flip(input, 1)"),
    Spelling("torch.flipud(input)", "flip(input, 0)"),
    Spelling("torch.rot90(input, k:integer=1, dims:axes=None)", _rotated),
    Spelling("torch.roll(input, shifts, dims:axes=None)", _rolled),
    *_with_copy("narrow(input, dim:axis, start:integer, length:integer)", _narrowed),
    Spelling("torch.select(input, dim:axis, index:integer)", lambda dim, index: f"input{at(dim, str(index))}"),
    Spelling("torch.select_copy(input, dim:axis, index:integer)", lambda dim, index: f"input{at(dim, str(index))}"),
    Spelling("torch.diag(input, diagonal:integer=0)", "diag(input, diagonal)"),
    Spelling("torch.diagflat(input, offset:integer=0)", "diag(flatten(input), offset)"),
    *_with_copy("diagonal(input, offset:integer=0, dim1:axis=0, dim2:axis=1)",
                "diagonal_along(input, offset, dim1, dim2)"),
    Spelling("torch.linalg.diagonal(A, *, offset:integer=0, dim1:axis=-2, dim2:axis=-1)",
             "diagonal_along(A, offset, dim1, dim2)"),
    Spelling("torch.diag_embed(input, offset:integer=0, dim1:axis=-2, dim2:axis=-1)", _embedded),
    Spelling("torch.repeat_interleave(input, repeats:axes, dim:axis=None, *, output_size:integer=None)", _interleaved),
    Spelling("torch.diff(input, n:integer=1, dim:axis=-1, prepend=None, append=None)", _differences),
    Spelling("torch.constant_pad_nd(input, pad, value=0)", "pad(input, pad, 'constant', value)"),
    Spelling("torch.pad(input, pad, mode:text='constant', value:number=None)",
             lambda value: f"pad(input, pad, mode, {0 if value is None else 'value'})"),
)  # fmt: skip
