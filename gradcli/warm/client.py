"""The thin client: hands the command line to the server, if there is one, and waits for the exit code.

Everything that can go wrong before a child has begun the work ends in a reason: the command then runs cold, in this
process, at once. Once it has begun, this process stands for the child: it passes Ctrl-C and Ctrl-Z on, and ends as the
child ends. When this process is killed, the kernel kills the child.
"""

import os
import sys
from _signal import SIG_DFL, SIG_IGN, SIGINT, SIGKILL, SIGSTOP, SIGTSTP, getsignal, signal  # type: ignore[import-not-found]  # signal without enum
from _socket import SCM_RIGHTS, SOL_SOCKET, socket

from gradcli.warm import wire

PATIENCE = 1.0  # seconds without a word: a stopped server costs no more
LONG_PATIENCE = 30.0  # where nothing but the server will do
SIGCONT = 18
ABSENT, SILENT = "none runs", "it does not answer"
ELSEWHERE = ("/fd/", "/proc/", "/dev/tty")  # what these name is this process's own


def attempt(argv: list[str]) -> int | str:
    """The exit code of the command line as a child of the server ran it; why not, where it has to run cold.

    Does not return where a signal ended the child: this process then ends by the same.
    """
    if _is_for_this_process(argv):
        return "it can only run in a process of its own"
    required = os.environ.get("GRADCLI_WARM") == "require"
    signals = _Signals()
    connected = wire.connection()
    try:
        if not connect(connected, LONG_PATIENCE if required else PATIENCE):
            return ABSENT
        said = turn(connected, required)
        if said == wire.GO:
            signals.hold()
            said = ask(connected, wire.RUN, argv)
        if said[:1] != wire.RUNS:
            return said[1:].decode("ascii", "replace") or SILENT
        signals.pass_on_to(int(said[1:]))
        connected.settimeout(None)
        said = connected.recv(64)
    except OSError as error:
        if signals.child is None:
            return ABSENT if isinstance(error, FileNotFoundError | ConnectionRefusedError) else SILENT
        said = b""
    finally:
        connected.close()
        signals.restore()
    return int(said[1:]) if said[:1] == wire.EXIT else _die(int(said[1:] or SIGKILL))


def _is_for_this_process(argv: list[str]) -> bool:
    """Whether a child could not do the same: streams are closed or not its own to read, or the shell is to be asked."""
    if None in (sys.stdin, sys.stdout, sys.stderr) or "_GRADCLI_COMPLETE" in os.environ:
        return True
    if any(word.endswith("-completion") or any(place in word for place in ELSEWHERE) for word in argv):
        return True
    return any(word == "-" or word.endswith("@-") for word in argv) and _in_background()


def _in_background() -> bool:
    """Whether to read from the terminal would stop this process."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) != os.getpgrp()
    except OSError:  # a terminal of another session
        return False


def connect(connected: socket, patience: float) -> bool:
    """Connects to this user's own server. Errors: OSError if it is absent or dead, or its backlog is full.

    patience: seconds that each wait for a word may last from now on
    """
    if not wire.is_private(wire.directory()):
        return False
    connected.setblocking(False)
    connected.connect(wire.socket_path())
    connected.settimeout(patience)
    return wire.is_own(connected)


def turn(connected: socket, required: bool) -> bytes:
    """GO when it is this process's turn, or why it will not be.

    required: waits also behind commands that do not end
    """
    said = connected.recv(1024)
    while said[:1] == wire.WAIT or (said[:1] == wire.STUCK and required):
        said = connected.recv(1024)
    return said


def ask(connected: socket, kind: bytes, argv: list[str]) -> bytes:
    """Sends a request with this process's streams; the answer, empty if there is none in time.

    Once this has returned, no child takes the request up: its answer was sent before, or can no longer be sent.
    """
    here = os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    numbers = (0, 1, 2, here) if kind == wire.RUN else (here,) * 4
    descriptors = b"".join(number.to_bytes(4, sys.byteorder) for number in numbers)
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
        self.held = self.pending = False
        self.before = {number: getsignal(number) for number in (SIGINT, SIGTSTP)}
        for number, handler in self.before.items():
            if handler != SIG_IGN:
                signal(number, self.receive)

    def receive(self, number: int, _frame: object) -> None:
        if number == SIGINT and self.child is None:
            raise KeyboardInterrupt
        if number == SIGINT:
            self.send(SIGINT)
        elif self.held:
            self.pending = True
        else:
            self.stop()

    def stop(self) -> None:
        """Stops the child and this process, until it is resumed."""
        self.send(SIGSTOP)  # the child's session has no terminal: it would ignore SIGTSTP
        signal(SIGTSTP, SIG_DFL)
        os.kill(os.getpid(), SIGTSTP)  # which the kernel ignores where nobody could resume this process
        signal(SIGTSTP, self.receive)
        self.send(SIGCONT)

    def hold(self) -> None:
        """From here on a child may be at work whose number is not known yet: Ctrl-Z waits for it."""
        self.held = True

    def pass_on_to(self, child: int) -> None:
        """The child's number; and what it has missed."""
        self.child, self.held = child, False
        if self.pending:
            self.pending = False
            self.stop()

    def send(self, number: int) -> None:
        if self.child is not None:
            try:
                os.killpg(self.child, number)
            except ProcessLookupError:
                return

    def restore(self) -> None:
        for number, handler in self.before.items():
            signal(number, handler)
        if self.pending:
            os.kill(os.getpid(), SIGTSTP)


def _die(number: int) -> int:
    """Ends this process by a signal, as the child ended; the code is for signals that end nothing."""
    if number != SIGKILL:
        signal(number, SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
