"""Corrected claims as a person writes them: the numbers of each product in one number before it."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from gradcli.diagnosis import corrections
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree


def tidy(tree: Tree) -> Tree:
    """The same formula with the numbers of each product in one number before it: ``2*0.5*(A + A.T)`` is ``A + A.T``."""
    if not tree.args or isinstance(tree, Static | sympy.Tuple):
        return tree
    children = [tidy(child) for child in tree.args]
    if corrections.is_matrix_product(tree):
        return _numbers_first(tree, children)
    if not isinstance(tree, sympy.Mul):
        return corrections.rebuilt(tree, children)
    parts = [part for child in children for part in nodes.terms_of(child, sympy.Mul)]
    numbers = [
        p for p in parts if p.is_Rational or (isinstance(p, sympy.Pow) and p.args[0].is_Rational and p.args[1] == -1)
    ]
    rest = [p for p in parts if p not in numbers]
    number = sympy.Mul(*numbers)
    if not rest or not number.is_Rational:
        return number if not rest else corrections.rebuilt(tree, children)
    signs = [sympy.Integer(-1)] if number < 0 else []
    size = abs(number)
    above = [] if size.p == 1 else [sympy.Integer(size.p)]
    below = [] if size.q == 1 else [nodes.inverse(sympy.Integer(size.q))]
    made = [*signs, *above, *rest, *below]
    if isinstance(made[0], sympy.Pow) and made[0].args[1] == -1:
        made = [sympy.Integer(1), *made]
    return made[0] if len(made) == 1 else nodes.multiply(*made)


def _numbers_first(product: Tree, factors: Sequence[Tree]) -> Tree:
    """The product of matrices behind the numbers of its factors: ``-(A@B)`` for ``(-A)@B``."""
    parts = [nodes.terms_of(factor, sympy.Mul) for factor in factors]
    counted = [len(part) > 1 and part[0].is_Number for part in parts]
    bare = [
        (part[1] if len(part) == 2 else nodes.multiply(*part[1:])) if found else factor
        for part, factor, found in zip(parts, factors, counted, strict=True)
    ]
    number = sympy.Mul(*(part[0] for part, found in zip(parts, counted, strict=True) if found))
    made = corrections.rebuilt(product, bare)
    return made if number == 1 else corrections.times(number, made)
