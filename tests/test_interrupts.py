"""Ctrl-C while numpy is imported: numpy loses it, or is left without some of its names."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from gradcli.cli.interrupts import interrupts_heard


@pytest.fixture
def importing(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The state of an import of numpy that is under way."""
    spec = SimpleNamespace(_initializing=True)
    half = ModuleType("numpy")
    half.__spec__ = spec  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "numpy", half)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield spec
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_waits_until_numpy_is_there(importing: SimpleNamespace) -> None:
    def interrupted() -> None:
        with interrupts_heard():
            os.kill(os.getpid(), signal.SIGINT)  # is not heard: the next line is reached
            importing._initializing = False
            threading.Event().wait(60)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not importing._initializing
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_at_other_times_it_is_heard_at_once(importing: SimpleNamespace) -> None:
    importing._initializing = False

    def interrupted() -> None:
        with interrupts_heard():
            os.kill(os.getpid(), signal.SIGINT)
            importing._initializing = None

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert importing._initializing is False


def test_an_interrupt_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_heard():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
