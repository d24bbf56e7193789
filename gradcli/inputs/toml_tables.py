"""Tables of a TOML file that know their lines, which tomllib does not tell, so that every complaint has one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gradcli.base.errors import InputError
from gradcli.base.limits import MAX_SOURCE
from gradcli.inputs.claim_lines import cut
from gradcli.language.tokens import normalise
from gradcli.operations.table import did_you_mean

KeyPath: TypeAlias = tuple[str | int, ...]
Refusal: TypeAlias = Callable[[int | None, str, str], InputError]  # line, message, hint


class Number(str):
    """A float as it is written in the file: its digits are the user's."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table at ``path`` of a document. ``lines``: of all keys; ``refusal``: makes the errors, with file and line."""

    data: Mapping[str, Any]  # Any: TOML values
    lines: Mapping[KeyPath, int]
    refusal: Refusal
    path: KeyPath = ()

    def line(self, *keys: str | int) -> int:
        """Where a key stands; where it cannot be told, the table's own beginning."""
        path = self.path + keys
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def wrong(self, message: str, hint: str, *keys: str | int) -> InputError:
        """The error at the line of a key."""
        return self.refusal(self.line(*keys), message, hint)

    def only(self, known: Iterable[str]) -> None:
        """Errors: InputError for a key that is not known."""
        for key in self.data:
            if key not in known:
                close = did_you_mean(key, known)
                hint = f"did you mean {close}?" if close else "remove it"
                raise self.wrong(f"an unknown key, found {described(key)}, expected {', '.join(known)}", hint, key)

    def table(self, key: str) -> Table:
        """The table behind a key, empty where there is none. Errors: InputError where there is something else."""
        found = self.data.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(f"{key}: found {described(found)}, expected a table", f"write [{key}]", key)
        return Table(found, self.lines, self.refusal, (*self.path, key))

    def tables(self, key: str) -> list[Table]:
        """The tables behind a key. Errors: InputError where there is something else."""
        found = self.data.get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise self.wrong(f"{key}: found {described(found)}, expected tables [[{key}]]", f"write [[{key}]]", key)
        return [Table(entry, self.lines, self.refusal, (*self.path, key, n)) for n, entry in enumerate(found)]

    def text(self, key: str, *, numbers: bool = False) -> str | None:
        """The text behind a key, None without it. ``numbers``: let through, as texts. Errors: InputError."""
        found = self.data.get(key)
        if found is None:
            return None
        if (
            isinstance(found, bool)
            or not isinstance(found, (str, int) if numbers else str)
            or is_number(found, numbers)
        ):
            raise self.wrong(f"{key}: found {described(found)}, expected a text", f'write {key} = "..."', key)
        return self.checked(str(found), key)

    def flag(self, key: str) -> bool | None:
        """The truth value behind a key, None without it. Errors: InputError."""
        found = self.data.get(key)
        if found is not None and not isinstance(found, bool):
            raise self.wrong(f"{key}: found {described(found)}, expected true or false", f"write {key} = true", key)
        return found

    def checked(self, text: str, key: str) -> str:
        """A text in normal form. Errors: InputError for one that is blank or too long."""
        if not text.strip() or len(text) > MAX_SOURCE:
            found = f"{len(text):,} characters" if text.strip() else "nothing"
            raise self.wrong(
                f"{key}: found {found}, expected a text of 1 to {MAX_SOURCE:,} characters", f'write {key} = "..."', key
            )
        return normalise(text).strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """The text, or list of texts, behind a key. Errors: InputError."""
        found = self.data.get(key, [])
        several = found if isinstance(found, list) else [found]
        for entry in several:
            if type(entry) is not str:
                raise self.wrong(
                    f"{key}: found {described(entry)}, expected a text or a list of texts", f'write {key} = "..."', key
                )
        return tuple(self.checked(entry, key) for entry in several)


def is_number(value: object, welcome: bool) -> bool:
    """A number where none is welcome: TOML has them unquoted, and formulas are texts."""
    return isinstance(value, Number) and not welcome


def described(value: Any) -> str:  # Any: TOML values
    """What an error says of a value: what it is, and what it holds where that is short."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{cut(value)}'" if type(value) is str else cut(str(value))


def read_document(text: str, refusal: Refusal) -> Table:
    """The whole of a TOML text. Errors: InputError for one that is not sound."""
    try:
        data = tomllib.loads(text, parse_float=Number)
    except RecursionError:
        raise refusal(None, "not TOML that can be read, found values nested too deeply", "nest less") from None
    except ValueError as error:
        message = str(error)
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
        last = text.rstrip("\n").count("\n") + 1
        line = None if place is None else int(place[1]) if place[1] else last
        found = cut(message.replace(place[0], "") if place else message, 120)
        raise refusal(line, f"not TOML: {found}", "texts are quoted: function = 'x**2'") from None
    return Table(data, key_lines(text), refusal)


# -- where the keys stand

_DEPTH = 8  # of the keys that are told; all prefixes of a key of a million parts would take a terabyte
_TOKEN = re.compile(
    r'(?P<text>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\])*"|\'[^\']*\')'
    r"|(?P<skip>\#[^\n]*|[ \t]+)|(?P<word>[A-Za-z0-9_-]+)|(?P<sign>.)",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """The first line of every key and table of a sound TOML text, counted from 1.

    >>> key_lines("[[claim]]\\nfunction = 'x'\\nderivative = {x = '1'}")[("claim", 0, "derivative", "x")]
    3
    """
    scanner, line = _Scanner(), 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            scanner.take(match[0], match.lastgroup != "sign", line)
        line += match[0].count("\n")
    return scanner.found


@dataclass(slots=True)
class _Scanner:
    """Reads the tokens of a sound document.

    base:   path of the last header; ``arrays``: how many tables each array of tables has so far
    open:   bracket and path of each array and inline table around the next token
    path:   of the value that is being read; ``key``: the parts of the key that is being read, and its line
    state:  what is being read: key, value or header; ``double``: a header of two brackets
    """

    found: dict[KeyPath, int] = field(default_factory=dict)
    base: KeyPath = ()
    arrays: dict[KeyPath, int] = field(default_factory=dict)
    open: list[tuple[str, KeyPath]] = field(default_factory=list)
    path: KeyPath = ()
    key: list[str] = field(default_factory=list)
    key_line: int = 1
    state: str = "key"
    double: bool = False

    def take(self, piece: str, is_word: bool, line: int) -> None:
        if self.state == "value":
            self.in_value(piece, is_word)
        elif is_word:
            self.key_line = self.key_line if self.key else line
            self.key.append(piece[1:-1] if piece[0] in "\"'" else piece)
        elif self.state == "header":
            self.in_header(piece)
        elif piece == "=":
            self.path = (*(self.open[-1][1] if self.open else self.base), *self.key)
            self.record(self.path)
            self.key, self.state = [], "value"
        elif piece == "[":
            self.state, self.double = "header", False
        elif piece == "}":
            self.close()

    def in_value(self, piece: str, is_word: bool) -> None:
        if is_word:
            return
        if piece in "[{":
            self.open.append((piece, self.path))
            self.path, self.state = (*self.path, 0), "value" if piece == "[" else "key"
        elif piece in "]}":
            self.close()
        elif piece == "," and self.open[-1][0] == "[":
            self.path = (*self.path[:-1], int(self.path[-1]) + 1)
        elif piece == "," or (piece == "\n" and not self.open):
            self.state = "key"

    def close(self) -> None:
        self.path, self.state = self.open.pop()[1], "value"

    def in_header(self, piece: str) -> None:
        if piece == "[":
            self.double = True
        elif piece == "]" and self.key:
            path: KeyPath = ()
            for part in self.key:
                path = (*self.latest(path), part)
            if self.double:
                self.arrays[path] = self.arrays.get(path, 0) + 1
            self.base = self.latest(path)
            self.record(self.base)
            self.key = []
        elif piece == "\n":
            self.state = "key"

    def latest(self, path: KeyPath) -> KeyPath:
        """In an array of tables, the path of its latest table."""
        return (*path, self.arrays[path] - 1) if path in self.arrays else path

    def record(self, path: KeyPath) -> None:
        for stop in range(1, min(len(path), _DEPTH) + 1):
            self.found.setdefault(path[:stop], self.key_line)
