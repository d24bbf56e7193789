"""What is said of the variables: that a matrix is symmetric, that a name is positive.

A sign may be used from the first, as it holds around each point. That a matrix is symmetric holds of its entries at the
point alone, not of those that move beside it: it is applied to what has been differentiated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradcli.closed.rebuilding import rebuilt
from gradcli.closed.terms import Factor, Kind, Number, Sum, Term, atom
from gradcli.language.nodes import Tree, row_of
from gradcli.language.parse import parse_condition

_TURNED = {">": "<", "<": ">"}


@dataclass(frozen=True, slots=True)
class Premises:
    """symmetric: names of matrices; positive: names of which every entry is positive."""

    symmetric: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()


def premises_of(texts: Sequence[str], sizes: Mapping[str, int]) -> Premises:
    """What the conditions say, as far as it is known here; the others are left unused."""
    parts = [part for text in texts for part in _conjuncts(parse_condition(text, sizes=sizes).tree)]
    return Premises(
        frozenset(name for part in parts if (name := _symmetric(part))),
        frozenset(name for part in parts if (name := _positive(part))),
    )


def _conjuncts(condition: Tree) -> list[Tree]:
    row = row_of(condition)
    if row is not None and row.infix == "and":
        return [part for arg in condition.args for part in _conjuncts(arg)]
    return [condition]


def _symmetric(part: Tree) -> str:
    """``S`` of ``S == S.T``."""
    row = row_of(part)
    if row is None or row.infix != "==":
        return ""
    for one, other in (part.args, part.args[::-1]):
        turned = row_of(other)
        if one.is_Symbol and turned is not None and turned.suffix == ".T" and other.args[0] == one:
            return str(one.name)
    return ""


def _positive(part: Tree) -> str:
    """``x`` of ``x > 0``, or of ``x > 1``."""
    row = row_of(part)
    if row is None or row.infix not in _TURNED:
        return ""
    one, other = part.args if row.infix == ">" else part.args[::-1]
    return str(one.name) if one.is_Symbol and other.is_Rational and other >= 0 else ""


# -- applied to a sum


def applied(terms: Sum, known: Premises) -> Sum:
    """The sum with what is known of its tensors built into them and into all that they stand in."""

    def symmetric(factor: Factor, exponent: Number) -> Sum | None:
        one, ports = factor
        if one.kind is not Kind.TENSOR or one.name not in known.symmetric:
            return None
        return [Term(1, {(atom(Kind.TENSOR, one.name, one.sizes, classes=(0, 0)), ports): exponent})]

    return rebuilt(terms, symmetric, "symmetric") if known.symmetric else terms
