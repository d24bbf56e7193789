"""Comprehensions, ``sum(x[i]*y[i] for i in range(3))``: written out, over ranges, lists and arrays of known size."""

from __future__ import annotations

import operator
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import sympy

from gradcli.base.errors import LimitError, Span
from gradcli.language import nodes
from gradcli.language.calls import Term, as_condition, as_number, constant_of
from gradcli.language.nodes import Tree
from gradcli.language.sizes import SizeReader
from gradcli.language.tokens import Token
from gradcli.language.tuples import as_tuple
from gradcli.operations.table import OPS

MAX_READ = 200_000  # tokens, in all rounds together: about a second

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class LoopReader(SizeReader):
    """The part of the grammar from ``for`` on."""

    assigned: MutableMapping[str, Term]
    lettered: bool  # do letters stand for sizes, so that the text is read again at others?

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.loops = "for" in source
        self.spent = 0

    def disjunction(self) -> Term:
        """An expression that is no ``a if c else b``, which the parser provides."""
        raise NotImplementedError

    def chain(self, kind: type[Tree], terms: list[Term], signs: list[Token]) -> Term:
        """The sum or the product of terms, which the parser provides."""
        raise NotImplementedError

    def items(self, closing: str) -> tuple[list[Term], bool]:
        """Expressions up to a bracket, which the parser provides."""
        raise NotImplementedError

    def generated(self) -> list[Term] | None:
        """The terms of a comprehension that begins here, up to its closing bracket; None where none does."""
        word, end = self.loop_ahead() if self.loops else (0, 0)
        if not word:
            return None
        body, outside, found = self.at, self.assigned, list[Term]()
        self.assigned = dict(outside)
        self.at = word
        self.rounds(body, word, end, found)
        self.assigned = outside
        self.at = end
        return found

    def loop_ahead(self) -> tuple[int, int]:
        """The places of the first ``for`` of the comprehension that begins here, and of the bracket that closes it."""
        depth, word = 0, 0
        for k in range(self.at, len(self.tokens)):
            token = self.tokens[k]
            if token.text in _OPENING:
                depth += 1
            elif token.text in _CLOSING:
                if not depth:
                    return word, k
                depth -= 1
            elif token.kind == "end":
                return word, k
            elif not depth and not word and token.text == ",":
                return 0, 0
            elif not depth and not word and token.text == "for" and k > self.at and self.tokens[k + 1].kind in _TARGET:
                word = k
        return 0, 0

    def rounds(self, body: int, word: int, end: int, found: list[Term]) -> None:
        """Reads from a ``for`` on, and for each of its values what stands behind it, in the end the body."""
        self.at += 1
        names = self.loop_names()
        if not self.take_keyword("in"):
            raise self.error("`for i` needs its `in`", self.peek().span, hint="for i in range(3)")
        values, after = self.iterable(), self.at
        for value in values:
            self.spend(end - word, self.tokens[word].span)
            self.bind(names, value)
            self.at = after
            if not self.kept():
                continue
            if self.peek().text == "for":
                self.rounds(body, word, end, found)
            elif self.at == end:
                found.append(self.once(body, word, end))
            else:
                raise self.unexpected(self.peek())

    def once(self, body: int, word: int, end: int) -> Term:
        self.spend(word - body, self.tokens[word].span)
        self.at = body
        term = self.expression()
        if self.at != word:
            raise self.unexpected(self.peek())
        self.at = end
        return term

    def spend(self, tokens: int, place: Span, hint: str = "sum(x*y) is over all entries, A @ x over an index") -> None:
        """Errors: LimitError where writing it out takes too long."""
        self.spent += tokens
        if self.spent > MAX_READ:
            message = f"written out, this has more than {MAX_READ:,} signs"
            raise LimitError(message, span=place, source=self.source, hint=hint)

    # -- the names, and the values that they take

    def loop_names(self) -> list[Token]:
        """``i``, ``i, v`` or ``(i, v)``."""
        opened = self.take_keyword("(")
        found = [self.loop_name()]
        while self.take_keyword(","):
            found.append(self.loop_name())
        if opened:
            self.expect(")")
        return found

    def loop_name(self) -> Token:
        token = self.next()
        if token.kind != "name":
            raise self.error("a name is due behind `for`", token.span, hint="for i in range(3)")
        return token

    def bind(self, names: Sequence[Token], value: Term) -> None:
        """Errors: ExpressionError where several names meet another number of values."""
        values = [value] if len(names) == 1 else self.entries(value)
        if len(values) != len(names):
            raise self.error(f"{len(names)} names, but {len(values)} values", value.span, kind="shape")
        self.assigned.update({name.text: one for name, one in zip(names, values, strict=True)})

    def iterable(self) -> list[Term]:
        """The values behind ``in``."""
        read = _ITERABLES.get(self.peek().text) if self.peek(1).text == "(" else None
        if read is None:
            return self.list_alone() or self.entries(self.disjunction())
        start = self.next().span
        self.at += 1
        found = read(self)
        self.take_keyword(",")
        self.expect(")")
        span = start.to(self.tokens[self.at - 1].span)
        return [term._replace(span=span) for term in found]

    def list_alone(self) -> list[Term]:
        """``[(1, 2), (3, 4)]``, whatever stands in it; nothing where more than a list is written."""
        at = self.at
        if self.take_keyword("["):
            items, _ = self.items("]")
            if self.peek().text in _BEHIND:
                return items
        self.at = at
        return []

    def entries(self, term: Term) -> list[Term]:
        """Those of a list as written, or of an array. Errors: ExpressionError where nobody knows how many there are."""
        if term.items:
            return list(term.items)
        shape = self.shape_at(term, term.span) if self.told(term) else ()
        if not shape:
            what = f"how many entries {self.text_of(term)} has is not known here"
            hint = "run over numbers: for i in range(3), with x[i]"
            raise self.error(what, term.span, hint=hint, kind="shape")
        self.refuse_letter(shape[0], term.span)
        self.sized = self.sized or isinstance(shape[0], nodes.Size)
        tree = as_number(self, term)
        return [self.join(nodes.make(OPS["index"], [tree], ((k,),)), term) for k in range(shape[0])]

    def told(self, term: Term) -> bool:
        """May its sizes be written out? A computed size has lost its letter."""
        return not self.lettered or isinstance(term.node, sympy.Symbol)

    def refuse_letter(self, count: int, place: Span) -> None:
        """Errors: LimitError for a number of rounds that is too large, as the one that stands for a letter is."""
        if count <= MAX_READ:
            return
        shown = str(count) if isinstance(count, nodes.Size) else f"{count:,}"
        hint = "sum(x*y) is over all entries, however many"
        raise LimitError(f"{shown} rounds cannot be written out", span=place, source=self.source, hint=hint)

    def numbers(self) -> list[Term]:
        """``range(n)``, behind its bracket."""
        terms = [self.expression()]
        while self.take_keyword(","):
            terms.append(self.expression())
        bounds = [self.whole("range", term) for term in terms]
        if len(bounds) > 3 or (len(bounds) == 3 and not bounds[2]):
            raise self.error("range takes a start, a stop and a step other than 0", terms[-1].span, kind="arity")
        whole = range(*map(int, bounds))
        self.refuse_letter(max([len(whole), *bounds[:1]], key=int) if len(whole) > MAX_READ else 0, terms[0].span)
        return [self.literal(k) for k in whole]

    def whole(self, name: str, term: Term) -> int:
        value = constant_of(self, term)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        shown = self.text_of(term)
        hint = f"write a number, or give {shown} a value" if shown.isidentifier() else "write a number"
        raise self.error(f"{name} takes whole numbers", term.span, hint=hint, kind="shape")

    def together(self) -> list[Term]:
        """``zip(x, y)``, behind its bracket: as many as the shortest has."""
        parts = [self.iterable()]
        while self.take_keyword(","):
            parts.append(self.iterable())
        return [_tuple(group) for group in zip(*parts, strict=False)]

    def counted_off(self) -> list[Term]:
        """``enumerate(x)``, behind its bracket."""
        values = self.iterable()
        counts = self.take_keyword(",") and self.peek().text != ")"
        first = self.whole("enumerate", self.expression()) if counts else 0
        return [_tuple((self.literal(first + k), value)) for k, value in enumerate(values)]

    # -- conditions on them

    def kept(self) -> bool:
        """Do all conditions hold that stand here?"""
        holds = True
        while self.take_keyword("if"):
            term = self.disjunction()
            holds = self.truth(as_condition(self, term), term.span) and holds
        return holds

    def truth(self, condition: Tree, place: Span) -> bool:
        """Of a condition on numbers. Errors: ExpressionError for any other."""
        op = nodes.row_of(condition)
        if op is not None and op.infix in {"and", "or"}:
            left, right = (self.truth(part, place) for part in condition.args)
            return left and right if op.infix == "and" else left or right
        if op is not None and op.prefix == "not":
            return not self.truth(condition.args[0], place)
        values = [self.number_of(part) for part in condition.args]
        if op is None or op.infix not in _COMPARED or None in values:
            hint = "where(condition, x, 0) asks it of values"
            raise self.error("which terms there are hangs on numbers only: i != j", place, hint=hint, kind="shape")
        return _COMPARED[op.infix](*values)


_OPENING, _CLOSING, _TARGET = frozenset("(["), frozenset(")]"), frozenset({"name", "operator"})
_BEHIND = frozenset({"for", "if", ",", ")", "]"})
_ITERABLES: dict[str, Callable[[LoopReader], list[Term]]] = {
    "range": LoopReader.numbers,
    "zip": LoopReader.together,
    "enumerate": LoopReader.counted_off,
    "reversed": lambda reader: reader.iterable()[::-1],
}


def _tuple(terms: Sequence[Term]) -> Term:
    """Several terms as one, which names may unpack."""
    span = terms[0].span.to(terms[-1].span)
    return as_tuple(terms, span)
