"""Rows that were drawn, in enclosures and by torch.autograd.grad: is what stands in the table right, row by row?

What is not has, where it is torch's own number, the verdict that this has at the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import GradcliError
from gradcli.commands.derivatives import grad, hessian, jacobian
from gradcli.commands.results import Result
from gradcli.commands.tables.question import Question
from gradcli.engine import names
from gradcli.engine.batches import BatchKernel
from gradcli.language import nodes
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.task import Task
from gradcli.operations.table import OPS
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.problem import Problem
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.together import worst_of
from gradcli.verdicts.verdict import Check, Finding, Verdict

# Told by enclosures alone; of the others torch's number at the row has more to say.
TOLD = (Verdict.AGREES, Verdict.ROUNDING, Verdict.SINGULAR)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was drawn: its number from 0, its values, what the table has for it."""

    number: int
    values: Mapping[str, FloatArray]
    found: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Column:
    """Derivatives of the table: their name there, and in which variables they are, one after another."""

    name: str
    wrt: tuple[str, ...]


def check_rows(question: Question, rows: Sequence[Row]) -> Check:
    """One verdict on all rows: as good as the worst; its findings name the rows, the worst first."""
    if not rows:
        return Check(Verdict.UNCHECKED, notes=("no row has numbers",))
    question = replace(question, fixed=_rounded(question.fixed, question.dtype))
    rows = [Row(row.number, _rounded(row.values, question.dtype), _doubles(row.found)) for row in rows]
    task, ordered = _task(question, rows[0]), sorted(rows, key=lambda row: row.number)
    others = _by_torch(question, ordered)
    return worst_of([_checked(question, task, row, other) for row, other in zip(ordered, others, strict=True)])


def _rounded(values: Mapping[str, FloatArray], dtype: str) -> dict[str, FloatArray]:
    """The numbers as torch has them: rounded to the dtype, as float64."""
    with np.errstate(over="ignore"):
        return _doubles({name: np.asarray(value, dtype=dtype) for name, value in values.items()})


def _doubles(arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, FloatArray]:  # Any: a float type
    return {name: np.asarray(array, dtype=np.float64) for name, array in arrays.items()}


def _by_torch(question: Question, rows: Sequence[Row]) -> list[dict[str, float]]:
    """Of each row the columns in which torch.autograd.grad has another number, and its first such number."""
    shapes = {**question.shapes, **{name: value.shape for name, value in question.fixed.items()}}
    kernel = BatchKernel(
        question.parsed, question.kind, question.wrt, shapes, question.order, threads=1, dtype=question.dtype
    )
    found = {output.name: np.empty((len(rows), *output.shape)) for output in kernel.outputs}
    columns = {name: np.array([row.values[name] for row in rows]) for name in question.shapes}
    kernel.run(columns, question.fixed, found, np.zeros(len(rows), dtype=np.uint8))
    tolerance = DType.of(question.dtype).tolerance if question.rtol is None else question.rtol
    return [
        dict(_apart(row, {name: part[at] for name, part in found.items()}, tolerance)) for at, row in enumerate(rows)
    ]


def _task(question: Question, row: Row) -> Task:
    """The function as the second route takes it: a scalar where its output has one entry, but for Jacobians."""
    values, tree = {**row.values, **question.fixed}, question.parsed.tree
    if question.kind != "jacobian" and question.output:
        tree = nodes.make(OPS["sum"], [tree], (None, False))
    program = compile_tree(tree)
    shapes = shapes_of(program, {name: value.shape for name, value in values.items()}, question.parsed)
    return Task(question.parsed, program, tuple(shapes), values, question.wrt)


def _checked(question: Question, task: Task, row: Row, torchs: Mapping[str, float]) -> Check:
    """torchs: numbers of torch's that are not the table's."""
    check = _own(question, task, row)
    if check.verdict not in TOLD:
        check = _beside_torch(question, row, check)
    elif torchs and check.verdict is Verdict.AGREES:
        told = (f"{name}: the table is right; torch.autograd.grad gives {theirs!r}" for name, theirs in torchs.items())
        return replace(check, notes=tuple(_at(row, note) for note in told))
    bad = [finding for finding in check.findings if finding.verdict is not Verdict.AGREES]
    found = tuple(replace(f, entry=_at(row, f.entry or names.VALUE), note=_at(row, f.note)) for f in bad)
    fine = check.verdict is Verdict.AGREES
    notes = [f.note for f in found] or [_at(row, note) for note in check.notes if not fine]
    return replace(check, findings=found, notes=tuple(notes))


def _at(row: Row, note: str) -> str:
    return f"row {row.number}: {note}"


def _own(question: Question, task: Task, row: Row) -> Check:
    """The verdict of enclosures on the numbers of the table."""
    values = {**row.values, **question.fixed}
    problem = Problem(task.program, task.shapes, values, None, frozenset(question.wrt))
    output = len(question.output) if question.kind == "jacobian" else 0
    answers = [
        Answer((column.name,), row.found[column.name], tuple((x, values[x].ndim) for x in column.wrt), output)
        for column in _columns(question)
    ]
    order = 2 if question.kind == "hessian" else question.order
    settings = Settings(question.dtype, rtol=question.rtol, seed=question.seed, whose="the table", formulas=False)
    return crosscheck(problem, answers, row.found[names.VALUE].reshape(problem.output), order, settings).check


def _columns(question: Question) -> Iterator[Column]:
    if question.kind == "hessian":
        for pair in combinations_with_replacement(question.wrt, 2):
            yield Column(names.derivative(*pair), pair)
    else:
        for x in question.wrt:
            yield Column(names.derivative(x, order=question.order), (x,) * question.order)


def _beside_torch(question: Question, row: Row, own: Check) -> Check:
    """The verdict on torch's numbers where these are the table's; else the table's own, with torch's number."""
    try:
        result = _derivative(question, {**row.values, **question.fixed})
    except GradcliError as error:
        return replace(own, notes=(*own.notes, f"torch.autograd.grad has none: {error.said}"))
    tolerance = DType.of(question.dtype).tolerance if question.rtol is None else question.rtol
    apart = dict(_apart(row, _numbers(question, result), tolerance))
    if not apart:
        return _of_table(question, result.check)
    return replace(own, findings=tuple(_with_torchs(finding, apart) for finding in own.findings))


def _with_torchs(finding: Finding, numbers: Mapping[str, float]) -> Finding:
    """The finding with torch's number, where that is another one."""
    theirs = numbers.get(finding.entry.partition("[")[0] or names.VALUE)
    return finding if theirs is None else replace(finding, note=f"{finding.note}; torch.autograd.grad gives {theirs!r}")


def _of_table(question: Question, check: Check) -> Check:
    """A verdict on torch's numbers, its findings by the names of the table's columns, which has each pair once."""
    several = question.kind == "hessian" and len(question.wrt) > 1
    known = {",".join(column.wrt if several else column.wrt[:1]): column.name for column in _columns(question)}
    found = []
    for finding in check.findings:
        name, *place = finding.entry.partition("[")
        if not name or name in known:
            found.append(replace(finding, entry=known.get(name, "") + "".join(place)))
    return replace(check, findings=tuple(found))


def _derivative(question: Question, values: Mapping[str, FloatArray]) -> Result:
    used = {name: value for name, value in values.items() if name in question.parsed.names}
    how = {"rtol": question.rtol, "seed": question.seed, "dtype": question.dtype}
    common: dict[str, Any] = {"wrt": list(question.wrt), **how}
    if question.kind == "grad":
        return grad(question.source, used, order=question.order, **common)
    function: Callable[..., Result] = jacobian if question.kind == "jacobian" else hessian
    return function(question.source, used, **common)


def _numbers(question: Question, result: Result) -> dict[str, Any]:  # Any: numbers or arrays
    """What the table has columns for, in a result at one point."""
    derivative = result.derivative or {}
    parts = {column: derivative[column.wrt[0]] for column in _columns(question)}
    if question.kind == "hessian":
        parts = {column: part[column.wrt[1]] for column, part in parts.items()}
    return {names.VALUE: result.value, **{column.name: part for column, part in parts.items()}}


def _apart(row: Row, numbers: Mapping[str, Any], tolerance: float) -> Iterator[tuple[str, float]]:  # Any: as above
    """Of each column in which the table has another number than torch: its name, and torch's first such number."""
    for name, theirs in numbers.items():
        mine = np.asarray(row.found[name], dtype=np.float64).ravel()
        other = np.broadcast_to(np.asarray(theirs, dtype=np.float64).ravel(), mine.shape)
        near = np.isclose(mine, other, rtol=tolerance, atol=0.0, equal_nan=True)
        if not near.all():
            yield name, float(other[np.argmin(near)])
