"""What nobody writes down when a rule has been used: ones and zeros, signs in the midst, powers of powers."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of

ONE, ZERO, MINUS_ONE = sympy.Integer(1), sympy.Integer(0), sympy.Integer(-1)


def product(*factors: Tree) -> Tree:
    """Factors as one product, sign first, divisors behind one stroke; 0 where one is 0, without those that are 1."""
    flat = [part for factor in factors for part in flattened(factor) if part != 1 and part != nodes.inverse(ONE)]
    if any(part == 0 for part in flat):
        return ZERO
    signs = sum(1 for part in flat if part == -1)
    above = [part for part in flat if part != -1 and not divides(part)]
    below = [part.args[0] for part in flat if divides(part)]
    if below:
        above.append(nodes.inverse(nodes.multiply(*below) if len(below) > 1 else below[0]))
    if signs % 2 and above and above[0].is_Rational:
        above[0] = -above[0]
    elif signs % 2:
        above = [MINUS_ONE, *(above if above and not divides(above[0]) else [ONE, *above])] if above else [MINUS_ONE]
    elif above and divides(above[0]):
        above = [ONE, *above]
    return nodes.multiply(*above) if len(above) > 1 else above[0] if above else ONE


def flattened(tree: Tree) -> list[Tree]:
    """The factors of a product, those of what it is divided by each as a division of its own."""
    out = []
    for part in nodes.terms_of(tree, sympy.Mul):
        if divides(part) and isinstance(part.args[0], sympy.Mul):
            out += [nodes.inverse(factor) for factor in part.args[0].args]
        else:
            out.append(part)
    return out


def divides(tree: Tree) -> bool:
    return isinstance(tree, sympy.Pow) and tree.args[1] == -1


def total(*terms: Tree) -> Tree:
    """Terms as one sum, without those that are 0, and with ``a - 2*b`` for ``a + -2*b``."""
    flat = [part for term in terms for part in nodes.terms_of(term, sympy.Add) if part != 0]
    flat = [part if k == 0 else _after_sign(part) for k, part in enumerate(flat)]
    return nodes.add(*flat) if len(flat) > 1 else flat[0] if flat else ZERO


def difference(one: Tree, other: Tree) -> Tree:
    return total(one, product(MINUS_ONE, other))


def power(base: Tree, exponent: Tree) -> Tree:
    """A power; of a whole power the one with both exponents multiplied."""
    if exponent == 1:
        return base
    if exponent == 0:
        return ONE
    if isinstance(base, sympy.Pow) and base.args[1].is_Integer and exponent.is_Integer:
        return power(base.args[0], base.args[1] * exponent)
    if exponent.is_Integer and exponent < -1:
        return nodes.inverse(power(base, -exponent))
    if base.is_Rational and exponent.is_Integer and base != 0 and abs(exponent) < 16:
        return base**exponent
    return nodes.power(base, exponent)


def neat(tree: Tree) -> Tree:
    """The tree with numbers multiplied and in front, without ones and zeros, from the inside out; operands of functions
    and of derivatives that are still to be taken stay as they are."""
    if isinstance(tree, sympy.Add):
        return _signed_sum([neat(arg) for arg in tree.args])
    if isinstance(tree, sympy.Mul):
        return _numbered([neat(arg) for arg in tree.args])
    if isinstance(tree, sympy.Pow) and tree.args[1].is_Integer and not tree.args[0].is_Rational:
        return power(neat(tree.args[0]), tree.args[1])
    row = row_of(tree)
    if row is not None and row.chooses:
        return tree.func(
            *(arg if isinstance(arg, Static) or nodes.is_condition(arg) else neat(arg) for arg in tree.args),
            evaluate=False,
        )
    return tree


def _numbered(factors: Sequence[Tree]) -> Tree:
    """The product with its number first, then what is a name or its power, then the rest."""
    number, rest = ONE, []
    for part in (part for factor in factors for part in flattened(factor)):
        value = _number(part)
        if value is None:
            rest.append(part)
        else:
            number = number * value
    if number == 0:
        return ZERO
    rest = sorted(_gathered(rest), key=lambda part: not _is_plain(part))
    return product(sympy.Integer(number.p), nodes.inverse(sympy.Integer(number.q)), *rest)


def _gathered(factors: Sequence[Tree]) -> list[Tree]:
    """Whole powers of one base as one power, at the place of the first: ``x**2/x`` is x."""
    exponents: dict[Tree, Tree] = {}
    for factor in factors:
        base, exponent = _as_power(factor)
        exponents[base] = exponents.get(base, ZERO) + exponent
    return [power(base, exponent) for base, exponent in exponents.items() if exponent != 0]


def _as_power(factor: Tree) -> tuple[Tree, Tree]:
    """A factor as a whole power of something that is none."""
    if isinstance(factor, sympy.Pow) and factor.args[1].is_Integer and not factor.args[0].is_Rational:
        base, exponent = _as_power(factor.args[0])
        return base, exponent * factor.args[1]
    return factor, ONE


def _is_plain(part: Tree) -> bool:
    return part.is_Symbol or (isinstance(part, sympy.Pow) and part.args[0].is_Symbol and part.args[1].is_Rational)


def _number(part: Tree) -> Tree | None:
    if part.is_Rational:
        return part
    if divides(part) and part.args[0].is_Rational and part.args[0] != 0:
        return 1 / part.args[0]
    return None


def _signed_sum(terms: Sequence[Tree]) -> Tree:
    """The sum with its numbers added up, at the place of the first."""
    flat = [part for term in terms for part in nodes.terms_of(term, sympy.Add) if part != 0]
    numbers = [part for part in flat if part.is_Rational]
    if len(numbers) > 1:
        number = sum(numbers, ZERO)
        at = flat.index(numbers[0])
        flat = [number if k == at else part for k, part in enumerate(flat) if k == at or not part.is_Rational]
    return total(*flat)


def _after_sign(term: Tree) -> Tree:
    if term.is_Rational and term < 0:
        return nodes.multiply(MINUS_ONE, -term)
    if isinstance(term, sympy.Mul) and term.args[0].is_Rational and term.args[0] < 0 and len(term.args) > 1:
        rest = product(-term.args[0], *term.args[1:])
        return nodes.multiply(MINUS_ONE, rest)
    return term
