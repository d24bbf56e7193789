"""The formulas of a row on many rows by torch, tile by tile on threads: without a compiler, and on any device.

Value and derivatives come from one closed program; autograd has no part in it. A tile is as large as keeps what is in
use in the processor's cache, and results are written where there is room already, since to ask for memory costs more
than most operations do.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gradcli.autograd.tensors import session, use_threads
from gradcli.base.arrays import FloatArray
from gradcli.engine.flags import KINK, UNDEFINED
from gradcli.engine.formulas import Formulas
from gradcli.engine.plan import Plan, planned

IN_USE = 2**22  # bytes that the rooms of a tile take: what a core holds near, as measured
SMALLEST, LARGEST = 2**14, 2**16  # rows of a tile on a processor: below, calls cost more than they compute
ELSEWHERE = 2**22  # rows of a tile on another device, all of whose cores work on one

Flags = npt.NDArray[np.uint8]


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
        flags: Flags,
    ) -> None:
        """Fills outputs and flags, a row each.

        columns: (rows,) of each column; outputs: (rows, *shape) of each output that is wanted; flags: (rows,)
        """
        rows = len(flags)
        with session("float64", self.device), _one_thread_each():
            plan = self._plan(fixed)
            with warnings.catch_warnings(action="ignore"):  # torch's remark on columns that nobody may write to
                given = {name: torch.from_numpy(columns[name]) for name in plan.columns}
            filled = {o.name: torch.from_numpy(outputs[o.name]).view(rows, len(o.steps)) for o in self.outputs}
            job = _Job(plan, given, filled, flags, min(self.tile or self._tile(plan), rows), self.device)
            if self.threads == 1 or rows <= job.tile:
                job.work()
            else:
                with ThreadPoolExecutor(self.threads) as pool:
                    for done in [pool.submit(job.work) for _ in range(self.threads)]:
                        done.result()

    def _tile(self, plan: Plan) -> int:
        if self.device != "cpu":
            return ELSEWHERE
        fitting = IN_USE // max(1, sum(dtype.itemsize for dtype in plan.rooms))
        return min(max(SMALLEST, 1 << fitting.bit_length() - 1), LARGEST)

    def _plan(self, fixed: Mapping[str, float]) -> Plan:
        """Made once for the same numbers."""
        key = tuple(fixed[name] for name in self.formulas.fixed)
        if key not in self._plans:
            numbers = {name: torch.tensor(fixed[name], dtype=torch.float64) for name in self.formulas.fixed}
            self._plans = {key: planned(self.formulas, self.outputs, numbers)}
        return self._plans[key]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    before = torch.get_num_threads()
    use_threads(1)
    try:
        yield
    finally:
        use_threads(before)


class _Job:
    """A table's rows, from which workers take a tile at a time."""

    def __init__(
        self,
        plan: Plan,
        columns: Mapping[str, Tensor],
        outputs: Mapping[str, Tensor],
        flags: Flags,
        tile: int,
        device: str,
    ) -> None:
        self.plan, self.columns, self.outputs, self.flags = plan, columns, outputs, flags
        self.tile, self.device = tile, device
        self.tiles = count()

    def work(self) -> None:
        """Computes tiles until none is left."""
        plan, rows = self.plan, len(self.flags)
        rooms = [torch.empty(self.tile, dtype=dtype, device=self.device) for dtype in plan.rooms]
        while (start := next(self.tiles) * self.tile) < rows:
            stop = min(start + self.tile, rows)
            if stop - start < self.tile:
                rooms = [room[: stop - start] for room in rooms]
            self.compute(rooms, start, stop)

    def compute(self, rooms: Sequence[Tensor], start: int, stop: int) -> None:
        """The rows from ``start`` to ``stop``, in rooms of as many numbers."""
        answers = [self.outputs[part.name][start:stop, part.entry] for part in self.plan.parts]
        values = self.known(answers, start, stop)
        for work in self.plan.work:
            given = [values[i] for i in work.inputs]
            if work.into:
                room = values[work.result] if work.room is None else rooms[work.room]
                values[work.result] = work.function(*given, **work.keywords, out=room)
            else:
                values[work.result] = work.function(*given, **work.keywords)
        for part, answer in zip(self.plan.parts, answers, strict=True):
            value = values[part.value]
            if isinstance(value, Tensor):
                _ = value is answer or answer.copy_(value)
            else:
                answer.fill_(value)
        self.flag(answers, None if self.plan.kink is None else values[self.plan.kink], start, stop)

    def known(self, answers: Sequence[Tensor], start: int, stop: int) -> list[Any]:  # Any: see Plan
        """By the values' numbers what is there before the work, rooms of those outside included."""
        values: list[Any] = [None] * self.plan.values  # Any: as above
        for i, value in self.plan.constants.items():
            values[i] = value
        for name, i in self.plan.columns.items():
            values[i] = self.columns[name][start:stop].to(self.device)
        for part, answer in zip(self.plan.parts, answers, strict=True):
            if part.in_place:
                values[part.value] = answer if self.device == "cpu" else torch.empty_like(answer, device=self.device)
        return values

    def flag(self, answers: Sequence[Tensor], kink: Any, start: int, stop: int) -> None:  # Any: a tensor, a flag, None
        """A sum that is finite has no term that is not."""
        flags = self.flags[start:stop]
        flags[:] = 0
        for answer in answers:
            if not isfinite(answer.sum().item()):
                flags[~torch.isfinite(answer).numpy()] |= UNDEFINED
        if kink is not None and bool(torch.as_tensor(kink).any()):
            flags[torch.as_tensor(kink).expand(stop - start).cpu().numpy()] |= KINK
