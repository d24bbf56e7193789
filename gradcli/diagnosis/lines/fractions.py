"""Fractions: a common denominator that is not made, terms that are cancelled, one denominator for all."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis.lines.parts import ONE, collected, product, product_of, raised, total
from gradcli.diagnosis.lines.powers import base_and_number
from gradcli.diagnosis.lines.slip import Slip
from gradcli.language import nodes
from gradcli.language.nodes import Tree


def common_denominator(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """Two fractions added as if they had one denominator, or top and bottom by themselves."""
    if not isinstance(node, sympy.Add):
        return
    sides = [_sides(term) for term in node.args]
    for i, (above, below) in enumerate(sides):
        for j in range(i + 1, len(sides)):
            other_above, other_below = sides[j]
            if below == other_below:
                continue
            rest = [term for k, term in enumerate(node.args) if k not in (i, j)]
            pair = total([node.args[i], node.args[j]])
            right = _on_one_bar((above, below), (other_above, other_below))
            for wrong in dict.fromkeys(_added(above, below, other_above, other_below)):
                text, parts = "common denominator: {} is {}, not {}", (pair, right, wrong)
                yield Slip("common denominator", text, total([*rest, wrong]), parts, total([*rest, right]))


def _on_one_bar(one: tuple[Tree, Tree], other: tuple[Tree, Tree]) -> Tree:
    """The sum of two fractions, over the least common denominator."""
    numbers, highest = ONE, dict[Tree, Tree]()
    for below in (product_of(one[1]), product_of(other[1])):
        numbers = sympy.ilcm(numbers, below.number)
        for base, exponent in below.powers:
            highest[base] = max(exponent, highest.get(base, exponent)) if exponent.is_Number else exponent
    tops = []
    for above, divisor in (one, other):
        own = product_of(divisor)
        left = dict(highest)
        for base, exponent in own.powers:
            left[base] = left[base] - exponent
        lacking = [raised(base, exponent) for base, exponent in left.items() if exponent != 0]
        tops.append(product([above, sympy.Integer(numbers) / own.number, *lacking]))
    common = product([sympy.Integer(numbers), *(raised(*power) for power in highest.items())])
    return _over(_sum(tops), common)


def _added(a: Tree, b: Tree, c: Tree, d: Tree) -> Iterator[Tree]:
    """What people make of ``a/b + c/d``."""
    tops = _sum([a, c])
    below = [side for side in (d, b) if side != 1]
    for divisor in below:
        yield _over(tops, divisor)
    yield _over(tops, _sum([b, d]))
    yield _over(tops, product([b, d]))
    yield _over(product([a, c]), product([b, d]))
    yield _over(_sum([product([a, b]), product([c, d])]), product([b, d]))
    yield _over(_sum([product([a, d]), product([c, b])]), _sum([b, d]))
    yield _over(total([product([a, d]), c]), product([b, d]))
    yield _over(total([a, product([c, b])]), product([b, d]))


def _sum(terms: list[Tree]) -> Tree:
    return collected(terms, base_and_number)


def _sides(term: Tree) -> tuple[Tree, Tree]:
    """What stands above and below the fraction bar."""
    whole = product_of(term)
    below = [power for power in whole.powers if power[1].is_Number and power[1] < 0]
    above = [raised(*power) for power in whole.powers if power not in below]
    number = whole.number
    return product([sympy.Integer(number.p), *above]), product(
        [sympy.Integer(number.q), *(raised(base, -exponent) for base, exponent in below)]
    )


def _over(above: Tree, below: Tree) -> Tree:
    return above if below == ONE else nodes.multiply(*nodes.terms_of(above, sympy.Mul), nodes.inverse(below))
