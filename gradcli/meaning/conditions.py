"""The rows' conditions, where a function has a kink or a domain: read once, put at their operands, decided in balls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sympy

from gradcli.language.nodes import Tree, make, row_of, symbol
from gradcli.language.parse import parse_condition
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.table import CONTENTS, OPS


def condition_at(condition: str, operands: Mapping[str, Tree]) -> Tree:
    """A row's condition, a text in the names of its parameters, at these operands: ``2*v - 1 == 0`` for ``x == 0``."""
    tree = _read(condition).xreplace({symbol(name): operand for name, operand in operands.items()})
    return without_decided(tree)


def choice_of(condition: str) -> Program:
    """A row's condition as a program whose result is 1 where it holds."""
    return choice(_read(condition))


@cache
def _read(condition: str) -> Tree:
    return parse_condition(condition, bound=CONTENTS.operands).tree


@cache
def choice(condition: Tree) -> Program:
    """The same of a tree."""
    return compile_tree(make(OPS["where"], [condition, sympy.Integer(1), sympy.Integer(0)]))


def surely_holds(choice: Program, values: Mapping[str, Array]) -> bool:
    """Does a condition's program certainly give 1, in an entry? values: arrays of Scalars of balls."""
    return any(type(v) is Ball and v.value == 1 for v in as_array(run(choice, Balls(), values)).ravel())


def without_decided(condition: Tree) -> Tree:
    """The condition with comparisons of numbers decided, and what is certainly true or false left out."""
    row = row_of(condition)
    if condition in (sympy.true, sympy.false):
        return condition
    if row is None or row.infix not in {"and", "or"}:
        if condition.free_symbols:
            return condition
        return sympy.true if surely_holds(choice(condition), {}) else sympy.false
    decided = sympy.true if row.infix == "or" else sympy.false
    parts = [without_decided(part) for part in condition.args]
    rest = [part for part in parts if part not in (sympy.true, sympy.false)]
    if decided in parts or not rest:
        return decided if decided in parts else sympy.Not(decided)
    return rest[0] if len(rest) == 1 else make(row, rest)
