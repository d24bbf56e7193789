"""What is there to be looked at when a script has failed, and what may be found: the border of all finders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcli.catalogue.pasted import Place
from gradcli.catalogue.recognise import Recognised

if TYPE_CHECKING:
    from types import CodeType

    from gradcli.foreign.script.record.trace import Trace


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the user's own code, as it was when the error passed through it.

    columns: first and last column of the call within ``line`` to ``end_line``; None where Python has not kept them
    """

    file: str
    line: int
    end_line: int
    columns: tuple[int, int] | None
    function: str
    code: CodeType
    locals: Mapping[str, Any]  # Any: the user's objects
    globals: Mapping[str, Any]  # Any: the user's objects


@dataclass(frozen=True, slots=True)
class Failure:
    """A script's error: live objects, the user's frames (outermost first), the record of ``--trace`` if any."""

    error: BaseException
    recognised: Recognised
    frames: tuple[Frame, ...]
    warnings: tuple[str, ...] = ()
    trace: Trace | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A line changed: ``old`` and ``new`` are whole lines without their ends.

    mechanical: it says the same program but for the mistake, so that it may be tried
    """

    file: str
    line: int
    old: str
    new: str
    mechanical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a finder is sure of.

    cause:    a name of the catalogue
    place:    where the mistake is made, often not where the error was raised
    variable: the user's own name of the tensor
    says:     one to three sentences on the live objects, with names, shapes, and lines
    certain:  whether the live objects leave no other cause; else ``rivals`` are the causes that remain
    command:  a gradcli command line that shows it on the script's own numbers; empty where there is none
    """

    cause: str
    place: Place
    says: str
    variable: str | None = None
    certain: bool = True
    rivals: tuple[str, ...] = ()
    edit: Edit | None = None
    command: str = ""
