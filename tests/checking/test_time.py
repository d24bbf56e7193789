"""A claim whose time is up: what was cut off is said, wherever on the way the end came."""

from __future__ import annotations

from typing import Any

import pytest

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.wording import cut_off
from gradcli.claims.points import Points, try_claim
from gradcli.claims.statement import Statement, statement_of
from gradcli.language.parse import parse
from gradcli.meaning.program import Deadline

ENDS = 20  # places at which the time may be up, spread over all looks at it


class Counted(Deadline[Any]):
    """Time that is up after so many looks at it."""

    def __init__(self, looks: int) -> None:
        super().__init__(60.0)
        self.looks = looks

    def check(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise LimitError("more than 60 s", kind="time")


def statement(function: str, claim: str) -> Statement:
    return statement_of(parse(function), parse(claim), None, ("x",), {"x": ()}, {}, (), {})


def tried(right: Statement, time: Counted) -> str:
    """The limit that the sample says; empty where there was time for all points."""
    return try_claim([right], time, 0, round_=4, irregular=2).limit


def ends(right: Statement) -> list[int]:
    """Looks after which the time is up too early."""
    counted = Counted(10**9)
    assert tried(right, counted) == ""
    total = 10**9 - counted.looks
    return sorted({*range(0, total, max(1, total // ENDS)), total - 1})


CLAIMS = [
    ("x**3", "3*x**2"),
    ("x**2", "2*x**2/x"),  # no value at 0, where the derivative has one
    ("abs(x)", "sign(x)"),
    ("where(x > 100, x**2, x)", "where(x > 100, 2*x, 1)"),  # points are looked for in every region
]


@pytest.mark.parametrize(("function", "claim"), CLAIMS)
def test_time_that_is_up_at_a_point_is_said(function: str, claim: str) -> None:
    right = statement(function, claim)
    assert [looks for looks in ends(right) if tried(right, Counted(looks)) != "more than 60 s"] == []


def swallow(method: Any) -> Any:
    """The method with a planted fault: None in the place of a limit."""

    def planted(*arguments: Any, **options: Any) -> Any:
        try:
            return method(*arguments, **options)
        except LimitError:
            return None

    return planted


def test_a_limit_that_is_swallowed_at_a_point_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = statement("x**3", "3*x**2")
    looks_in_all = ends(right)
    monkeypatch.setattr(Points, "at", swallow(Points.at))
    assert "" in {tried(right, Counted(looks)) for looks in looks_in_all}


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
