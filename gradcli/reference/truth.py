"""What the second route says of one number: an enclosure, that there is certainly none, or that it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from flint import arb


class Status(Enum):
    """What is known of a number."""

    ENCLOSED = "an enclosure"
    UNDEFINED = "certainly no number"
    UNTOLD = "not known"


@dataclass(frozen=True, slots=True)
class Sides:
    """One-sided derivatives where there is no derivative, exactly infinite ones included; None where there is none.

    jump: of the derivative one order lower, from left to right; None where it is undefined on that side
    """

    left: arb | None
    right: arb | None
    jump: tuple[arb | None, arb | None] | None = None

    @property
    def only(self) -> arb | None:
        """The one-sided derivative at the edge of a domain, where it is finite: that of the one side that there is."""
        if self.jump is not None or (self.left is None) == (self.right is None):
            return None
        found = self.right if self.left is None else self.left
        return found if found is not None and found.is_finite() else None


@dataclass(frozen=True, slots=True)
class Truth:
    """One entry of a derivative, or of the function's value.

    value:     where it is enclosed: exactly 0, or to so many bits as decide, or, with the most bits that are
               affordable, around 0; exactly infinite where the number is
    why:       why it is undefined, or why nothing is known
    reference: by which route: sympy, rules, series
    sides:     where it is undefined and the sides were looked at
    """

    status: Status
    value: arb | None = None
    why: str = ""
    reference: str = "rules"
    sides: Sides | None = None

    @property
    def exact_zero(self) -> bool:
        return self.value is not None and bool(self.value.is_zero())
