"""What a file of answers says of itself, where its format has a place for it."""

from __future__ import annotations

from typing import Any

from gradcli import __version__
from gradcli.commands.tables.question import Question
from gradcli.engine.batches import BatchKernel
from gradcli.engine.choose import Chosen
from gradcli.engine.instructions import instructions
from gradcli.tables.layout import INSTRUCTIONS


def facts_of(question: Question, kernel: Chosen | BatchKernel, device: str, command: str) -> dict[str, Any]:
    """JSON, for ``Layout.facts``; ``engine`` is auto for a stream, where it becomes another one at some row."""
    changes = isinstance(kernel, Chosen) and kernel.left is not None
    return {
        "version": __version__,
        "command": command,
        "expression": question.parsed.source,
        "wrt": list(question.wrt),
        "engine": "auto" if changes else kernel.name,
        "dtype": str(question.dtype),
        "device": device,
        INSTRUCTIONS: [instructions()],
    }
