"""Claims as a document: a case each, and for those of files the sum of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gradcli.base.errors import GradcliError
from gradcli.claims.conclusion import ClaimResult, Conclusion
from gradcli.claims.proof import ALL
from gradcli.report.document import Block, Case, Difference, Document, Equation, Excerpt, Figure, Line, Outcome, Role
from gradcli.report.documents.plots import plot_figure

if TYPE_CHECKING:
    from gradcli.commands.results import CheckReport
    from gradcli.inputs.claim_lines import PassedOver

MAX_SHOWN = 100
TOLD = {"not read"}  # of these kinds formulas are shown to all, since there may have been claims in them
_OUTCOMES = {Conclusion.REFUTED: Outcome.FAILS, Conclusion.UNDECIDED: Outcome.OPEN}


def document(report: CheckReport) -> Document:
    blocks: list[Block] = [case_of(claim) for claim in report.claims]
    if any(claim.file is not None for claim in report.claims):
        blocks += [Line(_formula(formula), Role.DETAIL, label="passed over") for formula in report.passed]
        blocks += [Line(_formula(formula), Role.NOTE) for formula in report.passed if formula.kind in TOLD]
        blocks.append(Line(_summary(report), Role.SUMMARY))
        blocks.append(Line(f"{report.seconds:.1f} s", Role.DETAIL, label="time"))
    warnings = tuple(Line(_uncertified(claim), Role.NOTE) for claim in report.claims if claim.uncertified)
    return Document(
        "check",
        tuple(blocks),
        report.to_dict,
        warnings=warnings,
        seconds=report.seconds,
        title=_title(report),
        again=f"{report.again} --html page.html" if report.again else "",
    )


def _title(report: CheckReport) -> str:
    """Of a page."""
    if len(report.claims) == 1:
        return f"The claim is {report.verdict}" if report.verdict is not Conclusion.AGREES else "The claim agrees"
    return _summary(report)


def _uncertified(claim: ClaimResult) -> str:
    place = "" if claim.file is None else f" {claim.file}:{claim.line}:"
    return f"no certificate of{place} {claim.name}: {claim.uncertified}"


def case_of(claim: ClaimResult) -> Case:
    """A claim with all that is to be said of it."""
    return Case(
        name=claim.name,
        equation=_equation(claim),
        verdict=str(claim.verdict),
        outcome=_OUTCOMES.get(claim.verdict, Outcome.HOLDS),
        blocks=_blocks(claim),
        extent=_extent(claim),
        broken=bool(claim.error),
        file=claim.file,
        line=claim.line,
        seconds=claim.seconds,
        shown=_row(claim),
        figure=lambda: plot_of(claim),
    )


def plot_of(claim: ClaimResult) -> Figure | None:
    """A picture of a refuted claim in one number, beside the true derivative; None of others."""
    if claim.verdict is not Conclusion.REFUTED or claim.counterexample is None:
        return None
    from gradcli.commands.plotting.plot import plot_of_claim

    try:
        return plot_figure(plot_of_claim(claim))
    except GradcliError:
        return None


def _equation(claim: ClaimResult) -> Equation:
    kind = claim.kind
    return Equation(claim.function, claim.wrt, claim.claim, kind != "value", claim.shapes, kind == "hessian")


def _row(claim: ClaimResult) -> str:
    """What stands in a document, after its section and label; a row that only goes on, after what it goes on with."""
    place = " · ".join(filter(None, (claim.section, claim.label)))
    cell = f"cell {claim.cell}, line {claim.cell_line}" if claim.cell is not None else ""
    goes_on = claim.latex.lstrip("& ").startswith("=")
    left = claim.name.removeprefix(place).removeprefix(" · ") if goes_on else ""
    shown = " · ".join(filter(None, (cell, place)))
    return ": ".join(filter(None, (shown, f"{left} {claim.latex}".strip())))


def _read_as(claim: ClaimResult) -> str:
    """``d(sum(h**2))/d(W) = 2*outer(h, x), with h = W@x``"""
    function, claimed = claim.function.split("; "), claim.claim.split("; ")
    given = dict.fromkeys([*function[:-1], *claimed[:-1]])
    left = function[-1]
    if claim.kind != "value":
        two = "2" if claim.kind == "hessian" else ""
        left = f"d{two}({left})/d({','.join(claim.wrt)}){two}"
    return f"{left} = {claimed[-1]}{', with ' if given else ''}{'; '.join(given)}"


def _formula(formula: PassedOver) -> str:
    return (
        f"{formula.file}:{formula.line}: {formula.reason or formula.kind}: {' '.join(formula.text.split())[:MAX_SHOWN]}"
    )


def _blocks(claim: ClaimResult) -> tuple[Block, ...]:
    """The counterexample, the diagnosis, the suggestion, the notes, and how to see it again."""
    found, diagnosis = claim.counterexample, claim.diagnosis
    blocks: list[Block] = []
    if claim.latex and claim.function:
        blocks.append(Line(_read_as(claim), Role.FORMULA, label="read as"))
    if found is not None:
        blocks.append(Difference(tuple(found.at.items()), found.component, found.claimed, found.true, found.wrt))
    if diagnosis is not None:
        blocks.append(Line(str(diagnosis), Role.DIAGNOSIS))
        blocks += [Line(diagnosis.suggestion, Role.SUGGESTION)] if diagnosis.suggestion is not None else []
    notes: list[Block] = [Line(note, Role.NOTE) for note in claim.notes]
    if claim.span is not None:
        notes.insert(1, Excerpt(claim.source, claim.span))
    blocks += notes
    if found is not None and found.command:
        blocks.append(Line(found.command, Role.COMMAND))
    if claim.routes:
        how = f"{', '.join(claim.routes)}; {_points(claim)}; {claim.seconds:.2f} s"
        blocks.append(Line(how, Role.DETAIL, label="routes"))
    if claim.method:
        blocks.append(Line(_method(claim), Role.DETAIL, label="proof"))
    if claim.unproved:
        blocks.append(Line(claim.unproved, Role.DETAIL, label="not proved"))
    return tuple(blocks)


def _method(claim: ClaimResult) -> str:
    """``residues at n=2; n=3; wrong with a probability below 1e-60``"""
    sizes = "for all sizes" if claim.proved_for == ALL else f"at {_sizes(claim.proved_for)}" if claim.proved_for else ""
    error = f"; a wrong claim passes with a probability below {claim.error_bound:.0e}" if claim.error_bound else ""
    return " ".join(filter(None, (claim.method, sizes))) + error


def _points(claim: ClaimResult) -> str:
    return f"{claim.points} point{'s' * (claim.points != 1)}"


def _extent(claim: ClaimResult) -> str:
    """``at 32 points (n=2, d=3; n=3, d=2)``: the points where it only agrees, the sizes where there are any."""
    if claim.proved_for == ALL:
        return "for all sizes"
    points = f"at {_points(claim)}" if claim.verdict is Conclusion.AGREES else ""
    sizes = _sizes(claim.sizes)
    return " ".join(part for part in (points, f"({sizes})" if sizes and not claim.error else "") if part)


def _sizes(sizes: Sequence[Mapping[str, int]]) -> str:
    return "; ".join(", ".join(f"{name}={size}" for name, size in one.items()) for one in sizes)


def _summary(report: CheckReport) -> str:
    """``26 claims: 20 proved, 5 agree, 1 refuted``"""
    counts = {"proved": 0, "agree": 0, "refuted": 0, "undecided": 0, "in error": 0}
    for claim in report.claims:
        key = "in error" if claim.error else {"agrees": "agree"}.get(str(claim.verdict), str(claim.verdict))
        counts[key] += 1
    parts = ", ".join(f"{n} {name}" for name, n in counts.items() if n)
    left = max(report.total - len(report.claims), 0)
    rest = f", {left} not reached" if left else ""
    return f"{_counted(len(report.claims), 'claim')}: {parts}{rest}{_passed(report.passed)}"


def _passed(formulas: Sequence[PassedOver]) -> str:
    """``; 7 formulas passed over (4 definitions, 2 conditions, 1 other)``"""
    counts = Counter(formula.kind for formula in formulas if formula.kind not in TOLD)
    kinds = ", ".join(_counted(n, kind) for kind, n in counts.items())
    return f"; {_counted(counts.total(), 'formula')} passed over ({kinds})" if counts else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1 and what not in {'other', 'unread'})}"
