"""One-sided derivatives and limits where there is no power series: known values, and mpmath's beside the point."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import pytest
from mpmath import mp
from reference.asking import entries_of, problem_of, reference_of

from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.reference.beside import beside, limit
from gradcli.reference.truth import Sides, Status, Truth

DIGITS = 200
STEPS = (10, 30, 90)  # 10**-k beside the point

# Any, in this module: mpmath's numbers

# what a function of one number is, where it stands, and its derivatives from the left and from the right: from the
# leading terms of erfinv (DLMF 7.17.6), li (6.12.1 with 6.2.8), Lambert's W (4.13.10, 4.13.11) and logarithms
SIDES: tuple[tuple[str, Callable[[Any], Any], float, float | None, float | None], ...] = (
    ("li(x)", lambda x: mp.li(x), 0, None, 0),
    ("x*li(x)", lambda x: x * mp.li(x), 0, None, 0),
    ("li(sqrt(x))", lambda x: mp.li(mp.sqrt(x)), 0, None, -inf),
    ("3 + 2*x - li(x)", lambda x: 3 + 2 * x - mp.li(x), 0, None, 2),
    ("x**pi", lambda x: x**mp.pi, 0, None, 0),
    ("tanh(log2(x))", lambda x: mp.tanh(mp.log(x, 2)), 0, None, 0),
    ("tanh(log10(x))", lambda x: mp.tanh(mp.log10(x)), 0, None, inf),
    ("coth(-log2(x))", lambda x: mp.coth(-mp.log(x, 2)), 0, None, 0),
    ("sech(log10(x))", lambda x: mp.sech(mp.log10(x)), 0, None, inf),
    ("x**(pi/4)", lambda x: x ** (mp.pi / 4), 0, None, inf),
    ("-x**(1/pi)*sin(x)**0.5", lambda x: -(x ** (1 / mp.pi)) * mp.sqrt(mp.sin(x)), 0, None, -inf),
    ("(1 + x)**pi + x**pi", lambda x: (1 + x) ** mp.pi + x**mp.pi, 0, None, 3.141592653589793),
    ("exp(pi*log(x))", lambda x: x**mp.pi, 0, None, 0),
    ("where(x > 0, x**e, 2*x)", lambda x: x**mp.e, 0, 2, 0),
    ("where(x == 0, 0, x*abs(x)**sqrt(2))", lambda x: x * abs(x) ** mp.sqrt(2), 0, 0, 0),
    ("where(x > 0, x*log(abs(log(x))), 0)", lambda x: x * mp.log(abs(mp.log(x))), 0, 0, inf),
    ("where(x > 0, x/log(abs(log(x))), x)", lambda x: x / mp.log(abs(mp.log(x))), 0, 1, 0),
    ("where(x > 0, x*erfinv(1 - x), 0)", lambda x: x * mp.erfinv(1 - x), 0, 0, inf),
    ("where(x > 0, x**2*erfinv(1 - x), 0)", lambda x: x**2 * mp.erfinv(1 - x), 0, 0, 0),
    ("where(x > 0, x - 1/erfcinv(x), x)", lambda x: x - 1 / mp.erfinv(1 - x), 0, 1, -inf),
    ("where(x > 0, sqrt(x)*ndtri(x), x)", lambda x: -mp.sqrt(2 * x) * mp.erfinv(1 - 2 * x), 0, 1, -inf),
    ("where(x > 0, x*lambertw(1/x), x)", lambda x: x * mp.lambertw(1 / x), 0, 1, inf),
    ("where(x > 0, x/lambertw(-log(x)), 0)", lambda x: x / mp.lambertw(-mp.log(x)), 0, 0, 0),
    ("where(x < 0, 1/lambertw(x, -1), 0)", lambda x: 1 / mp.lambertw(x, -1), 0, inf, 0),
    ("exp(-sqrt(-log(x)))", lambda x: mp.exp(-mp.sqrt(-mp.log(x))), 0, None, inf),
    ("atan(log(-log(x)))", lambda x: mp.atan(mp.log(-mp.log(x))), 0, None, -inf),
    ("xlogy(x, -log(x))", lambda x: x * mp.log(-mp.log(x)), 0, None, inf),
    ("xlogy(x**2, -log(x))", lambda x: x**2 * mp.log(-mp.log(x)), 0, None, 0),
    ("where(x > 1, log(x)/log(abs(log(x))), 0)", lambda x: mp.log(x) / mp.log(abs(mp.log(x))), 1, 0, 0),
    ("where(x > 0, x**x**x, 0)", lambda x: x ** (x**x), 0, 0, 1),
    ("sum([x**pi, li(x), x])", lambda x: x**mp.pi + mp.li(x) + x, 0, None, 1),
)  # fmt: skip


def truth(text: str, at: float) -> Truth:
    route = reference_of(text, x=at)
    (found,) = route.truths(entries_of(route.problem))
    return found


@pytest.mark.parametrize(("text", "_function", "at", "left", "right"), SIDES, ids=[row[0] for row in SIDES])
def test_sides(text: str, _function: Any, at: float, left: float | None, right: float | None) -> None:
    found = truth(text, at)
    if left == right:
        assert found.status is Status.ENCLOSED
        assert found.value is not None
        assert float(found.value) == left
        return
    assert found.status is Status.UNDEFINED
    assert found.sides is not None
    assert found.sides.jump is None
    assert [None if side is None else float(side) for side in (found.sides.left, found.sides.right)] == [left, right]


@pytest.mark.parametrize(("_text", "function", "at", "left", "right"), SIDES, ids=[row[0] for row in SIDES])
def test_sides_are_those_beside_the_point(
    _text: str, function: Any, at: float, left: float | None, right: float | None
) -> None:
    """mpmath's slopes come ever nearer to the limit, or grow ever larger."""
    sign, due = (-1, left) if "x < 0" in _text else (1, right)
    assert due is not None
    with mp.workdps(DIGITS):
        near = [at + sign * mp.mpf(10) ** -k for k in STEPS]
        slopes = [mp.diff(function, x, h=abs(x - at) * mp.mpf(10) ** -40) for x in near]
        if abs(due) == inf:
            assert all(slope * due > 0 for slope in slopes)
            sizes = [abs(slope) for slope in slopes]
        else:
            sizes = [-abs(slope - due) for slope in slopes]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize(
    ("text", "at", "left", "right"),
    [
        ("erfinv(x)", 1.0, inf, None),
        ("erfinv(x)", -1.0, None, -inf),
        ("ndtri(x)", 0.0, None, -inf),
        ("log(-log(x))", 0.0, None, inf),
        ("log(log(x))", 1.0, None, -inf),
        ("csch(log2(x))", 0.0, None, 0),
        ("sinh(log10(x))*x", 0.0, None, 0),
        ("cosh(log2(x))*x", 0.0, None, inf),
        ("lambertw(1/x)", 0.0, None, inf),
        ("1/erfinv(x)", 1.0, 0, None),
        ("tanh(erfinv(x))", 1.0, 1, None),
        ("(1 - x)*erfinv(x)", 1.0, 0, None),
        ("sin(x)/x + x**pi", 0.0, None, 1),
        ("x*sin(log(x))", 0.0, None, 0),
    ],
)
def test_limits(text: str, at: float, left: float | None, right: float | None) -> None:
    found = reference_of(text, x=at).rays.limits(())
    assert found is not None
    assert [None if end is None else float(end) for end in (found.left, found.right)] == [left, right]


@pytest.mark.parametrize(
    "text",
    [
        "sin(log(-log(x)))",
        "x**pi/x**pi*sin(1/x)",
        "exp(exp(1/x))/exp(exp(1/x) + 1)",
        "log(log(log(log(1/x))))",
        "exp(-erfcinv(x)**2)/x",
    ],
)
def test_what_cannot_be_told_is_not_told(text: str) -> None:
    """Waves, quotients of what grows faster than every power, and what the scale has no term for."""
    assert reference_of(text, x=0.0).rays.limits(()) is None


def test_a_derivative_inside_is_told_from_both_sides() -> None:
    (found,) = reference_of("diff(abs(x)*abs(x)**pi, x)", x=0.0).value()
    assert found.exact_zero
    (found,) = reference_of("diff(x**pi, x)", x=0.0).value()
    assert (found.status, found.why) == (Status.UNDEFINED, "the edge of a power's domain")


def test_an_entry_of_an_array() -> None:
    route = reference_of("sum(v**pi*w)", v=[0.0, 1.0], w=[2.0, 3.0])
    found = route.truths(entries_of(route.problem))
    assert found[0].sides == Sides(None, 0)
    assert all(truth.status is Status.ENCLOSED for truth in found[1:])


def test_no_second_derivative_is_told() -> None:
    route = reference_of("x**pi", 2, x=0.0)
    (found,) = route.truths(entries_of(route.problem, 2))
    assert found.status is Status.UNTOLD


def test_a_limit_is_enclosed() -> None:
    problem = problem_of("exp(x**pi)*e**2", x=0.0)
    with precision(512):
        near = limit(beside(problem, {"x": Balls().exact(0.0)}, (), ("x", ()), sign=1))
    assert near is not None
    assert near.rel_accuracy_bits() > 400
