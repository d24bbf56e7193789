"""Files of claims: tables of TOML, fenced blocks of Markdown, docstrings of Python; each claim with its line.

A file is read, never run: Python is parsed and not imported. Formulas stay texts here; whoever parses them has the file
and the line to say where.
"""

from __future__ import annotations

import ast
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gradcli.base.errors import InputError, printable
from gradcli.inputs.claim_lines import (
    CLAIM_FORM,
    COMPARISON,
    FORMS,
    ClaimText,
    Entry,
    Line,
    Page,
    Suite,
    check_count,
    claims_of,
    cut,
    entries_of,
    wrong,
)
from gradcli.inputs.claim_tables import read_toml
from gradcli.inputs.documents.reading import read_document

__all__ = ["MAX_BYTES", "MAX_PYTHON_BYTES", "ClaimText", "Suite", "read_file", "read_suite"]

MAX_BYTES = 16 << 20
MAX_PYTHON_BYTES = 2 << 20  # tighter than other files: the tree of a module takes up to a thousand times its size

_PATHS = "write the path as it stands: ~, $ and * mean themselves"
_PARSED = "the file is not run, but its docstrings are found by parsing it"
_OPENING = re.compile(r"( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*")


def read_suite(path: str) -> list[ClaimText]:
    """The claims of a file, in the order in which they stand there. Errors: as ``read_file``."""
    return list(read_file(path).claims)


def read_file(path: str) -> Suite:
    """The claims of a ``.toml``, ``.py``, ``.md``, ``.markdown``, ``.tex`` or ``.ipynb`` file, in the order in which
    they stand there; of the last four the formulas too that claim nothing.

    Errors: InputError of kind "suite", with ``file:line:`` where there is a line: a file that is missing, special, past
    its size (MAX_BYTES, MAX_PYTHON_BYTES), not UTF-8 or malformed, without claims or with more than MAX_CLAIMS.
    """
    _check_regular(path)
    form = _FORMATS.get(Path(path).suffix.lower())
    if form is None:
        found = cut(Path(path).suffix) or "none"
        raise wrong(path, None, f"of no known suffix, found {found}, expected {', '.join(_FORMATS)}", "rename the file")
    page = Page(path, _text(path, form.max_bytes))
    read = form.read(page)
    suite = read if isinstance(read, Suite) else Suite(tuple(read))
    if not suite.claims:
        formulas = len(suite.passed)
        none = f"none among {formulas} formula{'s' * (formulas != 1)}" if formulas else "none"
        raise wrong(path, None, f"no claims, found {none}, expected {form.expected}", form.hint)
    check_count(page, suite.claims)
    return suite


def _check_regular(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISREG(mode):
        found = "a directory" if stat.S_ISDIR(mode) else "a special file"
        raise wrong(path, None, f"cannot be read, found {found}, expected a regular file", "name the files one by one")


def _unreadable(path: str, error: OSError | ValueError) -> InputError:
    number = error.errno if isinstance(error, OSError) else None
    return wrong(
        path, None, f"cannot be read: {(os.strerror(number) if number else printable(str(error))).lower()}", _PATHS
    )


def _text(path: str, max_bytes: int) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if len(data) > max_bytes:
        raise wrong(
            path, None, f"too long, found more than {max_bytes:,} bytes, expected at most so many", "split the file"
        )
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    bad, found = data.find(b"\0"), "a NUL character"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad, found = error.start, f"the byte 0x{data[error.start]:02x}"
    if bad >= 0:
        line = data.count(b"\n", 0, bad) + 1
        raise wrong(path, line, f"not text, found {found}, expected UTF-8", "save the file as UTF-8 text")
    return text


# -- Markdown


def _read_markdown(page: Page) -> Suite:
    """What stands in blocks of gradcli, and in formulas between dollars; without the extra latex the former alone."""
    blocks = [claim for block in _blocks(page) for claim in claims_of(page, _understood(page, block), named=True)]
    found = read_document(page, "markdown", optional=bool(blocks))
    return Suite(tuple(sorted([*blocks, *found.claims], key=lambda claim: claim.line)), found.passed)


def _read_tex(page: Page) -> Suite:
    return read_document(page, "tex")


def _read_notebook(page: Page) -> Suite:
    return read_document(page, "notebook")


def _blocks(page: Page) -> Iterator[list[Line]]:
    """The lines of each fenced block whose language is gradcli; as CommonMark has it, the last may lack its end."""
    opening: re.Match[str] | None = None
    lines: list[Line] = []
    for number, text in enumerate(page.lines, 1):
        if opening is None:
            opening = _OPENING.match(text)
            lines = []
            continue
        closing = _CLOSING.fullmatch(text)
        if closing is None or closing[1][0] != opening[2][0] or len(closing[1]) < len(opening[2]):
            outdent = min(len(opening[1]), len(text) - len(text.lstrip(" ")))
            lines.append(Line(number, number, text[outdent:]))
            continue
        if _is_ours(opening):
            yield lines
        opening = None
    if opening is not None and _is_ours(opening):
        yield lines


def _is_ours(opening: re.Match[str]) -> bool:
    return opening[3].lower().split()[:1] == ["gradcli"]


def _understood(page: Page, block: Sequence[Line]) -> list[Entry]:
    """The entries of a block, all of which mean something. Errors: InputError at one that does not."""
    entries = entries_of(page, block)
    for entry in entries:
        if entry.kind == "other":
            found = entry.parts[0]
            expected = FORMS.get(found.split()[0], f"{CLAIM_FORM}, or a line {', '.join(FORMS)} or #")
            hint = f"a comment begins with #; a right side goes on in lines that are indented deeper than {CLAIM_FORM}"
            message = f"not a line of a gradcli block, found {cut(found)}, expected {expected}"
            raise page.wrong(entry.line.number, message, hint)
    return entries


# -- docstrings


def _read_python(page: Page) -> list[ClaimText]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(page.text)
    except SyntaxError as error:
        raise page.wrong(
            error.lineno, f"not Python, found {cut(error.msg)}, expected a module that parses", _PARSED
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise page.wrong(None, "not Python that can be read, found expressions nested too deeply", _PARSED) from None
    source = page.lines
    docstrings = sorted(filter(None, map(_docstring, ast.walk(tree))), key=lambda found: found.lineno)
    return [
        claim
        for docstring in docstrings
        for paragraph in _paragraphs(_docstring_lines(source, docstring))
        for claim in claims_of(page, _stated(page, paragraph), named=False)
    ]


def _docstring(node: ast.AST) -> ast.Constant | None:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not node.body:
        return None
    first = node.body[0]
    found = first.value if isinstance(first, ast.Expr) else None
    return found if isinstance(found, ast.Constant) and isinstance(found.value, str) else None


def _docstring_lines(source: Sequence[str], docstring: ast.Constant) -> Iterator[Line]:
    """The docstring's lines; one that does not stand in the file as it is (escapes, joined texts) is at its start."""
    first = docstring.lineno
    indent = re.match(r"\s*", source[first - 1])
    for place, text in enumerate(str(docstring.value).split("\n")):
        there = first + place <= len(source) and text.strip() in source[first + place - 1]
        shown = text if place or indent is None else indent[0] + text.lstrip()
        yield Line(place, first + place if there else first, shown)


def _paragraphs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    for filled, group in groupby(lines, key=lambda line: bool(line.text.strip())):
        if filled:
            yield list(group)


def _stated(page: Page, paragraph: Sequence[Line]) -> list[Entry]:
    """The claims of a paragraph and the settings that touch them; all else is prose, ``where n is the size`` too."""
    kept: list[Entry] = []
    for is_prose, group in groupby(entries_of(page, paragraph), key=_is_prose):
        run = list(group)
        if not is_prose and any(entry.claim is not None for entry in run):
            kept += run
    return kept


def _is_prose(entry: Entry) -> bool:
    if entry.kind == "where":
        return COMPARISON.search(entry.parts[0]) is None
    return entry.kind in {"other", "comment"}


@dataclass(frozen=True, slots=True)
class _Format:
    """How files of a suffix are read, and what they are expected to hold."""

    read: Callable[[Page], list[ClaimText] | Suite]
    expected: str
    hint: str
    max_bytes: int = MAX_BYTES


_MARKDOWN = _Format(
    _read_markdown,
    f"fenced blocks ```gradcli with lines {CLAIM_FORM}, or formulas as $$\\nabla_w L = ...$$",
    "write ```gradcli above the lines and ``` below them",
)
_FORMULAS = "a definition, L(w) = ..., and its derivative, \\nabla_w L = ..."
_DOLLARS = "the function is named on the left side of its derivative, and defined before"
_FORMATS = {
    ".toml": _Format(read_toml, "tables [[claim]] with function and derivative", "write [[claim]] above each claim"),
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".py": _Format(
        _read_python,
        f"docstrings with lines {CLAIM_FORM}",
        "a claim begins its line; comments are not read",
        MAX_PYTHON_BYTES,
    ),
    ".tex": _Format(_read_tex, _FORMULAS, _DOLLARS),
    ".ipynb": _Format(_read_notebook, _FORMULAS, _DOLLARS),
}
