"""Starts a script in a process of its own, waits for it as a shell would, and reads what its process has told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from gradcli.base.errors import InputError, UsageError
from gradcli.base.wording import either
from gradcli.foreign.script.failure import Edit
from gradcli.foreign.script.told import Told, read_told

GRACE = 3.0  # seconds that a script has to end once its time is up
_MODULE = either("gradcli explain --run -m package.module", 'gradcli.explain_run("-m", ["package.module"])')
_CHILD = Path(__file__).with_name("child.py")
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_PASSED_ON = (signal.SIGINT, *_ENDING, signal.SIGUSR1, signal.SIGUSR2)  # sent to us, meant for the script


@dataclass(frozen=True, slots=True)
class Ended:
    """A script's end: its exit code, below zero the signal that killed it; what its process told, if it came to it."""

    exit: int
    told: Told | None

    @property
    def interrupted(self) -> bool:
        """Ended by Ctrl-C, and not by an error of its own before."""
        return self.exit == -signal.SIGINT and (self.told is None or self.told.kind in {"", "KeyboardInterrupt"})


@dataclass(frozen=True, slots=True)
class Streams:
    """Where a script's streams go; None is where ours do."""

    stdin: int | None = None
    stdout: int | IO[bytes] | None = None
    stderr: int | IO[bytes] | None = None


def readable(script: str, args: Sequence[str]) -> None:
    """Errors: InputError for a script that is not there or cannot be read, UsageError for -m without a module."""
    if script == "-m":
        if not args:
            raise UsageError("-m needs the name of a module", hint=_MODULE)
        return
    path = Path(script)
    if path.is_dir():
        inside = " (it holds __main__.py: -m runs a package)" if (path / "__main__.py").is_file() else ""
        raise InputError(f"{script} is a folder, not a script{inside}", kind="script")
    if not path.exists():
        raise InputError(f"there is no file {script}", kind="script")
    if not os.access(path, os.R_OK):
        raise InputError(f"cannot read {script}", kind="script")


def launch(
    script: str,
    args: Sequence[str] = (),
    options: Sequence[str] = (),
    change: Edit | None = None,
    streams: Streams | None = None,
) -> Ended:
    """Runs ``python SCRIPT ARGS`` to its end. Errors: as ``readable``.

    options: ``trace``, ``nan``, ``debug``; change: a line that is another one, in memory, as it is loaded
    """
    readable(script, args)
    streams = streams or Streams()
    with tempfile.TemporaryDirectory(prefix="gradcli-") as folder:
        report = Path(folder) / "told.json"
        report.touch()
        if change is not None:
            (Path(folder) / "change.json").write_text(json.dumps(asdict(change)))
        command = [sys.executable, str(_CHILD), str(report), ",".join(options), script, *args]
        process = subprocess.Popen(  # noqa: S603 - the user's own script, which is what was asked for
            command, stdin=streams.stdin, stdout=streams.stdout, stderr=streams.stderr, close_fds=False
        )
        try:
            code = _waited(process)
        finally:
            _end(process)
        return Ended(code, read_told(report.read_bytes()))


def _waited(process: subprocess.Popen[bytes]) -> int:
    """The exit code. Signals from the terminal go to both of us; those that somebody sends to us alone are passed on.

    A signal that ends a process ends this one too, after the script: by the same.
    """
    if threading.current_thread() is not threading.main_thread():
        return process.wait()  # no signals here
    if not hasattr(signal, "sigwaitinfo"):  # macOS
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return process.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    awaited = {number for number in _PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*awaited, signal.SIGCHLD})
    last = 0
    try:
        while process.poll() is None:
            found = signal.sigwaitinfo({*awaited, signal.SIGCHLD})
            if found.si_signo != signal.SIGCHLD:
                last = last if found.si_signo == signal.SIGINT else found.si_signo
                if found.si_code <= 0:  # from a process, not from the terminal
                    process.send_signal(found.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if last in _ENDING:
        os.kill(os.getpid(), last)
    return process.wait()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a script whose time is up."""
    if process.poll() is not None:
        return
    try:
        process.terminate()
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        return  # it is killed
    finally:
        process.kill()
        process.wait()
