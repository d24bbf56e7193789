"""The formats, one file ``as_NAME.py`` each. Imports nothing of ours: it is loaded for ``--help`` too."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self


class Format(StrEnum):
    """What a result is printed as; ending: of the names of its files."""

    ending: str

    def __new__(cls, word: str, ending: str = "") -> Self:
        made = str.__new__(cls, word)
        made._value_ = word
        made.ending = ending or f".{word}"
        return made

    TEXT = "text", ".txt"
    JSON = "json"
    CSV = "csv"
    LATEX = "latex", ".tex"
    HTML = "html"
    NPY = "npy"
    NPZ = "npz"
    MTX = "mtx"
    PNG = "png"

    @property
    def holds_matrices(self) -> bool:
        """Is it for sparse matrices alone?"""
        return self in {Format.NPZ, Format.MTX, Format.PNG}

    @classmethod
    def of_file(cls, path: Path | None) -> Format:
        """The format that a file's suffix names; text where it names none, and for stdout.

        >>> Format.of_file(Path("J.NPY")), Format.of_file(Path("slope.dat"))
        (<Format.NPY: 'npy'>, <Format.TEXT: 'text'>)
        """
        suffix = "" if path is None else path.suffix.lower()
        return next((known for known in cls if known.ending == suffix), cls.TEXT)
