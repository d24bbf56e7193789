"""The second route, which shares nothing with torch: sympy's formulas and the rows' rules, both in balls,
and difference quotients from either side where neither tells.

What is certain wins: an entry that balls enclose is never asked of quotients, so that a kink spoils no other entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.meaning.scalars import Array
from gradcli.reference.enclosures import ACCURACY, BEYOND, Enclosed, Rules
from gradcli.reference.problem import Entry, Place, Problem
from gradcli.reference.quotients import OPERATION, Quotients, evaluations
from gradcli.reference.sympy_route import MAX_WORK, SympyRoute
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import BITS, WORK, Budget

KNOWN = 1e-6  # radius of a value of size 1 beside which quotients are taken: that of one of them at a kink is 1e-20
STRICT = False  # tests set it: two routes that enclose different numbers are an error there


class Reference:
    """The truth of a function's value and of its derivatives at one point.

    order:    of the derivatives that will be asked for
    formulas: may sympy be asked? Not where it is sympy's formulas that are checked.
    Errors: LimitError (unchecked) where the function is too large for balls.
    """

    def __init__(self, problem: Problem, order: int, *, formulas: bool = True) -> None:
        self.problem, self.order = problem, order
        self.rules = Rules(problem, order)
        small = formulas and self.rules.work.total <= MAX_WORK
        self.sympy = SympyRoute(problem) if small else None  # None as well once sympy has given up
        self._work_left = Budget()  # for what is delicate

    @property
    def work(self) -> int:
        """What one evaluation of the function and one sweep cost, in units of 128 bits: see ``work``."""
        return round(self.rules.work.units(BITS[0]))

    def at(self, bits: int) -> Enclosed:
        """The function with so many bits: its value, the value of each step, any entry of a derivative.

        Errors: LimitError where balls cannot tell which way it goes.
        """
        return self.rules.at(bits)

    @cached_property
    def quotients(self) -> Quotients:
        """Difference quotients, and limits of the function from either side. Errors: LimitError."""
        return Quotients(self.problem, self.order)

    # -- the truth

    def value(self, accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of the function's value, in order."""
        found = self.rules.value(accuracy)
        for i, place in enumerate(np.ndindex(self.problem.output)):
            if (found[i].status is Status.UNDEFINED and self.rules.inside) or self._vague(found[i]):
                found[i] = self._value_nearby(place, found[i])
        return found

    def affordable(self, entries: Sequence[Entry]) -> int:
        """How many of the entries, from the first on, can be looked at. Entries of one row come at the price of one."""
        return self.rules.affordable(entries)

    def truths(self, entries: Sequence[Entry], accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of a derivative."""
        found = self.rules.truths(entries, accuracy)
        formulas = self._formulas(entries, accuracy)
        if formulas is not None:
            found = [self._better(rule, formula) for rule, formula in zip(found, formulas, strict=True)]
        for i, entry in enumerate(entries):
            if self._delicate(entry[0], found[i]):
                found[i] = self._otherwise(entry, found[i], accuracy)
        return found

    def _otherwise(self, entry: Entry, truth: Truth, accuracy: int) -> Truth:
        """An entry for which balls give no number: by the same derivatives in the other order, as a kink in the first
        variable may be none in the second; else by quotients."""
        place, variables = entry
        turned = variables[::-1]
        if turned != variables:
            (other,) = self.rules.truths([(place, turned)], accuracy, self._work_left)
            if other.status is Status.ENCLOSED:
                return other
        return self._from_sides(entry, truth)

    def terms(self, entry: Entry) -> float:
        """The size of the terms whose sum an entry is: what cancels where it is 0. An upper bound; inf if untold."""
        return self.rules.terms(entry)

    # -- by formulas

    def _formulas(self, entries: Sequence[Entry], accuracy: int) -> list[Truth] | None:
        """What sympy's formulas say; None where it gives up."""
        if self.sympy is None:
            return None
        try:
            return self.sympy.enclosures(entries, accuracy)
        except (LimitError, ExpressionError):
            self.sympy = None
            return None

    def _better(self, rule: Truth, formula: Truth) -> Truth:
        """What both say of one entry. A formula speaks of smooth points alone: rules say whether this is one."""
        if formula.value is None or (rule.value is None and not (rule.status is Status.UNTOLD and self._smooth)):
            return rule
        if rule.value is None:
            return formula
        if not rule.value.overlaps(formula.value):
            if STRICT:
                raise AssertionError(f"rules enclose {rule.value}, sympy's formula {formula.value}")
            return rule
        narrower = rule.value if rule.value.rad() < formula.value.rad() else formula.value
        return replace(formula, value=narrower)

    @cached_property
    def _smooth(self) -> bool:
        """Has no operation of the program a kink anywhere?"""
        ops = [step.op for step in self.problem.program.steps if step.op is not None]
        return not any(op.kinks or op.kink_test or op.boolean for op in ops)

    # -- by quotients

    @cached_property
    def _values(self) -> Mapping[Place, Truth]:
        return dict(zip(np.ndindex(self.problem.output), self.value(), strict=True))

    def _vague(self, truth: Truth) -> bool:
        """Could balls not even run? Where they want more bits, quotients of fewer digits would tell by chance."""
        return truth.status is Status.UNTOLD and truth is not BEYOND and not self.rules.runs

    def _delicate(self, place: Place, truth: Truth) -> bool:
        """Is a derivative not known, though the function has a finite value, and may quotients know it?

        Where a condition cannot be told, the value may be that of either branch: quotients would take one by chance.
        """
        if truth.status is Status.ENCLOSED or not (truth.status is Status.UNDEFINED or self._vague(truth)):
            return False
        value = self._values[place].value
        return value is not None and bool(value.is_finite()) and bool(value.rad() <= KNOWN * abs(value.mid()).max(1))

    def _from_sides(self, entry: Entry, truth: Truth) -> Truth:
        """What quotients from both sides say of an entry for which balls give no number."""
        if not self._pays_for(entry):
            why = f"{truth.why}; difference quotients there take more than {WORK:,} operations"
            return Truth(Status.UNTOLD, why=why)
        try:
            return self.quotients.truth(entry, truth.why)
        except LimitError as limit:
            return Truth(Status.UNTOLD, why=limit.message)

    def _pays_for(self, entry: Entry) -> bool:
        """Is there work left for an entry's quotients? All entries of the output come at once."""
        if "quotients" in self.__dict__ and self.quotients.knows(entry[1]):
            return True
        return self._work_left.spend(evaluations(len(entry[1])) * OPERATION * self.rules.work.total)

    def _value_nearby(self, place: Place, truth: Truth) -> Truth:
        """A value that balls do not give: that of mpmath, as for a derivative inside the expression, at a kink."""
        if not self._pays_for((place, ())):
            return truth
        try:
            return self.quotients.value(place, truth)
        except LimitError:
            return truth

    def beyond_kink(self, direction: Mapping[str, Array]) -> Array:
        """The one-sided derivative of the outputs along a direction, as floats; nan where there is none.

        Errors: LimitError.
        """
        return self.quotients.beyond_kink(direction)
