"""Sums of matrix products: a number that is added where a multiple of the identity is due."""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.rewriting.formulas import MATMUL, Facts
from gradcli.diagnosis.lines.parts import product, total
from gradcli.diagnosis.lines.slip import Slip
from gradcli.language import nodes
from gradcli.language.nodes import Tree, row_of
from gradcli.operations.shape_rules import ShapeMismatch


def identity_lost(node: Tree, facts: Facts) -> Iterator[Slip]:
    """``A @ x + c*x`` taken for ``(A + c) @ x``, which adds c to every entry of A."""
    if not isinstance(node, sympy.Add):
        return
    for k, term in enumerate(node.args):
        factors = list(nodes.terms_of(term, sympy.Mul))
        for j, operand in enumerate(factors):
            scalars = product([*factors[:j], *factors[j + 1 :]])
            if not _is_array(operand, facts):
                continue
            others = [*node.args[:k], *node.args[k + 1 :]]
            yield from _taken_out(others, scalars, operand, term)


def _taken_out(others: list[Tree], scalars: Tree, operand: Tree, term: Tree) -> Iterator[Slip]:
    """``(A + scalars) @ operand`` for one of the other terms, ``A @ operand``."""
    for i, other in enumerate(others):
        if row_of(other) is MATMUL and operand in other.args[:2]:
            left = other.args[1] == operand
            matrix = other.args[0] if left else other.args[1]
            sides = [total([matrix, scalars]), operand] if left else [operand, total([matrix, scalars])]
            new = total([*others[:i], nodes.make(MATMUL, sides), *others[i + 1 :]])
            text = "{} is a multiple of the identity times {}: {} times eye(n) is due, not {} in every entry"
            yield Slip("identity", text, new, (term, operand, scalars, scalars))


def _is_array(tree: Tree, facts: Facts) -> bool:
    try:
        return facts.rank(tree) > 0
    except (LimitError, ShapeMismatch):
        return False
