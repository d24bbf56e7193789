"""What to do about a verdict that is not fine: the step where it went wrong, and a rewrite that was found true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

import numpy as np

from gradcli.base.errors import GradcliError, LimitError
from gradcli.base.limits import alarm
from gradcli.language.nodes import Tree
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.evaluation import Evaluation
from gradcli.reference.problem import ALONG, Place, Truth
from gradcli.reference.routes import Routes
from gradcli.verdicts.first_wrong_step import Passes, WrongStep, first_wrong_step, worst_loss
from gradcli.verdicts.rewrites import candidates
from gradcli.verdicts.verdict import Check, Verdict

SECONDS = 1.5
MAX_COST = 20_000  # scalar operations: larger problems get no advice
MAX_TEXT = 400
NEAR, SAME, ZERO = 1e-4, 1e-6, 1e-12  # how far around a point a rewrite is compared, and how well it must do

Known = Sequence[tuple[int, Place, Truth]]  # answer, place in it, and what is true there


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict with all that it came from."""

    check: Check
    routes: Routes
    answers: Sequence[Answer]
    known: Known
    settings: Settings

    @property
    def here(self) -> Evaluation:
        return self.routes.differences


def advised(case: Checked) -> Check:
    """The check with its ``step`` and ``rewrite``, and a note on each; as it is where there is nothing to advise."""
    check = case.check
    if not _needs_advice(case) or case.here.cost > MAX_COST:
        return check
    step = rewrite = None
    try:
        with alarm(SECONDS, f"more than {SECONDS:g} s"):
            step = _wrong_step(case)
            rewrite = None if check.verdict is Verdict.DIFFERS else _rewrite(case)
    except LimitError:
        pass  # the verdict stands without advice
    notes = list(check.notes)
    if step is not None:
        words = "worst at" if check.verdict is Verdict.ROUNDING else "first wrong at"
        notes.append(f"{words} {step}")
    if rewrite is not None:
        text, gives = rewrite
        notes.append(f"write {text}: {gives}")
    return replace(
        check,
        notes=tuple(notes),
        step=None if step is None else str(step),
        rewrite=None if rewrite is None else rewrite[0],
    )


def _needs_advice(case: Checked) -> bool:
    if case.check.verdict in {Verdict.TRAP, Verdict.ROUNDING, Verdict.SINGULAR, Verdict.DIFFERS}:
        return True
    lost = any(not isfinite(float(case.answers[k].array[place])) for k, place, _ in case.known)
    kink = any(truth.value is None for _, _, truth in case.known)
    return case.check.verdict is Verdict.CONVENTION and lost and kink


# -- the step


def _wrong_step(case: Checked) -> WrongStep | None:
    verdict = case.check.verdict
    if case.settings.torch is None or verdict not in {Verdict.TRAP, Verdict.ROUNDING, Verdict.DIFFERS}:
        return None
    here, cotangent = case.here, _row(case)
    try:
        tape = case.settings.torch.tape(cotangent)
        passes = Passes(here.problem.program, tape, here.at_point.values, here.arithmetic, cotangent)
        if verdict is Verdict.ROUNDING:
            return worst_loss(passes, case.settings.float_type.unit)
        return (
            first_wrong_step(passes, case.settings.tolerance)
            if verdict is Verdict.DIFFERS
            else first_wrong_step(passes)
        )
    except GradcliError:
        return None


def _row(case: Checked) -> Array | None:
    """The cotangent that picks the output entry of the worst finding; None for a scalar output."""
    shape = case.here.value.shape
    if not shape:
        return None
    cotangent = np.zeros(shape)
    wrong = [e for e in case.known if not true_enough(float(case.answers[e[0]].array[e[1]]), e[2], case)]
    if wrong:
        k, place, _ = wrong[0]
        cotangent[case.answers[k].entry(place)[0]] = 1.0
    return cotangent


# -- the rewrite


def _rewrite(case: Checked) -> tuple[str, str] | None:
    """The first candidate whose derivative is true in every known entry, and what it gives."""
    torch, problem = case.settings.torch, case.here.problem
    if torch is None or not case.known or any(name == ALONG for a in case.answers for name, _ in a.wrt):
        return None
    shapes = {name: value.shape for name, value in problem.values.items()}
    for tree, remark in candidates(problem.program.output.tree, shapes, sorted(problem.active), _formula(case)):
        try:
            arrays = torch.retry(tree)
        except GradcliError:
            continue
        true = all(true_enough(_entry(arrays[k], place), truth, case) for k, place, truth in case.known)
        if true and same_function(tree, case.here):
            text = write(tree)
            if len(text) <= MAX_TEXT:
                return text, _gives(arrays, case.known, remark)
    return None


def true_enough(number: float, truth: Truth, case: Checked) -> bool:
    """Is the number the true derivative, to the check's tolerance? On a kink: does it lie between the two sides?"""
    if not isfinite(number):
        return False
    context = case.here.arithmetic.context
    if truth.value is not None:
        error = abs(context.mpf(number) - truth.value)
        return bool(error <= max(case.settings.tolerance * abs(truth.value), case.settings.atol, 1e-300))
    sides = [side for side in (truth.left, truth.right) if side is not None and abs(side) != inf]
    if not sides or (truth.left is not None and truth.right is not None and len(sides) < 2):
        return False
    slack = case.settings.tolerance * max(map(abs, sides))
    return bool(min(sides) - slack <= number <= max(sides) + slack)


def same_function(tree: Tree, here: Evaluation) -> bool:
    """Has the other function the same value, at the point and on every side of it, wherever this one has a value?

    Where this one is 0, the other may be as small as the eps that a rewrite puts inside a root.
    """
    program, arithmetic = compile_tree(tree), here.arithmetic
    compared = 0
    for point in _around(here):
        try:
            old, new = here.at(point), run(program, arithmetic, here.inputs(point), deadline=here.deadline)
        except LimitError:
            continue
        for a, b in zip(old.ravel(), new.ravel(), strict=True):
            if not arithmetic.context.isfinite(a):
                continue
            if not abs(b - a) <= max(abs(a) * SAME, 0 if a else ZERO):
                return False
            compared += 1
    return compared > 0


def _around(here: Evaluation) -> Iterator[dict[str, Array]]:
    """The point, and points near it on both sides of every variable."""
    yield dict(here.point)
    generator = np.random.default_rng(0)
    for sign in (1, -1, 1, -1):
        moved = dict(here.point)
        for name in sorted(here.problem.active & moved.keys()):
            value = moved[name]
            drawn = np.abs(generator.standard_normal(value.shape))
            size = np.where(value == 0, NEAR, abs(value) * NEAR)
            moved[name] = as_array(value + sign * size * here.arithmetic.exact(drawn))
        yield moved


def _formula(case: Checked) -> Tree | None:
    """The function in sympy's terms, where it is a scalar that was small enough for them."""
    route = case.routes.sympy
    if route is None:
        return None
    function = route.function
    if function is None and case.check.verdict is Verdict.SINGULAR:
        try:
            function = route.exploded()
        except LimitError:
            return None
    return function[()] if function is not None and not function.shape else None


def _entry(array: Array, place: Place) -> float:
    """One entry; a variable that the rewritten function no longer has gives a single 0."""
    return float(array[place] if np.ndim(array) == len(place) else array)


def _gives(arrays: Sequence[Array], known: Known, remark: str) -> str:
    k, place, truth = known[0]
    number = _entry(arrays[k], place)
    sides = sum(side is not None for side in (truth.left, truth.right))
    what = (
        "which is true"
        if truth.value is not None
        else ("between the two sides" if sides == 2 else "the side that there is")
    )
    many = "" if len(known) == 1 else ", and every other entry is true as well"
    return f"{remark + '; ' if remark else ''}its derivative comes out as {number!r}, {what}{many}"
