"""What to do about a verdict that is not fine: the step where it went wrong, and a rewrite that was found true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import GradcliError, LimitError
from gradcli.base.precision import precision
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.problem import ALONG, Place, Problem
from gradcli.reference.reference import Reference
from gradcli.reference.truth import Truth
from gradcli.reference.work import BITS, Budget
from gradcli.verdicts.comparison import compare
from gradcli.verdicts.rewrites import candidates
from gradcli.verdicts.verdict import Check, Verdict

MAX_COST = 20_000  # scalar operations: larger problems get no advice
MAX_TEXT = 400
COMPARED = 10  # times that one of the two functions is evaluated, for a rewrite that gives the true derivative
NEAR, SAME, ZERO = 1e-4, 1e-6, 1e-12  # how far around a point a rewrite is compared, and how well it must do

Known = Sequence[tuple[int, Place, Truth]]  # answer, place in it, and what is true there


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict with all that it came from; ``step``: the one that is to blame, in words."""

    check: Check
    reference: Reference
    answers: Sequence[Answer]
    known: Known
    settings: Settings
    step: str | None = None


def advised(case: Checked) -> Check:
    """The check with its ``step`` and ``rewrite``, and a note on each; as it is where there is nothing to advise."""
    check = case.check
    if not _needs_advice(case):
        return check
    notes = list(check.notes)
    if case.step is not None:
        notes.append(f"{'worst at' if check.verdict is Verdict.ROUNDING else 'first wrong at'} {case.step}")
    rewrite = _rewrite(case)
    if rewrite is not None:
        notes.append(f"write {rewrite[0]}: {rewrite[1]}")
    return replace(check, notes=tuple(notes), step=case.step, rewrite=None if rewrite is None else rewrite[0])


def _needs_advice(case: Checked) -> bool:
    if case.check.verdict is not Verdict.CONVENTION:
        return case.check.verdict in {Verdict.TRAP, Verdict.ROUNDING, Verdict.SINGULAR, Verdict.DIFFERS}
    lost = any(not isfinite(float(case.answers[k].array[place])) for k, place, _ in case.known)
    return lost and any(truth.value is None for _, _, truth in case.known)


# -- the rewrite


def _rewrite(case: Checked) -> tuple[str, str] | None:
    """The first candidate whose derivative is true in every known entry, and what it gives."""
    torch, problem = case.settings.torch, case.reference.problem
    large = case.reference.work > MAX_COST or case.check.verdict is Verdict.DIFFERS  # a bug is not written away
    if torch is None or large or any(name == ALONG for a in case.answers for name, _ in a.wrt):
        return None
    if all(true_enough(float(case.answers[k].array[place]), truth, case) for k, place, truth in case.known):
        return None  # what is undefined elsewhere no other way of writing mends
    if not all(reachable(truth) for _, _, truth in case.known):
        return None
    shapes = {name: value.shape for name, value in problem.values.items()}
    budget = Budget()
    for tree, remark in candidates(problem.program.output.tree, shapes, sorted(problem.active), _formula(case)):
        try:
            arrays = torch.retry(tree)
        except GradcliError:
            continue
        true = all(true_enough(_entry(arrays[k], place), truth, case) for k, place, truth in case.known)
        if true and budget.spend(COMPARED * case.reference.work) and same_function(tree, case.reference.problem):
            text = write(tree)
            if len(text) <= MAX_TEXT:
                return text, _gives(arrays, case.known, remark)
    return None


def reachable(truth: Truth) -> list[arb]:
    """The derivative, or the ends between which a number is true at a kink; none where no number is."""
    if truth.value is not None:
        return [truth.value] if truth.value.is_finite() else []
    both = (None, None) if truth.sides is None else (truth.sides.left, truth.sides.right)
    ends = [end for end in both if end is not None and abs(end) != inf]
    return [] if None not in both and len(ends) < 2 else ends


def true_enough(number: float, truth: Truth, case: Checked) -> bool:
    """Is the number the true derivative, to the check's tolerance? On a kink: does it lie between the two sides?"""
    if not isfinite(number):
        return False
    if truth.value is not None:
        return compare(number, truth.value, lambda: 1.0, case.settings).agrees is True
    sides = reachable(truth)
    if not sides:
        return False
    slack = case.settings.tolerance * max(map(abs, sides))
    return bool(min(sides) - slack <= number <= max(sides) + slack)


def same_function(tree: Tree, problem: Problem) -> bool:
    """Has the other function the same value, at the point and on every side of it, wherever this one has a value?

    Where this one is 0, the other may be as small as the eps that a rewrite puts inside a root.
    """
    compared = 0
    for point in _around(problem):
        try:
            old, new = (_values(program, problem, point) for program in (problem.program, compile_tree(tree)))
        except LimitError:
            continue
        pairs = [(a.value, b) for a, b in zip(old, new, strict=True) if type(a) is Ball and a.value.is_finite()]
        for a, b in pairs:
            allowed = (abs(a) * SAME).max(arb(0 if a else ZERO))
            if type(b) is not Ball or not abs(b.value - a) <= allowed:
                return False
        compared += len(pairs)
    return compared > 0


def _values(program: Program, problem: Problem, point: Mapping[str, Array]) -> list[Any]:  # Any: Scalars
    """The function's values at a point, in balls with bits enough for what cancels on the way."""
    with precision(BITS[1]):
        arithmetic = Balls(ideal=problem.ideal)
        inputs = problem.inputs(arithmetic, {name: arithmetic.exact(value) for name, value in point.items()})
        return list(as_array(run(program, arithmetic, inputs)).ravel())


def _around(problem: Problem) -> Iterator[dict[str, Array]]:
    """The point, and points near it on both sides of every variable."""
    still = {} if problem.tangents is None else {ALONG: np.zeros(())}
    yield dict(problem.values) | still
    generator = np.random.default_rng(0)
    for sign in (1, -1, 1, -1):
        moved = dict(problem.values) | still
        for name in sorted(problem.active & moved.keys()):
            value = np.asarray(moved[name], dtype=np.float64)
            size = np.where(value == 0, NEAR, abs(value) * NEAR)
            moved[name] = value + sign * size * np.abs(generator.standard_normal(value.shape))
        yield moved


def _formula(case: Checked) -> Tree | None:
    """The function in sympy's terms, where it is a scalar that was small enough for them."""
    route = case.reference.sympy
    if route is None:
        return None
    try:
        exploded = route.function is None and case.check.verdict is Verdict.SINGULAR
        function = route.exploded() if exploded else route.function
    except LimitError:
        return None
    return function[()] if function is not None and not function.shape else None


def _entry(array: Array, place: Place) -> float:
    """One entry; a variable that the rewritten function no longer has gives a single 0."""
    return float(array[place] if np.ndim(array) == len(place) else array)


def _gives(arrays: Sequence[Array], known: Known, remark: str) -> str:
    """What a rewrite gives in the first known entry, in words."""
    k, place, truth = known[0]
    number = _entry(arrays[k], place)
    if truth.value is not None:
        what = "where the truth is 0" if truth.value.contains(0) and number else "which is true"
    else:
        both = truth.sides is not None and None not in (truth.sides.left, truth.sides.right)
        what = "between the two sides" if both else "the side that there is"
    many = "" if len(known) == 1 else ", and every other entry is true as well"
    return f"{remark + '; ' if remark else ''}its derivative comes out as {number!r}, {what}{many}"
