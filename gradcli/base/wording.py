"""One message, two tongues: the command line speaks of ``--grad-outputs 1,1``, Python of ``grad_outputs=[1, 1]``.

Whoever raises an error writes ``f"{option('reduce', 'sum')} makes a scalar of it"``. The text holds both ways to say
it, between marks that nobody types, and each door shows its own: the error itself the flags, the border of the API the
keywords.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Noncharacters of Unicode, for use inside of a program, three at a time: one that a user pastes stays what it is.
_OPEN, _OR, _CLOSE = "\ufdd0\ufdd3\ufdd0", "\ufdd1\ufdd3\ufdd1", "\ufdd2\ufdd3\ufdd2"
_PIECE = f"((?:(?!{_OPEN}|{_OR}|{_CLOSE}).)*)"
_BOTH = re.compile(f"{_OPEN}{_PIECE}{_OR}{_PIECE}{_CLOSE}", re.DOTALL)


def either(flags: str, keywords: str) -> str:
    """A piece of a message: in the words of the command line, and in those of Python; each may hold such pieces."""
    return f"{_OPEN}{as_flags(flags)}{_OR}{as_keywords(keywords)}{_CLOSE}"


def option(name: str, value: str | None = None, literal: str | None = None) -> str:
    """An option by its Python name, with a value as the command line takes it, and as Python does (default: quoted).

    >>> as_flags(option("grad_outputs", "1,1", "[1, 1]")), as_keywords(option("grad_outputs", "1,1", "[1, 1]"))
    ('--grad-outputs 1,1', 'grad_outputs=[1, 1]')
    >>> as_flags(option("check_time")), as_keywords(option("check_time"))
    ('--check-time', 'check_time')
    """
    flag = f"--{name.replace('_', '-')}"
    if value is None:
        return either(flag, name)
    return either(f"{flag} {value}", f"{name}={literal or _quoted(value)}")


def cut_off(seconds: float | None, limit: str = "check_time") -> str:
    """What is said of work that an outer limit ends; nothing else comes of it.

    >>> as_flags(cut_off(20.0))
    'cut off after 20 s (--check-time)'
    """
    return f"cut off after {float(seconds or 0):g} s ({option(limit)})"


def call(name: str, more: str = "") -> str:
    """A command with dots for what it is given, and options.

    >>> as_flags(call("grad", option("digits", "N", "N"))), as_keywords(call("grad", option("digits", "N", "N")))
    ('gradcli grad ... --digits N', 'gradcli.grad(..., digits=N)')
    """
    return either(f"gradcli {name} ...{' ' if more else ''}{more}", f"gradcli.{name}(...{', ' if more else ''}{more})")


def columns(rows: Sequence[tuple[str, str]], width: int) -> str:
    """A row a line; its left part takes ``width`` characters as flags, and as many as are needed as keywords."""
    widest = max((len(as_keywords(left)) for left, _ in rows), default=0)
    lines = (f"{either(as_flags(left).ljust(width), as_keywords(left).ljust(widest))} {right}" for left, right in rows)
    return "\n".join(lines)


def as_flags(text: str) -> str:
    """The text for the command line."""
    return _BOTH.sub(r"\1", text)


def as_keywords(text: str) -> str:
    """The text for Python."""
    return _BOTH.sub(r"\2", text)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


EXAMPLE = either("gradcli grad 'x**2' x=3", 'gradcli.grad("x**2", {"x": 3})')
