"""Chains: each line is held against the derivative, and against the line above where that tells more."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from gradcli.base.errors import GradcliError, Span
from gradcli.base.events import timed
from gradcli.base.limits import alarm
from gradcli.base.wording import cut_off
from gradcli.claims.chain import ChainLine, ChainResult, Mistake, Standing
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.claims.statement import statements_of
from gradcli.commands.wholes import conclude
from gradcli.diagnosis.diagnose import UNEXPLAINED
from gradcli.diagnosis.lines.between import Cause, between
from gradcli.diagnosis.lines.mended import differing, mended
from gradcli.inputs.assumptions import conditions_on
from gradcli.inputs.claim_lines import ClaimText
from gradcli.inputs.prepare import values_of
from gradcli.inputs.request import Trying, lettered_shapes

FURTHER = 3  # mistakes after the first one that are looked into
GOOD = frozenset({Conclusion.PROVED, Conclusion.AGREES})
Checked = Callable[[ClaimText, bool], ClaimResult]  # a claim; is its mistake looked for?


def trying_of(
    claim: ClaimText, seed: int, points: int, seconds: float, *, certificate: bool = False, diagnosed: bool = True
) -> Trying:
    """How a claim of a file is tried. Errors: InputError, UsageError."""
    shapes, given = lettered_shapes(claim.shapes), values_of(claim.values, seed)
    conditions = conditions_on(claim.function, claim.where, claim.assume, shapes, given)
    how = (seed, points, seconds, certificate, claim.layout, bool(claim.vec), claim.symmetric)
    return Trying(claim.kind, shapes, conditions, given, *how, diagnosed=diagnosed)


def judge(rows: Sequence[ClaimText], checked: Checked, asked: Callable[[ClaimText], Trying]) -> ChainResult:
    """The lines of one chain, each with its verdict; the first wrong one with what was probably done there.

    checked: the result of a row as a claim by itself; asked: how it is tried, which may raise as ``check`` does
    """
    started = time.monotonic()
    return replace(_Judging(rows, checked, asked).result(), seconds=time.monotonic() - started)


class _Judging:
    def __init__(self, rows: Sequence[ClaimText], checked: Checked, asked: Callable[[ClaimText], Trying]) -> None:
        self.rows, self.checked, self.asked = rows, checked, asked
        known: dict[str, ClaimResult] = {}
        for row in rows:
            if row.claim not in known:
                known[row.claim] = checked(row, False)
        found = [known[row.claim] for row in rows]
        self.results = [
            replace(f, file=r.file, line=r.line, name=r.name or f.name) for f, r in zip(found, rows, strict=True)
        ]
        self.equal = [self._equal(k) for k in range(len(rows))]

    def result(self) -> ChainResult:
        self._inherit()
        lines = [self._line(k, standing) for k, standing in enumerate(self._standings())]
        return ChainResult(tuple(self._diagnosed(lines)))

    # -- verdicts

    def _equal(self, k: int) -> Conclusion | None:
        """Is a line equal to the one above? Of two that are held against the derivative that follows."""
        if k == 0 or self.results[k - 1].error or self.results[k].error:
            return None
        before, after = self.results[k - 1].verdict, self.results[k].verdict
        if self.rows[k - 1].claim == self.rows[k].claim:
            return Conclusion.PROVED
        if before in GOOD and after in GOOD:
            return max(before, after, key=lambda verdict: verdict.rank)
        if {before, after} & GOOD and Conclusion.REFUTED in {before, after}:
            return Conclusion.REFUTED
        return self._compared(k)

    def _compared(self, k: int) -> Conclusion:
        row = self.rows[k]
        try:
            options = replace(self.asked(row), others=self._names(row))
            asked = replace(options, kind="value", layout=None, vec=False, symmetric=None, diagnosed=False)
            return conclude(self.rows[k - 1].claim, row.claim, None, asked).verdict
        except GradcliError:
            return Conclusion.UNDECIDED

    def _names(self, row: ClaimText) -> tuple[str, ...]:
        """All variables of the derivative. Errors: as ``check``."""
        first = next(statements_of(row.function, row.claim, row.wrt, self.asked(row)))
        return tuple(dict.fromkeys((*first.function.names, *first.wrt)))

    def _inherit(self) -> None:
        """A line that is undecided is what a line is that it is proved to be equal to: the one above or below it."""
        ways = [(range(1, len(self.rows)), 0, "above"), (range(len(self.rows) - 2, -1, -1), 1, "below")]
        for order, place, word in ways:
            for k in order:
                other = self.results[k + (1 if place else -1)]
                told = self.equal[k + place] is Conclusion.PROVED and other.verdict is not Conclusion.UNDECIDED
                if self.results[k].verdict is Conclusion.UNDECIDED and told:
                    note = f"equal to the line {word}, which is {_word(other.verdict)}"
                    self.results[k] = replace(self.results[k], verdict=other.verdict, notes=(note,))

    # -- standings

    def _standings(self) -> list[Standing]:
        found: list[Standing] = []
        for k, result in enumerate(self.results):
            wrong = Standing.WRONG in found
            if result.error:
                found.append(Standing.BROKEN)
            elif result.verdict in GOOD:
                found.append(Standing.AGAIN if wrong else Standing.RIGHT)
            elif result.verdict is Conclusion.UNDECIDED:
                found.append(Standing.OPEN)
            elif not wrong:
                found.append(Standing.WRONG)
            else:
                found.append(self._after_wrong(k))
        return found

    def _after_wrong(self, k: int) -> Standing:
        """A line that is wrong, below one that is."""
        return Standing.FURTHER if self.equal[k] is Conclusion.REFUTED else Standing.FOLLOWS

    def _line(self, k: int, standing: Standing) -> ChainLine:
        return ChainLine(self.results[k], standing, self.equal[k])

    # -- mistakes

    def _diagnosed(self, lines: list[ChainLine]) -> list[ChainLine]:
        left = 1 + FURTHER
        for k, line in enumerate(lines):
            if left and line.standing in {Standing.WRONG, Standing.FURTHER}:
                left -= 1
                lines[k] = self._with_mistake(lines, k)
        return lines

    def _with_mistake(self, lines: Sequence[ChainLine], k: int) -> ChainLine:
        """The line with what was done between it and the last right line; of a further one, and the line above it."""
        row, line = self.rows[k], lines[k]
        if line.standing is Standing.WRONG:
            above = max((j for j in range(k) if self.results[j].verdict in GOOD), default=None)
        else:
            above = k - 1
        with timed("diagnosis"), suppress(GradcliError):
            options = self.asked(row)
            with alarm(options.check_time, cut_off(options.check_time)):
                return self._mistaken(line, row, above, options)
        return replace(line, mistake=Mistake(UNEXPLAINED.kind, UNEXPLAINED.text, None, Span(0, len(row.claim)), above))

    def _mistaken(self, line: ChainLine, row: ClaimText, above: int | None, options: Trying) -> ChainLine:
        names = self._names(row)
        source = _opened(row, line.result) if above is None else self.rows[above].claim
        cause = None if source is None or above is None else between(source, row.claim, options, names)
        found = self.checked(row, True) if cause is None else None
        if found is not None:
            line = replace(line, result=replace(line.result, counterexample=found.counterexample, notes=found.notes))
        if (
            found is not None
            and found.diagnosis is not None
            and (above is None or found.diagnosis.kind != UNEXPLAINED.kind)
        ):
            cause = Cause(found.diagnosis.kind, found.diagnosis.text)
        if cause is None or (cause.kind == UNEXPLAINED.kind and source is not None and above is None):
            cause = (between(source, row.claim, options, names) if source is not None else None) or cause
        suggestion = None if found is None or found.diagnosis is None else found.diagnosis.suggestion
        fixed = (
            None
            if source is None or self._is_further(line)
            else mended(source, row.claim, options, names, cause, suggestion if above is None else None)
        )
        due = fixed.text if fixed is not None else None if self._is_further(line) else suggestion
        span = fixed.span if fixed is not None else differing(row.claim, due) if due else Span(0, len(row.claim))
        told = cause or Cause(UNEXPLAINED.kind, "no single slip leads from the line above to this one")
        return replace(line, mistake=Mistake(told.kind, told.text, due, span, above))

    def _is_further(self, line: ChainLine) -> bool:
        return line.standing is Standing.FURTHER


def _opened(row: ClaimText, result: ClaimResult) -> str | None:
    """The function's derivative, not carried out; None where it cannot be written in one formula."""
    if len(result.wrt) != 1 or ";" in row.function or "\n" in row.function:
        return None
    return f"{result.kind}({row.function}, {result.wrt[0]})"


def _word(verdict: Conclusion) -> str:
    return {Conclusion.REFUTED: "wrong"}.get(verdict, "right")
