"""Text to tree: a precedence-climbing parser of Python's expression grammar, as far as mathematics needs it.

It is our own rather than Python's ``ast`` because the language differs in what people type most (``^``, ``x²``,
``lambda`` as a name, several statements), because every message must point at the character, and because user text
then never reaches Python's compiler at all. Nothing is evaluated: constants stay as they were written.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf
from typing import Any

import sympy

from gradcli.errors import Span
from gradcli.language import nodes
from gradcli.language.calls import NO_CONSTANT, Term, apply_row, as_condition, as_number, unknown_function
from gradcli.language.cursor import method_hint
from gradcli.language.indexing import IndexReader
from gradcli.language.nodes import Tree
from gradcli.language.table import METHOD, PREFIX_ROOTS, PREFIXES, candidates, function_names
from gradcli.language.tokens import Token, normalise

CONSTANTS: dict[str, Tree] = {
    "pi": sympy.pi, "π": sympy.pi, "e": sympy.E, "tau": nodes.multiply(sympy.Integer(2), sympy.pi), "inf": sympy.oo, "nan": sympy.nan,
}  # fmt: skip

_MINUS_ONE = sympy.Integer(-1)
_COMPARISONS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}
_IN_PLACE = {"+=": "+", "-=": "-", "*=": "*", "/=": "/", "@=": "@", "**=": "**", "//=": "//"}


sys.setrecursionlimit(max(sys.getrecursionlimit(), 6_000))  # nesting to MAX_DEPTH costs Python and sympy many frames


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: the tree, the text it came from, where each node stands in it, and its free names in order."""

    tree: Tree
    source: str
    spans: Mapping[Tree, Span] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def parse_condition(text: str, *, bound: Collection[str] = (), sizes: Mapping[str, int] | None = None) -> Expression:
    """The tree of a condition such as ``x > 0`` or ``A == A.T``. Errors: as ``parse``.

    >>> str(parse_condition("0 < x").tree)
    'lt(0, x)'
    """
    return _Parser(normalise(text), frozenset(bound), {}, sizes or {}).program(condition=True)


def parse(
    text: str, *, bound: Collection[str] = (), constants: Mapping[str, Any] | None = None, sizes: Mapping[str, int] | None = None
) -> Expression:  # fmt: skip
    """The tree of ``text``.

    bound:     names that the caller gives values; they hide the constants pi, e, ... and module prefixes such as F
    constants: names that stand for constant arguments (``dim``) inside a row's own slope text
    sizes:     letters of shapes; they are variables in the tree, and numbers where a constant is due: ``eye(n)/n``
    Errors: ExpressionError with the place, LimitError past a bound on length, nesting or size.

    >>> str(parse("x^2 + sin(x)").tree)
    'x**2 + sin(x)'
    """
    source = normalise(text)
    return _Parser(source, frozenset(bound), dict(constants or {}), sizes or {}).program()


class _Parser(IndexReader):
    """The grammar: one method for each level of precedence; the names assigned and met so far."""

    def __init__(
        self, source: str, bound: frozenset[str], constants: dict[str, Any], sizes: Mapping[str, int]
    ) -> None:  # Any: see parse
        super().__init__(source)
        self.bound = bound
        self.assigned: dict[str, Term] = {
            name: Term(_node_of(value), Span(0, 0), constant=value) for name, value in constants.items()
        } | {
            name: Term(nodes.symbol(name), Span(0, 0), constant=nodes.Size.of(name, value))
            for name, value in sizes.items()
        }
        self.names: dict[str, None] = {}

    # -- statements

    def program(self, *, condition: bool = False) -> Expression:
        result: Term | None = None
        while True:
            while self.peek().kind == "stop":
                self.at += 1
            if self.peek().kind == "end":
                break
            if result is not None:
                raise self.error(
                    "this value is never used",
                    result.span,
                    hint="assign it (name = ...) or remove it; the last line is the expression",
                )
            result = self.statement()
            if self.peek().kind not in {"stop", "end"}:
                raise self.unexpected(self.peek())
        if result is None:
            what = (
                "the last statement must be an expression, not an assignment"
                if self.assigned
                else "the expression is empty"
            )
            raise self.error(what, None, hint="for instance: gradcli grad 'x**2' x=3")
        if condition:
            return Expression(as_condition(self, result), self.source, self.spans, tuple(self.names))
        if result.is_condition:
            raise self.error(
                "a condition is true or false: it has no derivative",
                result.span,
                hint="where(condition, 1, 0) makes a number of it",
                kind="shape",
            )
        return Expression(as_number(self, result), self.source, self.spans, tuple(self.names))

    def statement(self) -> Term | None:
        """An expression, or None for an assignment."""
        name, sign = self.peek(), self.peek(1)
        if name.kind == "name" and sign.text == "=" and sign.kind == "operator":
            self.at += 2
            self.assigned[name.text] = self.expression()
            return None
        term = self.expression()
        if self.peek().text in _IN_PLACE:
            operator = self.peek().text
            raise self.error(
                f"{operator} changes {self.text_of(term)} in place; autograd needs the old value",
                self.peek().span, hint=f"make a new one: y = {self.text_of(term)} {_IN_PLACE[operator]} ...",
            )  # fmt: skip
        if self.peek().text == "=" and term.span.stop:
            raise self.error(
                f"{self.text_of(term)} cannot be assigned: arrays are not changed in place",
                self.peek().span, hint="assign a new name; build the array with [a, b], concat or where; == compares",
            )  # fmt: skip
        return term

    # -- expressions, loosest first

    def expression(self) -> Term:
        return self.deeper(self.conditional)

    def conditional(self) -> Term:
        value = self.disjunction()
        if self.take_keyword("if"):
            condition = as_condition(self, self.disjunction())
            if not self.take_keyword("else"):
                raise self.error(
                    "`a if condition` needs its else", self.peek().span, hint="write a if condition else b"
                )
            other = self.expression()
            value = self.join(
                nodes.make(candidates("where")[0][0], [condition, as_number(self, value), as_number(self, other)]),
                value,
                other,
            )
        return value

    def disjunction(self) -> Term:
        return self.logical("or", "logical_or", self.conjunction)

    def conjunction(self) -> Term:
        return self.logical("and", "logical_and", self.negation)

    def logical(self, word: str, name: str, operand: Any) -> Term:  # Any: a bound method of this class
        left = operand()
        while self.take_keyword(word):
            right = operand()
            node = nodes.make(candidates(name)[0][0], [as_condition(self, left), as_condition(self, right)])
            left = self.join(node, left, right, is_condition=True)
        return left  # type: ignore[no-any-return]  # see operand

    def negation(self) -> Term:
        word = self.peek()
        if not self.take_keyword("not"):
            return self.comparison()
        term = self.deeper(self.negation)
        return self.join(
            nodes.make(candidates("logical_not")[0][0], [as_condition(self, term)]),
            term,
            is_condition=True,
            start=word.span,
        )

    def comparison(self) -> Term:
        left = self.sum()
        result: Term | None = None
        while self.peek().kind == "operator" and self.peek().text in _COMPARISONS:
            sign = self.next()
            name = _COMPARISONS[sign.text]
            right = self.sum()
            node = nodes.make(candidates(name)[0][0], [as_number(self, left), as_number(self, right)])
            link = self.join(node, left, right, is_condition=True, focus=sign.span)
            if result is not None:
                both = nodes.make(candidates("logical_and")[0][0], [result.tree, link.tree])
                link = self.join(both, result, link, is_condition=True)
            result, left = link, right
        return result or left

    def sum(self) -> Term:
        """A chain of + and - is one n-ary Add, so that long sums are not deep."""
        terms, signs = [self.product()], list[Token]()
        while self.peek().kind == "operator" and self.peek().text in {"+", "-"}:
            sign = self.next()
            minus, signs = sign.text == "-", [*signs, sign]
            term = self.product()
            tree = as_number(self, term)
            terms.append(self.join(nodes.multiply(_MINUS_ONE, tree) if minus else tree, term))
        return self.chain(nodes.add, terms, signs)

    def product(self) -> Term:
        factors, signs = [self.unary()], list[Token]()
        while self.peek().kind == "operator" and self.peek().text in {"*", "/", "@", "%", "//"}:
            sign = self.next()
            operator = sign.text
            right = self.unary()
            if operator == "*" and _repeats(factors[-1], right):
                raise self.error(
                    "[...]*n repeats a list in Python, but here it multiplies the entries", factors[-1].span.to(right.span),
                    hint=f"write {right.constant}*[...] to multiply; ones(n) and zeros(n) make arrays",
                )  # fmt: skip
            if operator in {"*", "/"}:
                tree = as_number(self, right)
                factors.append(self.join(nodes.inverse(tree) if operator == "/" else tree, right))
                signs.append(sign)
            else:
                name = {"@": "matmul", "%": "mod", "//": "floor_divide"}[operator]
                left = self.chain(nodes.multiply, factors, signs)
                node = nodes.make(candidates(name)[0][0], [as_number(self, left), as_number(self, right)])
                factors, signs = [self.join(node, left, right, focus=sign.span)], []
        return self.chain(nodes.multiply, factors, signs)

    def chain(self, build: Any, terms: list[Term], signs: list[Token]) -> Term:  # Any: nodes.add or nodes.multiply
        if len(terms) == 1:
            return terms[0]
        first, *rest = (as_number(self, term) for term in terms)
        head = first.args if isinstance(first, type(build(first, first))) else (first,)  # (a + b) + c is a + b + c
        return self.join(build(*head, *rest), *terms, focus=signs[0].span if len(signs) == 1 else None)

    def unary(self) -> Term:
        sign = self.peek()
        if sign.kind == "operator" and sign.text in {"-", "+"}:
            self.at += 1
            term = self.deeper(self.unary)
            tree = as_number(self, term)
            made = self.join(nodes.negate(tree) if sign.text == "-" else tree, term, start=sign.span)
            plain = isinstance(term.constant, int | Fraction) and not isinstance(term.constant, bool)
            constant = NO_CONSTANT if not plain else -term.constant if sign.text == "-" else term.constant
            return replace(made, constant=constant)
        return self.power()

    def power(self) -> Term:
        base = self.postfix()
        if self.peek().kind == "operator" and self.peek().text == "**":
            sign = self.next()
            exponent = self.deeper(self.unary)
            return self.join(
                nodes.power(as_number(self, base), as_number(self, exponent)), base, exponent, focus=sign.span
            )
        return base

    def postfix(self) -> Term:
        term = self.atom()
        while True:
            token = self.peek()
            if token.text == "[" and token.kind == "operator":
                term = self.subscript(term)
            elif token.text == "." and token.kind == "operator":
                term = self.attribute(term)
            elif token.kind == "superscript":
                self.at += 1
                term = self.join(
                    nodes.power(as_number(self, term), sympy.Integer(int(token.text))), term, stop=token.span
                )
            elif token.kind == "transpose":
                self.at += 1
                term = apply_row(self, ".T", candidates("T", METHOD), [term], {}, term.span.to(token.span))
            else:
                return term

    # -- atoms

    def atom(self) -> Term:
        token = self.next()
        if token.kind == "number":
            value = Fraction(token.text)
            exact = int(value) if value.denominator == 1 and not set(token.text) & set(".eE") else value
            return self.leaf(nodes.number(value), token.span, constant=exact)
        if token.kind == "name":
            return self.name(token)
        if token.kind == "root":
            argument = self.deeper(self.postfix)
            return apply_row(self, "sqrt", candidates("sqrt"), [argument], {}, token.span.to(argument.span))
        if token.kind == "text":
            return Term(None, token.span, constant=token.text[1:-1])
        if token.kind == "keyword" and token.text in {"True", "False", "None"}:
            return Term(None, token.span, constant={"True": True, "False": False, "None": None}[token.text])
        if token.text == "(":
            return self.parenthesis(token)
        if token.text == "[":
            return self.brackets(token)
        if token.text == "..." and self.peek().text in {",", "]"}:
            return Term(None, token.span, constant=Ellipsis)
        self.at -= 1
        raise self.unexpected(token)

    def leaf(self, tree: Tree, span: Span, constant: Any = NO_CONSTANT) -> Term:  # Any: see Term
        self.spans.setdefault(tree, span)
        return Term(tree, span, constant=constant)

    def parenthesis(self, start: Token) -> Term:
        """``(x)`` is x; ``(2, 3)`` is a constant, for sizes and axes."""
        if self.peek().text == ")":
            self.at += 1
            return Term(None, start.span, constant=())
        items, comma = self.items(")")
        span = start.span.to(self.tokens[self.at - 1].span)
        if not comma:
            item = items[0]
            return Term(item.node, span, item.size, item.depth, item.is_condition, item.constant)
        return Term(None, span, constant=tuple(item.constant for item in items), items=tuple(items))

    def brackets(self, start: Token) -> Term:
        if self.peek().text == "]":
            raise self.error("[] holds nothing", start.span)
        items, _ = self.items("]")
        span = start.span.to(self.tokens[self.at - 1].span)
        constant = (
            tuple(item.constant for item in items)
            if all(isinstance(item.constant, int) for item in items)
            else NO_CONSTANT
        )
        term = apply_row(self, "[ ]", candidates("stack"), [Term(None, span, items=tuple(items))], {}, span)
        return Term(term.node, span, term.size, term.depth, constant=constant, items=tuple(items))

    def items(self, closing: str) -> tuple[list[Term], bool]:
        """Expressions up to ``closing``, and whether there was a comma."""
        items, comma = [self.expression()], False
        while self.peek().text == "," and self.peek().kind == "operator":
            self.at += 1
            comma = True
            if self.peek().text == closing:
                break
            items.append(self.expression())
        self.expect(closing)
        return items, comma

    def name(self, token: Token) -> Term:
        name = token.text
        if self.peek().text == "(" and self.peek().kind == "operator":
            return self.call(name, candidates(name), token.span)
        if name in self.assigned:
            value = self.assigned[name]
            return Term(value.node, token.span, value.size, value.depth, value.is_condition, value.constant)
        if name not in self.bound and name in PREFIX_ROOTS and self.peek().text == ".":
            return self.prefixed(token)
        if name in CONSTANTS and name not in self.bound:
            return self.leaf(CONSTANTS[name], token.span, constant=inf if name == "inf" else NO_CONSTANT)
        self.names.setdefault(name)
        return self.leaf(nodes.symbol(name), token.span)

    def prefixed(self, token: Token) -> Term:
        """``torch.linalg.inv(A)``, ``np.pi``: the dotted name up to its last part."""
        parts, span = [token.text], token.span
        while self.peek().text == "." and self.peek(1).kind == "name":
            parts.append(self.peek(1).text)
            span = span.to(self.peek(1).span)
            self.at += 2
        library, name = PREFIXES.get(".".join(parts[:-1])), parts[-1]
        if library is None:
            raise self.error(f"'{'.'.join(parts)}' is not read", span, hint=_prefix_hint(parts[-1]), kind="name")
        if self.peek().text == "(":
            return self.call(name, candidates(name, library), span, ".".join(parts))
        if name in CONSTANTS:
            return self.leaf(CONSTANTS[name], span, constant=inf if name == "inf" else NO_CONSTANT)
        raise self.error(f"'{'.'.join(parts)}' is not a constant", span, kind="name")

    # -- calls, indices, methods

    def call(self, name: str, rows: Any, span: Span, shown: str | None = None) -> Term:  # Any: see candidates
        if not rows:
            raise unknown_function(
                self, shown or name, span, known=name in self.bound or name in self.assigned or name in CONSTANTS
            )
        positional, keywords, stop = self.arguments()
        return apply_row(self, shown or name, rows, positional, keywords, span.to(stop))

    def arguments(self) -> tuple[list[Term], dict[str, Term], Span]:
        self.expect("(")
        positional: list[Term] = []
        keywords: dict[str, Term] = {}
        while self.peek().text != ")":
            if self.peek().kind == "name" and self.peek(1).text == "=":
                key = self.next()
                self.at += 1
                if key.text in keywords:
                    raise self.error(f"{key.text}= is given twice", key.span, kind="arity")
                keywords[key.text] = self.expression()
            elif keywords:
                raise self.error("a positional argument after a named one", self.peek().span, kind="arity")
            else:
                positional.append(self.expression())
            if self.peek().text != ")":
                self.expect(",")
        return positional, keywords, self.next().span

    def attribute(self, term: Term) -> Term:
        self.at += 1
        token = self.next()
        if token.kind != "name":
            raise self.unexpected(token)
        span = term.span.to(token.span)
        name = token.text
        called = self.peek().text == "(" and self.peek().kind == "operator"
        rows = candidates(name, METHOD)
        if not called and name in {"T", "mT"}:
            return apply_row(self, f".{name}", rows, [term], {}, span)
        if name in {"T", "mT"}:
            raise self.error(f".{name} is not called", span, hint=f"write {self.text_of(term)}.{name}")
        if name.endswith("_") and candidates(name.rstrip("_")):
            raise self.error(
                f".{name}() works in place: it overwrites a value that autograd needs", span,
                hint=f"write {self.text_of(term)}.{name.rstrip('_')}(...), which makes a new one", kind="name",
            )  # fmt: skip
        if not rows or not called:
            raise self.error(f"'.{name}' is not read", token.span, hint=method_hint(name, bool(rows)), kind="name")
        positional, keywords, stop = self.arguments()
        return apply_row(self, f".{name}", rows, [term, *positional], keywords, span.to(stop))

    def subscript(self, term: Term) -> Term:
        start = self.next()
        if (
            term.node is not None
            and isinstance(term.node, sympy.Symbol)
            and term.node.name in function_names()
            and term.node.name not in self.bound
        ):
            raise self.error(
                f"{term.node.name} is a function", term.span, hint=f"write {term.node.name}(...)", kind="name"
            )
        if self.peek().text == "]":
            raise self.error("[] needs an index", start.span.to(self.peek().span))
        entries = self.index_entries()
        span = term.span.to(self.tokens[self.at - 1].span)
        if entries.count(Ellipsis) > 1:
            raise self.error("an index has one ... at most", span)
        op = candidates("index")[0][0]
        return self.join(nodes.make(op, [as_number(self, term)], (entries,)), term, stop=span)


def _prefix_hint(name: str) -> str:
    """What to write instead of a dotted name whose prefix is not known; torch.autograd.grad gives a tuple, grad does not."""
    if any(op.differentiates for op, _ in candidates(name)):
        return f"write {name}(f, x): it can be differentiated again, and gives an array, not a tuple"
    return f"prefixes that are: {', '.join(PREFIXES)}"


def _node_of(value: object) -> Tree | None:
    """A constant argument's node, where it is a number."""
    return nodes.number(value) if isinstance(value, int | Fraction) and not isinstance(value, bool) else None


def _repeats(left: Term, right: Term) -> bool:
    """``[0]*5``: a list of one constant times a whole number."""
    return (
        isinstance(left.constant, tuple)
        and left.node is not None
        and len(left.constant) == 1
        and isinstance(right.constant, int)
    )
