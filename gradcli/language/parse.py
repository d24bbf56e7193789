"""Text to tree: a precedence-climbing parser of Python's expression grammar, as far as mathematics needs it.

It is our own rather than Python's ``ast`` because the language differs in what people type most (``^``, ``x²``,
``lambda`` as a name, several statements), because every message must point at the character, and because user text
then never reaches Python's compiler at all. Nothing is evaluated: constants stay as they were written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial, reduce
from typing import Any

import sympy

from gradcli.base.errors import Span
from gradcli.base.wording import EXAMPLE
from gradcli.language import nodes
from gradcli.language.calls import NO_CONSTANT, Term, apply_row, as_condition, as_number
from gradcli.language.complex import is_complex
from gradcli.language.known import NOTHING, Known, Part, ShapeOf
from gradcli.language.nodes import Tree
from gradcli.language.primary import PrimaryReader
from gradcli.language.tokens import Token, normalise
from gradcli.operations.prefixes import same_library
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS, candidates, infix

_MINUS_ONE = sympy.Integer(-1)
_PRODUCTS = frozenset({"*", "/", "@", "%", "//", "⊗"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_OPENING = frozenset("([|‖-")
_MASKS = frozenset("&|")
_IMPORT = re.compile(r"import\s+([\w.]+)(?:\s+as\s+(\w+))?")
_IN_PLACE = {"+=": "+", "-=": "-", "*=": "*", "/=": "/", "@=": "@", "**=": "**", "//=": "//"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: tree, source text, where each node stands in it, and its free names in order.

    sized: do letters of sizes stand in it? Then it is another expression at other sizes.
    parts: what was assigned before, by name
    notes: what whoever wrote it should know of how it was read
    counted: names whose values stand where a constant is due, as an index or a size does: at other values it is another
             expression
    edges: conditions of masks that may jump at the values, and the names in them
    known: what was known of the names
    shaped: the shapes that decided how it was read, by their places in the text
    """

    tree: Tree
    source: str
    spans: Mapping[Tree, Span] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    sized: bool = False
    parts: Mapping[str, Tree] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    counted: frozenset[str] = frozenset()
    edges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Known = NOTHING
    shaped: Mapping[tuple[int, ...], Shape] = field(default_factory=dict)


def parse_condition(
    text: str,
    *,
    bound: Collection[str] = (),
    sizes: Mapping[str, int] | None = None,
    known: Known = NOTHING,
) -> Expression:
    """The tree of a condition such as ``x > 0`` or ``A == A.T``. Errors: as ``parse``.

    >>> str(parse_condition("0 < x").tree)
    'lt(0, x)'
    """
    return _Parser(normalise(text), frozenset(bound), {}, sizes or {}, known=known).program(condition=True)


def parse(
    text: str,
    *,
    bound: Collection[str] = (),
    constants: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
    conditions: Collection[str] = (),
    known: Known = NOTHING,
) -> Expression:
    """The tree of ``text``.

    bound:     names that the caller gives values; they hide the constants pi, e, ... and module prefixes such as F
    constants: names that stand for constants (``dim``, ``x.shape``) inside a row's own rule
    sizes:     letters of shapes; they are variables in the tree, and numbers where a constant is due: ``eye(n)/n``
    conditions: names that stand for conditions inside a row's own rule
    known:     values and axes of names: a number may be an index, a size or a parameter; and the shape of a part, on
               which it hangs whether ``A^T`` is a transpose or a power
    Errors: ExpressionError with the place, LimitError past a bound on length, nesting or size.

    >>> str(parse("x^2 + sin(x)").tree)
    'x**2 + sin(x)'
    """
    source = normalise(text)
    return _Parser(source, frozenset(bound), dict(constants or {}), sizes or {}, conditions, known).program()


def at_sizes(
    expression: Expression, sizes: Mapping[str, int], *, bound: Collection[str] = (), condition: bool = False
) -> Expression:
    """The expression where the letters of sizes stand for other numbers; itself where there is no letter in it.

    >>> at_sizes(parse("eye(n)", sizes={"n": 2}), {"n": 3}).tree.args[0].value[0]
    n=3
    """
    if not expression.sized:
        return expression
    read = parse_condition if condition else parse
    known = replace(expression.known, shape_of=_as_before(expression.shaped, sizes))
    return read(expression.source, bound=bound, sizes=sizes, known=known)


def _as_before(shaped: Mapping[tuple[int, ...], Shape], sizes: Mapping[str, int]) -> ShapeOf:
    """The shapes that decided before, at other sizes of their letters."""

    def shape_of(part: Part) -> Shape:
        before = shaped.get(part.place, ())
        return tuple(nodes.Size.of(str(n), sizes[str(n)]) if str(n) in sizes else n for n in before)

    return shape_of


class _Parser(PrimaryReader):
    """Statements, and the operators: one method for each level of precedence."""

    # -- statements

    def program(self, *, condition: bool = False) -> Expression:
        result: Term | None = None
        assigned = True
        while True:
            while self.peek().kind == "stop":
                self.at += 1
            if self.peek().kind == "end":
                break
            if self.imports():
                continue
            if result is not None and not assigned:
                raise self.error(
                    "this value is never used",
                    result.span,
                    hint="assign it (name = ...) or remove it; the last line is the expression",
                )
            result, assigned = self.statement()
            if self.peek().text == "," and self.peek(1).kind in {"stop", "end"}:
                self.at += 1
            if self.peek().kind not in {"stop", "end"}:
                raise self.unexpected(self.peek())
        if result is None:
            raise self.error("the expression is empty", None, hint=f"for instance: {EXAMPLE}")
        if condition:
            return self.read(as_condition(self, result))
        if result.is_condition:
            raise self.error(
                "a condition is true or false: it has no derivative",
                result.span,
                hint="where(condition, 1, 0) makes a number of it",
                kind="shape",
            )
        return self.read(as_number(self, self.real_result(result)))

    def read(self, tree: Tree) -> Expression:
        parts = {name: part for name, part in self.parts.items() if part is not tree}
        told = tuple(self.notes), frozenset(self.counted), self.edges, self.known, self.shaped
        return Expression(tree, self.source, self.spans, tuple(self.names), self.sized, parts, *told)

    def statement(self) -> tuple[Term, bool]:
        """The value of an expression or an assignment; is it assigned?"""
        names = self.targets()
        if names:
            value = self.right_side()
            self.assign(names, value)
            return value, True
        if self.returns(self.peek()):
            self.at += 1
        term = self.expression()
        if self.peek().text in _IN_PLACE:
            operator = self.peek().text
            raise self.error(
                f"{operator} changes {self.text_of(term)} in place; autograd needs the old value",
                self.peek().span,
                hint=f"make a new one: y = {self.text_of(term)} {_IN_PLACE[operator]} ...",
            )
        if self.peek().text == "=" and term.span.stop:
            raise self.error(
                f"{self.text_of(term)} cannot be assigned: arrays are not changed in place",
                self.peek().span,
                hint="assign a new name; build the array with [a, b], concat or where; == compares",
            )
        return term, False

    def imports(self) -> bool:
        """Goes past ``import numpy as np``: of a library that is known, by a name that is read as it."""
        if self.peek().text != "import" or self.taken("import"):
            return False
        stop = next(k for k in range(self.at, len(self.tokens)) if self.tokens[k].kind in {"stop", "end"})
        found = _IMPORT.fullmatch(self.source[self.peek().span.start : self.tokens[stop].span.start].strip())
        if found is None or not same_library(found[1], found[2] or found[1]):
            return False
        self.at = stop
        return True

    def returns(self, word: Token) -> bool:
        """Is it Python's ``return``, rather than a variable?"""
        if word.text != "return" or word.text in self.bound or word.text in self.assigned:
            return False
        return self.peek(1).kind in {"name", "number", "root", "keyword"} or self.peek(1).text in _OPENING

    def targets(self) -> list[Token]:
        """The names before a ``=``: ``x =``, ``a, b =``, ``(a, b) =``; none where no assignment begins."""
        if "=" not in self.source:
            return []
        ahead, found = 0, list[Token]()
        opened = self.peek().text == "("
        ahead += opened
        while self.peek_far(ahead).kind == "name":
            found.append(self.peek_far(ahead))
            comma = self.peek_far(ahead + 1).text == ","
            ahead += 1 + comma
            if not comma:
                break
        if opened and self.peek_far(ahead).text != ")":
            return []
        ahead += opened
        if len(found) == 1 and self.peek_far(ahead).text == ":":  # y: float = ...
            while self.peek_far(ahead).text != "=" and self.peek_far(ahead).kind not in {"stop", "end"}:
                ahead += 1
        if not found or self.peek_far(ahead).text != "=":
            return []
        self.at += ahead + 1
        return found

    def right_side(self) -> Term:
        """An expression, or several with commas between them: a tuple."""
        first = self.expression()
        items = [first]
        while self.peek().text == ",":
            self.at += 1
            if self.peek().kind in {"stop", "end"}:
                break
            items.append(self.expression())
        if len(items) == 1:
            return first
        span = first.span.to(items[-1].span)
        return Term(None, span, constant=tuple(item.constant for item in items), items=tuple(items))

    def assign(self, names: list[Token], value: Term) -> None:
        """Errors: ExpressionError where several names meet another number of values."""
        values = [value] if len(names) == 1 else self.unpacked(value, len(names))
        for name, term in zip(names, values, strict=True):
            self.assigned[name.text] = term
            if term.node is not None and not term.is_condition and not is_complex(term):
                self.parts[name.text] = term.node

    def unpacked(self, value: Term, count: int) -> list[Term]:
        """The parts of a list, of a call's several results, or the entries of an array of known length."""
        parts = self.entries(value)
        if len(parts) != count:
            raise self.error(f"{count} names, but {len(parts)} values", value.span, kind="shape")
        return parts

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
                nodes.make(OPS["where"], [condition, as_number(self, value), as_number(self, other)]),
                value,
                other,
            )
        return value

    def disjunction(self) -> Term:
        if not self.words:
            return self.comparison()
        return self.logical("or", self.conjunction)

    def conjunction(self) -> Term:
        return self.logical("and", self.negation)

    def logical(self, word: str, operand: Any) -> Term:  # Any: a bound method of this class
        left = operand()
        while self.take_keyword(word):
            left = self.both(word, left, operand())
        return left  # type: ignore[no-any-return]  # see operand

    def negation(self) -> Term:
        word = self.peek()
        if not self.take_keyword("not"):
            return self.comparison()
        term = self.deeper(self.negation)
        return self.opposite(term, word)

    def opposite(self, term: Term, word: Token) -> Term:
        tree = nodes.make(OPS["logical_not"], [as_condition(self, term)])
        return self.join(tree, term, is_condition=True, start=word.span)

    def masks(self, left: Term) -> Term:
        """``(x > 0) & (y > 0) | ~(z > 0)``, conditions as numpy and sympy join them; & binds more tightly."""
        either = [left]
        while self.peek().text in _MASKS:
            sign, right = self.next().text, self.sum()
            if sign == "&":
                either[-1] = self.both("and", either[-1], right)
            else:
                either.append(right)
        return reduce(partial(self.both, "or"), either)

    def both(self, word: str, left: Term, right: Term) -> Term:
        node = nodes.make(infix(word), [as_condition(self, left), as_condition(self, right)])
        return self.join(node, left, right, is_condition=True)

    def comparison(self) -> Term:
        left = self.sum()
        if self.peek().text in _MASKS and (left.is_condition or (left.node and self.holds_truth(left.node))):
            return self.masks(left)
        result: Term | None = None
        while self.peek().text in _COMPARISONS:
            sign = self.next()
            right = self.sum()
            node = nodes.make(infix(sign.text), [as_number(self, left), as_number(self, right)])
            link = self.join(node, left, right, is_condition=True, focus=sign.span)
            result, left = link if result is None else self.both("and", result, link), right
        return result or left

    def sum(self) -> Term:
        """A chain of + and - is one n-ary Add, so that long sums are not deep."""
        terms, signs = [self.product()], list[Token]()
        while self.peek().text in {"+", "-"}:
            sign = self.next()
            signs.append(sign)
            term = self.product()
            tree = as_number(self, term)
            terms.append(self.join(nodes.multiply(_MINUS_ONE, tree) if sign.text == "-" else tree, term))
        return self.chain(sympy.Add, terms, signs)

    def product(self) -> Term:
        factors, signs = [self.unary()], list[Token]()
        while self.peek().text in _PRODUCTS:
            sign = self.next()
            operator = sign.text
            right = self.unary()
            if operator == "*" and _repeats(factors[-1], right):
                raise self.error(
                    "[...]*n repeats a list in Python, but here it multiplies the entries",
                    factors[-1].span.to(right.span),
                    hint=f"write {right.constant}*[...] to multiply; ones(n) and zeros(n) make arrays",
                )
            if operator in {"*", "/"}:
                tree = as_number(self, right)
                factors.append(self.join(nodes.inverse(tree) if operator == "/" else tree, right))
                signs.append(sign)
            else:
                left = self.chain(sympy.Mul, factors, signs)
                factors, signs = [self.paired(sign, left, right)], []
        return self.chain(sympy.Mul, factors, signs)

    def paired(self, sign: Token, left: Term, right: Term) -> Term:
        """``left @ right``, and the other signs between two operands."""
        if sign.text == "⊗":
            return apply_row(self, sign.text, candidates("kron"), [left, right], {}, left.span.to(right.span))
        if sign.text == "@":
            self.note_dot(left, right)
        node = nodes.make(infix(sign.text), [as_number(self, left), as_number(self, right)])
        return self.join(node, left, right, focus=sign.span)

    def chain(self, kind: type[Tree], terms: list[Term], signs: list[Token]) -> Term:
        """The sum or the product of terms: (a + b) + c is a + b + c."""
        if len(terms) == 1:
            return terms[0]
        first, *rest = (as_number(self, term) for term in terms)
        made = kind(*nodes.terms_of(first, kind), *rest, evaluate=False)
        return self.join(made, *terms, focus=signs[0].span if len(signs) == 1 else None)

    def unary(self) -> Term:
        sign = self.peek()
        if sign.text in {"-", "+"}:
            self.at += 1
            term = self.deeper(self.unary)
            tree = as_number(self, term)
            made = self.join(nodes.negate(tree) if sign.text == "-" else tree, term, start=sign.span)
            plain = isinstance(term.constant, int | Fraction) and not isinstance(term.constant, bool)
            constant = NO_CONSTANT if not plain else -term.constant if sign.text == "-" else term.constant
            return made._replace(constant=constant)
        if sign.text == "~":
            self.at += 1
            return self.opposite(self.deeper(self.unary), sign)
        return self.power()

    def power(self) -> Term:
        base = self.postfix()
        if self.peek().text == "**":
            sign = self.next()
            turned = self.turned(base)
            if turned is not None:
                return turned
            exponent = self.deeper(self.unary)
            self.note_reciprocals(base, exponent)
            return self.join(
                nodes.power(as_number(self, base), as_number(self, exponent)), base, exponent, focus=sign.span
            )
        return base


def _repeats(left: Term, right: Term) -> bool:
    """``[0]*5``: a list of one constant times a whole number."""
    return (
        isinstance(left.constant, tuple)
        and left.node is not None
        and len(left.constant) == 1
        and isinstance(right.constant, int)
    )
