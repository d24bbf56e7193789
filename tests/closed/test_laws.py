"""Laws that normal form does not see by itself: each is used where it holds, and its near misses are not proved."""

from __future__ import annotations

import pytest
from closed.laws import FALSE, TRUE
from closed.statements import Claim, outcome

from gradcli.closed.proof import Proved


@pytest.mark.parametrize("claim", TRUE, ids=lambda claim: f"{claim.function} {claim.claim} {claim.premises}")
def test_what_follows_from_the_laws_is_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), Proved), outcome(claim)


@pytest.mark.parametrize("claim", FALSE, ids=lambda claim: f"{claim.function} {claim.claim} {claim.premises}")
def test_a_near_miss_of_a_law_is_not_proved(claim: Claim) -> None:
    assert isinstance(outcome(claim), str)
