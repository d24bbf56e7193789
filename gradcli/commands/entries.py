"""Without values: the derivative entry by entry, checked against the rows' rules at seeded points. No torch here."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import call
from gradcli.commands.results import Result, by_name, formula_result
from gradcli.inputs.request import CheckMode
from gradcli.inputs.symbolic import Asked
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.symbolic import MAX_COMPARED, failures, work
from gradcli.operations.shape_rules import Shape, size
from gradcli.reference.answer import Answer
from gradcli.reference.forms import ATTEMPTS, POINTS, RANGES
from gradcli.reference.formulas import Label, nested, trees_of
from gradcli.reference.problem import Problem
from gradcli.reference.reference import Reference
from gradcli.reference.sympy_route import MAX_WORK, SympyRoute
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked

MAX_FORMULAS = 400
BELT = 20.0  # seconds for formulas that were admitted by their size, and for their check
MAX_NODES = 10**9


@dataclass(frozen=True, slots=True)
class _Function:
    """A function without a point: its program, the shape of each step, of each variable, and what moves."""

    program: Program
    steps: tuple[Shape, ...]
    shapes: Mapping[str, Shape]
    names: tuple[str, ...]

    @property
    def output(self) -> Shape:
        return self.steps[-1]

    def problem(self, point: Mapping[str, FloatArray]) -> Problem:
        return Problem(self.program, self.steps, point, None, frozenset(self.names))

    def nowhere(self) -> SympyRoute:
        """A second route that is only asked for formulas: at no point at all."""
        return self.at({name: np.full(shape, np.nan) for name, shape in self.shapes.items()})

    def at(self, point: Mapping[str, FloatArray]) -> SympyRoute:
        return SympyRoute(self.problem(point), nodes=MAX_NODES, compared=MAX_COMPARED)


BIND = "bind the variables to get numbers"

Layout = Sequence[Answer]
Trees = Mapping[Label, Array]


def entries_result(command: str, asked: Asked, order: int, seed: int, mode: CheckMode = "full") -> Result:
    """The derivative as formulas of its entries. Errors: ExpressionError, LimitError."""
    function = _Function(compile_tree(asked.parsed.tree), asked.steps(), asked.numbers, asked.names)
    layout = _layout_in_limits(command, function, order)
    with timed("formula"), alarm(BELT, f"sympy was cut off after {BELT:g} s", BIND), failures():
        route = function.nowhere()
        found = {answer.label: trees_of(route, answer) for answer in layout}
        texts = {label: nested(trees) for label, trees in found.items()}
    with timed("check"):
        check = unchecked("the check is off") if mode == "off" else _check(function, layout, found, order, seed)
    return formula_result(command, asked, by_name(texts), check, seed, trees=by_name(found))


def _layout_in_limits(command: str, function: _Function, order: int) -> Layout:
    """Errors: ExpressionError for a repeated gradient that is no scalar, LimitError for what sympy could not finish."""
    if max(map(size, [*function.shapes.values(), function.output])) > MAX_FORMULAS:
        raise LimitError(f"more than {MAX_FORMULAS} entries in one variable", hint=BIND)
    layout = _layout(command, function, order)
    entries = sum(answer.array.size for answer in layout)
    if entries > MAX_FORMULAS or work(function.steps, function.program) > MAX_WORK:
        raise LimitError(f"more than {MAX_FORMULAS} formulas, or too long ones", hint=BIND)
    return layout


def _layout(command: str, function: _Function, order: int) -> Layout:
    """Empty answers: what each formula differentiates."""
    shapes, names, output = function.shapes, function.names, function.output
    rank = {name: len(shapes[name]) for name in names}
    if command == "hessian":
        return [
            Answer((r, c), np.zeros(shapes[r] + shapes[c]), ((r, rank[r]), (c, rank[c]))) for r in names for c in names
        ]
    if command == "jacobian":
        return [Answer((n,), np.zeros(output + shapes[n]), ((n, rank[n]),), len(output)) for n in names]
    if order > 1 and any(rank.values()):
        hint = f"{call('hessian')} gives all second derivatives"
        raise ExpressionError("a repeated gradient needs scalar variables", hint=hint, kind="non-scalar")
    return [Answer((n,), np.zeros(shapes[n]), ((n, rank[n]),) * order) for n in names]


def _check(function: _Function, layout: Layout, found: Trees, order: int, seed: int) -> Check:
    """The formulas' values against the rows' rules, both in balls, at seeded points where the function is smooth."""
    generator = random.Random(seed)  # noqa: S311 - points of a test, not secrets
    checks: list[Check] = []
    for attempt in range(ATTEMPTS):
        low, high = RANGES[attempt % len(RANGES)]
        point = {
            name: np.array([generator.uniform(low, high) for _ in range(size(shape))]).reshape(shape)
            for name, shape in function.shapes.items()
        }
        try:
            with alarm(BELT, f"cut off after {BELT:g} s"):
                check = _check_at(point, function, layout, found, order)
        except LimitError as limit:
            return unchecked(limit.message)
        if check is not None:
            checks.append(check)
        if len(checks) == POINTS:
            break
    if not checks:
        return unchecked("no random point where the function is real was found")
    worst = max(checks, key=lambda check: check.verdict.rank)
    return replace(worst, checked=sum(check.checked for check in checks), total=sum(check.total for check in checks))


def _check_at(
    point: Mapping[str, FloatArray], function: _Function, layout: Layout, found: Trees, order: int
) -> Check | None:
    """One point's verdict; None where a formula or a rule encloses no number."""
    route, rules = function.at(point), Reference(function.problem(point), order, formulas=False)
    findings, checked = [], 0
    for answer in layout:
        places = list(np.ndindex(answer.array.shape))
        truths = rules.truths([answer.entry(place) for place in places])
        formulas = route.values(list(found[answer.label].ravel()))
        for place, formula, truth in zip(places, formulas, truths, strict=True):
            if formula.value is None or truth.value is None or truth.reference != rules.rules.name:
                return None
            checked += 1
            if not formula.value.overlaps(truth.value):
                given, true = float(formula.value), float(truth.value)
                note = f"{answer.name(place)}: the formula gives {given!r}, the rules {true!r}"
                findings.append(Finding(Verdict.DIFFERS, 0.0, note, answer.name(place), given, true))
    verdict, digits = (Verdict.DIFFERS, 0.0) if findings else (Verdict.AGREES, round(DType.of("float64").digits, 2))
    notes = tuple(finding.note for finding in findings)
    return Check(verdict, digits, checked, checked, rules.rules.name, notes, tuple(findings))
