"""Time limits: an alarm that rings on the way out is nobody's error."""

from __future__ import annotations

import signal

import pytest

from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm


def test_an_alarm_rings_inside_or_not_at_all() -> None:
    """What the body made is freed after its last line, which takes a while; then the time may be up."""

    def work() -> None:
        _made = [[] for _ in range(30_000)]

    ends = set()
    for n in range(600):
        try:
            with alarm(5e-4 + n * 5e-6, "late"):
                work()
            ends.add("done")
        except LimitError:
            ends.add("limit")
    assert "limit" in ends


def endless() -> None:
    while True:
        pass


def test_an_outer_alarm_goes_on_after_an_inner_one() -> None:
    def inner() -> None:
        with pytest.raises(LimitError, match="inner"), alarm(0.02, "inner"):
            endless()
        endless()

    with pytest.raises(LimitError, match="outer"), alarm(0.2, "outer"):
        inner()


def test_an_outer_alarm_rings_inside_an_inner_one() -> None:
    with pytest.raises(LimitError, match="outer"), alarm(0.02, "outer"), alarm(5, "inner"):
        endless()


def test_an_alarm_that_is_heard_late_rings_in_no_other() -> None:
    """What rings between two alarms, or where one begins, leaves no handler behind."""
    before = signal.getsignal(signal.SIGALRM)
    for n in range(300):
        try:
            with alarm(1e-3 + n * 1e-6, "outer"):
                for _ in range(100):
                    with alarm(5e-4, "inner"):
                        sum(range(500))
        except LimitError:
            continue
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_timer_of_the_callers_own_is_no_limit_of_ours() -> None:
    """A profiler's timer rings all the time, and says nothing about ours."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    try:
        with pytest.raises(LimitError, match="ours"), alarm(0.05, "ours"):
            endless()
        assert signal.getitimer(signal.ITIMER_REAL)[1] == pytest.approx(0.005, rel=0.1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
