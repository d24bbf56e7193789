"""Proof by sympy: the difference between a claim and sympy's own derivative, simplified to zero, entry by entry.

It is asked last, where neither index form nor residues decide: for a law that these lack, as of acos(cos(x)).

What sympy's simplification costs depends on its caches and cannot be counted; so each step is admitted by the size of
what it is given, before it starts. The bounds are measured on a thousand claims of textbooks and other projects' tests:
what they admit ends within about two seconds, and no proof that took less is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.limits import alarm
from gradcli.claims.statement import Statement
from gradcli.language.nodes import Tree, conjuncts, row_of
from gradcli.language.write import write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic_size import SIMPLIFY, Bounds, operations
from gradcli.operations.shape_rules import size

MAX_PROVED = 64  # entries of a derivative
MAX_WORK = 2_000  # scalar operations of the function, and of the claim, that are made symbols of
MAX_OPERATIONS = 20_000  # of all entries' formulas together, before anything is simplified
OPERATIONS = "the formulas have {} operations, they are simplified up to {}"
BELT = 30.0  # seconds for a proof: sympy has loops that no size foretells; what this cuts off is said
GROWN = 2  # times as many operations: a step is better given what there was before
_SIGNS = {">": {"positive": True}, ">=": {"nonnegative": True}, "<": {"negative": True}, "<=": {"nonpositive": True}}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def simplify(statements: Sequence[Statement]) -> None:
    """sympy reduces each difference to zero in every entry, for real variables under the conditions' signs.

    Values that were given enter as exact fractions. Errors: LimitError with the reason where it does not, which says
    nothing against the claim.
    """
    with alarm(BELT, f"it was cut off after {BELT:g} s"), symbolic.failures():
        for statement in statements:
            try:
                _reduce(_difference(statement), _signs(statement))
            except ExpressionError as error:
                raise LimitError(error.message) from None


def _difference(statement: Statement) -> Array:
    """Claim minus sympy's derivative, entry by entry. Errors: LimitError for what is too large to begin with."""
    _admitted(size(statement.expected), MAX_PROVED, "the derivative has {} entries, {} are tried at most")
    arithmetic = symbolic.Symbolic(ideal=True)
    point = {name: symbolic.entries_of(name, shape) for name, shape in statement.free.items()}
    for name, value in statement.given.items():
        point[name] = np.vectorize(lambda v: sympy.Rational(float(v)), otypes=[object])(value)
    function, claim = (_exploded(side.tree, arithmetic, point) for side in (statement.function, statement.claim))
    entries = max(size(statement.expected) // max(size(function.shape), 1), 1)
    _admitted(
        sum(map(operations, function.ravel())) * entries + sum(map(operations, claim.ravel())),
        MAX_OPERATIONS,
        OPERATIONS,
    )
    _without_isolated_branches(function, [entry for name in statement.wrt for entry in point[name].ravel()])
    for name in statement.wrt:
        function = as_array(np.frompyfunc(symbolic.derivative, 2, 1).outer(function, point[name]))
    return as_array(claim - function)


def _exploded(tree: Tree, arithmetic: symbolic.Symbolic, point: Mapping[str, Array]) -> Array:
    program = compile_tree(tree)
    shapes = shapes_of(program, {name: value.shape for name, value in point.items()})
    _admitted(symbolic.work(shapes, program), MAX_WORK, "a side takes {} scalar operations, formulas are made up to {}")
    formulas = as_array(run(program, arithmetic, point))
    if any(isinstance(entry, sympy.Basic) and entry.has(sympy.Float) for entry in formulas.ravel()):
        raise LimitError("a constant is so large or so small that its formula has only its first digits")
    return formulas


def _without_isolated_branches(function: Array, variables: Sequence[Tree]) -> None:
    """Errors: LimitError where a branch holds at single points alone, as in ``where(x != 0, sin(x)/x, 1)``: sympy
    differentiates the branch, which says nothing of the function there."""
    moving = {v for v in variables if isinstance(v, sympy.Symbol)}
    conditions = [condition for entry in function.ravel() for condition in entry.atoms(sympy.Eq, sympy.Ne)]
    single = next((condition for condition in conditions if condition.free_symbols & moving), None)
    if single is not None:
        raise LimitError(f"sympy's derivative of a branch for {write_formula(single)} says nothing of single points")


def _admitted(found: int, most: int, text: str) -> None:
    """Errors: LimitError."""
    if found > most:
        raise LimitError(text.format(f"{found:,}", f"{most:,}"))


def _signs(statement: Statement) -> dict[str, dict[str, bool]]:
    """What simple conditions say of a name: ``x > 0`` makes it positive; so does ``x > 1``."""
    found: dict[str, dict[str, bool]] = {}
    for condition in statement.where:
        for part in conjuncts(condition.tree):
            row = row_of(part)
            if row is None or row.infix not in _SIGNS:
                continue
            sign, (symbol, bound) = row.infix, part.args
            if not symbol.is_Symbol:
                sign, symbol, bound = _TURNED[sign], bound, symbol
            if symbol.is_Symbol and bound.is_Rational and (bound >= 0 if sign[0] == ">" else bound <= 0):
                found[symbol.name] = _SIGNS[sign if bound == 0 else sign[0]]
    return found


def _known(entry: Tree, signs: Mapping[str, Mapping[str, bool]]) -> Tree:
    """The entry with symbols that carry the signs of their names: symbols, as what sympy does with its dummies depends
    on the order in which they were made."""
    told = [(s, signs.get(s.name.partition("[")[0])) for s in entry.free_symbols]
    return entry.xreplace({s: sympy.Symbol(s.name, real=True, **sign) for s, sign in told if sign is not None})


@dataclass(slots=True)
class Step:
    """One way of simplification, and how large an entry may be for it; on how many entries of one derivative it is
    tried, and on how many it was."""

    apply: Callable[[Tree], Tree]
    bounds: Bounds
    entries: int = MAX_PROVED
    tried: int = 0

    def refusal(self, entry: Tree) -> str:
        """Why the step is not tried on one more entry; empty where it is."""
        refusal = self.bounds.refusal(entry)
        if refusal:
            return f"the difference {refusal}"
        if self.tried == self.entries:
            return f"more than {self.entries} entries of the difference want simplification"
        self.tried += 1
        return ""


_STEPS = (
    Step(sympy.expand, Bounds(2_000)),
    Step(lambda d: sympy.simplify(d), SIMPLIFY, entries=12),
)  # the cheap one first


def _reduce(difference: Array, signs: Mapping[str, Mapping[str, bool]]) -> None:
    """One entry after the other. Errors: LimitError at the first that does not vanish."""
    _admitted(sum(map(operations, difference.ravel())), MAX_OPERATIONS, OPERATIONS)
    steps = [replace(step) for step in _STEPS]
    for entry in difference.ravel():
        _vanishing(sympy.Integer(0) + _known(entry, signs), steps)


def _vanishing(difference: Tree, steps: Sequence[Step]) -> None:
    """One step after the other, each on what the one before has left, or on the smallest form where that has grown.

    Errors: LimitError where something is left, with the first reason why a step was not tried.
    """
    refusals: list[str] = []
    small = difference
    for step in steps:
        if difference == 0 or difference.has(sympy.nan, sympy.zoo) or difference.is_number:
            break
        if operations(difference) > GROWN * operations(small):
            difference = small
        refusal = step.refusal(difference)
        if refusal and difference != small:
            difference = small
            refusal = step.refusal(difference)
        if refusal:
            refusals.append(refusal)
            continue
        try:
            difference = step.apply(difference)
        except (sympy.PolynomialError, NotImplementedError):
            continue
        small = min(small, difference, key=operations)
    if difference != 0:
        raise LimitError(refusals[0] if refusals else "the difference is not simplified to 0")
