"""Mistakes in custom Functions, under vmap, in dtypes, checkpoints and values: the cause, the line, the changed line."""

from __future__ import annotations

from pathlib import Path

import pytest
from script.forked import answer, marked, parts_of
from script.other_cases import CASES, Case

from gradcli.catalogue.table import MESSAGES
from gradcli.foreign.script import finders


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_mistake_is_found(case: Case, tmp_path: Path) -> None:
    told = answer(case.program, tmp_path)
    assert not told.trouble, told.trouble
    assert told.finding is not None, told.error
    place = told.finding.place
    assert told.finding.cause == case.cause, told.finding
    assert (Path(place.file).name, place.line) in marked(parts_of(case.program)), told.finding
    edit = told.finding.edit
    assert case.edit in edit.new if edit is not None else not case.edit, edit


def test_each_finder_that_a_message_names_is_there() -> None:
    there = {path.stem for path in Path(*finders.__path__).glob("*.py")}
    assert {message.finder for message in MESSAGES if message.finder} <= there
