"""Proofs for all sizes: what textbooks say is proved, what fails somewhere is not, nor is any slip."""

from __future__ import annotations

import pytest
from closed.statements import FALSE, TRUE, Claim, alike, outcome, slips
from slices import Draw

from gradcli.closed.proof import Proved


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: f"{claim.function} {claim.claim}")
def test_a_claim_that_holds_for_all_sizes_is_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), Proved), outcome(claim)


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: f"{claim.function} {claim.claim}")
def test_a_claim_that_fails_somewhere_is_not_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), str)


def test_no_slip_is_proved_whose_numbers_differ(draw: Draw) -> None:
    """What is proved although the text was changed has the same numbers, as 2*x and x*2 have."""
    tried = 0
    for number, source in draw.generators(len(TRUE)):
        for slip in slips(TRUE[number % len(TRUE)], source):
            tried += 1
            if isinstance(outcome(slip), Proved):
                assert alike(TRUE[number % len(TRUE)], slip.claim), (slip, source)
    assert tried > 500
