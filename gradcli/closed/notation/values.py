"""A closed form at values of some of its names: what these alone make is worked out, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import sympy

from gradcli.base.errors import LimitError, MathematicsError
from gradcli.closed.notation.factors import rebuilt
from gradcli.closed.notation.names import without_names
from gradcli.closed.notation.question import AtPoints, Form, Question, numbers_of
from gradcli.closed.notation.rewriting.engine import sized
from gradcli.closed.notation.rewriting.formulas import MATMUL, Facts
from gradcli.language import nodes
from gradcli.language.nodes import Static, Tree, row_of
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic import Symbolic, failures, work
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import OPS

LONGEST = 40  # characters of an array that is written out in a formula
MAX_WORK = 2_000  # scalar operations of a part that is worked out

Shapes = Mapping[str, tuple[str | int, ...]]


def short_values(values: Mapping[str, Tree]) -> dict[str, Tree]:
    """Those that are put in; longer arrays stay under their names."""
    return {name: tree for name, tree in values.items() if row_of(tree) is None or len(write(tree)) <= LONGEST}


def at_values(form: Form, values: Mapping[str, Tree], shapes: Shapes, at_points: AtPoints | None) -> Form:
    """The form with the values in the place of names, held against the form itself.

    shapes: of the names in it. Errors: MathematicsError where it has no value there.
    """
    left = {name: axes for name, axes in shapes.items() if name not in values}
    plain = without_names(form.tree, values)
    text = write(plain)
    function, facts = parse(text, bound=left, sizes=numbers_of(left)), Facts(sized(left))
    question = Question(function, "value", (), left, (), at_points)
    try:
        made = question.held(folded(function.tree, facts))
        again = folded(made.tree, facts)
        made = made if again == made.tree else question.held(again)
    except (LimitError, ShapeMismatch):
        return replace(form, tree=function.tree, text=text)
    weakest = max(form, made, key=lambda one: one.error)
    return Form(made.tree, made.text, weakest.method, form.error + made.error if weakest.error < 1 else 1.0)


def folded(tree: Tree, facts: Facts) -> Tree:
    """Parts without names as exact numbers, and arrays of them; like terms, factors and matrices beside one another
    together. Errors: MathematicsError for a part without a value."""
    return rebuilt(tree, lambda part: _folded(part, facts))


def _folded(tree: Tree, facts: Facts) -> Tree:
    if not tree.args or isinstance(tree, Static):
        return tree
    if not tree.free_symbols:
        return _number(tree) or tree
    if isinstance(tree, sympy.Add | sympy.Mul):
        return _together(tree)
    return _chain(facts.chain(tree), facts) if row_of(tree) is MATMUL else tree


def _together(tree: Tree) -> Tree:
    """A sum or product with its constant terms as one."""
    constant = [part for part in tree.args if not part.free_symbols]
    number = _number(tree.func(*constant, evaluate=False)) if len(constant) > 1 else None
    rest = [part for part in tree.args if part.free_symbols]
    return tree if number is None else tree.func(number, *rest, evaluate=False)


def _chain(factors: Sequence[Tree], facts: Facts) -> Tree:
    """A product of matrices with neighbours that are constant as one."""
    made = [factors[0]]
    for factor in factors[1:]:
        before = made[-1]
        fits = not (before.free_symbols or factor.free_symbols) and 2 in (facts.rank(before), facts.rank(factor))
        both = _number(nodes.make(MATMUL, [before, factor])) if fits else None
        made = [*made[:-1], both] if both is not None else [*made, factor]
    out = made[0]
    for factor in made[1:]:
        out = nodes.make(MATMUL, [out, factor])
    return out


def _number(tree: Tree) -> Tree | None:
    """An exact number, or a short array of them. Errors: MathematicsError where there is none."""
    program, symbols = compile_tree(tree), Symbolic(ideal=True)
    try:
        if work(shapes_of(program, {}), program) > MAX_WORK:
            return None
        with failures():
            found = as_array(run(program, symbols, {}))
    except LimitError:
        return None
    entries = [symbols.scalar(entry) for entry in found.ravel()]
    if any(entry.has(sympy.nan, sympy.zoo, sympy.oo, sympy.I) for entry in entries):
        raise MathematicsError(f"the derivative has no value here: {write(tree)}", kind="singular")
    if not all(entry.is_Rational for entry in entries):
        return None
    made = _literal(np.array(entries, dtype=object).reshape(found.shape))
    return made if len(write(made)) <= max(LONGEST, len(write(tree))) else None


def _literal(numbers: Array) -> Tree:
    if numbers.ndim == 0:
        return numbers[()]
    return nodes.make(OPS["stack"], [_literal(np.asarray(part, dtype=object)) for part in numbers], (0,))
