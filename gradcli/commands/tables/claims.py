"""``check_table``: is a claimed derivative right at the rows of a table?

All rows are compared in floats. Rows that are apart, and some that were drawn, are looked at once more, each by itself,
in enclosures: what is refuted is so for certain.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gradcli.base.dtypes import DType
from gradcli.base.errors import InputError, LimitError, UsageError
from gradcli.base.wording import option
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.commands.check import Claims, check, pairs_of
from gradcli.commands.results import CheckReport
from gradcli.commands.tables.facts import facts_of
from gradcli.commands.tables.manner import Engine, Manner, OnError, Progress, Target, processors, sink_for, stdin_of
from gradcli.commands.tables.opening import Opened
from gradcli.commands.tables.question import Question
from gradcli.commands.tables.run import Tally, ahead, go_through
from gradcli.commands.tables.sample import Row
from gradcli.engine import names
from gradcli.engine.choose import Chosen
from gradcli.engine.formulas import formulas
from gradcli.inputs.prepare import Values, values_of
from gradcli.inputs.request import Kind, Options, Wrt
from gradcli.inputs.sources import Source, parse_source, source_text
from gradcli.tables.memory import Nowhere
from gradcli.tables.reading import open_table
from gradcli.tables.rows import Answer, Batch

CLAIM = "claim"
LOOKED_AT = 16  # rows of each claim in enclosures of those that were drawn, where none is apart
APART = 256  # of those that are apart, the most so: one takes some hundredths of a second


@dataclass(slots=True)
class Compared:
    """A claim at the rows that have gone by: how many are apart, the first of them, and those that are the most so.

    A row is apart where the numbers are, and where the claim alone has none.
    """

    name: str
    claim: str
    right: str
    claimed: str
    rtol: float
    rows: int = 0
    apart: int = 0
    first: int | None = None
    most: list[tuple[float, Row]] = field(default_factory=list)

    def count(self, batch: Batch, answer: Answer) -> None:
        right, claimed = answer.columns[self.right], answer.columns[self.claimed]
        self.rows += int(np.count_nonzero(answer.marks.codes == 0))
        with np.errstate(invalid="ignore"):
            distance = np.abs(right - claimed) / np.maximum(np.abs(right), np.abs(claimed))
        distance[right == claimed] = 0.0
        distance[~np.isfinite(claimed)] = inf
        given = (batch.marks.codes == 0) & ~np.any([np.isnan(value) for value in batch.values.values()], axis=0)
        rows = np.flatnonzero(given & np.isfinite(right) & ~(distance <= self.rtol))
        if not rows.size:
            return
        self.apart += len(rows)
        self.first = batch.first + int(rows[0]) if self.first is None else self.first
        worst = rows[np.argsort(-distance[rows], kind="stable")[:APART]]
        self.most += [(float(distance[at]), _row(batch, answer, at)) for at in worst.tolist()]
        self.most = sorted(self.most, key=lambda one: (-one[0], one[1].number))[:APART]

    @property
    def looked_at(self) -> list[Row]:
        """The rows that are the most apart, in their order."""
        return sorted((row for _, row in self.most), key=lambda row: row.number)

    def refuted(self, found: ClaimResult, rtol: float | None) -> bool:
        """Is the claim certainly wrong at a row: not the truth, or further from it than it may be?"""
        if found.verdict is not Conclusion.REFUTED or rtol is None or found.counterexample is None:
            return found.verdict is Conclusion.REFUTED
        claimed, true = found.counterexample.claimed, found.counterexample.true
        if claimed is None or true is None:
            return True
        return not abs(claimed - true) <= rtol * max(abs(claimed), abs(true))


def _row(batch: Batch, answer: Answer, at: int) -> Row:
    values = {name: value[at].copy() for name, value in batch.values.items()}
    return Row(batch.first + at, values, {name: value[at].copy() for name, value in answer.columns.items()})


@dataclass(slots=True)
class Comparing:
    """What is counted of a table, and of each claim about it."""

    tally: Tally
    claims: Sequence[Compared]
    tolerated: bool = False

    @property
    def first_failed(self) -> int | None:
        return self.tally.first_failed

    @property
    def rows(self) -> int:
        return self.tally.rows

    @property
    def memo(self) -> Mapping[str, Any]:
        return {}

    def count(self, batch: Batch, answer: Answer, flags: npt.NDArray[np.uint8]) -> None:
        self.tally.count(batch, answer, flags)
        for claim in self.claims:
            claim.count(batch, answer)


def check_table(
    function: Source,
    claim: Source | Mapping[str, Source] | None,
    source: Any,  # Any: a path, "-", a mapping of arrays, a table of pandas, polars or pyarrow
    out: Target = None,
    *,
    values: Values = None,
    claims: Claims | None = None,
    wrt: Wrt = None,
    kind: Literal["grad", "value"] = "grad",
    keep: bool | Sequence[str] = False,
    input_format: str | None = None,
    output_format: str | None = None,
    engine: Engine = "auto",
    on_error: OnError = "report",
    resume: bool = False,
    rtol: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Is the claim the derivative of the function, at each row of a table? Both are functions of scalars.

    function, claim: as in ``check``; a claim may be a column, such as slopes that were measured
    source, out:     as in ``grad_table``; the answer has the derivative, ``d_x``, beside the claim, ``claim_x``
    claims:          more claims, by variable or as ``NAME=FORMULA``
    rtol:            relative distance that still agrees; without one, what was drawn is held to the truth itself
    kind:            grad, or value: are both the same function?
    The other arguments and errors are those of ``grad_table`` and of ``check``.

    >>> import numpy as np
    >>> str(check_table("x**2", "2*x", {"x": np.array([1.0, 3.0])}).verdict)
    'agrees'
    """
    started = time.monotonic()
    if kind not in {"grad", "value"}:
        raise UsageError(f"with {option('table')} a claim is of {option('kind')} grad or value, not {kind}")
    if resume:
        raise UsageError(f"{option('resume')} goes without claims: rows that were compared before are not known")
    manner = Manner(keep, input_format, output_format, engine, on_error, False, progress)
    options = Options(rtol=rtol, seed=seed, threads=threads)
    fixed = values_of(values, seed)
    table = open_table(source, manner.input_format, stdin_of(source))
    pairs, text = pairs_of(claim, claims, {}), source_text(function)
    whole = _names([text, *(formula for _, formula in pairs)], table.names)
    variables = [name for name, _ in pairs if name] or wrt
    opened = Opened.of(table, "grad", text, fixed, variables, options, beside=whole)
    question = opened.question
    named = _named(question, pairs, kind)
    beside = {f"{CLAIM}_{name}": parse_source(formula, whole).tree for name, formula in named.items()}
    if not question.scalars:
        raise LimitError(f"with {option('table')} claims are of scalars", kind="unchecked")
    made = formulas(
        question.parsed.tree,
        kind,
        question.wrt if kind == "grad" else (),
        list(question.shapes),
        list(fixed),
        beside=beside,
    )
    kernel = Chosen(made, manner.engine, table.rows, options.threads or processors(), about=table.about)
    outputs = {output.name: output.shape for output in made.outputs}
    layout = opened.layout(outputs, manner, facts_of(question, kernel, options.device, "check"))
    near = DType.FLOAT64.tolerance if rtol is None else rtol
    compared = [
        Compared(name, formula, names.VALUE if kind == "value" else names.derivative(name), f"{CLAIM}_{name}", near)
        for name, formula in named.items()
    ]
    watch = Comparing(Tally(seed), compared, tolerated=on_error == "mark")
    # rows that were compared before are not known
    place = Nowhere(layout) if out is None else sink_for(out, table, layout, None, manner)
    with closing(table), place as sink:
        batches = table.batches(opened.variables, manner.keep)
        go_through(question, ahead(batches), kernel, sink, watch, table.rows, manner)
    results = [_concluded(question, one, watch, kind, rtol) for one in compared]
    return CheckReport(tuple(results), time.monotonic() - started)


def _names(formulas: Sequence[str], there: Sequence[str]) -> list[str]:
    """All names in formulas, in their order. there: those of columns, which are no constants."""
    read = [parse_source(text, there) for text in formulas]
    return list(dict.fromkeys(name for one in read for name in one.names))


def _named(question: Question, pairs: Sequence[tuple[str | None, str]], kind: str) -> dict[str, str]:
    """Claims by their variables. Errors: InputError for one that could be of several."""
    if kind == "value":
        if len(pairs) > 1:
            raise UsageError(f"{option('kind', 'value')} is of one claim, found {len(pairs)}")
        return {names.VALUE: pairs[0][1]}
    alone = [formula for name, formula in pairs if name is None]
    if alone and len(question.wrt) > 1:
        several = ", ".join(question.wrt)
        raise InputError(f"the claim could be in {several}", hint=option("wrt", question.wrt[0]), kind="wrt")
    return {name or question.wrt[0]: formula for name, formula in pairs}


def _concluded(question: Question, compared: Compared, watch: Comparing, kind: Kind, rtol: float | None) -> ClaimResult:
    """What is true of a claim at the rows of the table. rtol: how far it may be from the truth; None: not at all"""
    name = compared.name
    base = ClaimResult(name, (name,), kind, question.parsed.source, compared.claim, Conclusion.UNDECIDED)
    looked = compared.looked_at or (watch.tally.drawn[:LOOKED_AT] if rtol is None else [])
    if not (compared.rows or compared.apart):
        return replace(base, notes=("no row has numbers",))
    seen: list[ClaimResult] = []
    for row in looked:
        one = _at_row(question, compared, row, kind)
        seen.append(one)
        if not compared.refuted(one, rtol):
            continue
        apart = f"{compared.apart:,} of {watch.tally.rows:,} rows are apart, the first is row {compared.first}"
        near = f"row {row.number} is apart by less than {compared.rtol:g} of it"
        return replace(
            base,
            verdict=Conclusion.REFUTED,
            points=compared.rows,
            counterexample=one.counterexample,
            diagnosis=one.diagnosis,
            notes=(apart if compared.apart else near, *one.notes),
        )
    return _not_refuted(replace(base, points=compared.rows), compared, watch, looked, seen)


def _not_refuted(
    base: ClaimResult, compared: Compared, watch: Comparing, looked: Sequence[Row], seen: Sequence[ClaimResult]
) -> ClaimResult:
    """Where no row refutes the claim: it agrees, unless a row is open."""
    if compared.apart > len(compared.most):  # floats lose digits here, and who knows what else
        many = f"{compared.apart:,} of {watch.tally.rows:,} rows are apart in floats"
        return replace(base, notes=(f"{many}, of which {len(seen)} agree in enclosures",))
    but = f" but for {compared.apart:,}, which agree" if compared.apart else ""
    notes = [f"each row to {compared.rtol:.2g}, in floats{but}" + (f"; {len(seen)} in enclosures" if seen else "")]
    failed = watch.tally.failed and not watch.tolerated
    notes += [f"{watch.tally.failed:,} rows failed, the first is row {watch.tally.first_failed}"] if failed else []
    told = zip(looked, seen, strict=True) if compared.most else ()
    open_ = [(row.number, one) for row, one in told if one.verdict is Conclusion.UNDECIDED]
    if open_:
        number, one = open_[0]
        notes = [f"row {number}: {', '.join(one.notes)}", *notes[1:]]
    digits = min((one.digits for one in seen if one.digits is not None), default=None)
    verdict = Conclusion.UNDECIDED if failed or open_ else Conclusion.AGREES
    return replace(base, verdict=verdict, digits=digits, notes=tuple(notes))


def _at_row(question: Question, compared: Compared, row: Row, kind: Kind) -> ClaimResult:
    """The claim at one row, in enclosures."""
    point = {**row.values, **question.fixed}
    wrt = None if kind == "value" else compared.name
    (found,) = check(question.parsed.source, compared.claim, point, wrt=wrt, kind=kind).claims
    return found
