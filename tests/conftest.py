"""For all tests: no warm server, and an error inside a diagnosis is an error, while users keep the verdict without the diagnosis."""

from __future__ import annotations

import os

import pytest

from gradcli.diagnosis import diagnose

os.environ["GRADCLI_WARM"] = "off"  # a warm server of the developer's own is not under test


@pytest.fixture(autouse=True)
def _no_error_is_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose, "FORGIVEN", ())
