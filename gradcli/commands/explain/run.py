"""``explain --run``: a script of the user's is run, and if it fails, the mistake's file, line, variable and mending.

Loads neither torch nor sympy nor numpy, but for numbers that ``--nan`` has found: the script's process has what the
script has loaded.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import ExitCode, InputError, MissingError
from gradcli.base.words import SCHEMA
from gradcli.catalogue.pasted import Place, read_pasted
from gradcli.catalogue.recognise import Likelihood, Ranked, Recognised, recognise
from gradcli.catalogue.table import CAUSES
from gradcli.commands.explain.error import ErrorExplanation, explanation_of
from gradcli.foreign.script.attempt import Attempt, attempt_of
from gradcli.foreign.script.launch import Streams, launch

if TYPE_CHECKING:
    from gradcli.commands.explain.numbers import Numbers
    from gradcli.foreign.script.failure import Finding
    from gradcli.foreign.script.told import Told

NOTHING_TOLD = "its process ended before it could be looked at: by os._exit, by a signal, or for another program"
REMOTE = "It was raised in another process, whose objects are gone: this is told by its text alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptExplanation:
    """How a script ended, and what its error means. ``to_dict()`` is the JSON object.

    exit:   the script's own exit code; below zero the signal that ended it
    traced: whether it was run with the record of ``--trace``
    error:  None where the script ended without one; its causes are those that the live program leaves, as ``finding``
            has it, the likeliest first
    place:  where the mistake is made: the finding's, else the innermost line of the user's own, which is ``raised``
    thread: that raised the error, if it was not the main one; wrapped: the class of an error that was raised of it
    lines:  source around both; tried: what came of the proposed change; trouble: why a finder has failed
    numbers: gradcli's own word on the script's numbers, with ``--nan``; folder: where the script was started
    """

    script: str
    args: tuple[str, ...]
    exit: int
    traced: bool
    error: ErrorExplanation | None = None
    place: Place | None = None
    raised: Place | None = None
    finding: Finding | None = None
    thread: str = ""
    wrapped: str = ""
    lines: tuple[Place, ...] = ()
    tried: Attempt | None = None
    notes: tuple[str, ...] = ()
    trouble: str = ""
    numbers: Numbers | None = None
    folder: str = ""

    @property
    def recognised(self) -> bool:
        """Whether there was an error that the catalogue knows."""
        return self.error is not None and self.error.recognised

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as all results
        """5 for an error that the catalogue does not know, and for an end that was not well without one."""
        well = self.recognised or (self.error is None and self.exit == 0)
        return ExitCode.DONE if well else ExitCode.MATHEMATICS

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        found, place, raised = self.finding, self.place, self.raised
        made = {} if self.error is None else self.error.to_dict()
        said = made.get("raised") or {}
        at = None if raised is None else {"file": raised.file, "line": raised.line, "code": raised.code}
        return {
            **made,
            "schema": SCHEMA,
            "command": "explain",
            "script": self.script,
            "args": list(self.args),
            "exit": self.exit,
            "traced": self.traced,
            "error": f"{said['kind']}: {said['message']}" if said else None,
            "file": place and place.file,
            "line": place and place.line,
            "code": place and place.code,
            "variable": found and found.variable,
            "raised": None if at is None else {**said, **at},
            "finding": found and found.says,
            "proposal": found and found.edit and asdict(found.edit),
            "tried": self.tried and asdict(self.tried),
            "numbers": self.numbers and asdict(self.numbers),
            "thread": self.thread or None,
            "wrapped": self.wrapped or None,
            "notes": [*made.get("notes", ()), *self.notes],
        }


def explain_run(
    script: str,
    args: Sequence[str] = (),
    *,
    trace: bool = False,
    nan: bool = False,
    attempt: bool = False,
    verbose: bool = False,
    apart: bool = False,
    debug: bool = False,
) -> ScriptExplanation:
    """Runs ``python SCRIPT ARGS`` in a process of its own and explains the error that ends it, from its live objects.

    The script has our standard streams, and all its effects; ``script="-m"`` runs the module that ``args`` begins with.
    trace:   remember where each tensor was made and changed in place, which takes up to ten times as long
    nan:     look for the first gradient that is nan or infinite
    attempt: where the proposed change is mechanical, run the script a second time with it, in memory
    verbose: what the second run prints goes to stderr, and not nowhere
    apart:   what the script prints goes to stderr; debug: so does why an error could not be looked at
    Errors: InputError for a script that is not there or that Python cannot read; MissingError for a module that the
    running Python does not have; KeyboardInterrupt.
    """
    options = [name for name, asked in (("trace", trace), ("nan", nan), ("debug", debug)) if asked]
    ended = launch(script, args, options, streams=Streams(stdout=_stderr() if apart else None))
    if ended.interrupted:
        raise KeyboardInterrupt
    told = ended.told
    if told is not None:
        _refuse(script, told)
    made = ScriptExplanation(script=script, args=tuple(args), exit=ended.exit, traced=trace, folder=str(Path.cwd()))
    if told is None or told.ended == "well":
        return replace(made, notes=(NOTHING_TOLD,) if told is None else ())
    explained = explained_of(told, made)
    if explained.finding is not None and explained.finding.command:
        from gradcli.commands.explain.numbers import numbers_of  # torch and sympy

        explained = replace(explained, numbers=numbers_of(explained.finding.command))
    if not attempt:
        return explained
    out = _stderr() if verbose else subprocess.DEVNULL
    return replace(explained, tried=attempt_of(explained.finding, script, args, told, out))


def _stderr() -> int:
    return subprocess.DEVNULL if sys.stderr is None else 2


def _refuse(script: str, told: Told) -> None:
    """Errors: InputError for a text that is no Python, MissingError for a module that is not there."""
    if told.ended == "syntax":
        last = told.text.strip().rpartition("\n")[2]
        raise InputError(f"Python cannot read {script}: {last}", kind="script")
    if told.missing:
        hint = f"it was run by {sys.executable}: install {told.missing} there, or gradcli where the script runs"
        raise MissingError(f"{script} needs the module '{told.missing}', which is not there", hint=hint)


def explained_of(told: Told, made: ScriptExplanation) -> ScriptExplanation:
    """The explanation of a script that has failed."""
    recognised = recognise(read_pasted(told.text))
    finding = told.finding if told.finding is not None and told.finding.cause in CAUSES else None
    raised = told.places[-1] if told.places else None
    place = _with_code(finding.place, told) if finding is not None else raised
    return replace(
        made,
        error=explanation_of(ordered(recognised, finding)),
        place=place,
        raised=raised,
        finding=finding,
        thread=told.thread,
        wrapped=told.wrapped,
        lines=told.lines,
        notes=_notes(told),
        trouble=told.trouble,
    )


def _notes(told: Told) -> tuple[str, ...]:
    if not told.text:
        return ("The error could not be looked at.",)
    return (REMOTE,) if told.remote else ()


def ordered(recognised: Recognised, finding: Finding | None) -> Recognised:
    """The causes as the finding leaves them: its own first; those that it rules out are left out."""
    if finding is None:
        return recognised
    likelihood = Likelihood.CERTAIN if finding.certain else Likelihood.LIKELY
    ranked = {each.cause.name: each for each in recognised.ranked}
    rivals = () if finding.certain else finding.rivals or tuple(name for name in ranked if name != finding.cause)
    first = Ranked(CAUSES[finding.cause], likelihood)
    rest = tuple(ranked.get(name) or Ranked(CAUSES[name], Likelihood.POSSIBLE) for name in rivals if name in CAUSES)
    return replace(recognised, ranked=(first, *rest))


def _with_code(place: Place, told: Told) -> Place:
    """The place with its line of source, where the finder has not said it."""
    lines = {(line.file, line.line): line.code.strip() for line in told.lines}
    return place if place.code else replace(place, code=lines.get((place.file, place.line), ""))
