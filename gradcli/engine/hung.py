"""Compilers that did not come to an end: remembered for a day, so that one command waits for them and not each.

What is remembered is what was seen: this file, by its size and its time, at this text. Whether it hangs at others too
is told by an empty one.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradcli.base.errors import MissingError
from gradcli.engine.bounded import TimeUpError
from gradcli.engine.cache import Cache

DAY = 86_400.0  # seconds


def require_ends(cache: Cache | None, key: str) -> None:
    """Errors: MissingError, what was seen and how to try again, where it is less than a day ago."""
    kept = _found(cache, key)
    if kept is not None:
        path, what = kept
        raise MissingError(f"{what} and is not run again for a day; rm {shlex.quote(str(path))} tries again")


@contextmanager
def remembering(cache: Cache | None, key: str, what: str) -> Iterator[None]:
    """What takes too long within is remembered by the key. what: names it in the message of the next time"""
    try:
        yield
    except TimeUpError as error:
        if cache is not None:
            at = _now()
            told = f"{error.said} {what}, at {time.strftime('%Y-%m-%d %H:%M', time.localtime(at))},"
            cache.keep(_named(key), f"{at:.0f} {told}".encode())
        raise


def _found(cache: Cache | None, key: str) -> tuple[Path, str] | None:
    """The file, and what was seen; those that are older, or of times to come, are removed."""
    while cache is not None and (path := cache.find(_named(key))) is not None:
        at, _, what = path.read_text("utf-8", "replace").partition(" ")
        if at.isdecimal() and 0 <= _now() - int(at) + 1 < DAY:
            return path, what
        path.unlink(missing_ok=True)
    return None


def _named(key: str) -> str:
    return f"hung\0{key}"


def _now() -> float:
    return time.time()
