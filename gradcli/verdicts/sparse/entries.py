"""Entries of a sparse derivative one by one, each in enclosures as a dense one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.parts import Parts, Row, name_of, weighted_sum
from gradcli.reference.problem import ALONG, Entry, Problem, Variable
from gradcli.reference.problem import Place as At
from gradcli.reference.reference import Reference
from gradcli.reference.work import RECORDED, Budget
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.sparse.matrix import Derivative, Place
from gradcli.verdicts.verdict import Check, Verdict

LOOKS = 200_000  # units of 128 bits that all parts together may cost; some 1 second, spent where much is off


class Entries(Protocol):
    """Looks at entries one by one."""

    def checks(self, places: Iterable[Place]) -> list[Check]:
        """Verdicts on these entries, but for those that are too much work."""

    def around(self, lines: Sequence[int]) -> dict[int, list[Place] | None]:
        """All entries of each line that may differ from zero, held or not; None where they are too many to be known."""

    def product(self, line: int, vector: FloatArray, number: float) -> Check | None:
        """The verdict on torch's product in one line; None where it is too much work."""


@dataclass(slots=True)
class Looked:
    """What was looked at so far.

    bad: names of entries that are not right
    """

    entries: Entries
    checks: list[Check] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    seen: dict[Place, None] = field(default_factory=dict)

    def at(self, places: Iterable[Place]) -> None:
        """Looks at those of the entries that were not looked at before."""
        new = [place for place in dict.fromkeys(places) if place not in self.seen]
        self.seen |= dict.fromkeys(new)
        found = self.entries.checks(new)
        self.checks += found
        self.bad |= {f.entry for check in found for f in check.findings if f.verdict.rank > Verdict.SINGULAR.rank}


@dataclass(slots=True)
class OfParts:
    """Entries of a function in templates: the few rows that hold them are a problem of its own."""

    derivative: Derivative
    parts: Parts
    settings: Settings
    ideal: bool
    budget: Budget = field(default_factory=lambda: Budget(LOOKS))

    def checks(self, places: Iterable[Place]) -> list[Check]:
        found = []
        for rows, group in self._grouped(list(dict.fromkeys(places))):
            problem = self._problem(rows, {position for place in group for position in self._variables(place)})
            if self.budget.spend(_units(problem, self.derivative.order)):
                found.append(self._located(self._judged(problem, [self._answer(place) for place in group]), rows))
        return found

    def around(self, lines: Sequence[int]) -> dict[int, list[Place] | None]:
        holding = self.parts.holding(lines)
        return {line: None if rows is None else self._of_line(line, rows) for line, rows in holding.items()}

    def _of_line(self, line: int, rows: Sequence[Row]) -> list[Place]:
        if self.derivative.order == 1:
            return [(self.parts.owner(row), line) for row in rows]
        return [(line, position) for position in self.parts.held(rows)]

    def product(self, line: int, vector: FloatArray, number: float) -> Check | None:
        rows = self.parts.holding([line])[line]
        if rows is None:
            return None
        label = (self.derivative.line_name(line),)
        if self.derivative.order == 1:
            owners = {self.parts.owner(row) for row in rows}
            problem = self._problem(rows, {line}, {o: float(vector[o]) for o in owners})
            answer = Answer(label, np.array(number), ((name_of(line), 0),))
        else:
            problem = self._problem(rows, {line})
            tangents = {name_of(p): np.array(vector[p]) for p in {line, *self.parts.held(rows)}}
            problem = replace(problem, tangents=tangents)
            answer = Answer(label, np.array(number), ((ALONG, 0), (name_of(line), 0)))
        if not self.budget.spend(_units(problem, self.derivative.order)):
            return None
        return self._judged(problem, [answer])

    def _grouped(self, places: Sequence[Place]) -> list[tuple[list[Row], list[Place]]]:
        """Entries of one row together where all the rows of templates that speak of them make no large part."""
        lines: dict[int, list[Place]] = {}
        for place in places:
            lines.setdefault(place[0], []).append(place)
        held = self.parts.holding({p for place in places for p in self._variables(place)})
        owned = self.parts.owned(lines, self.derivative.rows) if self.derivative.order == 1 else {}
        found = []
        for i, group in lines.items():
            whole = owned[i] if owned else self._joined([held[p] for p in dict.fromkeys([i, *(j for _, j in group)])])
            if whole is not None:
                found.append((whole, group))
                continue
            for place in group:
                rows = self._of_both(place, held)
                if rows is not None:
                    found.append((rows, [place]))
        return found

    def _joined(self, lists: Sequence[list[Row] | None]) -> list[Row] | None:
        rows = list(dict.fromkeys(row for one in lists if one is not None for row in one))
        return None if None in lists or len(rows) > self.parts.most else rows

    def _of_both(self, place: Place, held: Mapping[int, list[Row] | None]) -> list[Row] | None:
        """The rows without which an entry is 0; None where they are too many."""
        i, j = place
        rows = held[j]
        if self.derivative.order == 1:
            return None if rows is None else [row for row in rows if self.parts.owner(row) == i]
        other = j if rows is None else i
        rows = held[i] if rows is None else rows
        return None if rows is None else [row for row in rows if self.parts.holds(row, other)]

    def _located(self, check: Check, rows: Sequence[Row]) -> Check:
        """What is said of a part as a whole, as that its value is undefined, with the term that it is about."""
        whole = {f.note for f in check.findings if not f.entry and f.verdict is not Verdict.AGREES}
        for row in rows if whole else ():
            problem = self.parts.problem([row], ideal=self.ideal)
            (value,) = Reference(problem, 1, formulas=False).value()
            if value.value is None or not value.value.is_finite():
                about = f"a term of {', '.join(map(self.derivative.entry_name, self.parts.held([row])))}: "
                findings = tuple(replace(f, note=about + f.note) if f.note in whole else f for f in check.findings)
                return replace(
                    check, findings=findings, notes=tuple(about + n if n in whole else n for n in check.notes)
                )
        return check

    def _variables(self, place: Place) -> tuple[int, ...]:
        return place[1:] if self.derivative.order == 1 else place

    def _problem(self, rows: list[Row], positions: set[int], more: Mapping[int, float] | None = None) -> Problem:
        """The rows, in these entries at least: of one that no row holds the slope is 0."""
        problem = self.parts.problem(rows, more, ideal=self.ideal)
        names = {name_of(position) for position in positions} - problem.active
        values = {**problem.values, **{name: np.array(0.0) for name in names}}
        return replace(problem, values=values, active=problem.active | names)

    def _answer(self, place: Place) -> Answer:
        wrt = tuple((name_of(position), 0) for position in self._variables(place))
        return Answer((self.derivative.name(place),), np.array(self.derivative.number(place)), wrt)

    def _judged(self, problem: Problem, answers: Sequence[Answer]) -> Check:
        """Without sympy's formulas as long as nothing is to be explained."""
        settings = replace(self.settings, mode="full", seconds=None, torch=None, formulas=False)
        check = crosscheck(problem, answers, None, self.derivative.order, settings).check
        if check.verdict is Verdict.AGREES:
            return check
        if self.settings.formulas:
            formulas = replace(settings, formulas=True)
            check = crosscheck(problem, answers, None, self.derivative.order, formulas).check
        return check


def _units(problem: Problem, order: int) -> float:
    """What an evaluation and its sweeps cost."""
    return float(len(problem.program.steps) * RECORDED ** (order - 1))


@dataclass(frozen=True, slots=True)
class _Spot(Answer):
    """One entry of an answer.

    at: the entry of the output and of the variables
    """

    at: Entry = ((), ())

    def entry(self, place: At) -> Entry:  # noqa: ARG002 - an answer's
        return self.at


AT_ONCE = 16  # entries of one crosscheck: a sample takes so many as they are


@dataclass(slots=True)
class OfWhole:
    """Entries of a function without templates: balls go through all of it, where it is small enough."""

    derivative: Derivative
    problem: Problem
    settings: Settings

    def checks(self, places: Iterable[Place]) -> list[Check]:
        answers = [self._spot(place) for place in dict.fromkeys(places)][:AT_ONCE]
        if not answers:
            return []
        settings = replace(self.settings, mode="sample", seconds=None, torch=None)
        return [crosscheck(self.problem, answers, None, self.derivative.order, settings).check]

    def around(self, lines: Sequence[int]) -> dict[int, list[Place] | None]:
        return dict.fromkeys(lines)

    def product(self, line: int, vector: FloatArray, number: float) -> Check | None:
        name, at = self.derivative.variable(line)
        first: tuple[tuple[str, int], ...] = ()
        inner: tuple[Variable, ...] = ()
        if self.derivative.order == 1:
            problem = weighted_sum(self.problem, vector)
        else:
            problem = replace(self.problem, tangents=self.derivative.by_variable(vector))
            first, inner = ((ALONG, 0),), ((ALONG, ()),)
        wrt = (*first, (name, len(at)))
        answer = _Spot((self.derivative.line_name(line),), np.array(number), wrt, 0, ((), (*inner, (name, at))))
        settings = replace(self.settings, mode="sample", seconds=None, torch=None)
        return crosscheck(problem, [answer], None, self.derivative.order, settings).check

    def _spot(self, place: Place) -> _Spot:
        d = self.derivative
        i, j = place
        variables = (d.variable(j),) if d.order == 1 else (d.variable(i), d.variable(j))
        output = tuple(int(k) for k in np.unravel_index(i, d.output)) if d.order == 1 and d.output else ()
        wrt = tuple((name, len(at)) for name, at in variables)
        return _Spot((d.name(place),), np.array(d.number(place)), wrt, len(output), (output, variables))
