"""Limits on threads and time. Those on time hold inside other people's code: an alarm that raises, nested or not."""

from __future__ import annotations

import signal
import threading
import time
from math import inf
from types import FrameType

from gradcli.base.errors import LimitError

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # read by torch and numpy as they are loaded
FOREVER = 1e8  # seconds; what the system's timer takes
AGAIN = 5.0  # seconds after which an alarm that was lost in foreign code rings once more


class _Rings(BaseException):
    """The alarm itself: no handler of errors on the way may take it for its own."""

    def __init__(self, owner: object) -> None:
        super().__init__()
        self.owner = owner


class Alarm:
    """See ``alarm``. A class and no generator: its ``__exit__``, unlike contextlib's, can be kept from ringing."""

    def __init__(self, seconds: float | None, message: str, hint: str | None) -> None:
        self.seconds = seconds if seconds and seconds < FOREVER and _can_ring() else 0.0
        self.message, self.hint = message, hint
        self.inside = False

    def __enter__(self) -> None:
        if self.seconds and _outer_left() <= self.seconds:
            self.seconds = 0.0  # an outer alarm rings before
        if self.seconds:
            self.before = signal.signal(signal.SIGALRM, self.ring)
            self.started = time.monotonic()
            self.left, self.again = signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN)
        self.inside = True

    def ring(self, _number: int, frame: FrameType | None) -> None:
        """Not on the way in, where an outer alarm may be heard late, and not on the way out: to free what the body made
        can take a while, and the alarm of that time comes here."""
        if self.inside and (frame is None or frame.f_code is not Alarm.__exit__.__code__):
            raise _Rings(self)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.inside = False
        if self.seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)
            if self.left:
                passed = time.monotonic() - self.started
                signal.setitimer(signal.ITIMER_REAL, max(self.left - passed, 1e-3), self.again)
            if isinstance(error, _Rings) and error.owner is self:
                raise LimitError(self.message, hint=self.hint, kind="time") from None


def alarm(seconds: float | None, message: str, hint: str | None = None) -> Alarm:
    """Raises LimitError (kind time) after ``seconds`` inside; None or 0 is no limit.

    Outside of the main thread, where there are no signals, nothing happens: loops that look at a Deadline still end.
    An outer alarm goes on and rings when its own time is up, inside of an inner one too.
    """
    return Alarm(seconds, message, hint)


def _outer_left() -> float:
    """Seconds until an alarm of ours rings that is set already; a timer of the caller's own is none of them."""
    ours = isinstance(getattr(signal.getsignal(signal.SIGALRM), "__self__", None), Alarm)
    return signal.getitimer(signal.ITIMER_REAL)[0] if ours else inf


def _can_ring() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
