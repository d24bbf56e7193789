"""A sum of terms as one formula: numbers first, what is divided by behind a stroke, common factors out."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy

from gradcli.closed.notation.network import Written, times
from gradcli.language import nodes
from gradcli.language.nodes import Tree


def formula_of(terms: Sequence[Written]) -> Tree:
    """The sum of the terms."""
    parts = [_term(term) for term in terms]
    if not parts:
        return sympy.Integer(0)
    return parts[0] if len(parts) == 1 else nodes.add(*parts)


def _term(term: Written) -> Tree:
    factors = list(term.scalars) + ([] if term.array is None else [term.array])
    if term.number == 1 and factors:
        return times(*factors)
    number = nodes.number(Fraction(term.number))
    if not factors:
        return number
    return times(number, *factors)
