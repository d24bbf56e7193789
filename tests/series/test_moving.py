"""What moves with another variable beside the step: slopes in it, and what grows or vanishes faster than every power."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb
from series.test_edges import close

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined, variable
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.series.arithmetic import STEP, slope_in
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.series import Series

# a function, its operands with "t" for the step and a number that moves
PARAMETERS: tuple[tuple[str, tuple[Any, ...], bool], ...] = (
    ("pow", ("t", 0.5), True),
    ("pow", ("t", -2.0), True),
    ("pow", ("1/t", 1.5), True),
    ("pow", (2.5, "t"), True),
    ("xlogy", (1.5, "t"), True),
    ("xlogy", ("t", 2.0), True),
    ("xlogy", ("t", 0.0), False),
    ("atan2", (0.5, "t"), True),
    ("atan2", ("t", 0.0), True),
    ("atan2", (0.0, "t"), True),
    ("atan2", (0.0, "-t"), False),
    ("gammainc", (0.5, "t"), True),
    ("gammaincc", (2.0, "t"), True),
    ("gammaincc", ("t", 1.5), True),
    ("zeta", (2.0, "t"), True),
    ("zeta", ("1+t", 2.5), True),
    ("zeta", (2.5, "1/t"), True),
)


def _operands(pattern: tuple[Any, ...], step: Any, moving: Ball) -> list[Any]:
    steps = {"t": step, "-t": -step, "1/t": 1 / step, "1+t": 1 + step}
    return [steps[x] if isinstance(x, str) else moving for x in pattern]


@pytest.mark.parametrize(("name", "pattern", "told"), PARAMETERS, ids=str)
def test_slopes_in_the_other_operand(name: str, pattern: tuple[Any, ...], told: bool) -> None:
    at = next(x for x in pattern if not isinstance(x, str))

    def slope(step: Any) -> Any:
        y = variable(arb(at))
        found = FUNCTIONS[name](*_operands(pattern, step, y))
        return slope_in(found, y) if type(step) is Series else tangents([found], {y.serial: Ball(arb(1))})[0]

    with precision(192), length(4):
        series = slope(STEP)
    known = type(series) is Series and not any(c.value.is_nan() for c in series.terms.values())
    known = known or (type(series) is Ball and not series.value.is_nan())
    assert known == told
    if told:
        with precision(512):
            close(series, lambda t: slope(Ball(t)).value, "1/t" in pattern)


def _exp(x: Any) -> Any:
    return FUNCTIONS["exp"](x)


def test_sizes_beyond_powers_are_not_compared() -> None:
    once, twice = _exp(1 / STEP), _exp(2 / STEP)
    for unknown in (once / twice, twice - 10 * once, once * _exp(-2 / STEP), STEP * once * _exp(-1 / STEP)):
        assert type(unknown) is Ball
        assert unknown.value.is_nan()
    assert (once * twice).sign() == (once + 1 / STEP).sign() == 1
    assert (-once * STEP * STEP).sign() == -1
    assert (1 / (1 + once)).vanishes
    assert type(FUNCTIONS["log"](once)) is Ball


def test_a_zero_that_moves_has_its_slope() -> None:
    """abs(y + t), sqrt(y + t) and (y + t)**y at y = 0 have the slopes sign(t), t**(-1/2)/2 and 1 + log(t) in y."""
    y = variable(arb(0))
    assert slope_in(FUNCTIONS["Abs"](y - STEP), y).value == -1
    root = slope_in(FUNCTIONS["sqrt"](y + STEP), y)
    assert {power: c.value == arb(0.5) for power, c in root.terms.items() if not c.value.is_zero()} == {(-0.5, 0): True}
    for name in ("Abs", "sqrt", "log", "sign", "floor", "acot"):
        assert type(slope_in(FUNCTIONS[name](y * (1 + STEP) - y * STEP), y)) in (Undefined, Ball)


def test_a_power_whose_exponent_moves_off_a_whole_number() -> None:
    """(t - 2)**y has a value at y = 2 and, left of 0, no slope in y."""
    y = variable(arb(2))
    found = FUNCTIONS["pow"](STEP - 2, y)
    assert [int(c.value.unique_fmpz()) for _, c in found.ordered()] == [4, -4, 1]
    assert type(slope_in(found, y)) is Undefined
