"""A bar on the terminal's stderr, wiped when all is done."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.cli.streams import to_stderr

WIDTH = 30


def bar(unit: str = "") -> Callable[[int, int | None], None]:
    """What is told how many of how many are done; where nobody knows how many there are, a count."""
    shown = 0

    def show(done: int, total: int | None) -> None:
        nonlocal shown
        filled = WIDTH * done // total if total else 0
        line = f"[{'#' * filled}{' ' * (WIDTH - filled)}] {done:,}/{total:,}{unit}" if total else f"{done:,}{unit}"
        to_stderr("\r" + (line.ljust(shown) if done != total else " " * shown + "\r"))
        shown = len(line)

    return show
