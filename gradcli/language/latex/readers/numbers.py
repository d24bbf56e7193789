"""Numbers: digits as they are written, and what an index makes of a formula in which it stands for a number."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import prod

from gradcli.language.latex.nodes import Group, Letter, Negative, Node, Number, Power, Product, Quotient, Sum

_LARGEST = 64  # an exponent that is worked out


def number_of(node: Node, numbers: Mapping[str, int]) -> Fraction | None:
    """The number that a formula of digits and of indices is; None where it is none.

    numbers: what the indices stand for
    """
    match node:
        case Number(text=text):
            return Fraction(text)
        case Letter(base=base, marks=(), sub=()):
            return Fraction(numbers[base]) if base in numbers else None
        case Group(body=body):
            return number_of(body, numbers)
        case Negative(body=body):
            inner = number_of(body, numbers)
            return None if inner is None else -inner
        case Sum(terms=terms):
            parts = [part for term in terms if (part := number_of(term, numbers)) is not None]
            return sum(parts, Fraction()) if len(parts) == len(terms) else None
        case Product(factors=factors, signs=signs) if set(signs) <= {"", "cdot", "times"}:
            parts = [part for factor in factors if (part := number_of(factor, numbers)) is not None]
            return prod(parts, start=Fraction(1)) if len(parts) == len(factors) else None
        case Quotient(over=over, under=under):
            above, below = number_of(over, numbers), number_of(under, numbers)
            return None if above is None or not below else above / below
        case Power(base=base, exponent=exponent):
            value, raised = number_of(base, numbers), number_of(exponent, numbers)
            return None if value is None or raised is None else _power(value, raised)
    return None


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator > 1 or abs(exponent) > _LARGEST or (not base and exponent < 0):
        return None
    return base ** int(exponent)


def letters_in(node: object) -> set[str]:
    """Bases of all letters in a tree, those below others too."""
    if isinstance(node, tuple):
        return set().union(*map(letters_in, node)) if node else set()
    if not isinstance(node, Node):
        return set()
    own = {node.base} if isinstance(node, Letter) else set()
    slots = (name for kind in type(node).__mro__ for name in getattr(kind, "__slots__", ()))
    return own.union(*(letters_in(getattr(node, name)) for name in slots))
