"""A claim whose time is up: what was cut off is said, whatever was being done then."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.wording import cut_off


@pytest.mark.parametrize(("phase", "claim", "verdict"), [
    ("try_claim", "2*x", "undecided"), ("simplest", "3*x", "refuted"), ("notes_of", "2*x", "proved"),
])  # fmt: skip
def test_time_that_is_up_in_the_examination_changes_no_verdict_that_stands(
    phase: str, claim: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: Any, **__: Any) -> None:
        raise LimitError(cut_off(60), kind="time")

    monkeypatch.setattr(f"gradcli.commands.examination.{phase}", late)
    (result,) = gradcli.check("x**2", claim, check_time=60).claims
    assert str(result.verdict) == verdict
    assert any(note.startswith("cut off after 60 s") for note in result.notes) == (verdict == "undecided")
