"""Which kernel computes a table's rows.

That depends on the formulas, on how many rows there are, as is known or as a file's size tells, else on a row's own
number, and on whether there is a compiler; never on what the cache has: the same command gives the same digits, the
second time too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from gradcli.autograd.devices import CPU
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import LimitError, MissingError, UsageError
from gradcli.base.wording import option
from gradcli.engine.bare import Function
from gradcli.engine.build import built
from gradcli.engine.cache import Cache
from gradcli.engine.compiled import CompiledKernel
from gradcli.engine.formulas import KEPT, Formulas
from gradcli.engine.kernel import Kernel, Marked, part_of, run_in_lanes
from gradcli.engine.tiles import TorchKernel

Engine = Literal["auto", "compiled", "torch"]

# A compiler takes as long as torch takes longer for 4 to 50 million rows, of formulas of 4 to 8,000 steps. Where that
# is about a second, fewer rows are enough, since a kernel is kept for the next table.
PAYS, PAYS_AGAIN = 10_000_000, 1_000_000  # rows
QUICK, SLOW = 1_000, 4_000  # steps: a compiler takes a second, and ten; beyond, its time grows with their square

_ABOUT = 0.9  # of so many rows, where a file's size and first lines tell them: a million may seem to be a few less

_READ = ("CC", "PATH", "XDG_CACHE_HOME", "HOME")  # which compiler and which cache it is


class Chosen:
    """The kernel of one table.

    rows:        how many it has; None where that is not known before the end: torch has the first ones, and compiled
                 code those after it
    about:       how many it seems to have, where they are not known: compiled code has all where they seem enough
    device:      as ``devices.find_device`` returns it; on another one than the processor, and in another dtype than
                 float64, torch computes
    remark:      why it is torch where compiled code was due
    counts_loss: were rows marked in which digits were lost, all of them?
    Errors: MissingError where compiled code is asked for and cannot be had; UsageError where it is never to be had.
    """

    def __init__(
        self,
        formulas: Formulas,
        engine: Engine,
        rows: int | None,
        threads: int,
        device: str = CPU,
        about: int | None = None,
        dtype: str = DType.FLOAT64,
    ) -> None:
        here = device == CPU
        if engine == "compiled" and not here:
            raise UsageError(
                f"{option('engine', 'compiled')} computes on the processor, not on {device}",
                hint=f"leave {option('device')} out",
            )
        if engine == "compiled" and dtype != DType.FLOAT64:
            raise UsageError(
                f"{option('engine', 'compiled')} computes in {DType.FLOAT64}, not in {dtype}",
                hint=f"leave {option('dtype')} out, or take {option('engine', 'torch')}",
            )
        self.formulas, self.threads, self.here = formulas, threads, here
        self.remark: str | None = None
        self.counts_loss = True
        self.torch = _torch(formulas, threads, device, dtype)
        self.kernel: Kernel = self.torch
        self.left: int | None = None  # rows until it is another one
        if engine == "compiled":
            self.kernel = self._compiled()
        elif engine == "auto" and here and dtype == DType.FLOAT64:
            least = PAYS_AGAIN if len(formulas.program.steps) <= QUICK else PAYS
            enough = rows >= least if rows is not None else about is not None and about >= _ABOUT * least
            self.left = 0 if enough else least if rows is None else None
            self._change()

    @property
    def name(self) -> str:
        return self.kernel.name

    def go_on(self, rows: int) -> None:
        """So many rows were computed before, by an interrupted run."""
        if self.left is not None:
            self.left = max(self.left - rows, 0)
            self._change()

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """See Kernel. A row that is the first of the other kernel may stand inside."""
        start, rows = 0, len(flags)
        while start < rows:
            stop = rows if self.left is None else min(rows, start + self.left)
            part = slice(start, stop)
            self.counts_loss = self.counts_loss and self.kernel.counts_loss
            given, made = part_of(columns, part), part_of(outputs, part)
            if self.here:
                run_in_lanes(self.kernel, given, fixed, made, flags[part])
            else:  # a GPU has one path for all rows
                self.kernel.run(given, fixed, made, flags[part])
            self.go_on(stop - start)
            start = stop

    def _change(self) -> None:
        """From torch to compiled code, where that is due."""
        if self.left != 0:
            return
        self.left = None
        steps = len(self.formulas.program.steps)
        if steps > SLOW:
            self.remark = (
                f"computed by torch: a row takes {steps:,} steps, and a compiler takes too long beyond {SLOW:,}"
            )
            return
        try:
            self.kernel = self._compiled()
        except MissingError as error:
            self.remark = f"computed by torch: {error.said}"

    def _compiled(self) -> CompiledKernel:
        """Errors: MissingError"""
        try:
            function = _function(self.formulas, tuple(os.environ.get(name) for name in _READ))
            return CompiledKernel(self.formulas, function, self.threads)
        except LimitError as error:
            raise MissingError(error.said) from None


@lru_cache(KEPT)
def _torch(formulas: Formulas, threads: int, device: str, dtype: str) -> TorchKernel:
    return TorchKernel(formulas, threads=threads, device=device, dtype=dtype)


@lru_cache(KEPT)
def _function(formulas: Formulas, _environment: tuple[str | None, ...]) -> Function:
    """The function of a compiled kernel; a process that asks again has it at once. Errors: as ``built``."""
    return built(formulas, TorchKernel(formulas, threads=1), Cache.own())
