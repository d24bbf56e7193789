"""The truth of numbers: enclosures that decide, what is undefined and why, and the order of the ways to them."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest
from flint import arb
from reference.asking import entries_of, problem_of, reference_of

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.reference import reference, work
from gradcli.reference.problem import ALONG
from gradcli.reference.reference import Reference
from gradcli.reference.sides import Limits
from gradcli.reference.truth import Sides, Status, Truth


def truths(text: str, order: int = 1, *, formulas: bool = True, **values: Any) -> list[Truth]:  # Any: numbers, arrays
    """The truths of all entries of a derivative."""
    route = reference_of(text, order, formulas=formulas, **values)
    return route.truths(entries_of(route.problem, order))


def encloses(truth: Truth, expected: str) -> bool:
    """Is the number enclosed narrowly enough to decide, around one that is given with 20 digits?"""
    value = truth.value
    with precision(256):
        known = arb(expected)
        near = value is not None and bool(abs(value - known) <= abs(known) * arb("1e-19"))
    return near and value is not None and value.rel_accuracy_bits() >= 70


# What precision drops is dropped by two runs alike. The numbers are mpmath's, with 2,000 digits.


@pytest.mark.parametrize(
    ("text", "order", "values", "expected"),
    [
        ("x*log1p(x)", 1, {"x": 1e-130}, "2.000000000000000172094836e-130"),
        ("tanh(x)", 1, {"x": 190.0}, "3.716694526530559254603303e-165"),
        ("sin(x)/x", 2, {"x": 1e-160}, "-0.3333333333333333333333333"),
        ("log(1 - tanh(x))", 1, {"x": 150.0}, "-2"),
        ("exp(-x)", 2, {"x": 60.0}, "8.756510762696520338488733e-27"),
        ("exp(exp(x))", 1, {"x": 9.0}, "1.07965868346808002231904e3523"),
        ("exp(x)", 1, {"x": 1e10}, "1.077750607958564910214246e4342944819"),
        ("sqrt(1 + x**2) - 1", 1, {"x": 1e-200}, "9.999999999999999821002624e-201"),
    ],
)
@pytest.mark.parametrize("formulas", [True, False])
def test_tiny_and_huge_derivatives(text: str, order: int, values: Any, expected: str, formulas: bool) -> None:
    (truth,) = truths(text, order, formulas=formulas, **values)
    assert encloses(truth, expected)
    assert truth.reference == ("sympy" if formulas else "rules")


def test_few_bits_are_told_to_be_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second derivative of sin(x)/x at 1e-160 loses 1,000 bits: 128 know nothing, and do not say 0."""
    monkeypatch.setattr("gradcli.reference.enclosures.BITS", (128,))
    (truth,) = truths("sin(x)/x", 2, formulas=False, x=1e-160)
    assert truth.value is not None
    assert truth.value.contains(0)
    assert not truth.exact_zero


def test_where_bits_are_too_few_fewer_digits_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """log(cosh(x) - 1) at 1e-100 loses 660 bits, more than any fixed number of digits."""
    route = reference_of("log(cosh(x) - 1)", x=1e-100)
    (slope,), (value,) = route.truths(entries_of(route.problem)), route.value()
    assert encloses(slope, "1.9999999999999999600162e100")
    assert value.status is Status.ENCLOSED
    monkeypatch.setattr("gradcli.reference.enclosures.BITS", (128,))
    route = reference_of("log(cosh(x) - 1)", x=1e-100, formulas=False)
    assert [t.status for t in (*route.truths(entries_of(route.problem)), *route.value())] == [Status.UNTOLD] * 2


# -- each entry by itself


def test_a_kink_spoils_no_other_entry() -> None:
    kink, smooth = truths("abs(b) + cos(x)", b=0.0, x=3.141592653589793)
    assert kink.status is Status.UNDEFINED
    assert kink.sides == Sides(-1.0, 1.0)
    assert (kink.reference, kink.why) == ("series", "a kink of abs")
    assert encloses(smooth, "-1.224646799147353177226066e-16")
    assert smooth.reference == "sympy"


def test_nor_in_second_derivatives() -> None:
    route = reference_of("abs(b) + exp(-x)", 2, b=0.0, x=60.0)
    entries = entries_of(route.problem, 2)
    bb, bx, xb, xx = route.truths(entries)
    assert bb.status is Status.UNDEFINED
    assert bb.sides is not None
    assert bb.sides.jump == (-1.0, 1.0)
    assert encloses(xx, "8.756510762696520338488733e-27")
    assert bx.exact_zero
    assert xb.exact_zero


def test_every_entry_of_a_gradient_comes_from_one_sweep() -> None:
    x = np.linspace(-1, 1, 3_000)
    route = reference_of("sum(sin(x)*x)", x=x)
    entries = entries_of(route.problem)
    assert route.affordable(entries) == len(entries)
    found = route.truths(entries)
    values = np.array([float(truth.value) for truth in found if truth.value is not None])
    assert np.allclose(values, np.sin(x) + x * np.cos(x), rtol=1e-14, atol=0)
    assert {truth.reference for truth in found} == {"rules"}


def test_on_a_large_function_kinks_are_looked_at_until_the_work_is_done() -> None:
    x = np.zeros(1_000)
    found = truths("sum(relu(x))", x=x)
    looked = [truth for truth in found if truth.status is Status.UNDEFINED]
    left = [truth for truth in found if truth.status is Status.UNTOLD]
    assert looked
    assert all(truth.sides == Sides(0.0, 1.0) for truth in looked)
    assert left
    assert "a kink of relu" in left[0].why or "operations" in left[0].why
    assert len(looked) + len(left) == x.size


# -- kinks, edges, and derivatives that exist there


@pytest.mark.parametrize("text", ["x*abs(x)", "sqrt(x**4)", "where(x > 0, x**2, 0)"])
def test_a_derivative_that_exists_at_a_kink_is_exact(text: str) -> None:
    (truth,) = truths(text, x=0.0)
    assert (truth.status, truth.reference) == (Status.ENCLOSED, "series")
    assert truth.exact_zero


@pytest.mark.parametrize(
    ("text", "order", "values", "sides"),
    [
        ("sqrt(x)", 1, {"x": 0.0}, Sides(None, inf)),
        ("where(x > 0, x**2, x)", 1, {"x": 0.0}, Sides(1.0, 0.0)),
        ("where(x == 0, 5, x)", 1, {"x": 0.0}, Sides(inf, -inf)),
        ("xlogy(x, 0)", 1, {"x": 0.0}, Sides(-inf, -inf)),  # infinite on either side, 0 at 0
        ("where(x > 0, x**2, 0)", 2, {"x": 0.0}, Sides(0.0, 2.0)),
    ],
)
def test_edges_of_domains_and_conditions(text: str, order: int, values: Any, sides: Sides) -> None:
    (truth,) = truths(text, order, **values)
    assert truth.status is Status.UNDEFINED
    assert truth.sides == sides


def test_a_condition_away_from_its_edge_is_smooth() -> None:
    (truth,) = truths("where(x > 0, x**3, 0)", x=2.0)
    assert encloses(truth, "12")


# -- values


def values(text: str, **at: Any) -> list[Truth]:  # Any: numbers, arrays
    return reference_of(text, **at).value()


def test_an_undefined_value_says_why_and_hides_no_other() -> None:
    undefined, fine = values("log(x)", x=[-1.0, 1.0])
    assert (undefined.status, undefined.why) == (Status.UNDEFINED, "the logarithm of a negative number")
    assert fine.exact_zero


def test_infinite_values_are_exact() -> None:
    (truth,) = values("log(x)", x=0.0)
    assert truth.value is not None
    assert float(truth.value) == -inf
    (slope,) = truths("log(x)", x=0.0)
    assert (slope.status, slope.why, slope.sides) == (Status.UNDEFINED, "the function is infinite here", None)


def test_a_derivative_inside_that_does_not_exist() -> None:
    (truth,) = values("diff(abs(x), x)*y", x=0.0, y=2.0)
    assert truth.status is Status.UNDEFINED
    assert truth.why == "a derivative inside the expression does not exist here: a kink of abs"


@pytest.mark.parametrize(("text", "at"), [
    ("diff(abs(x), x, x)", 0.0), ("y*laplacian(abs(x), x)", 0.0), ("laplacian(norm(x), x)", [0.0, 0.0]),
    ("y*hessian(sqrt(sum(x**2)), x)[0, 0]", [0.0, 0.0]),
])  # fmt: skip
def test_a_second_derivative_inside_does_not_exist_at_a_kink(text: str, at: Any) -> None:
    """A second difference across the kink is 1 / step, as large as the step is small, and no derivative."""
    (truth,) = values(text, x=at, **({"y": 1.0} if "y" in text else {}))
    assert truth.status is Status.UNDEFINED
    assert truth.why is not None
    assert truth.why.startswith("a derivative inside the expression does not exist here: ")


def test_a_derivative_inside_that_exists_at_a_kink() -> None:
    (truth,) = values("diff(abs(x)*x, x)", x=0.0)
    assert truth.value is not None
    assert truth.value.contains(0)
    assert truth.reference == "series"


@pytest.mark.parametrize("text", ["det(A)", "sum(A)"])
def test_a_singular_matrix_has_a_determinant(text: str) -> None:
    (truth,) = values(text, A=[[1.0, 2.0], [2.0, 4.0]])
    assert truth.value is not None
    assert truth.value.is_exact()


def test_a_singular_matrix_has_no_inverse() -> None:
    found = values("inv(A)", A=[[1.0, 2.0], [2.0, 4.0]])
    assert {truth.status for truth in found} == {Status.UNDEFINED}


# -- the order of the ways


def test_sympy_is_asked_while_the_function_is_small() -> None:
    (truth,) = truths("x**2", x=3.0)
    assert (truth.reference, str(truth.value)) == ("sympy", "6.00000000000000")
    assert reference_of("sum(x**2)", x=np.ones(3_000)).sympy is None
    route = reference_of("max(x)", x=np.arange(60.0))
    assert route.truths(entries_of(route.problem)[:1])[0].reference == "rules"  # sympy would compare each with each
    assert route.sympy is None


def test_sympy_gives_up_where_its_derivatives_grow() -> None:
    route = reference_of("sum(x**2)", x=np.ones(300))
    entries = entries_of(route.problem)
    assert {truth.reference for truth in route.truths(entries[:2])} == {"sympy"}
    assert {truth.reference for truth in route.truths(entries)} == {"rules"}
    assert route.sympy is None


def test_a_planted_wrong_rule_is_seen_beside_sympy(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(FUNCTIONS["sin"], slopes=(lambda x, out: 1 - FUNCTIONS["cos"](x),))
    monkeypatch.setitem(FUNCTIONS, "sin", wrong)
    with pytest.raises(AssertionError, match="rules enclose"):
        truths("sin(x)", x=0.3)
    monkeypatch.setattr(reference, "STRICT", False)
    (truth,) = truths("sin(x)", x=0.3)
    assert truth.reference == "rules"


# -- work is counted


def test_a_function_that_is_too_large_is_refused_with_the_numbers() -> None:
    with pytest.raises(LimitError, match=r"at most 500,000 scalar operations; here are 9\d\d,\d\d\d") as caught:
        reference_of("sum(x*x)", x=np.zeros(300_000))
    assert caught.value.kind == "unchecked"


def test_second_derivatives_take_more_work() -> None:
    reference_of("sum(x*x)", 1, x=np.zeros(80_000))
    with pytest.raises(LimitError, match="at most 500,000"):
        reference_of("sum(x*x)", 2, x=np.zeros(80_000))


def test_rows_of_a_jacobian_are_counted_by_the_steps_that_they_go_through() -> None:
    sparse, dense = reference_of("sin(x)", x=np.ones(1_000)), reference_of("cumsum(sin(x))", x=np.ones(1_000))
    rows = [((i,), (("x", (0,)),)) for i in range(1_000)]
    assert sparse.affordable(rows) == len(rows)
    few = dense.affordable(rows)
    assert 100 < few < len(rows)
    known = dense.truths(rows)
    assert all(truth.status is Status.ENCLOSED for truth in known[:few])
    assert known[-1].status is Status.UNTOLD
    assert "more than 500,000 operations" in known[-1].why


def test_more_bits_cost_more() -> None:
    prices = [work.price(bits) for bits in work.BITS]
    assert prices == sorted(prices)
    assert list(work.affordable(work.WORK)) == [128]
    assert list(work.affordable(100)) == list(work.BITS)


def test_slow_functions_count_for_more() -> None:
    elementary, special = (work.Work.of(reference_of(text, x=0.3).problem) for text in ("sin(x)", "erf(x)"))
    assert special.units(8_192) > 100 * elementary.units(8_192)


# -- the size of what cancels


def test_the_terms_of_a_zero() -> None:
    route = reference_of("sin(x)**2 + cos(x)**2", x=0.3, formulas=False)
    (entry,) = entries_of(route.problem)
    assert 2 * np.sin(0.6) / 2 <= route.terms(entry) < 8  # sin(2x) and -sin(2x), and what they are made of


@pytest.mark.parametrize(
    ("text", "low", "high"), [("x*(0.1 + 0.2 - 0.3)", 0.5, 3), ("x*(1e16 + 1 - 1e16) - x", 1e16, 4e16)]
)
def test_terms_that_cancel_in_a_factor_count(text: str, low: float, high: float) -> None:
    route = reference_of(text, x=2.0, formulas=False)
    (entry,) = entries_of(route.problem)
    assert low < route.terms(entry) < high


# -- what a function tends to where it has no value


@pytest.mark.parametrize(
    ("text", "x", "limits"),
    [
        ("sin(x)/x", 0.0, Limits(1.0, 1.0, 1.0, 0.0)),
        ("(x**2 - 4)/(x - 2)", 2.0, Limits(4.0, 4.0, 4.0, 1.0)),
        ("abs(x)/x", 0.0, Limits(-1.0, 1.0)),
        ("1/x", 0.0, Limits(-inf, inf)),
        ("log(x)", 0.0, Limits(None, -inf)),
        ("abs(sin(x))/x", 0.0, Limits(-1.0, 1.0)),
        ("sqrt(-1 - x**2)/x", 0.0, Limits(None, None)),
    ],
)
def test_limits_of_a_value(text: str, x: float, limits: Limits) -> None:
    assert reference_of(text, x=x).rays.limits(()) == limits


def test_limits_are_of_functions_of_one_number_and_told_or_not() -> None:
    assert reference_of("exp(sin(1/x))", x=0.0).rays.limits(()) is None
    assert reference_of("x/y", x=0.0, y=0.0).rays.limits(()) is None
    assert reference_of("sum(1/x)", x=[0.0, 1.0]).rays.limits(()) is None


# -- along tangents


@pytest.mark.parametrize("formulas", [True, False])
def test_derivatives_along_tangents(formulas: bool) -> None:
    """The derivative of x**2 + x*y along (1, 2) at (3, 5) is 2*3 + 5 + 2*3; the second along it 2 + 2*2."""
    problem = replace(problem_of("x**2 + x*y", x=3.0, y=5.0), tangents={"x": np.array(1.0), "y": np.array(2.0)})
    along = (ALONG, ())
    route = Reference(problem, 2, formulas=formulas)
    first, second = route.truths([((), (along,)), ((), (along, along))])
    assert encloses(first, "17")
    assert encloses(second, "6")
    assert first.reference == ("sympy" if formulas else "rules")


@pytest.mark.parametrize(
    ("text", "values", "why"),
    [
        ("abs(sqrt(2)**2 - 2 + x)", {"x": 0.0}, "bits are too few"),  # which side it is on
        ("sinh(sin(frac(x)))", {"x": 6e266}, "a jump of trunc"),  # a coarse look sees a slope of 0
        ("sinh(sin(frac(prod(v))))", {"v": [2e133, 3e133]}, "a jump of trunc"),
        ("sum(jacobian([expm1(x)**3, x*y], x))", {"x": -np.inf, "y": np.inf}, "bits are too few"),  # it was 0
    ],
)
def test_what_neither_balls_nor_series_see_is_not_told(text: str, values: Any, why: str) -> None:
    route = reference_of(text, formulas=False, **values)
    for truth in route.truths(entries_of(route.problem)):
        assert truth.value is None
        assert why in truth.why


def test_no_number_is_looked_for_beside_a_value_that_is_certainly_none() -> None:
    """The root of a second derivative that is certainly negative, of which a coarse look says 0."""
    route = reference_of("sqrt(diff(diff(sinh(x), x), x))", x=-9.6e-184, formulas=False)
    (truth,) = route.value()
    assert truth.status is Status.UNDEFINED
    assert truth.why == "the square root of a negative number"
    assert route.rays.limits(()) == Limits(None, None)


def test_a_jump_between_large_whole_numbers_is_seen() -> None:
    route = reference_of("frac(x)", x=2.0**60, formulas=False)
    (truth,) = route.truths(entries_of(route.problem))
    assert truth.sides is not None
    assert truth.sides.left == -np.inf


@pytest.mark.parametrize(("text", "x"), [
    ("where(exp(log(x)) == x, x, 2*x)", 3.0), ("where(exp(log(x)) == x, x, 3)", 3.0), ("where(sqrt(x)**2 >= x, x, 2)", 2.0),
    ("floor(exp(log(x)))", 3.0),
])  # fmt: skip
def test_nothing_is_said_where_a_condition_cannot_be_told(text: str, x: float) -> None:
    """A numeric look would take either branch as its rounding has it, and tell of edges and infinite slopes."""
    (truth,) = truths(text, x=x)
    assert truth.status is Status.UNTOLD
    assert truth.sides is None
