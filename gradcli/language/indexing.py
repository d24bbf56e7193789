"""Indices as numpy reads them: whole numbers, slices, None and one ellipsis, all constants."""

from __future__ import annotations

from typing import Any

from gradcli.language.calls import Term, constant_of, is_entry
from gradcli.language.cursor import Cursor

_AFTER_AN_ENTRY = frozenset({",", "]", ")"})


class IndexReader(Cursor):
    """The part of the grammar between square brackets."""

    def expression(self) -> Term:
        """The whole grammar, which the parser provides."""
        raise NotImplementedError

    def index_entries(self) -> tuple[Any, ...]:  # Any: int, slice, None or Ellipsis
        """The entries up to the closing bracket; ``x[(0, 1)]`` is ``x[0, 1]``."""
        start = self.peek().span
        entries = [self.index_entry()]
        while self.peek().text == ",":
            self.at += 1
            entries.append(self.index_entry())
        self.expect("]")
        whole = entries[0] if len(entries) == 1 and isinstance(entries[0], tuple) else tuple(entries)
        if not all(map(is_entry, whole)):
            raise self.error("an index is a whole number, a slice, None or ...", start, kind="shape")
        return whole

    def index_entry(self) -> Any:  # Any: int, slice, None or Ellipsis
        if self.peek().text in {",", "]"}:
            raise self.error("an index is missing", self.peek().span)
        first = None if self.peek().text == ":" else self.expression()
        if first is not None and self.peek().text in {",", "]"}:
            is_tuple = isinstance(first.constant, tuple) and first.node is None
            return first.constant if is_tuple else self.index_number(first)
        return self.slice_from(first)

    def slice_from(self, first: Term | None) -> slice:
        """``start:stop:step`` where ``first`` has been read of it."""
        parts: list[Any] = [] if first is None else [self.index_number(first)]  # Any: int, None or ":"
        while self.peek().text not in _AFTER_AN_ENTRY:
            if self.peek().text == ":":
                self.at += 1
                parts.append(":")
                continue
            parts.append(self.index_number(self.expression()))
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
        value = constant_of(self, term)
        if value is None or value is Ellipsis:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
            return value
        computed = term.node is not None and bool(term.node.args and term.node.free_symbols) and not term.is_condition
        numbers = self.source[slice(*term.span)]
        hint = f"entries by computed numbers: gather(x, 0, {numbers}); those in order of size: sort(x)"
        raise self.error(
            "an index is a whole number, a slice, None or ...", term.span, hint=hint if computed else None, kind="shape"
        )
