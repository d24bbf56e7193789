"""What the script's process tells the one that waits for it: plain data, as JSON in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gradcli.catalogue.pasted import Place
from gradcli.foreign.script.failure import Edit, Finding

MAX_TEXT = 100_000  # characters of a traceback; its end is what counts
MAX_WORDS = 2_000  # characters of each other text


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a script ended.

    ended:    ``well`` (without an error, whatever its exit code), ``error``, or ``syntax`` of the script itself
    text:     the error as Python prints it, the shown warnings before it; kind: its class
    thread:   the name of the thread that raised it; empty for the main one
    wrapped:  another error was raised of it, or while it was handled: that one's class
    remote:   the words of an error that was raised in another process, whose objects are gone
    missing:  a module that is not there
    places:   the frames of the user's own code, the outermost first
    finding:  what a finder is sure of; trouble: why there is none, though one was asked
    lines:    source around the places, line by line
    """

    ended: str
    text: str = ""
    kind: str = ""
    thread: str = ""
    wrapped: str = ""
    remote: str = ""
    missing: str = ""
    places: tuple[Place, ...] = ()
    finding: Finding | None = None
    trouble: str = ""
    lines: tuple[Place, ...] = ()

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode("ascii")


def read_told(data: bytes) -> Told | None:
    """What was written; None where nothing was, or not all of it. The script could have written anything."""
    try:
        found: dict[str, Any] = json.loads(data)  # Any: JSON values
        finding = found.pop("finding", None)
        return Told(
            places=tuple(_place(place) for place in found.pop("places", ())),
            lines=tuple(_place(place) for place in found.pop("lines", ())),
            finding=None if finding is None else _finding(finding),
            **{name: _text(value) for name, value in found.items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _text(value: object) -> str:
    """Errors: TypeError."""
    if not isinstance(value, str):
        raise TypeError
    return value


def _place(value: Mapping[str, Any]) -> Place:  # Any: JSON values, here and below
    return Place(_text(value["file"]), int(value["line"]), _text(value["function"]), _text(value["code"]))


def _finding(value: Mapping[str, Any]) -> Finding:
    edit = value["edit"]
    return Finding(
        cause=_text(value["cause"]),
        place=_place(value["place"]),
        says=_text(value["says"]),
        variable=None if value["variable"] is None else _text(value["variable"]),
        certain=bool(value["certain"]),
        rivals=tuple(_text(rival) for rival in value["rivals"]),
        edit=None if edit is None else Edit(**edit),
        command=_text(value["command"]),
    )
