"""A table from its first row to its last: read ahead, computed, counted, drawn from, written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import MathematicsError
from gradcli.commands.tables.manner import Manner
from gradcli.commands.tables.question import Question
from gradcli.commands.tables.reservoir import Reservoir
from gradcli.commands.tables.sample import Row
from gradcli.engine.batches import BatchKernel
from gradcli.engine.choose import Chosen
from gradcli.engine.flags import KINK, LOSS, UNDEFINED
from gradcli.tables.rows import Answer, Batch, Marks
from gradcli.tables.writing import Sink

FLAGS = {"undefined": UNDEFINED, "kink": KINK, "loss": LOSS}
DRAWN, DRAWN_OF_FLAGGED = 64, 8  # rows that are checked: of all, and of those with each flag

Item = TypeVar("Item")


class Watch(Protocol):
    """Who counts rows as they go by. memo: what is kept with an interrupted output, JSON."""

    @property
    def rows(self) -> int: ...
    @property
    def first_failed(self) -> int | None: ...
    @property
    def memo(self) -> Mapping[str, Any]: ...

    def count(self, batch: Batch, answer: Answer, flags: npt.NDArray[np.uint8]) -> None: ...


@dataclass(slots=True)
class Tally:
    """What is counted of the rows that have gone by, and which of them were drawn.

    drawing: are rows drawn?
    before: rows of an interrupted run
    failed: rows of this one without numbers; first_failed: the first of all
    """

    seed: int | tuple[int, ...]
    drawing: bool = True
    rows: int = 0
    before: int = 0
    failed: int = 0
    first_failed: int | None = None
    flagged: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLAGS, 0))
    fine: Reservoir[Row] = field(init=False)
    delicate: dict[str, Reservoir[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.fine = Reservoir(DRAWN, self.seed)
        self.delicate = {name: Reservoir(DRAWN_OF_FLAGGED, self.seed) for name in FLAGS}

    @property
    def drawn(self) -> list[Row]:
        """Each row once, in the order of the table."""
        found = {row.number: row for kept in (self.fine, *self.delicate.values()) for row in kept.items}
        return [found[number] for number in sorted(found)]

    @property
    def memo(self) -> dict[str, Any]:
        """What is kept with an interrupted output. Any: JSON values."""
        return {"first_failed": self.first_failed, "flagged": self.flagged}

    def go_on(self, sink: Sink) -> None:
        """Takes over what was counted before an interruption; rows before it are not drawn again."""
        self.rows = self.before = sink.resumed
        if self.before:
            self.first_failed = sink.memo["first_failed"]
            self.flagged |= sink.memo["flagged"]

    @property
    def notes(self) -> list[str]:
        return [f"{self.before:,} rows were there before; of these none is checked"] if self.before else []

    def count(self, batch: Batch, answer: Answer, flags: npt.NDArray[np.uint8]) -> None:
        codes = answer.marks.codes
        self.rows += batch.rows
        if answer.marks.reasons and (failed := answer.marks.failed):
            self.failed += failed
            if self.first_failed is None:
                self.first_failed = batch.first + int(np.flatnonzero(codes)[0])
        if self.drawing:
            self._draw(self.fine, batch, answer, codes == 0 if answer.marks.reasons else None)
        if flags.any():
            for name, flag in FLAGS.items():
                chosen = flags & flag != 0
                self.flagged[name] += int(np.count_nonzero(chosen))
                if self.drawing:
                    chosen &= (batch.marks.codes == 0) if flag == UNDEFINED else (codes == 0)
                    self._draw(self.delicate[name], batch, answer, chosen)

    def _draw(
        self,
        kept: Reservoir[Row],
        batch: Batch,
        answer: Answer,
        chosen: npt.NDArray[np.bool_] | None,
    ) -> None:
        numbers = None if chosen is None else np.flatnonzero(chosen)
        places = {slot: place for place, slot in kept.places(batch.rows if numbers is None else len(numbers))}
        for slot, place in places.items():
            at = place if numbers is None else int(numbers[place])
            values = {name: value[at].copy() for name, value in batch.values.items()}
            found = {name: value[at].copy() for name, value in answer.columns.items()}
            kept.put(slot, Row(batch.first + at, values, found))


def go_through(
    question: Question,
    batches: Iterable[Batch],
    kernel: Chosen | BatchKernel,
    sink: Sink,
    watch: Watch,
    total: int | None,
    manner: Manner,
) -> None:
    """Each batch in turn. total: rows, where it is known.

    Errors: MathematicsError for a row that fails where that ends the run; whatever reading and writing raise.
    """
    fixed: dict[str, Any] = {name: value if value.ndim else float(value) for name, value in question.fixed.items()}
    for batch in batches:
        columns = sink.room(batch.first, batch.rows)
        flags = np.zeros(batch.rows, dtype=np.uint8)
        kernel.run(batch.values, fixed, columns, flags)
        marks = marked(batch, columns, flags)
        answer = Answer(batch.first, batch.rows, columns, marks, batch.kept, len(batch.marks.reasons))
        watch.count(batch, answer, flags)
        if manner.on_error == "fail" and watch.first_failed is not None:
            at = watch.first_failed
            raise MathematicsError(f"row {at}: {marks.reasons[marks.codes[at - batch.first] - 1]}", kind="row")
        sink.write(answer, watch.memo)
        if manner.progress is not None:
            manner.progress(watch.rows, total)


def marked(batch: Batch, columns: Mapping[str, FloatArray], flags: npt.NDArray[np.uint8]) -> Marks:
    """The rows that could not be read, and those whose numbers are not finite, with the first reason for each."""
    undefined = flags & UNDEFINED != 0
    if not undefined.any():
        return batch.marks
    codes, reasons = batch.marks.codes.copy(), list(batch.marks.reasons)
    open_ = np.flatnonzero(undefined & (codes == 0))
    for reason, holds in _reasons(batch, columns, open_):
        rows = open_[holds & (codes[open_] == 0)]
        if rows.size:
            if reason not in reasons:
                reasons.append(reason)
            codes[rows] = reasons.index(reason) + 1
    return Marks(codes, tuple(reasons))


def _reasons(
    batch: Batch, columns: Mapping[str, FloatArray], rows: npt.NDArray[np.intp]
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    for name, value in batch.values.items():
        yield f"{name} is not a number", _any_entry(np.isnan(value[rows]))
    for name, value in columns.items():
        here = value[rows]
        yield f"{name} is not a number", _any_entry(np.isnan(here))
        yield f"{name} is infinite", _any_entry(np.isinf(here))


def _any_entry(truth: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return np.asarray(truth.any(axis=tuple(range(1, truth.ndim))))


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, each made in a thread while the one before it is worked on."""
    iterator = iter(items)
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="gradcli-reader") as pool:
        coming = pool.submit(next, iterator, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, iterator, end)
            yield item  # type: ignore[misc]  # the end is no item
