"""Runs gradcli command lines in forks of one process that has imported everything, so that importing is paid once.

``run(["grad", "x**2", "x=3"]).stdout == "6.0\\n"``. The process only ever imports: a fork made after torch has computed
can deadlock. A fork that starts a program, opens a connection or unpickles an object ends at once with FORBIDDEN.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import json
import os
import pkgutil
import pty
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

SECRET = "hunter2-in-the-environment"  # noqa: S105  # a word in the environment and argv that no message may repeat
FORBIDDEN = 99  # exit code of a run that did one of:
_EVENTS = {"os.exec", "os.posix_spawn", "os.system", "pickle.find_class", "socket.connect", "subprocess.Popen"}
_LOCK = threading.Lock()  # of the server's start
MEMORY_MB = 4096
PATIENCE = 10
CLOSED = -1  # the value of stdin that stands for none at all


@dataclass(frozen=True, slots=True)
class Completed:
    """What a command line did. A code below zero is the signal that ended it, as in subprocess.

    The seconds are those that it worked, on all processors, and not the time that passed: the machine may be busy.
    """

    code: int
    raw: bytes
    stderr: str
    seconds: float
    peak_mb: float

    @property
    def stdout(self) -> str:
        return self.raw.decode("utf-8", "surrogateescape")


def run(
    argv: Sequence[str | bytes],
    stdin: bytes | int = b"",
    *,
    tty: bool = False,
    cwd: str | Path = "/",
    seconds: float = 20.0,
) -> Completed:
    """One command line. stdin: its bytes, a file descriptor, or CLOSED. tty: stdout is a terminal.

    A run that works longer than ``seconds``, stands PATIENCE times as long, or takes more than MEMORY_MB is killed:
    code -9.
    """
    request = {"argv": [os.fsencode(part).hex() for part in argv], "cwd": str(cwd), "seconds": seconds}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if isinstance(stdin, bytes):
            given.write(stdin)
            given.seek(0)
        source = given.fileno() if isinstance(stdin, bytes) or stdin == CLOSED else stdin
        request["closed"] = stdin == CLOSED
        reader = _Terminal() if tty else None
        sink = reader.slave if reader else out.fileno()
        with socket.socket(socket.AF_UNIX) as connection:
            with _LOCK:
                address = _server()
            connection.connect(address)
            socket.send_fds(connection, [b" "], [source, sink, err.fileno()])
            connection.sendall(json.dumps(request).encode())
            connection.shutdown(socket.SHUT_WR)
            reply = json.loads(_read_all(connection))
        out.seek(0)
        err.seek(0)
        raw = reader.finish() if reader else out.read()
        text = err.read().decode("utf-8", "surrogateescape")
    return Completed(reply["code"], raw, text, reply["seconds"], reply["peak_mb"])


def _read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


class _Terminal:
    """A pseudo-terminal whose output is read as it comes."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.parts: list[bytes] = []
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # how Linux says that the last writer has gone
            self.parts.extend(iter(lambda: os.read(self.master, 1 << 16), b""))

    def finish(self) -> bytes:
        os.close(self.slave)
        self.thread.join()
        os.close(self.master)
        return b"".join(self.parts).replace(b"\r\n", b"\n")


@cache
def _server() -> str:
    """The address of the process that forks, started once; it ends when this process does."""
    address = str(Path(tempfile.mkdtemp(prefix="gradcli-runner-")) / "socket")
    environment = {**os.environ, "A_SECRET": SECRET, "OPENBLAS_NUM_THREADS": "1"}  # no thread before the fork
    process = subprocess.Popen(
        [sys.executable, __file__, address, SECRET],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, env=environment,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    atexit.register(_stop, process, address)
    return address


def _stop(process: subprocess.Popen[bytes], address: str) -> None:
    process.communicate()
    Path(address).unlink()
    Path(address).parent.rmdir()


# -- the process that forks


def serve(address: str) -> None:
    """Imports everything, then gives each connection a fork of its own, until stdin ends."""
    import sympy.tensor.tensor  # noqa: F401
    import working_time

    import gradcli
    from gradcli.cli.app import run as command

    for module in pkgutil.walk_packages(gradcli.__path__, "gradcli."):
        if module.name != "gradcli.__main__":
            importlib.import_module(module.name)

    working_time.install()
    with contextlib.redirect_stdout(io.StringIO()):
        command(["ops", "sin"])  # typer imports more when it is used; this command needs neither torch nor sympy
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        os.write(1, b"ready\n")
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                try:
                    handle(connection)
                finally:
                    os._exit(0)
            connection.close()


def handle(connection: socket.socket) -> None:
    """Runs one request in a child, watches its time and memory, and replies."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    request = json.loads(_read_all(connection))
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        become([bytes.fromhex(part) for part in request["argv"]], streams, request["cwd"], closed=request["closed"])
    most = request["seconds"]
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        stands = time.monotonic() - started > PATIENCE * most
        if stands or worked(child) > most or _resident_mb(child) > MEMORY_MB:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    seconds = usage.ru_utime + usage.ru_stime
    reply = {"code": os.waitstatus_to_exitcode(status), "seconds": seconds, "peak_mb": usage.ru_maxrss / 1024}
    connection.sendall(json.dumps(reply).encode())


def worked(process: int) -> float:
    """Seconds of processors, by all threads of a process."""
    stat = Path(f"/proc/{process}/stat")
    fields = stat.read_bytes().rpartition(b")")[2].split() if stat.exists() else [b"0"] * 13
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(process: int) -> float:
    statm = Path(f"/proc/{process}/statm")
    return int(statm.read_bytes().split()[1]) * resource.getpagesize() / 2**20 if statm.exists() else 0.0


def become(argv: list[bytes], streams: list[int], cwd: str, *, closed: bool) -> NoReturn:
    """Turns this fork into ``gradcli argv`` with the given streams, as Python itself would start and end it."""
    code = 1
    try:
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        os.closerange(3, 64)
        if closed:
            os.close(0)
        os.chdir(cwd)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdin = None if closed else open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
        sys.argv = ["gradcli", *map(os.fsdecode, argv)]
        sys.addaudithook(_forbid)
        code = _call()
    finally:
        os._exit(code)


def _forbid(event: str, _: object) -> None:
    if event in _EVENTS:
        os.write(2, f"forbidden: {event}\n".encode())
        os._exit(FORBIDDEN)


def _call() -> int:
    """The exit code of the console script."""
    from gradcli.__main__ import main

    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as the interpreter: a traceback, and 1
        traceback.print_exc()
        return 1
    try:
        sys.stdout.flush()
    except OSError:
        return 120
    return code


if __name__ == "__main__":
    serve(sys.argv[1])
