"""Every function's series beside each of its kinks, edges, poles and ends hold the function's balls there, and slopes.

What is left of a series beyond its terms is as small as its order says: its size at some steps, times the power of the
step, bounds it at smaller steps.
"""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb
from series.edges import EDGES, ENDS, Edge, edges

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined, lifted, variable
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.series.arithmetic import STEP, slope_in
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.series import FLAT, Series

FIRST = (10, 11, 12, 13)  # steps 2**-k
NEAR = (16, 20, 30, 45, 60)
FAR = (14, 16, 20)  # along 1/t
LOGARITHMS = 6  # a remainder may have so many powers of log(t)
FLATTEST = 20  # what vanishes faster than every power of t is less than this one at 2**-10

UNTOLD = {
    *((name, end) for name in ("tan", "sec", "csc", "cot") for end in ENDS),
    *(("erfinv", end) for end in ("1-", "-1+")),
    *(("erfcinv", end) for end in ("0+", "2-")),
    *((name, "-inf") for name in ("gamma", "lgamma", "rgamma", "zeta")),
    *(("polygamma", n, "-inf") for n in (0, 1, 2, 5)),
    *((name, "inf", 2.0) for name in ("gammainc", "gammaincc", "lowergamma", "uppergamma")),
    ("xlogy", "0-", 0.0),
    ("zeta", "inf", 2.5),
    ("li", "0+"),
    ("li", "inf"),
    ("LambertW", "inf", 0),
    ("LambertW", "0-", -1),
}


def test_no_function_lacks_its_edges() -> None:
    assert set(EDGES) == set(FUNCTIONS)


def value(series: Any, t: arb) -> arb:
    if type(series) is Ball:
        return series.value
    total = arb(0)
    for (e, k), c in series.terms.items():
        total = total + c.value * t ** (arb(e.numerator) / e.denominator) * t.log() ** k
    return total


def operands(edge: Edge, step: Any) -> list[Any]:
    return [x if isinstance(x, int | Series) else lifted(x) for x in edge.at(step)]


def close(series: Any, exact: Any, far: bool) -> None:
    """exact: t -> an enclosure"""
    order = None if type(series) is Ball else series.order
    seen = [(arb(2) ** -k) for k in FIRST]
    left = {t: abs(exact(t) - value(series, t)) for t in [*seen, *(arb(2) ** -k for k in (FAR if far else NEAR))]}
    if order is None or order > FLAT / 2:
        bound = arb(2) ** (-10 * FLATTEST) if order else arb(0)
        assert all(rest.lower() <= bound for rest in left.values()), left
        return
    power = arb(order.numerator) / order.denominator
    size = max((left[t].upper() / t**power for t in seen), key=float)
    for t, rest in left.items():
        logarithm = (t.log() / seen[0].log()) ** LOGARITHMS
        assert rest.lower() <= 8 * size * t**power * logarithm, (t, rest, size)


@pytest.mark.generated(share=1 / 5)
@pytest.mark.parametrize("edge", list(edges()), ids=str)
def test_edges(edge: Edge) -> None:
    function = FUNCTIONS[edge.name]
    with precision(192), length(4):
        series = function(*operands(edge, STEP))
    with precision(512):
        if type(series) is Undefined:
            for k in (*FIRST, *NEAR):
                assert type(function(*operands(edge, Ball(arb(2) ** -k)))) is Undefined
            return
        if type(series) is Ball and series.value.is_nan():
            assert (edge.name, *edge.operands) in UNTOLD
            return
        assert (edge.name, *edge.operands) not in UNTOLD
        if type(series) is Series and series.endless:
            for k in FIRST:
                found = function(*operands(edge, Ball(arb(2) ** -k))).value
                assert abs(found) > arb(2) ** (k * FLATTEST)
                assert (found > 0) == (series.sign() > 0)
            return
        close(series, lambda t: function(*operands(edge, Ball(t))).value, edge.far)


@pytest.mark.generated(share=1 / 5)
@pytest.mark.parametrize("edge", list(edges()), ids=str)
def test_slopes(edge: Edge) -> None:
    """In a variable that moves the operand, beside the step: told and right, or not told."""
    function = FUNCTIONS[edge.name]

    def moved(step: Any, h: Ball) -> list[Any]:
        return operands(edge, step + step * h * Ball(arb(3)) + step * step * h)

    with precision(192), length(4):
        h = variable(arb(0))
        slope = slope_in(lifted(function(*moved(STEP, h))), h)
    if type(slope) is Undefined or (type(slope) is Ball and slope.value.is_nan()):
        return
    if type(slope) is Series and any(c.value.is_nan() for c in slope.terms.values()):
        return

    def exact(t: arb) -> arb:
        h = variable(arb(0))
        (found,) = tangents([function(*moved(Ball(t), h))], {h.serial: Ball(arb(1))})
        return arb.nan() if type(found) is Undefined else found.value

    with precision(512):
        close(slope, exact, edge.far)
