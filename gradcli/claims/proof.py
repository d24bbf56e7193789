"""Proof by sympy: the difference between a claim and sympy's own derivative, simplified to zero, entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.limits import alarm
from gradcli.claims.statement import Statement
from gradcli.language.nodes import Tree, row_of
from gradcli.meaning import symbolic
from gradcli.meaning.program import Deadline, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.shape_rules import size

MAX_PROVED = 64  # entries of a derivative
_SIGNS = {">": {"positive": True}, ">=": {"nonnegative": True}, "<": {"negative": True}, "<=": {"nonpositive": True}}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def proved(statement: Statement, seconds: float) -> bool:
    """Does sympy reduce the difference to zero in every entry, for real variables under the conditions' signs?

    False means that it did not, in the time that it had: no more. Values that were given enter as exact fractions.
    """
    if size(statement.expected) > MAX_PROVED or statement.claimed != statement.expected:
        return False
    try:
        with alarm(seconds, f"more than {seconds:g} s"), symbolic.failures():
            difference = _difference(statement, Deadline(seconds))
            signs = _signs(statement)
            return all(_vanishes(_known(entry, signs)) for entry in difference.ravel())
    except (LimitError, ExpressionError):
        return False


def _difference(statement: Statement, deadline: Deadline[Any]) -> Array:
    """Claim minus sympy's derivative, entry by entry."""
    arithmetic = symbolic.Symbolic(deadline, ideal=True)
    point = {name: symbolic.entries_of(name, shape) for name, shape in statement.free.items()}
    for name, value in statement.given.items():
        point[name] = np.vectorize(lambda v: sympy.Rational(float(v)), otypes=[object])(value)
    function = as_array(run(compile_tree(statement.function.tree), arithmetic, point, deadline=deadline))
    claim = as_array(run(compile_tree(statement.claim.tree), arithmetic, point, deadline=deadline))
    return as_array(claim - _derivative(statement, function, point))


def _derivative(statement: Statement, function: Array, point: Mapping[str, Array]) -> Array:
    out = function
    for name in statement.wrt if statement.kind != "value" else ():
        variable = point[name]
        made = np.empty((*out.shape, *variable.shape), dtype=object)
        for place in np.ndindex(out.shape):
            for at in np.ndindex(variable.shape):
                made[place + at] = symbolic.derivative(out[place], variable[at])
        out = made
    return out


def _signs(statement: Statement) -> dict[str, dict[str, bool]]:
    """What simple conditions say of a name: ``x > 0`` makes it positive; so does ``x > 1``."""
    found: dict[str, dict[str, bool]] = {}
    for condition in statement.where:
        for part in _conjuncts(condition.tree):
            row = row_of(part)
            if row is None or row.infix not in _SIGNS:
                continue
            left, right = part.args
            sign = row.infix if left.is_Symbol else _TURNED[row.infix]
            symbol, bound = (left, right) if left.is_Symbol else (right, left)
            rising = sign in {">", ">="}
            if symbol.is_Symbol and bound.is_Rational and (bound >= 0 if rising else bound <= 0):
                found[symbol.name] = _SIGNS[sign] if bound == 0 else _SIGNS[">" if rising else "<"]
    return found


def _conjuncts(condition: Tree) -> list[Tree]:
    row = row_of(condition)
    if row is not None and row.infix == "and":
        return [part for arg in condition.args for part in _conjuncts(arg)]
    return [condition]


def _known(entry: Tree, signs: Mapping[str, Mapping[str, bool]]) -> Tree:
    """The entry with symbols that carry the signs of their names."""
    if not signs:
        return entry
    made = {
        s: sympy.Dummy(s.name, real=True, **signs[base])
        for s in entry.free_symbols
        if (base := s.name.partition("[")[0]) in signs
    }
    return entry.xreplace(made)


_STEPS: tuple[Callable[[Tree], Tree], ...] = (
    sympy.expand,
    sympy.cancel,
    lambda d: sympy.expand(sympy.expand_log(sympy.powsimp(sympy.expand(d)))),
    sympy.trigsimp,
    lambda d: sympy.simplify(d),
    lambda d: sympy.simplify(d.rewrite(sympy.exp)),
)


def _vanishes(difference: Tree) -> bool:
    """One way of simplification after the other, the cheap ones first."""
    difference = sympy.Integer(0) + difference
    for step in (lambda d: d, *_STEPS):
        try:
            difference = step(difference)
        except (sympy.PolynomialError, NotImplementedError):
            continue
        if difference == 0:
            return True
        if difference.has(sympy.nan, sympy.zoo) or difference.is_number:
            return False
    return False
