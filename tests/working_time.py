"""In tests, gradcli's clock counts the work of its process instead of the time of the machine.

So that no outer limit rings only because the machine is busy. What is about real time asks for the fixture
``machine_time``.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gradcli.base import limits

AMPLE = 2.0  # seconds of work for a second on gradcli's clock: threads count each for itself, and caches are shared


class _Signal:
    """The module signal, with an alarm after so much work."""

    SIGALRM, ITIMER_REAL = signal.SIGPROF, signal.ITIMER_PROF

    def __getattr__(self, name: str) -> Any:  # Any: whatever the module has
        return getattr(signal, name)

    def setitimer(self, which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        left, again = signal.setitimer(which, seconds * AMPLE, interval * AMPLE)
        return left / AMPLE, again / AMPLE

    def getitimer(self, which: int) -> tuple[float, float]:
        left, again = signal.getitimer(which)
        return left / AMPLE, again / AMPLE


class _Time:
    """The module time, with clocks that go on while the process works."""

    def __getattr__(self, name: str) -> Any:  # Any: whatever the module has
        return getattr(time, name)

    def monotonic(self) -> float:
        return time.process_time() / AMPLE

    perf_counter = monotonic


PLACES = (
    (limits, "signal", _Signal()),
    (limits, "time", _Time()),
)


def install() -> None:
    for module, name, counting in PLACES:
        assert hasattr(module, name), (module, name)
        setattr(module, name, counting)


@contextmanager
def removed() -> Iterator[None]:
    """The machine's time again, inside."""
    for module, name, _ in PLACES:
        setattr(module, name, {"signal": signal, "time": time}[name])
    try:
        yield
    finally:
        install()
