"""The ways to write a graph. Imports nothing of ours: it is loaded for ``--help`` too."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self


class GraphKind(StrEnum):
    """What a graph is written as; ending: of the names of its files."""

    ending: str

    def __new__(cls, word: str, ending: str = "") -> Self:
        made = str.__new__(cls, word)
        made._value_ = word
        made.ending = ending or f".{word}"
        return made

    DOT = "dot"
    MERMAID = "mermaid", ".mmd"
    SVG = "svg"

    @classmethod
    def of_file(cls, path: Path | None) -> GraphKind | None:
        """The kind that a file's suffix names; None where it names none.

        >>> GraphKind.of_file(Path("f.MMD")), GraphKind.of_file(Path("f.txt"))
        (<GraphKind.MERMAID: 'mermaid'>, None)
        """
        suffix = "" if path is None else path.suffix.lower()
        return next((known for known in cls if known.ending == suffix), None)
