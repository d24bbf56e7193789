"""What a row of the catalogue holds: a message that a library raises, and a mistake that makes it do so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_PART = re.compile(r"\{(\w+)\}")


class Framework(StrEnum):
    """Whose error it is."""

    TORCH = "torch"
    TENSORFLOW = "tensorflow"
    JAX = "jax"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A mistake that people make.

    name:        for programs: ``detached``
    title:       what was done, a short phrase without a full stop
    text:        why it raises, in two or three sentences of prose
    how_to_tell: where to look, and what shows that it is this cause and no other
    fix:         what to type instead, a few lines of Python
    program:     a minimal script that makes the mistake and raises; ``mended``: its twin, which ends well
    command:     a gradcli command line that shows the idea on numbers
    signs:       regular expressions; one that is found in the pasted text makes the cause the likelier one
    beyond:      why the tests cannot run the program: "two processes with CUDA"; empty where they do
    """

    name: str
    title: str
    text: str
    how_to_tell: str
    fix: str
    program: str
    mended: str
    command: str
    signs: tuple[str, ...] = ()
    framework: Framework = Framework.TORCH
    beyond: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An error as a library words it, in all its versions.

    patterns: regular expressions of the message, blanks as one blank; named groups are the parts
    meaning:  what it says, in two sentences; ``{shape}`` is a part
    causes:   names of causes, the likeliest first; one that stands alone is certain
    sure:     False where mistakes that the catalogue lacks raise it too, so that no cause of it is certain
    defaults: what stands for a part that this version's wording lacks: ``{"shape": "its shape"}``
    finder:   the module of ``gradcli.foreign.script.finders`` that tells the causes apart in a live program
    """

    name: str
    patterns: tuple[str, ...]
    meaning: str
    causes: tuple[str, ...]
    defaults: Mapping[str, str] = field(default_factory=dict)
    finder: str = ""
    sure: bool = True


def filled(text: str, parts: Mapping[str, str]) -> str:
    """A row's text with the message's parts in it; other braces, such as those of code, stay as they are.

    >>> filled("the output has shape {shape}, not {}", {"shape": "(3,)"})
    'the output has shape (3,), not {}'
    """
    return _PART.sub(lambda found: parts.get(found[1], found[0]), text)
