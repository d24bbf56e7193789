"""The second route, which shares nothing with torch: sympy's formulas and the rows' rules, both in balls, and series
from either side where neither tells.

Each entry is asked by itself, so that a kink spoils no other entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import may_jump
from gradcli.meaning.series.ray import BITS as RAY_BITS
from gradcli.meaning.series.ray import JUMPS
from gradcli.meaning.series.series import wide
from gradcli.reference.enclosures import ACCURACY, BEYOND, Enclosed, Rules, told
from gradcli.reference.inside import Sided
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.sides import Rays
from gradcli.reference.sympy_route import MAX_WORK, SympyRoute
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import BITS, Budget, Work

STRICT = False  # tests set it: two routes that enclose different numbers are an error there


class Reference:
    """The truth of a function's value and of its derivatives at one point.

    order:    of the derivatives that will be asked for
    formulas: may sympy be asked? Not where it is sympy's formulas that are checked.
    large:    may the function be too large for balls? ``beyond`` says so then.
    work:     of the function, where it is known already
    Errors: LimitError (unchecked) where it is, and may not.
    """

    def __init__(
        self, problem: Problem, order: int, *, formulas: bool = True, large: bool = False, work: Work | None = None
    ) -> None:
        self.problem, self.order = problem, order
        self.rules = Rules(problem, order, large=large, work=work)
        small = formulas and self.rules.work.total <= MAX_WORK
        self.sympy = SympyRoute(problem) if small else None  # None as well once sympy has given up
        self._work_left = Budget()  # for what balls give no number of
        self._lower: dict[Entry, Truth] = {}

    @property
    def beyond(self) -> LimitError | None:
        """Why balls cannot look at the function, where it is too large."""
        return self.rules.beyond

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
    def rays(self) -> Rays:
        """What the function does on either side of the point."""
        try:
            jumps = any(may_jump(number) for number in self.rules.at(BITS[0]).value.ravel())
        except LimitError:
            jumps = True
        return Rays(self.problem, self.rules.work, self._work_left, self._known, JUMPS if jumps else RAY_BITS)

    # -- the truth

    def value(self, accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of the function's value, in order."""
        found = self.rules.value(accuracy)
        if not any(truth.status is Status.UNDEFINED for truth in found) or not self.rules.inside:
            return found
        try:
            sided = Enclosed(self.problem, BITS[1], arithmetic=Sided(ideal=self.problem.ideal))
        except LimitError:
            return found
        return [told(sided.value[place], BITS[1], self.rays.name) for place in np.ndindex(self.problem.output)]

    def affordable(self, entries: Sequence[Entry]) -> int:
        """How many of the entries, from the first on, can be looked at. Entries of one row come at the price of one."""
        return self.rules.affordable(entries)

    def truths(self, entries: Sequence[Entry], accuracy: int = ACCURACY) -> list[Truth]:
        """What is known of each entry of a derivative."""
        if self.beyond is not None:
            return [Truth(Status.UNTOLD, why=self.beyond.message)] * len(entries)
        found = self.rules.truths(entries, accuracy)
        formulas = self._formulas(entries, accuracy)
        if formulas is not None:
            found = [self._better(rule, formula) for rule, formula in zip(found, formulas, strict=True)]
        for i, entry in enumerate(entries):
            if found[i].status is Status.UNDEFINED or (found[i].status is Status.UNTOLD and found[i] is not BEYOND):
                found[i] = self._otherwise(entry, found[i], accuracy)
        return found

    def _otherwise(self, entry: Entry, truth: Truth, accuracy: int) -> Truth:
        """An entry for which balls give no number: by series from both sides; where the first derivative has a kink of
        its own, by the same derivatives in the other order, as there may be none in the second variable."""
        place, variables = entry
        turned = variables[::-1]
        if turned != variables and self.rules.truths([(place, variables[:1])])[0].status is not Status.ENCLOSED:
            (other,) = self.rules.truths([(place, turned)], accuracy, self._work_left)
            if other.status is Status.ENCLOSED:
                return other
        here = self._known((place, ())).value
        if here is None or not here.is_finite():
            return truth
        found = self.rays.truth(entry, truth.why)
        return truth if truth.status is found.status is Status.UNTOLD else found

    def _known(self, entry: Entry) -> Truth:
        """What is known of the function's value, or of a first derivative, as sharply as series know it; looked at
        once."""
        if entry not in self._lower:
            if entry[1]:
                (self._lower[entry],) = self._sharpened([entry], self.truths([entry]))
            else:
                entries: list[Entry] = [(place, ()) for place in np.ndindex(self.problem.output)]
                self._lower |= zip(entries, self._sharpened(entries, self.value()), strict=True)
        return self._lower[entry]

    def _sharpened(self, entries: Sequence[Entry], truths: Sequence[Truth]) -> list[Truth]:
        """Enclosures with the bits of series, where there is work left for them: a jump is told by its size."""
        bits = self.rays.bits
        with precision(bits):
            rough = [truth.value is not None and wide(truth.value) for truth in truths]
        if not any(rough) or not self._work_left.spend(self.rules.work.units(bits)):
            return list(truths)
        try:
            here = self.rules.at(bits)
        except LimitError:
            return list(truths)
        found = [told(here.entry(entry), bits) for entry in entries]
        return [
            sharp if wanted and sharp.value is not None else truth
            for wanted, sharp, truth in zip(rough, found, truths, strict=True)
        ]

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
        return not any(op.kinks or op.kinked or op.boolean for op in ops)
