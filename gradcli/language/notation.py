"""Signs of papers that hang on what stands beside them: bars, ``A^T``, ``A⁻¹``; what is said of a reading."""

from __future__ import annotations

from math import inf
from typing import Any

import sympy

from gradcli.base.errors import ExpressionError, Span
from gradcli.base.wording import option
from gradcli.language import nodes
from gradcli.language.calls import Term, apply_row, as_number
from gradcli.language.known import Part
from gradcli.language.loops import MAX_READ, LoopReader
from gradcli.language.tokens import Token
from gradcli.language.write import write
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import METHOD, candidates

_ORDERS: dict[str, Any] = {  # Any: what a norm takes
    **{f"{mark}{p}": p for p in (1, 2) for mark in ("", "_")}, "_inf": inf, "_oo": inf, "_F": "fro",
}  # fmt: skip


class NotationReader(LoopReader):
    """The part of the grammar that papers have and Python lacks."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.shaped: dict[tuple[int, ...], Shape] = {}
        self.within: tuple[int, ...] = ()  # of the formula of a call, the places of the calls around
        self.expanded = 0  # formulas of calls so far

    # -- bars

    def barred(self, start: Token) -> Term:
        """``|x|`` and ``‖x‖`` behind the first bar: one that stands where a term may begin opens."""
        double = start.text == "‖" or self.touches(start, "|")
        self.at += double and start.text == "|"
        inner = self.expression()
        bar = self.next()
        if bar.text != start.text or (double and start.text == "|" and not self.touches(bar, "|")):
            self.at -= 1
            raise self.unclosed_bar(start, double=double)
        if not double:
            return self.modulus(inner, start.span.to(bar.span))
        bar = self.next() if start.text == "|" else bar
        return self.length(inner, start.span, bar)

    def unclosed_bar(self, start: Token, *, double: bool) -> ExpressionError:
        bars, name = ("‖", "norm") if double else ("|", "abs")
        return self.error(
            f"{bars} is not closed before this, or bars inside bars cannot be told apart",
            start.span,
            hint=f"write {name}(...) in place of {bars}...{bars}",
        )

    def touches(self, token: Token, text: str) -> bool:
        return self.peek().text == text and self.peek().span.start == token.span.stop

    def modulus(self, inner: Term, span: Span) -> Term:
        """Errors: ExpressionError for a matrix, of which bars are the determinant to most."""
        if len(self.shape_at(inner, span)) > 1:
            shown = self.text_of(inner)
            raise self.error(
                f"|{shown}| of a matrix is its determinant to some, entry by entry to others",
                span,
                hint=f"write det({shown}), or abs({shown})",
                kind="shape",
            )
        return apply_row(self, "|x|", candidates("abs"), [inner], {}, span)

    def length(self, inner: Term, start: Span, bar: Token) -> Term:
        """``‖x‖``, ``‖x‖₁``, ``‖A‖_F``, behind the last bar."""
        below, span = self.peek(), start.to(bar.span)
        touching = below.span.start == bar.span.stop and below.kind in {"subscript", "name"}
        order = _ORDERS.get(below.text) if touching else None
        if order is None:
            return apply_row(self, "‖x‖", candidates("norm"), [inner], {}, span)
        self.at += 1
        given = {"ord": Term(None, below.span, constant=order)}
        return apply_row(self, "‖x‖", candidates("linalg_norm"), [inner], given, span.to(below.span))

    # -- what depends on shapes

    def shape_at(self, term: Term, place: Span) -> Shape:
        """The shape of a term, on which hangs what is read at this place; of a scalar where nobody knows."""
        if self.known.shape_of is None or term.node is None:
            return ()
        where = (*self.within, *place[:2])
        found = self.known.shape_of(Part(term.node, self.source, self.spans, where))
        self.shaped[where] = found
        return found

    def shape_for(self, term: Term, *, written_out: bool) -> Shape:
        """The shape of an operand, on which the formula of a call hangs, in numbers.

        written_out: does the formula hang on its sizes, rather than on how many axes there are?
        Errors: ExpressionError where nobody knows it, or a letter stands for all sizes and they are written out.
        """
        if isinstance(term.constant, bool):
            return ()
        if term.node is None or self.known.shape_of is None:
            raise self.unknown_shape(term)
        shape = self.shape_at(term, term.span)
        if written_out:
            if not self.told(term):
                raise self.hangs_on("sizes for which letters stand", term)
            letters = [n for n in shape if isinstance(n, nodes.Size)]
            self.sized = self.sized or bool(letters)
            if any(letter > MAX_READ for letter in letters):
                raise self.hangs_on(f"the size {letters[0]}", term)
        return tuple(map(int, shape))

    def hangs_on(self, sizes: str, term: Term) -> ExpressionError:
        hint = f"give the size as a number: {option('shape')}"
        return self.error(f"what this call means hangs on {sizes}", term.span, hint=hint, kind="shape")

    def shape_in_numbers(self, term: Term) -> Shape | None:
        """The shape of an operand; None where nobody knows it, or letters stand for sizes."""
        return None if self.lettered else self.shape_known(term)

    def shape_known(self, term: Term) -> Shape | None:
        """The shape of an operand, with a large number for a letter; None where nobody knows it."""
        if term.node is None or self.known.shape_of is None:
            return None
        return self.shape_at(term, term.span)

    def raised(self, term: Term, exponent: Token) -> Term:
        """``x²``; ``A⁻¹`` of a matrix is its inverse."""
        if exponent.text == "-1" and len(self.shape_at(term, exponent.span)) > 1:
            return apply_row(self, "⁻¹", candidates("inv"), [term], {}, term.span.to(exponent.span))
        number = sympy.Integer(int(exponent.text))
        return self.join(nodes.power(as_number(self, term), number), term, stop=exponent.span)

    def transposed(self, term: Term, stop: Span) -> Term:
        return apply_row(self, ".T", candidates("T", METHOD), [term], {}, term.span.to(stop))

    def turned(self, base: Term) -> Term | None:
        """``A^T``, behind its sign, where that is a transpose: ``A^⊤`` always, ``A^T`` of an array where T is free."""
        letter = self.peek()
        if letter.kind == "transpose":
            return self.transposed(base, self.next().span)
        sign = self.tokens[self.at - 1].span
        if letter.text != "T" or self.source[sign.start] != "^" or self.taken(letter.text):
            return None  # A**T is a power
        if not self.shape_at(base, letter.span):
            return None
        shown = self.text_of(base)
        self.note(f"{shown}^T is read as the transpose {shown}.T, as T has no value")
        return self.transposed(base, self.next().span)

    def note_reciprocals(self, base: Term, exponent: Term) -> None:
        """Says of ``A^-1`` of a matrix what it is not."""
        if exponent.constant == -1 and len(self.shape_at(base, exponent.span)) > 1:
            shown = self.text_of(base)
            self.note(f"{shown}^-1 is taken entry by entry; inv({shown}) is the inverse of the matrix")

    def note_dot(self, left: Term, right: Term) -> None:
        """Says of ``x @ y.T`` of vectors what it is."""
        row = None if right.node is None else nodes.row_of(right.node)
        if row is None or row.suffix != ".T" or len(self.shape_at(right, right.span)) != 1:
            return
        if len(self.shape_at(left, left.span)) == 1:
            shown, plain = self.text_of(left), write(right.tree.args[0])
            dot = f"{shown} @ {self.text_of(right)} of vectors is their dot product"
            self.note(f"{dot}; outer({shown}, {plain}) is the matrix")
