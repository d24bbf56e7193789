"""What the comparison of two runs forgives: a duration, and a cut that says so; nothing else."""

from __future__ import annotations

import pytest
from steady.cases import CLAIMS, NUMBERS
from steady.comparing import Said, differs

IDLE = Said(0, "proved\n", "routes: sympy; 16 points; 0.12 s\n")


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        (IDLE, False),
        (Said(0, "proved\n", "routes: sympy; 16 points; 3.40 s\n"), False),
        (Said(5, "undecided\n", "cut off after 6 s (--check-time)\n"), False),
        (Said(0, "agrees\n", "routes: 16 points; 0.12 s\n"), True),
        (Said(1, "proved\n", IDLE.err), True),
        (Said(0, "proved\n", "routes: sympy; 15 points; 0.12 s\n"), True),
        (Said(1, "refuted\n", "cut off after 6 s (--check-time)\n"), True),
        (Said(0, "proved\n", ""), True),
    ],
)
def test_only_durations_and_honest_cuts_are_forgiven(other: Said, wrong: bool) -> None:
    assert differs(IDLE, other) is wrong


def test_there_are_sixty_different_ones_of_each() -> None:
    assert (len(set(CLAIMS)), len(set(NUMBERS))) == (60, 60)
