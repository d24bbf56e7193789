"""Starting, stopping and asking the server of this user and virtual environment."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import gradcli
from gradcli.base.errors import InputError, LimitError, MissingError
from gradcli.base.limits import THREADS
from gradcli.warm import child, client, lock, preload, wire
from gradcli.warm.server import MAX_DESCRIPTOR, Server

BACKLOG = 512  # connections that the kernel keeps until they are accepted
START_SECONDS = 120.0  # to import torch, on a slow disk
STARTS = 3
STATUS_SECONDS = 5.0  # for the server to answer
STOP_SECONDS = 15.0  # for a server to give up, before it is killed
LAST_SECONDS = 1.0  # for its process to go; it stays longer while children are at work
LOST_SECONDS = 2.0  # a lock without a socket
GAP = 0.02


@dataclass(frozen=True, slots=True)
class Status:
    """A running server. Times in seconds; ``idle`` is the option, 0 for never, ``left`` what is left of it."""

    pid: int
    age: float
    served: int
    working: int
    idle: float
    left: float
    socket: str

    @property
    def memory(self) -> int:
        """Bytes: its own, and what it shares with its children."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def status() -> Status | None:
    """The server of this very code, if it answers."""
    try:
        with closing(wire.connection()) as connected:
            if not client.connect(connected, STATUS_SECONDS):
                return None
            said = connected.recv(1024)
            said = client.ask(connected, wire.STATUS, []) if said == wire.GO else said[1:]
        pid, age, served, working, idle, left = map(float, said.split())
    except (OSError, ValueError):
        return None
    return Status(int(pid), age, int(served), int(working), idle, left, wire.socket_path())


def start(idle: float) -> tuple[Status, bool]:
    """The server, and whether this call has started it.

    idle: seconds without a command after which a new one ends; 0 for never
    Errors: MissingError where there cannot be one, InputError for a directory that is not private, LimitError.
    """
    running = status()
    if running is not None:
        return running, False
    lock.make_directory()
    pids: list[int] = []
    end = time.monotonic() + START_SECONDS
    lost = time.monotonic() + LOST_SECONDS
    while time.monotonic() < end:
        if os.path.exists(wire.socket_path()) or lock.holder() is None:
            lost = time.monotonic() + LOST_SECONDS
        elif time.monotonic() > lost:  # somebody has tidied up under a running server
            stop()
        if lock.holder() is None and (not pids or os.waitpid(pids[-1], os.WNOHANG)[0]):
            if len(pids) == STARTS:
                raise MissingError("the warm server does not start", hint="gradcli warm serve shows why", kind="warm")
            pids.append(spawn(idle))
        running = status()
        if running is not None:
            return running, running.pid in pids
        time.sleep(GAP)
    raise LimitError(
        f"no warm server answers after {START_SECONDS:g} s", hint="gradcli warm serve shows why", kind="time"
    )


def spawn(idle: float) -> int:
    """Starts a server in the background, in its own session, without this process's descriptors. Its process id."""
    command = [sys.executable, "-m", "gradcli", "warm", "serve", "--idle", f"{idle:.3f}s"]
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.chdir(Path(gradcli.__file__ or "").parents[1])  # where -m finds this very package
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
            os.set_inheritable(number, True)
        os.closerange(3, MAX_DESCRIPTOR)
        for interruption in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(interruption, signal.SIG_DFL)
        os.umask(0o077)
        os.execv(sys.executable, command)  # noqa: S606 - no shell
    finally:
        os._exit(127)


def stop() -> bool:
    """Ends the server; whether there was one. Leaves no file, and no process but children at work for somebody."""
    pid = lock.holder()
    if pid is not None:
        _end(pid)
    if wire.is_private(wire.directory()) and lock.acquire():
        lock.release()  # what a server that was killed could not remove itself
    return pid is not None


def _end(pid: int) -> None:
    """Returns when the process is gone, or no longer the server: at its own pace, or killed if that is too slow."""
    with suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            ended = select.poll()
            ended.register(process, select.POLLIN)
            for number in (signal.SIGTERM, signal.SIGKILL):
                if lock.holder() == pid:
                    signal.pidfd_send_signal(process, number)
                    signal.pidfd_send_signal(process, signal.SIGCONT)
                end = time.monotonic() + STOP_SECONDS
                while lock.holder() == pid and time.monotonic() < end:
                    time.sleep(GAP)
                if lock.holder() != pid:
                    break
            ended.poll(1000 * LAST_SECONDS)
        finally:
            os.close(process)


def serve(run: child.Run, idle: float) -> None:
    """Is the server, in this process, until it is stopped or has been idle for so long.

    Errors: MissingError if one runs already, InputError for a directory that is not private.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    _open_streams()
    try:
        lock.make_directory()
        if not lock.acquire():
            raise MissingError(
                f"a warm server runs already, process {lock.holder()}", hint="gradcli warm stop", kind="warm"
            )
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            _bind(listener)
            variables = child.import_time_variables(dict(os.environb))
            os.environ.update(dict.fromkeys(THREADS, "1"))  # a library's idle threads do not outlive a fork
            changed = preload.watch()
            warm_up = preload.load(run, child.rehearse)
            listener.listen(BACKLOG)
            listener.setblocking(False)
            os.chdir("/")
            Server(
                listener,
                run,
                warm_up,
                variables,
                idle,
                lambda: changed() or not lock.is_in_place() or not os.path.exists(wire.socket_path()),
                lock.release,
            ).serve()
    except OSError as error:
        raise InputError(f"no warm server in {wire.directory()}: {error.strerror or error}", kind="warm") from None
    finally:
        lock.release()


def _open_streams() -> None:
    """Standard streams that are closed are opened on nothing: no other descriptor may take their number."""
    while (null := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(null, True)
    os.close(null)


def _bind(listener: socket.socket) -> None:
    """Errors: OSError."""
    path = Path(wire.socket_path())
    path.unlink(missing_ok=True)  # a crashed server's
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
