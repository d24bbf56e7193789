"""The clock of the tests: work is counted, waiting is not."""

from __future__ import annotations

import time

import pytest

from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm


def worked(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_waiting_is_no_work() -> None:
    with alarm(0.05, "late"):
        time.sleep(0.2)


def test_work_is_counted() -> None:
    with pytest.raises(LimitError, match="late"), alarm(0.05, "late"):
        worked(60)


def test_the_machines_time_can_be_had(machine_time: None) -> None:
    with pytest.raises(LimitError, match="late"), alarm(0.05, "late"):
        time.sleep(60)
