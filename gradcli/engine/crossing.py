"""Tiles of rows on their way to a device and back: one transfer in, one out, and the marks with it.

Two tiles are under way at a time, each in a stream of its own: while one is computed, the other one travels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import torch
from torch import Tensor

from gradcli.autograd.devices import CPU, CUDA, Stream, enough, kind_of, smaller
from gradcli.autograd.tensors import in_threads
from gradcli.engine.flags import KINK, UNDEFINED
from gradcli.engine.kernel import Marked
from gradcli.operations.shape_rules import Shape, size

# Computes the fields ``made`` of so many rows from the fields ``given``; returns where there is a kink, if it tells.
Compute = Callable[[int], Tensor | bool | None]
Prepare = Callable[[Sequence[Tensor], Sequence[Tensor], int], Compute]  # of the fields given and made, and their rows

UNDER_WAY = 2  # tiles
LONG = 2**16  # rows, from which on a column's copy takes longer than to hand it to a thread
Make = Callable[[int, int, ThreadPoolExecutor], "Crossing"]  # of the size of tiles, which one it is, and its threads


class Block:
    """Fields of rows in one piece of memory, one after the other, so that all rows are transferred at once.

    shapes: of each field in one row
    fields: tensors (rows, *shape), which stay the same objects when ``fit`` gives them another number of rows
    used:   the memory of the rows that there are
    """

    def __init__(
        self, shapes: Sequence[Shape], rows: int, dtype: torch.dtype, device: str, *, pinned: bool = False
    ) -> None:
        self.shapes = shapes
        self.memory = torch.empty(rows * sum(map(size, shapes)), dtype=dtype, device=device, pin_memory=pinned)
        self.fields = [self.memory[:] for _ in shapes]
        self.used = self.memory
        self.fit(rows)

    def fit(self, rows: int) -> None:
        start = 0
        for field, shape in zip(self.fields, self.shapes, strict=True):
            strides = [size(shape[axis:]) for axis in range(len(shape) + 1)]
            field.as_strided_((rows, *shape), strides, start)
            start += rows * size(shape)
        self.used = self.memory[:start]


class _Pair:
    """A block of the processor, from which and to which transfers wait for nobody, and the same on a device."""

    def __init__(self, shapes: Sequence[Shape], rows: int, dtype: torch.dtype, device: str) -> None:
        self.here = Block(shapes, rows, dtype, CPU, pinned=kind_of(device) == CUDA)
        self.there = Block(shapes, rows, dtype, device)

    def fit(self, rows: int) -> None:
        self.here.fit(rows)
        self.there.fit(rows)

    def send(self) -> None:
        self.there.used.copy_(self.here.used, non_blocking=True)

    def fetch(self) -> None:
        self.here.used.copy_(self.there.used, non_blocking=True)


class Crossing:
    """The memory of one tile on both sides, and the stream of what is done with it.

    columns, answers: of all rows, on the processor, (rows, *shape)
    rows:             those that are under way
    number:           which of those under way at a time it is
    pool:             threads that copy between arrays and the memory that travels
    """

    def __init__(
        self,
        columns: Sequence[Tensor],
        answers: Sequence[Tensor],
        flags: Marked,
        prepare: Prepare,
        *,
        tile: int,
        dtype: torch.dtype,
        device: str,
        number: int = 0,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        self.pool = pool
        self.columns, self.answers, self.flags = columns, answers, flags
        self.rows: slice | None = None
        self.stream = Stream(device, number)
        with self.stream:
            self.given = _Pair([tuple(column.shape[1:]) for column in columns], tile, dtype, device)
            self.made = _Pair([tuple(answer.shape[1:]) for answer in answers], tile, dtype, device)
            self.marks = _Pair([()], tile, torch.uint8, device)
            self.compute = prepare(self.given.there.fields, self.made.there.fields, tile)

    def send(self, rows: slice) -> None:
        """These rows set out; nothing waits for them."""
        self.rows, count = rows, rows.stop - rows.start
        for pair in (self.given, self.made, self.marks):
            pair.fit(count)
        self.copy(self.given.here.fields, [column[rows] for column in self.columns])
        with self.stream:
            self.given.send()
            self.mark(self.compute(count), count)
            self.made.fetch()
            self.marks.fetch()

    def copy(self, places: Sequence[Tensor], numbers: Sequence[Tensor]) -> None:
        """Each column by one thread: torch's own threads, which a busy machine makes slow, rest."""
        if self.pool is None or self.rows is None or self.rows.stop - self.rows.start < LONG:
            list(map(Tensor.copy_, places, numbers))
        else:
            list(self.pool.map(Tensor.copy_, places, numbers))

    def mark(self, kink: Tensor | bool | None, count: int) -> None:
        """Flags on the device, so that nothing waits for an answer."""
        (marks,) = self.marks.there.fields
        finite: Tensor | None = None
        for field in self.made.there.fields:
            here = torch.isfinite(field) if field.dim() == 1 else torch.isfinite(field).flatten(1).all(1)
            finite = here if finite is None else finite.logical_and_(here)
        if finite is None:
            marks.zero_()
        else:
            torch.mul(finite.logical_not_(), UNDEFINED, out=marks)
        if kink is not None:
            marks.add_(torch.as_tensor(kink).expand(count).to(torch.uint8), alpha=KINK)

    def take(self) -> int:
        """The answers at their places, and how many rows are there by now."""
        assert self.rows is not None
        self.stream.finish()
        self.copy([answer[self.rows] for answer in self.answers], self.made.here.fields)
        self.flags[self.rows] = self.marks.here.fields[0].numpy()
        stop: int = self.rows.stop
        self.rows = None
        return stop


def crossed(rows: int, tile: int, device: str, make: Make, threads: int) -> int:
    """All rows, so many at a time, and fewer where memory is lacking; the size of tiles that was enough.

    Errors: LimitError where there is not enough memory for one row.
    """
    done, tile = 0, min(tile, rows)

    def cross() -> None:
        nonlocal done
        several = [make(tile, number, pool) for number in range(min(UNDER_WAY, -(-(rows - done) // tile)))]
        turns, start = cycle(several), done
        while done < rows:
            crossing = next(turns)
            if crossing.rows is not None:
                done = crossing.take()
            if start < rows:
                stop = min(start + tile, rows)
                crossing.send(slice(start, stop))
                start = stop

    with in_threads(1), ThreadPoolExecutor(threads, thread_name_prefix="gradcli-copy") as pool:
        while not enough(cross):
            tile = smaller(tile, device)
    return tile
