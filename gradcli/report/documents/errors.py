"""An error as a document: the message, the place under the expression, and the next move."""

from __future__ import annotations

from typing import Any

from gradcli.base.errors import GradcliError, printable
from gradcli.report.document import Block, Document, Excerpt, Line, Role


def document(error: GradcliError) -> Document:
    blocks: list[Block] = [Line(error.message, Role.ERROR)]
    if error.source is not None and error.span is not None:
        blocks.append(Excerpt(error.source, error.span))
    if error.hint:
        blocks.append(Line(error.hint, Role.HINT))
    return Document("error", tuple(blocks), lambda: _escaped(error))


def _escaped(error: GradcliError) -> dict[str, Any]:  # Any: JSON values
    """The JSON object with a message that is safe on a terminal, which is where stderr mostly ends."""
    found = error.to_dict()
    found["error"]["message"] = printable(found["error"]["message"])
    return found
