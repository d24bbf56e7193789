"""The lines of a derivation, as they travel between rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gradcli.base.errors import Span


class Detail(StrEnum):
    """How small the steps are that are shown; a line of one level is a line of the higher ones too."""

    BRIEF = "brief"  # what a good student writes on the board
    NORMAL = "normal"  # each rule has a line
    FULL = "full"  # each application of a rule has a line, with the rule as a formula

    @property
    def rank(self) -> int:
        return list(Detail).index(self)

    def shows(self, line: Line) -> bool:
        """Is the line shown at this level?"""
        return line.level.rank <= self.rank


@dataclass(frozen=True, slots=True)
class Held:
    """How a line was held equal to the derivative.

    method: ``residues``, ``index form`` or ``balls``
    error:  at most the probability that a wrong line passes: 0 where it is proved, 1 where it agrees at points only
    """

    method: str
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line, which is equal to the line before, unless it says of what it is the value.

    text:     in the language; derivatives that are still to be taken stand as ``diff(part, x)``, ``grad(part, x)`` or
              ``jvp(part, X, dX)``
    rule:     what was done to come here from the line before: its name, ``product rule``; '' at the first line
    because:  the rule as a formula, and what its letters are here: ``(u*v)' = u'*v + u*v' with u = x**2, v = sin(x)``
    changed:  the places in the text that the step made
    replaced: the places that they came from in the text of the line before
    level:    from which level of detail on the line is shown
    held:     how it was held equal to the derivative
    left:     what it is equal to, where that is another thing than in the line before: first the differential
              ``jvp(f, X, dX)``, from where the gradient is read off on ``grad(f, X)``; '' elsewhere, and all through
              a derivation in which there is the derivative alone
    minor:    its rule is not named where it is told together with others, as that numbers were multiplied is not
    """

    text: str
    rule: str = ""
    because: str = ""
    changed: tuple[Span, ...] = ()
    replaced: tuple[Span, ...] = ()
    level: Detail = Detail.BRIEF
    held: Held = Held("residues")
    left: str = ""
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Derivation:
    """A derivative line by line, at full detail; the text of the last line is that of the closed form.

    function: its text
    wrt:      the variables, one for a gradient or a Jacobian, two for a Hessian
    kind:     grad, jacobian or hessian
    shapes:   of the names, letters for sizes; a name without is a scalar
    notes:    what the reader has to know: which names are constants here
    differentials: the names of differentials in the lines, and of what each is: dX of X
    """

    function: str
    wrt: tuple[str, ...]
    kind: str
    lines: tuple[Line, ...]
    shapes: Mapping[str, tuple[str | int, ...]]
    notes: tuple[str, ...] = ()
    differentials: Mapping[str, str] = field(default_factory=dict)
