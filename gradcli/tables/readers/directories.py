"""Directories of files: which of them are rows, and what the names of directories say of these."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from gradcli.base.errors import InputError
from gradcli.base.wording import option
from gradcli.tables.formats import TableFormat
from gradcli.tables.sources import shown_name

PASSED_BY = ("_", ".")  # what writers of tables put beside rows begins so: _SUCCESS, .part-0.crc, our own state
MISSING = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark and pyarrow write for a null


def listed(root: Path, name: str, *, any_name: bool = False) -> list[tuple[Path, str]]:
    """The files in a directory and in those below it, each with its name, safe to print, in the order of their names.

    any_name: are files without a suffix of Parquet rows too?
    Errors: InputError for a file that is none, a link that leads nowhere or back, and where there are none.
    """
    found: list[tuple[Path, str]] = []
    open_: list[tuple[Path, frozenset[tuple[int, int]]]] = [(root, frozenset())]
    while open_:
        path, above = open_.pop()
        shown = shown_name(str(path))
        if path.is_dir():
            here = _identity(path)
            if here in above:
                raise InputError(f"{shown} leads back to a directory that it is in", hint="remove the link")
            inner = sorted(os.scandir(path), key=lambda entry: os.fsencode(entry.name), reverse=True)
            open_ += [(path / one.name, above | {here}) for one in inner if not one.name.startswith(PASSED_BY)]
        elif not path.exists():
            raise InputError(f"cannot read {shown}: no such file or directory", hint="a link leads nowhere")
        elif not path.is_file():
            raise InputError(f"{shown} is neither a file nor a directory")
        elif not (any_name or path.name.lower().endswith(TableFormat.PARQUET.facts.suffixes)):
            raise InputError(
                f"{shown} is no Parquet file, as its name says",
                hint=f"{option('input_format', 'parquet')} reads it as one whatever its name is\n"
                f"names that begin with {' or '.join(PASSED_BY)} are passed by",
            )
        else:
            found.append((path, shown))
    if not found:
        raise InputError(f"{name} is a directory without Parquet files")
    return found


def given_by(root: Path, path: Path) -> tuple[tuple[str, str | None], ...]:
    """What the directories between say of a file, by the convention of Hive. Errors: InputError.

    >>> given_by(Path("d"), Path("d/year=2020/more/place=a%20b/x.parquet"))
    (('year', '2020'), ('place', 'a b'))
    """
    found: dict[str, str | None] = {}
    for part in path.relative_to(root).parent.parts:
        key, equals, value = part.partition("=")
        if key and equals:
            found[_text(key, path)] = None if value == MISSING else _text(value, path)
    return tuple(found.items())


def _text(part: str, path: Path) -> str:
    """What stands for a name or a value, where some characters are written as ``%20``. Errors: InputError."""
    try:
        return unquote(part, errors="strict").encode().decode()
    except UnicodeError:
        raise InputError(
            f"the name of a directory of {shown_name(str(path))} is not UTF-8", hint="rename it: it is a column"
        ) from None


def _identity(path: Path) -> tuple[int, int]:
    known = path.stat()
    return known.st_dev, known.st_ino
