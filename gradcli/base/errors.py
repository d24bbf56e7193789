"""What can go wrong, and the exit code that says so. The ground floor: imports nothing of ours."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """The exit codes of the command line. 1 never means "broken" and 0 never means "not checked"."""

    DONE = 0  # every verdict fine
    NO = 1  # the answer is no: a verdict `differs` or `trap`
    USAGE = 2  # unknown command or option, contradictory options
    EXPRESSION = 3  # syntax, unknown name, arity, shape, non-scalar output
    INPUT = 4  # a binding or file is missing, unreadable, malformed, unused
    MATHEMATICS = 5  # not finite or not differentiable here; with --strict also the softer verdicts
    LIMIT = 6  # time, size, depth
    ENVIRONMENT = 7  # device or optional package missing
    BUG = 70  # gradcli's own fault
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters ``[start, stop)`` of the expression as typed; ``focus`` is where its operator is."""

    start: int
    stop: int
    focus: int | None = None

    def to(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.stop, other.stop))


class GradcliError(Exception):
    """A user's mistake, or a limit met: message, place, and the next move.

    ``kind`` is one word for programs; ``span`` points into ``source``, the text that was read; ``hint`` says what to
    type instead, one way a line.
    """

    code: ClassVar[ExitCode] = ExitCode.BUG
    kind: str = "bug"

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
        self.message = message
        self.span = span
        self.source = source
        self.hint = hint
        if kind is not None:
            self.kind = kind

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        """The JSON object that ``--json`` prints on stderr."""
        span = None if self.span is None else [self.span.start, self.span.stop]
        error = {"kind": self.kind, "code": int(self.code), "message": self.message, "span": span, "hint": self.hint}
        return {"schema": "gradcli/1", "error": error}


class UsageError(GradcliError):
    """Unknown command or option, or options that contradict each other."""

    code = ExitCode.USAGE
    kind = "usage"


class ExpressionError(GradcliError):
    """The expression cannot be read or makes no sense: syntax, name, arity, shape, non-scalar."""

    code = ExitCode.EXPRESSION
    kind = "syntax"


class InputError(GradcliError):
    """A binding or a file is missing, unreadable, malformed or unused."""

    code = ExitCode.INPUT
    kind = "input"


class MathematicsError(GradcliError):
    """There is no such number: the request has no answer at this point."""

    code = ExitCode.MATHEMATICS
    kind = "mathematics"


class LimitError(GradcliError):
    """A bound on time, size or depth was met; the message has the number and what raises it."""

    code = ExitCode.LIMIT
    kind = "limit"


class MissingError(GradcliError):
    """A device or an optional package is not there."""

    code = ExitCode.ENVIRONMENT
    kind = "environment"


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
