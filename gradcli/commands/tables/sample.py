"""Rows that were drawn, through torch.autograd.grad and enclosures: is what stands in the table right?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from math import log10
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.commands.derivatives import grad, hessian, jacobian
from gradcli.commands.results import Result
from gradcli.commands.tables.question import Question
from gradcli.engine import names
from gradcli.verdicts.verdict import Check, Finding, Verdict

MORE = 10.0  # how many times torch's error a kernel's may be, where the problem is badly conditioned
_ENTRY = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was drawn: its number from 0, its values, what the table has for it, whether digits were lost."""

    number: int
    values: Mapping[str, FloatArray]
    found: Mapping[str, FloatArray]
    lost: bool = False

    @property
    def finite(self) -> bool:
        """Has the table a number in each of its cells?"""
        return all(np.isfinite(found).all() for found in self.found.values())


def check_rows(question: Question, rows: Sequence[Row], *, scalars: bool) -> Check:
    """One verdict on all rows: as good as the worst; its findings name the rows.

    scalars: is the function made of scalars? Then rows go through autograd together, as entries of vectors
    """
    if not rows:
        return Check(Verdict.UNCHECKED, notes=("no row has numbers",))
    ordered = sorted(rows, key=lambda row: row.number)
    together = scalars and question.kind == "grad" and question.order == 1
    # A vector with an entry that is undefined is not compared at all: such rows go by themselves.
    joined = [row for row in ordered if row.finite] if together else []
    checks = [_together(question, joined)] if joined else []
    return _worst_of(checks + [_alone(question, row) for row in ordered if not (together and row.finite)])


def _together(question: Question, rows: Sequence[Row]) -> Check:
    values = {name: np.array([row.values[name] for row in rows]) for name in rows[0].values}
    fixed = {name: value for name, value in question.fixed.items() if name in question.parsed.names}
    result = grad(
        question.source,
        values | fixed,
        wrt=list(question.wrt),
        grad_outputs=np.ones(len(rows)),
        rtol=question.rtol,
        seed=question.seed,
        correct=True,
    )
    found = [_named(finding, rows) for finding in result.check.findings]
    delicate = {_row_of(finding, rows) for finding in result.check.findings}
    for at, row in enumerate(rows):
        if row.number not in delicate:
            found += _beside(question, row, _parts(question, result, at))
    return replace(_with(result.check, found), notes=tuple(dict.fromkeys(finding.note for finding in found)))


def _alone(question: Question, row: Row) -> Check:
    result = _derivative(question, {**row.values, **question.fixed})
    found = [replace(finding, entry=f"row {row.number}: {finding.entry}") for finding in result.check.findings]
    if not found:
        found += _beside(question, row, _parts(question, result, None))
    return replace(_with(result.check, found), notes=tuple(f"row {row.number}: {n}" for n in result.check.notes))


def _derivative(question: Question, values: Mapping[str, FloatArray]) -> Result:
    used = {name: value for name, value in values.items() if name in question.parsed.names}
    common: dict[str, Any] = {"wrt": list(question.wrt), "rtol": question.rtol, "seed": question.seed, "correct": True}
    if question.kind == "grad":
        return grad(question.source, used, order=question.order, **common)
    function: Callable[..., Result] = jacobian if question.kind == "jacobian" else hessian
    return function(question.source, used, **common)


def _parts(question: Question, result: Result, at: int | None) -> Iterator[tuple[str, Any, Any]]:
    """Of each column of derivatives its name, torch's number and the certain one. Any: numbers or arrays."""
    derivative, certain = result.derivative or {}, result.certain or {}
    if not any(finding.entry == "" for finding in result.check.findings):
        value = result.value if at is None else np.asarray(result.value)[at]
        yield names.VALUE, value, value
    if question.kind == "hessian":
        for row, column in combinations_with_replacement(question.wrt, 2):
            yield names.derivative(row, column), derivative[row][column], certain[row][column]
        return
    for name in question.wrt:
        label = names.derivative(name, order=question.order)
        here, true = derivative[name], certain[name]
        yield (label, here, true) if at is None else (label, here[at], true[at])


def _beside(question: Question, row: Row, parts: Iterator[tuple[str, Any, Any]]) -> list[Finding]:
    """What is to be said of the table's own numbers, where torch's are right."""
    rtol = DType.FLOAT64.tolerance if question.rtol is None else question.rtol
    out: list[Finding] = []
    for label, torch, true in parts:
        mine = np.asarray(row.found[label], dtype=np.float64).ravel()
        theirs, certain = (np.broadcast_to(np.asarray(x, dtype=np.float64).ravel(), mine.shape) for x in (torch, true))
        with np.errstate(invalid="ignore"):  # of infinite numbers, which are equal or not
            error, other = np.abs(mine - certain), np.abs(theirs - certain)
            near = error <= rtol * np.abs(certain) + MORE * other
        bad = ~(near | (mine == certain) | np.isnan(certain))
        if not bad.any():
            continue
        k = int(np.argmax(np.where(bad, error, -1.0)))
        digits = _digits(float(error[k]), float(certain[k]))
        verdict = Verdict.ROUNDING if row.lost else Verdict.DIFFERS
        said = f"the table has {mine[k]:.17g}, right is {certain[k]:.17g}"
        place = f"row {row.number}: {label}" + (f"[{k}]" if mine.size > 1 else "")
        out.append(Finding(verdict, digits, f"{place}: {said}", place, float(theirs[k]), float(certain[k])))
    return out


def _digits(error: float, true: float) -> float:
    return 0.0 if not error < abs(true) else max(0.0, -log10(error / abs(true))) if error else DType.FLOAT64.digits


def _row_of(finding: Finding, rows: Sequence[Row]) -> int | None:
    match = _ENTRY.search(finding.entry)
    return None if match is None else rows[int(match[1])].number


def _named(finding: Finding, rows: Sequence[Row]) -> Finding:
    """The finding in the numbers of rows."""

    def named(match: re.Match[str]) -> str:
        return f" in row {rows[int(match[1])].number}"

    return replace(finding, entry=_ENTRY.sub(named, finding.entry), note=_ENTRY.sub(named, finding.note))


def _with(check: Check, findings: Sequence[Finding]) -> Check:
    worst = max([check.verdict, *(finding.verdict for finding in findings)], key=list(Verdict).index)
    return replace(check, verdict=worst, findings=tuple(findings))


def _worst_of(checks: Sequence[Check]) -> Check:
    worst = max(checks, key=lambda check: list(Verdict).index(check.verdict))
    digits = [check.digits for check in checks if check.digits is not None]
    findings = tuple(finding for check in checks for finding in check.findings)
    notes = tuple(dict.fromkeys(note for check in checks for note in check.notes))
    routes = dict.fromkeys(route for check in checks for route in (check.reference or "").split(", ") if route)
    return replace(
        worst,
        reference=", ".join(routes) or None,
        digits=min(digits, default=None),
        checked=sum(check.checked for check in checks),
        total=sum(check.total for check in checks),
        findings=findings,
        notes=notes,
    )
