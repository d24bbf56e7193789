"""What can go wrong, and the exit code that says so. The ground floor: imports nothing of ours but its wording."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, ClassVar, NamedTuple, Self

from gradcli.base.wording import as_flags, as_keywords


class ExitCode(IntEnum):
    """The exit codes of the command line. 1 never means "broken" and 0 never means "not checked"."""

    meaning: str

    def __new__(cls, number: int, meaning: str = "") -> Self:
        """The number with its text for people, which help, JSON and the README share."""
        code = int.__new__(cls, number)
        code._value_ = number
        code.meaning = meaning
        return code

    DONE = 0, "done, and every verdict is fine"
    NO = (
        1,
        "the answer is no: a claim is refuted, a verdict is trap or differs, or rounding left fewer digits than "
        "--min-digits",
    )
    USAGE = 2, "usage: unknown command or option, options that contradict each other"
    EXPRESSION = 3, "the expression: syntax, unknown name, arity, shape, non-scalar output"
    INPUT = 4, "the input: a value or a file is missing, unreadable, malformed or unused"
    MATHEMATICS = (
        5,
        "the mathematics: not finite or undecided; a variable without a formula beside others that have one; an error "
        "message that is not recognised; with --strict also convention, rounding, unchecked",
    )
    LIMIT = 6, "a limit: time, size, depth"
    ENVIRONMENT = 7, "the environment: a device or an optional package is missing"
    BUG = 70, "a bug in gradcli; --debug shows the traceback"
    OUTPUT = 74, "the output cannot be written"
    INTERRUPTED = 130, "interrupted"


class Span(NamedTuple):
    """A half-open range of characters ``[start, stop)`` of the text as typed; ``focus`` is where its operator is."""

    start: int
    stop: int
    focus: int | None = None

    def to(self, other: Span) -> Span:
        """The smallest span that covers both."""
        start, stop = other.start, other.stop
        return Span(self.start if self.start < start else start, self.stop if self.stop > stop else stop)


class GradcliError(Exception):
    """A user's mistake, or a limit met: message, place, and the next move.

    ``kind`` is one word for programs, a key of ``kinds``; ``span`` points into ``source``, the text that was read;
    ``hint`` says what to type instead, one way a line. Both speak of options as flags, after ``in_python`` as keywords;
    ``said`` and ``advice`` are as they were given, with the marks of ``wording``: for an error made of this one.
    """

    code: ClassVar[ExitCode] = ExitCode.BUG
    kind: str = "bug"
    kinds: ClassVar[Mapping[str, str]] = {"bug": "a fault of gradcli's own"}

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        source: str | None = None,
        hint: str | None = None,
        kind: str | None = None,
    ) -> None:
        super().__init__(message)
        self.said, self.advice = message, hint
        self.speak = as_flags
        self.span = span
        self.source = source
        if kind is not None:
            self.kind = kind

    @property
    def message(self) -> str:
        return self.speak(self.said)

    @property
    def hint(self) -> str | None:
        return None if self.advice is None else self.speak(self.advice)

    def __str__(self) -> str:
        return self.message

    def reword(self, rewritten: Callable[[str], str]) -> None:
        """The same error, in other words."""
        self.said, self.advice = rewritten(self.said), None if self.advice is None else rewritten(self.advice)

    def in_python(self) -> None:
        """From now on it speaks of keywords and calls."""
        self.speak = as_keywords

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The JSON object that ``--json`` prints on stderr."""
        span = None if self.span is None else [self.span.start, self.span.stop]
        error = {"kind": self.kind, "code": int(self.code), "message": self.message, "span": span, "hint": self.hint}
        source = {} if span is None or self.source is None else {"source": self.source}
        return {"schema": "gradcli/1", "error": error | source}


class UsageError(GradcliError):
    """Unknown command or option, or options that contradict each other."""

    code = ExitCode.USAGE
    kind = "usage"
    kinds: ClassVar[Mapping[str, str]] = {"usage": "an unknown command or option, options that contradict each other"}


class ExpressionError(GradcliError):
    """The expression cannot be read or makes no sense: syntax, name, arity, shape, non-scalar.

    orders: names that stand where a whole number is due, and have no value
    """

    orders: tuple[str, ...] = ()

    code = ExitCode.EXPRESSION
    kind = "syntax"
    kinds: ClassVar[Mapping[str, str]] = {
        "syntax": "the text cannot be read at this place",
        "name": "an unknown function, method or attribute",
        "arity": "too few or too many arguments, or one that the function does not know",
        "shape": "shapes or axes that do not go together",
        "non-scalar": "a gradient of an output that is no scalar",
        "wrt": "something else stands where the name of a variable is due",
        "mode": "no forward mode for this; reverse mode takes it",
        "torch": "torch refuses to compute it",
    }


class InputError(GradcliError):
    """A binding or a file is missing, unreadable, malformed or unused."""

    code = ExitCode.INPUT
    kind = "input"
    kinds: ClassVar[Mapping[str, str]] = {
        "input": "a text, a claim or a file that is missing or cannot be read",
        "binding": "a value or a file of values that cannot be read or used",
        "unbound": "a variable has no value, or there is none to differentiate in",
        "unused": "a value that the expression does not use",
        "wrt": "a variable to differentiate in that is not there",
        "encoding": "an expression that is no UTF-8 text",
        "suite": "a file of claims that cannot be read",
        "script": "a script that is not there, or that Python cannot read",
        "python": "a Python function that cannot be loaded or called",
        "warm": "the warm server's folder is not as it must be",
    }


class MathematicsError(GradcliError):
    """There is no such number: the request has no answer at this point."""

    code = ExitCode.MATHEMATICS
    kind = "mathematics"
    kinds: ClassVar[Mapping[str, str]] = {
        "mathematics": "there is no such number",
        "singular": "the function or its derivative has no value at this point",
        "row": "a row of a table fails, and --on-error fail ends the run there",
    }


class LimitError(GradcliError):
    """A bound on time, size or depth was met; the message has the number and what raises it."""

    code = ExitCode.LIMIT
    kind = "limit"
    kinds: ClassVar[Mapping[str, str]] = {
        "limit": "a bound on size, depth or work was met",
        "time": "the time was up",
        "unchecked": "the second route cannot give what was asked for",
    }


class MissingError(GradcliError):
    """A device or an optional package is not there."""

    code = ExitCode.ENVIRONMENT
    kind = "environment"
    kinds: ClassVar[Mapping[str, str]] = {
        "environment": "an optional package is not there",
        "device": "the device is not there",
        "dtype": "the device, or an operation, has no such dtype",
        "warm": "no warm server took the command, or it cannot run here",
        "cluster": "a cluster does not answer, is lost, has no workers, or one that cannot run this",
    }


class OutputError(GradcliError):
    """Stdout or a file takes no more, or cannot be written at all."""

    code = ExitCode.OUTPUT
    kind = "output"
    kinds: ClassVar[Mapping[str, str]] = {"output": "the output cannot be written"}


def printable(text: str) -> str:
    """``text`` with control, bidirectional and unpaired-surrogate characters escaped, safe to echo on a terminal.

    >>> printable("x" + chr(27) + "[2J")
    'x\\\\x1b[2J'
    """
    return "".join(ch if _is_plain(ch) else _escape(ch) for ch in text)


def _is_plain(ch: str) -> bool:
    return ch == "\n" or unicodedata.category(ch) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _escape(ch: str) -> str:
    number = ord(ch)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
