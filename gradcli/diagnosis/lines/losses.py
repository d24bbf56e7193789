"""What is lost, doubled or changed on the way down: a factor, a term, a sign, a number, a transpose."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.diagnosis import corrections
from gradcli.diagnosis.lines.parts import ONE, Product, is_negative, product_of, raised, total
from gradcli.diagnosis.lines.slip import Slip
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of


def signs(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """The sign of a term, or of the whole."""
    for k, term in enumerate(node.args if isinstance(node, sympy.Add) else ()):
        new = corrections.put(node, (k,), corrections.minus(term))
        said = "the minus before {} is lost" if is_negative(term) else "{} has got a minus"
        yield Slip("sign", said, new, (corrections.minus(term) if is_negative(term) else term,), node)


def terms(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """A term that is left out, or stands twice."""
    for k, term in enumerate(node.args if isinstance(node, sympy.Add) else ()):
        rest = [*node.args[:k], *node.args[k + 1 :]]
        yield Slip("lost term", "the term {} is lost", total(rest), (term,), node)
        yield Slip("doubled term", "the term {} counts twice", total([*node.args, term]), (term,), node)


def factors(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """A factor that is left out, or one of several that are alike; one that is on the other side of a fraction bar."""
    if not isinstance(node, sympy.Mul | sympy.Pow):
        return
    whole = product_of(node)
    if abs(whole.number) != 1:
        kept = Product(ONE if whole.number > 0 else -ONE, whole.powers).tree
        yield Slip("lost factor", "the factor {} of {} is lost", kept, (abs(whole.number), node), node)
    for k, (base, exponent) in enumerate(whole.powers):
        if len(whole.powers) + (abs(whole.number) != 1) > 1:
            said = "what {} is divided by is lost: {}" if _divides(exponent) else "the factor {1} of {0} is lost"
            part = raised(base, -exponent) if _divides(exponent) else raised(base, exponent)
            yield Slip("lost factor", said, whole.without(k), (node, part), node)
        if exponent.is_Integer and abs(exponent) > 1:
            less = exponent - 1 if exponent > 0 else exponent + 1
            powers = (*whole.powers[:k], (base, less), *whole.powers[k + 1 :])
            said = "a factor {} of {} is lost" if exponent > 0 else "{} divides {} once more"
            yield Slip("lost factor", said, Product(whole.number, powers).tree, (base, node), node)
        if exponent.is_Number:
            powers = (*whole.powers[:k], (base, -exponent), *whole.powers[k + 1 :])
            said = "{} is on the wrong side of the fraction bar in {}"
            yield Slip("fraction", said, Product(whole.number, powers).tree, (raised(base, abs(exponent)), node), node)
        if exponent.is_Number:
            powers = (*whole.powers[:k], (base, exponent + 1 if exponent > 0 else exponent - 1), *whole.powers[k + 1 :])
            said = "{} has got a factor {} too many" if exponent > 0 else "{} is divided by {} once too often"
            yield Slip("extra factor", said, Product(whole.number, powers).tree, (node, base), node)


def _divides(exponent: Tree) -> bool:
    return bool(exponent.is_Number and exponent < 0)


def numbers(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """A number that was copied wrongly, or worked out wrongly from those of a product."""
    found = [node] if node.is_Rational else []
    whole = product_of(node).number if isinstance(node, sympy.Mul) else ONE
    several = isinstance(node, sympy.Mul) and sum(1 for factor in _rationals(node)) > 1
    for number in found:
        for new in dict.fromkeys((-number, number * 2, number / 2, number + 1, number - 1)):
            yield Slip("number", "{} has become {}", new, (number, new), number)
    if several:
        parts = [abs(number) for number in _rationals(node)]
        total_, rest = sum(parts, sympy.Integer(0)), Product(ONE, product_of(node).powers).tree
        pair = nodes.multiply(*_rationals(node))
        for new in dict.fromkeys((-whole, total_, -total_, whole * 2, whole / 2, whole + 1, whole - 1)):
            if new != whole:
                made = nodes.multiply(new, *nodes.terms_of(rest, sympy.Mul)) if rest != 1 else new
                yield Slip("number", "{} is {}, not {}", made, (pair, whole, new), node)


def _rationals(node: Tree) -> list[Tree]:
    return (
        [
            part
            for factor in node.args
            for part in (_rationals(factor) if factor.is_Mul else [factor])
            if part.is_Rational
        ]
        if isinstance(node, sympy.Mul)
        else []
    )


def functions(node: Tree, _facts: Facts) -> Iterator[Slip]:
    """A function of a sum, a multiple, a negative or a power taken for the sum, the multiple … of the function."""
    row = row_of(node)
    inner = [arg for arg in node.args if not isinstance(arg, Static)]
    if isinstance(node, sympy.Pow) and len(node.args[0].args) == 1 and _is_entrywise(node.args[0]):
        moved = corrections.rebuilt(node.args[0], [nodes.power(node.args[0].args[0], node.args[1])])
        yield Slip("function", "{} is not {}", moved, (node, moved), node)
    if row is None or not _is_entrywise(node) or len(inner) != 1 or row.boolean:
        return

    def of(argument: Tree) -> Tree:
        return corrections.rebuilt(node, [argument, *node.args[1:]])

    argument = inner[0]
    if isinstance(argument, sympy.Add):
        apart = total([corrections.minus(of(corrections.minus(term))) if is_negative(term) else of(term)
                       for term in argument.args])  # fmt: skip
        yield Slip("function", "{} is not {}", apart, (node, apart), node)
    if is_negative(argument):
        for new in (of(corrections.minus(argument)), corrections.minus(of(corrections.minus(argument)))):
            yield Slip("sign", "{} has become {}", new, (node, new), node)
    parts = product_of(argument)
    if abs(parts.number) != 1:
        rest = of(Product(ONE, parts.powers).tree)
        for new in (corrections.times(parts.number, rest), rest):
            yield Slip("function", "{} is not {}", new, (node, new), node)


def _is_entrywise(node: Tree) -> bool:
    row = row_of(node)
    return isinstance(node, sympy.exp) or (row is not None and row.elementwise and not row.boolean)
