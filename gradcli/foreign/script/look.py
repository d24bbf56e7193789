"""A look at a script that has failed, in its own process: the frames, the error's row, and what the row's finder sees.

Nothing of the user's is called here but what Python itself has called already to print the error.
"""

from __future__ import annotations

import ast
import linecache
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from gradcli.catalogue.pasted import Place, read_pasted
from gradcli.catalogue.recognise import Recognised, recognise
from gradcli.foreign.script.failure import Edit, Failure, Finding, Frame
from gradcli.foreign.script.told import MAX_TEXT, MAX_WORDS, Told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gradcli.foreign.script.record.trace import Trace

_QUOTED = "Traceback (most recent call last)"
MAX_CHAIN = 20  # errors that were raised of one another
AROUND = 1  # lines before and after a place that are shown
_PACKAGES = ("site-packages", "dist-packages")  # folders of what is installed, wherever they are
_LIBRARIES = (
    str(Path(__file__).parents[2] / "_")[:-1],
    *(f"{sysconfig.get_path(n)}/" for n in ("stdlib", "platstdlib")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was noted while the script ran.

    script: its file as tracebacks name it; folder: where it was started
    warnings: that were shown, each ``file:line: Category: message``
    thread: that raised the error; empty for the main one
    """

    script: str
    folder: str
    warnings: tuple[str, ...] = ()
    thread: str = ""
    trace: Trace | None = None


def tell(error: BaseException, noted: Noted, write: Callable[[bytes], None]) -> None:
    """Writes what is certain at once, then what a finder sees: whatever a look at the objects does, the first stays."""
    failure, text = chosen(error, noted)
    remote = _remote(failure.error)
    told = Told(
        ended="syntax" if isinstance(error, SyntaxError) and error.__traceback__ is None else "error",
        text=text,
        kind=type(failure.error).__name__,
        thread=noted.thread,
        wrapped="" if failure.error is error else type(error).__name__,
        remote=str(failure.error)[:MAX_WORDS] if remote else "",
        missing=str(error.name or "") if type(error) is ModuleNotFoundError else "",
        places=(*(_place(frame) for frame in failure.frames), *remote),
    )
    told = replace(told, lines=_around(told.places[-1:]))
    write(told.to_json())
    if failure.recognised.message is not None and not remote:
        finding, trouble = _asked(failure)
        places = (*told.places[-1:], *((finding.place,) if finding else ()))
        write(replace(told, finding=finding, trouble=trouble, lines=_around(places)).to_json())


def chosen(error: BaseException, noted: Noted) -> tuple[Failure, str]:
    """Of an error and those that it was raised of, the first that the catalogue knows; else the error itself.

    The second is the text that it was known by.
    """
    for one in (*_chain(error), error):
        frames = frames_of(error, one, noted)
        text, recognised = _known(_formatted(one), frames, noted)
        if recognised.message is not None:
            break
    return Failure(one, recognised, frames, noted.warnings, noted.trace), text


def _known(text: str, frames: Sequence[Frame], noted: Noted) -> tuple[str, Recognised]:
    """The error's text and what it is. A warning stands for an error that is its consequence: a gradient that is None,
    or something that was raised by the line that it was shown for; any other error is none of its."""
    whole = "\n".join((*noted.warnings, text))[-MAX_TEXT:]
    found = recognise(read_pasted(whole))
    if found.raised is None or not found.raised.warning or "NoneType" in text.rstrip().rpartition("\n")[2]:
        return whole, found
    if any(warning.startswith(f"{frame.file}:{frame.line}: ") for warning in noted.warnings for frame in frames):
        return whole, found
    return text, recognise(read_pasted(text))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, then its causes, contexts, and the members of a group instead of the group, nearest first."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < MAX_CHAIN:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        else:
            yield one
        earlier = one.__cause__ if one.__suppress_context__ else one.__context__
        waiting += [] if earlier is None else [earlier]


def _formatted(error: BaseException) -> str:
    return "".join(traceback.format_exception(error, chain=False))[-MAX_TEXT:]


def _remote(error: BaseException) -> tuple[Place, ...]:
    """The user's lines in another process: pools and loaders send a traceback as text, in the error or as its cause."""
    for one in (error, error.__cause__):
        text = "" if one is None else "".join(traceback.format_exception_only(one))[-MAX_TEXT:]
        if _QUOTED in text:
            raised = read_pasted(text).raised
            own = [tuple(p for p in each.places if p.own and not p.file.startswith(_LIBRARIES[0])) for each in raised]
            return next((places for places in reversed(own) if places), ())
    return ()


# -- frames


def frames_of(outer: BaseException, error: BaseException, noted: Noted) -> tuple[Frame, ...]:
    """The frames of the user's own code that the error passed through, the outermost first.

    An error that was caught knows no frame above the one that caught it: those are of the error raised of it.
    """
    steps = list(_steps(error.__traceback__))
    if error is not outer:
        above = list(_steps(outer.__traceback__))
        caught = [k for k, tb in enumerate(above) if steps and tb.tb_frame is steps[0].tb_frame]
        steps = [*(above[: caught[0]] if caught else above if not steps else []), *steps]
    return tuple(_frame(tb, noted) for tb in steps if _is_users(tb, noted.script))


def _steps(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _is_users(tb: TracebackType, script: str) -> bool:
    """Not Python's own library, no installed package, not ours, no code without a file; the script itself always."""
    file = tb.tb_frame.f_code.co_filename
    if file == script:
        return True
    return not file.startswith(("<", *_LIBRARIES)) and not any(part in _PACKAGES for part in Path(file).parts)


def _frame(tb: TracebackType, noted: Noted) -> Frame:
    code = tb.tb_frame.f_code
    positions = list(code.co_positions())
    line, end_line, first, last = positions[tb.tb_lasti // 2] if tb.tb_lasti >= 0 else (None, None, None, None)
    columns = None if first is None or last is None or line != tb.tb_lineno else (first, last)
    return Frame(
        file=str(Path(noted.folder, code.co_filename)),
        line=tb.tb_lineno,
        end_line=end_line or tb.tb_lineno,
        columns=columns,
        function=code.co_name,
        code=code,
        locals=tb.tb_frame.f_locals,
        globals=tb.tb_frame.f_globals,
    )


def _place(frame: Frame) -> Place:
    code = linecache.getline(frame.code.co_filename, frame.line)
    return Place(frame.file, frame.line, frame.function, code.strip()[:MAX_WORDS])


def _around(places: Sequence[Place]) -> tuple[Place, ...]:
    """Lines of source around some places."""
    found = {}
    for place in places:
        for line in range(max(1, place.line - AROUND), place.line + AROUND + 1):
            code = linecache.getline(place.file, line)
            if code:
                found[place.file, line] = Place(place.file, line, "", code.rstrip()[:MAX_WORDS])
    return tuple(found[key] for key in sorted(found))


# -- the finder


def _asked(failure: Failure) -> tuple[Finding | None, str]:
    """What the finder of the error's row is sure of; and why there is none, where that is no plain answer."""
    message = failure.recognised.message
    if message is None or not message.finder:
        return None, ""
    try:
        finder = import_module(f"gradcli.foreign.script.finders.{message.finder}")
        found = finder.find(failure)
        return (None, "") if found is None else (_readable(_bounded(found)), "")
    except Exception as trouble:  # noqa: BLE001 - the script's objects may do anything, and the explanation stands
        absent = isinstance(trouble, ModuleNotFoundError) and trouble.name == f"{__package__}.finders.{message.finder}"
        return None, "" if absent else "".join(traceback.format_exception(trouble))[-MAX_WORDS:]


def _readable(found: Finding) -> Finding:
    """The same, without a proposed change that Python could not read."""
    edit = found.edit
    lines = linecache.getlines(edit.file) if edit is not None else []
    if edit is None or not 0 < edit.line <= len(lines):
        return found
    try:
        ast.parse("".join((*lines[: edit.line - 1], f"{edit.new}\n", *lines[edit.line :])))
    except SyntaxError:
        return replace(found, edit=None)
    return found


def _bounded(found: Finding) -> Finding:
    """The same, of plain texts of a bounded length."""
    place, edit = found.place, found.edit
    return replace(
        found,
        place=Place(_plain(place.file), int(place.line), _plain(place.function), _plain(place.code)),
        says=_plain(found.says),
        variable=None if found.variable is None else _plain(found.variable),
        rivals=tuple(_plain(rival) for rival in found.rivals[:20]),
        command=_plain(found.command),
        edit=edit
        and Edit(_plain(edit.file), int(edit.line), _plain(edit.old), _plain(edit.new), bool(edit.mechanical)),
    )


def _plain(text: str) -> str:
    return str(text)[:MAX_WORDS]
