"""An autograd error as a document: where, what it means, its causes with their remedies, a program that does it."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gradcli.report.document import Block, Code, Document, Line, Role, Section

if TYPE_CHECKING:
    from gradcli.commands.explain.error import ErrorCause, ErrorExplanation

IN_FULL = 3  # causes that are told in full; those behind them have a line each
MAX_MESSAGE = 240  # characters of an error's own words, which the reader has before them
NOTHING_NEAR = (
    "No message of the catalogue fits this text, and none is near. gradcli explain --error list shows them all."
)
A_GUESS = "No message of the catalogue fits this text. What follows is a guess: the nearest that there is."


def document(found: ErrorExplanation) -> Document:
    blocks = (*_where(found), *_meaning(found), *_causes(found), *_program(found), *_next(found))
    return Document("explain", blocks, found.to_dict)


def _where(found: ErrorExplanation) -> Iterator[Block]:
    """``train.py:12: loss.backward()``, then the error's own words."""
    if found.file or found.line:
        place = ":".join(filter(None, (found.file, str(found.line or ""))))
        yield Line(f"{place}: {found.code}" if found.code else place)
    if found.raised is not None:
        said = found.raised["message"]
        yield Line(said if len(said) <= MAX_MESSAGE else f"{said[:MAX_MESSAGE]} ...", Role.PROSE, found.raised["kind"])
    if found.forward is not None:
        place = f"{found.forward.file}:{found.forward.line}"
        yield Line(f"{place}: {found.forward.code}", label="its forward call, by anomaly mode")
    yield from (Line(note, Role.PROSE) for note in found.notes)


def _meaning(found: ErrorExplanation) -> Iterator[Block]:
    if found.recognised:
        yield Section(Line("What it means", Role.HEADING), (Line(found.meaning, Role.PROSE), *_undecided(found)))
    else:
        words = A_GUESS if found.causes else NOTHING_NEAR
        yield Section(Line("Not recognised", Role.HEADING), (Line(words, Role.PROSE),))


def _undecided(found: ErrorExplanation) -> Iterator[Block]:
    """Where the text has no sign of a cause: who can tell."""
    if found.framework == "torch" and len(found.causes) > 1 and found.causes[0].likelihood == "possible":
        script = shlex.quote(found.file) if found.file.endswith(".py") else "SCRIPT.py"
        yield Line("The text does not tell which cause it is. The program does, when it is run by:", Role.PROSE)
        yield Line(f"  gradcli explain --run {script}")


def _causes(found: ErrorExplanation) -> Iterator[Block]:
    alone = len(found.causes) == 1
    for number, cause in enumerate(found.causes, 1):
        title = _title(cause, "Cause: " if alone else f"{number}. ")
        if number <= IN_FULL:
            yield Section(Line(title, Role.TITLE), _cause(cause))
        else:
            yield Section(Line(title, Role.DETAIL), _cause(cause))
    rest = tuple(Line(f"{n}. {cause.title}", Role.TITLE) for n, cause in enumerate(found.causes, 1) if n > IN_FULL)
    if rest:
        yield Section(Line("Less likely (-v tells of them in full)", Role.BRIEF), rest)


def _title(cause: ErrorCause, before: str) -> str:
    """``1. the output was detached (likely)``"""
    return f"{before}{cause.title} ({cause.likelihood})"


def _cause(cause: ErrorCause) -> tuple[Block, ...]:
    sign = f" The text has `{cause.sign}`." if cause.sign else ""
    return (
        Line(f"{cause.text}{sign}", Role.PROSE),
        Line(cause.how_to_tell, Role.PROSE, "How to tell"),
        Section(Line("Fix:"), (Code(cause.fix.strip("\n")),)),
    )


def _program(found: ErrorExplanation) -> Iterator[Block]:
    """The first cause's program beside its twin; with -v both of them, and those of the other causes."""
    if not found.causes:
        return
    first = found.causes[0]
    title = "The smallest program that does it: lines with - fail, those with + mend it"
    yield Section(Line(title, Role.BRIEF), (Code(_beside(first)),))
    for cause in found.causes:
        name = f" ({cause.title})" if len(found.causes) > 1 else ""
        yield Section(Line(f"A program that fails so{name}", Role.DETAIL), (Code(cause.program.strip("\n")),))
        yield Section(Line(f"The same, mended{name}", Role.DETAIL), (Code(cause.mended.strip("\n")),))


def _beside(cause: ErrorCause) -> str:
    """One program with the lines of both: ``- `` of the one that fails, ``+ `` of the one that is mended."""
    both = difflib.ndiff(cause.program.strip("\n").split("\n"), cause.mended.strip("\n").split("\n"))
    return "\n".join(line.rstrip() for line in both if not line.startswith("?"))


def _next(found: ErrorExplanation) -> Iterator[Block]:
    """Commands that tell more."""
    lines = [Line(found.causes[0].command, label="On numbers")] if found.causes and found.causes[0].command else []
    lines += [Line(f"gradcli explain --error {name}", label="The text also has") for name in found.others]
    if lines:
        yield Section(Line("More", Role.HEADING), tuple(lines))
