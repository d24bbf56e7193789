"""Indices as numpy reads them: whole numbers, slices, None and one ellipsis, all constants."""

from __future__ import annotations

from typing import Any

from gradcli.language.calls import NO_CONSTANT, Term, constant_of
from gradcli.language.cursor import Cursor
from gradcli.language.kinds import is_entry
from gradcli.operations.shape_rules import nested

_AFTER_AN_ENTRY = frozenset({",", "]", ")"})


class _Together(tuple[Any, ...]):  # Any: entries
    """``(0, 1)`` in brackets: alone it is all entries, beside others an array."""

    __slots__ = ()


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
        whole = tuple(entries[0] if len(entries) == 1 and isinstance(entries[0], _Together) else entries)
        if not all(map(is_entry, whole)):
            raise self.error("an index is a whole number, a slice, None or ...", start, kind="shape")
        return whole

    def index_entry(self) -> Any:  # Any: int, slice, None or Ellipsis
        if self.peek().text in {",", "]"}:
            raise self.error("an index is missing", self.peek().span)
        first = None if self.peek().text == ":" else self.expression()
        if first is not None and self.peek().text in {",", "]"}:
            is_tuple = isinstance(first.constant, tuple) and first.node is None
            return self.entries_of(first) if is_tuple else self.entry(first)
        return self.slice_from(first)

    def entries_of(self, term: Term) -> _Together:
        """Those of a tuple, some of which may be told by values, as those of ``np.where(x > 0)`` are."""
        parts = term.items or tuple(Term(None, term.span, constant=part) for part in term.constant)
        return _Together(part.constant if part.node is None else self.entry(part) for part in parts)

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

    def entry(self, term: Term) -> Any:  # Any: as above, or nested tuples of numbers or of truth values
        """An array of whole numbers, a mask, or a single number."""
        if term.is_condition:
            return self.mask_of(term)
        if term.items and term.node is not None:
            return self.array_of(term)
        found = self.numbers_of(term.node) if term.constant is NO_CONSTANT and term.node is not None else None
        return self.index_number(term) if found is None else found

    def array_of(self, term: Term) -> Any:  # Any: as above
        """``[[0, 1], [2, n]]`` as written, ``[True, False]`` too."""
        if term.items:
            parts = tuple(self.array_of(item) for item in term.items)
            if len({isinstance(leaf, bool) for leaf in parts if not isinstance(leaf, tuple)}) > 1:
                raise self.error("numbers and truth values in one list", term.span, kind="shape")
            if len(set(map(nested, parts))) > 1:
                raise self.error("the rows of this list differ in length", term.span, kind="shape")
            return parts
        return term.constant if isinstance(term.constant, bool) else self.index_number(term)

    def mask_of(self, term: Term) -> tuple[Any, ...]:  # Any: nested tuples of truth values
        """Where a condition on values holds. Errors: ExpressionError where there are none, or nothing can be told."""
        mask = self.known.asking.mask(term.tree) if self.known.asking is not None else None
        if mask is None:
            raise self.error(
                "how many entries a condition keeps depends on the values, which are not all known here",
                term.span,
                hint=f"sum(where({self.text_of(term)}, ..., 0)) adds them up at all values",
                kind="shape",
            )
        if mask.edge:
            self.edges[self.text_of(term)] = tuple(sorted(mask.edge))
        return mask.truth

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
