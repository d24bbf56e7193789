"""A bar on the terminal's stderr, wiped at the end, however that comes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gradcli.cli.streams import to_stderr

WIDTH = 30  # columns of the bar: with its numbers it fits a terminal of 80

CLEARED = "\r\x1b[K"  # of a terminal's line: nothing is on it

Shown = Callable[[int, int | None], None]


@contextmanager
def bar(unit: str = "", *, quiet: bool = False, rows_on_stdout: bool = False) -> Iterator[Shown | None]:
    """What is told how many of how many are done; where nobody knows how many there are, a count.

    None where it is not wanted, nobody would see it, or it would stand between rows on the same terminal.
    """
    hidden = quiet or not is_terminal(sys.stderr) or (rows_on_stdout and is_terminal(sys.stdout))
    length = 0

    def show(done: int, total: int | None) -> None:
        nonlocal length
        filled = WIDTH * done // total if total else 0
        line = f"[{'#' * filled}{' ' * (WIDTH - filled)}] {done:,}/{total:,}{unit}" if total else f"{done:,}{unit}"
        to_stderr(f"\r{line.ljust(length)}")
        length = len(line)

    try:
        yield None if hidden else show
    finally:
        if length:
            to_stderr(f"\r{' ' * length}\r")


def is_terminal(stream: object) -> bool:
    """A stream that is closed is none."""
    return stream is not None and bool(getattr(stream, "isatty", bool)())
