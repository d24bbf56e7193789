"""A formula for a derivative against the rows' rules, both in balls, at seeded points: where no proof decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from flint import arb

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.base.precision import precision
from gradcli.language.parse import Expression, at_sizes
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import as_array
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape
from gradcli.reference.enclosures import Rules
from gradcli.reference.problem import Entry, Problem, entry_of
from gradcli.reference.reference import Reference
from gradcli.reference.work import BITS

POINTS, ATTEMPTS = 3, 20  # points at which both sides have numbers, and how many are drawn for them
RANGES = ((0.25, 2.0), (-2.0, 2.0), (-0.9, 0.9), (1.1, 3.0), (0.05, 0.95))  # in turn: positive, of both signs, ...


def agrees_at_points(
    function: Expression,
    claim: Expression,
    wrt: Sequence[str],
    shapes: Mapping[str, Shape],
    sizes: Mapping[str, int],
    seed: int = 0,
    fixed: Mapping[str, FloatArray] | None = None,
) -> bool:
    """Do both enclose the same numbers at POINTS points at least, and different ones at none?

    wrt: variables of the derivative, whose axes come after the output's; shapes: at these sizes of the letters
    fixed: values of names that are the same at all points
    """
    program, formula = (compile_tree(at_sizes(side, sizes, bound=function.names).tree) for side in (function, claim))
    letters = {name: np.asarray(float(n)) for name, n in sizes.items()}
    known = {name: shapes.get(name, ()) for name in {*program.names, *formula.names} - letters.keys()}
    steps = shapes_of(program, {**known, **dict.fromkeys(letters, ())})
    seen, whole = 0, _whole(program, steps)
    for drawn in points(known, seed):
        point = {name: np.floor(x * 97) % whole[name] if name in whole else x for name, x in drawn.items()}
        problem = Problem(program, steps, {**letters, **point, **(fixed or {})}, active=frozenset(wrt), ideal=True)
        same = _same(problem, formula, [(name, len(known[name])) for name in wrt])
        if same is False:
            return False
        seen += same is True
        if seen == POINTS:
            break
    return seen == POINTS


def _whole(program: Program, shapes: Sequence[Shape]) -> dict[str, int]:
    """The names whose values are whole numbers from 0: places, and below which number."""
    found = {}
    for step in program.steps:
        operands = [None if i is None else shapes[i] for i in step.inputs]
        places = step.op.places(*operands, *step.constants) if step.op and step.op.places else None
        leaf = None if places is None else step.inputs[places.operand]
        if places is not None and leaf is not None and program.steps[leaf].tree.is_Symbol:
            found[program.steps[leaf].tree.name] = (operands[0] or (1,))[places.axis]
    return found


def points(shapes: Mapping[str, Shape], seed: int) -> Iterator[dict[str, FloatArray]]:
    """ATTEMPTS points, from each of the ranges in turn: some in rising order, as samples have to be, some of matrices
    with large diagonals, as a factorisation may ask for."""
    generator = np.random.default_rng(seed)
    for attempt in range(ATTEMPTS):
        drawn = {name: generator.uniform(*RANGES[attempt % len(RANGES)], shape) for name, shape in shapes.items()}
        yield {name: _SHAPED[attempt % len(_SHAPED)](x) for name, x in drawn.items()}


def _dominant(x: FloatArray) -> FloatArray:
    """A square matrix whose diagonal is larger than all else of a row or column together."""
    square = x.ndim > 1 and x.shape[-1] == x.shape[-2]
    return x + 4 * x.shape[-1] * np.eye(x.shape[-1]) if square else x


_SHAPED = (lambda x: x, lambda x: np.sort(x) if x.ndim else x, _dominant)


def beside_rules(
    problem: Problem, entries: Sequence[Entry], values: Sequence[arb | None]
) -> dict[int, tuple[float, float]] | None:
    """By place the values that are certainly apart from what the rules enclose there, and that; None where a number is
    missing on one side."""
    rules = Reference(problem, max((len(variables) for _, variables in entries), default=1), formulas=False)
    truths = rules.truths(entries)
    apart = {}
    for at, (value, truth) in enumerate(zip(values, truths, strict=True)):
        if value is None or not value.is_finite() or truth.value is None or truth.reference != Rules.name:
            return None
        if not value.overlaps(truth.value):
            apart[at] = float(value), float(truth.value)
    return apart


def _same(problem: Problem, formula: Program, wrt: Sequence[tuple[str, int]]) -> bool | None:
    """None where one of them encloses no number."""
    try:
        with precision(BITS[0]):
            balls = Balls(ideal=True)
            point = {name: balls.exact(value) for name, value in problem.values.items()}
            given = as_array(run(formula, balls, point))
        if given.shape != (*problem.output, *(n for name, _ in wrt for n in np.shape(problem.values[name]))):
            return False
        entries = [entry_of(place, wrt) for place in np.ndindex(given.shape)]
        values = [number.value if type(number) is Ball else None for number in given.ravel()]
        apart = beside_rules(problem, entries, values)
    except GradcliError:
        return None
    return None if apart is None else not apart
