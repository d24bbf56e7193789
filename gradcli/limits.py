"""Limits on threads and time: time limits hold inside other people's code: an alarm that raises, nested alarms included."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from gradcli.errors import LimitError

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)  # what torch and numpy read when they are loaded
FOREVER = 1e8  # seconds; what the system's timer takes
AGAIN = 5.0  # seconds after which an alarm that was lost in foreign code rings once more


class _Rings(BaseException):
    """The alarm itself: no handler of errors on the way may take it for its own."""

    def __init__(self, owner: object) -> None:
        super().__init__()
        self.owner = owner


@contextmanager
def alarm(seconds: float | None, message: str, hint: str | None = None) -> Iterator[None]:
    """Raises LimitError (kind time) after ``seconds`` inside; None or 0 is no limit.

    Outside of the main thread, where there are no signals, nothing happens: loops that look at a Deadline still end.
    An outer alarm goes on and rings when its own time is up.
    """
    if not seconds or seconds >= FOREVER or not _can_ring():
        yield
        return
    owner = object()

    def ring(*_: object) -> NoReturn:
        raise _Rings(owner)

    before = signal.signal(signal.SIGALRM, ring)
    started, left, again = time.monotonic(), 0.0, 0.0
    try:
        left, again = signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
        yield
    except _Rings as rings:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if rings.owner is not owner:
            raise
        raise LimitError(message, hint=hint, kind="time") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 1e-3), again)


def _can_ring() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
