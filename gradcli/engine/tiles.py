"""The formulas of a row on many rows by torch, tile by tile on threads: without a compiler, and on any device.

Value and derivatives come from one closed program; autograd has no part in it. A tile is as large as keeps what is in
use in the processor's cache, or in the memory of another device, and results are written where there is room already,
since to ask for memory costs more than most operations do.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gradcli.autograd.devices import CPU, room_on
from gradcli.autograd.guarded import Guarded
from gradcli.autograd.tensors import DTYPES
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.engine.crossing import UNDER_WAY, Compute, Crossing, crossed
from gradcli.engine.flags import KINK
from gradcli.engine.formulas import Formulas
from gradcli.engine.kernel import LANES, Marked
from gradcli.engine.plan import Plan, Work, planned
from gradcli.engine.workers import Tiles, flag_undefined

Call = Callable[[], object]

# Rows of a tile on a processor: what is in use is near a core, but in few rows calls cost more than they compute.
NEAR, SMALLEST, LARGEST = 2**23, 2**14, 2**16  # bytes, rows, rows; as measured
MOST = 2**27  # bytes of a worker, of formulas however long
# On another device, all of whose cores work on one tile: by far more rows than make a call's work outweigh its launch,
# and several tiles of a large table, of which one travels while another one is computed. Not measured.
ELSEWHERE = 2**22  # rows
HOST = 2**29  # bytes of the processor that are pinned for the tiles under way
_MARKS = 4  # bytes of a row: its mark, and what that is made of


class TorchKernel:
    """The program of a row in torch, with the answers of ``formulas``.

    wanted:  the names of the outputs to compute; None: all
    device:  as ``devices.find_device`` returns it
    dtype:   in which torch computes; outputs may be of it, or of another one
    threads: workers on the processor; torch's own threads rest meanwhile. For another device, threads that copy
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
        device: str = CPU,
        dtype: str = DType.FLOAT64,
        tile: int | None = None,
    ) -> None:
        self.formulas, self.device, self.dtype = formulas, device, DType.of(dtype)
        self.outputs = tuple(o for o in formulas.outputs if wanted is None or o.name in wanted)
        self.threads = threads
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
        Errors: those of ``Guarded``; LimitError where a device has not enough memory for one row.
        """
        rows = len(flags)
        with Guarded(self.dtype, self.device):
            plan = self._plan(fixed)
            with warnings.catch_warnings(action="ignore"):  # torch's remark on columns that nobody may write to
                given = {name: torch.from_numpy(columns[name]) for name in plan.columns}
            filled = {o.name: torch.from_numpy(outputs[o.name]).view(rows, len(o.steps)) for o in self.outputs}
            answers = [filled[part.name][:, part.entry] for part in plan.parts]
            if self.device == CPU:
                tiles = Tiles(rows, self.tile or self._tile(plan, rows))
                tiles.run(_Job(plan, given, answers, flags, tiles, DTYPES[self.dtype]).work, self.threads)
            elif rows:
                self._elsewhere(plan, given, answers, flags)

    def _elsewhere(self, plan: Plan, columns: Mapping[str, Tensor], answers: Sequence[Tensor], flags: Marked) -> None:
        """On another device."""

        def prepare(given: Sequence[Tensor], made: Sequence[Tensor], rows: int) -> Compute:
            here = dict(zip(columns, given, strict=True))
            return Worker(plan, here, made, rows, DTYPES[self.dtype], self.device).compute

        def crossing(tile: int, number: int, pool: ThreadPoolExecutor) -> Crossing:
            given, dtype = list(columns.values()), DTYPES[self.dtype]
            return Crossing(
                given, answers, flags, prepare, tile=tile, dtype=dtype, device=self.device, number=number, pool=pool
            )

        rows, tile = len(flags), self.tile or self._tile_elsewhere(plan)
        fitting = crossed(rows, tile, self.device, crossing, self.threads)
        if fitting < min(tile, rows):
            self.tile = fitting

    def _tile(self, plan: Plan, rows: int) -> int:
        """As many rows as stay near a core, and as leave each worker some; in whole lanes."""
        of_a_row = max(1, sum(dtype.itemsize for dtype in plan.rooms))
        best = max(SMALLEST, min(LARGEST, NEAR // of_a_row, -(-rows // self.threads)))
        return _in_lanes(min(best, MOST // of_a_row))

    def _tile_elsewhere(self, plan: Plan) -> int:
        """As many rows as have room on the device, and on the processor on their way; in whole lanes."""
        travels = self.dtype.width // 8 * (len(plan.columns) + len(plan.parts)) + 1
        of_a_row = travels + _MARKS + sum(dtype.itemsize for dtype in plan.rooms)
        room = room_on(self.device)
        fitting = ELSEWHERE if room is None else room // (UNDER_WAY * of_a_row)
        return _in_lanes(min(ELSEWHERE, fitting, HOST // (UNDER_WAY * travels)))

    def _plan(self, fixed: Mapping[str, float]) -> Plan:
        """Made once for the same numbers."""
        key = tuple(fixed[name] for name in self.formulas.fixed)
        if key not in self._plans:
            numbers = {name: torch.tensor(fixed[name], dtype=DTYPES[self.dtype]) for name in self.formulas.fixed}
            self._plans = {key: planned(self.formulas, self.outputs, numbers)}
        return self._plans[key]


def _in_lanes(rows: int) -> int:
    return rows - rows % LANES or max(1, rows)


@dataclass(frozen=True, slots=True)
class _Job:
    """A plan, and what it is carried out on."""

    plan: Plan
    columns: Mapping[str, Tensor]
    answers: Sequence[Tensor]
    flags: Marked
    tiles: Tiles
    dtype: torch.dtype

    def work(self) -> None:
        """Computes tiles until none is left: from tile to tile only views of the table move."""
        columns = {name: column[:] for name, column in self.columns.items()}
        answers = [answer[:] for answer in self.answers]
        views = [(view, view.stride(0), view.storage_offset()) for view in (*columns.values(), *answers)]
        worker = Worker(self.plan, columns, answers, self.tiles.tile, self.dtype, CPU)
        for rows in self.tiles:
            length = rows.stop - rows.start
            for view, stride, start in views:
                view.as_strided_((length,), (stride,), start + rows.start * stride)
            kink = worker.compute(length)
            _flag(self.flags[rows], answers, kink)


class Worker:
    """A thread's own rooms, and the calls between them, bound once to columns and answers that may move.

    What Python does from call to call is done by one thread at a time, and the others wait.
    """

    def __init__(
        self,
        plan: Plan,
        columns: Mapping[str, Tensor],
        answers: Sequence[Tensor],
        rows: int,
        dtype: torch.dtype,
        device: str,
    ) -> None:
        self.length, self.dtype, self.device = rows, dtype, device
        self.rooms = [self.room(dtype) for dtype in plan.rooms]
        given = {i: columns[name] for name, i in plan.columns.items()}
        near = {i: self.near(view) for i, view in given.items()}
        placed = [(p.value, answer) for p, answer in zip(plan.parts, answers, strict=True) if p.in_place]
        values = list(plan.known)
        for i, value in (*near.items(), *((i, self.near(answer)) for i, answer in placed)):
            values[i] = value
        for work in plan.work:
            if work.room is not None:
                values[work.result] = self.rooms[work.room]
        taken = [_copied(values[i], view) for i, view in given.items()]
        made = [_copied(answer, values[p.value]) for p, answer in zip(plan.parts, answers, strict=True)]
        self.calls = [*filter(None, taken), *(_called(work, values) for work in plan.work), *filter(None, made)]
        self.kink = None if plan.kink is None else values[plan.kink]

    def room(self, dtype: torch.dtype) -> Tensor:
        return torch.empty(self.length, dtype=dtype, device=self.device)

    def near(self, view: Tensor) -> Tensor:
        """Where the numbers of a view are, in the dtype that is computed in: in their place, or in a room."""
        if view.dtype == self.dtype:
            return view
        self.rooms.append(self.room(self.dtype))
        return self.rooms[-1]

    def compute(self, length: int) -> Any:  # Any: see Plan
        """All calls on so many rows; where there is a kink, None where nobody asks."""
        if length != self.length:
            self.length = length
            for room in self.rooms:
                room.resize_(length)
        for call in self.calls:
            call()
        return self.kink


def _flag(flags: Marked, answers: Sequence[Tensor], kink: Any) -> None:  # Any: as above
    flags[:] = 0
    flag_undefined(flags, answers)
    if kink is not None and bool(torch.as_tensor(kink).any()):
        flags[torch.as_tensor(kink).expand(len(flags)).numpy()] |= KINK


def _called(work: Work, values: Sequence[Any]) -> Call:  # Any: see Plan
    """The call that fills the result's room."""
    call, room = partial(work.function, *(values[i] for i in work.inputs), **work.keywords), values[work.result]
    return partial(call, out=room) if work.into else lambda: room.copy_(call())


def _copied(there: Tensor, value: Any) -> Call | None:  # Any: see Plan
    """The call that copies what is not there already."""
    if value is there:
        return None
    return partial(there.copy_ if isinstance(value, Tensor) else there.fill_, value)
