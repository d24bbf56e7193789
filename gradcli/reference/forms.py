"""A formula for a derivative against the rows' rules, both in balls, at seeded points: where no proof decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.base.errors import GradcliError
from gradcli.language.parse import Expression, at_sizes
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape
from gradcli.reference.problem import Problem, entry_of
from gradcli.reference.reference import Reference
from gradcli.reference.work import BITS

POINTS, ATTEMPTS = 3, 12  # points at which both sides have numbers, and how many are drawn for them
RANGES = ((0.25, 2.0), (-2.0, 2.0), (-0.9, 0.9), (1.1, 3.0))  # in turn: positive, of both signs, within 1, beyond 1


def agrees_at_points(
    function: Expression,
    claim: Expression,
    wrt: Sequence[str],
    shapes: Mapping[str, Shape],
    sizes: Mapping[str, int],
    seed: int = 0,
) -> bool:
    """Do both enclose the same numbers at POINTS points at least, and different ones at none?

    wrt: variables of the derivative, whose axes come after the output's; shapes: at these sizes of the letters
    """
    program, formula = (compile_tree(at_sizes(side, sizes, bound=function.names).tree) for side in (function, claim))
    letters = {name: np.asarray(float(n)) for name, n in sizes.items()}
    known = {name: shapes.get(name, ()) for name in {*program.names, *formula.names} - letters.keys()}
    steps = shapes_of(program, {**known, **dict.fromkeys(letters, ())})
    generator, seen = np.random.default_rng(seed), 0
    for attempt in range(ATTEMPTS):
        point = {name: generator.uniform(*RANGES[attempt % len(RANGES)], shape) for name, shape in known.items()}
        values = {**letters, **point}
        problem = Problem(program, steps, values, active=frozenset(wrt), ideal=True)
        same = _same(problem, formula, values, [(name, len(known[name])) for name in wrt])
        if same is False:
            return False
        seen += same is True
        if seen == POINTS:
            break
    return seen == POINTS


def _same(
    problem: Problem, formula: Program, values: Mapping[str, Array], wrt: Sequence[tuple[str, int]]
) -> bool | None:
    """None where one of them encloses no number."""
    try:
        reference = Reference(problem, len(wrt), formulas=False)
        with precision(BITS[0]):
            balls = Balls(ideal=True)
            given = as_array(run(formula, balls, {name: balls.exact(value) for name, value in values.items()}))
        if given.shape != (*problem.output, *(n for name, _ in wrt for n in np.shape(values[name]))):
            return False
        places = list(np.ndindex(given.shape))
        truths = reference.truths([entry_of(place, wrt) for place in places])
    except GradcliError:
        return None
    for place, truth in zip(places, truths, strict=True):
        number: Any = given[place]  # a Scalar
        if truth.value is None or type(number) is not Ball or not number.value.is_finite():
            return None
        if not number.value.overlaps(truth.value):
            return False
    return True
