"""Signs: a minus before a sum, minus times minus, a factor that multiplies one term alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy

from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis import corrections
from gradcli.diagnosis.lines.parts import MINUS_ONE, is_negative, product, total
from gradcli.diagnosis.lines.slip import Slip
from gradcli.language import nodes
from gradcli.language.nodes import Tree


def minus_times_minus(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """Two factors with a minus, of which one is kept."""
    factors = _flat(node)
    signs = sum(1 for factor in factors if is_negative(factor))
    if isinstance(node, sympy.Mul) and signs >= 2:
        rest = product([MINUS_ONE] * signs + factors)
        right = rest if signs % 2 == 0 else corrections.minus(rest)
        wrong = corrections.minus(right)
        yield Slip("sign", "minus times minus: {} is {}, not {}", wrong, (node, right, wrong), right)


def _flat(node: Tree) -> list[Tree]:
    """The factors, those of products within the product too."""
    return [
        part for factor in nodes.terms_of(node, sympy.Mul) for part in (_flat(factor) if factor.is_Mul else [factor])
    ]


def distributed(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """A factor before a sum that multiplies, or turns the sign of, some of its terms alone."""
    factors = _flat(node)
    for k, factor in enumerate(factors):
        if not isinstance(node, sympy.Mul) or not isinstance(factor, sympy.Add):
            continue
        before = product(factors[:k] + factors[k + 1 :])
        if before == 1:
            continue
        terms, right = factor.args, [product([before, term]) for term in factor.args]
        for j, term in enumerate(terms):
            others = [*right[:j], *right[j + 1 :]]
            alone = [*terms[:j], right[j], *terms[j + 1 :]]
            unsigned = [corrections.minus(right[j])] if is_negative(before) else []
            said = "the minus before ({}) turns the sign of every term, of {} too"
            for kept in unsigned:
                yield Slip("sign", said, total(_in_place(others, j, kept)), (factor, term), total(right))
            said = "{} multiplies every term of ({}), {} too"
            parts = (before, factor, term)
            yield Slip("distribution", said, total(_in_place(others, j, term)), parts, total(right))
            if len(terms) > 2:
                said = "{} multiplies every term of ({}), not {} alone"
                yield Slip("distribution", said, total(alone), parts, total(right))
        if is_negative(before) and len(terms) > 2:
            first = [right[0], *map(corrections.minus, right[1:])]
            said = "the minus before ({}) turns the sign of every term, not of {} alone"
            yield Slip("sign", said, total(first), (factor, terms[0]), total(right))


def _in_place(terms: Sequence[Tree], k: int, term: Tree) -> list[Tree]:
    return [*terms[:k], term, *terms[k:]]


def like_terms(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """Terms that differ in their numbers alone, with another number as their sum."""
    from gradcli.diagnosis.lines.powers import base_and_number

    if not isinstance(node, sympy.Add):
        return
    apart = [base_and_number(term) for term in node.args]
    for i, (key, one) in enumerate(apart):
        for j in range(i + 1, len(apart)):
            if apart[j][0] != key:
                continue
            other, base = apart[j][1], _base_of(node.args[i])
            rest = [term for k, term in enumerate(node.args) if k not in (i, j)]
            pair, right = total([node.args[i], node.args[j]]), product([one + other, base])
            for number in dict.fromkeys(_sums(one, other)):
                wrong = product([number, base])
                text, parts = "like terms: {} is {}, not {}", (pair, right, wrong)
                yield Slip("like terms", text, total([*rest, wrong]), parts, total([*rest, right]))


def _base_of(term: Tree) -> Tree:
    from gradcli.diagnosis.lines.powers import collected

    return collected(term)


def _sums(one: Tree, other: Tree) -> Iterator[Tree]:
    """What people make of two numbers that are to be added."""
    right = one + other
    for number in (-right, abs(one) + abs(other), -abs(one) - abs(other), one - other, other - one, one * other, one,
                   other, right + 1, right - 1, sympy.Integer(0), sympy.Integer(1)):  # fmt: skip
        if number != right:
            yield number
