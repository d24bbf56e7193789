r"""The tokens of the grammar, and the walk from commands and characters to them.

Whatever TeX decides by looking ahead is decided on this walk: that ``\frac12`` and ``x^23`` take one token each, which
bar opens and which one closes, that ``\max`` with something below it runs over an index and is a function otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradcli.base.errors import Span

ENDS_OPERAND = frozenset({"NUMBER", "LETTER", "CLOSE", "ARG_CLOSE", "PRIME", "BANG", "END"})


@dataclass(frozen=True, slots=True)
class Token:
    """``type`` is a terminal of the grammar; ``value`` is what its rule needs: a name, a Letter, a sign."""

    type: str
    text: str
    span: Span
    value: Any = None  # Any: a word or a node, by type
