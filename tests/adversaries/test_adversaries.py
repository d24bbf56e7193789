"""What a prover may take for true is not proved: adversaries by hand, and slips of the pen in true claims."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
from adversaries.claims import LEAST, Adversary, adversaries
from adversaries.mutants import mutants, slips, truths, wrong
from places import CORPUS
from slices import SEED, Draw

import gradcli
from gradcli.claims import simplification
from gradcli.claims.proof import proof_of
from gradcli.meaning.symbolic_size import Bounds

ADVERSARIES = adversaries()
MUTANTS = 24, 5_000  # in a slice, and with --all
NEEDS_CORPUS = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside this checkout")
SMALL = Bounds(120, functions=6, terms=30)  # of what sympy is given: its larger steps prove what they prove in seconds


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """sympy's simplification of what is small, so that thousands of claims can be tried."""
    steps = tuple(replace(step, bounds=SMALL) for step in simplification._STEPS)
    monkeypatch.setattr(simplification, "_STEPS", steps)
    monkeypatch.setattr(simplification, "MAX_OPERATIONS", 2_000)


def group_of(adversary: Adversary) -> tuple[str, str]:
    return adversary.group, adversary.untruth


def test_there_are_adversaries_of_every_kind() -> None:
    assert len(ADVERSARIES) >= LEAST
    assert {adversary.untruth for adversary in ADVERSARIES} == {"false", "sizes", "nowhere", "close"}
    assert len({str(adversary) + str(adversary.options) for adversary in ADVERSARIES}) == len(ADVERSARIES)


@pytest.mark.generated(share=1 / 14, kind=group_of)
@pytest.mark.parametrize("adversary", ADVERSARIES, ids=str)
def test_what_is_not_true_for_all_is_not_proved_for_all(adversary: Adversary) -> None:
    (found,) = gradcli.check(adversary.function, adversary.claim, **adversary.options).claims
    if adversary.untruth != "sizes":
        assert str(found.verdict) != "proved", found
    if adversary.untruth == "false":
        assert str(found.verdict) != "undecided" or found.notes
    assert found.to_dict().get("proved_for") != "all"


@pytest.mark.generated(share=1 / 14, kind=group_of)
@pytest.mark.parametrize("adversary", [a for a in ADVERSARIES if a.untruth in {"false", "close"}], ids=str)
@pytest.mark.usefixtures("quick")
def test_the_prover_alone_does_not_prove_it(adversary: Adversary) -> None:
    """Without the points, which refute most of them before anything is proved."""
    statements = adversary.statements()
    found = proof_of(statements)
    assert not all(map(found.covers, statements)), found


@NEEDS_CORPUS
@pytest.mark.usefixtures("quick")
def test_no_slip_of_the_pen_is_proved(draw: Draw) -> None:
    proved = [
        mutant for mutant in islice(mutants(draw.seed), draw.count(*MUTANTS)) if proof_of([mutant.statement]).sure
    ]
    assert not proved, "\n".join(map(str, proved))


@NEEDS_CORPUS
def test_the_same_claims_without_a_slip_are_no_mutants() -> None:
    assert [wrong(truth, "none", truth.claim) for truth in truths()[::20]] == [None] * len(truths()[::20])


@NEEDS_CORPUS
def test_there_are_slips_enough() -> None:
    found = [(truth, kind, text) for truth in truths()[::4] for kind, text in dict.fromkeys(slips(truth))]
    assert 4 * len(found) > 1.2 * MUTANTS[1]  # some are right after all, or do not read
    assert {kind for _, kind, _ in found} == {
        "sign", "factor", "off by one", "transpose", "exponent", "swapped names", "function", "operator", "dropped term",
    }  # fmt: skip


@NEEDS_CORPUS
def test_a_prover_that_says_yes_to_everything_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    (mutant,) = islice(mutants(SEED), 1)
    monkeypatch.setattr(simplification, "_reduce", lambda *_: None)
    assert proof_of([mutant.statement]).sure
