"""The formulas of a document parsed, each text once: the same letters stand in many lines."""

from __future__ import annotations

from gradcli.base.errors import GradcliError
from gradcli.language.latex.grammar import parse_display, parse_latex
from gradcli.language.latex.macros import Macros
from gradcli.language.latex.nodes import Node
from gradcli.language.latex.rows import Row


class Parser:
    """Parses with the macros of a document, and keeps what it has parsed: trees are frozen."""

    def __init__(self, macros: Macros) -> None:
        self._macros = macros
        self._nodes: dict[str, Node | None] = {}
        self._rows: dict[str, tuple[Row, ...]] = {}

    def formula(self, text: str) -> Node | None:
        """The tree of a formula; None where it cannot be read."""
        if text not in self._nodes:
            try:
                self._nodes[text] = parse_latex(text, self._macros)
            except GradcliError:
                self._nodes[text] = None
        return self._nodes[text]

    def rows(self, text: str) -> tuple[Row, ...]:
        """The rows of a display. Errors: those of ``parse_display``."""
        if text not in self._rows:
            self._rows[text] = parse_display(text, self._macros)
        return self._rows[text]
