"""Losses without a graph, and losses that are no tensors: the cause and the line, plain and with a record of calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from script.forked import answer, marked, parts_of
from script.purpose_cases import CASES as PURPOSES
from script.untracked_cases import CASES, Case

ALL = (*CASES, *PURPOSES)


@pytest.mark.parametrize("trace", [False, True], ids=["plain", "traced"])
@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_the_mistake_is_found(case: Case, trace: bool, tmp_path: Path) -> None:
    told = answer(case.program, tmp_path, trace=trace)
    assert not told.trouble, told.trouble
    assert told.finding is not None, told.error
    place = told.finding.place
    assert told.finding.cause in case.causes, told.finding
    assert (Path(place.file).name, place.line) in marked(parts_of(case.program)), told.finding
    if case.variable is not None:
        assert told.finding.variable == case.variable
