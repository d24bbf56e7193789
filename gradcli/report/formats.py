"""The formats, one file ``as_NAME.py`` each. Imports nothing of ours: it is loaded for ``--help`` too."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """What a result is printed as."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    LATEX = "latex"
    NPY = "npy"
