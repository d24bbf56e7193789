"""Indices as numpy reads them: whole numbers, slices, None and one ellipsis, all constants."""

from __future__ import annotations

from typing import Any

from gradcli.language.calls import NO_CONSTANT, Term, fold_integer
from gradcli.language.cursor import Cursor


class IndexReader(Cursor):
    """The part of the grammar between square brackets."""

    def expression(self) -> Term:
        """The whole grammar, which the parser provides."""
        raise NotImplementedError

    def index_entries(self) -> tuple[Any, ...]:  # Any: int, slice, None or Ellipsis
        """The entries up to the closing bracket."""
        entries = [self.index_entry()]
        while self.peek().text == ",":
            self.at += 1
            entries.append(self.index_entry())
        self.expect("]")
        return tuple(entries)

    def index_entry(self) -> Any:  # Any: int, slice, None or Ellipsis
        parts: list[Any] = []  # Any: as above
        if self.peek().text in {",", "]"}:
            raise self.error("an index is missing", self.peek().span)
        while self.peek().text not in {",", "]"}:
            if self.peek().text == ":":
                self.at += 1
                parts.append(":")
                continue
            term = self.expression()
            parts.append(self.index_number(term))
        if ":" not in parts:
            return parts[0]
        bounds: list[Any] = [None]  # Any: as above
        for part in parts:
            if part == ":":
                bounds.append(None)
            else:
                bounds[-1] = part
        if len(bounds) > 3 or (len(bounds) == 3 and bounds[2] == 0):
            raise self.error("a slice is start:stop:step, with a step other than 0", self.peek().span)
        return slice(*bounds)

    def index_number(self, term: Term) -> Any:  # Any: int, None or Ellipsis
        value = term.constant if term.constant is not NO_CONSTANT else fold_integer(term.node)
        if value is None or value is Ellipsis:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
        raise self.error("an index is a whole number, a slice, None or ...", term.span, kind="shape")
