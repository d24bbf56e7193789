"""Ctrl-C that waits until numpy is there, which takes it for a failure of its own while it is imported, and goes on."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from _thread import start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager

_SOON = 0.02  # seconds until it is tried again: numpy takes a tenth of one


@contextmanager
def interrupts_heard() -> Iterator[None]:
    """Inside, Ctrl-C raises KeyboardInterrupt as ever, but not while numpy is imported, which loses it, or is left
    without some of its names. Where it is ignored, or somebody else has it, it is left to them.
    """
    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _hear(number: int, _frame: object) -> None:
    if _half_imported("numpy"):
        start_new_thread(_again, (number,))
        return
    raise KeyboardInterrupt


def _half_imported(name: str) -> bool:
    return bool(getattr(getattr(sys.modules.get(name), "__spec__", None), "_initializing", False))


def _again(number: int) -> None:
    time.sleep(_SOON)
    os.kill(os.getpid(), number)
