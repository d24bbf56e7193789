"""Notebooks: the texts of their Markdown cells, with the line of the JSON text where each line of them stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradcli.inputs.documents.pieces import Source, Wrong

MAX_CELLS = 100_000

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)
_EXPECTED = "expected a notebook: an object with a list of cells"
_HINT = "save the notebook anew in Jupyter; nbconvert makes notebooks of those of before 2015"


def cells_of(text: str, wrong: Wrong) -> list[Source]:
    """The Markdown cells of a notebook, numbered among all cells from 1.

    Errors: those of ``wrong``, for what is no JSON, nested too deeply, or no notebook.
    """
    cells = _cells(text, wrong)
    if len(cells) > MAX_CELLS:
        raise wrong(None, f"too many cells, found {len(cells):,}, expected at most {MAX_CELLS:,}", "split the notebook")
    wanted = {number for number, cell in enumerate(cells, 1) if _is_markdown(cell)}
    return [_source(lines, number) for number, lines in _texts(text, len(cells)) if number in wanted]


def _cells(text: str, wrong: Wrong) -> list[Any]:  # Any: JSON values
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise wrong(error.lineno, f"not JSON, found {error.msg.lower()}, {_EXPECTED}", _HINT) from None
    except (RecursionError, ValueError):
        raise wrong(None, f"not JSON that can be read, found values nested too deeply, {_EXPECTED}", _HINT) from None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        raise wrong(None, f"no notebook, found no list of cells, {_EXPECTED}", _HINT)
    return cells


def _is_markdown(cell: Any) -> bool:  # Any: a JSON value
    if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
        return False
    source = cell.get("source")
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(part, str) for part in source))


@dataclass(slots=True)
class _Level:
    """An object or a list that is open: the key, or how many values came before."""

    is_list: bool
    key: str = ""
    count: int = 0
    awaits_key: bool = True

    def step(self, mark: str) -> None:
        """Past a comma or a colon."""
        self.awaits_key = mark == ","
        self.count += self.awaits_key


def _texts(text: str, count: int) -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """The strings of ``cells[k].source`` for each k from 1, with their lines. The text is JSON, as is known."""
    found: dict[int, list[tuple[str, int]]] = {number: [] for number in range(1, count + 1)}
    levels = list[_Level]()
    line, before = 1, 0
    for match in _TOKEN.finditer(text):
        line, before = line + text.count("\n", before, match.start()), match.start()
        found_text, level = match[0], levels[-1] if levels else None
        if found_text in "{[":
            levels.append(_Level(found_text.startswith("[")))
        elif found_text in "}]":
            levels.pop()
        elif level is not None and found_text in ",:":
            level.step(found_text)
        elif level is not None and not level.is_list and level.awaits_key:
            level.key = json.loads(found_text)
        elif (number := _cell_of(levels)) is not None:
            found[number].append((json.loads(found_text), line))
    yield from found.items()


def _cell_of(levels: list[_Level]) -> int | None:
    """The cell whose source a string is, or is part of."""
    keys = [level.key if not level.is_list else level.count + 1 for level in levels]
    if len(keys) in {3, 4} and keys[0] == "cells" and isinstance(keys[1], int) and keys[2] == "source":
        return keys[1] if len(keys) == 3 or isinstance(keys[3], int) else None
    return None


def _source(parts: list[tuple[str, int]], number: int) -> Source:
    """The strings put together: what stands behind the end of a line within one is on the same line of the JSON."""
    lines = list[int]()
    ended = True
    for text, line in parts:
        lines += [line] * (text.count("\n") + ended)
        ended = text.endswith("\n")
        if ended:
            lines.pop()
    text = "".join(text for text, _ in parts).replace("\r\n", "\n").replace("\r", "\n")
    return Source.of(text, (*lines, parts[-1][1] if parts else 1), number)
