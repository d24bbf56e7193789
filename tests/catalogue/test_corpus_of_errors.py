"""The corpus of errors that people met: how many first causes are right, of the messages alone."""

from __future__ import annotations

import pytest
from catalogue.corpus import CORPUS, Judged, cases, is_right, judged

from gradcli.commands.explain.error import explain_error

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus lies beside the checkout, and is not there")
RIGHT = 70


@pytest.fixture(scope="module")
def found() -> list[Judged]:
    return [judged(case) for case in cases()]


def test_so_many_first_causes_are_right(found: list[Judged]) -> None:
    assert len(found) == 70
    assert sum(each.right for each in found) >= RIGHT, [each.name for each in found if not each.right]


def test_no_wrong_cause_is_said_to_be_certain(found: list[Judged]) -> None:
    assert [each.name for each in found if each.misleading] == []


def test_a_wrong_cause_would_be_judged_wrong() -> None:
    case = next(case for case in cases() if case["id"] == "step-gan-order")
    (cause,) = explain_error("ValueError: can't optimize a non-leaf Tensor").causes[:1]
    assert not is_right(cause, case)
    own = {**case, "message": "the leaf was changed in place and", "keywords": ["leaf"], "not_in_name": []}
    assert not is_right(explain_error(case["message"]).causes[0], own | {"keywords": ["no such word"]})
