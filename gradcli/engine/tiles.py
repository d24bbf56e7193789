"""The formulas of a row on many rows by torch, tile by tile on threads: without a compiler, and on any device.

Value and derivatives come from one closed program; autograd has no part in it. A tile is as large as keeps what is in
use in the processor's cache, and results are written where there is room already, since to ask for memory costs more
than most operations do.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gradcli.autograd.point import Guarded
from gradcli.autograd.tensors import session
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.engine.flags import KINK
from gradcli.engine.formulas import Formulas
from gradcli.engine.kernel import LANES, Marked
from gradcli.engine.plan import Plan, planned
from gradcli.engine.workers import Tiles, flag_undefined

# Rows of a tile on a processor: what is in use is near a core, but in few rows calls cost more than they compute.
NEAR, SMALLEST, LARGEST = 2**23, 2**14, 2**16  # bytes, rows, rows; as measured
MOST = 2**27  # bytes of a worker, of formulas however long
ELSEWHERE = 2**31  # bytes on another device, all of whose cores work on one tile


class TorchKernel:
    """The program of a row in torch, with the answers of ``formulas``.

    wanted:  the names of the outputs to compute; None: all
    device:  as torch names it
    threads: workers on the processor; torch's own threads rest meanwhile
    tile:    rows at once; None: as many as fit
    """

    name = "torch"
    counts_loss = False  # the steps that watch for lost digits are more than those of the answer

    def __init__(
        self,
        formulas: Formulas,
        wanted: Collection[str] | None = None,
        *,
        threads: int = 2,
        device: str = "cpu",
        tile: int | None = None,
    ) -> None:
        self.formulas, self.device = formulas, device
        self.outputs = tuple(o for o in formulas.outputs if wanted is None or o.name in wanted)
        self.threads = threads if device == "cpu" else 1
        self.tile = tile
        self._plans: dict[tuple[float, ...], Plan] = {}

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """Fills outputs and flags, a row each.

        columns: (rows,) of each column; outputs: (rows, *shape) of each output that is wanted; flags: (rows,)
        """
        rows = len(flags)
        with Guarded(session(DType.FLOAT64, self.device), DType.FLOAT64):
            plan = self._plan(fixed)
            with warnings.catch_warnings(action="ignore"):  # torch's remark on columns that nobody may write to
                given = {name: torch.from_numpy(columns[name]) for name in plan.columns}
            filled = {o.name: torch.from_numpy(outputs[o.name]).view(rows, len(o.steps)) for o in self.outputs}
            tiles = Tiles(rows, self.tile or self._tile(plan, rows))
            tiles.run(_Job(plan, given, filled, flags, tiles, self.device).work, self.threads)

    def _tile(self, plan: Plan, rows: int) -> int:
        """As many rows as stay near a core, and as leave each worker some; in whole lanes."""
        of_a_row = max(1, sum(dtype.itemsize for dtype in plan.rooms))
        if self.device != "cpu":
            return max(1, ELSEWHERE // of_a_row)
        best = max(SMALLEST, min(LARGEST, NEAR // of_a_row, -(-rows // self.threads)))
        most = min(best, MOST // of_a_row)
        return most - most % LANES or max(1, most)

    def _plan(self, fixed: Mapping[str, float]) -> Plan:
        """Made once for the same numbers."""
        key = tuple(fixed[name] for name in self.formulas.fixed)
        if key not in self._plans:
            numbers = {name: torch.tensor(fixed[name], dtype=torch.float64) for name in self.formulas.fixed}
            self._plans = {key: planned(self.formulas, self.outputs, numbers)}
        return self._plans[key]


@dataclass(frozen=True, slots=True)
class _Job:
    """A plan, and what it is carried out on."""

    plan: Plan
    columns: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    flags: Marked
    tiles: Tiles
    device: str

    def work(self) -> None:
        """Computes tiles until none is left, in rooms of a worker's own."""
        whole = [torch.empty(self.tiles.tile, dtype=dtype, device=self.device) for dtype in self.plan.rooms]
        for rows in self.tiles:
            length = rows.stop - rows.start
            self.compute(whole if length == self.tiles.tile else [room[:length] for room in whole], rows)

    def compute(self, rooms: Sequence[Tensor], rows: slice) -> None:
        """A tile, in rooms of as many numbers."""
        plan = self.plan
        answers = [self.outputs[part.name][rows, part.entry] for part in plan.parts]
        values = self.known(answers, rooms, rows)
        for work in plan.work:
            given = [values[i] for i in work.inputs]
            if work.into:
                work.function(*given, **work.keywords, out=values[work.result])
            else:
                values[work.result] = work.function(*given, **work.keywords)
        for part, answer in zip(plan.parts, answers, strict=True):
            value = values[part.value]
            if value is not answer:
                _ = answer.copy_(value) if isinstance(value, Tensor) else answer.fill_(value)
        self.flag(answers, None if plan.kink is None else values[plan.kink], rows)

    def known(self, answers: Sequence[Tensor], rooms: Sequence[Tensor], rows: slice) -> list[Any]:  # Any: see Plan
        """By the values' numbers what is there before the work: what is known, columns, rooms of results."""
        plan = self.plan
        values = list(plan.known)
        for name, i in plan.columns.items():
            values[i] = self.columns[name][rows].to(self.device)
        for work in plan.work:
            if work.room is not None:
                values[work.result] = rooms[work.room]
        for part, answer in zip(plan.parts, answers, strict=True):
            if part.in_place:
                values[part.value] = answer if self.device == "cpu" else torch.empty_like(answer, device=self.device)
        return values

    def flag(self, answers: Sequence[Tensor], kink: Any, rows: slice) -> None:  # Any: a tensor, a flag, None
        flags = self.flags[rows]
        flags[:] = 0
        flag_undefined(flags, answers)
        if kink is not None and bool(torch.as_tensor(kink).any()):
            flags[torch.as_tensor(kink).expand(len(flags)).cpu().numpy()] |= KINK
