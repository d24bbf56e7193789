"""The arithmetic in which derivatives are written: formulas of scalars, products shortened where factors meet."""

from __future__ import annotations

import sympy

from gradcli.closed.notation.factors import Written, powers_of, tree_of
from gradcli.closed.notation.reverse import Sized, Trees
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning.program import Step, compile_tree, run


class Slopes(Trees):
    """Formulas of scalars whose products are shortened where factors meet: ``2*x`` for ``2*x**2/x``, which has no value
    at 0. A product that is not shorter stays as it is, so that steps after it share it."""

    def apply(self, step: Step, arguments: list[Sized | None]) -> Sized:
        found = super().apply(step, arguments)
        if not isinstance(found.tree, sympy.Mul):
            return found
        number, powers = powers_of([found.tree])
        short = len(powers) + (abs(number) != 1) < _factors(found.tree)
        return Sized(tree_of(Written(number, powers)) if short else found.tree, ())


def _factors(tree: Tree) -> int:
    return sum(map(_factors, tree.args)) if isinstance(tree, sympy.Mul) else int(tree != -1)


def shortened(tree: Tree) -> Tree:
    """A formula as the arithmetic writes it, so that it is the same where it is met in a derivative."""
    program = compile_tree(tree)
    return run(program, Slopes(), {name: Sized(symbol(name), ()) for name in program.names}).tree
