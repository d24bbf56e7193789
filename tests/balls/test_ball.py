"""Balls by hand: numbers from books, exact zeros, edges, reasons, conditions and the arithmetic of infinities."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from balls.point import printed, slope, value
from flint import arb

from gradcli.base.precision import precision, working_bits
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Condition, Undefined, UntoldError, exact_integer, lifted, total, variable
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import compile_tree, run

INF = float("inf")


# -- numbers from Abramowitz and Stegun, to 15 digits and more


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("exp(1)", "2.71828182845904523536"),
        ("log(2)", "0.693147180559945309417"),
        ("log(10)", "2.30258509299404568402"),
        ("pi", "3.14159265358979323846"),
        ("sqrt(2)", "1.41421356237309504880"),
        ("sin(1)", "0.841470984807896506653"),
        ("cos(1)", "0.540302305868139717401"),
        ("tan(1)", "1.55740772465490223051"),
        ("sinh(1)", "1.17520119364380145688"),
        ("cosh(1)", "1.54308063481524377848"),
        ("atan(1)", "0.785398163397448309616"),
        ("sinc(0.5)", "0.636619772367581343076"),
        ("atanh(0.5)", "0.549306144334054845698"),
        ("2**0.5", "1.41421356237309504880"),
    ],
)
def test_a_number_from_a_book(text: str, digits: str) -> None:
    assert value(text).value.overlaps(arb(digits, 5 * 10.0 ** -(len(digits) - 2)))
    assert value(text).value.rel_accuracy_bits() > 200


# -- exactness


@pytest.mark.parametrize(
    ("text", "x", "exact"),
    [
        ("sqrt(x)", 4.0, 2),
        ("x - 2", 2.0, 0),
        ("exp(x)", 0.0, 1),
        ("cos(x)", 0.0, 1),
        ("log(x)", 1.0, 0),
        ("acos(x)", 1.0, 0),
        ("asinh(x)", 0.0, 0),
        ("acosh(x)", 1.0, 0),
        ("tanh(x)", 0.0, 0),
        ("atan2(0, x)", 1.0, 0),
        ("sinc(x)", 0.0, 1),
        ("sinc(x)", 3.0, 0),
        ("x**0", 0.0, 1),
        ("x**3", -2.0, -8),
        ("x**-2", -2.0, Fraction(1, 4)),
        ("2**x", 10.0, 1024),
        ("abs(x)", -3.0, 3),
        ("sign(x)", 0.0, 0),
        ("floor(x)", -2.5, -3),
        ("ceil(x)", -2.5, -2),
        ("trunc(x)", -2.5, -2),
        ("round(x)", 2.5, 2),
        ("round(x)", 3.5, 4),
        ("round(x)", -0.5, 0),
        ("round(x)", -1.5, -2),
        ("round(x)", 1e300, int(1e300)),
        ("floor(x)", INF, INF),
        ("x*log(x)*0 + 1", 1.0, 1),
        ("xlogy(x, 0)", 0.0, 0),
        ("exp(x)", -INF, 0),
        ("tanh(x)", INF, 1),
        ("1/x", -INF, 0),
        ("log(x)", 0.0, -INF),
        ("log(x)", INF, INF),
        ("x + 1", -INF, -INF),
        ("sum(softmax([x, 0, -inf])[2:])", 0.5, 0),
        ("max([x, 1, -inf])", 0.5, 1),
        ("logsumexp([x, -inf])", 0.0, 0),
        ("2**x", -INF, 0),
        ("0.5**x", INF, 0),
        ("atanh(x)", 1.0, INF),
        ("acoth(x)", INF, 0),
        ("x*inf", 2.0, INF),
    ],
)
def test_an_exact_value(text: str, x: float, exact: Any) -> None:  # Any: a number
    found = value(text, x=x).value
    assert found.is_exact()
    assert found == lifted(exact).value


def test_a_float_is_exact_and_a_decimal_in_a_formula_is_a_fraction() -> None:
    assert value("x - 0.1", x=0.1).value > 5e-18
    assert value("x - 0.5", x=0.5).value.is_zero()


# -- where there is no number, and why


@pytest.mark.parametrize(
    ("text", "x", "why"),
    [
        ("log(x)", -1.0, "the logarithm of a negative number"),
        ("sqrt(x)", -1.0, "the square root of a negative number"),
        ("1/x", 0.0, "a division by 0"),
        ("x**-1", 0.0, "a division by 0"),
        ("x**-2", 0.0, "0 to a negative power"),
        ("x**0.75", -1.0, "a negative number to a power that is not whole"),
        ("asin(x)", 2.0, "asin of a number that is not from -1 to 1"),
        ("acosh(x)", 0.5, "acosh of a number below 1"),
        ("atanh(x)", -2.0, "atanh of a number that is not from -1 to 1"),
        ("acoth(x)", 0.0, "acoth of a number between -1 and 1"),
        ("asec(x)", 0.5, "asec of a number between -1 and 1"),
        ("asech(x)", 2.0, "asech of a number that is not from 0 to 1"),
        ("atan2(x, 0)", 0.0, "the angle of the point (0, 0)"),
        ("csc(x)", 0.0, "csc has a pole at 0"),
        ("sin(x)", INF, "sin at infinity"),
        ("x - x", INF, "infinity less infinity"),
        ("x/x", INF, "infinity divided by infinity"),
        ("0*x", INF, "0 times infinity"),
        ("x*log(x)", 0.0, "0 times infinity"),
        ("x", float("nan"), "nan is no number"),
    ],
)
def test_a_reason(text: str, x: float, why: str) -> None:
    found = value(text, x=x)
    assert type(found) is Undefined
    assert found.why == why


@pytest.mark.parametrize(
    ("text", "x", "why"),
    [
        ("abs(x)", 0.0, "a kink of abs"),
        ("sign(x)", 0.0, "a jump of sign"),
        ("floor(x)", 2.0, "a jump of floor"),
        ("round(x)", 2.5, "a jump of round"),
        ("trunc(x)", -1.0, "a jump of trunc"),
        ("sqrt(x)", 0.0, "the slope of sqrt at 0 is infinite"),
        ("log(x)", 0.0, "the slope of log at 0 is infinite"),
        ("asin(x)", 1.0, "a division by 0"),
        ("max(x, 2*x)", 0.0, "a kink where two numbers are equal"),
        ("relu(x)", 0.0, "a kink where two numbers are equal"),
        ("where(x > 0, x, -x)", 0.0, "on the edge of a condition"),
        ("atan2(0, x)", -1.0, None),
        ("atan2(x, -1)", 0.0, "a jump of atan2"),
        ("acot(x)", 0.0, "a jump of acot"),
        ("0**x", 0.0, "0**y jumps at y = 0"),
        ("(-2)**x", 2.0, "a negative number to a power that is not whole"),
        ("trunc(x)", 0.0, None),
        ("floor(x)", 2.5, None),
        ("x**0", 0.0, None),
        ("sinc(x)", 0.0, None),
        ("sum(sort([x, 1, 3]))", 2.0, None),
    ],
)
def test_a_slope_that_is_not_there(text: str, x: float, why: str | None) -> None:
    found = slope(text, "x", x=x)
    assert found.why == why if why else type(found) is Ball and found.value.is_finite()


def test_one_undefined_entry_leaves_the_others() -> None:
    with precision(128):
        arithmetic = Balls()
        x = arithmetic.variables(np.array([[1.0, -1.0], [4.0, 9.0]]))
        roots = run(compile_tree(parse("sqrt(x) @ [[1, 0], [0, 1]]").tree), arithmetic, {"x": x})
        sums = run(compile_tree(parse("sum(sqrt(x), 0)").tree), arithmetic, {"x": x})
    assert [[type(entry) is Ball for entry in row] for row in roots] == [[False, False], [True, True]]
    assert [type(entry) is Ball for entry in sums] == [True, False]


def test_a_kink_spoils_no_other_entry() -> None:
    with precision(128):
        arithmetic = Balls()
        inputs = {"b": arithmetic.variables(0.0), "x": arithmetic.variables(1.0)}
        out = run(compile_tree(parse("abs(b) + exp(x)").tree), arithmetic, inputs)[()]
        leaves = adjoints([(out, Ball(arb(1)))])
    assert type(leaves[inputs["b"][()].serial]) is Undefined
    assert printed(leaves[inputs["x"][()].serial]) == "2.71828182845904523536028747135"


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("exp((x - inf)/x)", 2.0),
        ("sum(softmax(([x, -inf, 0] + x)/x)[1:2])", 2.0),
        ("atan(inf*x)", 2.0),
        ("1/(x + inf)", 2.0),
        ("sigmoid(x)", INF),
        ("exp(xlogy(-inf, x))", 2.0),
        ("1/(1 + exp(-x))", -INF),
        ("tanh(x)", INF),
        ("exp(-x**2)", INF),
    ],
)
def test_what_is_infinite_by_itself_does_not_move(text: str, x: float) -> None:
    assert slope(text, "x", x=x).value.is_zero()
    assert slope(text, "x", "x", x=x).value.is_zero()


# -- what cannot be told


@pytest.mark.parametrize("text", ["where(sqrt(x)**2 > x, 1, 2)", "floor(sqrt(x)**2)", "sign(sqrt(x)**2 - x)"])
def test_an_untold_condition_leaves_every_slope_untold(text: str) -> None:
    """The value of each side is a constant, and so its slope would be 0."""
    for variables in (["x"], ["x", "x"]):
        found = slope(f"{text} + x**2", *variables, x=2.0)
        assert type(found) is Ball
        assert found.value.is_nan()


def test_an_untold_choice_is_enclosed_by_both() -> None:
    found = value("where(sqrt(x)**2 > x, 1, 2)", x=2.0).value
    assert found.contains(1)
    assert found.contains(2)
    assert not found.contains(3)


def test_an_edge_is_no_edge_for_what_the_condition_does_not_depend_on() -> None:
    assert slope("where(k == 1, x**2, 0)", "x", k=1.0, x=3.0).value == 6
    assert type(slope("where(k == 1, x**2, 0)", "k", k=1.0, x=3.0)) is Undefined


def test_nan_is_equal_to_nothing() -> None:
    assert value("fmax(x, 2)", x=float("nan")).value == 2
    assert value("where(x <= 2 or x > 2, 1, 0)", x=float("nan")).value == 0


def test_conditions_are_kleenes() -> None:
    s = Balls()
    yes, no, open_ = Condition(True), Condition(False), Condition(None)
    assert [s.all_of(yes, c).truth for c in (yes, no, open_)] == [True, False, None]
    assert [s.any_of(no, c).truth for c in (yes, no, open_)] == [True, False, None]
    assert s.all_of(open_, no).truth is False
    assert s.any_of(open_, yes).truth is True
    assert s.negation(open_).truth is None
    with pytest.raises(UntoldError):
        bool(open_)


def test_what_is_certainly_false_is_on_no_edge() -> None:
    s = Balls()
    x = variable(arb(0))
    assert s.lt(x, 0).edge == (x,)
    assert s.all_of(s.lt(x, 0), Condition(False)).edge == ()
    assert s.any_of(s.lt(x, 0), Condition(True)).edge == ()
    assert s.all_of(s.lt(x, 0), Condition(True)).edge == (x,)
    assert s.eq(x, x).truth is True
    assert s.eq(x, x).edge == ()


# -- order


def test_sorted_entries() -> None:
    with precision(128):
        s = Balls()
        entries = s.variables([3.0, 1.0, 2.0])
        assert [float(v) for v in s.ordered(entries, 0)] == [1, 2, 3]
        assert list(s.ordered(entries, 0)) == [entries[1], entries[2], entries[0]]
        near = np.array([variable(arb(2, 1)), variable(arb(2.5, 0.25)), variable(arb(9))], dtype=object)
        low, middle, high = s.ordered(near, 0)
        assert (low.value.contains(1), low.value.contains(2.75), low.value.contains(3)) == (True, True, False)
        assert (middle.value.contains(2.25), middle.value.contains(3), high is near[2]) == (True, True, True)
        assert all(type(v) is Undefined for v in s.ordered(np.array([s.nan, entries[0]], dtype=object), 0))


def test_ties_are_kinks_where_they_move() -> None:
    assert type(slope("sort([x, 1, 3])[0]", "x", x=1.0)) is Undefined
    assert slope("sort([x, 1, 3])[2]", "x", x=1.0).value.is_zero()
    assert slope("sum(torch.sort([x, 3, 1])[1])", "x", x=2.0).value.is_zero()
    places = value("sum(torch.sort([x, sqrt(x)**2])[1])", x=2.0).value  # of which none is told
    assert places.contains(1)
    assert places.rad() > 1


def test_an_index_is_a_whole_number() -> None:
    s = Balls()
    entries = np.array([lifted(2), lifted(0.5), s.nan], dtype=object)
    assert s.positions(entries).tolist() == [2, -1, -1]
    with pytest.raises(UntoldError):
        s.positions(np.array([Ball(arb(2, 1e-9))], dtype=object))


# -- numbers of every kind


@pytest.mark.parametrize(
    "number",
    [3, 3.0, Fraction(3), np.float64(3), np.int64(3), np.float32(3), sympy.Integer(3), sympy.Float(3), True + 2],
)
def test_an_operand_of_any_kind(number: Any) -> None:  # Any: a number of Python, numpy or sympy
    x = variable(arb(2))
    assert (x + number).value == 5
    assert (number + x).value == 5
    assert (x - number).value == -1
    assert (number - x).value == 1
    assert (x * number).value == 6
    assert (number * x).value == 6
    assert (x / number * 3).value.overlaps(arb(2))
    assert (number / x).value == 1.5


def test_numbers_of_numpys_operators() -> None:
    x = np.array([variable(arb(2)), Undefined("no reason")], dtype=object)
    assert [type(v) for v in x * 2 + 1] == [Ball, Undefined]
    assert [type(v) for v in variable(arb(1)) - x] == [Ball, Undefined]
    assert [type(v) for v in -x / 3] == [Ball, Undefined]
    assert type(np.float64(2) * variable(arb(1))) is Ball


def test_constants_of_sympy_are_enclosed() -> None:
    with precision(300):
        s = Balls()
        golden, tribonacci = s.scalar(sympy.GoldenRatio).value, s.scalar(sympy.TribonacciConstant).value
        assert (golden**2 - golden - 1).contains(0)
        assert (tribonacci**3 - tribonacci**2 - tribonacci - 1).contains(0)
        assert golden.rel_accuracy_bits() > 250
    assert working_bits() != 300


def test_a_whole_number_that_is_too_long_is_none() -> None:
    assert exact_integer(arb(2) ** 10**12) is None
    assert exact_integer(arb(1e300)) == int(1e300)
    assert exact_integer(arb(-7)) == -7
    assert exact_integer(arb(0)) == 0
    assert exact_integer(arb(0.5)) is None


def test_a_sum_of_infinities() -> None:
    inf, one = Ball(arb.pos_inf()), Ball(arb(1, 0.5))
    assert total([inf, one, inf]).value == arb.pos_inf()
    assert total([one, -inf]).value == arb.neg_inf()
    assert type(total([inf, -inf])) is Undefined
    assert (one * -inf).value == arb.neg_inf()
    assert (Ball(arb(0, 1)) * inf).value.is_nan()
