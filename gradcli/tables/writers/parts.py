"""What formats are written as whose files need their end: parts, complete files each, put together at last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gradcli.tables.layout import Rows

Data = bytes | memoryview


class Part(Protocol):
    """A complete file once it is closed."""

    def append(self, rows: Rows) -> None: ...

    def close(self) -> None: ...

    def drop(self) -> None:
        """Lets go of the file as it is."""


class Parted(Protocol):
    """A format of parts. ``cells``: about how many a part may hold."""

    cells: int

    def part(self, path: Path, first: int = 0) -> Part:
        """first: the number of its first row in the whole"""

    def assemble(self, parts: Sequence[Path], path: Path) -> None:
        """One file of the rows of all, equal to the part that would have held all of them."""
