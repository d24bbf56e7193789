"""The formulas of a row on many rows by torch, tile by tile on threads: without a compiler, and on any device.

Value and derivatives come from one closed program; autograd has no part in it. A tile is as large as keeps what is in
use in the processor's cache, and results are written where there is room already, since to ask for memory costs more
than most operations do.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
from gradcli.engine.plan import Plan, Work, planned
from gradcli.engine.workers import Tiles, flag_undefined

Call = Callable[[], object]

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
        """Computes tiles until none is left."""
        worker = _Worker(self)
        for rows in self.tiles:
            worker.move(rows)
            for call in worker.calls:
                call()
            worker.flag(self.flags[rows])


class _Worker:
    """A thread's own rooms, and the calls between them, bound once: from tile to tile only views of the table move.

    What Python does from call to call is done by one thread at a time, and the others wait.
    """

    def __init__(self, job: _Job) -> None:
        plan, self.device, self.length = job.plan, job.device, job.tiles.tile
        columns = {i: job.columns[name][:] for name, i in plan.columns.items()}
        self.answers = [job.outputs[part.name][:, part.entry] for part in plan.parts]
        self.views = [(view, view.stride(0), view.storage_offset()) for view in (*columns.values(), *self.answers)]
        self.rooms = [self.room(dtype) for dtype in plan.rooms]
        near = {i: self.near(view) for i, view in columns.items()}
        placed = [(p.value, answer) for p, answer in zip(plan.parts, self.answers, strict=True) if p.in_place]
        values = list(plan.known)
        for i, value in (*near.items(), *((i, self.near(answer)) for i, answer in placed)):
            values[i] = value
        for work in plan.work:
            if work.room is not None:
                values[work.result] = self.rooms[work.room]
        given = [_copied(values[i], view) for i, view in columns.items()]
        made = [_copied(answer, values[p.value]) for p, answer in zip(plan.parts, self.answers, strict=True)]
        self.calls = [*filter(None, given), *(_called(work, values) for work in plan.work), *filter(None, made)]
        self.kink = None if plan.kink is None else values[plan.kink]

    def room(self, dtype: torch.dtype) -> Tensor:
        return torch.empty(self.length, dtype=dtype, device=self.device)

    def near(self, view: Tensor) -> Tensor:
        """Where the device has the numbers of a view: in their place, or in a room."""
        if self.device == "cpu":
            return view
        self.rooms.append(self.room(view.dtype))
        return self.rooms[-1]

    def move(self, rows: slice) -> None:
        """To these rows of the table."""
        length = rows.stop - rows.start
        for view, stride, start in self.views:
            view.as_strided_((length,), (stride,), start + rows.start * stride)
        if length != self.length:
            self.length = length
            for room in self.rooms:
                room.resize_(length)

    def flag(self, flags: Marked) -> None:
        flags[:] = 0
        flag_undefined(flags, self.answers)
        if self.kink is not None and bool(torch.as_tensor(self.kink).any()):
            flags[torch.as_tensor(self.kink).expand(len(flags)).cpu().numpy()] |= KINK


def _called(work: Work, values: Sequence[Any]) -> Call:  # Any: see Plan
    """The call that fills the result's room."""
    call, room = partial(work.function, *(values[i] for i in work.inputs), **work.keywords), values[work.result]
    return partial(call, out=room) if work.into else lambda: room.copy_(call())


def _copied(there: Tensor, value: Any) -> Call | None:  # Any: see Plan
    """The call that copies what is not there already."""
    if value is there:
        return None
    return partial(there.copy_ if isinstance(value, Tensor) else there.fill_, value)
