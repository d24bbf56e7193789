"""The thin client: hands the command line to the server, if there is one, and waits for the exit code.

Everything that can go wrong before a child has begun the work ends in None: the command then runs cold, in this
process, at once. Once it has begun, this process stands for the child: it passes Ctrl-C and Ctrl-Z on, and ends as the
child ends. When this process is killed, the kernel kills the child.
"""

from __future__ import annotations

import os
import sys
from _signal import SIG_DFL, SIG_IGN, SIGINT, SIGKILL, SIGSTOP, SIGTSTP, getsignal, signal  # type: ignore[import-not-found]  # signal without enum
from _socket import SCM_RIGHTS, SOL_SOCKET, socket

from gradcli.warm import wire

PATIENCE = 1.0  # seconds for the first answer: a stopped server costs no more
QUEUE_PATIENCE = 30.0  # seconds in the queue; the server says NO long before, when the queue does not move
SIGCONT = 18


def attempt(argv: list[str]) -> int | None:
    """The exit code of the command line as a child of the server ran it; None where it has to run cold.

    Does not return where a signal ended the child: this process then ends by the same.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):  # closed: there is nothing to hand over
        return None
    signals = _Signals()
    try:
        connected = connect()
        if connected is None:
            return None
        said = ask(connected, wire.RUN, argv)
        if said[:1] != wire.RUNS:
            return None
        signals.child = int(said[1:])
        connected.settimeout(None)
        said = connected.recv(64)
    except OSError:
        if signals.child is None:
            return None
        said = b""
    finally:
        signals.restore()
    return int(said[1:]) if said[:1] == wire.EXIT else _die(int(said[1:] or SIGKILL))


def connect() -> socket | None:
    """A connection to this user's own server, or None. Errors: OSError if it is absent or dead, or its backlog full."""
    if not wire.is_private(wire.directory()):
        return None
    connected = wire.connection()
    connected.setblocking(False)
    connected.connect(wire.socket_path())
    connected.settimeout(PATIENCE)
    return connected if wire.is_own(connected) else None


def ask(connected: socket, kind: bytes, argv: list[str]) -> bytes:
    """Sends a request with this process's streams when it is its turn; the answer, empty if there is none in time.

    Once this has returned, no child takes the request up: its answer was sent before, or can no longer be sent.
    """
    said = connected.recv(64)
    if said == wire.WAIT:
        connected.settimeout(QUEUE_PATIENCE)
        said = connected.recv(64)
    if said != wire.GO:
        return said
    connected.settimeout(PATIENCE)
    here = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    descriptors = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2, here))
    try:
        connected.sendmsg([wire.encode(kind, argv)], [(SOL_SOCKET, SCM_RIGHTS, descriptors)])
        return connected.recv(1024)
    except TimeoutError:
        connected.shutdown(0)  # of the receiving side
        return connected.recv(1024)
    finally:
        os.close(here)


class _Signals:
    """Ctrl-C and Ctrl-Z reach the child, which is not in the terminal's foreground; without a child, this process."""

    def __init__(self) -> None:
        self.child: int | None = None
        self.before = {number: getsignal(number) for number in (SIGINT, SIGTSTP)}
        for number, handler in self.before.items():
            if handler != SIG_IGN:
                signal(number, self.receive)

    def receive(self, number: int, _frame: object) -> None:
        if number == SIGINT and self.child is None:
            raise KeyboardInterrupt
        if number == SIGINT:
            self.send(SIGINT)
        else:
            self.send(SIGSTOP)  # the child's group is not the terminal's: it would ignore SIGTSTP
            os.kill(os.getpid(), SIGSTOP)
            self.send(SIGCONT)

    def send(self, number: int) -> None:
        if self.child is not None:
            try:
                os.killpg(self.child, number)
            except ProcessLookupError:
                return

    def restore(self) -> None:
        for number, handler in self.before.items():
            signal(number, handler)


def _die(number: int) -> int:
    """Ends this process by a signal, as the child ended; the code is for signals that end nothing."""
    if number != SIGKILL:
        signal(number, SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
