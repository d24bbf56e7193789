"""A step of torch's that is not right by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gradcli.meaning.scalars import Array


class Kind(Enum):
    """What is wrong with a step."""

    LOST = "infinite, nan or 0, where the true number is finite and not 0"
    KINK = "a slope was taken where there is none"
    WRONG = "another number"
    EMPTY = "right by itself, but no digit is left of what it is computed from"


@dataclass(frozen=True, slots=True)
class Fault:
    """A step that is not right by itself.

    index:   the step whose operation is at fault
    operand: where its slope is at fault, the step whose adjoint shows it; None where its value is
    error:   torch's numbers less the true ones, an array of arb of the shape of the step or of the operand; nan where
             there is no number
    """

    kind: Kind
    index: int
    operand: int | None
    error: Array
