"""A sum of terms as one formula: common factors out on the left, on the right, scalars and elementwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import sympy

from gradcli.closed.notation.factors import (
    Written,
    is_plain,
    links,
    made,
    matmul,
    power,
    powers_of,
    times,
    transposed,
    tree_of,
)
from gradcli.closed.notation.rewriting.formulas import Facts
from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.operations.table import OPS

MOST_TERMS = 40  # that are looked through for common factors

PARENTHESES = 2  # characters that a sum as a factor costs

LINEAR = ("matmul", "outer", "diag", "transpose", "trace")  # operations in whose operands sums are looked at

AROUND = {"diag": len("diag()"), "row": len("outer(,)"), "column": len("outer(,)")}  # what is written once, then


class Shared(NamedTuple):
    """What terms have in common.

    kind:   where it stands; tree: what it is
    """

    kind: str
    tree: tuple[Tree, ...]


def formula_of(terms: Sequence[Written]) -> Tree:
    """The sum of the terms."""
    return tree_of(total(terms)) if terms else sympy.Integer(0)


def total(terms: Sequence[Written]) -> Written:
    """The sum as one term: a product where something is common to all."""
    left = factored(list(terms))
    if len(left) == 1:
        return left[0]
    number = _common_number(left)
    left = _in_order([replace(term, number=term.number / number) for term in left])
    tree = nodes.add(*(part for k, term in enumerate(left) for part in _addends(term, k == 0)))
    if any(term.chain for term in terms):
        return Written(number, {}, (tree,))
    return Written(number, {tree: Fraction(1)})


def factored(terms: list[Written]) -> list[Written]:
    """The terms, fewer where some have a factor in common; the longest factor goes out first."""
    while 1 < len(terms) <= MOST_TERMS:
        groups: dict[Shared, list[Written]] = {}
        for term in terms:
            for shared in _factors(term):
                groups.setdefault(shared, []).append(term)
        gains = {shared: _gain(shared, group) for shared, group in groups.items() if len(group) > 1}
        best = max(gains, key=lambda shared: gains[shared], default=None)
        if best is None or gains[best] < 0:
            break
        group = groups[best]
        first = terms.index(group[0])
        one = _WITH[best.kind](best.tree, total([_WITHOUT[best.kind](best.tree, term) for term in group]))
        terms = [one if k == first else term for k, term in enumerate(terms) if k == first or term not in group]
    return terms


def _gain(shared: Shared, group: Sequence[Written]) -> int:
    """Characters that are saved, about; of equal ones, the longer factor is the better one."""
    length = sum(len(write(tree)) + 1 for tree in shared.tree) + AROUND.get(shared.kind, 0)
    alike = shared.kind == "array" and len({frozenset(term.scalars.items()) for term in group}) == 1
    return (len(group) - 1) * length - (0 if alike or shared.kind in AROUND else PARENTHESES)


# -- the factors of a term: what they are, the term without one, a sum times one


def _factors(term: Written) -> list[Shared]:
    found = [Shared("scalar", (power(base, _unit(e)),)) for base, e in term.scalars.items() if _unit(e)]
    if not term.chain:
        return found
    found.append(Shared("array", term.chain))
    if len(term.chain) > 1:
        return [*found, Shared("left", term.chain[:1]), Shared("right", term.chain[-1:])]
    (array,) = term.chain
    if is_plain(array, "outer"):
        before, after = _around(array)
        found += [Shared("row", array.args[:1]), Shared("column", array.args[1:2])]
        found += [Shared("left", before[:1])] if before else []
        return found + ([Shared("right", (transposed(after[0]),))] if after else [])
    if is_plain(array, "diag"):
        return [*found, Shared("diag", ())]
    return found + [Shared("entry", (power(base, _unit(e)),)) for base, e in powers_of([array])[1].items() if _unit(e)]


def _unit(exponent: Fraction) -> Fraction:
    """The power that is taken out of one."""
    if exponent.denominator == 1:
        return Fraction(1 if exponent > 0 else -1)
    return exponent


def _without_entry(tree: tuple[Tree, ...], term: Written) -> Written:
    number, powers = powers_of([*term.chain, nodes.inverse(tree[0])])
    array = tree_of(Written(number, powers))
    return replace(term, chain=(array,))


def _with_entry(tree: tuple[Tree, ...], rest: Written) -> Written:
    return replace(rest, chain=(nodes.multiply(*tree, *rest.chain),))


def _without_scalar(tree: tuple[Tree, ...], term: Written) -> Written:
    number, powers = powers_of([*(power(base, e) for base, e in term.scalars.items()), nodes.inverse(tree[0])])
    return replace(term, number=term.number * number, scalars=powers)


def _with_scalar(tree: tuple[Tree, ...], rest: Written) -> Written:
    return _without_scalar((nodes.inverse(tree[0]),), rest)


def _around(outer: Tree) -> tuple[tuple[Tree, ...], tuple[Tree, ...]]:
    """The matrices before the vectors of an outer product: A and B of ``outer(A @ x, B @ y)``."""
    before, after = (tuple(links(arg)[:-1]) for arg in outer.args[:2])
    return before, after


def _without_end(term: Written, at: int) -> Written:
    """The chain without its first or last matrix."""
    if len(term.chain) > 1:
        return replace(term, chain=term.chain[:-1] if at else term.chain[1:])
    args = list(term.chain[0].args[:2])
    args[at] = matmul(*links(args[at])[1:])
    return replace(term, chain=(made("outer", *args),))


_WITHOUT: dict[str, Callable[[tuple[Tree, ...], Written], Written]] = {
    "scalar": _without_scalar,
    "array": lambda _, term: replace(term, chain=()),
    "left": lambda _, term: _without_end(term, 0),
    "right": lambda _, term: _without_end(term, 1),
    "row": lambda _, term: replace(term, chain=term.chain[0].args[1:2]),
    "column": lambda _, term: replace(term, chain=term.chain[0].args[:1]),
    "diag": lambda _, term: replace(term, chain=term.chain[0].args[:1]),
    "entry": _without_entry,
}
_WITH: dict[str, Callable[[tuple[Tree, ...], Written], Written]] = {
    "scalar": _with_scalar,
    "array": lambda tree, rest: replace(rest, chain=tree),
    "left": lambda tree, rest: replace(rest, chain=(*tree, *rest.chain)),
    "right": lambda tree, rest: replace(rest, chain=(*rest.chain, *tree)),
    "row": lambda tree, rest: replace(rest, chain=(made("outer", tree[0], _tree(rest.chain)),)),
    "column": lambda tree, rest: replace(rest, chain=(made("outer", _tree(rest.chain), tree[0]),)),
    "diag": lambda _, rest: replace(rest, chain=(made("diag", _tree(rest.chain)),)),
    "entry": _with_entry,
}


def _tree(chain: tuple[Tree, ...]) -> Tree:
    return tree_of(Written(Fraction(1), {}, chain))


# -- the sum itself


def _common_number(terms: Sequence[Written]) -> Fraction:
    """The number that all have, and the sign."""
    sizes = {abs(term.number) for term in terms}
    number = sizes.pop() if len(sizes) == 1 else Fraction(1)
    return -number if all(term.number < 0 for term in terms) else number


def _in_order(terms: Sequence[Written]) -> list[Written]:
    """What is added before what is subtracted, ``A`` before ``A.T``."""
    return sorted(terms, key=lambda term: (term.number < 0, sum(is_plain(f, "transpose") for f in term.chain)))


def _addends(term: Written, first: bool) -> Sequence[Tree]:
    if term.number < 0 and not first:
        return [nodes.multiply(sympy.Integer(-1), tree_of(replace(term, number=-term.number)))]
    return nodes.terms_of(tree_of(term), sympy.Add)


# -- sums of a formula that is there


def regrouped(tree: Tree, facts: Facts) -> Tree:
    """The formula with common factors out of its sums, and without ones that broadcasting puts in."""
    op = nodes.row_of(tree)
    if not tree.args or not (op is None or op is OPS["mul"] or any(is_plain(tree, name) for name in LINEAR)):
        return tree
    args = [regrouped(part, facts) for part in tree.args]
    tree = tree if tuple(args) == tree.args else tree.func(*args, evaluate=False)
    if is_plain(tree, "matmul"):
        return _summed(tree, facts)
    if not isinstance(tree, sympy.Add):
        return tree
    grouped = tree_of(total([term_of(part, facts) for part in _without_ones(tree, facts)]))
    return grouped if len(facts.write(grouped)) <= len(facts.write(tree)) else tree


def _summed(product: Tree, facts: Facts) -> Tree:
    """``X.T @ ones(n)`` as the sum of the rows."""
    *chain, last = facts.chain(product)
    if nodes.row_of(last) is not OPS["ones"] or facts.rank(last) != 1:
        return product
    before = matmul(*chain)
    if facts.rank(chain[0]) == 1:
        return made("sum", before)
    if len(chain) == 1 and is_plain(before, "transpose"):
        return made("sum", before.args[0], constants=(0, False))
    return made("sum", before, constants=(1, False))


def term_of(tree: Tree, facts: Facts) -> Written:
    """A term of a formula by its factors."""
    factors = _flat(tree)
    arrays = [factor for factor in factors if facts.rank(factor)]
    scalars = [factor for factor in factors if not facts.rank(factor)]
    if len(arrays) != 1 or not is_plain(arrays[0], "matmul"):
        return Written(*powers_of(scalars), (times(*arrays),) if arrays else ())
    first, *rest = facts.chain(arrays[0])
    if not rest:  # of more than two axes
        return Written(*powers_of(scalars), (first,))
    inner = term_of(first, facts)
    number, powers = powers_of([*scalars, *(power(base, e) for base, e in inner.scalars.items())])
    return Written(number * inner.number, powers, (*inner.chain, *rest))


def _flat(tree: Tree) -> list[Tree]:
    return [part for factor in tree.args for part in _flat(factor)] if isinstance(tree, sympy.Mul) else [tree]


def _without_ones(tree: Tree, facts: Facts) -> list[Tree]:
    """The terms; what is the same number in all places is one number beside an array of that shape."""
    number = [term for term in tree.args if _of_ones(term, facts)]
    rest = [term for term in tree.args if term not in number]
    if not number or not rest or facts.shape(nodes.add(*rest, sympy.Integer(0))) != facts.shape(tree):
        return list(tree.args)
    return [tree_of(replace(term_of(term, facts), chain=())) if term in number else term for term in tree.args]


def _of_ones(term: Tree, facts: Facts) -> bool:
    chain = term_of(term, facts).chain
    op = nodes.row_of(chain[0]) if len(chain) == 1 else None
    return op is OPS["ones"] or (op is OPS["outer"] and all(_of_ones(part, facts) for part in chain[0].args[:2]))
