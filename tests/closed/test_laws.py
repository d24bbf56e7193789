"""Laws that normal form does not see by itself: each is used where it holds, and its near misses are not proved."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from closed.laws import ADVERSARIES, FALSE, TRUE
from closed.statements import Claim, alike, outcome, slips
from slices import Draw

from gradcli.closed.proof import Proved


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: f"{claim.function} {claim.claim} {claim.premises}")
def test_what_follows_from_the_laws_is_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), Proved), outcome(claim)


@pytest.mark.parametrize(
    "claim", [*FALSE, *ADVERSARIES], ids=lambda claim: f"{claim.function} {claim.claim} {claim.premises}"
)
def test_a_near_miss_of_a_law_is_not_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), str)


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: f"{claim.function} {claim.claim} {claim.premises}")
def test_what_follows_from_the_laws_has_the_values_of_its_function(claim: Claim) -> None:
    assert claim.wrt or alike(claim, claim.function)


def swapped(claim: Claim, source: random.Random) -> Iterator[Claim]:
    """The claim with another size in one place, an inverse more, factors in another order, premises left out."""
    sizes = list(re.finditer(r"\b[nm]\b", claim.claim))
    if sizes:
        found = source.choice(sizes)
        other = {"n": "m", "m": "n"}[found[0]]
        yield replace(claim, claim=claim.claim[: found.start()] + other + claim.claim[found.end() :])
    for pattern, other in (
        (r"(?<!inv\()\b([A-Z])\b(?!\()", r"inv(\1)"),
        (r"inv\(", "("),
        (r"(\w+), (\w+)\)", r"\2, \1)"),
    ):
        places = list(re.finditer(pattern, claim.claim))
        if places:
            found = source.choice(places)
            yield replace(claim, claim=claim.claim[: found.start()] + found.expand(other) + claim.claim[found.end() :])
    for left_out in claim.premises:
        yield replace(claim, premises=tuple(premise for premise in claim.premises if premise != left_out))


def test_no_slip_of_a_law_is_proved_whose_numbers_differ(draw: Draw) -> None:
    """Signs, factors, transposes, names, sizes, inverses: what is proved has the numbers of the function."""
    tried = 0
    for _, source in draw.generators(len(TRUE) // 5):
        claim = source.choice(TRUE)
        for slip in (*slips(claim, source), *swapped(claim, source)):
            tried += 1
            if isinstance(outcome(slip), Proved):
                assert same(slip, claim), slip
    assert tried > 100


def same(slip: Claim, claim: Claim) -> bool:
    """Has what a slip claims the right values at points that meet the premises that it has left?"""
    return alike(replace(claim, premises=slip.premises), slip.claim) and (
        slip.premises == claim.premises or bool(claim.wrt) or alike(slip, slip.function)
    )
