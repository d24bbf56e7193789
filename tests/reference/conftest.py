"""Two routes that enclose different numbers are an error."""

from __future__ import annotations

import pytest

from gradcli.reference import reference


@pytest.fixture(autouse=True)
def _strict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "STRICT", True)
