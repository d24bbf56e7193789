"""``check --steps --latex``: derivations in LaTeX, judged as what they are read as; what is said points into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from gradcli.base.errors import GradcliError
from gradcli.claims.chain import ChainLine, ChainResult, Mistake
from gradcli.closed.notation.latex import latex
from gradcli.commands.from_latex import context_of, read
from gradcli.inputs.claim_lines import ClaimText
from gradcli.inputs.latex_steps import LatexSteps, latex_steps_of
from gradcli.inputs.request import lettered_shapes
from gradcli.inputs.step_files import Given, named, text_in
from gradcli.language.latex.context import Context, Reading


def judged_in_latex(
    file: str | None, text: str, given: Given, judged: Callable[[Sequence[ClaimText]], ChainResult]
) -> tuple[ChainResult, ...]:
    """What came of the derivations in a file, or in a text. Errors: as ``check_steps``; MissingError without lark."""
    context = context_of(list(given.values), list(given.shapes), given.wrt)
    if given.function is not None:
        told = read(given.function, context)
        given = replace(given, function=told.text, wrt=given.wrt or ",".join(told.parameters) or None)
        if told.name is not None:
            context = replace(context, functions={told.name: (told.parameters, told.text)})
    if file is not None:
        text = text_in(file)
    chains = latex_steps_of(text, given, context, "" if file is None else named(file))
    return tuple(_pointed(judged(chain.rows), chain) for chain in chains)


def _pointed(found: ChainResult, chain: LatexSteps) -> ChainResult:
    lines = [_line(line, row, chain) for line, row in zip(found.lines, chain.rows, strict=True)]
    return replace(found, lines=tuple(lines))


def _line(line: ChainLine, row: ClaimText, chain: LatexSteps) -> ChainLine:
    """A line as it stands in the LaTeX, with what a reader should know about how it was read."""
    reading = chain.readings.get(row.claim)
    result = replace(line.result, latex=row.latex)
    if reading is None:
        return replace(line, result=result)
    result = replace(result, notes=tuple(dict.fromkeys((*reading.notes, *result.notes))))
    own = reading if reading.latex == row.latex else None  # of the same formula in other words the places are others
    if own is not None and result.span is not None and result.source == own.text:
        result = replace(result, span=own.place(result.span), source=row.latex)
    mistake = None if line.mistake is None else _written(line.mistake, row, own, chain.context)
    return replace(line, result=result, mistake=mistake)


def _written(mistake: Mistake, row: ClaimText, reading: Reading | None, context: Context) -> Mistake:
    """A mistake with its place in the LaTeX, and in LaTeX how the line should read."""
    place = None if reading is None else reading.place(mistake.span)
    due = None
    if mistake.should_read is not None:
        with suppress(GradcliError):
            due = _spliced(mistake, mistake.should_read, row, reading, context)
    return replace(mistake, should_read_latex=due, latex_span=place)


def _spliced(mistake: Mistake, due: str, row: ClaimText, reading: Reading | None, context: Context) -> str:
    """The writer's own LaTeX with what is right in the place of what is wrong; where that is not read back as what is
    due, the whole in ours. Errors: as ``latex``."""
    shapes = lettered_shapes(row.shapes)
    begin, behind = mistake.span.start, len(row.claim) - mistake.span.stop
    part = due[begin : len(due) - behind]
    if reading is not None and due == row.claim[:begin] + part + row.claim[len(row.claim) - behind :]:
        place = reading.place(mistake.span)
        with suppress(GradcliError):
            made = f"{row.latex[: place.start]}{latex(part, shapes)}{row.latex[place.stop :]}"
            if _plain(read(made, context).text) == _plain(due):
                return made
    return latex(due, shapes)


def _plain(text: str) -> str:
    return "".join(text.split())
