"""The compiled kernel: C that was built for one set of formulas, on all of its rows, tile by tile."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.engine.bare import Function, Job
from gradcli.engine.formulas import Formulas
from gradcli.engine.kernel import Marked

TILE = 8_192  # rows: those of ten columns are 640 kB, which a core's own cache holds


class CompiledKernel:
    """Threads take tiles in turn, each the next one that is left."""

    name = "compiled"
    counts_loss = True

    def __init__(self, found: Formulas, function: Function, threads: int) -> None:
        self.formulas, self.function, self.threads = found, function, max(threads, 1)

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """See Kernel. What ends it early, as an interrupt does, ends it after the tiles that are being computed."""
        rows = len(flags)
        given = [columns[name] for name in self.formulas.columns]
        made = [outputs[output.name] for output in self.formulas.outputs]
        shapes = [(rows, *output.shape) for output in self.formulas.outputs]
        assert all(_fits(array, (rows,), np.float64) for array in given), "a column of other rows"
        assert all(_fits(a, shape, np.float64) and a.flags.writeable for a, shape in zip(made, shapes, strict=True))
        assert _fits(flags, (rows,), np.uint8), "a flag for each row"
        assert flags.flags.writeable
        numbers = [float(fixed[name]) for name in self.formulas.fixed]
        job = Job.at(
            [a.ctypes.data for a in given], numbers, [a.ctypes.data for a in made], flags.ctypes.data, rows, TILE
        )
        threads = min(self.threads, -(-rows // TILE))
        if threads < 2:
            self.function(ctypes.byref(job))
            return
        pool = _pool(self.threads, os.getpid())
        tasks = [pool.submit(_part, self.function, job, (*given, *made, flags)) for _ in range(threads)]
        try:
            wait(tasks)
        finally:
            job.next = rows
            wait(tasks)


def _part(function: Function, job: Job, _arrays: tuple[object, ...]) -> None:
    """One thread's. The arrays live as long as it does, also where nobody waits for it."""
    function(ctypes.byref(job))


def _fits(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], shape: tuple[int, ...], kind: type) -> bool:
    return array.shape == shape and array.dtype == kind and array.flags.c_contiguous


@lru_cache(maxsize=1)
def _pool(threads: int, _process: int) -> ThreadPoolExecutor:
    """Kept from call to call; a forked process has none of its parent's threads, and makes its own."""
    return ThreadPoolExecutor(threads, thread_name_prefix="gradcli-kernel")
