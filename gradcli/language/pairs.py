"""Complex numbers as pairs of real trees: what Add, Mul, Pow and linear operations make of them.

A complex value is one node while a text is read, and no tree that leaves the parser has one. Its parts broadcast; a
part that is the number 0 stands for zeros of the other's shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import sympy

from gradcli.language import nodes
from gradcli.language.nodes import Tree
from gradcli.operations.row import CONDITION, Op
from gradcli.operations.table import OPS

ZERO, ONE, MINUS_ONE = sympy.Integer(0), sympy.Integer(1), sympy.Integer(-1)


class Complex(sympy.Expr):  # type: ignore[misc]  # sympy has no types
    """``re + i*im``; level: both parts have the value's shape."""

    __slots__ = ("level",)
    is_commutative = True

    level: bool

    def __new__(cls, re: Tree, im: Tree, *, level: bool = False) -> Complex:
        node = cast("Complex", sympy.Expr.__new__(cls, re, im))
        node.level = level or ZERO in (re, im) or (re.is_number and im.is_number)
        return node


def parts(tree: Tree) -> tuple[Tree, Tree]:
    """The real and the imaginary part, as they stand."""
    return tree.args if type(tree) is Complex else (tree, ZERO)


def _is_level(tree: Tree) -> bool:
    return type(tree) is not Complex or tree.level


def plus(terms: Sequence[Tree]) -> Complex:
    """``(a + b) + i*(c + d)``; a real term adds to the real parts alone."""
    pairs = [parts(term) for term in terms]
    re, im = (_sum([pair[k] for pair in pairs]) for k in (0, 1))
    whole = all(ZERO not in pair or term.is_number for pair, term in zip(pairs, terms, strict=True))
    return Complex(re, im, level=whole and all(map(_is_level, terms)))


def times(x: Tree, y: Tree) -> Complex:
    """``(a*c - b*d) + i*(a*d + b*c)``"""
    (a, b), (c, d) = parts(x), parts(y)
    re, im = _sum([_product(a, c), _negative(_product(b, d))]), _sum([_product(a, d), _product(b, c)])
    return Complex(re, im, level=_is_level(x) and _is_level(y))


def product(factors: Sequence[Tree]) -> Complex:
    """Of factors of which one is complex at least: the real ones first."""
    real = [factor for factor in factors if type(factor) is not Complex]
    first, *rest = (factor for factor in factors if type(factor) is Complex)
    for factor in [*rest, *([nodes.multiply(*real) if len(real) > 1 else real[0]] if real else [])]:
        first = times(first, factor)
    return first


def conjugate(z: Complex) -> Complex:
    re, im = z.args
    return Complex(re, _negative(im), level=z.level)


def inverse(z: Complex) -> Complex:
    """``conj(z)/abs(z)**2``"""
    re, im = z.args
    if ZERO in (re, im):
        return Complex(_inverse(re), _negative(_inverse(im)))
    size = nodes.inverse(_sum([nodes.power(part, sympy.Integer(2)) for part in (re, im)]))
    return Complex(_product(re, size), _negative(_product(im, size)), level=z.level)


def power(z: Complex, exponent: int) -> Complex:
    """``z**n`` for a whole n that is not 0, by repeated squaring."""
    if exponent < 0:
        return inverse(power(z, -exponent))
    if exponent == 1:
        return z
    half = power(z, exponent // 2)
    square = times(half, half)
    return times(square, z) if exponent % 2 else square


def linear(node: Tree, op: Op, operands: Sequence[Tree]) -> Complex:
    """An operation that acts on both parts alike; operands: the node's, of which real ones have imaginary parts 0."""
    chosen = [op.tensors[min(k, len(op.tensors) - 1)].kind == CONDITION for k in range(len(operands))]
    still = [k > 0 for k in range(len(operands))] if op.linear == "first" else chosen
    pairs = [_twice(x) if stays else parts(x) for x, stays in zip(operands, still, strict=True)]
    moving = [pair for pair, stays in zip(pairs, still, strict=True) if not stays]
    found = []
    for k in (0, 1):
        none = all(pair[k] is ZERO for pair in moving)
        found.append(ZERO if none else with_operands(node, [_filled(pair, k) for pair in pairs]))
    return Complex(found[0], found[1], level=True)


def each(node: Tree, operands: Sequence[Tree]) -> Tree:
    """An operation that is linear in each operand: ``f(a + i*b, y) = f(a, y) + i*f(b, y)``."""
    at = next((k for k, x in enumerate(operands) if type(x) is Complex), None)
    if at is None:
        return with_operands(node, operands)
    re, im = (
        ZERO if part is ZERO else each(node, [*operands[:at], part, *operands[at + 1 :]]) for part in operands[at].args
    )
    (a, b), (c, d) = parts(re), parts(im)
    return Complex(_sum([a, _negative(d)]), _sum([b, c]), level=True)


def with_operands(node: Tree, operands: Sequence[Tree]) -> Tree:
    """The node with others in the place of its own; its constants stay."""
    constants = [child for child in node.args if isinstance(child, nodes.Static)]
    return node.func(*operands, *constants, evaluate=False)


def levelled(z: Complex) -> Complex:
    """Both parts in the value's shape, whatever that is."""
    re, im = z.args
    return Complex(_sum([re, _zeros_like(im)]), _sum([im, _zeros_like(re)]), level=True)


def whole(z: Complex) -> tuple[Tree, Tree]:
    """The parts of a level value, zeros written out."""
    re, im = z.args
    return (_zeros_like(im), im) if re is ZERO else (re, _zeros_like(re) if im is ZERO else im)


def _twice(x: Tree) -> tuple[Tree, Tree]:
    """What tells a shape alone, for both parts."""
    re, im = parts(x)
    return (im, im) if re is ZERO and type(x) is Complex else (re, re)


def _filled(pair: tuple[Tree, Tree], k: int) -> Tree:
    """One part of a pair, zeros in the shape of the other."""
    return _zeros_like(pair[1 - k]) if pair[k] is ZERO else pair[k]


def _zeros_like(x: Tree) -> Tree:
    return ZERO if x.is_number else nodes.make(OPS["zeros_like"], [x])


def _sum(terms: Sequence[Tree]) -> Tree:
    kept = [term for term in terms if term is not ZERO]
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    return nodes.add(*nodes.terms_of(kept[0], sympy.Add), *kept[1:])


def _product(x: Tree, y: Tree) -> Tree:
    if ZERO in (x, y):
        return ZERO
    if ONE in (x, y):
        return y if x == ONE else x
    if MINUS_ONE in (x, y):
        return _negative(y if x == MINUS_ONE else x)
    return nodes.multiply(*nodes.terms_of(x, sympy.Mul), *nodes.terms_of(y, sympy.Mul))


def _negative(x: Tree) -> Tree:
    """``-x``, and x of ``-x``."""
    if x.is_Mul and x.args[0] == MINUS_ONE:
        return x.args[1] if len(x.args) == 2 else nodes.multiply(*x.args[1:])
    return ZERO if x is ZERO else nodes.negate(x)


def _inverse(x: Tree) -> Tree:
    return ZERO if x is ZERO else nodes.inverse(x)


def size_of(tree: Tree) -> int:
    """How many nodes a tree has where what it shares is counted each time."""
    known: dict[Tree, int] = {}
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            known[node] = 1 + sum(known[child] for child in node.args)
        elif node not in known:
            stack.append((node, True))
            stack.extend((child, False) for child in node.args)
    return known[tree]
