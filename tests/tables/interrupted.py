"""Runs that write a table and are killed, each at another call of the system.

python interrupted.py FOLDER FORMAT [once], where once is an answer that cannot be resumed
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tables.answers import LAYOUT, random_answers

from gradcli.tables import journal
from gradcli.tables.formats import TableFormat
from gradcli.tables.outputs import to_file
from gradcli.tables.state import Origin
from gradcli.tables.writers import arrays, columnar

ROWS, EACH = 180, 9
QUESTION, ONCE = Origin("grad x**2"), Origin(None)


def small(parts: int = 3) -> None:
    """Groups and parts of few rows, each of which is saved."""
    columnar.GROUP_ROWS, columnar.PART_GROUPS = 16, parts
    arrays.Archives.cells = 64 * parts
    journal.SAVE_SECONDS = 0.0


def run(out: Path, format_: TableFormat, *, resume: bool = False, origin: Origin = QUESTION) -> int:
    """Writes the rows that are not there yet; returns how many were."""
    with to_file(out, format_, LAYOUT, origin, resume=resume) as sink:
        for answer in random_answers(ROWS, EACH):
            if answer.first >= sink.resumed:
                sink.write(answer)
        return sink.resumed


def killed_at(name: str, count: int) -> None:
    """The process is killed when the function of os is called for the count-th time, before it does anything."""
    original: Callable[..., Any] = getattr(os, name)
    calls = 0

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **options)

    setattr(os, name, counted)


def points() -> Iterator[tuple[str, int]]:
    """Where runs are killed; some come to their end before that."""
    for count in range(1, 14):
        yield "replace", count  # of a state, or of the output
    for count in (1, 2, 9):
        yield "pwrite", count
    for call in ("unlink", "chmod", "rmdir", "mkdir"):
        yield call, 1
        yield call, 2


if __name__ == "__main__":
    small()
    killed = []
    for call, count in points():
        out = Path(sys.argv[1], f"{call}-{count}", f"out.{sys.argv[2]}")
        out.parent.mkdir()
        child = os.fork()  # before there are threads
        if not child:
            killed_at(call, count)
            run(out, TableFormat(sys.argv[2]), origin=ONCE if "once" in sys.argv[3:] else QUESTION)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed.append(os.waitstatus_to_exitcode(status) == -signal.SIGKILL)
    print(sum(killed))
