"""Proof by sympy: the difference between a claim and sympy's own derivative, simplified to zero, entry by entry.

What sympy's simplification costs depends on its caches and cannot be counted; so each step is admitted by the size of
what it is given, before it starts. The bounds are measured on a thousand claims of textbooks and other projects' tests:
what they admit ends within about two seconds, and no proof that took less is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.limits import alarm
from gradcli.claims.statement import Statement
from gradcli.language.nodes import Tree, row_of
from gradcli.language.write import write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.meaning.symbolic_size import MANY, SIMPLIFY, Bounds, operations, terms_in_all, unknowns
from gradcli.operations.shape_rules import size

MAX_PROVED = 64  # entries of a derivative
MAX_WORK = 2_000  # scalar operations of the function, and of the claim, that are made symbols of
MAX_OPERATIONS = 20_000  # of all entries' formulas together, before anything is simplified
BELT = 30.0  # seconds for a proof: sympy has loops that no size foretells; what this cuts off is said
GROWN = 2  # times as many operations: a step is better given what there was before
_SIGNS = {">": {"positive": True}, ">=": {"nonnegative": True}, "<": {"negative": True}, "<=": {"nonpositive": True}}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True, slots=True)
class Proof:
    """Is it proved? If not, why not: ``the difference has 3,412 operations, it is simplified up to 1,000``."""

    sure: bool
    why: str = ""


def proof_of(statements: Sequence[Statement]) -> Proof:
    """Does sympy reduce each difference to zero in every entry, for real variables under the conditions' signs?

    Values that were given enter as exact fractions. That there is no proof says nothing against the claim.
    """
    try:
        with alarm(BELT, f"it was cut off after {BELT:g} s"), symbolic.failures():
            proofs = (_reduced(_difference(statement), _signs(statement)) for statement in statements)
            return next((proof for proof in proofs if not proof.sure), Proof(bool(statements)))
    except (LimitError, ExpressionError) as limit:
        return Proof(False, limit.message)


def _difference(statement: Statement) -> Array:
    """Claim minus sympy's derivative, entry by entry. Errors: LimitError for what is too large to begin with."""
    _admitted(size(statement.expected), MAX_PROVED, "the derivative has {} entries, {} are tried at most")
    arithmetic = symbolic.Symbolic(ideal=True)
    point = {name: symbolic.entries_of(name, shape) for name, shape in statement.free.items()}
    for name, value in statement.given.items():
        point[name] = np.vectorize(lambda v: sympy.Rational(float(v)), otypes=[object])(value)
    function, claim = (
        _exploded(compile_tree(side.tree), arithmetic, point) for side in (statement.function, statement.claim)
    )
    entries = max(size(statement.expected) // max(size(function.shape), 1), 1)
    _small(sum(map(operations, function.ravel())) * entries + sum(map(operations, claim.ravel())))
    _without_isolated_branches(function, [entry for name in statement.wrt for entry in point[name].ravel()])
    return as_array(claim - _derivative(statement, function, point))


def _exploded(program: Program, arithmetic: symbolic.Symbolic, point: Mapping[str, Array]) -> Array:
    shapes = shapes_of(program, {name: value.shape for name, value in point.items()})
    _admitted(symbolic.work(shapes, program), MAX_WORK, "a side takes {} scalar operations, formulas are made up to {}")
    return as_array(run(program, arithmetic, point))


def _without_isolated_branches(function: Array, variables: Sequence[Tree]) -> None:
    """Errors: LimitError where a branch holds at single points alone, as in ``where(x != 0, sin(x)/x, 1)``: sympy
    differentiates the branch, which says nothing of the function there."""
    moving = {v for v in variables if isinstance(v, sympy.Symbol)}
    for entry in function.ravel():
        for condition in entry.atoms(sympy.Eq, sympy.Ne):
            if condition.free_symbols & moving:
                raise LimitError(
                    f"sympy's derivative of a branch for {write_formula(condition)} says nothing of single points"
                )


def _small(many: int) -> None:
    _admitted(many, MAX_OPERATIONS, "the formulas have {} operations, they are simplified up to {}")


def _admitted(found: int, most: int, text: str) -> None:
    """Errors: LimitError."""
    if found > most:
        raise LimitError(text.format(f"{found:,}", f"{most:,}"))


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
    """The entry with symbols that carry the signs of their names: symbols, as what sympy does with its dummies depends
    on the order in which they were made."""
    return entry.xreplace(
        {
            s: sympy.Symbol(s.name, real=True, **signs[base])
            for s in entry.free_symbols
            if (base := s.name.partition("[")[0]) in signs
        }
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One way of simplification, and how large an entry may be for it; on how many entries of one derivative it is
    tried, with how many terms times unknowns (what polynomials cost) all together."""

    apply: Callable[[Tree], Tree]
    bounds: Bounds
    entries: int = MAX_PROVED
    weight: int = MANY


_STEPS = (
    Step(sympy.expand, Bounds(2_000)),
    Step(sympy.cancel, Bounds(2_000, functions=12, terms=100), weight=4_000),
    Step(lambda d: sympy.expand(sympy.expand_log(sympy.powsimp(sympy.expand(d)))), Bounds(1_000)),
    Step(sympy.trigsimp, Bounds(300, functions=12, terms=100), entries=12),
    Step(lambda d: sympy.simplify(d), SIMPLIFY, entries=12),
    Step(lambda d: sympy.simplify(d.rewrite(sympy.exp)), Bounds(300, functions=12, terms=100), entries=12),
)  # the cheap ones first


class _Spent:
    """What a step was given of one derivative so far."""

    def __init__(self, step: Step) -> None:
        self.step, self.entries, self.weight = step, 0, 0

    def refusal(self, entry: Tree) -> str:
        """Why the step is not tried on the entry; empty where it is."""
        refusal = self.step.bounds.refusal(entry)
        if refusal:
            return f"the difference {refusal}"
        if self.entries == self.step.entries:
            return f"more than {self.step.entries} entries of the difference want simplification"
        weight = terms_in_all(entry) * unknowns(entry)
        if self.weight + weight > self.step.weight:
            return "all entries of the difference have too many terms and unknowns together to be simplified"
        self.entries, self.weight = self.entries + 1, self.weight + weight
        return ""


def _reduced(difference: Array, signs: Mapping[str, Mapping[str, bool]]) -> Proof:
    """One entry after the other; the first that does not vanish ends it."""
    _small(sum(map(operations, difference.ravel())))
    spent = [_Spent(step) for step in _STEPS]
    for entry in difference.ravel():
        found = _vanishing(sympy.Integer(0) + _known(entry, signs), spent)
        if not found.sure:
            return found
    return Proof(True)


def _vanishing(difference: Tree, spent: Sequence[_Spent]) -> Proof:
    """One step after the other, each on what the one before has left, or on the smallest form where that has grown."""
    refusals: list[str] = []
    small = difference
    for of_step in spent:
        if difference == 0:
            return Proof(True)
        if difference.has(sympy.nan, sympy.zoo) or difference.is_number:
            break
        if operations(difference) > GROWN * operations(small):
            difference = small
        refusal = of_step.refusal(difference)
        if refusal and difference != small:
            difference = small
            refusal = of_step.refusal(difference)
        if refusal:
            refusals.append(refusal)
            continue
        try:
            difference = of_step.step.apply(difference)
        except (sympy.PolynomialError, NotImplementedError):
            continue
        small = min(small, difference, key=operations)
    why = refusals[0] if refusals else "sympy does not simplify the difference to 0"
    return Proof(difference == 0, "" if difference == 0 else why)
