"""A pasted text: a message alone, or a traceback among the lines of a log; made plain, and its parts found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A line of somebody's program; ``code`` is its text where it is known."""

    file: str
    line: int
    function: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read of a text.

    text:    all of it, without colours and prefixes of logs
    kind:    the exception's class, such as RuntimeError; empty where the text does not say
    message: the exception's own words on one line
    places:  the frames of the last traceback, outermost first
    """

    text: str
    kind: str
    message: str
    places: tuple[Place, ...] = ()


def read_pasted(text: str) -> Pasted:
    """The parts of a pasted text."""
    message = " ".join(text.split())
    return Pasted(text, "", message)
