"""Without values: the symbolic derivative, checked against difference quotients at seeded points. No torch here."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.errors import ExpressionError, LimitError, Span
from gradcli.language.nodes import Tree
from gradcli.language.shape_rules import Shape, size
from gradcli.language.write import write
from gradcli.meaning.program import Deadline, Program, compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic import work
from gradcli.results import Result
from gradcli.task import parse_source, symbolic_shapes
from gradcli.verify.crosscheck import Answer, Settings, crosscheck
from gradcli.verify.formulas import nested, nested_latex, trees_of
from gradcli.verify.reference import MAX_SYMBOLIC_WORK, Problem, Reference
from gradcli.verify.verdict import Check, Verdict, unchecked

MAX_FORMULAS = 400
POINTS, ATTEMPTS = 3, 12
SECONDS = 10.0
_RANGES = ((0.25, 2.0), (-2.0, 2.0), (-0.9, 0.9), (1.1, 3.0))


def symbolic_result(
    command: str, expression: Any, wrt: str | Sequence[str] | None, shape: Mapping[str, Any] | Sequence[str] | None, order: int, seed: int
) -> Result:  # fmt: skip  # Any: a text or a sympy expression
    """The derivative as formulas, entry by entry for variables with a shape. Errors: as ``task.prepare``."""
    parsed = parse_source(expression, ())
    shapes, names = symbolic_shapes(parsed, wrt, shape)
    program = compile_tree(parsed.tree)
    steps = shapes_of(program, shapes, parsed)
    if command != "jacobian" and size(steps[-1]) != 1:
        raise ExpressionError(
            f"the output has shape {steps[-1]}, and {command} needs a scalar", span=Span(0, len(parsed.source)), source=parsed.source,
            hint="gradcli jacobian ... gives all of it; sum(...) or an index makes a scalar", kind="non-scalar",
        )  # fmt: skip
    layout = _layout(command, names, shapes, steps[-1], order)
    if sum(answer.array.size for answer in layout.values()) > MAX_FORMULAS or work(steps, program) > MAX_SYMBOLIC_WORK:
        raise LimitError(f"more than {MAX_FORMULAS} formulas, or too long ones", hint="bind the variables to get numbers")
    found = {key: trees_of(_reference(program, steps, shapes), answer) for key, answer in layout.items()}
    check = _check(program, steps, shapes, names, layout, found, order, seed)
    texts, latex = ({key: write_(trees) for key, trees in found.items()} for write_ in (nested, nested_latex))
    if command == "hessian":
        texts, latex = _rows(texts), _rows(latex)
    return Result(command, parsed.source, write(parsed.tree), tuple(names), None, None, texts, check, "cpu", "float64", seed, None, latex)


def _layout(command: str, names: Sequence[str], shapes: Mapping[str, Shape], output: Shape, order: int) -> dict[Any, Answer]:  # Any: a name or two
    """Empty answers: what each formula differentiates."""
    rank = {name: len(shapes[name]) for name in names}
    if command == "hessian":
        return {
            (row, column): Answer(f"{row},{column}", np.zeros(shapes[row] + shapes[column]), ((row, rank[row]), (column, rank[column])))
            for row in names for column in names
        }  # fmt: skip
    if command == "jacobian":
        return {name: Answer(name, np.zeros(output + shapes[name]), ((name, rank[name]),), len(output)) for name in names}
    if order > 1 and any(rank.values()):
        raise ExpressionError("a repeated gradient needs scalar variables", hint="gradcli hessian ... gives all second derivatives", kind="non-scalar")
    return {name: Answer(name, np.zeros(shapes[name]), ((name, rank[name]),) * order) for name in names}


def _reference(program: Program, steps: Sequence[Shape], shapes: Mapping[str, Shape], values: Mapping[str, Any] | None = None, names: Sequence[str] = ()) -> Reference:  # Any: float arrays
    point = values or {name: np.full(shape, np.nan) for name, shape in shapes.items()}
    return Reference(Problem(program, steps, point, None, frozenset(names)), 1, 1, Deadline(SECONDS))


def _check(
    program: Program, steps: Sequence[Shape], shapes: Mapping[str, Shape], names: Sequence[str], layout: Mapping[Any, Answer], found: Mapping[Any, Any],
    order: int, seed: int,
) -> Check:  # fmt: skip  # Any: a name or two; object arrays of formulas
    """The formulas' values against difference quotients at points where the function is real; the worst verdict."""
    generator = random.Random(seed)  # noqa: S311 - points of a test, not secrets
    checks: list[Check] = []
    for attempt in range(ATTEMPTS):
        low, high = _RANGES[attempt % len(_RANGES)]
        point = {name: np.array([generator.uniform(low, high) for _ in range(size(shape))]).reshape(shape) for name, shape in shapes.items()}
        check = _check_at(point, program, steps, shapes, names, layout, found, order)
        if check is not None:
            checks.append(check)
        if len(checks) == POINTS:
            break
    if not checks:
        return unchecked("no random point where the function is real was found")
    worst = max(checks, key=lambda check: check.verdict.rank)
    digits = min((check.digits for check in checks if check.digits is not None), default=None)
    return Check(worst.verdict, digits, sum(c.checked for c in checks), sum(c.total for c in checks), "differences", worst.notes)


def _check_at(
    point: Mapping[str, Any], program: Program, steps: Sequence[Shape], shapes: Mapping[str, Shape], names: Sequence[str], layout: Mapping[Any, Answer],
    found: Mapping[Any, Any], order: int,
) -> Check | None:  # fmt: skip  # Any: as above
    """One point's verdict; None where the function or a formula is not real there."""
    reference = _reference(program, steps, shapes, point, names)
    answers = []
    for key, answer in layout.items():
        flat: list[Tree] = list(found[key].ravel())
        numbers = reference.settled(flat)
        if any(number is None for number in numbers):
            return None
        answers.append(Answer(answer.label, np.array([float(n) for n in numbers if n is not None]).reshape(answer.array.shape), answer.wrt, answer.output_rank))
    problem = Problem(program, steps, point, None, frozenset(names))
    check, _ = crosscheck(problem, answers, None, order, Settings("float64", route="differences", seconds=SECONDS))
    return None if check.verdict in {Verdict.SINGULAR, Verdict.UNCHECKED, Verdict.CONVENTION} else check


def _rows(table: Mapping[Any, str]) -> dict[str, Any]:  # Any: a pair of names; a mapping of texts
    rows: dict[str, Any] = {}
    for (row, column), text in table.items():
        rows.setdefault(row, {})[column] = text
    return rows
