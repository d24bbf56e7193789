"""``--try``: the script once more with the proposed change, in memory, and what comes of it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcli.catalogue.pasted import read_pasted
from gradcli.catalogue.recognise import recognise
from gradcli.foreign.script.changed import changed
from gradcli.foreign.script.failure import Edit, Finding
from gradcli.foreign.script.launch import Streams, launch
from gradcli.foreign.script.told import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of a change.

    refused: why it was not tried; then nothing else is known
    gone:    the error is no longer raised; exit: the second run's exit code, None where it was not run
    error:   that of the second run, its class and words; same: it is the first one again, on the same line
    file, line: where it was raised
    """

    refused: str = ""
    gone: bool = False
    exit: int | None = None
    error: str = ""
    same: bool = False
    file: str = ""
    line: int = 0


def attempt_of(finding: Finding | None, script: str, args: Sequence[str], first: Told, out: int) -> Attempt:
    """The script run again with the finding's change; what it prints goes to ``out``, and it has nothing to read."""
    edit = None if finding is None else finding.edit
    refused = _refused(edit)
    if edit is None or refused:
        return Attempt(refused=refused)
    ended = launch(script, args, change=edit, streams=Streams(subprocess.DEVNULL, out, out))
    told = ended.told
    if told is None or told.ended == "well":
        return Attempt(gone=ended.exit == 0, exit=ended.exit)
    place = told.places[-1] if told.places else None
    same = _identity(told) == _identity(first)
    return Attempt(
        gone=not same,
        exit=ended.exit,
        error=_last(told),
        same=same,
        file=place.file if place else "",
        line=place.line if place else 0,
    )


def _refused(edit: Edit | None) -> str:
    """Why a change is not to be tried; empty where it is."""
    if edit is None:
        return "there is no proposed change of one line"
    if not edit.mechanical:
        return "the proposed change is not mechanical: it needs a decision that is yours"
    try:
        ast.parse(changed(Path(edit.file).read_bytes(), edit))
    except (OSError, ValueError, SyntaxError) as error:
        return f"the line cannot be changed: {error}"
    return ""


def _identity(told: Told) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Which error it is, and where: its words may have other numbers the second time."""
    message = recognise(read_pasted(told.text)).message
    what = f"{told.kind}: {message.name}" if message else _last(told)
    return what, tuple((place.file, place.line) for place in told.places[-1:])


def _last(told: Told) -> str:
    """The error's class and words, as they stand last in its traceback."""
    return told.text.strip().rpartition("\n")[2][:500]
