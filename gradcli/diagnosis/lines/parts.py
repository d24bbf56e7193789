"""Lines taken apart: signs and powers of a product, sums multiplied out, open derivatives carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import sympy

from gradcli.closed.notation.rewriting.formulas import MATMUL, TRANSPOSE
from gradcli.diagnosis import corrections
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of

MOST_TERMS = 24  # of a sum that is multiplied out
MOST_POWER = 3  # of a sum that is multiplied out
ONE, TWO, MINUS_ONE = sympy.Integer(1), sympy.Integer(2), sympy.Integer(-1)


@dataclass(frozen=True, slots=True)
class Product:
    """A number times powers of bases, one for each that stands there: ``-2*x*x/y`` is -2, (x, 1), (x, 1), (y, -1)."""

    number: Tree
    powers: tuple[tuple[Tree, Tree], ...]

    @property
    def tree(self) -> Tree:
        return product([self.number, *(raised(*power) for power in self.powers)])

    def without(self, k: int) -> Tree:
        return Product(self.number, self.powers[:k] + self.powers[k + 1 :]).tree


def product_of(tree: Tree) -> Product:
    """The factors of a product, also those of products within it, and what is divided by."""
    if tree.is_Rational:
        return Product(tree, ())
    if isinstance(tree, sympy.Mul):
        parts = [product_of(factor) for factor in tree.args]
        number = ONE
        for part in parts:
            number = number * part.number
        return Product(number, tuple(power for part in parts for power in part.powers))
    if isinstance(tree, sympy.Pow) and tree.args[1].is_Integer:
        inner = product_of(tree.args[0])
        if inner.number != 0 and (len(inner.powers) == 1 or tree.args[1] == -1):
            raised_ = tuple((base, _times(exponent, tree.args[1])) for base, exponent in inner.powers)
            return Product(inner.number ** tree.args[1], raised_)
    if isinstance(tree, sympy.Pow):
        return Product(ONE, ((tree.args[0], tree.args[1]),))
    return Product(ONE, ((tree, ONE),))


def _times(exponent: Tree, number: Tree) -> Tree:
    return exponent * number if exponent.is_Number else corrections.times(number, exponent)


def raised(base: Tree, exponent: Tree) -> Tree:
    """The power, as people write it: no exponent of one."""
    if exponent == 1:
        return base
    return nodes.power(base, exponent)


def product(factors: Sequence[Tree]) -> Tree:
    """A product without factors of one, and with one number."""
    number, rest = ONE, list[Tree]()
    for factor in factors:
        for part in nodes.terms_of(factor, sympy.Mul):
            if part.is_Rational:
                number = number * part
            else:
                rest.append(part)
    if number == 0 or not rest:
        return number
    kept = [*_number(number), *rest]
    return kept[0] if len(kept) == 1 else nodes.multiply(*kept)


def _number(number: Tree) -> list[Tree]:
    """As the parser has it, with its sign by itself; none where it is one."""
    sign = [MINUS_ONE] if number < 0 else []
    return sign if abs(number) == 1 else [*sign, abs(number)]


def total(terms: Sequence[Tree]) -> Tree:
    """A sum without terms of 0."""
    kept = [part for term in terms for part in nodes.terms_of(term, sympy.Add) if part != 0]
    kept = [*kept[:1], *map(_subtracted, kept[1:])]
    return sympy.Integer(0) if not kept else kept[0] if len(kept) == 1 else nodes.add(*kept)


def _subtracted(term: Tree) -> Tree:
    """A term with a minus as the parser has it in a difference: minus one times all the rest."""
    if not isinstance(term, sympy.Mul) or not (term.args[0].is_Rational and term.args[0] < 0) or len(term.args) < 3:
        return term
    positive = [] if term.args[0] == MINUS_ONE else [-term.args[0]]
    return nodes.multiply(MINUS_ONE, nodes.multiply(*positive, *term.args[1:]))


def as_written(tree: Tree) -> Tree:
    """The same with differences as the parser has them, so that ``a - 2*b`` is written, not ``a + -2*b``."""
    if not tree.args or isinstance(tree, Static | sympy.Tuple):
        return tree
    children = [as_written(child) for child in tree.args]
    if isinstance(tree, sympy.Add):
        return nodes.add(*map(_subtracted, children))
    return (
        tree if all(a is b for a, b in zip(children, tree.args, strict=True)) else corrections.rebuilt(tree, children)
    )


def collected(terms: Sequence[Tree], key: Callable[[Tree], tuple[object, Tree]]) -> Tree:
    """A sum in which terms that are alike but for their number are one."""
    found: dict[object, tuple[Tree, Tree]] = {}
    for term in (part for whole in terms for part in nodes.terms_of(whole, sympy.Add)):
        name, number = key(term)
        before = found[name][0] if name in found else sympy.Integer(0)
        found[name] = (before + number, found[name][1] if name in found else Product(ONE, product_of(term).powers).tree)
    return total([product([number, base]) for number, base in found.values()])


def as_fractions(tree: Tree) -> Tree:
    """``1/x`` for a power ``x**-1`` that stands by itself."""
    if not tree.args or isinstance(tree, Static | sympy.Tuple):
        return tree
    children = [as_fractions(child) if not isinstance(tree, sympy.Mul) else _inside(child) for child in tree.args]
    made = (
        tree if all(a is b for a, b in zip(children, tree.args, strict=True)) else corrections.rebuilt(tree, children)
    )
    if isinstance(made, sympy.Pow) and made.args[1].is_Number and made.args[1] < 0:
        return nodes.multiply(ONE, nodes.inverse(raised(made.args[0], -made.args[1])))
    return made


def _inside(factor: Tree) -> Tree:
    """A factor of a product, whose own negative power is written as a fraction there."""
    if not isinstance(factor, sympy.Pow):
        return as_fractions(factor)
    return nodes.power(as_fractions(factor.args[0]), factor.args[1])


def is_negative(tree: Tree) -> bool:
    """Does it stand there with a minus before it?"""
    if isinstance(tree, sympy.Mul):
        return sum(map(is_negative, tree.args)) % 2 == 1
    return bool(tree.is_Rational and tree < 0)


# -- multiplied out


def written_out(tree: Tree) -> Tree:
    """Sums in products, matrix products and transposes multiplied out; the tree itself where that is too long."""
    if not tree.args or isinstance(tree, Static) or nodes.is_condition(tree):
        return tree
    if isinstance(tree, sympy.Mul):
        return _product_out([written_out(factor) for factor in tree.args]) or tree
    if isinstance(tree, sympy.Add):
        return total([written_out(term) for term in tree.args])
    if isinstance(tree, sympy.Pow):
        base, exponent = written_out(tree.args[0]), tree.args[1]
        if isinstance(base, sympy.Add) and exponent.is_Integer and 2 <= exponent <= MOST_POWER:
            return _product_out([base] * int(exponent)) or tree
        return nodes.power(base, exponent)
    row = row_of(tree)
    if row is MATMUL:
        return _matmul_out(*map(written_out, tree.args)) or tree
    if row is TRANSPOSE and nodes.has_defaults(tree, row):
        return _transpose_out(tree.args[0]) or tree
    return tree


def _product_out(factors: Sequence[Tree]) -> Tree | None:
    found: list[list[Tree]] = [[]]
    for factor in factors:
        found = [[*before, term] for before in found for term in nodes.terms_of(factor, sympy.Add)]
        if len(found) > MOST_TERMS:
            return None
    return total([product(one) for one in found])


def _matmul_out(left: Tree, right: Tree) -> Tree | None:
    pairs = [(a, b) for a in nodes.terms_of(left, sympy.Add) for b in nodes.terms_of(right, sympy.Add)]
    if len(pairs) > MOST_TERMS:
        return None
    return total([_matmul(a, b) for a, b in pairs])


def _matmul(left: Tree, right: Tree) -> Tree:
    """The product of matrices, with the numbers before it."""
    number, rest = ONE, list[Tree]()
    for side in (left, right):
        factors = nodes.terms_of(side, sympy.Mul)
        numbers = [factor for factor in factors if factor.is_Rational]
        for one in numbers:
            number = number * one
        rest.append(product([factor for factor in factors if not factor.is_Rational]))
    return product([number, nodes.make(MATMUL, rest)])


def _transpose_out(inner: Tree) -> Tree | None:
    inner = written_out(inner)
    if isinstance(inner, sympy.Add):
        return total([corrections.transposed(term) for term in inner.args])
    if row_of(inner) is MATMUL:
        left, right = inner.args
        return nodes.make(MATMUL, [corrections.transposed(right), corrections.transposed(left)])
    return None


# -- open derivatives


def open_derivatives(tree: Tree) -> Iterator[tuple[corrections.Path, Tree]]:
    """Derivatives that are written, and not yet carried out: ``diff(u, x)``, ``grad(u, X)``."""
    for path, node in corrections.places(tree):
        row = row_of(node)
        if row is not None and row.differentiates:
            yield path, node


def single(tree: Tree) -> list[tuple[corrections.Path, Tree]]:
    """Open derivatives of a function in one variable, once: those within others left out, and no more than a few."""
    found = list(islice(open_derivatives(tree), 8))
    outer = [(path, node) for path, node in found if not any(path[: len(p)] == p for p, _ in found if p != path)]
    return [(path, node) for path, node in outer if len(node.args) == 2 and node.args[1].is_Symbol]
