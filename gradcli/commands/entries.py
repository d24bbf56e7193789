"""Without values: the derivative entry by entry, checked against the rows' rules at seeded points. No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sympy import nan, oo, zoo

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import ExpressionError, LimitError, MathematicsError
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import call
from gradcli.commands.results import Result, by_name, formula_result
from gradcli.inputs.wanted import Label, Wanted
from gradcli.language.nodes import Tree
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.symbolic import MAX_COMPARED, Symbolic, entry_symbol, failures, work
from gradcli.operations.shape_rules import Shape, size
from gradcli.reference.answer import Answer
from gradcli.reference.enclosures import Rules
from gradcli.reference.forms import POINTS, beside_rules, points
from gradcli.reference.formulas import nested, trees_of
from gradcli.reference.problem import Problem
from gradcli.reference.shorter import shorter
from gradcli.reference.sympy_route import MAX_WORK, SympyRoute
from gradcli.verdicts.verdict import Check, Finding, Verdict, unchecked

MAX_FORMULAS = 400
MOST_SHORTENED = 9  # entries, of which each takes a few hundredths of a second
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
NOT_HELD = "the formula was not held against the function at the values of {}: there may be a kink"

Layout = Sequence[Answer]
Trees = Mapping[Label, Array]


def entries_result(wanted: Wanted) -> Result:
    """The derivative as formulas of its entries, with values put in. Errors: ExpressionError, LimitError."""
    asked = wanted.asked.written_out()
    function = _Function(compile_tree(asked.parsed.tree), asked.steps(), asked.numbers, asked.names)
    fixed = {name: value for name, value in asked.values.items() if name in asked.shapes}
    layout = _layout_in_limits(wanted, function)
    with timed("formula"), alarm(BELT, f"sympy was cut off after {BELT:g} s", BIND), failures():
        route = function.nowhere()
        found = {answer.label: trees_of(route, answer) for answer in layout}
        if sum(trees.size for trees in found.values()) <= MOST_SHORTENED:
            found = {label: mapped(shorter, trees) for label, trees in found.items()}
    with timed("check"):
        off = wanted.manner.check == "off"
        seed = wanted.manner.seed
        check = unchecked("the check is off") if off else _check(function, layout, found, seed, fixed)
    if fixed:
        if check.verdict is Verdict.UNCHECKED and not off:
            raise LimitError(NOT_HELD.format(", ".join(fixed)), kind="unchecked", hint=BIND)
        found = _at_values(found, {name: tree for name, tree in asked.literals.items() if name in fixed})
    decimals = any(leaf.is_Rational and leaf.q > 2 for leaf in asked.parsed.tree.atoms())  # sqrt is a power of 1/2
    texts = {label: nested(trees, decimals=decimals) for label, trees in found.items()}
    return formula_result(wanted, by_name(texts), check, trees=by_name(found))


def _at_values(found: Trees, values: Mapping[str, Tree]) -> dict[Label, Array]:
    """The formulas with exact values in the place of entries. Errors: MathematicsError where one has no value there."""
    with failures():
        numbers = {name: as_array(run(compile_tree(tree), Symbolic(ideal=True), {})) for name, tree in values.items()}
        pairs = [
            (entry_symbol(n, place), array[place]) for n, array in numbers.items() for place in np.ndindex(array.shape)
        ]
        made = {label: mapped(lambda tree: tree.subs(pairs), trees) for label, trees in found.items()}
    for trees in made.values():
        for tree in trees.ravel():
            if tree.has(nan, zoo, oo):
                raise MathematicsError(f"the derivative has no value at {', '.join(values)}", kind="singular")
    return made


def _layout_in_limits(wanted: Wanted, function: _Function) -> Layout:
    """Errors: ExpressionError for a repeated gradient that is no scalar, LimitError for what sympy could not finish."""
    if max(map(size, [*function.shapes.values(), function.output])) > MAX_FORMULAS:
        raise LimitError(f"more than {MAX_FORMULAS} entries in one variable", hint=BIND)
    layout = _layout(wanted, function)
    entries = sum(answer.array.size for answer in layout)
    if entries > MAX_FORMULAS or work(function.steps, function.program) > MAX_WORK:
        raise LimitError(f"more than {MAX_FORMULAS} formulas, or too long ones", hint=BIND)
    return layout


def _layout(wanted: Wanted, function: _Function) -> Layout:
    """Empty answers: what each formula differentiates."""
    shapes, order = function.shapes, wanted.manner.order
    if wanted.command == "grad" and order > 1 and any(shapes[name] for name in function.names):
        hint = f"{call('hessian')} gives all second derivatives"
        raise ExpressionError("a repeated gradient needs scalar variables", hint=hint, kind="non-scalar")
    output = function.output if wanted.command == "jacobian" else ()
    return [
        Answer(
            label,
            np.zeros((*output, *(n for name in label for n in shapes[name]))),
            tuple((name, len(shapes[name])) for name in wanted.variables(label)),
            len(output),
        )
        for label in wanted.labels
    ]


def _check(function: _Function, layout: Layout, found: Trees, seed: int, fixed: Mapping[str, FloatArray]) -> Check:
    """The formulas' values against the rows' rules, both in balls, at seeded points where the function is smooth.

    fixed: values of names that are the same at all points
    """
    checks: list[Check] = []
    for drawn in points(function.shapes, seed):
        point = {**drawn, **fixed}
        try:
            with alarm(BELT, f"cut off after {BELT:g} s"):
                check = _check_at(point, function, layout, found)
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


def _check_at(point: Mapping[str, FloatArray], function: _Function, layout: Layout, found: Trees) -> Check | None:
    """One point's verdict; None where a formula or a rule encloses no number."""
    route = function.at(point)
    places = [(answer, place) for answer in layout for place in np.ndindex(answer.array.shape)]
    values = [truth.value for answer in layout for truth in route.values(list(found[answer.label].ravel()))]
    apart = beside_rules(route.problem, [answer.entry(place) for answer, place in places], values)
    if apart is None:
        return None
    findings = []
    for at, (given, true) in apart.items():
        answer, place = places[at]
        name = answer.name(place)
        note = f"{name}: the formula gives {given!r}, the rules {true!r}"
        findings.append(Finding(Verdict.DIFFERS, 0.0, note, name, given, true))
    verdict, digits = (Verdict.DIFFERS, 0.0) if findings else (Verdict.AGREES, round(DType.of("float64").digits, 2))
    notes = tuple(finding.note for finding in findings)
    return Check(verdict, digits, len(places), len(places), Rules.name, notes, tuple(findings))
