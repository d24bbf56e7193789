"""The verdict: torch's numbers against the second route, each entry by itself; the worst is the verdict.

A statement is made only where an enclosure decides it. An entry agrees where its relative error is certainly below
``rtol``, by default five eighths of the digits of the dtype; where the truth is 0, the size of the terms that cancel
stands in its place. An entry that is certainly off is explained, in this order: the function has no derivative there
(`convention`, `singular`); a step of torch's tape lost its number or took a slope that does not exist (`trap`); a step
gives another number (`differs`); every step is right by itself (`rounding`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, isfinite

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.limits import alarm
from gradcli.base.wording import cut_off
from gradcli.meaning.balls.ball import UntoldError
from gradcli.meaning.program import with_floats
from gradcli.meaning.scalars import Array
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.enclosures import BEYOND
from gradcli.reference.every_entry import NAME as EXTENDED
from gradcli.reference.problem import Entry, Place, Problem
from gradcli.reference.reference import Reference
from gradcli.reference.sides import NAME as SERIES
from gradcli.reference.sympy_route import SympyRoute
from gradcli.reference.truth import Status, Truth
from gradcli.verdicts.advice import Checked, advised
from gradcli.verdicts.by_choice import chosen_slopes
from gradcli.verdicts.chosen import LISTED_ENTRIES, VALUE, Wanted, chosen
from gradcli.verdicts.comparison import Comparison, compare, radius, shown
from gradcli.verdicts.every_entry import Pass
from gradcli.verdicts.explained import leaves_range, takes_another_slope, why_not
from gradcli.verdicts.first_wrong_step import Cause, Causes
from gradcli.verdicts.one_direction import OneDirection, separate
from gradcli.verdicts.rounding import Rounding
from gradcli.verdicts.tally import Tally
from gradcli.verdicts.undefined import edge_of_value, nearest, sided
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found.

    sympy:   the route of formulas, where it was chosen and did not give up
    certain: the answers' arrays with the number nearest to the enclosure wherever torch's is not right
    rest:    the verdict on these
    """

    check: Check
    sympy: SympyRoute | None
    certain: tuple[Array, ...]
    rest: Verdict


@np.errstate(all="ignore")  # what is nan or infinite is handled, here and in the routes
def crosscheck(
    problem: Problem, answers: Sequence[Answer], value: Array | None, order: int, settings: Settings
) -> Outcome:
    """The verdict on torch's ``answers``.

    value: torch's function value, checked as well; its shape is that of the program's result.
    Errors: none; whatever prevents the check is the reason of an `unchecked`.
    """
    total = sum(answer.array.size for answer in answers)
    if settings.mode == "off":
        return _nothing(unchecked("the check is off", total), answers)
    try:
        with alarm(settings.seconds, cut_off(settings.seconds)):
            checker = _Checker.of(problem, order, answers, value, settings)
            check = checker.verdict()
            at_edge = checker.with_floats(order)
            if at_edge is not None:
                checker, check = at_edge, at_edge.summary()
        step = checker.tally.step if checker.tally.blamed is check.verdict else None
        case = Checked(check, checker.reference, answers, checker.tally.known, settings, step)
        return Outcome(advised(case), checker.reference.sympy, checker.certain(), checker.rest(check))
    except LimitError as limit:
        return _nothing(unchecked(limit.message, total), answers)


def _nothing(check: Check, answers: Sequence[Answer]) -> Outcome:
    return Outcome(check, None, tuple(answer.array for answer in answers), check.verdict)


class _Checker:
    """A check at one point. whole: all entries at once, of large results."""

    def __init__(
        self,
        reference: Reference,
        answers: Sequence[Answer],
        value: Array | None,
        settings: Settings,
        whole: Pass | None,
    ) -> None:
        self.reference, self.answers, self.value, self.settings = reference, answers, value, settings
        self.whole = whole
        self.total = sum(answer.array.size for answer in answers)
        self.tally = Tally()
        self.used: set[str] = set()  # names of routes that gave truths
        self.undefined: set[Place] = set()  # output entries at which the function has no value
        self.direction = False
        self.one_direction = OneDirection(reference, answers, settings)
        self.rounding = Rounding(reference.problem, settings, reference.work)
        self.causes = Causes(reference.problem, settings, reference.work)

    @classmethod
    def of(
        cls, problem: Problem, order: int, answers: Sequence[Answer], value: Array | None, settings: Settings
    ) -> _Checker:
        """Errors: LimitError."""
        whole = Pass.over(problem, answers, value, settings)
        reference = Reference(problem, order, formulas=settings.formulas, large=whole is not None)
        return cls(reference, answers, value, settings, whole)

    def verdict(self) -> Check:
        self.check_value()
        wanted = self.wanted()
        known = self.by_balls(wanted)
        for (k, place), truth in zip(wanted, self.truths(wanted, known), strict=True):
            self.enter(k, place, truth)
        if self.whole is not None:
            self.take_in(self.whole, wanted)
        elif len(wanted) < self.total <= LISTED_ENTRIES and not self.undefined and not self.delicate:
            found = self.one_direction.compared(self.rounding)
            self.direction = found is not None
            self.tally.findings += found or []
        self.check_differentiable()
        self.tally.findings += chosen_slopes(self.reference, self.answers, self.tally.known)
        return self.summary()

    def with_floats(self, order: int) -> _Checker | None:
        """The check of the function whose numbers are the floats that torch computes with, where that one stands at a
        kink, an edge or a pole and this one beside it: abs(x - 0.1) at the float 0.1."""
        problem = self.reference.problem
        program = with_floats(problem.program, self.settings.float_type.bits)
        if program is problem.program or self.delicate:
            return None
        found = _Checker.of(replace(problem, program=program), order, self.answers, self.value, self.settings)
        if self.undefined or not found.may_lack([self.entry(k, place) for k, place, _ in self.tally.known]):
            return None
        found.verdict()
        wrong = any(finding.verdict is not Verdict.AGREES for finding in self.tally.findings)
        if not (found.delicate or found.undefined or (found.alone is not None and wrong)):
            return None
        note = f"numbers in the formula are the {self.settings.dtype} numbers next to them, as torch takes them"
        found.tally.findings += [Finding(Verdict.AGREES, None, text) for text in (note, *self.beside(found))]
        return found

    def may_lack(self, entries: Sequence[Entry]) -> bool:
        """Is the value, or one of these derivatives, not there, or may it not be?"""
        if self.whole is not None:
            return not self.whole.told
        told = [*self.reference.rules.value(), *self.reference.rules.truths(entries)]
        return any(truth.status is Status.UNDEFINED for truth in told)

    def beside(self, other: _Checker) -> Iterator[str]:
        """On which side of the other function's kinks this one's point lies, as its derivative there tells."""
        known = {(k, place): truth.value for k, place, truth in self.tally.known if truth.value is not None}
        for k, place, truth in other.tally.known:
            sides, true = truth.sides, known.get((k, place))
            if sides is None or true is None:
                continue
            meets = [
                one
                for one, end in (("left", sides.left), ("right", sides.right))
                if end is not None and end.overlaps(true)
            ]
            if len(meets) == 1:
                where = f"with the numbers as written the point lies on the {meets[0]}"
                yield f"{self.answers[k].name(place)}: {where}, where the derivative is {shown(true)}"

    @property
    def alone(self) -> Pass | None:
        """The pass over all entries, where balls cannot look at any."""
        return None if self.reference.beyond is None else self.whole

    @property
    def route(self) -> str | None:
        """Which routes gave truths, such as sympy; None if none was needed."""
        return ", ".join(sorted(self.used, reverse=True)) or None

    @property
    def delicate(self) -> bool:
        """Did balls leave any entry to series from either side: is the function at a kink or an edge?"""
        return any(truth.reference == SERIES for _, _, truth in self.tally.known)

    # -- the value

    def check_value(self) -> None:
        """The value is a number too: a torch meaning and a sympy meaning that differ are found here first."""
        if self.whole is not None and self.whole.value_agrees:
            return
        wanted: list[Wanted] = [(VALUE, place) for place in np.ndindex(self.reference.problem.output)]
        for (_, place), truth in zip(wanted, self.truths(wanted, self.reference.value()), strict=True):
            if truth.status is Status.UNDEFINED or (truth.value is not None and _infinite(truth.value)):
                self.undefined.add(place)
                self.tally.findings += edge_of_value(self.reference, place, truth, self.answers, self.tally.known)
            elif self.value is not None:
                self.judge(VALUE, place, float(self.value[place]), truth)

    # -- the entries

    def wanted(self) -> list[Wanted]:
        """The entries to look at one by one, of outputs that are defined."""
        if self.whole is None:
            found = chosen(self.reference, self.answers, self.settings)
        else:
            found = self.whole.wanted(self.reference)
        return [one for one in found if self.entry(*one)[0] not in self.undefined]

    def by_balls(self, wanted: Sequence[Wanted]) -> list[Truth]:
        """What balls know of entries, but for those of a large function that are settled without them."""
        settled = () if self.whole is None or not self.whole.heavy else self.whole.settled
        asked = [one for one in wanted if not (settled and settled[one[0]][one[1]])]
        found = self.reference.truths([self.entry(*one) for one in asked]) if asked else []
        told = dict(zip(asked, found, strict=True))
        return [told.get(one, BEYOND) for one in wanted]

    def truths(self, wanted: Sequence[Wanted], known: list[Truth]) -> list[Truth]:
        """What is known of entries, in large results by other numbers where not by balls."""
        return known if self.whole is None else self.whole.told_too(wanted, known)

    def take_in(self, whole: Pass, wanted: Sequence[Wanted]) -> None:
        """Takes in the entries that clearly agree, or are off by rounding, and were not looked at by themselves."""
        settled = whole.settled
        count = sum(int(one.sum()) for one in settled)
        self.tally.checked += count - sum(bool(settled[k][place]) for k, place in wanted)
        self.used |= {EXTENDED} if count else set()
        self.tally.findings = [*whole.findings(), *self.tally.findings]

    def entry(self, k: int, place: Place) -> Entry:
        return self.answers[k].entry(place) if k != VALUE else (place, ())

    def enter(self, k: int, place: Place, truth: Truth) -> None:
        """Judges one entry of a derivative."""
        number = float(self.answers[k].array[place])
        self.tally.known.append((k, place, truth))
        name = self.answers[k].name(place)
        if truth.status is Status.UNTOLD:
            note = f"{name}: {truth.why}"
            self.tally.findings.append(Finding(Verdict.UNCHECKED, None, note, name, number))
            return
        self.tally.checked += 1
        self.tally.certain += truth.reference != EXTENDED
        self.used.add(truth.reference)
        if truth.sides is not None and truth.sides.only is not None:
            self.at_edge(k, place, number, truth)
        elif truth.value is None or _infinite(truth.value):
            first = len(self.answers[k].wrt) == 1
            self.tally.findings.append(sided(name, number, truth, self.settings, alone=first))
        else:
            self.judge(k, place, number, truth)

    def at_edge(self, k: int, place: Place, number: float, truth: Truth) -> None:
        """Holds a number against the derivative from the one side that there is."""
        assert truth.sides is not None
        true = truth.sides.only
        assert true is not None
        name = self.named(k, place)
        where = f"the derivative from the {'right' if truth.sides.left is None else 'left'}, at the edge of the domain"
        found = compare(number, true, lambda: inf, self.settings)
        verdict, note, right = Verdict.AGREES, where, None
        if not found.agrees:
            verdict, note, right = Verdict.TRAP, f"{number!r} against {shown(true)}, {where}", float(true.mid())
            self.tally.corrected[k, place] = right
        sides = map(nearest, (truth.sides.left, truth.sides.right))
        self.tally.findings.append(Finding(verdict, found.digits, f"{name}: {note}", name, number, right, *sides))

    def judge(self, k: int, place: Place, number: float, truth: Truth) -> None:
        """Holds a number against its enclosure."""
        if truth.value is None:
            note = f"the value: {truth.why}"
            self.tally.findings.append(Finding(Verdict.UNCHECKED, None, note, "", number))
            return
        found = compare(number, truth.value, partial(self.terms, k, place, truth), self.settings)
        if found.agrees:
            digits = found.digits if k != VALUE else None
            note = f"{self.named(k, place)}: {found.note}" if found.note else ""
            self.tally.findings.append(Finding(Verdict.AGREES, digits, note, terms=found.terms))
            if truth.exact_zero and number:
                self.tally.corrected[k, place] = 0.0
        else:
            self.tally.findings.append(self.explained(k, place, number, truth, found))

    def terms(self, k: int, place: Place, truth: Truth) -> float:
        """The size of the terms that an entry is the sum of."""
        if truth.reference == SERIES:
            return inf  # series know of no terms
        if self.alone is not None:
            return self.alone.terms(k, place)
        return self.rounding.terms(self.entry(k, place))

    def named(self, k: int, place: Place) -> str:
        return self.answers[k].name(place) if k != VALUE else "the value"

    # -- an entry that does not agree

    def explained(self, k: int, place: Place, number: float, truth: Truth, found: Comparison) -> Finding:
        """Why torch's number is not the truth, in words."""
        assert truth.value is not None
        name = self.named(k, place)
        entry = name if k != VALUE else ""
        true = truth.value
        if found.agrees is None:
            near = f"{number!r} lies within reach of" if isfinite(number) else f"{number!r}, and the truth is"
            note = f"{name}: {near} {shown(true)} ± {radius(true)}, which does not decide"
            return Finding(Verdict.UNCHECKED, None, note, entry, number)
        against = f"{name}: {found.note or f'{number!r} against {shown(true)}'}"
        if abs(true) > self.settings.float_type.largest:
            why = f", beyond {self.settings.dtype}'s range"
            return Finding(Verdict.SINGULAR, 0.0, against + why, entry, number, float(true.mid()))
        self.tally.corrected[k, place] = float(true.mid())
        cause = self.cause(k, place, number, truth)
        digits = None if found.terms is not None else found.digits
        verdict, why = why_not(cause, number, digits, true, self.settings, of_value=k == VALUE)
        if cause.step is not None and cause.verdict.rank > self.tally.blamed.rank:
            self.tally.blamed, self.tally.step = cause.verdict, cause.step
        given = digits if k != VALUE or verdict is not Verdict.AGREES else None
        return Finding(verdict, given, against + why, entry, number, float(true.mid()), terms=found.terms)

    def cause(self, k: int, place: Place, number: float, truth: Truth) -> Cause:
        """By torch's tape where there is one; else by what rounding may do to it."""
        true = truth.value
        assert true is not None
        entry = self.entry(k, place)
        cause = self.causes.of(entry, number, true, delicate=truth.reference == SERIES)
        if cause is not None:
            return cause
        if not isfinite(number):
            return Cause(Verdict.TRAP)
        explained = None if self.whole is None else self.whole.rounding.explains(k, place, number)
        if explained is None and self.alone is not None:
            return Cause(Verdict.UNCHECKED)
        if self.rounding.explains(entry, number) if explained is None else explained:
            return Cause(Verdict.ROUNDING)
        return Cause(Verdict.TRAP if self.delicate or self.strays else Verdict.DIFFERS)

    @property
    def strays(self) -> bool:
        """May a number have left the dtype's range on the way, or does a row say that torch takes another slope?"""
        if self.whole is not None and self.whole.rounding.reached is not None:
            leaves = self.whole.rounding.strays
        else:
            leaves = leaves_range(self.reference, self.answers, self.settings)
        return leaves or takes_another_slope(self.reference)

    # -- on a kink

    def check_differentiable(self) -> None:
        """On a kink where every partial derivative exists: does the function follow them in other directions too?"""
        known = self.tally.known
        if not self.delicate or not separate(self.answers) or self.total < 2 or len(known) < self.total:
            return
        if any(truth.value is None or _infinite(truth.value) for _, _, truth in known):
            return
        try:
            follows = self.one_direction.follows(known)
        except UntoldError:
            return  # what only adds a doubt, and cannot be had, changes nothing
        if not follows:
            note = "every partial derivative exists here, but the function does not follow them in other directions"
            self.tally.findings = [f for f in self.tally.findings if f.verdict is Verdict.AGREES or not f.entry]
            self.tally.findings.append(Finding(Verdict.CONVENTION, None, note))

    def directional(self) -> list[str]:
        """At a kink of several variables: the one-sided derivatives along all ones, beside torch's gradient."""
        scalar = all(answer.output_rank == 0 for answer in self.answers) and separate(self.answers)
        found = self.one_direction.all_ones() if scalar and self.total > 1 else None
        if found is None:
            return []
        forward, back, given = found
        return [
            f"along all ones: {forward!r} forward, {back!r} backward; torch's gradient gives {given!r} and {-given!r}"
        ]

    # -- the whole

    def summary(self) -> Check:
        tally = self.tally
        worst, notes = tally.worst, tally.notes
        sampled = self.sampled
        if sampled:
            drawn = "a seeded sample" if self.whole is None else "those that clearly agree, and a sample of the others"
            notes.append(f"{drawn}: {tally.checked} of {self.total} entries")
            notes += ["and one random direction through all of them"] if self.direction else []
        if sampled and worst is Verdict.AGREES and not self.direction:
            worst = Verdict.UNCHECKED
            notes.append("the other entries were left without a check")
        notes += self.directional() if worst is Verdict.CONVENTION and self.delicate else []
        return Check(
            worst,
            tally.digits(worst, self.settings),
            tally.checked,
            self.total,
            self.route,
            tuple(notes),
            tally.listed,
            terms=tally.terms,
            certain=None if tally.certain == tally.checked else tally.certain,
        )

    @property
    def sampled(self) -> bool:
        """Were some entries not looked at?"""
        return self.tally.checked + self.tally.untold < self.total and not self.undefined

    def certain(self) -> tuple[Array, ...]:
        """The answers with the float nearest to the enclosure wherever torch's number is not right."""
        arrays = [np.array(answer.array, dtype=np.float64) for answer in self.answers]
        for array, compared in zip(arrays, () if self.whole is None else self.whole.compared, strict=False):
            if compared.rounded is not None:
                array[compared.rounded] = compared.whole.value[compared.rounded]
        for (k, place), true in self.tally.corrected.items():
            if k == VALUE:
                continue
            arrays[k][place] = true
        return tuple(arrays)

    def rest(self, check: Check) -> Verdict:
        """The verdict where certain numbers stand in the place of those that are not right."""
        worst = self.tally.worst_of_rest
        unsampled = check.verdict is Verdict.UNCHECKED or (self.sampled and worst is Verdict.AGREES)
        return Verdict.UNCHECKED if unsampled else worst


def _infinite(true: arb) -> bool:
    return not true.is_finite()
