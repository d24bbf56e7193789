"""The second route to a derivative's entries, which shares nothing with torch: sympy's formulas and the rows' rules, both
in balls, and difference quotients from either side where neither tells.

What is certain wins: an entry that balls enclose is never asked of quotients, so that a kink spoils no other entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import inf
from typing import Any

from flint import arb

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.meaning.program import Deadline
from gradcli.meaning.scalars import Array, Scalar, floats
from gradcli.reference.differences import Differences
from gradcli.reference.directions import beyond_kink
from gradcli.reference.enclosures import ACCURACY, Enclosed, Rules
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.routes import MAX_SYMBOLIC_TOTAL, MAX_SYMBOLIC_WORK
from gradcli.reference.sides import Sides as Quotients
from gradcli.reference.sympy_route import SympyRoute
from gradcli.reference.truth import Sides, Status, Truth

DIFFERENCES = "differences"


class Reference:
    """The truth of a function's value and of its derivatives at one point.

    order:    of the derivatives that will be asked for
    formulas: may sympy be asked? Not where it is sympy's formulas that are checked.
    Errors: LimitError (unchecked) where the function is too large for balls.
    """

    def __init__(self, problem: Problem, order: int, deadline: Deadline[Any], *, formulas: bool = True) -> None:
        self.problem, self.order, self.deadline, self.formulas = problem, order, deadline, formulas
        self.rules = Rules(problem, deadline)

    @property
    def work(self) -> int:
        """Scalar operations of the function."""
        return self.rules.work

    def at(self, bits: int) -> Enclosed:
        """The function with so many bits: its value, the value of each step, any entry of a derivative."""
        return self.rules.at(bits)

    @cached_property
    def quotients(self) -> Quotients:
        """One-sided difference quotients in high precision. Errors: LimitError."""
        return Differences(self.problem, self.order, self.deadline).sides

    @cached_property
    def sympy(self) -> SympyRoute | None:
        """sympy's formulas, where the function is small enough for them; None where sympy gave up as well."""
        if not self.formulas or self.work > MAX_SYMBOLIC_WORK:
            return None
        return SympyRoute(Differences(self.problem, self.order, self.deadline))

    # -- the truth

    def value(self, accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of the function's value, in order."""
        return self.rules.value(accuracy)

    def truths(self, entries: Sequence[Entry], accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of a derivative."""
        found = self.rules.truths(entries, accuracy)
        if self.by_sympy(entries):
            found = [replaced(truth) for truth in found]
        return [
            truth if truth.status is Status.ENCLOSED else self.from_sides(entry, truth)
            for entry, truth in zip(entries, found, strict=True)
        ]

    def by_sympy(self, entries: Sequence[Entry]) -> bool:
        if self.sympy is None or self.work * len(entries) > MAX_SYMBOLIC_TOTAL:
            return False
        try:
            for entry in entries:
                self.sympy.formula(entry)
        except (LimitError, ExpressionError):
            self.__dict__["sympy"] = None
            return False
        return True

    def delicate(self, entry: Entry) -> bool:
        """Do balls give no number: does the way lead over a kink, an edge, or 0 times an infinite slope?"""
        return self.rules.truths([entry])[0].status is not Status.ENCLOSED

    def terms(self, entry: Entry) -> float:
        """The size of the terms whose sum an entry is: what cancels where it is 0. An upper bound; inf if untold."""
        return self.rules.terms(entry)

    # -- on a kink

    def from_sides(self, entry: Entry, truth: Truth) -> Truth:
        """What quotients from both sides say of an entry for which balls give no number."""
        try:
            found = self.quotients.truth(entry)
        except LimitError as limit:
            return Truth(Status.UNTOLD, why=limit.message)
        if found.value is not None:
            return Truth(Status.ENCLOSED, _ball(found.value), reference=DIFFERENCES)
        left, right = map(_float, (found.left, found.right))
        jump = None if found.jump is None else (float(found.jump[0]), float(found.jump[1]))
        return Truth(Status.UNDEFINED, why=truth.why, reference=DIFFERENCES, sides=Sides(left, right, jump))

    def beyond_kink(self, direction: Mapping[str, Array]) -> Array:
        """The one-sided derivative of the outputs along a direction, as floats; nan where there is none.

        Errors: LimitError.
        """
        here = self.quotients.here
        assert isinstance(here, Differences)
        return floats(beyond_kink(here, direction))


def replaced(truth: Truth) -> Truth:
    return truth if truth.status is not Status.ENCLOSED else Truth(truth.status, truth.value, reference="sympy")


def _float(side: Scalar | None) -> float | None:
    return None if side is None else float(side)


def _ball(number: Scalar) -> arb:
    """A number of a quotient, with what two sides may differ by as its radius."""
    if abs(number) == inf:
        return arb(float(number))
    middle = arb(str(number))
    return arb(middle.mid(), abs(middle) * arb("1e-12"))
