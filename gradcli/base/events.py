"""Where the time of a command goes: steps, told as they end to whoever listens (``--log json``)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Listener = Callable[[dict[str, Any]], None]  # Any: JSON values

_listeners: list[Listener] = []
_open: list[str] = []


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Tells ``listener`` of each step that ends inside: ``{"event": "check/sympy", "ms": 1.25}``; None: no one."""
    if listener is None:
        yield
        return
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


@contextmanager
def timed(name: str) -> Iterator[None]:
    """A timed step of the work; steps inside of it are named after it, and their time is part of its time."""
    if not _listeners:
        yield
        return
    _open.append(name)
    started = time.perf_counter()
    try:
        yield
    finally:
        event = {"event": "/".join(_open), "ms": round(1e3 * (time.perf_counter() - started), 3)}
        _open.pop()
        for listener in _listeners:
            listener(event)
