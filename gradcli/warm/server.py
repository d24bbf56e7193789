"""The server: accepts connections of its own user, hands each to a child that waits already, and reaps.

It reads nothing that a client sends: a request goes to the child unread, and what is wrong with it is wrong there. It
runs no backward pass that starts threads and touches no accelerator, for what is forked after either cannot use them.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import NoReturn

from gradcli.warm import child, wire

SPARES = 2  # children that wait, warmed up: to fork one takes as long as its work
MAX_CHILDREN = max(8, 4 * (os.cpu_count() or 1))  # at work at the same time
MAX_WAITING = 1024  # connections
MAX_FAILURES = 10  # children in a row that end before they have got any work
STUCK = 1.0  # seconds in which no child has ended: who waits is told so, and may run cold
GAP = 0.25  # seconds between words to who waits
LOOK = 60.0  # seconds between looks at the code on disk while nobody asks
MAX_DESCRIPTOR = 2**20


@dataclass(slots=True)
class _Child:
    """A child at work: the server's end of its connection, the door through which it got that, and since when."""

    connection: socket.socket
    door: socket.socket
    since: float

    @property
    def is_long(self) -> bool:
        """Has it said that it may take longer than others?"""
        try:
            return bool(self.door.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
        except OSError:
            return False

    def doors(self) -> tuple[socket.socket, socket.socket]:
        return self.connection, self.door


@dataclass(slots=True)
class Server:
    """The parent of all children. Times are of ``time.monotonic``."""

    listener: socket.socket
    run: child.Run
    warm_up: Callable[[], None]  # in a new child, while it waits
    variables: dict[bytes, bytes]
    idle: float  # seconds without a command after which it ends; 0: never
    changed: Callable[[], bool]  # whether the code on disk or the socket are no longer those of this process
    release: Callable[[], None]  # gives up being the server: another one may start
    spares: dict[int, socket.socket] = field(default_factory=dict)
    working: dict[int, _Child] = field(default_factory=dict)
    waiting: deque[tuple[socket.socket, float]] = field(default_factory=deque)
    served: int = 0
    started: float = field(default_factory=time.monotonic)
    active: float = field(default_factory=time.monotonic)
    moved: float = 0.0  # when a child last ended
    spoken: float = 0.0  # when it last said something to who waits
    looked: float = field(default_factory=time.monotonic)  # when it last asked whether anything has changed
    failures: int = 0  # spares in a row that have ended without work
    stopping: bool = False

    def serve(self) -> None:
        """Until a signal, idleness or changed code ends it; then it waits for the children at work, takes no more."""
        with _wake_up_calls(self._stop) as calls:
            poll = select.poll()
            poll.register(calls, select.POLLIN)
            poll.register(self.listener, select.POLLIN)
            while not self.stopping:
                self._fork_spares()
                for number, _ in poll.poll(self._patience()):
                    if number == calls:
                        os.read(calls, 4096)
                    else:
                        self._accept()
                self._reap()
                self._dispatch()
                self._look_at_the_clock()
        self._end()

    def _stop(self) -> None:
        self.stopping = True

    def _patience(self) -> float:
        """Milliseconds until something has to be done that no event tells."""
        if self.waiting:
            return 1000 * GAP
        end = self.looked + LOOK
        if self.idle and not self.working:
            end = min(end, self.active + self.idle)
        return max(1000 * (end - time.monotonic()), 0) + 1

    # -- connections

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except BlockingIOError:
                return
            except OSError:  # the client has gone, or there are no descriptors left
                time.sleep(GAP / 10)
                return
            if not wire.is_own(connection):
                connection.close()
            elif len(self.waiting) >= MAX_WAITING:
                _tell(connection, wire.NO + b"too many wait for it")
            else:
                if len(self.working) + len(self.waiting) >= MAX_CHILDREN:
                    _remark(connection, wire.WAIT + self._status())
                self.waiting.append((connection, time.monotonic()))

    def _dispatch(self) -> None:
        """Gives connections to children, the oldest first; none goes on where the code is no longer that on disk."""
        while self.waiting and len(self.working) < MAX_CHILDREN and not self.stopping:
            connection, _ = self.waiting.popleft()
            one = self._hand_over(connection)
            if one is None:
                _tell(connection, wire.NO + b"it cannot make a process")
            else:
                self.stopping |= self.changed()  # asked while client and child talk, which takes as long
                _remark(one.door, child.STALE if self.stopping else child.GO_ON)

    def _hand_over(self, connection: socket.socket) -> _Child | None:
        """The child that has got it; none where no process can be made."""
        for _ in range(MAX_FAILURES):
            if not self.spares and not self._fork():
                return None
            pid = next(iter(self.spares))  # the oldest: the others may still be warming up
            door = self.spares.pop(pid)
            try:
                socket.send_fds(door, [self._status()], [connection.fileno()])
            except OSError:  # it has died
                door.close()
                continue
            self.working[pid] = _Child(connection, door, time.monotonic())
            self.failures = 0
            return self.working[pid]
        return None

    def _status(self) -> bytes:
        now = time.monotonic()
        left = self.idle and max(self.idle - (now - self.active), 0)
        facts = (os.getpid(), now - self.started, self.served, len(self.working), self.idle, left)
        return " ".join(f"{fact:.0f}" for fact in facts).encode()

    # -- children

    def _fork_spares(self) -> None:
        """When nothing else is to be done: a fork and its warming up would slow down who is at work."""
        while not self.working and len(self.spares) < SPARES and self._fork(self.warm_up):
            pass

    def _fork(self, first: Callable[[], None] | None = None) -> bool:
        """Makes one more spare, which does this first. False where the system has no more processes or descriptors."""
        try:
            here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError:
            return False
        try:
            pid = os.fork()
        except OSError:
            here.close()
            there.close()
            return False
        if not pid:
            here.close()
            self._be_a_child(there, first)
        there.close()
        self.spares[pid] = here
        return True

    def _be_a_child(self, door: socket.socket, first: Callable[[], None] | None) -> NoReturn:
        """Waits for a connection; ends when the server does."""
        try:
            _forget_signals()
            os.setsid()  # a group of its own to be signalled, and no terminal that could stop it
            for inherited in (
                self.listener,
                *self.spares.values(),
                *(door for one in self.working.values() for door in one.doors()),
                *(connection for connection, _ in self.waiting),
            ):
                inherited.close()
            os.closerange(3, door.fileno())
            os.closerange(door.fileno() + 1, MAX_DESCRIPTOR)
            if first is not None:
                first()
            status, numbers, _, _ = socket.recv_fds(door, 1024, 1)
            if numbers:
                child.serve(socket.socket(fileno=numbers[0]), door, self.run, self.variables, status)
        finally:  # whatever happened: no child may run on as a second server
            os._exit(child.NO_WORK)

    def _reap(self) -> None:
        """Tells the client of each child that has ended how it ended: it listens if the child could not say so."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            door = self.spares.pop(pid, None)
            if door is not None:
                door.close()
                self.failures += 1
                self.stopping |= self.failures > MAX_FAILURES
            one = self.working.pop(pid, None)
            if one is not None:
                self.moved = time.monotonic()
                one.door.close()
                _tell(one.connection, _word(status))
                if os.waitstatus_to_exitcode(status) != child.NO_WORK:
                    self.active = self.moved
                    self.served += 1

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        for pid, one in self.working.items():
            if now - one.since > child.MAX_SECONDS and not one.is_long:
                _kill(pid, signal.SIGKILL)
        if now - self.spoken >= GAP:
            self._speak_to_who_waits(now)
        if now - self.looked > LOOK:
            self.looked = now
            self.stopping |= self.changed()
        if self.idle and not self.working and not self.waiting and now - self.active >= self.idle:
            self.stopping = True

    def _speak_to_who_waits(self, now: float) -> None:
        """Who hears nothing for a while takes the server for dead; who has gone leaves the queue."""
        self.spoken, status = now, self._status()
        for _ in range(len(self.waiting)):
            connection, since = self.waiting.popleft()
            word = wire.STUCK if now - max(since, self.moved) > STUCK else wire.WAIT
            if _remark(connection, word + status):
                self.waiting.append((connection, since))
            else:
                connection.close()

    def _end(self) -> None:
        self.release()
        self.listener.close()
        for door in self.spares.values():
            door.close()
        for connection, _ in self.waiting:
            _tell(connection, wire.NO + b"it ends")
        self.spares.clear()
        self.waiting.clear()
        while self.working:
            time.sleep(0.01)
            self._reap()
            self._look_at_the_clock()


@contextmanager
def _wake_up_calls(stop: Callable[[], None]) -> Iterator[int]:
    """A descriptor that can be read after each signal: a child has ended, or the server is told to."""
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop())
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield read
    finally:
        signal.set_wakeup_fd(-1)


def _forget_signals() -> None:
    """In a child: signals do again what they do in any Python."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _remark(connection: socket.socket, word: bytes) -> bool:
    """Says a word, without waiting for it to be heard; False where the other side has gone."""
    try:
        connection.send(word, socket.MSG_DONTWAIT)
    except BlockingIOError:  # many words that it has not listened to yet
        return True
    except OSError:
        return False
    return True


def _tell(connection: socket.socket, word: bytes) -> None:
    """A last word, never waited for, and the end of the connection."""
    _remark(connection, word)
    connection.close()


def _word(status: int) -> bytes:
    code = os.waitstatus_to_exitcode(status)
    return wire.DIED + b"%d" % -code if code < 0 else wire.EXIT + b"%d" % code


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
