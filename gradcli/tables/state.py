"""What an output that is interrupted says of itself: of which question and table it is, and how much of it is safe."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradcli.base.errors import InputError, printable

VERSION = "gradcli-parts/1"


@dataclass(frozen=True, slots=True)
class Origin:
    """What an output is made of.

    question: a text that tells it from others; None where it cannot be resumed
    table:    the file, or the directory; None for a stream
    files:    in the directory: each with its size, and when it was written
    """

    question: str | None
    table: Path | None = None
    files: tuple[tuple[Path, tuple[int, int]], ...] = ()

    def facts(self) -> dict[str, Any]:
        if self.table is None:
            return {"question": self.question, "table": None}
        if self.files:
            root = self.table.absolute()
            known = hashlib.sha256()
            for path, stamp in self.files:
                known.update(repr((os.fsencode(path.relative_to(root)), stamp)).encode())
            return {"question": self.question, "table": known.hexdigest()}
        found = self.table.stat()
        return {"question": self.question, "table": [found.st_size, found.st_mtime_ns]}


@dataclass(frozen=True, slots=True)
class State:
    """What is safe.

    origin: the facts about question and table; columns and format: of the output
    rows:   how many are safe from the first one on, in the first so many bytes, or in the parts
    counts: of rows that failed, by reason
    memo:   what the caller counts besides
    done:   partitions that are safe behind these rows, by their number
    whole:  the file, or the directory, that is complete and about to become the output
    """

    origin: Mapping[str, Any]
    columns: str
    format: str
    rows: int = 0
    bytes: int = 0
    parts: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)
    done: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    whole: str | None = None
    version: str = VERSION

    @property
    def safe(self) -> int:
        """How many rows, wherever they are in the table."""
        return self.rows + sum(int(one["rows"]) for one in self.done.values())

    @property
    def files(self) -> list[str]:
        """The parts and the partitions."""
        return [*self.parts, *(one["file"] for one in self.done.values())]

    @classmethod
    def read(cls, path: Path) -> State | None:
        """None where nothing was saved. Errors: InputError for something else in its place."""
        try:
            found = json.loads(path.read_text("utf-8"))
            if found["version"] == VERSION:
                return cls(**{**found, "parts": tuple(found["parts"])})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            pass
        raise InputError(
            f"{printable(str(path))} is not the state of an output of this version",
            hint=f"remove {printable(str(path.parent))} to start anew",
        )
