"""Derivations as texts: ``d(EXPR)/d(NAME) = line``, then lines that begin with ``=``; settings as in claim files."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from gradcli.base.errors import ExpressionError, GradcliError, InputError, LimitError, Span, printable
from gradcli.inputs.chain_lines import MOST_LINES, Part, sides
from gradcli.inputs.claim_lines import FORMS, ClaimText, Entry, Line, Page, claims_of, cut, entry_of
from gradcli.language.tokens import composed

MAX_BYTES = 1 << 20
STDIN = "stdin"
FORM = "d(EXPR)/d(NAME) = LINE, then lines that begin with ="
KINDS = {"grad": "grad", "diff": None, "jacobian": "jacobian", "hessian": "hessian"}
_CALL = re.compile(rf"\s*({'|'.join(KINDS)})\s*\(")
_MARK = re.compile(r"\s*(?:=(?!=)|⇒|=>|:=)\s*")


@dataclass(frozen=True, slots=True)
class Given:
    """What is said beside the text, as in ``ClaimText``."""

    function: str | None = None
    wrt: str | None = None
    kind: str | None = None
    shapes: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    layout: str | None = None
    vec: bool | None = None
    symmetric: str | None = None


@dataclass(slots=True)
class _Chain:
    """The lines of one derivation as they are gathered."""

    first: ClaimText | None
    rows: list[tuple[Line, str]] = field(default_factory=list)
    settings: list[Entry] = field(default_factory=list)
    indent: int = 0
    last: int = -2  # place of the last line


def read_steps(reference: str, given: Given) -> list[list[ClaimText]]:
    """The derivations in a file, or on stdin for ``-``, each as its lines. Errors: InputError for a file that cannot be
    read, ExpressionError with the line for one that is no line of a derivation, LimitError for a text that is too long.
    """
    name = named(reference)
    return steps_of(text_in(reference), given, name)


def named(reference: str) -> str:
    """What a file is called where it is spoken of."""
    return STDIN if reference == "-" else reference


def text_in(reference: str) -> str:
    """The text of a file, or of stdin for ``-``. Errors: InputError, LimitError."""
    return _text(reference, named(reference))


def steps_of(text: str, given: Given, name: str = "") -> list[list[ClaimText]]:
    """The derivations in a text. Errors: as ``read_steps``."""
    page = Page(name, text)
    chains = [_settled(page, chain, given) for chain in _chains(page, given)]
    if not chains:
        raise _unreadable(page, None, "", "no derivation, found no line of one")
    return [[replace(row, chain=k) for row in rows] for k, rows in enumerate(chains, 1)]


# -- texts


def _text(reference: str, name: str) -> str:
    data = _bytes(reference, printable(name)[:200])
    if len(data) > MAX_BYTES:
        raise LimitError(f"{printable(name)[:200]} is longer than {MAX_BYTES:,} bytes", hint="split the file")
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    bad = data.find(b"\0")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.start
    if bad >= 0:
        line = data.count(b"\n", 0, bad) + 1
        message = f"{printable(name)[:200]}:{line}: not text, found the byte 0x{data[bad]:02x}, expected UTF-8"
        raise InputError(message, hint="save the file as UTF-8 text", kind="encoding")
    return text


def _bytes(reference: str, shown: str) -> bytes:
    """Errors: InputError."""
    try:
        if reference == "-":
            if sys.stdin is None:
                raise InputError("stdin is closed")
            return _read(sys.stdin.buffer)
        path = Path(reference)
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{shown} is not a regular file")
        with path.open("rb") as file:
            return _read(file)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"cannot read {shown}: {printable(reason)}") from None


def _read(stream: BinaryIO) -> bytes:
    return stream.read(MAX_BYTES + 1)


# -- lines


def _chains(page: Page, given: Given) -> Iterator[_Chain]:
    """A chain ends at a blank line behind its lines, and where the next one begins."""
    chain = _Chain(None)
    for place, text in enumerate(page.lines):
        line = Line(place, place + 1, text)
        if not text.strip():
            if chain.rows:
                yield chain
                chain = _Chain(None)
            continue
        begun = _begun(page, line)
        if begun is not None:
            if chain.rows:
                yield chain
                chain = _Chain(None)
            chain.first = begun
            _add(chain, line, begun.claim)
        else:
            _further(page, chain, line, given)
    if chain.rows:
        yield chain
    elif chain.settings:
        raise _unreadable(
            page, chain.settings[0].line, chain.settings[0].line.text, "no derivation below it, found none"
        )


def _begun(page: Page, line: Line) -> ClaimText | None:
    """The claim that a line begins a derivation with; None for other lines."""
    text = _without_comment(line.text)
    try:
        entry = entry_of(page, line)
    except InputError as error:
        if error.kind != "suite":
            raise
        raise _unreadable(page, line, line.text, _reason(page, line, error), error.advice) from None
    if entry.claim is not None:
        return entry.claim
    call = _CALL.match(text)
    parts = sides(text) if call is not None else []
    if call is None or len(parts) < 2:
        return None
    asked = _asked(parts[0].text, KINDS[call[1]])
    rest = text[parts[1].start :].strip()
    return None if asked is None else replace(asked, claim=rest, file=page.path, line=line.number)


def _asked(text: str, kind: str | None) -> ClaimText | None:
    """``grad(f, x)`` as a question; ``diff(f, x, x)`` is a second derivative."""
    inside = text[text.index("(") + 1 : -1] if text.endswith(")") else ""
    function, *names = _arguments(inside)
    if not function or not names or len(set(names)) > 1 or len(names) > 2:
        return None
    return ClaimText(function, "", names[0], "hessian" if len(names) == 2 else kind)


def _arguments(text: str) -> list[str]:
    depth, found = 0, [""]
    for letter in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found]


def _further(page: Page, chain: _Chain, line: Line, given: Given) -> None:
    """A line that goes on, a setting, or a comment. Errors: ExpressionError for anything else."""
    entry = entry_of(page, line)
    if entry.kind == "comment":
        return
    if entry.kind in FORMS:
        chain.settings.append(entry)
        return
    text = _without_comment(line.text)
    mark = _MARK.match(text)
    if mark is not None and (chain.rows or given.function is not None):
        _add(chain, line, text[mark.end() :].strip())
    elif chain.rows and chain.last == line.place - 1 and line.indent > chain.indent and mark is None:
        before, said = chain.rows[-1]
        chain.rows[-1] = (before, f"{said} {text.strip()}".strip())
        chain.last = line.place
    elif given.function is not None and mark is None:
        _add(chain, line, text.strip())
    else:
        raise _unreadable(page, line, line.text, "no line of a derivation")


def _add(chain: _Chain, line: Line, text: str) -> None:
    chain.indent, chain.last = line.indent, line.place
    chain.rows.append((line, text))


def _without_comment(text: str) -> str:
    found = re.search(r"(?:(?<=\s)|^)#", text)
    return composed(text if found is None else text[: found.start()]).rstrip()


def _settled(page: Page, chain: _Chain, given: Given) -> list[ClaimText]:
    """The lines as claims, with the settings that were said of them. Errors: ExpressionError for an empty line."""
    begun = chain.first or ClaimText(given.function or "", "", given.wrt, given.kind, file=page.path)
    rows = [(line, part) for line, text in chain.rows for part in _parts(text)]
    if len(rows) > MOST_LINES:
        message = f"{printable(page.path)}: a derivation of {len(rows):,} lines; at most {MOST_LINES:,} are read"
        raise LimitError(message, hint="a blank line ends a derivation, and the next one begins")
    for line, part in rows:
        if not part.text:
            raise _unreadable(page, line, line.text, "nothing behind the sign")
    begun = with_given(begun, given)
    claims = [(line, replace(begun, claim=part.text, file=page.path, line=line.number)) for line, part in rows]
    return settled(page, claims, chain.settings)


def settled(page: Page, claims: Sequence[tuple[Line, ClaimText]], settings: Sequence[Entry]) -> list[ClaimText]:
    """The lines with the settings that were said of them. Errors: ExpressionError for one that does not fit."""
    entries = [*settings, *(Entry(line, line.place, "claim", claim=claim) for line, claim in claims)]
    try:
        return claims_of(page, entries, named=False)
    except InputError as error:
        raise _refused(error) from None


def with_given(begun: ClaimText, given: Given) -> ClaimText:
    """What a derivation says, and what is said beside it."""
    return replace(
        begun,
        wrt=begun.wrt or given.wrt,
        kind=begun.kind or given.kind,
        shapes=begun.shapes + given.shapes,
        where=begun.where + given.where,
        values=begun.values + given.values,
        assume=begun.assume + given.assume,
        layout=begun.layout or given.layout,
        vec=given.vec if begun.vec is None else begun.vec,
        symmetric=begun.symmetric or given.symmetric,
    )


def _parts(text: str) -> list[Part]:
    return sides(text) or [Part(0, text)]


# -- errors


def _unreadable(page: Page, line: Line | None, text: str, reason: str, hint: str | None = None) -> ExpressionError:
    """The error of code 3, with the file and the line."""
    place = page.path if line is None else f"{page.path}:{line.number}"
    shown = f", found {cut(text.strip())}" if text.strip() and "found" not in reason else ""
    message = f"{printable(place)}: {reason}{shown}, expected {FORM}"
    shorter = "for instance d(x**2)/d(x) = 2*x*diff(x, x), and below it = 2*x"
    span = None if line is None else Span(0, len(line.text))
    return ExpressionError(
        message.removeprefix(": "), span=span, source=None if line is None else line.text, hint=hint or shorter
    )


def _reason(page: Page, line: Line, error: GradcliError) -> str:
    return error.said.removeprefix(f"{cut(page.path, 200)}:{line.number}: ").partition(", expected")[0]


def _refused(error: InputError) -> ExpressionError:
    return ExpressionError(error.said, hint=error.advice)
