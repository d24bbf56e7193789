"""Compilers and what they make, run so that they can do no harm by mistake: with limits, and a folder of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gradcli.base.errors import MissingError, printable
from gradcli.engine import bare

SAID = 4_096  # bytes of what a program says that are read
SHOWN = 160  # characters of it that a message takes


class TimeUpError(MissingError):
    """A program did not come to its end in its time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    seconds: of the clock, and of each process's own time; a formula of 20,000 steps takes a compiler half of it
    memory:  bytes of each process's addresses; that formula takes a quarter of it
    size:    bytes of each file that is written, what is said included
    """

    seconds: int = 60
    memory: int = 4 << 30
    size: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """
    code: its exit code, negative for a signal
    said: the beginning of what it said, on stderr, else on stdout
    """

    code: int
    said: str

    @property
    def reason(self) -> str:
        """Why it failed, in one line: what it calls an error, or how it ended."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        told = next(
            (line for line in lines if re.search(r"\berror\b", line, re.IGNORECASE)), lines[-1] if lines else ""
        )
        ended = f"ended by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        shown = printable(told.replace("\n", " "))
        return f"{ended}: {shown[:SHOWN]}" if shown else ended


def bounded(
    what: str, arguments: list[str], folder: Path, limits: Limits, given: bytes = b"", answer: str = "heard"
) -> Ended:
    """Runs ``bare.py`` with these arguments to its end. Errors: TimeUpError, MissingError where it has none.

    what:   names it in messages
    given:  its standard input
    answer: the file in the folder that its standard output goes to
    """
    if not sys.executable:
        raise MissingError("there is no Python to run the compiler by")
    numbers = [str(limits.seconds), str(limits.memory), str(limits.size)]
    command = [sys.executable, "-I", "-S", bare.__file__, *numbers, *arguments]
    source = folder / "given"
    source.write_bytes(given)
    with source.open("rb") as stdin, (folder / answer).open("wb") as stdout, (folder / "said").open("wb") as stderr:
        try:
            process = subprocess.Popen(  # noqa: S603 - the compiler that was found or named, or what it made
                command,
                cwd=folder,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=_environment(folder),
                start_new_session=True,
            )
        except OSError as error:
            raise MissingError(f"{what} cannot be run: {error.strerror}") from None
        code = _waited(what, process, limits.seconds)
    return Ended(code, _start_of(folder / "said") or _start_of(folder / answer))


def _start_of(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(SAID).decode("utf-8", "replace")


def _waited(what: str, process: subprocess.Popen[bytes], seconds: int) -> int:
    """The exit code. When the time is up, or we are interrupted, it ends with all that it has started."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise TimeUpError(f"{what} took more than {seconds} seconds") from None
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(folder: Path) -> Mapping[str, str]:
    """Ours; but files beside go into its folder, and it speaks English."""
    return {**os.environ, "TMPDIR": str(folder), "LC_ALL": "C"}
