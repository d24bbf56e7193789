"""The bar on a terminal: nothing of it stays, and it stands in nobody's way."""

from __future__ import annotations

import io
import sys
from contextlib import suppress

import pytest

from gradcli.cli.progress import bar


class Screen(io.StringIO):
    """A terminal of one line: what is to be seen on it."""

    def isatty(self) -> bool:
        return True

    @property
    def seen(self) -> str:
        """Each text stands over the one before it."""
        line = ""
        for text in self.getvalue().split("\r"):
            line = text + line[len(text) :]
        return line.rstrip()


def screen_of(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Called in the test itself: what a fixture puts there is replaced before the test begins."""
    made = Screen()
    monkeypatch.setattr(sys, "stderr", made)
    return made


@pytest.mark.parametrize("total", [None, 20_000])
def test_it_is_shown_and_wiped(monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    screen = screen_of(monkeypatch)
    with bar(" rows") as shown:
        assert shown is not None
        for done in (999, 10_000, 20_000):
            shown(done, total)
            counted = f"{done:,}" if total is None else f"{done:,}/{total:,}"
            assert screen.seen.endswith(f"{counted} rows")
    assert screen.seen == ""


@pytest.mark.parametrize("end", [ValueError, KeyboardInterrupt])
def test_it_is_wiped_where_the_work_ends_early(monkeypatch: pytest.MonkeyPatch, end: type[BaseException]) -> None:
    screen = screen_of(monkeypatch)
    with suppress(end), bar() as shown:
        assert shown is not None
        shown(1, 2)
        raise end
    assert screen.getvalue()
    assert screen.seen == ""


def test_who_sees_it(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = screen_of(monkeypatch)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with bar(rows_on_stdout=True) as shown:
        assert shown is not None
    with bar(quiet=True) as shown:
        assert shown is None
    monkeypatch.setattr(sys, "stdout", screen)  # rows are on the same terminal
    with bar(rows_on_stdout=True) as shown:
        assert shown is None
    with bar() as shown:
        assert shown is not None
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(sys, "stderr", stream)
        with bar() as shown:
            assert shown is None
