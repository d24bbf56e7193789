r"""What stands below and above ``\sum`` and its kin: the bound letters, where they begin and end, and conditions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gradcli.base.errors import ExpressionError
from gradcli.language.latex.heads import Head, over, said, two_ways
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
    if head.sub is None and high is not None:
        raise ExpressionError(f"{said(head.span)} without what stands below it", span=head.span)
    below = _Below() if head.sub is None else _below(head.sub)
    if high is not None and below.high is not None:
        raise ExpressionError("an end above and one below", span=head.span, hint="write one of them")
    conditions = tuple(below.conditions)
    condition = conditions[0] if len(conditions) == 1 else None
    if len(conditions) > 1:
        condition = Joined("and", conditions, span=over(conditions))
    indices = tuple(below.indices)
    return Big(_kind(head), indices, below.low, high or below.high, condition, body, span=span)


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


@dataclass(slots=True)
class _Below:
    """What stands below, as far as it is read."""

    indices: list[Letter] = field(default_factory=list)
    low: Node | None = None
    high: Node | None = None
    conditions: list[Node] = field(default_factory=list)

    def bind(self, letters: Iterable[Letter]) -> None:
        self.indices += [letter for letter in letters if not _among(letter, self.indices)]

    def begins(self, low: Node) -> None:
        if self.low is not None and not _same(low, self.low):
            raise ExpressionError(
                "indices that begin at different values", span=low.span, hint="write a sum for each index"
            )
        self.low = low


def _below(sub: Node) -> _Below:
    """Errors: ExpressionError where it is no index with its bounds or conditions."""
    parts: tuple[Node, ...] = (sub,)
    if isinstance(sub, Listed):
        parts = sub.items
    elif isinstance(sub, Joined) and sub.kind == "and":
        parts = sub.parts
    below = _Below()
    for part in parts:
        if letters := _letters(part):
            below.bind(letters)
        elif isinstance(part, Relation):
            _relation(part, below)
        else:
            raise _no_index(part)
    return below


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


def _relation(part: Relation, below: _Below) -> None:
    first = part.parts[0]
    letters = _letters(first) or (_letters_of_list(first) if isinstance(first, Listed) else ())
    sign = part.signs[0]
    if letters and sign == "=" and len(part.parts) == 2:
        below.bind(letters)
        below.begins(part.parts[1])
    elif letters and sign == ":":
        below.bind(letters)
        rest = part.parts[1:]
        below.conditions.append(Relation(rest, part.signs[1:], span=over(rest)) if len(rest) > 1 else rest[0])
    elif letters and sign == "in" and len(part.parts) == 2:
        below.bind(letters)
        below.conditions.append(part)
    elif all(sign in _ORDERS for sign in part.signs):
        _ordered(part, below)
    else:
        raise _no_index(part)


def _ordered(part: Relation, below: _Below) -> None:
    r"""``1 \le i \le n`` has its ends at the ends; of ``i < j`` and ``i \neq j`` both may be bound."""
    if len(part.parts) == 2:
        letters = [letter for each in part.parts for letter in _letters(each)]
        if "!=" not in part.signs or not any(_among(letter, below.indices) for letter in letters):
            below.bind(letters)
        below.conditions.append(part)
        return
    inner = [letter for each in part.parts[1:-1] for letter in _letters(each)]
    if len(inner) != len(part.parts) - 2:
        raise _no_index(part)
    below.bind(inner)
    if part.signs == ("<=", "<=") and below.low is None:
        below.low, below.high = part.parts[0], part.parts[-1]
    elif len(inner) == 2 and (part.signs[0], part.signs[2]) == ("<=", "<=") and below.low is None:
        below.low, below.high = part.parts[0], part.parts[-1]
        below.conditions.append(Relation(part.parts[1:3], part.signs[1:2], span=over(part.parts[1:3])))
    else:
        below.conditions.append(part)


def _no_index(part: Node) -> ExpressionError:
    message = "what stands below here is an index with its bounds"
    return ExpressionError(message, span=part.span, hint="write \\sum_{i=1}^{n}")


def _letters_of_list(listed: Listed) -> tuple[Letter, ...]:
    return tuple(item for item in listed.items if isinstance(item, Letter))
