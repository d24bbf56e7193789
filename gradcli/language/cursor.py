"""A place in the tokens, and what is wrong there: the half of the parser that knows no grammar."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gradcli.base.errors import ExpressionError, LimitError, Span, printable
from gradcli.base.limits import DEEP_STACK, on_another_stack
from gradcli.language import nodes
from gradcli.language.advice import unexpected
from gradcli.language.calls import NO_CONSTANT, Term
from gradcli.language.folding import fold_number
from gradcli.language.known import NOTHING
from gradcli.language.nodes import Size, Tree
from gradcli.language.tokens import Token, tokenize
from gradcli.operations.table import OPS, infix

MAX_NODES = 30_000  # of a tree, shared parts counted each time: a step of Runge and Kutta's has some 20,000
MAX_DEPTH = 100
# What nesting takes of Python's stack: frames to a level of text in the parser and of tree in what walks it, and for
# the work at the bottom. A text is read on another stack after so many levels, so that the caller's need not be deep.
FRAMES, TREE_FRAMES, BOTTOM = 20, 4, 100
LEVELS_A_STACK = 30
AHEAD = 3  # ends behind the end, so that looking ahead needs no bound


class Cursor:
    """The tokens of one text, the place in them, the depth of nesting, and where each node stands in the text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokenize(source)
        self.words = any(token.kind == "keyword" for token in self.tokens)  # is there anything but signs between terms?
        self.tokens += self.tokens[-1:] * AHEAD
        self.at = 0
        self.depth = 0
        room = _room() - BOTTOM
        self.first_stack = max(1, min(room // FRAMES, LEVELS_A_STACK))  # levels on the caller's
        self.tree_levels = max(1, min(room // TREE_FRAMES, 2 * MAX_DEPTH))
        self.spans: dict[Tree, Span] = {}
        self.known = NOTHING
        self.notes: dict[str, None] = {}
        self.edges: dict[str, tuple[str, ...]] = {}  # conditions of masks that may jump here, and the names in them
        self.counted: dict[str, None] = {}  # names whose values stand where a constant is due

    def note(self, text: str) -> None:
        """Something about the reading that whoever wrote the text should see."""
        self.notes.setdefault(text)

    def literal(self, value: object) -> Term:
        """A constant as a term."""
        return Term(nodes.of_constant(value), Span(0, 0), constant=value)

    def holds_truth(self, tree: Tree) -> bool:
        """Is it a name that was given truth values? It is not differentiated then."""
        found = tree.is_Symbol and self.known.is_mask(tree.name)
        if found:
            self.counted.setdefault(tree.name)
        return bool(found)

    def fails(self, tree: Tree, sign: str, bound: int) -> bool:
        """Is it certain that a comparison with a number does not hold for all entries?"""
        return self.refuted(nodes.make(infix(sign), [tree, nodes.number(bound)]))

    def refuted(self, condition: Tree) -> bool:
        """Is it certain that a condition does not hold for all entries? Not where values are unknown."""
        if self.known.asking is None:
            return False
        told = self.known.asking.mask(nodes.make(OPS["flatten"], [condition]))
        return told is not None and not all(told.truth)

    def number_of(self, tree: Tree) -> int | Fraction | float | None:
        """The value of a formula of numbers and of names that are known to be one; None where it has none."""
        plain = fold_number(tree)
        if plain is not None or not tree.free_symbols:
            return plain
        known = {symbol: self.known.number(symbol.name) for symbol in tree.free_symbols}
        found = fold_number(tree, {symbol: value for symbol, value in known.items() if value is not None})
        if found is None and self.known.asking is not None:
            whole = self.known.asking.whole(tree)
            found = whole if isinstance(whole, int) else None
        if found is not None:
            self.counted.update(dict.fromkeys(symbol.name for symbol in known))
        return found

    def numbers_of(self, tree: Tree) -> tuple[Any, ...] | None:  # Any: nested tuples of numbers, or of truth values
        """Whole numbers or truth values of a name with values, or whole ones of a formula of such: ``arange(n)``."""
        if tree.is_Symbol:
            found = self.known.numbers(tree.name)
        else:
            found = None if tree.is_number or self.known.asking is None else self.known.asking.whole(tree)
        if not isinstance(found, tuple):
            return None
        self.counted.update(dict.fromkeys(symbol.name for symbol in tree.free_symbols))
        return found

    def deeper(self, rule: Callable[[], Term]) -> Term:
        """Runs a rule that calls itself, counting its depth."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.too_deep(MAX_DEPTH, self.peek().span)
        full = self.depth >= self.first_stack and (self.depth - self.first_stack) % LEVELS_A_STACK == 0
        term = on_another_stack(rule) if full else rule()
        self.depth -= 1
        return term

    def join(
        self,
        tree: Tree,
        *terms: Term,
        is_condition: bool = False,
        start: Span | None = None,
        stop: Span | None = None,
        focus: Span | None = None,
    ) -> Term:
        """The Term of a node made of ``terms``; keeps its place, size and depth, and the bounds on them."""
        span, size, depth, sized = terms[0].span, 1, 0, False
        for term in terms:
            size += term.size
            depth = max(depth, term.depth)
            sized = sized or isinstance(term.constant, Size)
        for other in (terms[-1].span, start, stop):
            span = span.to(other) if other else span
        depth += 1
        if size > MAX_NODES:
            raise LimitError(
                f"the expression has more than {MAX_NODES:,} nodes",
                span=Span(span.start, span.start + 1),
                source=self.source,
            )
        if depth > self.tree_levels:
            raise self.too_deep(self.tree_levels, Span(span.start, span.start + 1))
        self.spans.setdefault(tree, span if focus is None else span._replace(focus=focus.start))
        constant = self._size_of(tree, span, terms) if sized else NO_CONSTANT
        return Term(tree, span, size, depth, is_condition, constant)

    def too_deep(self, levels: int, span: Span) -> LimitError:
        hint = None
        if levels < MAX_DEPTH:
            hint = f"Python's stack has no room for more here; sys.setrecursionlimit({DEEP_STACK}) makes it"
        return LimitError(f"nested deeper than {levels} levels", span=span, source=self.source, hint=hint)

    def _size_of(self, tree: Tree, span: Span, terms: Sequence[Term]) -> Any:  # Any: see Term.constant
        """The value of a formula of sizes, ``n + 1``, for where a constant is due."""
        sizes = {term.node: int(term.constant) for term in terms if isinstance(term.constant, Size)}
        found = fold_number(tree, sizes)
        return Size.of(self.source[span.start : span.stop], found) if isinstance(found, int) else NO_CONSTANT

    def text_of(self, term: Term) -> str:
        return printable(self.source[term.span.start : term.span.stop])

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[self.at + ahead]

    def peek_far(self, ahead: int) -> Token:
        """The token so many places ahead, or the end."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def take_keyword(self, word: str) -> bool:
        found = self.peek().text == word
        self.at += found
        return found

    def expect(self, text: str) -> None:
        if self.peek().text != text:
            raise self.unexpected(self.peek(), expected=text)
        self.at += 1

    def error(
        self, message: str, span: Span | None, *, hint: str | None = None, kind: str = "syntax"
    ) -> ExpressionError:
        return ExpressionError(message, span=span, source=self.source, hint=hint, kind=kind)

    def unexpected(self, token: Token, expected: str | None = None) -> ExpressionError:
        """What is wrong at ``token``; expected: the sign that is due there."""
        return unexpected(self, token, expected)

    def taken(self, name: str) -> bool:  # noqa: ARG002 - see the parser's
        """Is it a variable of the user's?"""
        return False


def _room() -> int:
    """Frames that Python's stack holds from here on."""
    used, frame = 0, inspect.currentframe()
    while frame is not None:
        used, frame = used + 1, frame.f_back
    return sys.getrecursionlimit() - used
