"""Where answers go. Writing goes on in threads of its own while the next rows are computed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.base.wording import option
from gradcli.tables.journal import not_written
from gradcli.tables.layout import Layout, Reasons, Rows
from gradcli.tables.rows import Answer
from gradcli.tables.state import State
from gradcli.tables.targets import Portion, Target
from gradcli.tables.writers.parts import Data

PENDING = 3  # answers that wait to be written, at most: computing neither waits for short pauses nor runs ahead
TEXT_CELLS = 2**17  # of a block that is made into text at once: a few MB, and enough blocks for all threads
TEXT_ROWS = 2**8  # of a block of a wide table: fewer would cost more for each column than for its cells


class Body(Protocol):
    """Rows as bytes that stand after each other, after a head that may count them."""

    def head(self, rows: int) -> bytes: ...

    def body(self, rows: Rows) -> Data: ...


class Output(ABC):
    """What becomes whole, or is left as it is so far: as a context, by whether something is raised.

    left: how many rows this run leaves to be resumed, once it has abandoned the output
    """

    left: int = 0
    which: str = "the first {:,} rows"  # are those

    @abstractmethod
    def close(self) -> None:
        """Makes the output whole, once. Errors: OutputError."""

    @abstractmethod
    def abandon(self, *, keep: bool = True) -> None:
        """Ends without the rest, unless it is whole; keep: an output that can be resumed stays, if it has rows."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed = error
        try:
            if kind is None:
                self.close()
        except BaseException as unfinished:
            failed = unfinished
            raise
        finally:
            self.abandon()
            if failed is not None and self.left:
                self._tell(failed)

    def _tell(self, error: BaseException) -> None:
        """An error, or an interrupt, says what is left."""
        rows = self.which.format(self.left)
        if isinstance(error, GradcliError):
            way = f"{option('resume')} goes on with {rows}, which are safe"
            error.advice = way if error.advice is None else f"{error.advice}\n{way}"
        elif isinstance(error, KeyboardInterrupt):
            error.add_note(f"{rows} are safe, and an output that is resumed begins with them")


class Sink(Output):
    """Takes answers in the order of their rows. An error of writing comes out of one of the next calls.

    resumed: how many rows an interrupted run has left, which are neither read nor computed again
    memo:    what that run had counted besides, as it was given with the last of these rows
    """

    resumed: int = 0
    memo: Mapping[str, Any] = {}

    def __init__(self, layout: Layout, reasons: Reasons) -> None:
        self.layout, self.reasons = layout, reasons

    @property
    def failures(self) -> Mapping[str, int]:
        """How many rows failed, by reason, those before an interruption included."""
        return self.reasons.counts

    def room(self, first: int, rows: int) -> dict[str, FloatArray]:  # noqa: ARG002 - any place will do
        """Arrays for the columns of an answer of so many rows."""
        return self.layout.room(rows)

    @abstractmethod
    def write(self, answer: Answer, memo: Mapping[str, Any] | None = None) -> None:
        """Takes an answer, and its arrays with it. memo: JSON, for ``resumed``. Errors: OutputError."""


class ThreadedSink(Sink):
    """A sink whose answers are made into bytes by some threads, and written by one.

    body: makes bytes of rows, where the format is of rows that stand after each other
    """

    def __init__(
        self,
        layout: Layout,
        target: Target,
        *,
        path: Path | None,
        body: Body | None = None,
        resumed: State | None = None,
        threads: int = 2,
    ) -> None:
        super().__init__(layout, Reasons(dict(resumed.counts) if resumed else {}))
        if resumed:
            self.resumed, self.memo = resumed.rows, resumed.memo
        self.path = path
        self._target, self._body = target, body
        self._piece = max(TEXT_ROWS, TEXT_CELLS // layout.width)
        self._makers = ThreadPoolExecutor(threads, thread_name_prefix="gradcli-text") if body else None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="gradcli-writer")
        self._pending: deque[Future[None]] = deque()
        self._failed = self._ended = False

    def write(self, answer: Answer, memo: Mapping[str, Any] | None = None) -> None:
        self._settle(PENDING - 1)
        rows = self.reasons.number(answer)
        counts = dict(self.reasons.counts)
        made: deque[Future[Data]] = deque()
        if self._makers and self._body:
            made.extend(self._makers.submit(self._body.body, piece) for piece in rows.pieces(self._piece))
        portion = Portion(rows, _results(made), counts, memo or {})
        self._pending.append(self._writer.submit(self._append, portion))

    def close(self) -> None:
        if self._ended:
            return
        self._settle(0)
        self._stop()
        try:
            self._target.close()
        except OSError as error:
            raise not_written(error, self.path) from None
        self._ended = True

    def abandon(self, *, keep: bool = True) -> None:
        if not self._ended:
            self._ended = True
            self._stop()
            self.left = self._target.abandon(keep=keep)

    def _append(self, portion: Portion) -> None:
        if self._failed:  # no row may follow one that is missing
            return
        self._failed = True
        self._target.append(portion)
        self._failed = False

    def _settle(self, waiting: int) -> None:
        """Until no more than so many answers wait."""
        while len(self._pending) > waiting or (self._pending and self._pending[0].done()):
            try:
                self._pending.popleft().result()
            except OSError as error:
                raise not_written(error, self.path) from None

    def _stop(self) -> None:
        self._writer.shutdown(wait=True)
        if self._makers:
            self._makers.shutdown(wait=True)


def _results(made: deque[Future[Data]]) -> Iterator[Data]:
    """One after the other, each let go of when the next one is asked for."""
    while made:
        yield made.popleft().result()
