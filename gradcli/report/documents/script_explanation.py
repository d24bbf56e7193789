"""A script that was run, as a document: the mistake and its place first, what shows it, the change, the meaning."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gradcli.report.document import Block, Code, Document, Line, Role, Section

if TYPE_CHECKING:
    from gradcli.catalogue.pasted import Place
    from gradcli.commands.explain.error import ErrorCause, ErrorExplanation
    from gradcli.commands.explain.run import ScriptExplanation
    from gradcli.foreign.script.attempt import Attempt

NOT_KNOWN = "This is no error that the catalogue knows: the line and the words above are all there is to say."
MAX_MESSAGE = 160  # characters of an error's own words, which Python has printed on stderr
AROUND = 1  # lines before and after the mistake
_SURE = {"likely": "probably ", "possible": "perhaps ", "guess": "perhaps "}


def document(found: ScriptExplanation) -> Document:
    blocks = tuple(_ended(found) if found.error is None else _failed(found, found.error))
    return Document("explain", blocks, found.to_dict)


def _ended(found: ScriptExplanation) -> Iterator[Block]:
    how = f"was ended by {_signal(-found.exit)}" if found.exit < 0 else f"ended with exit code {found.exit}"
    if found.exit == 0 and not found.notes:
        yield Line(f"{found.script} ended well: no error was raised that the script did not catch itself")
    else:
        yield Line(f"{found.script} {how}, without an error that could be seen")
    yield from (Line(note, Role.PROSE) for note in found.notes)


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _failed(found: ScriptExplanation, error: ErrorExplanation) -> Iterator[Block]:
    cause = error.causes[0] if error.recognised and error.causes else None
    yield Line(_headline(found, error, cause), Role.HEADING)
    yield from _source(found)
    if found.place != found.raised and found.raised is not None:
        yield Line(f"{_at(found, found.raised)}: {found.raised.code}", label="It was raised at")
    said = error.raised or {}
    if said and (cause is not None or found.raised is None):
        words = said["message"]
        shown = words if len(words) <= MAX_MESSAGE else f"{words[:MAX_MESSAGE]} ..."
        yield Line(shown, Role.PROSE, said["kind"])
    if found.thread:
        yield Line(f"in the thread {found.thread}; what the main thread did is not its cause", label="Raised")
    if found.wrapped:
        yield Line(f"{found.wrapped} was raised of it, which the traceback shows last", label="After it")
    yield from (Line(note, Role.PROSE) for note in found.notes)
    if cause is None:
        yield Line(NOT_KNOWN, Role.PROSE)
    else:
        yield from _explained(found, error, cause)


def _headline(found: ScriptExplanation, error: ErrorExplanation, cause: ErrorCause | None) -> str:
    """``train.py:9: the hidden state is kept over iterations (h)``"""
    said = error.raised or {}
    variable = f" ({found.finding.variable})" if found.finding is not None and found.finding.variable else ""
    what = f"{said.get('kind', 'an error')}: {said.get('message', '')}".strip(": ") if cause is None else cause.title
    sure = "" if cause is None else _SURE.get(cause.likelihood, "")
    return f"{_at(found, found.place) if found.place else found.script}: {sure}{what}{variable}"


def _at(found: ScriptExplanation, place: Place) -> str:
    path = Path(place.file)
    shown = path.relative_to(found.folder) if found.folder and path.is_relative_to(found.folder) else path
    return f"{shown}:{place.line}"


def _source(found: ScriptExplanation) -> Iterator[Block]:
    """The line with one before and one after it, and a mark."""
    place = found.place
    if place is None:
        return
    near = [line for line in found.lines if line.file == place.file and abs(line.line - place.line) <= AROUND]
    width = len(str(place.line + 1))
    rows = (f"{'>' if line.line == place.line else ' '} {line.line:>{width}}  {line.code}".rstrip() for line in near)
    text = "\n".join(rows)
    if text:
        yield Code(text)


def _explained(found: ScriptExplanation, error: ErrorExplanation, cause: ErrorCause) -> Iterator[Block]:
    if found.finding is not None:
        yield Line(found.finding.says, Role.PROSE)
    yield Line(cause.text, Role.PROSE)
    edit = found.finding.edit if found.finding is not None else None
    if edit is not None:
        shown = [f"- {line}" for line in edit.old.splitlines()] + [f"+ {line}" for line in edit.new.splitlines()]
        place = f"{Path(edit.file).name}:{edit.line}"
        title = f"Change {place}" if edit.mechanical else f"A change of {place} that may be what is meant"
        yield Section(Line(title), (Code("\n".join(shown)),))
    if found.tried is not None:
        yield Line(_tried(found.tried), Role.PROSE, "Tried")
    yield Section(Line("Fix", Role.PLAIN if edit is None else Role.DETAIL), (Code(cause.fix.strip("\n")),))
    yield from _undecided(found, error)
    yield from _numbers(found, cause)


def _numbers(found: ScriptExplanation, cause: ErrorCause) -> Iterator[Block]:
    """The idea on numbers: on the script's own, with gradcli's verdict, where they are known."""
    if found.numbers is None:
        yield from [Line(cause.command, label="On numbers")] if cause.command else []
        return
    yield Line(found.numbers.command, label="On the script's numbers")
    rewrite = f"; write it as {found.numbers.rewrite}" if found.numbers.rewrite else ""
    yield Line(f"{found.numbers.verdict}{rewrite}", label="gradcli's verdict")


def _undecided(found: ScriptExplanation, error: ErrorExplanation) -> Iterator[Block]:
    """The causes that are left beside the first, and what tells them apart."""
    if len(error.causes) < 2:
        return
    first, *others = error.causes
    yield Line(first.how_to_tell, Role.PROSE, "How to tell")
    yield Section(Line("This run does not decide between that and"), tuple(Line(rival.title) for rival in others))
    for rival in others:
        yield Line(f"{rival.title}: {rival.how_to_tell}", Role.DETAIL)
    if not found.traced and not found.notes and error.framework == "torch":
        yield Line(f"gradcli explain --trace --run {found.script}", label="What may decide it, up to 10 times as slow")


def _tried(tried: Attempt) -> str:
    if tried.refused:
        return tried.refused
    if not tried.error:
        return "with this change the script ends well" if tried.gone else f"the script ended with {tried.exit}"
    if tried.same:
        return f"with this change the same error is raised at line {tried.line}"
    return f"with this change the error is gone; the next one, at line {tried.line}, is {tried.error}"
