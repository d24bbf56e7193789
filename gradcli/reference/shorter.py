"""A scalar's formula as a person writes it: the shortest of a few that sympy makes of it, each held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy

from gradcli.base.errors import GradcliError
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.language.write import write_formula
from gradcli.meaning.program import compile_tree
from gradcli.meaning.residues.identity import holds_everywhere
from gradcli.meaning.symbolic import failures
from gradcli.meaning.symbolic_size import Bounds
from gradcli.reference.forms import agrees_at_points

ADMITTED = Bounds(60, functions=6, terms=40, multiple=8)  # what these take sympy a few hundredths of a second for
DRAWS = 3  # of points in balls
SHORT = 8  # characters of a formula that nobody would shorten

Square = tuple[type[Tree], Callable[[Tree], Tree]]
_SQUARES: tuple[Square, ...] = (
    (sympy.tan, lambda x: 1 / sympy.cos(x) ** 2 - 1),
    (sympy.cot, lambda x: 1 / sympy.sin(x) ** 2 - 1),
    (sympy.cos, lambda x: 1 - sympy.sin(x) ** 2),
    (sympy.sin, lambda x: 1 - sympy.cos(x) ** 2),
)
_WAYS = (sympy.together, sympy.cancel, sympy.factor, sympy.powsimp)


def shorter(tree: Tree) -> Tree:
    """The formula, or one of the same value wherever both have one that is written in fewer characters."""
    length = len(write_formula(tree))
    if length <= SHORT or not _promising(tree) or ADMITTED.refusal(tree):
        return tree
    found: dict[str, Tree] = {}
    for candidate in _candidates(tree):
        found.setdefault(write_formula(candidate), candidate)
    for text in sorted(found, key=len):
        if len(text) >= length:
            break
        if _same(tree, found[text]):
            return found[text]
    return tree


def _promising(tree: Tree) -> bool:
    """Has it fractions in fractions, sums to be multiplied out, signs, or squares and products of sines?"""
    parts = list(sympy.preorder_traversal(tree))
    sums = [part for part in parts if part.is_Add]
    waves = sum(isinstance(part, sympy.sin | sympy.cos) for part in parts)
    return (
        len(sums) > 1
        or waves > 1
        or tree.is_Add
        or tree.has(sympy.sign, sympy.tan, sympy.cot)
        or any(part.as_content_primitive()[0] != 1 or _divides(part) for part in sums)
    )


def _divides(tree: Tree) -> bool:
    return any(part.is_Pow and part.exp.could_extract_minus_sign() for part in sympy.preorder_traversal(tree))


def _candidates(tree: Tree) -> Iterator[Tree]:
    changed = (_signed(tree), *(_squared(tree, square) for square in _SQUARES), _double(tree))
    for start in dict.fromkeys((tree, *changed)):
        yield start
        for way in _WAYS:
            try:
                with failures():
                    made = way(start)
            except (GradcliError, sympy.PolynomialError):
                continue
            yield made
            yield _signed(made)


def _same(tree: Tree, other: Tree) -> bool:
    """Have both the same value: in residues, with every choice of signs; where signs and absolute values are bound to
    one another, and where residues have no model, in balls at points of either sign."""
    names = sorted(leaf.name for leaf in tree.free_symbols | other.free_symbols)
    try:
        if holds_everywhere(compile_tree(tree), compile_tree(other), "value", (), dict.fromkeys(names, ())).holds:
            return True
        if not tree.has(sympy.sign, sympy.Abs):
            return False
    except GradcliError:
        pass
    one, two = (Expression(side, write_formula(side), {}, tuple(names)) for side in (tree, other))
    return all(agrees_at_points(one, two, (), {}, {}, seed) for seed in range(DRAWS))


def _signed(tree: Tree) -> Tree:
    """``sign(u)*abs(u)`` is u, ``u*sign(u)`` is abs(u), and ``sign(u)**2`` is 1 beside a division by abs(u)."""
    return tree.replace(lambda part: part.is_Mul and part.has(sympy.sign), _without_signs)


def _without_signs(product: Tree) -> Tree:
    powers = dict(product.as_powers_dict())
    for sign in [base for base in powers if isinstance(base, sympy.sign)]:
        (u,) = sign.args
        size, one = sympy.Abs(u), sympy.Integer(1)
        of_size, of_u = (powers.get(base, sympy.Integer(0)) for base in (size, u))
        if powers[sign] == 2 and of_size.is_negative:
            change = {sign: -2 * one}
        elif of_size.is_Rational and (of_size >= 1 or of_size == -1):
            step = one if of_size >= 1 else -one
            change = {sign: -one, size: -step, u: step}
        elif of_u.is_Rational and of_u >= 1:
            change = {sign: -one, u: -one, size: one}
        else:
            continue
        if powers[sign] >= 1:
            changed = powers | {base: powers.get(base, 0) + by for base, by in change.items()}
            return _signed(sympy.Mul(*(base**exponent for base, exponent in changed.items())))
    return product


def _squared(tree: Tree, square: Square) -> Tree:
    """With another function's square in the place of a function's."""
    kind, instead = square
    return tree.replace(
        lambda part: part.is_Pow and isinstance(part.base, kind) and part.exp.is_Integer and part.exp in (2, 4),
        lambda part: instead(part.base.args[0]) ** (part.exp // 2),
    )


def _double(tree: Tree) -> Tree:
    """``2*sin(u)*cos(u)`` is sin(2*u)."""
    return tree.replace(lambda part: part.is_Mul and part.has(sympy.sin), _of_double)


def _of_double(product: Tree) -> Tree:
    powers = dict(product.as_powers_dict())
    for sine in [base for base in powers if isinstance(base, sympy.sin)]:
        cosine = sympy.cos(sine.args[0])
        if powers[sine] == powers.get(cosine) == 1:
            powers |= {sine: sympy.Integer(0), cosine: sympy.Integer(0)}
            return sympy.sin(2 * sine.args[0]) / 2 * sympy.Mul(*(base**power for base, power in powers.items()))
    return product
