"""Derivatives of functions that are sums over rows, a tile of rows at a time: in the memory of a tile instead of that
of the whole graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from gradcli.autograd.devices import CPU, in_tiles
from gradcli.base.arrays import FloatArray
from gradcli.meaning.task import Task
from gradcli.meaning.tiles import Tile, Tiling

Parts = Sequence[FloatArray | None]
Derive = Callable[
    [Task, Mapping[str, FloatArray]], Parts
]  # (the tile's task, its tangents) -> parts, and last the value


def added_up(
    task: Task, tiling: Tiling, derive: Derive, tangents: Mapping[str, FloatArray] | None = None, device: str = CPU
) -> list[FloatArray | None]:
    """An array of each variable's shape, None where no tile has one, and last the function's value.

    device: where ``derive`` computes; where its memory does not hold a tile, the next ones are smaller
    Errors: LimitError where there is not enough memory for one row.
    """
    found: list[FloatArray | None] = [None] * (len(task.wrt) + 1)

    def add(rows: slice) -> None:
        tile = tiling.tile(rows.start, rows.stop)
        parts = derive(_task_of(task, tiling, tile), tiling.values(tile, tangents or {}))
        for k, (name, part) in enumerate(zip((*task.wrt, ""), parts, strict=True)):
            if part is None:
                continue
            so_far = found[k]
            if name in tiling.axes:
                if so_far is None:
                    found[k] = so_far = np.zeros(task.values[name].shape)
                tile.part(so_far, tiling.axes[name])[...] = part
            elif so_far is None:
                found[k] = np.array(part)
            else:
                so_far += part

    in_tiles(tiling.rows, tiling.height, device, add)
    return found


def _task_of(task: Task, tiling: Tiling, tile: Tile) -> Task:
    """The function of a tile at its rows."""
    values = tiling.values(tile, task.values)
    return replace(task, program=tile.program, shapes=tuple(tiling.shapes(tile, task.values)), values=values)
