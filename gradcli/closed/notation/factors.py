"""Products as people write them: ``2*A.T @ (A @ x - b)/norm(x)**3``. The number comes first, what is divided by comes
behind one stroke, a chain of matrices has no parentheses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy

from gradcli.base.errors import LimitError
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, broadcast
from gradcli.operations.table import OPS

Powers = Mapping[Tree, Fraction]  # bases and their exponents


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """number * scalars * (chain[0] @ chain[1] @ ...), without a chain where it is a scalar."""

    number: Fraction
    scalars: Powers
    chain: tuple[Tree, ...] = ()


def made(name: str, *tensors: Tree, constants: Sequence[object] | None = None) -> Tree:
    """The row's node, with the constants that it has where none are given."""
    op = OPS[name]
    given = tuple(param.default for param in op.constants) if constants is None else tuple(constants)
    return nodes.make(op, list(tensors), given)


def is_plain(tree: Tree, name: str) -> bool:
    """Is it a node of this row, with the row's own constants?"""
    op: Op | None = row_of(tree)
    return op is OPS[name] and nodes.has_defaults(tree, op)


def shape_of(tree: Tree, shapes: Mapping[str, Shape], inside: Callable[[Tree], Shape] | None = None) -> Shape:
    """The shape of a tree whose names have these shapes; a name without is a scalar. ``inside`` knows those of parts.

    Errors: ShapeMismatch where parts do not fit, LimitError for what has no shape here.
    """
    known = inside or (lambda part: shape_of(part, shapes))
    if tree.is_Symbol:
        return shapes.get(tree.name, ())
    op = row_of(tree)
    if op is None:
        return broadcast(*map(known, tree.args)) if tree.args else ()
    if op.differentiates:
        raise LimitError("a derivative within a formula", kind="unchecked")
    tensors, constants = nodes.arguments_of(tree, op)
    parts = [None if part is None else known(part) for part in tensors]
    return broadcast(*parts) if op.elementwise else tuple(op.shape(*parts, *constants))


def rebuilt(tree: Tree, replace: Callable[[Tree], Tree]) -> Tree:
    """The tree with each part replaced, those inside first, and nothing simplified."""
    inside = tuple(arg if isinstance(arg, nodes.Static) else rebuilt(arg, replace) for arg in tree.args)
    return replace(tree if inside == tree.args else tree.func(*inside, evaluate=False))


# -- powers


def powers_of(trees: Iterable[Tree]) -> tuple[Fraction, dict[Tree, Fraction]]:
    """The number in an elementwise product, and the exponents of the bases."""
    number, powers = Fraction(1), dict[Tree, Fraction]()
    for tree in trees:
        for base, exponent in bases_of(tree, Fraction(1)):
            if base.is_Rational and exponent.denominator == 1 and base != 0:
                number *= Fraction(int(base.p), int(base.q)) ** int(exponent)
                continue
            total = powers.pop(base, Fraction(0)) + exponent
            if total:
                powers[base] = total
    return number, powers


def bases_of(tree: Tree, exponent: Fraction) -> list[tuple[Tree, Fraction]]:
    """Whole powers of products are products of powers."""
    if isinstance(tree, sympy.Mul) and exponent.denominator == 1:
        return [found for part in tree.args for found in bases_of(part, exponent)]
    if isinstance(tree, sympy.Pow) and tree.args[1].is_Rational and exponent.denominator == 1:
        own = tree.args[1]
        return bases_of(tree.args[0], exponent * Fraction(int(own.p), int(own.q)))
    return [(tree, exponent)]


def power(base: Tree, exponent: Fraction) -> Tree:
    return base if exponent == 1 else nodes.power(base, nodes.number(exponent))


def times(*trees: Tree) -> Tree:
    flat = [part for tree in trees for part in nodes.terms_of(tree, sympy.Mul)]
    return nodes.multiply(*flat) if len(flat) > 1 else flat[0]


def _ordered(powers: Iterable[Tree]) -> list[Tree]:
    """Letters first, then functions, sums last, each in the order that they have."""
    return sorted(powers, key=lambda base: (not base.is_number, not base.is_Symbol, isinstance(base, sympy.Add)))


# -- chains


def flattened(tree: Tree, shapes: Mapping[str, Shape]) -> tuple[Tree, ...]:
    """The factors of a matrix product: ``A @ (B @ x)`` is ``A @ B @ x``, and ``A @ (x @ B)`` is none such."""
    if not is_plain(tree, "matmul"):
        return (tree,)
    left, right = tree.args[:2]
    return joined(flattened(left, shapes), flattened(right, shapes), shapes)


def joined(left: tuple[Tree, ...], right: tuple[Tree, ...], shapes: Mapping[str, Shape]) -> tuple[Tree, ...]:
    """The chain of both: not flat where a vector stands inside."""
    if len(left) > 1 and len(shape_of(left[-1], shapes)) != 2:
        left = (matmul(*left),)
    if len(right) > 1 and len(shape_of(right[0], shapes)) != 2:
        right = (matmul(*right),)
    return (*left, *right)


def matmul(*chain: Tree) -> Tree:
    tree = chain[0]
    for factor in chain[1:]:
        tree = made("matmul", tree, factor)
    return tree


def transposed(tree: Tree) -> Tree:
    """Of a matrix: ``(A @ B).T`` is ``B.T @ A.T``."""
    if is_plain(tree, "transpose"):
        return tree.args[0]
    if is_plain(tree, "matmul"):
        return matmul(*(transposed(factor) for factor in links(tree)[::-1]))
    op = row_of(tree)
    if op is not None and op.name in {"diag", "eye"}:
        return tree
    if is_plain(tree, "outer"):
        return made("outer", tree.args[1], tree.args[0])
    return made("transpose", tree)


def links(tree: Tree) -> list[Tree]:
    return [*links(tree.args[0]), tree.args[1]] if is_plain(tree, "matmul") else [tree]


# -- trees


def tree_of(term: Written) -> Tree:
    """The product: what stands over the stroke, then what it is divided by."""
    over, under = _stroke(abs(term.number), term.scalars)
    chain = [_entries(factor) for factor in term.chain]
    if len(chain) == 1:
        entries_over, entries_under = _stroke(*powers_of(chain))
        chain, under = ([times(*entries_over)] if entries_over else []), under + entries_under
    sign = [sympy.Integer(-1)] if term.number < 0 else []
    if not over and not chain:
        top = sign or [sympy.Integer(1)]
    elif len(chain) > 1:
        top = [matmul(times(*sign, *over, chain[0]), *chain[1:])]
    else:
        top = [*sign, *over, *chain]
    return times(*top, nodes.inverse(times(*under))) if under else times(*top)


def _entries(factor: Tree) -> Tree:
    """An elementwise product with its stroke, also on a diagonal and in an outer product."""
    if isinstance(factor, sympy.Mul | sympy.Pow):
        return tree_of(Written(*powers_of([factor])))
    if is_plain(factor, "diag") or is_plain(factor, "outer"):
        return type(factor)(*(_entries(part) for part in factor.args), evaluate=False)
    return factor


def _stroke(number: Fraction, powers: Powers) -> tuple[list[Tree], list[Tree]]:
    """What stands over the stroke and under it; a decimal of few digits stays one."""
    over = [power(base, powers[base]) for base in _ordered(powers) if powers[base] > 0]
    under = [power(base, -powers[base]) for base in _ordered(powers) if powers[base] < 0]
    p, q = number.numerator, number.denominator
    if q % 5 == 0 and 10**6 % q == 0:
        return [nodes.number(number), *over], under
    over = over if p == 1 else [nodes.number(p), *over]
    return over, under if q == 1 else [nodes.number(q), *under]
