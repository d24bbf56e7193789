"""The verdict: torch's numbers against the second route, entry by entry.

An entry agrees when its relative error is below ``rtol``, by default five eighths of the digits of the dtype. An entry
that does not is explained, in this order: the function has no derivative there (`convention`, `singular`); rounding
alone moves the result that far, as runs with random rounding errors show, or the error is of the size of rounding in
the largest entry (`rounding`); the derivative exists but autograd went through an overflow, an infinite slope or a kink
(`trap`); otherwise somebody has a bug (`differs`).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

import numpy as np

from gradcli.base.dtypes import NEARLY_ZERO
from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.limits import alarm
from gradcli.meaning.program import Deadline
from gradcli.meaning.scalars import Array, Scalar
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.problem import Entry, Place, Problem, Truth
from gradcli.reference.routes import Route, Routes, routes_to
from gradcli.reference.sympy_route import SympyRoute
from gradcli.verdicts.advice import Checked, advised
from gradcli.verdicts.one_direction import OneDirection, separate
from gradcli.verdicts.rounding import FEW_RUNS, MANY_RUNS, Explainer, Noise, shown
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked

FULL_ENTRIES, SAMPLE_ENTRIES = 4_096, 16
MAX_NOTES = 5
MAX_FINDINGS = 100

Wanted = tuple[int, Place]  # an answer, and an entry of it


@dataclass(slots=True)
class _Tally:
    """Findings so far, the entries still to be explained (answer's index, place, torch's number, truth), all truths."""

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    unexplained: list[tuple[int, Place, float, Scalar]] = field(default_factory=list)
    known: list[tuple[int, Place, Truth]] = field(default_factory=list)


@np.errstate(all="ignore")  # what is nan or infinite is handled, here and in the routes
def crosscheck(
    problem: Problem, answers: Sequence[Answer], value: Array | None, order: int, settings: Settings
) -> tuple[Check, SympyRoute | None]:
    """The verdict on torch's ``answers``, and sympy's route where it was chosen and did not give up.

    value: torch's function value, checked as well; its shape is that of the program's result.
    Errors: none; whatever prevents the check is the reason of an `unchecked`.
    """
    total = sum(answer.array.size for answer in answers)
    if settings.mode == "off":
        return unchecked("the check is off", total), None
    deadline: Deadline[Any] = Deadline(settings.seconds)
    try:
        with alarm(settings.seconds and 1.5 * settings.seconds, f"more than {settings.seconds} s"):
            routes = routes_to(problem, order, total, deadline, formulas=settings.formulas)
            checker = _Checker(routes, answers, value, settings)
            check = checker.verdict()
        return advised(Checked(check, routes, answers, checker.tally.known, settings)), checker.sympy
    except LimitError as limit:
        reason = f"the second route needs {limit.message} (--check-time)" if limit.kind == "time" else limit.message
        return unchecked(reason, total), None


class _Checker:
    def __init__(self, routes: Routes, answers: Sequence[Answer], value: Array | None, settings: Settings) -> None:
        self.here, self.answers, self.value, self.settings = routes.differences, answers, value, settings
        self.sympy = routes.sympy  # None once it gives up
        self.used: set[str] = set()  # names of routes that gave truths
        self.total = sum(answer.array.size for answer in answers)
        self.tally = _Tally()
        self.direction = False
        self.explainer = Explainer(self.here, settings)
        self.one_direction = OneDirection(self.here, answers, settings)
        self.noise = Noise(
            settings, self.here.deadline, [*(a.array for a in answers), *([] if value is None else [value])]
        )

    def verdict(self) -> Check:
        undefined = self.undefined_value()
        if undefined is not None:
            return undefined
        self.check_value()
        limit = min(FULL_ENTRIES, self.total) if self.settings.mode == "full" else min(SAMPLE_ENTRIES, self.total)
        wanted = self.sample(limit)
        route, wanted, truths = self.truths_of(wanted)
        large = route is self.here and self.total > SAMPLE_ENTRIES
        if large:  # first, while there is time: one direction sees every entry
            self.compare_direction()
        self.compare(route, wanted, truths)
        if self.tally.checked < self.total and not large:
            self.compare_direction()
        self.check_differentiable()
        self.explain_the_rest()
        return self.summary()

    @property
    def route(self) -> str | None:
        """Which routes gave truths: sympy's formulas, difference quotients, or both; None if none was needed."""
        return ", ".join(sorted(self.used, reverse=True)) or None

    # -- the value

    def undefined_value(self) -> Check | None:
        """`singular` if the function itself has no finite value at the point."""
        finite = np.vectorize(self.here.arithmetic.context.isfinite, otypes=[bool])(self.here.value)
        if finite.all():
            return None
        if self.here.at_point.split:
            names = ", ".join(dict.fromkeys(hazard.op.name for hazard in self.here.at_point.hazards))
            note = (
                f"a derivative inside the expression does not exist here: {names} is at a kink, "
                "and torch chooses a slope"
            )
            return Check(Verdict.CONVENTION, None, 0, self.total, self.route, (note,))
        place = next(iter(np.argwhere(~finite)))
        at = f" in entry [{', '.join(map(str, place))}]" if self.here.value.ndim else ""
        value = self.here.value[tuple(place)]
        word = f"is {'-' * (value < 0)}infinite" if value == value else "is undefined or not real"
        return Check(
            Verdict.SINGULAR,
            None,
            0,
            self.total,
            self.route,
            (f"the function {word} here{at}", *self.removable()),
        )

    def removable(self) -> list[str]:
        """The limits of value and derivative from both sides; where they meet, the singularity can be removed."""
        try:
            left, right = self.here.sides.limits_of_value()
            if left is None and right is None:
                return []
            if (
                left is None
                or right is None
                or abs(left) == inf
                or not abs(left - right) <= 1e-9 * max(abs(left), abs(right), 1e-6)
            ):
                return [f"limits of the value: {_side(left)} from the left, {_side(right)} from the right"]
            slope = self.here.sides.slope_across((left + right) / 2)
        except (ValueError, LimitError):
            return []
        if slope is not None and len(self.answers) == 1 and len(self.answers[0].wrt) == 1:
            self.tally.known.append((0, (), Truth(slope)))
        tail = f", of the derivative {_side(slope)}" if slope is not None else ""
        return [f"removable: the limit of the value is {_side((left + right) / 2)}{tail}"]

    def check_value(self) -> None:
        """The value is a number too: a torch meaning and a sympy meaning that differ are found here first."""
        if self.value is None:
            return
        for place in np.ndindex(self.value.shape):
            self.enter(-1, place, float(self.value[place]), Truth(self.here.value[place]))

    # -- the entries

    def sample(self, limit: int) -> list[Wanted]:
        """All entries, or a seeded choice of ``limit``, in order."""
        places = ((k, place) for k, answer in enumerate(self.answers) for place in np.ndindex(answer.array.shape))
        if self.total <= limit:
            return list(places)
        chosen = set(random.Random(self.settings.seed).sample(range(self.total), limit))  # noqa: S311 - a sample, not a secret
        flat = np.concatenate([answer.array.ravel() for answer in self.answers])
        chosen |= set(np.flatnonzero(~np.isfinite(flat))[:limit].tolist())
        return [entry for i, entry in enumerate(places) if i in chosen]

    def truths_of(self, wanted: list[Wanted]) -> tuple[Route, list[Wanted], Iterable[Truth | None]]:
        """The route that answers, and the entries in the order of its answers: sympy, where it was chosen and does not
        give up; else differences, which take their time, so that what is left when it is up is a fair sample."""
        if self.sympy is not None:
            try:
                return self.sympy, wanted, self.sympy.truths([self.entry(k, place) for k, place in wanted])
            except (LimitError, ExpressionError):
                self.sympy = None
        order = list(wanted)
        random.Random(self.settings.seed).shuffle(order)  # noqa: S311 - a sample, not a secret
        order.sort(key=lambda one: isfinite(float(self.answers[one[0]].array[one[1]])))  # the lost ones first
        return self.here, order, self.here.truths([self.entry(k, place) for k, place in order])

    def entry(self, k: int, place: Place) -> Entry:
        return self.answers[k].entry(place)

    def compare(self, route: Route, wanted: Sequence[Wanted], truths: Iterable[Truth | None]) -> None:
        """Holds the wanted entries against their truths, as many as the time allows."""
        try:
            for (k, place), answered in zip(wanted, truths, strict=True):
                truth = answered or self.here.sides.truth(self.entry(k, place))
                self.used.add(route.name if answered else self.here.name)
                self.enter(k, place, float(self.answers[k].array[place]), truth)
                self.tally.known.append((k, place, truth))
                self.tally.checked += 1
                if route is self.here and self.here.deadline.left < 0.25 * (self.here.deadline.seconds or 0):
                    return
        except LimitError as limit:
            if limit.kind != "time" or not self.tally.checked:
                raise

    def compare_direction(self) -> None:
        """All entries at once, along one random direction: what a sample may miss, this does not."""
        if self.here.smooth and separate(self.answers):
            found = self.one_direction.compared(self.explainer, self.noise)
            self.direction = self.direction or found is not None
            self.tally.findings += found or []

    def check_differentiable(self) -> None:
        """On a kink where every partial derivative exists: does the function follow them in other directions too?"""
        known = self.tally.known
        if self.here.smooth or not separate(self.answers) or self.total < 2 or self.tally.checked < self.total:
            return
        if any(truth.one_sided or truth.value is None for _, _, truth in known) or self.one_direction.follows(known):
            return
        note = "every partial derivative exists here, but the function does not follow them in other directions"
        self.tally.findings.append(Finding(Verdict.CONVENTION, None, note))
        self.tally.unexplained = [entry for entry in self.tally.unexplained if entry[0] < 0]

    def directional(self) -> list[str]:
        """At a kink of several variables: the one-sided derivatives along all ones, beside torch's gradient."""
        scalar = all(answer.output_rank == 0 for answer in self.answers) and separate(self.answers)
        found = self.one_direction.all_ones() if scalar and self.total > 1 and not self.here.smooth else None
        if found is None:
            return []
        forward, back, given = found
        return [
            f"along all ones: {forward!r} forward, {back!r} backward; torch's gradient gives {given!r} and {-given!r}"
        ]

    def enter(self, k: int, place: Place, number: float, truth: Truth) -> None:
        """Puts one entry among the agreeing, the explained, or the unexplained ones."""
        if truth.one_sided or truth.value is None:
            self.tally.findings.append(self.sided(k, place, number, truth))
            return
        error = abs(self.here.arithmetic.context.mpf(number) - truth.value) if isfinite(number) else inf
        if error <= self.settings.float_type.tiny:
            return
        size = abs(truth.value)
        if error < inf and error <= max(self.settings.tolerance * size, self.settings.atol):
            if k >= 0:
                self.tally.findings.append(Finding(Verdict.AGREES, self.explainer.digits(error, size)))
            return
        self.tally.unexplained.append((k, place, number, truth.value))

    def sided(self, k: int, place: Place, number: float, truth: Truth) -> Finding:
        """No derivative: one-sided ones, an infinite slope, or nothing at all."""
        name = self.answers[k].name(place)
        left, right = (None if side is None else float(side) for side in (truth.left, truth.right))
        both = f"{_side(truth.left)} from the left, {_side(truth.right)} from the right"
        verdict, note = Verdict.CONVENTION, f"one-sided derivatives {both}; torch gives {number!r}"
        if truth.jump is not None:
            before, after = map(_side, truth.jump)
            note = f"the first derivative jumps from {before} to {after}; torch gives {number!r}"
        elif inf in {abs(side) for side in (left, right) if side is not None} or left is right is None:
            verdict, note = Verdict.SINGULAR, f"no finite derivative: {both}"
        elif left is None or right is None:
            note = f"the edge of the domain: {both}; torch gives {number!r}"
        elif len(self.answers[k].wrt) == 1:
            note += f", {_subdifferential(left, right, number)}"
        return Finding(verdict, None, f"{name}: {note}", name, number, None, left, right)

    # -- entries still to be explained

    def explain_the_rest(self) -> None:
        if not self.tally.unexplained:
            return
        unexplained, self.tally.unexplained = self.tally.unexplained, []
        better = self.better([(k, place) for k, place, _, _ in unexplained])
        for (k, place, number, truth), finer in zip(unexplained, better, strict=True):
            if finer is None and self.is_blind(k, place, number, truth):
                raise LimitError(
                    "numbers on the way are so large that the second route sees no slope of this size", kind="unchecked"
                )
            exact = truth if finer is None else finer if abs(finer) > NEARLY_ZERO else truth * 0
            self.enter(k, place, number, Truth(exact))
        findings = self.explained(FEW_RUNS)
        if any(finding.verdict is Verdict.DIFFERS for finding in findings):
            findings = self.explained(MANY_RUNS)
        self.tally.findings += findings

    def is_blind(self, k: int, place: Place, number: float, truth: Scalar) -> bool:
        """Was the truth found by differences that could not see the gap?"""
        if k < 0 or self.here.name not in self.used or not isfinite(number):
            return False
        return bool(abs(number - truth) <= self.here.blind(self.answers[k].entry(place)[1]))

    def explained(self, runs: int) -> list[Finding]:
        """What the unexplained entries come from, by so many runs with random rounding errors."""
        spreads = self.noise.spreads(runs) if self.tally.unexplained else []
        findings = []
        for k, place, number, truth in self.tally.unexplained:
            spread = float(spreads[k][place]) if spreads else 0.0
            array = self.answers[k].array if k >= 0 or self.value is None else self.value
            scale = float(np.max(abs(array)))
            floor = self.settings.float_type.unit * scale if isfinite(scale) else 0.0
            findings.append(self.explain(k, place, number, truth, max(spread, floor)))
        return findings

    def better(self, entries: Sequence[Wanted]) -> list[Scalar | None]:
        """The truths with many more digits and smaller steps, in case it was the reference that lacked them; None where
        that is no help."""
        found: list[Scalar | None] = [None] * len(entries)
        seconds = max(self.here.deadline.left / 2, 0.05)
        try:
            with alarm(seconds, f"more than {seconds:g} s for more digits"):
                refined = self.here.refined_value() if self.here.smooth else None
                for i, (k, place) in enumerate(entries):
                    if k < 0:
                        value = None if refined is None else refined[place]
                    elif self.here.smooth and self.here.name in self.used:
                        value = self.here.closer(*self.answers[k].entry(place))
                    else:
                        value = None
                    finite = value is not None and self.here.arithmetic.context.isfinite(value)
                    found[i] = value if finite else None
        except LimitError:
            pass  # the truths that there are must do
        return found

    def explain(self, k: int, place: Place, number: float, truth: Scalar, spread: float) -> Finding:
        """Why torch's number is not the truth: rounding, a trap, a range too small, or a bug."""
        verdict, digits, why = self.explainer.reason(k, number, truth, spread)
        name = self.answers[k].name(place) if k >= 0 else ""
        note = f"{name or 'the value'}: {number!r} against {shown(truth)}{why}"
        return Finding(verdict, digits, note if why else "", name, number, float(truth))

    # -- the whole

    def summary(self) -> Check:
        findings = self.tally.findings
        worst = max((f.verdict for f in findings), key=lambda v: v.rank, default=Verdict.AGREES)
        digits = [f.digits for f in findings if f.digits is not None]
        explained = [f.note for f in findings if f.note]
        notes = explained[:MAX_NOTES] + (
            [f"and {len(explained) - MAX_NOTES} more"] if len(explained) > MAX_NOTES else []
        )
        if self.tally.checked < self.total:
            notes.append(f"a seeded sample: {self.tally.checked} of {self.total} entries")
            notes += ["and one random direction through all of them"] if self.direction else []
        if self.tally.checked < self.total and worst is Verdict.AGREES and not self.direction:
            worst = Verdict.UNCHECKED
            notes.append("a kink or the time left the other entries without a check")
        notes += self.directional() if worst is Verdict.CONVENTION else []
        nothing = worst in {Verdict.CONVENTION, Verdict.SINGULAR} and not digits
        rounded = None if nothing else round(min(digits, default=self.settings.float_type.digits), 2)
        listed = sorted((f for f in findings if f.note), key=lambda f: -f.verdict.rank)[:MAX_FINDINGS]
        return Check(worst, rounded, self.tally.checked, self.total, self.route, tuple(notes), tuple(listed))


def _subdifferential(left: float, right: float, number: float) -> str:
    """At a convex kink slopes rise and every number between is a subgradient; at a concave kink a supergradient."""
    low, high = sorted((left, right))
    kind = "subdifferential" if left <= right else "superdifferential"
    slack = 1e-12 * max(abs(low), abs(high))  # a rounding error is not outside
    return f"{'in' if low - slack <= number <= high + slack else 'not in'} the {kind} [{low!r}, {high!r}]"


def _side(value: Scalar | None) -> str:
    """A one-sided limit for people: as a float, or what there is instead."""
    if value is None:
        return "undefined"
    number = float(value)
    return {inf: "+inf", -inf: "-inf"}.get(number, repr(number + 0.0)) if number == number else "undefined"
