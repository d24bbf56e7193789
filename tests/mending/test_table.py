"""The table of false claims counts what it is shown; in a sample of the corpora every suggestion is accepted."""

from __future__ import annotations

import pytest
from mending import table
from mending.__main__ import rows_of
from mending.table import Mended, answers, false_claims, mended
from places import CORPUS
from proofs.corpora import CORPORA, CorpusClaim

from gradcli.claims.conclusion import Diagnosis

EVERY = 12  # one false claim of so many

needs_corpora = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside this checkout")


def made(diagnosis: Diagnosis | None, suggested: str, human: str = "") -> Mended:
    claim = CorpusClaim("people", "made", False, "x**2", "x", {})
    return Mended(claim, "x", "refuted", diagnosis, suggested, human, 1.0)


@needs_corpora
@pytest.mark.parametrize(
    ("name", "count", "known"), [("matrix", 122, 114), ("people", 37, 30), ("claims_scalar", 36, 4)]
)
def test_every_false_claim_is_read_and_its_right_answer(name: str, count: int, known: int) -> None:
    claims = false_claims(name)
    assert len(claims) == count
    assert len({claim.name for claim in claims} & {of for of, _ in answers(name)}) == known


@needs_corpora
@pytest.mark.parametrize("name", CORPORA)
def test_what_is_suggested_in_a_sample_is_accepted(name: str) -> None:
    known = answers(name)
    found = [one for claim in false_claims(name)[::EVERY] for one in mended(claim, known)]
    assert found
    assert all(one.verdict == "refuted" and one.closed for one in found)
    assert [one.name for one in found if one.suggestion and not one.accepted] == []


@needs_corpora
def test_of_several_variables_only_the_refuted_one_is_asked() -> None:
    (claim,) = (claim for claim in false_claims("people") if claim.name == "nn-2-slip")
    assert [one.wrt for one in mended(claim, answers("people"))] == ["w"]


def test_the_row_and_the_exceptions_name_what_is_wrong() -> None:
    good = made(Diagnosis("factor", "× 2", "2*x"), "proved", "2*x")
    unnamed = made(Diagnosis("formula", "none", "x + x"), "agrees", "2*x")
    called = made(Diagnosis("factor", "× 2", "grad(x**2, x)"), "proved", "2*x")
    wrong = made(Diagnosis("factor", "× 3", "3*x"), "refuted")
    nothing = made(None, "")
    (row,) = rows_of([good, unnamed, called, wrong, nothing])
    counts = {"false": 5, "named": 3, "suggested": 4, "accepted": 3, "closed": 3, "mended, %": 40.0, "by hand": 3}
    assert {key: row[key] for key in counts} == counts
    assert table.exceptions([good]) == []
    assert [line.split(": ")[1] for line in table.exceptions([unnamed, called, wrong, nothing])] == [
        "suggestion refuted", "no closed form", "no suggestion; None", "no cause; suggestion x + x", "4.00",
    ]  # fmt: skip
