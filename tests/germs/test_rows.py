"""Every row along rays of which only bounds of the step are known: right, or not told. Generated from the rows; the
oracle is balls at a point of the ray."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from flint import arb
from germs.along import T, assert_leads
from rows.calls import ENTRYWISE, KINKED, by_name, call_of, example_task
from series.test_rows import MEANT, axes, ray_in_the_domain, rays_from_kinks

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.germs.arithmetic import Germ, GermArithmetic
from gradcli.meaning.program import Program, run
from gradcli.meaning.scalars import as_array, mapped
from gradcli.operations.row import Op

STEP = 200  # t is 2**-200
HELD = {"detach"}  # what stays as it was where the ray begins, which the oracle does not know

# Any, in this module: arrays of floats; Scalars


def untold(program: Program, values: Mapping[str, Any], direction: Mapping[str, Any]) -> int:
    """How many entries are not told; the others are right."""
    with precision(512):
        t = arb(2) ** -STEP

        def beside(step: Any, arithmetic: Any) -> Any:
            point = {name: arithmetic.exact(value) for name, value in values.items()}
            for name, along in direction.items():
                moved = mapped(
                    lambda v, d: v if d.value.is_zero() else v + step * d, point[name], arithmetic.exact(along)
                )
                point[name] = moved
            return as_array(run(program, arithmetic, point))

        try:
            found = beside(T, GermArithmetic())
        except LimitError:
            return 1
        due = beside(Ball(t), Balls())
        return sum(_is_untold(found[place], due[place], t) for place in np.ndindex(due.shape))


def _is_untold(found: Any, due: Any, t: arb) -> bool:
    if type(found) is Ball and found.value.is_nan():
        return True
    if type(found) is Germ:
        assert type(due) is Ball
        assert_leads(found.bounds[0], due.value, t)
    elif type(found) is Undefined:
        assert type(due) is Undefined
    elif type(found) is Ball:
        assert found.value.overlaps(due.value)
    else:
        assert bool(found) == bool(due)
    return False


@pytest.mark.generated(share=1 / 4)
@by_name([op for op in MEANT if op.name not in HELD])
def test_the_example(op: Op) -> None:
    task = example_task(op)
    values = dict(task.values)
    for direction in axes(op, values):
        untold(task.program, values, direction)


@pytest.mark.generated(share=1 / 4)
@by_name(KINKED)
def test_from_kinks(op: Op) -> None:
    for ray in rays_from_kinks(op):
        untold(*ray)


@pytest.mark.generated(share=1 / 4)
@by_name([op for op in ENTRYWISE if op in MEANT and call_of(op)])
def test_from_a_point_in_the_domain(op: Op) -> None:
    assert not untold(*ray_in_the_domain(op))
