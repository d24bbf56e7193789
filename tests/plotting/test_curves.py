"""Curves have the function's values, go across no pole, and bend where the function does."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np
import pytest

import gradcli
from gradcli.commands.plotting.model import Axis, Kind, Panel, Plot, Role, nice_step
from gradcli.commands.plotting.sampling import GRID, Samples, breaks, grid, roundest, sampled

HALF_PI = 1.5707963267948966


def marks(panel: Panel, kind: Kind) -> list[float]:
    return [mark.x for mark in panel.marks if mark.kind is kind]


def line_across(plot: Plot, x: float, panel: int = 0) -> bool:
    """Does a line of the curve pass this place?"""
    return any(line[0, 0] < x - 1e-6 and line[-1, 0] > x + 1e-6 for line in plot.panels[panel].curves[0].lines)


def test_the_values_are_those_of_the_function() -> None:
    plot = gradcli.plot("sin(x)*x", {"x": 1.0}, order=2)
    exact = [lambda x: sin(x) * x, lambda x: x * cos(x) + sin(x), lambda x: 2 * cos(x) - x * sin(x)]
    for panel, function in zip(plot.panels, exact, strict=True):
        (line,) = panel.curves[0].lines
        assert [round(y, 12) for _, y in line.tolist()] == [round(function(x), 12) for x, _ in line.tolist()]
        assert len(line) >= GRID
    assert plot.panels[0].curves[0].name == "f = sin(x)*x"


# typed by hand: places, and both slopes
KINKS = [
    ("abs(x)", 0.0, -1.0, 1.0), ("relu(x - 1)", 1.0, 0.0, 1.0), ("max(x, 1 - x)", 0.5, -1.0, 1.0), ("abs(x - 1/3)", 1 / 3, -1.0, 1.0),
    ("x*sign(x)*2", 0.0, -2.0, 2.0), ("where(x < 2, x**2, 4*x - 4 + abs(x - 2))", 2.0, 4.0, 5.0),
]  # fmt: skip


@pytest.mark.parametrize(("function", "x", "before", "after"), KINKS)
def test_kinks_are_found_with_both_slopes(function: str, x: float, before: float, after: float) -> None:
    (kink,) = gradcli.plot(function, plot_range="x=-3:3.3").kinks
    assert kink.x == pytest.approx(x, abs=1e-12)
    assert kink.text.endswith(f"slope {before:g} before, {after:g} after")


def test_every_kink_of_several_is_found() -> None:
    found = [kink.x for kink in gradcli.plot("abs(sin(x))", plot_range={"x": (-4.0, 4.0)}).kinks]
    assert found == pytest.approx([-pi, 0.0, pi])
    assert [kink.x for kink in gradcli.plot("relu6(x)").kinks] == [0.0, 6.0]
    assert [kink.x for kink in gradcli.plot("clamp(x, 0, 0.001)").kinks] == pytest.approx([0.0, 0.001])


@pytest.mark.parametrize(
    "function", ["x**2", "tanh(1000*x)", "abs(x)*x", "sin(x)", "relu(x)**2", "3 + 0*x", "exp(x)", "1/(0.0001 + x**2)"]
)
def test_what_is_smooth_or_only_steep_has_no_break(function: str) -> None:
    plot = gradcli.plot(function)
    assert plot.kinks == ()
    assert [len(curve.lines) for curve in (plot.panels[0].curves[0], plot.panels[1].curves[0])] == [1, 1]
    assert plot.notes == ()


@pytest.mark.parametrize(("function", "at"), [
    ("1/x", [0.0]), ("tan(x)", [-HALF_PI, HALF_PI]), ("1/(x - 0.3)**2", [0.3]), ("1/(x**2 - 1)", [-1.0, 1.0]), ("x/abs(x - 1)**1.5", [1.0]),
])  # fmt: skip
def test_poles_are_found_and_not_joined(function: str, at: list[float]) -> None:
    plot = gradcli.plot(function, plot_range="x=-2:2.2")
    assert marks(plot.panels[0], Kind.POLE) == pytest.approx(at, abs=1e-9)
    assert not any(line_across(plot, x, panel) for x in at for panel in (0, 1))
    assert len(plot.panels[0].curves[0].lines) == len(at) + 1
    assert "grows without bound" in plot.notes[0]
    assert plot.panels[0].axis.high < 1e3, "what lies beside a pole is not all there is to see"


def test_jumps_and_holes_are_told_from_poles() -> None:
    jumping = gradcli.plot("floor(x)", plot_range="x=-1.5:1.5")
    assert marks(jumping.panels[0], Kind.JUMP) == [-1.0, 0.0, 1.0]
    assert not line_across(jumping, 0.0)
    whole = gradcli.plot("sin(x)/x")
    assert marks(whole.panels[0], Kind.HOLE) == [0.0]
    assert whole.notes == ("no value at x = 0, and 1 beside it",)


@pytest.mark.parametrize(("function", "edge", "note"), [
    ("log(x)", 0.0, "no value for x before 0"), ("sqrt(x)", 0.0, "no value for x before 0"), ("asin(x)", 1.0, "no value for x beyond 1"),
    ("log(-5 - x)", -5.0, "no value for x beyond -5"),
])  # fmt: skip
def test_a_curve_ends_where_its_domain_does(function: str, edge: float, note: str) -> None:
    plot = gradcli.plot(function)
    ends = [x for line in plot.panels[0].curves[0].lines for x in (line[0, 0], line[-1, 0])]
    assert min(abs(x - edge) for x in ends) < 1e-12
    assert note in plot.notes
    assert plot.x.low < edge + 0.5, "the window is that of the domain"


def test_a_vertical_tangent_and_a_cusp() -> None:
    assert gradcli.plot("cbrt(x)").notes == ("vertical tangent at x = 0: the slope is infinite",)
    assert gradcli.plot("sqrt(abs(x))").notes == ("cusp at x = 0: the slope is infinite",)


def test_what_is_too_large_for_a_float_is_not_said_to_be_undefined() -> None:
    notes = gradcli.plot("exp(1/x)").notes
    assert any("beyond the largest float" in note for note in notes)
    assert not any("no value" in note for note in notes)


def test_what_goes_to_and_fro_too_fast_is_not_drawn_as_something_slow() -> None:
    """An even grid of 257 points would see sin(2*pi*32*x) as 0."""
    plot = gradcli.plot("sin(2*pi*32*x)", plot_range="x=-4:4")
    heights = np.concatenate([line[:, 1] for line in plot.panels[0].curves[0].lines])
    assert heights.max() > 0.99
    assert heights.min() < -0.99
    assert gradcli.plot("sin(100000*x)").notes == (
        "the function goes to and fro faster than can be drawn here: a narrower range shows it",
    )


def test_the_point_its_tangent_and_a_claim() -> None:
    plot = gradcli.plot("x**3", {"x": 2.0}, claim="2*x**2")
    function, slope = plot.panels
    assert [(mark.x, mark.y) for mark in function.marks] == [(2.0, 8.0)]
    (tangent,) = [curve for curve in function.curves if curve.role is Role.TANGENT]
    (ends,) = tangent.lines
    assert (ends[1, 1] - ends[0, 1]) / (ends[1, 0] - ends[0, 0]) == pytest.approx(12.0)
    true, claim = slope.curves
    assert (true.role, claim.role) == (Role.DERIVATIVE, Role.CLAIM)
    assert [y for x, y in claim.lines[0].tolist() if x == 2.0] == [8.0]
    at_kink = gradcli.plot("abs(x)", {"x": 0.0})
    assert [curve.role for curve in at_kink.panels[0].curves] == [Role.FUNCTION], "no tangent at a kink"


def test_entries_of_arrays_move_too() -> None:
    plot = gradcli.plot("sum(A@x)*t", {"A": [[1.0, 2.0], [3.0, 4.0]], "x": [1.0, 1.0], "t": 3.0}, wrt="t")
    (line,) = plot.panels[0].curves[0].lines
    assert line[:, 1] == pytest.approx(10.0 * line[:, 0])
    field = gradcli.plot("x@x", {"x": [1.0, 2.0]}).field
    assert field is not None
    assert field.axis.name == "x[1]"


# -- two numbers


def test_contours_lie_where_the_function_has_their_value() -> None:
    field = gradcli.plot("x**2 + y**2", {"x": 0.0, "y": 0.0}).field
    assert field is not None
    assert len(field.contours) > 4
    for contour in field.contours:
        for line in contour.lines:
            assert (line**2).sum(axis=1) == pytest.approx(contour.level, abs=0.01)
    inner = [contour for contour in field.contours if 0 < contour.level < 3.5]
    assert all(len(contour.lines) == 1 and (contour.lines[0][0] == contour.lines[0][-1]).all() for contour in inner)
    (gradient,) = field.arrows
    assert gradient.vectors == pytest.approx(2 * gradient.starts)


def test_a_contour_crosses_no_pole_and_a_saddle_is_joined_as_its_middle_says() -> None:
    field = gradcli.plot("x/y", plot_range=["x=-2:2", "y=-1:1.02"]).field
    assert field is not None
    for contour in field.contours:
        for line in contour.lines:
            sides = {float(y) for y in np.sign(line[:, 1]) if y}
            assert len(sides) < 2 or contour.level == 0.0
    saddle = gradcli.plot("x*y", {"x": 0.0, "y": 0.0}).field
    assert saddle is not None
    for contour in saddle.contours:
        assert all((np.abs(line.prod(axis=1) - contour.level) < 0.01).all() for line in contour.lines)


# -- the pieces


def test_a_break_that_is_planted_is_found_and_one_that_is_none_is_not() -> None:
    def planted(x: np.ndarray) -> np.ndarray:
        return np.stack([np.where(x > 0.123456789, x + 0.5, x), np.tanh(1e6 * (x - 0.2))])

    start = grid(-1.0, 1.0, [])
    samples = sampled(planted, Samples(start, planted(start), True), [2.5, 2.0])
    (found,) = breaks(lambda x: planted(x)[0], samples, 0, 2.5)
    assert (found.x, found.infinite) == (pytest.approx(0.123456789, abs=1e-15), False)
    assert found.after - found.before == pytest.approx(0.5)
    assert breaks(lambda x: planted(x)[1], samples, 1, 2.0) == ()


def test_ticks_are_round() -> None:
    assert Axis("x", 0.0, 1.0).ticks == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert Axis("x", -7e6, 9e6).ticks == (-5e6, 0.0, 5e6)
    assert nice_step(3.0) == 0.5
    assert roundest(0.2999999999, 0.3000000001) == 0.3


# -- what is refused


@pytest.mark.parametrize(("call", "said"), [
    (lambda: gradcli.plot("x*y*z"), "a plot is of one or two numbers that move: x, y, z are 3"),
    (lambda: gradcli.plot("x**2", {"x": [1.0, 2.0]}), "this output has shape"),
    (lambda: gradcli.plot("sum(x)", shape={"x": "n"}), "n is a letter"),
    (lambda: gradcli.plot("log(-1 - x**2)"), "there is nothing to plot"),
    (lambda: gradcli.plot("x", plot_range="x=3:1"), "goes from a number to a larger one"),
    (lambda: gradcli.plot("x", plot_range="y=1:3"), "names y, and x moves"),
    (lambda: gradcli.plot("x", plot_range="1:3"), "is NAME=LOW:HIGH"),
    (lambda: gradcli.plot("x", plot_range="x=1:"), "is NAME=LOW:HIGH"),
    (lambda: gradcli.plot("x**2", plot_range="x=-1e308:1e307"), "is no range that floats show"),
    (lambda: gradcli.plot("x**2", {"x": 1e300}), "too large a number"),
    (lambda: gradcli.plot("x", claim="y"), "the claim uses y"),
    (lambda: gradcli.plot("x**2", order=7), "order"),
])  # fmt: skip
def test_what_cannot_be_plotted_is_refused(call: object, said: str) -> None:
    with pytest.raises(gradcli.GradcliError, match=said):
        call()  # type: ignore[operator]
