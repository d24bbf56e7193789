"""``explain --error``: what an autograd error means, its causes, and what to change; from its text alone.

Loads neither torch nor sympy nor numpy.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from gradcli.base.errors import ExitCode, InputError, UsageError
from gradcli.base.wording import either
from gradcli.base.words import SCHEMA
from gradcli.catalogue.pasted import Place, read_pasted
from gradcli.catalogue.plain import MAX_TEXT
from gradcli.catalogue.recognise import MAX_PART, Likelihood, Ranked, Recognised, named, recognise
from gradcli.catalogue.row import Cause, Message, filled
from gradcli.catalogue.table import CAUSES, MESSAGES, groups
from gradcli.language.prose import looks_like_prose

WAY = either(
    "gradcli explain --error TEXT explains error messages", "gradcli.explain_error(text) explains error messages"
)

LIST = "list"  # prints the catalogue
_LONGEST_NAME = 60  # characters of what may be a misspelt name of the catalogue
_NEAR = 0.8  # of difflib's ratio: one letter in five may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCause:
    """A cause of the catalogue with the error's own parts in its texts.

    sign: the piece of the text that speaks for it; beyond: why its programs cannot run everywhere
    """

    name: str
    title: str
    likelihood: Likelihood
    sign: str
    text: str
    how_to_tell: str
    fix: str
    program: str
    mended: str
    command: str
    beyond: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorExplanation:
    """What an error means, and why it may have come about. ``to_dict()`` is the JSON object.

    recognised: whether a message of the catalogue fits; where none does, the causes are guesses
    message:    the message's name in the catalogue; parts: what the text has in its places
    nearest:    names of messages that are near, where none fits
    others:     names of further messages that the text has
    raised:     the error's class and its own words, ``kind`` and ``message``; None where the text names none
    file, line, code: the user's own line in the traceback; 0 and empty where it shows none
    forward:    the line of the forward pass, where anomaly mode names one
    """

    recognised: bool
    message: str | None
    meaning: str
    parts: Mapping[str, str]
    causes: tuple[ErrorCause, ...]
    nearest: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    framework: str | None = None
    raised: Mapping[str, str] | None = None
    file: str = ""
    line: int = 0
    code: str = ""
    forward: Place | None = None
    notes: tuple[str, ...] = ()

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as all results
        """5 where no message fits."""
        return ExitCode.DONE if self.recognised else ExitCode.MATHEMATICS

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "schema": SCHEMA,
            "command": "explain",
            "recognised": self.recognised,
            "message": self.message,
            "meaning": self.meaning,
            "framework": self.framework,
            "raised": None if self.raised is None else dict(self.raised),
            "file": self.file or None,
            "line": self.line or None,
            "code": self.code or None,
            "forward": None if self.forward is None else asdict(self.forward),
            "parts": dict(self.parts),
            "causes": [asdict(cause) for cause in self.causes],
            "nearest": list(self.nearest),
            "others": list(self.others),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """What messages are about, and each of them with its causes, the likeliest first."""

    title: str
    messages: tuple[tuple[Message, tuple[Cause, ...]], ...]


@dataclass(frozen=True, slots=True)
class ErrorCatalogue:
    """All messages that are known, with their causes. ``to_dict()`` is the JSON object."""

    groups: tuple[ErrorGroup, ...]

    def exit_code(self, *, strict: bool = False) -> ExitCode:  # noqa: ARG002 - as all results
        """Always 0."""
        return ExitCode.DONE

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        groups = [{"title": group.title, "messages": [_row(*row) for row in group.messages]} for group in self.groups]
        return {"schema": SCHEMA, "command": "explain", "catalogue": groups}


def _row(message: Message, causes: tuple[Cause, ...]) -> dict[str, Any]:  # Any: JSON values
    listed = [{"name": cause.name, "title": cause.title, "framework": str(cause.framework)} for cause in causes]
    return {"name": message.name, "meaning": message.meaning, "causes": listed}


def explain_error(text: str | BaseException) -> ErrorExplanation:
    """What an autograd error means, its causes in order of likelihood, and what to change.

    text: an error message or a whole traceback of torch, TensorFlow or jax, among whatever a log has beside it; or a
    name of the catalogue, which ``error_catalogue`` lists; or the exception itself, as ``except`` has caught it.
    Errors: InputError for a text without a word, UsageError for what is no text.

    >>> explain_error("RuntimeError: grad can be implicitly created only for scalar outputs").message
    'non_scalar'
    """
    said = _said(text)
    if not said.strip():
        hint = either("python train.py 2>&1 | gradcli explain --error -", 'gradcli.explain_error("RuntimeError: ...")')
        raise InputError("the text of the error is empty", hint=hint)
    found = explanation_of(named(said.strip()) or recognise(read_pasted(said)))
    return found if found.recognised else replace(found, notes=(*found.notes, *_unread(said), *_misspelt(said.strip())))


def _said(text: str | BaseException) -> str:
    if isinstance(text, BaseException):
        return "".join(traceback.format_exception(text))
    if not isinstance(text, str):
        hint = "explain_error(error) in an except clause, or explain_error(traceback.format_exc())"
        raise UsageError(f"an error's text is a str or an exception, not {type(text).__name__}", hint=hint)
    return text


def _unread(text: str) -> tuple[str, ...]:
    return (f"Only the last {MAX_TEXT:,} characters of the text were read.",) if len(text) > MAX_TEXT else ()


def _misspelt(text: str) -> tuple[str, ...]:
    """Names of the catalogue that a single word is near to."""
    if len(text) > _LONGEST_NAME or not text.replace("_", "").replace("-", "").isalnum():
        return ()
    names = {name for message in MESSAGES for name in (message.name, *message.causes)} | {LIST}
    near = difflib.get_close_matches(text.lower().replace("-", "_"), sorted(names), n=1, cutoff=_NEAR)
    return (f"The catalogue has no {text}. Did you mean {near[0]}?",) if near else ()


def is_error(text: str) -> bool:
    """Whether a text that no parser can read is an error's: it names one, or a message of the catalogue fits it."""
    if not looks_like_prose(text):
        return False
    pasted = read_pasted(text)
    return bool(pasted.kind) or recognise(pasted).message is not None


def error_catalogue() -> ErrorCatalogue:
    """All messages that ``explain_error`` knows, with their causes.

    >>> len(error_catalogue().groups) > 1
    True
    """
    return ErrorCatalogue(
        tuple(
            ErrorGroup(title, tuple((message, tuple(CAUSES[name] for name in message.causes)) for message in messages))
            for title, messages in groups().items()
        )
    )


def explanation_of(found: Recognised) -> ErrorExplanation:
    """The explanation of what was recognised."""
    place = found.place or Place("", 0)
    raised = found.raised
    return ErrorExplanation(
        recognised=found.message is not None,
        message=None if found.message is None else found.message.name,
        meaning="" if found.message is None else filled(found.message.meaning, found.parts),
        parts=found.parts if found.message is not None else {},
        causes=tuple(_cause(ranked, found.parts) for ranked in found.ranked),
        nearest=tuple(message.name for message in found.nearest),
        others=tuple(message.name for message in found.others),
        framework=str(found.causes[0].framework) if found.causes else None,
        raised={"kind": raised.kind, "message": raised.message} if raised is not None and raised.kind else None,
        file=place.file,
        line=place.line,
        code=place.code,
        forward=found.forward,
        notes=_notes(found),
    )


def _notes(found: Recognised) -> tuple[str, ...]:
    """What is to be said of the text itself."""
    errors = [raised for raised in found.pasted.raised if raised.kind and not raised.warning]
    if found.message is None or not errors or found.raised is errors[-1]:
        return ()
    last = f"{errors[-1].kind}: {errors[-1].message}"[:MAX_PART]
    return (f"The last error of the text is another, which the catalogue lacks: {last}",)


def _cause(ranked: Ranked, parts: Mapping[str, str]) -> ErrorCause:
    """The cause with the parts in its prose and its fix; its programs are its own."""
    cause = ranked.cause
    return ErrorCause(
        name=cause.name,
        title=filled(cause.title, parts),
        likelihood=ranked.likelihood,
        sign=ranked.sign,
        text=filled(cause.text, parts),
        how_to_tell=filled(cause.how_to_tell, parts),
        fix=filled(cause.fix, parts),
        program=cause.program,
        mended=cause.mended,
        command=cause.command,
        beyond=cause.beyond,
    )
