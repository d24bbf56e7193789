r"""Factors side by side: what a function without parentheses, a sum or a derivative takes of them.

A function takes the product that follows, up to the next function or sign; a sum, a product and a derivative operator
take all that follows up to a plus or minus; nabla takes what stands next to it. Where writers differ, both readings are
named and none is taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from gradcli.base.errors import ExpressionError
from gradcli.language.latex.assembly import (
    HIDDEN,
    Assembly,
    arguments_of,
    core_of,
    held_by,
    is_transpose,
    onto,
    side_by_side,
    unwrapped,
)
from gradcli.language.latex.derivatives import derivative_of, is_differential
from gradcli.language.latex.functions import function
from gradcli.language.latex.heads import Braces, Differential, Head, Item, over, said, two_ways
from gradcli.language.latex.indices import big
from gradcli.language.latex.nodes import (
    Applied,
    Derivative,
    Group,
    Indicator,
    Joined,
    Letter,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sign,
)
from gradcli.language.latex.operators import evaluated, nabla, operated, partial
from gradcli.language.latex.tables import Rows


def product_of(items: tuple[Item, ...]) -> Node:
    """The node of a product. Errors: ExpressionError where something lacks what it acts on, or of two readings."""
    alone = items[0].unit
    if len(items) == 1 and (isinstance(alone, Rows) or (isinstance(alone, Braces) and isinstance(alone.body, HIDDEN))):
        return alone  # the brackets or the sign around it decide
    return _Product(items).chain()


class _Product(Assembly):
    """The rules of products."""

    def chain(self) -> Node:
        """All that is left: runs of factors with signs between them, from left to right."""
        runs: list[tuple[Node, ...]] = []
        signs: list[Sign] = []
        while self.at < len(self.items):
            sign = self.items[self.at].sign
            if runs and sign in {"slash", "div"}:
                runs[-1] = self.quotient(runs[-1], "div" if sign == "div" else "slash")
                continue
            if runs:
                signs.append(sign)  # type: ignore[arg-type]  # a slash goes another way
            runs.append(self.run())
        if len(runs) == 1:
            return side_by_side(runs[0])
        factors = tuple(side_by_side(run) for run in runs)
        return _flat(factors, tuple(signs))

    def run(self) -> tuple[Node, ...]:
        factors = []
        first = True
        while first or self.sign() == "":
            first = False
            negative = self.items[self.at].negative
            factor = self.factor()
            factors.append(Negative(unwrapped(factor), span=factor.span) if negative else factor)
        return tuple(factors)

    def factor(self) -> Node:
        unit = self.items[self.at].unit
        self.at += 1
        if isinstance(unit, Head):
            return self.operator(unit)
        if isinstance(unit, Derivative):
            return operated(self, unit) if unit.body is None else evaluated(self, unit)
        if isinstance(core := core_of(unit), Group) and _is_condition(core):
            return onto(unit, Indicator(core.body, span=core.span), unit.span)
        return self.applied(unit)

    def operator(self, head: Head) -> Node:
        self.deeper(head.span)
        made = self.acting(head)
        self.nested -= 1
        return made

    def acting(self, head: Head) -> Node:
        if head.kind == "function":
            return function(self, head)
        if head.kind == "nabla":
            return nabla(self, head)
        if head.kind == "big":
            if self.sign() != "":
                raise ExpressionError(f"{said(head.span)} lacks what it runs over", span=head.span)
            return big(head, self.rest())
        return partial(self, head) if head.sub is not None else self.differential(head)

    def differential(self, head: Head) -> Node:
        first = self.at
        while self.sign() == "":
            self.at += 1
        items = self.items[first : self.at]
        span = head.span.to(items[-1].span) if items else head.span
        body = unwrapped(_Product(items, self.nested).chain()) if items else None
        return Differential(head.power, items, body, span=span)

    def rest(self) -> Node:
        self.deeper(self.next_span())
        items = (replace(self.items[self.at], sign=""), *self.items[self.at + 1 :])
        if len(items) == 1:
            held_by(self.items[self.at - 1].unit.span, items[0].unit)
        self.at = len(self.items)
        body = unwrapped(_Product(items, self.nested).chain())
        self.nested -= 1
        return body

    def applied(self, unit: Node) -> Node:
        """``f(x)``, ``f(x)^2``, ``1[x > 0]``; letters before anything else are themselves."""
        letter = unit.base if isinstance(unit, Power) else unit
        group = self.beside()
        core = core_of(group)
        if group is None or not isinstance(letter, Letter) or not isinstance(core, Group):
            return unit
        if core.kind not in {"(", "[", "{"} or (isinstance(unit, Power) and is_transpose(unit.exponent)):
            return unit
        span = unit.span.to(core.span)
        if core.kind == "[" and letter.base == "E" and not letter.sub:
            raise two_ways("an expectation over a distribution that is not given", f"E times {said(core.span)}", span,
                           "write \\cdot for a product")  # fmt: skip
        made: Node
        if letter.base in {"1", "I"} and unit is letter and isinstance(core.body, (Relation, Joined)):
            made = Indicator(core.body, span=span)
        elif core.kind == "{" or letter.base == "1" or _is_condition(core):
            return unit
        else:
            power = unit.exponent if isinstance(unit, Power) else None
            made = Applied(letter, arguments_of(core.body), power, core.kind, span=span)
        self.at += 1
        return onto(group, made, unit.span.to(group.span))

    def quotient(self, left: tuple[Node, ...], how: Literal["slash", "div"]) -> tuple[Node, ...]:
        """A quotient with a slash; what is beside its lower part could be read two ways."""
        derivative = self.slashed_derivative(left)
        if derivative is not None:
            return (derivative,)
        start = self.at
        under = self.run()
        upper = side_by_side(left)
        span = upper.span.to(under[0].span)
        sum_follows = len(under) == 2 and _is_sum(self.items[start + 1].unit) and isinstance(under[0], (Number, Letter))
        if len(under) > 1 and not sum_follows:
            more = said(under[1].span.to(under[-1].span))
            first = f"({said(span)}) {more}"
            second = f"{said(left[0].span.to(left[-1].span))} over ({said(under[0].span.to(under[-1].span))})"
            raise two_ways(first, second, span.to(under[-1].span), "write \\frac, or parentheses")
        made = Quotient(upper, unwrapped(under[0]), how, span=span)
        return (side_by_side((made, *under[1:])),) if sum_follows else (made,)

    def slashed_derivative(self, left: tuple[Node, ...]) -> Node | None:
        r"""``dy/dx``, ``\partial f / \partial x``, ``d/dx f``."""
        if not is_differential(left):
            return None
        stop = self.at + 1
        while stop < len(self.items) and self.items[stop].sign == "":
            stop += 1
        found = derivative_of(left, self.items[self.at : stop])
        if found is None:
            return None
        self.at += found[1]
        return operated(self, found[0]) if found[0].body is None else evaluated(self, found[0])


def _is_condition(group: Group) -> bool:
    """Is it Iverson's bracket, ``[x > 0]``?"""
    return group.kind == "[" and isinstance(group.body, (Relation, Joined))


def _is_sum(unit: Node) -> bool:
    return isinstance(unit, Head) and unit.kind == "big" and unit.name in {"sum", "prod"}


def _flat(factors: tuple[Node, ...], signs: tuple[Sign, ...]) -> Node:
    """One product of all factors: ``2x \\cdot y`` has three."""
    flat: list[Node] = []
    between: list[Sign] = []
    for k, factor in enumerate(factors):
        between += [signs[k - 1]] if k else []
        if isinstance(factor, Product):
            flat += factor.factors
            between += factor.signs
        else:
            flat.append(factor)
    return Product(tuple(flat), tuple(between), span=over(factors))
