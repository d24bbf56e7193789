r"""What stands below and above ``\sum`` and its kin: the bound letters, where they begin and end, and conditions."""

from __future__ import annotations

from gradcli.base.errors import ExpressionError, Span
from gradcli.language.latex.heads import Head, two_ways
from gradcli.language.latex.nodes import Big, BigKind, Joined, Letter, Listed, Node, Number, Product, Quotient, Relation

_ORDERS = frozenset({"<", "<=", ">", ">=", "!="})


def big(head: Head, body: Node) -> Big:
    """Errors: ExpressionError where the bounds cannot be told, or the sum has no end."""
    span = head.span.to(body.span)
    _check_slash(head, body)
    high = head.power
    if high is not None and _is_infinite(high):
        raise ExpressionError(f"an infinite {_NAMES.get(head.name, head.name)} is not read", span=head.span,
                              hint="end it at a number or a size, or write its value in closed form")  # fmt: skip
    if head.sub is None:
        if high is not None:
            raise ExpressionError(f"\\{head.name} without what stands below it", span=head.span)
        return Big(_kind(head), (), None, None, None, body, span=span)
    indices, low, conditions = _below(head.sub)
    condition = (
        None
        if not conditions
        else conditions[0]
        if len(conditions) == 1
        else Joined("and", conditions, span=head.sub.span)
    )
    return Big(_kind(head), indices, low, high, condition, body, span=span)


_NAMES = {"sum": "sum", "prod": "product"}


def _kind(head: Head) -> BigKind:
    return head.name  # type: ignore[return-value]  # the walk gives these names to heads that are big


def _check_slash(head: Head, body: Node) -> None:
    """Errors: ExpressionError for ``\\prod_i x_i / n``: over each factor, or over the product."""
    last = body.factors[-1] if isinstance(body, Product) else body
    if head.name in {"max", "min", "prod"} and isinstance(last, Quotient) and last.how in {"slash", "div"}:
        raise two_ways("each divided", "the whole divided", head.span.to(body.span), "write parentheses, or \\frac")


def _is_infinite(node: Node) -> bool:
    return isinstance(node, Letter) and node.base == "infty"


def _below(sub: Node) -> tuple[tuple[Letter, ...], Node | None, tuple[Node, ...]]:
    """The bound letters, the first value, and the conditions."""
    parts = (
        sub.items if isinstance(sub, Listed) else sub.parts if isinstance(sub, Joined) and sub.kind == "and" else (sub,)
    )
    indices: list[Letter] = []
    low: Node | None = None
    conditions: list[Node] = []
    for part in parts:
        found = _letters(part)
        if found:
            indices += [letter for letter in found if not _among(letter, indices)]
        elif isinstance(part, Relation):
            bound, start, condition = _relation(part)
            indices += [letter for letter in bound if not _among(letter, indices)]
            if start is not None and low is not None and not _same(start, low):
                raise ExpressionError(
                    "indices that begin at different values", span=part.span, hint="write a sum for each index"
                )
            low = start if low is None else low
            conditions += [] if condition is None else [condition]
        else:
            raise ExpressionError(
                "what stands below here is an index with its bounds", span=part.span, hint="write \\sum_{i=1}^{n}"
            )
    return tuple(indices), low, tuple(conditions)


def _same(one: Node, other: Node) -> bool:
    return isinstance(one, Number) and isinstance(other, Number) and one.text == other.text


def _among(letter: Letter, letters: list[Letter]) -> bool:
    return any(each.base == letter.base and each.marks == letter.marks for each in letters)


def _letters(part: Node) -> tuple[Letter, ...]:
    """``i``, or the letters of ``ij``."""
    if isinstance(part, Letter):
        return (part,)
    if isinstance(part, Product) and not any(part.signs) and all(isinstance(factor, Letter) for factor in part.factors):
        return tuple(factor for factor in part.factors if isinstance(factor, Letter))
    return ()


def _relation(part: Relation) -> tuple[tuple[Letter, ...], Node | None, Node | None]:
    first = part.parts[0]
    letters = _letters(first) or (_letters_of_list(first) if isinstance(first, Listed) else ())
    if part.signs[0] == "=" and letters and len(part.parts) == 2:
        return letters, part.parts[1], None
    if part.signs[0] == ":" and letters:
        signs, parts = part.signs[1:], part.parts[1:]
        inner = Relation(parts, signs, span=Span(parts[0].span.start, parts[-1].span.stop)) if signs else parts[0]
        return letters, None, inner
    if part.signs[0] == "in" and letters and len(part.parts) == 2:
        return letters, None, part
    if all(sign in _ORDERS for sign in part.signs):
        bound = tuple(letter for each in part.parts for letter in _letters(each))
        return bound, None, part
    raise ExpressionError(
        "what stands below here is an index with its bounds", span=part.span, hint="write \\sum_{i=1}^{n}"
    )


def _letters_of_list(listed: Listed) -> tuple[Letter, ...]:
    return tuple(item for item in listed.items if isinstance(item, Letter))
