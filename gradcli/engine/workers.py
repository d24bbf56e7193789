"""Python threads that share the rows of a table; torch's own threads, which a busy machine makes slow, rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from math import isfinite

import torch
from torch import Tensor

from gradcli.autograd.tensors import in_threads, use_threads
from gradcli.engine.flags import UNDEFINED
from gradcli.engine.kernel import Marked


class Tiles:
    """Rows from 0, so many at a time, each taken once by whoever comes first."""

    def __init__(self, rows: int, tile: int) -> None:
        self.rows, self.tile = rows, min(tile, rows)
        self._next = count()

    def __iter__(self) -> Iterator[slice]:
        while self.tile and (start := next(self._next) * self.tile) < self.rows:
            yield slice(start, min(start + self.tile, self.rows))

    def run(self, work: Callable[[], None], threads: int) -> None:
        """``work``, which takes tiles until none is left, on as many threads as there are tiles for."""
        with in_threads(1):
            if threads == 1 or self.rows <= self.tile:
                work()
                return
            with ThreadPoolExecutor(threads, initializer=use_threads, initargs=(1,)) as pool:  # each has its own number
                found = [pool.submit(work) for _ in range(threads)]
                try:
                    for done in found:
                        done.result()
                except BaseException:  # Ctrl-C and a limit of time included: the pool waits for its workers
                    self.rows = 0
                    raise


def flag_undefined(flags: Marked, answers: Sequence[Tensor]) -> None:
    """Rows with a number that is not finite; answers: (rows, ...). A sum that is finite has no term that is not."""
    for answer in answers:
        if not isfinite(answer.sum().item()):
            flags[~torch.isfinite(answer).reshape(len(flags), -1).all(1).numpy()] |= UNDEFINED
