"""The derivative of a row in one of its operands, as a formula: from the row's own meaning, never from a table."""

from __future__ import annotations

from functools import lru_cache

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.form import closed_form
from gradcli.closed.steps.tidy import product
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree
from gradcli.language.parse import Expression, parse
from gradcli.language.write import shortened, write, write_formula
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import as_array
from gradcli.meaning.symbolic import Symbolic, failures

LETTERS = "xyzuvw"  # that stand for the operands of a row


def slope(node: Tree, at: int) -> Tree:
    """The derivative of an elementwise node in the operand in this place, of its operands.

    Errors: LimitError where neither index form nor sympy has one.
    """
    operands = [arg for arg in node.args if not isinstance(arg, Static)]
    if len(operands) > len(LETTERS):
        raise LimitError(f"a function of {len(operands)} operands has no rule here", kind="unchecked")
    names = [nodes.symbol(f"{letter}_") for letter in LETTERS[: len(operands)]]
    numbers = [k for k, operand in enumerate(operands) if operand.is_Rational]
    inside = [operand if k in numbers else name for k, (operand, name) in enumerate(zip(operands, names, strict=True))]
    rest = [arg for arg in node.args if isinstance(arg, Static)]
    general = _slope(node.func(*inside, *rest, evaluate=False), names[at].name)
    return put_in(general, dict(zip(names, operands, strict=True)))


def put_in(tree: Tree, values: dict[Tree, Tree]) -> Tree:
    """The tree with other trees in the place of its leaves, and nothing simplified."""
    return rebuilt(tree, lambda part: _signed(values.get(part, part)))


def _signed(part: Tree) -> Tree:
    """``-(-x)`` as x."""
    nested = isinstance(part, sympy.Mul) and any(isinstance(factor, sympy.Mul) for factor in part.args)
    return product(*part.args) if nested else part


@lru_cache(maxsize=512)
def _slope(general: Tree, name: str) -> Tree:
    try:
        names = tuple(sorted(leaf.name for leaf in general.free_symbols))
        return closed_form(Expression(general, write(general), {}, names), "grad", (name,), {}).tree
    except LimitError:
        return _by_sympy(general, name)


def written_out(node: Tree) -> Tree:
    """A row of scalars, such as ``norm([x, y])``, as the formula that the row means; what is largest in branches.

    Errors: LimitError where the language has no such formula.
    """
    try:
        with failures():
            return _read(_meant(node).rewrite(sympy.Piecewise))
    except ExpressionError:
        raise LimitError(f"what {shortened(node)} means is no formula of the language", kind="unchecked") from None


def _read(meant: Tree) -> Tree:
    """Errors: ExpressionError."""
    return parse(write_formula(meant), bound=[leaf.name for leaf in meant.free_symbols]).tree


def _meant(tree: Tree) -> Tree:
    """The rows' meaning as sympy has it. Errors: LimitError."""
    program = compile_tree(tree)
    arrays = {leaf: as_array(nodes.symbol(leaf)) for leaf in program.names}
    found = as_array(run(program, Symbolic(ideal=True), arrays))
    if found.ndim:
        raise LimitError("a function that is no scalar has no rule by hand", kind="unchecked")
    return found[()]


def _by_sympy(general: Tree, name: str) -> Tree:
    """Errors: LimitError."""
    try:
        with failures():
            slope = _meant(general).diff(nodes.symbol(name))
            return _read(slope.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)))  # where a sign jumps
    except ExpressionError:
        raise LimitError(f"the derivative of {write(general)} is not one of the language", kind="unchecked") from None
