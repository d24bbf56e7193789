"""The arithmetic in which derivatives are written: formulas of scalars, products shortened where factors cancel."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod

import sympy

from gradcli.base.dtypes import DType
from gradcli.closed.notation.factors import bases_of, made, power
from gradcli.closed.notation.reverse import Sized, Trees
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning.program import Step, compile_tree, run

Factors = list[tuple[Tree, Fraction]]  # bases and their exponents


class Slopes(Trees):
    """Formulas of scalars whose products are shortened where factors cancel: ``2*x`` for ``2*x**2/x``, which has no
    value at 0. One in which none does stays as it is: steps after it share it, and ``a/x/x`` is ``a/x**2`` in floats
    only where that square is one."""

    def apply(self, step: Step, arguments: list[Sized | None]) -> Sized:
        found = super().apply(step, arguments)
        return Sized(_cancelled(found.tree), ()) if isinstance(found.tree, sympy.Mul) else found


def shortened(tree: Tree) -> Tree:
    """A formula as the arithmetic writes it, so that it is the same where it is met in a derivative."""
    program = compile_tree(tree)
    return run(program, Slopes(), {name: Sized(symbol(name), ()) for name in program.names}).tree


def _cancelled(product: Tree) -> Tree:
    """The same product, its numbers as one, without what it is both multiplied and divided by."""
    given = [term for term in nodes.terms_of(product, sympy.Mul) if term != 1]
    terms = _at_zero(given)
    numbers = [term for term in terms if _value(term) is not None]
    rest = [term for term in terms if _value(term) is None]
    before = [bases_of(term, Fraction(1)) for term in rest]
    one, after = _as_one(numbers), _without_inverses(before)
    if after == before and one == numbers and terms == given:
        return product
    left = [term if new == old else _written(new) for term, old, new in zip(rest, before, after, strict=True)]
    kept = [*one, *(part for term in left for part in nodes.terms_of(term, sympy.Mul) if part != 1)]
    return nodes.multiply(*kept) if len(kept) > 1 else kept[0] if kept else sympy.Integer(1)


def _at_zero(terms: Sequence[Tree]) -> list[Tree]:
    """The slopes of ``x**y`` as torch has them, numbers at 0 too: ``x**(y - 1)`` for ``x**y/x``, 0 for it where y is 0,
    and 0 for the logarithm of 0 beside a power of it."""
    found = list(terms)
    for term in terms:
        if not isinstance(term, sympy.Pow) or term.args[1].is_Rational:
            continue
        base, exponent = term.args
        below, logarithm = nodes.inverse(base), made("log", base)
        if below in found:
            found.remove(below)
            slope = nodes.power(base, nodes.add(exponent, sympy.Integer(-1)))
            found[found.index(term)] = _zero_at(exponent, slope)
        elif logarithm in found:
            found[found.index(logarithm)] = _zero_at(base, logarithm)
    return found


def _zero_at(x: Tree, tree: Tree) -> Tree:
    """A tree, but 0 where x is 0."""
    zero = sympy.Integer(0)
    return made("where", sympy.Eq(x, zero, evaluate=False), zero, tree) if x.free_symbols else tree


def _value(term: Tree) -> Fraction | None:
    """A number, or one over it."""
    ((base, exponent), *more) = bases_of(term, Fraction(1)) or [(term, Fraction(1))]
    if more or not base.is_Rational or base == 0 or exponent.denominator != 1:
        return None
    return Fraction(int(base.p), int(base.q)) ** int(exponent)


def _as_one(numbers: Sequence[Tree]) -> list[Tree]:
    """Numbers multiplied, unless that leaves the range of floats, which what they are factors of may not."""
    if len(numbers) < 2:
        return list(numbers)
    whole = prod((value for x in numbers if (value := _value(x)) is not None), start=Fraction(1))
    float_ = DType.FLOAT64
    inside = Fraction(float_.smallest_normal) <= abs(whole) <= Fraction(float_.largest)
    return ([] if whole == 1 else [nodes.number(whole)]) if inside else list(numbers)


def _without_inverses(terms: Sequence[Factors]) -> list[Factors]:
    """Each factor against those before it of the same base that are on the other side of the stroke."""
    left = [list(term) for term in terms]
    open_: dict[Tree, list[tuple[int, int]]] = {}
    for i, term in enumerate(left):
        for j, (base, exponent) in enumerate(term):
            for k, m in open_.get(base, ()):
                other = left[k][m][1]
                if exponent * other >= 0:
                    continue
                total = exponent + other
                stays = abs(exponent) > abs(other)
                exponent, left[k][m] = (total, (base, Fraction(0))) if stays else (Fraction(0), (base, total))
            term[j] = base, exponent
            open_.setdefault(base, []).append((i, j))
    return [[(base, exponent) for base, exponent in term if exponent] for term in left]


def _written(factors: Factors) -> Tree:
    over = [power(base, exponent) for base, exponent in factors if exponent > 0]
    under = [power(base, -exponent) for base, exponent in factors if exponent < 0]
    top = nodes.multiply(*over) if len(over) > 1 else over[0] if over else sympy.Integer(1)
    if not under:
        return top
    below = nodes.inverse(nodes.multiply(*under) if len(under) > 1 else under[0])
    return nodes.multiply(*nodes.terms_of(top, sympy.Mul), below) if over else below
