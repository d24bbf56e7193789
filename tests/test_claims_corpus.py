"""Claims of the corpus and mutated derivatives: the true accepted, the false refuted, and the mistake named."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from flint import arb
from mutating.mutants import KINDS as SLIPS
from mutating.mutants import mutants, right_claims
from mutating.outcomes import Outcome, examine
from places import CORPUS
from proofs.corpora import corpus
from slices import SEED, Draw

import gradcli
from gradcli.claims import comparison
from gradcli.claims.conclusion import Conclusion
from gradcli.claims.point import Point
from gradcli.claims.proof import Proof
from gradcli.cli.app import run
from gradcli.commands import examination
from gradcli.commands.results import CheckReport
from gradcli.meaning.scalars import as_array

if not CORPUS.is_dir():
    pytest.skip("the corpus of claims is not beside this checkout", allow_module_level=True)

ACCEPTED = {Conclusion.PROVED, Conclusion.AGREES}
CLAIMS = {claim.name: claim for name in ("matrix", "claims_scalar") for claim in corpus(name)}
TRUE = [key for key, claim in CLAIMS.items() if claim.holds]
FALSE = [key for key, claim in CLAIMS.items() if not claim.holds]


def sort_of(key: str) -> tuple[str, object]:
    """Of which derivative an entry is: what a slice has at least one of."""
    return CLAIMS[key].corpus, CLAIMS[key].options["kind"]


def asked(key: str, text: str) -> CheckReport:
    """The claim about an entry's function, at points that gradcli draws."""
    return gradcli.check(CLAIMS[key].function, text, **CLAIMS[key].options)


@cache
def report(key: str) -> CheckReport:
    return asked(key, CLAIMS[key].claim)


def test_there_are_as_many_claims_as_the_corpus_is_known_to_have() -> None:
    assert (len(TRUE), len(FALSE)) == (102, 158)


@pytest.mark.generated(share=1 / 9, kind=sort_of)
@pytest.mark.parametrize("key", TRUE)
def test_a_true_claim_is_accepted(key: str) -> None:
    (claim,) = report(key).claims
    assert claim.conclusion in ACCEPTED, claim
    assert report(key).exit_code() == 0
    assert claim.points >= (1 if claim.method else 3)
    assert claim.counterexample is None
    assert claim.diagnosis is None


@pytest.mark.generated(share=1 / 9, kind=sort_of)
@pytest.mark.parametrize("key", FALSE)
def test_a_false_claim_is_refuted(key: str) -> None:
    (claim,) = report(key).claims
    assert claim.conclusion is Conclusion.REFUTED, claim
    assert report(key).exit_code() == 1
    assert claim.counterexample is not None or claim.diagnosis is not None, claim


@pytest.mark.generated(share=1 / 9, kind=sort_of)
@pytest.mark.parametrize("key", FALSE)
def test_a_suggestion_is_right(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = report(key).claims
    if claim.diagnosis is None or claim.diagnosis.suggestion is None:
        pytest.skip("no suggestion is made")
    monkeypatch.setattr(
        examination, "proof_of", lambda *_: Proof(False)
    )  # slow, and what it proves the points have to show anyway
    (again,) = asked(key, claim.diagnosis.suggestion).claims
    assert again.conclusion in ACCEPTED, (claim.diagnosis, again)


@pytest.mark.generated(share=1 / 12, kind=sort_of)
@pytest.mark.parametrize("key", FALSE)
def test_a_counterexample_can_be_replayed(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    (claim,) = report(key).claims
    assert claim.counterexample is not None
    program, *argv = shlex.split(claim.counterexample.command)
    assert program == "gradcli"
    assert run([*argv, "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert again["verdict"] == "refuted"
    found = again["claims"][0]["counterexample"]
    if claim.counterexample.component is not None:
        assert (found["claimed"], found["true"]) == (claim.counterexample.claimed, claim.counterexample.true)
        assert found["component"] == list(claim.counterexample.component)


@pytest.mark.generated(share=1 / 9, kind=sort_of)
@pytest.mark.parametrize("key", FALSE)
def test_the_counterexample_is_where_it_is_said_to_be(key: str) -> None:
    """The true number, computed by torch at the point, is the one that is shown; the claimed one is another."""
    function, (claim,) = CLAIMS[key].function, report(key).claims
    shown = claim.counterexample
    if shown is None or shown.component is None or claim.kind == "hessian":
        pytest.skip("shapes differ, or a second derivative")
    compute = gradcli.jacobian if claim.kind == "jacobian" else gradcli.grad
    name = claim.wrt[0]
    result = compute(function, dict(shown.at), wrt=name, check="off")
    number: Any = (result.derivative or {})[name]  # Any: nested lists
    for k in shown.component:
        number = number[k]
    assert number == pytest.approx(shown.true, rel=1e-8, abs=1e-8)
    assert shown.claimed != shown.true


# -- mutated derivatives

COUNT, RIGHT = (14, 84), (6, 36)  # in a slice, and with --all
HIT_RATE = 0.9


def assert_sound(outcomes: list[Outcome]) -> None:
    """Every wrong claim refuted, every right one accepted, no suggestion wrong."""
    for outcome in outcomes:
        mutant = outcome.mutant
        said = (mutant.kind, mutant.what, mutant.function, mutant.claim, outcome.verdict, outcome.suggestion)
        assert outcome.verdict in ({"proved", "agrees"} if mutant.kind == "none" else {"refuted"}), said
        assert not outcome.suggested_wrong, said


def test_mutants_are_refuted_and_the_mistake_is_named(draw: Draw) -> None:
    outcomes = [examine(mutant) for mutant in mutants(draw.count(*COUNT), draw.seed)]
    assert {o.mutant.kind for o in outcomes} == set(SLIPS)
    assert_sound(outcomes)
    hits = sum(outcome.hit for outcome in outcomes)
    missed = [(o.mutant.kind, o.mutant.function, o.mutant.claim, o.diagnosis) for o in outcomes if not o.hit]
    assert hits >= HIT_RATE * len(outcomes), missed


def test_derivatives_without_a_slip_are_accepted(draw: Draw) -> None:
    assert_sound([examine(mutant) for mutant in right_claims(draw.count(*RIGHT), draw.seed)])


def test_mutants_are_the_same_for_the_same_seed() -> None:
    first, again, other = ([m.claim for m in mutants(4, seed)] for seed in (1, 1, 2))
    assert first == again != other


def _blind(*_: object) -> bool:
    """A comparison that finds no difference."""
    return True


def _bent(point: Point, bits: int = 128) -> Any:  # Any: as Point.truth
    return as_array(TRUTH(point, bits) * (1 + arb("1e-12")))


TRUTH = Point.truth
PLANTED: dict[
    str, tuple[Any, str, Callable[..., Any], bool]
] = {  # what, its name, the fault, whether right claims show it
    "a blind comparison": (comparison, "close", _blind, False),
    "a truth that is wrong in the 12th digit": (Point, "truth", _bent, True),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests would fail if the comparison or the truth were broken."""
    home, attribute, fault, by_right_claims = PLANTED[name]
    chosen = right_claims(3, SEED) if by_right_claims else mutants(3, SEED)
    assert_sound([examine(mutant) for mutant in chosen])
    monkeypatch.setattr(home, attribute, fault)
    monkeypatch.setattr(examination, "proof_of", lambda *_: Proof(False))
    with pytest.raises(AssertionError):
        assert_sound([examine(mutant) for mutant in chosen])
