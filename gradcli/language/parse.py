"""Text to tree: a precedence-climbing parser of Python's expression grammar, as far as mathematics needs it.

It is our own rather than Python's ``ast`` because the language differs in what people type most (``^``, ``x²``,
``lambda`` as a name, several statements), because every message must point at the character, and because user text
then never reaches Python's compiler at all. Nothing is evaluated: constants stay as they were written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache, partial, reduce
from typing import Any

import sympy

from gradcli.base.errors import Span
from gradcli.base.wording import EXAMPLE
from gradcli.language import nodes
from gradcli.language.calls import NO_CONSTANT, Term, apply_row, as_condition, as_number, constant_of
from gradcli.language.known import NOTHING, Known, Part, ShapeOf
from gradcli.language.nodes import Tree
from gradcli.language.statements import StatementReader
from gradcli.language.tokens import Token, normalise
from gradcli.language.tuples import is_tuple, joined, leaves, repeated
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS, candidates, infix

KEPT = 256  # expressions that were read last: the lines of a derivation, each at several sizes
_MINUS_ONE = sympy.Integer(-1)
_PRODUCTS = frozenset({"*", "/", "@", "%", "//", "⊗"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_MASKS = frozenset("&|")


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
    if constants or conditions or known is not NOTHING:
        return _Parser(
            normalise(text), frozenset(bound), dict(constants or {}), sizes or {}, conditions, known
        ).program()
    return _as_text(text, frozenset(bound), tuple((sizes or {}).items()))


@lru_cache(maxsize=KEPT)
def _as_text(text: str, bound: frozenset[str], sizes: tuple[tuple[str, int], ...]) -> Expression:
    """The tree of a text of which nothing is known besides: a derivation asks for that of a line again and again."""
    return _Parser(normalise(text), bound, {}, dict(sizes)).program()


def at_sizes(
    expression: Expression, sizes: Mapping[str, int], *, bound: Collection[str] = (), condition: bool = False
) -> Expression:
    """The expression where the letters of sizes stand for other numbers; itself where there is no letter in it.

    >>> at_sizes(parse("eye(n)", sizes={"n": 2}), {"n": 3}).tree.args[0].value[0]
    n=3
    """
    if not expression.sized:
        return expression
    told = expression.known
    at = _At(tuple(sizes.items()), frozenset(bound), condition)
    if told.values or told.asking is not None:
        return _read_at(expression.source, expression.shaped, at, told)
    return _kept_at(expression.source, tuple(expression.shaped.items()), at, tuple(told.ranks.items()))


@dataclass(frozen=True, slots=True)
class _At:
    """How a text is read at other sizes."""

    sizes: tuple[tuple[str, int], ...]
    bound: frozenset[str]
    condition: bool


@lru_cache(maxsize=KEPT)
def _kept_at(
    source: str, shaped: tuple[tuple[tuple[int, ...], Shape], ...], at: _At, ranks: tuple[tuple[str, int], ...]
) -> Expression:
    return _read_at(source, dict(shaped), at, Known(ranks=dict(ranks)))


def _read_at(source: str, shaped: Mapping[tuple[int, ...], Shape], at: _At, told: Known) -> Expression:
    sizes = dict(at.sizes)
    read = parse_condition if at.condition else parse
    return read(source, bound=at.bound, sizes=sizes, known=replace(told, shape_of=_as_before(shaped, sizes)))


def _as_before(shaped: Mapping[tuple[int, ...], Shape], sizes: Mapping[str, int]) -> ShapeOf:
    """The shapes that decided before, at other sizes of their letters."""

    def shape_of(part: Part) -> Shape:
        before = shaped.get(part.place, ())
        return tuple(nodes.Size.of(str(n), sizes[str(n)]) if str(n) in sizes else n for n in before)

    return shape_of


class _Parser(StatementReader):
    """The operators: one method for each level of precedence."""

    # -- the whole text

    def program(self, *, condition: bool = False) -> Expression:
        result, _ = self.last_of()
        if result is None:
            raise self.error("the expression is empty", None, hint=f"for instance: {EXAMPLE}")
        if result.function is not None:
            result = self.in_its_parameters(result)
        if is_tuple(result) and result.items:
            result = self.as_one(result)
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

    def as_one(self, several: Term) -> Term:
        """Several results as one array: stacked where all have one shape, else all their entries in a row."""
        items = leaves(several)
        if not items:
            raise self.error("() holds nothing", several.span)
        trees = [as_number(self, self.real_result(item)) for item in items]
        places = [Span(several.span.start, -1 - k) for k in range(len(items))]  # one call may give them all
        shapes = {self.shape_at(Term(tree, at), at) for tree, at in zip(trees, places, strict=True)}
        if len(shapes) == 1:
            self.note(f"{len(items)} results as one array, whose first axis counts them")
            return self.join(nodes.make(OPS["stack"], trees, (0,)), *items)
        self.note(f"{len(items)} results of several shapes as one vector: the entries of each, one after another")
        flat = [nodes.make(OPS["flatten"], [tree]) for tree in trees]
        return self.join(nodes.make(OPS["concat"], flat, (0,)), *items)

    def read(self, tree: Tree) -> Expression:
        parts = {name: part for name, part in self.parts.items() if part is not tree}
        told = tuple(self.notes), frozenset(self.counted), self.edges, self.known, self.shaped
        return Expression(tree, self.source, self.spans, tuple(self.names), self.sized, parts, *told)

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

    def differing(self, left: Term, right: Term, sign: Token) -> Term:
        """Where one of two conditions holds, and not the other."""
        node = nodes.make(infix("!="), [as_number(self, left), as_number(self, right)])
        return self.join(node, left, right, is_condition=True, focus=sign.span)

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
            if sign.text == "+" and is_tuple(term) and is_tuple(terms[0]):
                terms = [joined(terms[0], term)]
                continue
            tree = as_number(self, term)
            terms.append(self.join(nodes.multiply(_MINUS_ONE, tree) if sign.text == "-" else tree, term))
        return self.chain(sympy.Add, terms, signs)

    def product(self) -> Term:
        factors, signs = [self.unary()], list[Token]()
        while self.peek().text in _PRODUCTS:
            sign = self.next()
            operator = sign.text
            right = self.unary()
            times = self.times(factors[-1], right) if operator == "*" else None
            if times is not None:
                factors[-1] = repeated(factors[-1], times, factors[-1].span.to(right.span))
                continue
            if operator == "*" and _repeats(factors[-1], right):
                raise self.error(
                    "[...]*n repeats a list in Python, but here it multiplies the entries",
                    factors[-1].span.to(right.span),
                    hint=f"write {right.constant}*[...] to multiply; ones(n) and zeros(n) make arrays",
                )
            if operator == "*" and factors[-1].is_condition and right.is_condition:
                factors[-1] = self.both("and", factors[-1], right)
            elif operator in {"*", "/"}:
                tree = as_number(self, right)
                factors.append(self.join(nodes.inverse(tree) if operator == "/" else tree, right))
                signs.append(sign)
            else:
                left = self.chain(sympy.Mul, factors, signs)
                factors, signs = [self.paired(sign, left, right)], []
        return self.chain(sympy.Mul, factors, signs)

    def times(self, left: Term, right: Term) -> int | None:
        """How often a tuple is repeated; None where there is none."""
        count = constant_of(self, right) if is_tuple(left) else None
        return count if isinstance(count, int) else None

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
            if base.is_condition and exponent.is_condition:  # ^ of masks
                return self.differing(base, exponent, sign)
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
