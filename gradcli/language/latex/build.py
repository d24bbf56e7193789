"""Nodes of what the grammar recognises: one method a rule, called from the innermost outwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from gradcli.base.errors import ExpressionError, LimitError, Span
from gradcli.language.latex import nodes, tables
from gradcli.language.latex.assembly import arguments_of, unwrapped
from gradcli.language.latex.derivatives import fraction, subscript_variables
from gradcli.language.latex.heads import Braces, Differential, Head, Item, over, two_ways
from gradcli.language.latex.nodes import Letter, Node, Number, Power
from gradcli.language.latex.products import product_of
from gradcli.language.latex.tokens import Token

MAX_LEVELS = 120  # of a tree; what reads it goes through it recursively
_MARKS = frozenset({"prime", "star"})
Children = Sequence[Any]  # Any: tokens and nodes, by rule


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands in braces, and their place."""

    node: Node
    span: Span


class Builder:
    """The methods have the names of the grammar's rules."""

    # -- lists, relations, sums

    def start(self, parts: Children) -> Node:
        return finished(unwrapped(parts[0]))

    def content(self, parts: Children) -> Node:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]  # a node, whose braces and brackets are still to come
        upper, sign, lower = unwrapped(parts[0]), parts[1], unwrapped(parts[2])
        span = upper.span.to(lower.span)
        if sign.value == "choose":
            return nodes.Binomial(upper, lower, span=span)
        return fraction(upper, lower, span) or nodes.Quotient(upper, lower, "over", span=span)

    def listed(self, parts: Children) -> Node:
        items = tuple(unwrapped(part) for part in parts[::2])
        return nodes.Listed(items, span=over(items))

    def joined(self, parts: Children) -> Node:
        kinds = {token.value for token in parts[1::2]}
        items = tuple(unwrapped(part) for part in parts[::2])
        if len(kinds) > 1:
            raise ExpressionError(
                "and beside or: two readings", span=over(items), hint="write brackets around one of them"
            )
        return nodes.Joined(kinds.pop(), items, span=over(items))

    def relation(self, parts: Children) -> Node:
        items = tuple(unwrapped(part) for part in parts[::2])
        return nodes.Relation(items, tuple(token.value for token in parts[1::2]), span=over(items))

    def sum(self, parts: Children) -> Node:
        terms = [unwrapped(parts[0])]
        for sign, term in zip(parts[1::2], parts[2::2], strict=True):
            terms.append(_signed(sign, term))
        return nodes.Sum(tuple(terms), span=over((terms[0], terms[-1])))

    def signed(self, parts: Children) -> Node:
        return _signed(*parts)

    # -- products

    def product(self, parts: Children) -> Node:
        first = parts[0]
        return product_of((Item("", first, first.span), *parts[1:]))

    def beside(self, parts: Children) -> Item:
        return Item("", parts[0], parts[0].span)

    def with_sign(self, parts: Children) -> Item:
        sign, unit = parts[0], parts[-1]
        negative = len(parts) == 3 and parts[1].value == "-"
        return Item(sign.value, unit, sign.span.to(unit.span), negative)

    # -- units: an atom with its scripts

    def unit(self, parts: Children) -> Node:
        if len(parts) == 1:
            return _atom(parts[0])
        return _Scripts(parts[0]).of(parts[1:])

    def raised(self, parts: Children) -> tuple[str, Node, Span]:
        return "^", parts[1].node, parts[0].span.to(parts[1].span)

    def lowered(self, parts: Children) -> tuple[str, Node, Span]:
        return "_", parts[1].node, parts[0].span.to(parts[1].span)

    def prime(self, parts: Children) -> tuple[str, None, Span]:
        return "'", None, parts[0].span

    def bang(self, parts: Children) -> tuple[str, None, Span]:
        return "!", None, parts[0].span

    def arg(self, parts: Children) -> Argument:
        return Argument(unwrapped(parts[1]), parts[0].span.to(parts[2].span))

    # -- atoms

    def accent(self, parts: Children) -> Node:
        mark, argument = parts
        body = argument.node
        if not isinstance(body, Letter):
            if isinstance(body, Number):
                body = Letter(body.text, span=body.span)
            else:
                what = "a bar over several letters may be a mean, a conjugate or a name" if mark.value == "bar" else (
                    f"{mark.text} over several letters")  # fmt: skip
                raise ExpressionError(what, span=mark.span.to(body.span), hint=f"use one letter: {mark.text}{{x}}")
        return replace(body, marks=(*body.marks, mark.value), span=mark.span.to(argument.span))

    def frac(self, parts: Children) -> Node:
        token, upper, lower = parts
        span = token.span.to(lower.span)
        found = fraction(upper.node, lower.node, span)
        return found or nodes.Quotient(upper.node, lower.node, "frac", span=span)

    def binom(self, parts: Children) -> Node:
        token, upper, lower = parts
        return nodes.Binomial(upper.node, lower.node, span=token.span.to(lower.span))

    def root(self, parts: Children) -> Node:
        degree = parts[1].node if len(parts) == 3 else None
        return nodes.Root(parts[-1].node, degree, span=parts[0].span.to(parts[-1].span))

    def derivative(self, parts: Children) -> Node:
        r"""``\dv[2]{f}{x}``: the order, if given, then the function, if there is more than one, then the variables."""
        token, end = parts[0], parts[-1]
        given = [part.node for part in parts[1:-1]]
        order = given.pop(0) if end.value else None
        body = given.pop(0) if len(given) > 1 else None
        variables = tuple(variable for part in given for variable in subscript_variables(part))
        if order is not None:
            if not (isinstance(order, Number) and order.text in set("123456789") and len(variables) == 1):
                raise ExpressionError("the order of this derivative is not read", span=order.span)
            variables *= int(order.text)
        span = token.span.to(parts[-2].span)
        return nodes.Derivative(token.value, len(variables), variables, body, span=span)

    def group(self, parts: Children) -> Node:
        opening, inside, closing = parts
        body = inside if isinstance(inside, tables.Rows) else unwrapped(inside)
        span = opening.span.to(closing.span)
        match opening.value:
            case "braces":
                return Braces(body, span=span)
            case "floor":
                return nodes.Floor(body, span=span)
            case "ceil":
                return nodes.Ceil(body, span=span)
            case "<":
                return _inner(body, span)
        return tables.bracketed(opening.value, body, span)

    def table(self, parts: Children) -> Node:
        return tables.table(parts[0], parts[1], parts[0].span.to(parts[2].span))

    def rows(self, parts: Children) -> list[list[tables.Cell]]:
        return [part for part in parts if not isinstance(part, Token)]

    def row(self, parts: Children) -> list[tables.Cell]:
        return [part for part in parts if not isinstance(part, Token)]

    def cell(self, parts: Children) -> tables.Cell:
        said = tuple(part for part in parts if isinstance(part, Token))
        found = [part for part in parts if not isinstance(part, Token)]
        return tables.Cell(said, tuple(unwrapped(part) for part in found))


def _signed(sign: Token, term: Node) -> Node:
    if isinstance(term, Braces):
        raise two_ways("the sign before the whole sum in the braces", "the sign before its first term, as it looks",
                       sign.span.to(term.span), "braces do not show: write ( )")  # fmt: skip
    if sign.value == "+":
        return term
    if isinstance(term, nodes.Negative) and isinstance(term.body, nodes.Negative):
        raise ExpressionError("more than two signs in a row", span=sign.span.to(term.span), hint="write one")
    return nodes.Negative(term, span=sign.span.to(term.span))


def _inner(body: Node, span: Span) -> Node:
    if isinstance(body, nodes.Listed) and len(body.items) == 2:
        return nodes.Inner(body.items[0], body.items[1], span=span)
    raise ExpressionError("angle brackets hold the two factors of an inner product", span=span,
                          hint="write \\langle x, y \\rangle; a mean over a distribution is not read")  # fmt: skip


_HEADS = {"FUNCTION": "function", "BIG": "big", "NABLA": "nabla", "PARTIAL": "partial"}


def _atom(atom: Any) -> Node:  # Any: a token or a node
    if not isinstance(atom, Token):
        return atom  # type: ignore[no-any-return]  # a node
    if atom.type in _HEADS:
        return Head(_HEADS[atom.type], atom.value, span=atom.span)  # type: ignore[arg-type]  # one of the four
    return Number(atom.value, span=atom.span) if atom.type == "NUMBER" else atom.value


class _Scripts:
    """What is raised and lowered at one atom, each once as TeX demands."""

    def __init__(self, atom: Any) -> None:  # Any: a token or a node
        self.node = _atom(atom)
        self.power: Node | None = None
        self.sub: Node | None = None
        self.marks: tuple[str, ...] = ()
        self.bang: Span | None = None

    def of(self, scripts: Sequence[tuple[str, Node | None, Span]]) -> Node:
        stop = scripts[-1][2]
        for kind, node, span in scripts:
            self.take(kind, node, span)
        node = self.lowered(self.node.span.to(stop))
        if self.bang is not None:
            node = nodes.Factorial(node, span=self.node.span.to(self.bang))
        if self.power is not None and not isinstance(node, Head):
            node = Power(node, self.power, span=self.node.span.to(stop))
        return node

    def take(self, kind: str, node: Node | None, span: Span) -> None:
        if kind == "'" and self.power is None and self.sub_free():
            self.marks += ("prime",)
        elif kind == "'":
            raise _double("^", span)
        elif kind == "!":
            self.factorial(span)
        elif kind == "_":
            if self.sub is not None:
                raise _double("_", span)
            self.sub = node
        else:
            self.raise_by(node, span)

    def sub_free(self) -> bool:
        return True

    def factorial(self, span: Span) -> None:
        if self.bang is not None:
            raise ExpressionError("a double factorial is not read", span=span, hint="write the product")
        if self.power is not None:
            raise two_ways(
                "the factorial of the power", "the power of the factorial", self.node.span.to(span), "write parentheses"
            )
        self.bang = span

    def raise_by(self, node: Node | None, span: Span) -> None:
        if self.power is not None:
            raise _double("^", span)
        if isinstance(node, Letter) and node.base in _MARKS and not node.sub and isinstance(self.node, Letter):
            self.marks += (node.base, *node.marks)
        else:
            self.power = _entrywise(node)

    def lowered(self, span: Span) -> Node:
        node = self.node
        if isinstance(node, Head):
            if self.marks or self.bang:
                raise ExpressionError(
                    "a prime on the name of a function", span=span, hint="write \\frac{d}{dx} before it"
                )
            return replace(node, power=self.power, sub=self.sub, span=span)
        if isinstance(node, tables.Rows):
            node = node.alone()
        if isinstance(node, Braces):
            node = _held(node, span)
        sub = () if self.sub is None else arguments_of(self.sub)
        if isinstance(node, Letter):
            if sub and node.sub:
                raise _double("_", span)
            if node.base == "1" and len(sub) == 1 and isinstance(sub[0], (nodes.Relation, nodes.Joined)):
                return nodes.Indicator(sub[0], span=span)
            if (
                node.base == "1"
                and len(sub) == 1
                and isinstance(sub[0], nodes.Group)
                and isinstance(sub[0].body, (nodes.Relation, nodes.Joined))
            ):
                return nodes.Indicator(sub[0].body, span=span)
            return replace(node, sub=node.sub or sub, marks=(*node.marks, *self.marks), span=span)
        if sub:
            node = (
                replace(node, sub=sub, span=span)
                if isinstance(node, (nodes.Bars, nodes.Inner))
                else nodes.Subscripted(node, sub, span=span)
            )
        for mark in self.marks:
            node = Power(node, Letter(mark, span=span), span=span)
        return node


def _entrywise(power: Node | None) -> Node | None:
    r"""``x^{\odot -1}``: the sign, and what follows it as its factor."""
    if isinstance(power, nodes.Sum) and isinstance(power.terms[0], Letter) and power.terms[0].base in {"odot", "circ"}:
        rest = power.terms[1:]
        exponent = rest[0] if len(rest) == 1 else nodes.Sum(rest, span=over(rest))
        return nodes.Product((power.terms[0], exponent), ("",), span=power.span)
    return power


_SINGLE = (Letter, Number, nodes.Group, nodes.Bars, nodes.Quotient, nodes.Applied, nodes.Call, nodes.Matrix, nodes.Root,
           nodes.Inner, nodes.Subscripted, nodes.Binomial, nodes.Indicator)  # fmt: skip


def _held(braces: Braces, span: Span) -> Node:
    """What braces hold under a script: one thing, or it would be read two ways."""
    body = braces.body
    if not isinstance(body, _SINGLE) or (isinstance(body, nodes.Call) and body.bare):
        raise two_ways("raised or lowered is all that is in the braces", "its last letter, as it looks", span,
                       "braces do not show: write ( )")  # fmt: skip
    return body


def _double(mark: str, span: Span) -> ExpressionError:
    what = "superscript" if mark == "^" else "subscript"
    hint = "x^{2^3} or (x^2)^3" if mark == "^" else "x_{12} or x_{1,2}"
    return ExpressionError(f"a double {what}: TeX refuses it, too", span=span, hint=f"write {hint}")


def finished(root: Node) -> Node:
    """The tree, all of whose operators have something to act on. Errors: ExpressionError, LimitError."""
    waiting: list[tuple[Node, int]] = [(root, 0)]
    while waiting:
        node, level = waiting.pop()
        if level > MAX_LEVELS:
            raise LimitError(f"nested deeper than {MAX_LEVELS} levels", span=Span(node.span.start, node.span.start + 1))
        if isinstance(node, Differential):
            raise ExpressionError("\\partial without the variable to differentiate in", span=node.span,
                                  hint="write \\frac{\\partial f}{\\partial x} or \\partial_x f")  # fmt: skip
        assert not isinstance(node, (Head, Braces)), node
        waiting += [(child, level + 1) for child in _children(node)]
    return root


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, tuple) and each.name != "span":
            for item in value:
                found += (
                    [item]
                    if isinstance(item, Node)
                    else [cell for cell in item if isinstance(cell, Node)]
                    if isinstance(item, tuple)
                    else []
                )
    return found
