"""What is told of every function beside each of its kinks, edges, poles and ends, where only bounds of the step are known."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb
from germs.along import T, assert_leads, slope_at
from series.edges import Edge, edges
from series.test_edges import UNTOLD as NO_SERIES

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined, lifted
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.germs.arithmetic import Germ

STEPS, FAR = (200, 300), (12, 14)  # t is 2**-k; along 1/t

# Any, in this module: Scalars

TOLD = {
    *(("erfinv", end) for end in ("1-", "-1+")),
    *(("erfcinv", end) for end in ("0+", "2-")),
    *(("li", end) for end in ("0+", "inf")),
    ("LambertW", "inf", 0),
    ("LambertW", "0-", -1),
}
UNTOLD = NO_SERIES - TOLD


def operands(edge: Edge, step: Any) -> list[Any]:
    return [lifted(x) if isinstance(x, float) else x for x in edge.at(step)]


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("edge", list(edges()), ids=str)
def test_edges(edge: Edge) -> None:
    function = FUNCTIONS[edge.name]
    steps = [arb(2) ** -k for k in (FAR if edge.far else STEPS)]
    with precision(512):
        found = lifted(function(*operands(edge, T)))
        at = {k: lifted(function(*operands(edge, Ball(t)))) for k, t in enumerate(steps)}
        if type(found) is Undefined:
            assert all(type(number) is Undefined for number in at.values())
            return
        if type(found) is Ball:
            if found.value.is_nan():
                assert (edge.name, *edge.operands) in UNTOLD
            else:
                assert all(found.value.overlaps(number.value) for number in at.values())
            return
        assert type(found) is Germ
        value, slope = found.bounds
        for k, t in enumerate(steps):
            assert_leads(value, at[k].value, t)
            if slope is not None:
                assert_leads(slope, slope_at(function, lambda step: operands(edge, step), t), t)


def test_what_has_no_series_is_told() -> None:
    assert TOLD <= NO_SERIES
    assert {(edge.name, *edge.operands) for edge in edges()} >= TOLD
