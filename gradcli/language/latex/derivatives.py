r"""Which quotients are derivatives: ``\frac{d}{dx}``, ``\frac{\partial^2 f}{\partial x \partial y}``, ``dy/dx``."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.assembly import side_by_side
from gradcli.language.latex.heads import Differential, Head, Item, over, two_ways
from gradcli.language.latex.nodes import (
    Applied,
    Derivative,
    Group,
    Letter,
    Listed,
    Node,
    Number,
    Power,
    Product,
    Subscripted,
)

MAX_ORDER = 20


def written_order(node: Node) -> int:
    """Errors: ExpressionError where the order is no whole number."""
    if isinstance(node, Number) and node.text.isdecimal() and 1 <= int(node.text[:9]) <= MAX_ORDER:
        return int(node.text)
    raise ExpressionError(f"the order of a derivative is a whole number up to {MAX_ORDER}", span=node.span)


def subscript_variables(sub: Node) -> tuple[Node, ...]:
    r"""The variables of ``\nabla_x``, ``\partial_{xy}``. Errors: ExpressionError where they are no names."""
    if isinstance(sub, Listed):
        return tuple(variable for item in sub.items for variable in subscript_variables(item))
    if isinstance(sub, Product) and not any(sub.signs):
        return tuple(variable for factor in sub.factors for variable in subscript_variables(factor))
    if isinstance(sub, Letter) or (isinstance(sub, Power) and isinstance(sub.exponent, Group)):
        return (sub,)
    raise ExpressionError("what stands below here is the name of a variable", span=sub.span)


def is_differential(factors: tuple[Node, ...]) -> bool:
    r"""Do they begin with d or ``\partial``, as what stands over a derivative does?"""
    first = factors[0]
    return isinstance(first, Differential) or _is_d(first) or (isinstance(first, Applied) and _is_d(first.letter))


def fraction(upper: Node, lower: Node, span: Span) -> Derivative | None:
    r"""The derivative that ``\frac`` writes, or None. Errors: ExpressionError where the orders differ."""
    above = upper.factors if isinstance(upper, Product) and not any(upper.signs) else (upper,)
    if is_differential(above):
        below = _items(lower)
        found = derivative_of(above, below, span)
        if found is not None and found[1] == len(below):
            return found[0]
    _no_variation(above, lower)
    return None


def _items(lower: Node) -> tuple[Item, ...]:
    if isinstance(lower, Differential):
        head = Head("partial", "partial", lower.order, span=lower.span)
        return (Item("", head, lower.span), *lower.items)
    factors = lower.factors if isinstance(lower, Product) and not any(lower.signs) else (lower,)
    return tuple(Item("", factor, factor.span) for factor in factors)


def derivative_of(
    above: tuple[Node, ...], below: tuple[Item, ...], whole: Span | None = None
) -> tuple[Derivative, int] | None:
    """The derivative, and how many of the items below are its; None where they are none of one."""
    first = above[0]
    partial = isinstance(first, Differential)
    variables, taken = _variables(below, partial=partial)
    if not variables:
        if isinstance(first, Power) and below and _is_d(below[0].unit):
            written_order(first.exponent)
        return None
    written: Node | None
    body: Node | None
    if isinstance(first, Differential):
        written, body = first.order, first.body
    elif isinstance(first, Applied):
        written, arguments = first.power, first.arguments
        body = Group(
            "(", arguments[0] if len(arguments) == 1 else Listed(arguments, span=over(arguments)), span=over(arguments)
        )
    else:
        written = first.exponent if isinstance(first, Power) else None
        rest = above[1:]
        body = side_by_side(rest) if rest else None
    order = 1 if written is None else written_order(written)
    span = whole or first.span.to(below[taken - 1].span)
    if order != len(variables):
        raise ExpressionError(
            f"the derivative is of order {order} above and of order {len(variables)} below", span=span,
            hint="write \\frac{d^2 f}{dx^2}, \\frac{\\partial^2 f}{\\partial x \\partial y}",
        )  # fmt: skip
    return Derivative("partial" if partial else "d", order, variables, body, span=span), taken


def _variables(below: tuple[Item, ...], *, partial: bool) -> tuple[tuple[Node, ...], int]:
    """The variables of ``dx dy^2``, each as often as it counts, and the number of items that they take."""
    found: list[Node] = []
    at = 0
    while at < len(below):
        mark = below[at].unit
        if _is_word_dx(mark) and not partial:
            assert isinstance(mark, Letter)
            found.append(Letter(mark.base[1], sub=mark.sub, span=mark.span))
            at += 1
            continue
        begins = isinstance(mark, Head) and mark.kind == "partial" and mark.sub is None if partial else _is_d(mark)
        if not begins or isinstance(mark, Power) or (isinstance(mark, Head) and mark.power) or at + 1 >= len(below):
            break
        variables = _counted(below[at + 1].unit)
        if not variables:
            break
        found += variables
        at += 2
    return tuple(found), at


def _counted(unit: Node) -> tuple[Node, ...]:
    """A variable as often as its power says; ``x^T`` of a Hessian is x."""
    if isinstance(unit, Letter):
        return (unit,)
    if isinstance(unit, Subscripted):
        return (unit,)
    if isinstance(unit, Power) and isinstance(unit.base, Letter):
        if isinstance(unit.exponent, Number):
            return (unit.base,) * written_order(unit.exponent)
        if isinstance(unit.exponent, Letter) and unit.exponent.base in {"T", "top"}:
            return (unit.base,)
        if isinstance(unit.exponent, Group):
            return (unit,)
    return ()


def _is_d(node: Node) -> bool:
    core = node.base if isinstance(node, Power) else node
    return (
        isinstance(core, Letter)
        and core.base == "d"
        and not core.sub
        and not core.marks
        and core.font in {"", "rm", "text", "it"}
    )


def _is_word_dx(node: Node) -> bool:
    return isinstance(node, Letter) and node.font in {"rm", "text"} and len(node.base) == 2 and node.base[0] == "d"


def _no_variation(above: tuple[Node, ...], lower: Node) -> None:
    r"""Errors: ExpressionError for ``\frac{\delta F}{\delta u}``, ``\frac{Du}{Dt}``, ``\frac{\Delta y}{\Delta x}``."""
    below = lower.factors if isinstance(lower, Product) else (lower,)
    first, second = above[0], below[0]
    if not (isinstance(first, Letter) and isinstance(second, Letter) and first.base == second.base and len(below) > 1):
        return
    if first.base in _VARIATIONS and len(above) > 1 and not first.sub and not second.sub:
        raise two_ways(_VARIATIONS[first.base], "a quotient of products", first.span.to(lower.span),
                       "write \\frac{\\partial F}{\\partial u}, or \\cdot for a product")  # fmt: skip


_VARIATIONS = {
    "delta": "a derivative in a function",
    "D": "a derivative along the flow",
    "Delta": "a quotient of differences",
}
