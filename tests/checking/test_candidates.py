"""Corrected claims, whose common parts are computed once, have the values that they have by themselves."""

from __future__ import annotations

import numpy as np

from gradcli.diagnosis.corrections import corrections
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import Array, floats
from gradcli.meaning.shapes import output_shape
from gradcli.meaning.shared import Shared

TREE = parse("2*exp(x)*sin(y)**2 - y/x").tree
NAMES = {"x": (2,), "y": (2,)}


def test_trees_share_values_and_shapes() -> None:
    balls = Balls(ideal=True)
    values = {name: balls.exact(np.array([0.5, 1.25]) + k) for k, name in enumerate(NAMES)}
    shared, known, steps = Shared(NAMES), dict[int, Array](), 0
    trees = [TREE, *(c.apply(TREE) for c in corrections(TREE, write, []) if c.kind in {"term sign", "factor"})]
    assert len(trees) > 10
    for tree in trees:
        program = compile_tree(tree)
        step = shared.add(tree)
        assert shared.shape(step) == output_shape(program, NAMES) == (2,)
        assert np.array_equal(floats(shared.value(step, balls, values, known)), floats(run(program, balls, values)))
        steps += len(program.steps)
    assert len(known) == len(shared) < steps / 3
    assert shared.work(shared.add(TREE), known) == 0
