"""The table of the corpora counts what it is shown."""

from __future__ import annotations

import pytest
from places import CORPUS
from proofs import table
from proofs.corpora import CORPORA, CorpusClaim, corpus

if not CORPUS.is_dir():
    pytest.skip("the corpora are not beside this checkout", allow_module_level=True)


def made(claim: str, *, holds: bool, **options: object) -> CorpusClaim:
    return CorpusClaim("made", claim, holds, "x**2", claim, options)


def test_every_entry_is_read() -> None:
    counts = [(name, len(corpus(name)), sum(c.holds for c in corpus(name))) for name in CORPORA]
    assert counts == [("matrix", 184, 62), ("people", 130, 93), ("claims_scalar", 76, 40)]


def test_a_claim_of_several_variables_has_several_results() -> None:
    (one,) = (claim for claim in corpus("people") if claim.name == "nn-2")
    assert [*one.claim] == ["w2", "w1"]


def test_a_proof_an_agreement_and_an_error_are_told_apart() -> None:
    claims = [made("2*x", holds=True), made("3*x", holds=False), made("2*y", holds=True)]
    results = [table.found(claim) for claim in claims]
    assert [one.outcome for one in results] == ["as it stands", "refuted", "an error"]
    assert table.row("made", results, "all")["proved"] == 1
    (line,) = table.exceptions(results)
    assert line.startswith("made 2*y: an error: ")


def test_a_false_claim_that_is_accepted_is_named() -> None:
    assert table.exceptions([table.found(made("2*x", holds=False))]) == ["made 2*x: FALSE, and as it stands"]
