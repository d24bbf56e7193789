"""Derivations as a document: a case each line, the first wrong one with its mark, what was done, how it should read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gradcli.claims.chain import ChainLine, ChainResult, Mistake, Standing
from gradcli.report.document import Block, Case, Difference, Document, Equation, Excerpt, Line, Outcome, Role
from gradcli.report.documents.claims import case_of

if TYPE_CHECKING:
    from gradcli.claims.conclusion import ClaimResult
    from gradcli.commands.steps import StepsReport

_OUTCOMES = {
    Standing.RIGHT: Outcome.HOLDS,
    Standing.AGAIN: Outcome.HOLDS,
    Standing.OPEN: Outcome.OPEN,
    Standing.BROKEN: Outcome.OPEN,
}
NO_SLIP = "formula"  # the kind of a mistake of which nothing is known


def document(report: StepsReport) -> Document:
    blocks = [block for chain in report.chains for block in _chain(chain)]
    return Document("check", tuple(blocks), report.to_dict, partial=True, seconds=report.seconds)


def _chain(chain: ChainResult) -> Iterator[Block]:
    first = chain.first
    equation = Equation(first.function, first.wrt, "", first.kind != "value")
    yield Line(equation.left(first.function) if first.wrt else first.function, Role.SUMMARY)
    yield from map(_case, chain.lines)
    yield Line(_summary(chain), Role.SUMMARY)


def _case(line: ChainLine) -> Case:
    made = case_of(line.result)
    equation = replace(made.equation, claim=line.result.claim)
    outcome = _OUTCOMES.get(line.standing, Outcome.FAILS)
    blocks = tuple(_blocks(line, made))
    return replace(
        made, equation=equation, outcome=outcome, blocks=blocks, standing=str(line.standing), shown=line.result.latex
    )


def _blocks(line: ChainLine, made: Case) -> Iterator[Block]:
    """Of a wrong line: the mark, what was done, how it should read, a point; of others what is to be noted."""
    result, mistake = line.result, line.mistake
    if result.error and result.span is not None and result.source == (result.latex or result.claim):
        yield Excerpt(_flat(result.source), result.span)
    if mistake is not None:
        if line.standing is Standing.WRONG and mistake.should_read is not None:
            yield from _mark(result, mistake)
        yield from _read_as(result)
        yield Line(_said(mistake), Role.DIAGNOSIS)
        if mistake.should_read_latex is not None:
            yield Line(mistake.should_read_latex, Role.FORMULA, label="should read")
            yield Line(mistake.should_read or "", Role.SUGGESTION, label="that is")
        elif mistake.should_read is not None:
            yield Line(mistake.should_read, Role.SUGGESTION, label="should read")
    else:
        yield from _read_as(result)
    if line.standing is Standing.FOLLOWS:
        yield Line("follows from the line above", Role.NOTE)
    for block in made.blocks:
        if _is_shown(line, block):
            yield block


def _read_as(result: ClaimResult) -> Iterator[Line]:
    """Of LaTeX what it was read as."""
    if result.latex and not result.error:
        yield Line(result.claim, Role.FORMULA, label="read as")


def _mark(result: ClaimResult, mistake: Mistake) -> Iterator[Excerpt]:
    """Where a line differs from what is due, in the words in which it stands there."""
    if not result.latex:
        yield Excerpt(_flat(result.claim), mistake.span)
    elif mistake.latex_span is not None:
        yield Excerpt(_flat(result.latex), mistake.latex_span)


def _is_shown(line: ChainLine, block: Block) -> bool:
    """Of lines that follow from a wrong one no more is said."""
    if not isinstance(block, Line):
        return isinstance(block, Difference) and line.standing is Standing.WRONG
    if block.role is Role.COMMAND:
        return line.standing is Standing.WRONG
    return block.role is Role.DETAIL or (
        block.role is Role.NOTE and line.standing not in {Standing.FOLLOWS, Standing.FURTHER}
    )


def _flat(text: str) -> str:
    """On one line, with every character in its place."""
    return "".join(" " if letter in "\n\t" else letter for letter in text)


def _said(mistake: Mistake) -> str:
    """The mistake, with its kind where the text does not begin with it."""
    if mistake.text.startswith(mistake.kind) or mistake.kind == NO_SLIP:
        return mistake.text
    return f"{mistake.kind}: {mistake.text}"


def _summary(chain: ChainResult) -> str:
    """``line 3 of 4 is the first wrong one: a factor x is lost``"""
    count, wrong = len(chain.lines), chain.first_wrong
    open_ = [k for k, line in enumerate(chain.lines) if line.standing in {Standing.OPEN, Standing.BROKEN}]
    if wrong is None:
        left = f", {_numbered(open_)} undecided" if open_ else ""
        right = count - len(open_)
        return (
            f"{right} of {count} line{'s' * (count != 1)} right{left}"
            if open_
            else f"all {count} lines right"
            if count != 1
            else "1 line, right"
        )
    before = [k for k in open_ if k < wrong]
    doubt = f"; {_numbered(before)} before it cannot be told" if before else ""
    end = "; the last line is right again: two mistakes that cancel, or a new start" if chain.cancels else ""
    return (
        f"line {wrong + 1} of {count} is the first {'that is certainly wrong' if before else 'wrong one'}{doubt}{end}"
    )


def _numbered(places: list[int]) -> str:
    return f"line{'s' * (len(places) != 1)} {', '.join(str(k + 1) for k in places)}"
