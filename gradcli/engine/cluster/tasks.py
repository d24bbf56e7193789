"""Items handed out to a cluster, about one for each thread, and what comes of them, as it comes.

So few are under way that a worker that dies takes no item with it that is not to blame. An item fails where its
function raises what is no GradcliError, or a worker dies under it; after the third time it is given up.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from queue import Empty, SimpleQueue
from secrets import token_hex
from typing import Any, Generic, TypeVar

import gradcli
from gradcli.base.errors import GradcliError, MissingError, printable
from gradcli.engine.cluster.connection import WAIT, Cluster, Tell

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 3
END = 5.0  # seconds until the thread that talks to the cluster is left to itself, as one that hangs in a connection
HEARD = 0.2  # seconds until Ctrl-C is heard, at most


@dataclass(frozen=True, slots=True)
class Done(Generic[Item, Result]):
    """What the function has returned for an item."""

    item: Item
    result: Result


@dataclass(frozen=True, slots=True)
class GivenUp(Generic[Item]):
    """An item that has failed ``TRIES`` times, and why the last time."""

    item: Item
    reason: str


@dataclass(slots=True)
class _Try(Generic[Item]):
    """An item on its way. Any: a distributed.Future

    died: has a worker died under this try, which is counted already?
    alone: is nothing else under way meanwhile, as others may have been to blame before?
    """

    item: Item
    failures: int = 0
    died: bool = False
    alone: bool = False
    future: Any = field(default=None, repr=False)


def outcomes(
    cluster: Cluster,
    function: Callable[[Shared, Item], Result],
    shared: Shared,
    items: Iterable[Item],
    tell: Tell,
    called: Callable[[Item], str],
) -> Iterator[Done[Item, Result] | GivenUp[Item]]:
    """What comes of ``function(shared, item)`` for each item, in any order.

    function: of a module that the workers have; shared and items are pickled
    tell:     hears of workers that are gone and of items that are tried again
    called:   what messages call an item
    Errors: the GradcliErrors of the function; MissingError where the scheduler is lost, no worker is left, or one
    cannot run this.
    """
    run = _Run(cluster, function, shared, iter(items), called)
    # In a thread of its own: what a signal raises in the main one could be lost where objects of distributed are freed.
    thread = threading.Thread(target=run.go, name="gradcli-cluster", daemon=True)
    thread.start()
    try:
        while (outcome := run.wait()) is not None:
            if isinstance(outcome, BaseException):
                raise outcome
            if isinstance(outcome, str):
                tell(outcome)
            else:
                yield outcome
    finally:
        run.news.put(("stop", None))
        thread.join(END)


class _Run(Generic[Shared, Item, Result]):
    def __init__(
        self,
        cluster: Cluster,
        function: Callable[[Shared, Item], Result],
        shared: Shared,
        items: Iterator[Item],
        called: Callable[[Item], str],
    ) -> None:
        self.cluster, self.items = cluster, items
        self.task, self.shared = _bare_task(), _packed(function, shared)
        self.called = called
        self.made: SimpleQueue[Done[Item, Result] | GivenUp[Item] | str | BaseException | None] = SimpleQueue()
        self.again: deque[_Try[Item]] = deque()
        self.alone: deque[_Try[Item]] = deque()
        self.flying: dict[str, _Try[Item]] = {}
        self.news: SimpleQueue[tuple[str, Any]] = SimpleQueue()  # Any: a key, or an event
        self.keys = (f"gradcli-{token_hex(8)}-{number}" for number in count())
        self.workers: dict[str, int] = {}

    def go(self) -> None:
        """Puts into ``made`` what comes of the items, and texts to be told; last an error, or nothing."""
        try:
            for outcome in self._outcomes():
                self.made.put(outcome)
            self.made.put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self.made.put(error)
        finally:
            self._end()

    def wait(self) -> Done[Item, Result] | GivenUp[Item] | str | BaseException | None:
        """The next of what ``go`` puts there. A wait without an end would not hear Ctrl-C where a library, such as
        polars, has had the system go on with waits after signals."""
        while True:
            try:
                return self.made.get(timeout=HEARD)
            except Empty:
                continue

    def tell(self, note: str) -> None:
        self.made.put(note)

    def _outcomes(self) -> Iterator[Done[Item, Result] | GivenUp[Item]]:
        self.cluster.client.subscribe_topic("all", lambda event: self.news.put(("event", event[1])))
        self.workers = dict(self.cluster.threads())
        self._fill()
        while self.flying:
            kind, what = self._next()
            if kind == "stop":
                return
            if kind == "event":
                yield from self._heard(what)
            elif what in self.flying:
                yield from self._ended(what)
            self._fill()

    def _end(self) -> None:
        """What is under way is given up."""
        self.cluster.client.unsubscribe_topic("all")
        for one in self.flying.values():
            one.future.release()

    # -- out

    def _fill(self) -> None:
        """As many as there are threads; one that has to be alone, when nothing else is left."""
        if any(one.alone for one in self.flying.values()):
            return
        room = max(sum(self.workers.values()), 1)
        while len(self.flying) < room and (one := self._take()) is not None:
            self._send(one)
        if not self.flying and self.alone:
            self._send(self.alone.popleft())

    def _take(self) -> _Try[Item] | None:
        if self.again:
            return self.again.popleft()
        return next((_Try(item) for item in self.items), None)

    def _send(self, one: _Try[Item]) -> None:
        key = next(self.keys)
        one.died = False
        self.flying[key] = one
        one.future = self.cluster.client.submit(
            self.task, self.shared, _packed(one.item), gradcli.__version__, key=key, pure=False
        )
        one.future.add_done_callback(lambda _: self.news.put(("ended", key)))

    # -- back

    def _next(self) -> tuple[str, Any]:  # Any: as above
        """What happens next. Errors: MissingError where no worker is left, and none comes."""
        if self.workers:
            return self.news.get()
        try:
            return self.news.get(timeout=WAIT)
        except Empty:
            raise self.cluster.without_workers() from None

    def _ended(self, key: str) -> Iterator[Done[Item, Result] | GivenUp[Item]]:
        one = self.flying.pop(key)
        if one.future.status == "finished":
            with self.cluster.talking():
                found = one.future.result(timeout=WAIT)
            yield Done(one.item, found)
            return
        if one.future.status != "error":  # given up by nobody here
            raise self.cluster.lost()
        error = one.future.exception()
        if isinstance(error, GradcliError):
            raise error
        if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("gradcli"):
            raise MissingError(f"a worker has no gradcli: {printable(str(error))}", kind="cluster")
        killed = type(error).__name__ == "KilledWorker"
        if killed and one.died:  # which is known, and counted: the scheduler gives it up
            self.again.append(one)
        elif killed:
            yield from self._died(one, error.last_worker.address, None)
        else:
            reason = f"{type(error).__name__}: {printable(str(error))}"
            yield from self._failed(one, reason)
            if one.failures < TRIES:
                self.tell(f"{reason}; {self._again(one)}")
                self.again.append(one)

    def _heard(self, event: dict[str, Any]) -> Iterator[GivenUp[Item]]:  # Any: of distributed
        """A worker has come, or gone with what it had."""
        worker = str(event.get("worker"))
        if event.get("action") == "add-worker":
            self.workers = dict(self.cluster.threads())
        if event.get("action") != "remove-worker":
            return
        self.workers.pop(worker, None)
        held = [key for key in event["processing-tasks"] if key in self.flying]
        if not event.get("expected"):
            if not held:
                self.tell(f"worker {worker} is gone")
            for key in held:
                yield from self._died(self.flying.pop(key), worker, key if len(held) == 1 else None)
        if not self.workers and not self.cluster.on_this_machine:  # where they are started anew
            self.tell(f"no worker is left; another one is waited for, up to {WAIT:g} s")

    def _died(self, one: _Try[Item], worker: str, key: str | None) -> Iterator[GivenUp[Item]]:
        """key: of the try, where it was alone on its worker: it goes on, if the scheduler tries it again."""
        one.died = True
        yield from self._failed(one, "its worker died: killed, or out of memory")
        if one.failures == TRIES:
            return
        self.tell(f"worker {worker} is gone; {self._again(one)}")
        if key is not None:
            self.flying[key] = one
        elif one.failures == TRIES - 1:
            one.alone = True
            self.alone.append(one)
        else:
            self.again.append(one)

    def _failed(self, one: _Try[Item], reason: str) -> Iterator[GivenUp[Item]]:
        one.failures += 1
        if one.failures == TRIES:
            one.future.release()
            yield GivenUp(one.item, reason)

    def _again(self, one: _Try[Item]) -> str:
        return f"{self.called(one.item)} is computed again ({one.failures + 1} of {TRIES})"


def _bare_task() -> Callable[[bytes, bytes, str], Any]:  # Any: what the function of the task returns
    """``worker.task`` to be sent, with its code, as the scheduler, which looks at it too, may have no gradcli."""

    def run(shared: bytes, item: bytes, version: str) -> Any:  # Any: as above
        from gradcli.engine.cluster.worker import task

        return task(shared, item, version)

    return run


def _packed(*things: object) -> bytes:
    """For ``task``: nothing that a scheduler unpacks."""
    made: bytes = import_module("distributed.protocol.pickle").dumps(things)
    return made
