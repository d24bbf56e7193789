"""Limits on threads, texts and time. The alarms hold inside other people's code: they raise, nested or not."""

from __future__ import annotations

import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from math import inf
from types import FrameType
from typing import Protocol, TypeVar

from gradcli.base.errors import LimitError

Result = TypeVar("Result")

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # read by torch and numpy as they are loaded
FOREVER = 1e8  # seconds; what the system's timer takes
DEEP_STACK = 6_000  # frames of Python's stack that the deepest expression takes, with a margin
MAX_SOURCE = 64 * 1024  # characters of an expression
AGAIN = 5.0  # seconds after which an alarm that was lost in foreign code rings once more


def on_another_stack(work: Callable[[], Result]) -> Result:
    """What ``work`` returns or raises, in a thread of its own: the limit on Python's stack counts for each thread."""
    found: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return found[0]


class _Rings(BaseException):
    """The alarm itself: no handler of errors on the way may take it for its own."""

    def __init__(self, owner: object) -> None:
        super().__init__()
        self.owner = owner


class Alarm(Protocol):
    """What ``alarm`` gives to ``with``."""

    def __enter__(self) -> object: ...
    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None: ...


# Both are classes and no generators: in ``__exit__``, unlike in contextlib's code, they can be kept from ringing.


class _Bell:
    """An alarm by the system's timer, in the main thread."""

    def __init__(self, seconds: float, message: str, hint: str | None) -> None:
        self.seconds, self.message, self.hint = float(seconds), message, hint  # the timer takes no numpy number
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
        if self.inside and (frame is None or frame.f_code is not _Bell.__exit__.__code__):
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


class _Watch:
    """An alarm without signals: it looks at the clock at each call in its thread, as a profiler does.

    That takes up to as long again as the work itself. A loop that calls nothing is not heard; sympy has
    none that is long. Where a profiler of the caller's own runs, it stays, and a warning says that the limit is not
    kept.
    """

    def __init__(self, seconds: float, message: str, hint: str | None) -> None:
        self.seconds, self.message, self.hint = seconds, message, hint
        self.until = inf

    def __enter__(self) -> None:
        self.before = sys.getprofile()
        outer = getattr(self.before, "__self__", None)
        if self.before is not None and not isinstance(outer, _Watch):
            warnings.warn(f"{_NOT_KEPT}, as a profiler runs in this thread", RuntimeWarning, stacklevel=2)
            return
        until = time.monotonic() + self.seconds
        if outer is None or until < outer.until:  # else the outer one rings before
            self.until = until
            sys.setprofile(self.look)

    def look(self, frame: FrameType, _event: str, _argument: object) -> None:
        """Not on the way in and out, as above."""
        if frame.f_code not in _WAYS and time.monotonic() > self.until:
            raise _Rings(self)  # which takes the profile function away; ``__exit__`` sets the outer one

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self.until < inf:
            sys.setprofile(self.before)
        if isinstance(error, _Rings) and error.owner is self:
            raise LimitError(self.message, hint=self.hint, kind="time") from None


_WAYS = (_Watch.__enter__.__code__, _Watch.__exit__.__code__)
_NOT_KEPT = "a time limit of gradcli is not kept"


def alarm(seconds: float | None, message: str, hint: str | None = None) -> Alarm:
    """Raises LimitError (kind time) after ``seconds`` inside; None or 0 is no limit.

    An outer alarm goes on and rings when its own time is up, inside of an inner one too. The caller's own handlers,
    timers and profilers are there again afterwards.
    """
    if not seconds or seconds >= FOREVER:
        return nullcontext()
    return _Bell(seconds, message, hint) if _can_ring() else _Watch(seconds, message, hint)


def _outer_left() -> float:
    """Seconds until an alarm of ours rings that is set already; a timer of the caller's own is none of them."""
    ours = isinstance(getattr(signal.getsignal(signal.SIGALRM), "__self__", None), _Bell)
    return signal.getitimer(signal.ITIMER_REAL)[0] if ours else inf


def _can_ring() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
