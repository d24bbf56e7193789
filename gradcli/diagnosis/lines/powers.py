"""Powers: exponents that are added, multiplied or shared by all factors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy

from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis import corrections
from gradcli.diagnosis.lines.parts import ONE, Product, product, product_of, raised, total
from gradcli.diagnosis.lines.slip import Slip, instead
from gradcli.language import nodes
from gradcli.language.nodes import Tree

Key = tuple[tuple[Tree, Tree], ...]


def collected(term: Tree) -> Tree:
    """A term without its number, each base once: of ``-2*x*x`` it is ``x**2``."""
    return product([raised(*power) for power in _by_base(product_of(term).powers)])


def base_and_number(term: Tree) -> tuple[Key, Tree]:
    """What tells like terms from others, and the number before them."""
    parts = product_of(term)
    return tuple(sorted(_by_base(parts.powers), key=str)), parts.number


def _by_base(powers: Sequence[tuple[Tree, Tree]]) -> list[tuple[Tree, Tree]]:
    found: dict[Tree, Tree] = {}
    for base, exponent in powers:
        found[base] = _sum(found[base], exponent) if base in found else exponent
    return [power for power in found.items() if power[1] != 0]


def _sum(one: Tree, other: Tree) -> Tree:
    numbers = one.is_Number and other.is_Number
    return one + other if numbers else nodes.add(*nodes.terms_of(one, sympy.Add), *nodes.terms_of(other, sympy.Add))


def exponents_added(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """Powers of one base in a product, put together with another exponent than the sum of theirs."""
    if not isinstance(node, sympy.Mul):
        return
    whole = product_of(node)
    for base in dict.fromkeys(base for base, _ in whole.powers):
        own = [exponent for other, exponent in whole.powers if other == base]
        rest = [power for power in whole.powers if power[0] != base]
        if len(own) < 2 or base.is_Number:
            continue
        pair, right = product([raised(base, e) for e in own]), _summed(own)
        for wrong in dict.fromkeys(_exponents(own)):
            made = ONE if wrong == 0 else raised(base, wrong)
            due = ONE if right == 0 else raised(base, right)
            new = Product(whole.number, tuple(rest)).tree
            slip = instead("exponents", pair, due, made)
            yield Slip(slip.kind, slip.text, product([new, made]), slip.parts, product([new, due]))
        if right == 0:
            slip = instead("cancelling", pair, ONE, sympy.Integer(0))
            yield Slip(slip.kind, slip.text, sympy.Integer(0), slip.parts, Product(whole.number, tuple(rest)).tree)


def _summed(exponents: Sequence[Tree]) -> Tree:
    out = exponents[0]
    for exponent in exponents[1:]:
        out = _sum(out, exponent)
    return out


def _exponents(own: Sequence[Tree]) -> Iterator[Tree]:
    """What people make of exponents that are to be added."""
    first, second = own[0], own[-1]
    if len(own) > 2 or not all(exponent.is_Number for exponent in own):
        yield from (corrections.times(first, second) if not first.is_Number else second * first if second.is_Number
                    else corrections.times(first, second) for _ in range(1))  # fmt: skip
        yield from own
        return
    right = first + second
    for wrong in (*own, first * second, first - second, second - first, abs(first) + abs(second), right + 1, right - 1):
        if wrong != right:
            yield wrong


def power_of_product(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """``(2*x)**2`` taken for ``2*x**2``."""
    if not isinstance(node, sympy.Pow) or not isinstance(node.args[0], sympy.Mul):
        return
    exponent, inner = node.args[1], product_of(node.args[0])
    factors = [*([inner.number] if inner.number != 1 else []), *(raised(*power) for power in inner.powers)]
    if len(factors) < 2:
        return
    lifted = [_lifted(factor, exponent) for factor in factors]
    right = product(lifted)
    for k in range(len(factors)):
        yield instead("power of a product", node, right, product([*lifted[:k], factors[k], *lifted[k + 1 :]]))
    for k in range(len(factors)) if len(factors) > 2 else ():
        yield instead("power of a product", node, right, product([*factors[:k], lifted[k], *factors[k + 1 :]]))


def _lifted(factor: Tree, exponent: Tree) -> Tree:
    if factor.is_Rational and exponent.is_Integer:
        return factor**exponent
    if isinstance(factor, sympy.Pow) and factor.args[1].is_Number and exponent.is_Number:
        return raised(factor.args[0], factor.args[1] * exponent)
    return raised(factor, exponent)


def power_of_sum(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """The root, power or inverse of a sum taken for the sum of those of its terms: ``sqrt(x**2 + 9)`` for ``x + 3``."""
    if isinstance(node, sympy.Pow) and isinstance(node.args[0], sympy.Add) and node.args[1].is_Number:
        apart = total([_term_lifted(term, node.args[1]) for term in node.args[0].args])
        yield Slip("power of a sum", "{} is not {}", apart, (node, apart))


def _term_lifted(term: Tree, exponent: Tree) -> Tree:
    """A term to a power; its sign stays before it."""
    parts = product_of(term)
    lifted = [_lifted(raised(*power), exponent) for power in parts.powers]
    sign = sympy.Integer(-1 if parts.number < 0 and not exponent.is_even else 1)
    number = abs(parts.number) ** exponent
    return product([sign, number if number.is_Rational else raised(abs(parts.number), exponent), *lifted])


def power_of_power(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """``(x**2)**3`` taken for ``x**5``."""
    if not isinstance(node, sympy.Pow) or not isinstance(node.args[0], sympy.Pow):
        return
    (base, one), two = node.args[0].args, node.args[1]
    if not (one.is_Number and two.is_Number):
        return
    if two == -1:
        yield from _denominators(base, one)
        return
    right = one * two
    for wrong in dict.fromkeys((one + two, one - two, one, two, -right)):
        if wrong != right:
            yield instead("exponents", node, raised(base, right), raised(base, wrong))


def _denominators(base: Tree, exponent: Tree) -> Iterator[Slip]:
    """Another power below the bar."""
    due = raised(base, exponent)
    for wrong in dict.fromkeys((exponent - 1, exponent + 1, ONE)):
        if wrong not in {exponent, 0}:
            made = raised(base, wrong)
            new = nodes.inverse(made)
            yield Slip("denominator", "{} below the bar has become {}", new, (due, made), nodes.inverse(due))
