"""The slopes of templates by torch: in each tile of rows one backward pass, and one more for each slot.

A row of a template depends on its own slots alone, so that the gradient of the sum over rows is the slope of each row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from gradcli.autograd import passes
from gradcli.autograd.devices import CPU, in_tiles
from gradcli.autograd.point import Torch, to_numpy
from gradcli.base.arrays import FloatArray
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.templates.found import templates_of
from gradcli.meaning.templates.template import Slot, Template

Key = TypeVar("Key")  # a slot's number, or two

TILE = 2**16  # rows at a time: the tensors of a small formula stay in the processor's cache
ELSEWHERE = 2**22  # rows on another device, whose calls are dear; fewer where its memory is too small for so many

Derive = Callable[[slice, list[Tensor], Tensor], None]  # of rows, the slots' tensors there, and the formula's value


def templates_at(point: Torch, order: int) -> tuple[tuple[Template, ...], FloatArray]:
    """The templates of the task's program, and the function's value by the program as a whole.

    Errors: Untemplated where there are none, or too large ones; those of ``Torch.guarded``.
    """
    task = point.task
    known, output = point.constants()
    shapes = {name: task.values[name].shape for name in task.wrt}
    return templates_of(task.program, shapes, task.wrt, known, order=order), output


def first_slopes(point: Torch, template: Template) -> dict[int, FloatArray]:
    """(m,) the derivative of each row in a slot, by its number, times the row's weight; slots without one are left out.

    Errors: as ``Torch.guarded``.
    """
    found: dict[int, FloatArray] = {}

    def derive(tile: slice, leaves: list[Tensor], output: Tensor) -> None:
        moving = [k for k, leaf in enumerate(leaves) if leaf.requires_grad]
        parts = passes.gradient(output, [leaves[k] for k in moving], torch.ones_like(output))
        _keep(found, dict(zip(moving, parts, strict=True)), template, tile)

    _in_tiles(point, template, derive)
    return found


def second_slopes(point: Torch, template: Template) -> dict[tuple[int, int], FloatArray]:
    """(m,) the second derivative of each row in slots i <= j times the row's weight; pairs without one are left out.

    Errors: as ``Torch.guarded``.
    """
    found: dict[tuple[int, int], FloatArray] = {}

    def derive(tile: slice, leaves: list[Tensor], output: Tensor) -> None:
        moving = [k for k, leaf in enumerate(leaves) if leaf.requires_grad]
        ones = torch.ones_like(output)
        first = passes.gradient(output, [leaves[k] for k in moving], ones, create_graph=True)
        for n, (i, slope) in enumerate(zip(moving, first, strict=True)):
            if slope is not None:
                rest = moving[n:]
                parts = passes.gradient(slope, [leaves[k] for k in rest], ones, retain_graph=True)
                _keep(found, {(i, j): part for j, part in zip(rest, parts, strict=True)}, template, tile)

    _in_tiles(point, template, derive)
    return found


def _in_tiles(point: Torch, template: Template, derive: Derive) -> None:
    """All rows of a template; the tensors of slots with entries require grad."""
    program = compile_tree(template.tree)
    kinds = [_kind(slot) for slot in template.slots]
    with point.guarded():
        tensors = [point.point[name].reshape(-1) for name in point.task.wrt]
        flat = tensors[0] if len(tensors) == 1 else torch.cat(tensors)

        def work(tile: slice) -> None:
            leaves = [_leaf(point, flat, slot, kind, tile) for slot, kind in zip(template.slots, kinds, strict=True)]
            derive(tile, leaves, _value(program, point, template.slots, leaves))

        in_tiles(template.rows, TILE if point.device == CPU else ELSEWHERE, point.device, work)


def _value(program: Program, point: Torch, slots: Sequence[Slot], leaves: Sequence[Tensor]) -> Tensor:
    values = {slot.name: leaf for slot, leaf in zip(slots, leaves, strict=True)}
    output = run(program, point.arithmetic, values)
    assert isinstance(output, Tensor)
    return output


def _kind(slot: Slot) -> tuple[bool, bool]:
    """Has the slot entries, and has it numbers?"""
    return bool(slot.entries.max(initial=-1) >= 0), bool(slot.entries.min(initial=0) < 0)


def _leaf(point: Torch, flat: Tensor, slot: Slot, kind: tuple[bool, bool], tile: slice) -> Tensor:
    moves, numbered = kind
    if not moves:
        return point.tensor(slot.numbers[tile])
    entries = torch.from_numpy(np.array(slot.entries[tile])).to(flat.device)
    if not numbered:
        return flat.index_select(0, entries).requires_grad_()
    there = entries >= 0
    return torch.where(there, flat[entries.clamp(min=0)], point.tensor(slot.numbers[tile])).requires_grad_()


def _keep(found: dict[Key, FloatArray], parts: Mapping[Key, Tensor | None], template: Template, tile: slice) -> None:
    for key, part in parts.items():
        if part is None:
            continue
        if key not in found:
            found[key] = np.empty(template.rows)
            found[key][: tile.start] = 0
        numbers = to_numpy(part)
        found[key][tile] = numbers if template.weights is None else numbers * template.weights[tile]
    for key, numbers in found.items():
        if parts.get(key) is None and key in parts:
            numbers[tile] = 0
