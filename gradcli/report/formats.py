"""The formats, one file ``as_NAME.py`` each, loaded when it is asked for."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module

from gradcli.report.document import Document, View


class Format(StrEnum):
    """What a result is printed as."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    LATEX = "latex"
    NPY = "npy"


def rendered(document: Document, name: str, view: View = View()) -> str | bytes:  # noqa: B008 - frozen
    """The document in the format of that name: one of Format, or ``junit``. Errors: UsageError where it has none."""
    made: str | bytes = import_module(f"gradcli.report.as_{name}").render(document, view)
    return made
