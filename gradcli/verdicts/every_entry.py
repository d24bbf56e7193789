"""Every entry of a large result beside its number of 19 digits: which clearly agree, and which balls look at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, log10, prod
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.rounding import CARE, Floats
from gradcli.meaning.scalars import Array
from gradcli.meaning.tiles import Tiling, tiling_of
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.every_entry import EveryEntry, Whole
from gradcli.reference.in_tiles import InTiles, Rows, alone, in_tiles, numbers_of, rows_in
from gradcli.reference.problem import Place, Problem
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Status, Truth
from gradcli.reference.work import BITS, WORK, Work
from gradcli.verdicts.chosen import LISTED_ENTRIES, SAMPLE_ENTRIES, VALUE, Wanted, affordable, places
from gradcli.verdicts.rounding import RoundingOfAll
from gradcli.verdicts.verdict import Finding, Verdict

LIGHT = 50_000  # units of a check that balls alone do; some 0.3 seconds
SAMPLED = 100_000  # units of a sweep up to which balls look at a sample of entries that agree
MANY = 100  # entries that do not clearly agree, from which on rounding is looked at in all at once
NAMED = 4  # entries that are named of those that are off by rounding
FEW = 10_000  # entries that balls look at as quickly as at a sample of them
DOUBTFUL = 100  # entries that are looked at where balls cannot
CHUNK = 1 << 16  # entries that are compared at once
UNKNOWN = "it may lie on a kink or an edge, or numbers on the way are too large for a bound"


@dataclass(frozen=True, slots=True)
class Compared:
    """What one array of torch's numbers shows.

    clear:   which of them are certainly within the tolerance
    digits:  that are certainly right in the worst of these; None where all of them are 0
    terms:   the size of the terms whose sum each is, where it is known
    zeros:   how many may be 0 where torch's number is not, and agree as their difference is small beside the terms
    rounded: which of them are certainly not, as rounding explains; None where nobody looked
    """

    whole: Whole
    clear: Array
    digits: float | None
    terms: Array | None = None
    zeros: int = 0
    rounded: Array | None = None

    @classmethod
    def of(cls, numbers: Array, whole: Whole, settings: Settings) -> Compared:
        given, value, error = (np.ravel(array) for array in (numbers, whole.value, whole.error))
        clear = np.zeros(given.size, dtype=bool)
        worst = -1.0
        with np.errstate(all="ignore"):
            for first in range(0, given.size, CHUNK):
                part = slice(first, first + CHUNK)
                clear[part], ratio = _compared(given[part], value[part], error[part], settings)
                worst = max(worst, ratio)
        most = settings.float_type.digits
        digits = None if worst < 0 else most if worst == 0 else max(0.0, min(most, -log10(worst)))
        return cls(whole, clear.reshape(numbers.shape), digits)

    def beside_zero(self, numbers: Array, terms: Array | None, settings: Settings) -> Compared:
        """The same where no ball will tell what may be 0 from what is."""
        if terms is None:
            return self
        value, error = self.whole.value, self.whole.error * CARE
        with np.errstate(all="ignore"):
            apart = np.abs(numbers - value).astype(np.float64) + error
            agrees = (np.abs(value) <= error) & (apart <= settings.tolerance * terms) & np.isfinite(apart)
        agrees &= ~self.clear
        return replace(self, clear=self.clear | agrees, terms=terms, zeros=int(agrees.sum()))

    @np.errstate(all="ignore")
    def by_rounding(self, numbers: Array, explained: Array | None, settings: Settings) -> Compared:
        """The same with those that are off by rounding: of a truth that is known, and is not 0."""
        if explained is None:
            return self
        size, bound = np.abs(self.whole.value).astype(np.float64), self.whole.error * CARE
        apart = np.abs(numbers - self.whole.value).astype(np.float64) / CARE - bound
        allowed = np.maximum((size * CARE + bound) * settings.tolerance, max(settings.atol, settings.float_type.tiny))
        return replace(self, rounded=explained & ~self.clear & (apart > allowed) & (size / CARE > bound))

    @np.errstate(all="ignore")
    def right(self, numbers: Array, settings: Settings) -> Array:
        """How many digits are certainly right of each number whose truth is not 0."""
        size, bound = np.abs(self.whole.value).astype(np.float64), self.whole.error * CARE
        ratio = (np.abs(numbers - self.whole.value).astype(np.float64) * CARE + bound) / (size / CARE - bound)
        return np.asarray(np.clip(-np.log10(ratio), 0.0, settings.float_type.digits))


def _compared(given: Floats, value: Floats, error: Floats, settings: Settings) -> tuple[Floats, float]:
    """Which are clear, and the largest relative error of these; -1 where they are all 0."""
    bound = error * CARE
    apart = np.abs(given - value).astype(np.float64) * CARE + bound
    least = np.abs(value).astype(np.float64) / CARE - bound  # the size of the truth
    allowed = np.maximum(least * settings.tolerance, max(settings.atol, settings.float_type.tiny))
    clear = (apart <= allowed) & np.isfinite(apart)
    ratios = apart[clear & (least > 0)] / least[clear & (least > 0)]
    return clear, float(ratios.max(initial=-1.0))


def _drawn(draw: random.Random, numbers: Array, most: int) -> list[int]:
    return sorted(draw.sample(numbers.tolist(), min(most, numbers.size)))


def _closer(problem: Problem, tiling: Tiling, answer: Answer, compared: Compared, settings: Settings) -> Compared:
    """What was not told in float64, in longdouble: the rows in question, or all of it, where that is not too much."""
    axis = rows_in(answer, tiling)
    try:
        if axis is None or not alone(answer, tiling):
            sharp = InTiles(problem, tiling, [answer], sharp=True).derivative(answer)
            return _sharpened(compared, Compared.of(answer.array, sharp, settings), ...)
        rows = Rows(problem, tiling, numbers_of(~compared.clear, axis))
        part = replace(answer, array=rows.of(answer.array, axis))
        found = Compared.of(part.array, EveryEntry(rows.apart).derivative(part), settings)
    except LimitError:
        return compared
    here: Any = (..., rows.numbers, *(slice(None),) * (-1 - axis))  # Any: an index
    return _sharpened(compared, found, here)


def _sharpened(compared: Compared, found: Compared, here: Any) -> Compared:  # Any: an index
    """What is found there takes the place. The bounds stay: how far steps in float64 may be off."""
    compared.clear[here] = found.clear
    compared.whole.value[here] = found.whole.value
    return replace(compared, digits=min((d for d in (compared.digits, found.digits) if d is not None), default=None))


@dataclass(frozen=True, slots=True)
class Pass:
    """All answers compared in full.

    compared: each answer, and last the function's value, which is at VALUE
    rounding: what it may do to these
    tiling:   the function in tiles, where it was looked at in these
    """

    answers: Sequence[Answer]
    settings: Settings
    compared: Sequence[Compared]
    work: Work
    problem: Problem
    rounding: RoundingOfAll
    tiling: Tiling | None = None

    @classmethod
    def over(cls, problem: Problem, answers: Sequence[Answer], value: Array | None, settings: Settings) -> Pass | None:
        """None where balls do all of it quickly, or where whole arrays cannot."""
        work = Work.of(problem)
        rows = sum(prod(a.array.shape[:-1]) for a in answers)
        total = sum(a.array.size for a in answers)
        balls = work.units(BITS[0]) * (1 + rows / 2)
        if settings.mode != "full" or balls <= (SAMPLED if total <= FEW else LIGHT):
            return None
        tiling = tiling_of(problem.program, problem.shapes, problem.values)
        try:
            every = EveryEntry(problem) if tiling is None else in_tiles(problem, tiling, answers)
            compared = [Compared.of(a.array, every.derivative(a), settings) for a in answers]
            if tiling is not None:
                compared = [
                    c if c.clear.all() else _closer(problem, tiling, a, c, settings)
                    for a, c in zip(answers, compared, strict=True)
                ]
            if work.units(BITS[0]) > WORK:
                compared = [
                    c if c.clear.all() else c.beside_zero(a.array, every.terms(a), settings)
                    for a, c in zip(answers, compared, strict=True)
                ]
        except LimitError:
            return None
        rounding = RoundingOfAll(problem, answers, settings, tiling)
        if total - sum(int(c.clear.sum()) for c in compared) > MANY:
            compared = [
                c if c.clear.all() else c.by_rounding(a.array, rounding.explained(k, a.array), settings)
                for k, (a, c) in enumerate(zip(answers, compared, strict=True))
            ]
        output = every.value()
        known = np.isfinite(output.value) & np.isfinite(output.error)
        last = Compared(output, known, None) if value is None else Compared.of(value, output, settings)
        return cls(answers, settings, [*compared, last], work, problem, rounding, tiling)

    @property
    def told(self) -> bool:
        """Is something known of every number?"""
        arrays = [c.whole for c in self.compared]
        return all(bool(np.isfinite(a.value).all() and np.isfinite(a.error).all()) for a in arrays)

    @property
    def clear(self) -> int:
        """How many entries clearly agree."""
        return sum(int(c.clear.sum()) for c in self.compared[:VALUE])

    @property
    def value_agrees(self) -> bool:
        """Is the function's value a number, everywhere, and torch's the same, if it is given?"""
        return bool(self.compared[VALUE].clear.all())

    def terms(self, k: int, place: Place) -> float:
        """The size of the terms that cancel in an entry; inf if untold."""
        terms = self.compared[k].terms
        return inf if terms is None else float(terms[place])

    @property
    def settled(self) -> list[Array]:
        """Of each answer the entries that need no look: they clearly agree, or are off by rounding."""
        return [c.clear if c.rounded is None else c.clear | c.rounded for c in self.compared[:VALUE]]

    @property
    def worst(self) -> list[int]:
        """The numbers of some entries that are off by rounding, those with the fewest right digits."""
        digits = [
            np.full(a.array.size, inf)
            if c.rounded is None
            else np.where(c.rounded, c.right(a.array, self.settings), inf).ravel()
            for a, c in zip(self.answers, self.compared, strict=False)
        ]
        flat = np.concatenate(digits)
        found = np.argsort(flat, kind="stable")[:NAMED]
        return [int(i) for i in found if flat[i] < inf]

    @property
    def heavy(self) -> bool:
        """Do balls look at what is in question alone?"""
        return self.work.units(BITS[0]) > SAMPLED

    def wanted(self, reference: Reference) -> list[Wanted]:
        """The entries that balls are to look at: those that do not clearly agree, as many as the work allows, and where
        it is little a sample of those that do."""
        draw = random.Random(self.settings.seed)  # noqa: S311 - a sample, not a secret
        agrees = np.concatenate([one.ravel() for one in self.settled])
        named = self.worst
        if self.tiling is not None:
            asked = [*named, *_drawn(draw, np.flatnonzero(~agrees), DOUBTFUL)]
            asked += draw.sample(range(agrees.size), min(SAMPLE_ENTRIES, agrees.size)) if self.apart else []
            return places(self.answers, sorted({*asked}))
        doubtful, agreeing = (np.flatnonzero(which)[:LISTED_ENTRIES] for which in (~agrees, agrees))
        if reference.beyond is not None:
            return places(self.answers, sorted({*named, *_drawn(draw, doubtful, DOUBTFUL)}))
        found = affordable(reference, self.answers, places(self.answers, doubtful), draw)
        few = _drawn(draw, agreeing, SAMPLE_ENTRIES) if not self.heavy else []
        return sorted([*found, *places(self.answers, sorted({*few, *named}))])

    def findings(self) -> list[Finding]:
        """What is to be said of the entries that clearly agree, and of those that are off by rounding."""
        found = []
        for answer, compared in zip(self.answers, self.compared, strict=False):
            if compared.rounded is not None and compared.rounded.any():
                least = float(compared.right(answer.array, self.settings)[compared.rounded].min())
                count = f"{int(compared.rounded.sum()):,} entries of {','.join(answer.label)}"
                note = f"{count} are off by rounding; in the worst of them {least:.1f} digits are right"
                found.append(Finding(Verdict.ROUNDING, least, note))
        for compared in self.compared[:VALUE]:
            if compared.zeros and compared.terms is not None:
                size = float(compared.terms.max())
                note = f"{compared.zeros:,} entries may be 0; terms of size {size:.2g} cancel"
                found.append(Finding(Verdict.AGREES, None, note, terms=size))
        digits = [c.digits for c in self.compared[:VALUE] if c.digits is not None]
        return [*found, Finding(Verdict.AGREES, min(digits))] if digits else found

    def told_too(self, wanted: Sequence[Wanted], truths: Sequence[Truth]) -> list[Truth]:
        """What balls say of entries, and numbers of 19 digits where balls say nothing."""
        told = self.of_rows(wanted) if self.tiling is not None else {}
        return [
            self.instead(k, place, told.get((k, place), truth)) if truth.status is Status.UNTOLD else truth
            for (k, place), truth in zip(wanted, truths, strict=True)
        ]

    @property
    def apart(self) -> tuple[int, ...]:
        """The answers whose entries hang on single rows."""
        known = enumerate(self.answers)
        return () if self.tiling is None else tuple(k for k, answer in known if alone(answer, self.tiling))

    def of_rows(self, wanted: Sequence[Wanted]) -> dict[Wanted, Truth]:
        """What balls say of entries that hang on single rows, by the function of these rows alone."""
        chosen = [one for one in wanted if one[0] in self.apart]
        if not chosen or self.tiling is None:
            return {}
        axes = {k: rows_in(self.answers[k], self.tiling) for k, _ in chosen}
        numbers = np.array(sorted({place[axis] for k, place in chosen if (axis := axes[k]) is not None}))
        rows = Rows(self.problem, self.tiling, numbers)
        try:
            reference = Reference(rows.apart, len(self.answers[chosen[0][0]].wrt), formulas=self.settings.formulas)
            truths = reference.truths([rows.entry(self.answers[k].entry(place)) for k, place in chosen])
        except LimitError:
            return {}
        return dict(zip(chosen, truths, strict=True))

    def instead(self, k: int, place: Place, untold: Truth) -> Truth:
        """The number of 19 digits, if it is known, unless balls know better."""
        if untold.status is not Status.UNTOLD:
            return untold
        found = self.compared[k].whole.truth(place)
        return found or replace(untold, why=f"{UNKNOWN}; {untold.why}")
