"""torch's parts of arrays: split at places or into so many, and windows that overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from gradcli.operations.shape_rules import Shape, axes_of
from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.spellings.torch.order import at
from gradcli.operations.written_out import within

# Any, in this module: constants that are given, None where none is, shapes, OPERAND for an operand


def several(parts: Iterable[str]) -> str:
    """A tuple of formulas: what a call returns that gives several results."""
    return f"({''.join(f'{part}, ' for part in parts)})"


def _slices(bounds: Iterable[Any], dim: int) -> str:
    """From each bound to the next."""
    return several(f"input{at(dim, f'{start}:{stop}')}" for start, stop in pairwise(bounds))


def _sections(input: Any, split_sizes: tuple[int, ...], dim: int) -> str:
    """Parts of these lengths, which are those of the whole axis."""
    if isinstance(input, tuple) and (not input or sum(split_sizes) != input[dim]):
        return f"none: lengths add up to the axis, {input[dim] if input else 'which a scalar lacks'}"
    return _slices([0, *accumulate(split_sizes)], dim)


def _of_length(input: Shape, split_size: int, dim: int) -> str:
    """Parts of one length, the last of which may be shorter."""
    if not input:
        return "none: a scalar has no axis to split along"
    size = input[dim]
    if split_size < 0 or (not split_size and size):
        return "none: the length of the parts is positive"
    return _slices([*range(0, size, split_size), size] if size else [0, 0], dim)


def _split(tensor: Any, split_size_or_sections: Any, dim: int) -> str:
    if not isinstance(split_size_or_sections, int):
        found = _sections(tensor, split_size_or_sections, dim)
    elif tensor is OPERAND:
        found = "none: how many parts there are hangs on its size, which is not known here"
    else:
        found = _of_length(tensor, split_size_or_sections, dim)
    return found.replace("input", "tensor")


def _split_method(self: Any, split_size: Any, dim: int) -> str:
    return _split(self, split_size, dim).replace("tensor", "self")


def _chunks(input: Shape, chunks: int, dim: int) -> str:
    """Of the length that makes so many of them, or fewer where the last ones would be empty."""
    if chunks < 1:
        return "none: at least one part is due"
    return _of_length(input, -(-input[dim] // chunks), dim) if input else _of_length(input, 1, dim)


def _evenly(size: int, sections: int, dim: int) -> str:
    """So many parts, of which the first ones are longer by one where they do not come out even."""
    if sections < 1:
        return "none: at least one part is due"
    lengths = [size // sections + (part < size % sections) for part in range(within(sections))]
    return _slices([0, *accumulate(lengths)], dim)


def _tensor_split(input: Shape, indices_or_sections: Any, dim: int) -> str:
    if not input:
        return "none: a scalar has no axis to split along"
    if isinstance(indices_or_sections, int):
        return _evenly(input[dim], indices_or_sections, dim)
    return _slices(["", *indices_or_sections, ""], dim)


def _into_sections(input: Shape, sections: int, dim: int) -> str:
    return _tensor_split(input, sections, dim)


def _at_indices(input: Shape, indices: Any, dim: int) -> str:
    return _tensor_split(input, indices, dim)


def _split_along(name: str, least: int, dim: int) -> Callable[[Shape, Any], str]:
    """``hsplit`` and its like, of arrays with so many axes at least; hsplit splits a vector along its only one."""

    def means(input: Shape, indices_or_sections: Any) -> str:
        if len(input) < least:
            return f"none: {name} takes arrays with {least} axes or more"
        axis = min(dim, len(input) - 1)
        if isinstance(indices_or_sections, int) and indices_or_sections > 0 and input[axis] % indices_or_sections:
            return f"none: {input[axis]} entries do not make {indices_or_sections} equal parts"
        return _tensor_split(input, indices_or_sections, axis)

    return means


def _unbound(input: Shape, dim: int) -> str:
    if not input:
        return "none: a scalar has no axis to take apart"
    return several(f"input{at(dim, str(k))}" for k in range(input[dim]))


def _gradients(input: Shape, dim: Any, edge_order: int, steps: Sequence[str]) -> str:
    """Along each axis by the steps between its entries, or the points; one for all, or as many as axes."""
    axes = axes_of(input, dim)
    if len(steps) not in {1, len(axes)}:
        return f"none: as many spacings as axes are due, {len(axes)}"
    return several(
        f"np.gradient(input, {step}, axis={axis}, edge_order={edge_order})"
        for step, axis in zip(steps if len(steps) == len(axes) else [*steps] * len(axes), axes, strict=True)
    )


def _gradients_by(input: Shape, spacing: int, dim: Any, edge_order: int) -> str:
    return _gradients(input, dim, edge_order, [f"spacing[{k}]" for k in range(spacing)])


def _gradients_evenly(input: Shape, spacing: Any, dim: Any, edge_order: int) -> str:
    return _gradients(input, dim, edge_order, ["1" if spacing is None else "spacing"])


def _windows(self: Shape, dimension: int, size: int, step: int) -> str:
    """Each window along the axis, whose entries go to an axis of their own at the end."""
    whole = self[dimension] if self else 1
    if step < 1 or not 0 <= size <= whole:
        return f"none: windows have a step of 1 or more, and a size of at most {whole}"
    if not self:
        return f"reshape(self, 1)[:{size}]"
    starts, axis = range(0, whole - size + 1, step), dimension % len(self)
    if not size:
        return f"reshape(self{at(axis, ':0')}, {(*self[:axis], len(starts), *self[axis + 1 :], 0)})"
    if size > len(starts):
        windows = ", ".join(f"self{at(axis, f'{start}:{start + size}')}" for start in starts)
        return f"movedim(stack([{windows}], {axis}), {axis + 1}, -1)"
    stop = starts[-1] + 1
    entries = (f"self{at(axis, f'{k}:{stop + k}:{step}')}" for k in range(size))
    return f"stack([{', '.join(entries)}], -1)"


_SPLIT = "indices_or_sections:axes"

SPELLINGS = (
    *(Spelling(f"torch.{name}(input:shaped, chunks:integer, dim:axis=0)", _chunks)
      for name in ("chunk", "unsafe_chunk")),
    Spelling("torch.split(tensor:told, split_size_or_sections:axes, dim:axis=0)", _split),
    Spelling(".split(self:told, split_size:axes, dim:axis=0)", _split_method),
    *(Spelling(f"torch.{name}(input:shaped, split_size:integer, dim:axis=0)", _of_length)
      for name in ("split_copy", "unsafe_split")),
    *(Spelling(f"torch.{name}(input:told, split_sizes:sizes, dim:axis=0)", _sections)
      for name in ("split_with_sizes", "split_with_sizes_copy", "unsafe_split_with_sizes")),
    Spelling(f"torch.tensor_split(input:shaped, {_SPLIT}, dim:axis=0)", _tensor_split),
    Spelling("torch.tensor_split(input:shaped, *, sections:integer, dim:axis=0)", _into_sections),
    Spelling("torch.tensor_split(input:shaped, *, indices:axes, dim:axis=0)", _at_indices),
    *(Spelling(f"torch.{name}(input:shaped, {_SPLIT})", _split_along(name, least, dim))
      for name, least, dim in (("hsplit", 1, 1), ("vsplit", 2, 0), ("dsplit", 3, 2))),
    *(Spelling(f"torch.{name}(input:shaped, dim:axis=0)", _unbound) for name in ("unbind", "unbind_copy")),
    Spelling("torch.gradient(input:shaped, *, spacing:parts, dim:axes=None, edge_order:integer=1)", _gradients_by),
    Spelling("torch.gradient(input:shaped, *, spacing=None, dim:axes=None, edge_order:integer=1)", _gradients_evenly),
    Spelling(".unfold(self:shaped, dimension:axis, size:integer, step:integer)", _windows),
    Spelling("torch.unfold_copy(self:shaped, dimension:axis, size:integer, step:integer)", _windows),
)  # fmt: skip
