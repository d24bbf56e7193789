"""Each entry is judged by itself, against an enclosure: digits are certain, a truth of 0 is told from a small one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from flint import arb

import gradcli
from gradcli.base.precision import precision
from gradcli.reference.answer import Settings
from gradcli.verdicts.comparison import compare, within

TWENTY = f"prod([{', '.join(f'x - {k}' for k in range(1, 21))}])"
FLOAT64 = Settings("float64")


# What is true was worked out by hand, or with a thousand digits.
@pytest.mark.parametrize(("text", "point", "verdict", "true"), [
    ("tanh(x)", {"x": 190.0}, "rounding", {"x": 3.716694526530559e-165}), ("x*log1p(x)", {"x": 1e-130}, "agrees", {}),
    ("logsumexp([x, x])", {"x": 1e50}, "rounding", {"x": 1.0}), ("sin(x)/x", {"x": 1e-100}, "rounding", {"x": -1e-100 / 3}),
    ("abs(b) + cos(x)", {"b": 0.0, "x": 3.141592653589793}, "convention", {}),
    ("log(1 + exp(x))", {"x": 1000.0}, "trap", {"x": 1.0}),
])  # fmt: skip
def test_what_is_true_is_said(text: str, point: dict[str, Any], verdict: str, true: dict[str, float]) -> None:
    check = gradcli.grad(text, point).check
    assert check.verdict == verdict, check
    found = {finding.entry: finding.true for finding in check.findings}
    for entry, number in true.items():
        assert found[entry] == pytest.approx(number, rel=1e-15, abs=0)


def test_one_kink_spoils_no_other_entry() -> None:
    """The kink of abs(b) is no reason to doubt exp(-x), nor the slope of cos at the float beside pi."""
    result = gradcli.hessian("abs(b) + exp(-x)", {"b": 0.0, "x": 60.0})
    assert result.check.checked == 4
    assert {finding.entry for finding in result.check.findings} == {"b,b"}
    result = gradcli.grad("abs(b) + cos(x)", {"b": 0.0, "x": 3.141592653589793})
    assert {finding.entry for finding in result.check.findings} == {"b"}


def test_one_undefined_output_hides_no_other() -> None:
    """log(-1) is undefined; the other row of the Jacobian is judged, and wrong: its exp overflows."""
    check = gradcli.jacobian("[log(x[0]), log(1 + exp(x[1]))]", {"x": [-1.0, 1000.0]}).check
    assert check.verdict == "trap"
    assert any("entry [0]" in finding.note and finding.verdict == "singular" for finding in check.findings)
    assert {f.entry: f.true for f in check.findings if f.verdict == "trap" and f.entry} == {"x[1, 1]": 1.0}
    assert check.checked == 2


@pytest.mark.parametrize("text", [TWENTY, "(x - 0.5)*(x - 20.5) + 100"])
def test_a_truth_of_zero_has_no_digits(text: str) -> None:
    """The derivative at 10.5 is exactly 0, by symmetry; what torch gives is rounding of terms that cancel."""
    result = gradcli.grad(text, {"x": 10.5})
    check = result.check
    assert check.verdict == "agrees"
    if result.derivative["x"] == 0:
        assert check.terms is None
        return
    assert check.digits is None
    (note,) = check.notes
    assert note == f"x: the truth is 0; terms of size 3.5e+12 cancel; torch gives {result.derivative['x']!r}"
    assert check.to_dict()["terms"] == pytest.approx(3.5e12, rel=0.05)


def test_a_number_far_beyond_the_terms_that_cancel_does_not_agree() -> None:
    """With terms of size 1, 1e-3 is no rounding of 0; of terms of size 1e12 it is."""
    zero = arb(0)
    assert compare(1e-3, zero, lambda: 1e12, FLOAT64).agrees is True
    assert compare(1e-3, zero, lambda: 1.0, FLOAT64).agrees is False
    assert compare(1e-3, zero, lambda: math.inf, FLOAT64).agrees is False
    assert compare(0.0, zero, lambda: 0.0, FLOAT64).agrees is True


def test_an_enclosure_around_zero_is_said_to_be_one() -> None:
    around = arb(0, 1e-38)
    found = compare(1e-20, around, lambda: 1.0, FLOAT64)
    assert (found.agrees, found.digits, found.terms) == (True, None, 1.0)
    assert found.note.startswith("the truth is 0 to within 1e-37")
    assert not arb(within(around)) < abs(around).upper()


@pytest.mark.parametrize(("number", "true", "agrees"), [
    (1.0, arb(1, 1e-12), True), (1.0, arb(1.1, 1e-12), False), (1.0, arb(1, 0.5), None), (0.0, arb("1e-330"), True),
    (5e-324, arb("3e-324"), True), (math.nan, arb(1), False), (math.inf, arb(1), False), (1.0 + 1e-9, arb(1), False),
    (1.0 + 1e-11, arb(1), True),
])  # fmt: skip
def test_a_number_agrees_only_where_the_enclosure_decides(number: float, true: arb, agrees: bool | None) -> None:
    assert compare(number, true, lambda: math.inf, FLOAT64).agrees is agrees


def test_digits_are_those_that_are_certain() -> None:
    """A wide enclosure gives fewer digits than the distance to its middle would."""
    assert compare(1.0, arb(1), lambda: 0.0, FLOAT64).digits == pytest.approx(15.95, abs=0.01)
    wide = compare(1.0, arb(1, 1e-11), lambda: 0.0, FLOAT64).digits
    assert wide is not None
    assert 10.9 < wide < 11.1


def test_every_entry_of_a_gradient_is_looked_at() -> None:
    x = np.linspace(-1, 1, 3_000)
    check = gradcli.grad("sum(sin(x)*x)", {"x": x}, check_time=60).check
    assert (check.verdict, check.checked, check.total) == ("agrees", 3_000, 3_000)


@pytest.mark.parametrize(
    ("text", "dtype", "verdict"),
    [
        ("abs(x - 0.1)", "float64", "convention"),
        ("abs(x - 0.1)", "float32", "convention"),
        ("where(x <= 0.1, x**2, 0.5)", "float64", "singular"),  # it jumps
        ("x*(0.1 + 0.2 - 0.3)", "float64", "agrees"),  # 0, though not of the floats next to these numbers
        ("abs(x - 0.125)", "float64", "agrees"),
    ],
)
def test_a_kink_at_a_decimal_is_where_torch_has_it(text: str, dtype: str, verdict: str) -> None:
    """0.1 as a value is a float, in a formula it is 1/10: torch stands at the kink, 1/10 beside it."""
    check = gradcli.grad(text, {"x": 0.1}, dtype=dtype).check
    assert check.verdict == verdict
    assert any("as torch takes them" in note for note in check.notes) == (verdict in {"convention", "singular"})


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("eps", ["0.1", "0.3", "0.000001"])
def test_a_kink_at_a_number_that_torch_computes_of_a_constant_is_where_torch_has_it(eps: str, dtype: str) -> None:
    """logit is constant beyond 1 - eps, which torch rounds: it stands at that kink, 1 - 1/10 beside it."""
    check = gradcli.grad(f"sum(logit(p, {eps}))", {"p": [1 - float(eps), 0.5, float(eps)]}, dtype=dtype).check
    assert check.verdict == "convention"
    assert [finding.entry for finding in check.findings if finding.verdict == "convention"] == ["p[0]", "p[2]"]
    assert all(" in the su" in note for note in check.notes if "one-sided" in note)


@pytest.mark.parametrize(("p", "value"), [(0.5, math.log(7 / 3)), (0.75, math.log(3 / 7))])
def test_logit_looks_at_the_lower_of_two_edges_first(p: float, value: float) -> None:
    """torch.logit(p, 0.7) is log(0.7/0.3) below 0.7 and log(0.3/0.7) above."""
    result = gradcli.grad("logit(p, 0.7)", {"p": p})
    assert (result.check.verdict, result.derivative["p"]) == ("agrees", 0.0)
    assert result.value == pytest.approx(value)


@pytest.mark.parametrize(("text", "point"), [
    ("sin(exp(exp(x)))", {"x": 10.0}), ("sin(exp(exp(x))) + y**2", {"x": 10.0, "y": 2.0}),
])  # fmt: skip
def test_a_truth_that_is_not_known_is_not_stated(text: str, point: dict[str, float]) -> None:
    """The slope of sin at e**22026 lies between -1e9570 and 1e9570 for all that 8,192 bits can tell: nobody knows 0."""
    result = gradcli.grad(text, point, correct=True)
    assert result.check.verdict == "unchecked"
    assert "x: nan, and the truth is 0.0 ± 2.1e+9570, which does not decide" in result.check.notes
    assert result.certain is not None
    assert math.isnan(result.certain["x"])


def test_a_zero_far_below_every_exponent() -> None:
    """exp(-exp(exp(50))) has a decimal exponent of 22 digits; its radius one of thousands."""
    result = gradcli.grad("exp(-exp(exp(x)))", {"x": 50.0}, digits=5)
    assert result.digits == {"x": "0 to within 1e-1000000000000000000"}
    assert result.check.verdict == "trap"


def test_a_rewrite_that_is_not_0_is_not_called_true() -> None:
    notes = gradcli.grad("sum(grad(norm(x)**3, x))", {"x": [0.0, 0.0]}).check.notes
    assert any("comes out as 3e-15, where the truth is 0" in note for note in notes)


@pytest.mark.parametrize(("text", "note"), [
    ("sqrt(x)", "no finite derivative: the first derivative is undefined from the left, +inf from the right"),
    ("x**2 + x**2.5", "the derivative from the right, at the edge of the domain"),
])  # fmt: skip
def test_sides_of_the_first_derivative_are_not_given_for_the_second(text: str, note: str) -> None:
    """The second derivative of sqrt tends to -inf at 0, and that of x**2 + x**2.5 is 2 from the right."""
    assert gradcli.hessian(text, {"x": 0.0}).check.notes == (f"x: {note}",)


@pytest.mark.parametrize(("text", "x", "digits", "said"), [
    ("zeta(1000000, x)", 2.0, None, "-5.0501702959901511e-301025 lies below float64's range, where 0.0 is right"),
    ("exp(-x)", 740.0, 2.59, "-4.1887398800480489e-322 lies below float64's normal range, where -4.2e-322 is right"),
])  # fmt: skip
def test_a_number_below_the_range_of_the_dtype_is_told(text: str, x: float, digits: float | None, said: str) -> None:
    """exp(-740) = 4.19e-322 and the slope of zeta(s, x) at 2, -s zeta(s + 1, 2) = -1e6 * 2**-1000001: no digits of 0.0."""
    check = gradcli.grad(text, {"x": x}).check
    assert (check.verdict, check.digits) == ("agrees", digits)
    assert check.notes[-1] == f"x: {said}"


@pytest.mark.parametrize(
    ("text", "slope"), [("relu(x - 0.1)", "1.0"), ("relu(0.1 - x)", "0.0"), ("abs(x - 0.1)", "1.0")]
)
def test_a_point_within_the_rounding_of_a_number_of_a_kink_is_told_as_that_kink(text: str, slope: str) -> None:
    """The float 0.1 is more than 1/10, also where torch's slope is the one that holds there."""
    check = gradcli.grad(text, {"x": 0.1}).check
    assert check.verdict == "convention"
    assert f"x: with the numbers as written the point lies on the right, where the derivative is {slope}" in check.notes


@pytest.mark.parametrize("text", [
    "where(floor(x) <= 1, 3, x)", "min(0.45, asin(0.5)*where(x > 2, 1, 2) - 0.4)", "where(sign(x - 2) < 0.5, 1, 2)",
    "max(ceil(x), 2.5)", "where(where(x >= 2, 1, 0) > 0.5, 2, 3)",
])  # fmt: skip
def test_a_jump_beside_the_point_is_seen_through_conditions_and_maxima(text: str) -> None:
    """At the point the numbers are apart, right beside it they are not."""
    check = gradcli.grad(text, {"x": 2.0}).check
    assert check.verdict == "singular"
    assert "no finite derivative" in check.notes[0]


def test_a_jump_that_changes_nothing_does_no_harm() -> None:
    assert gradcli.grad("where(floor(x) < 100, x**2, x) + max(ceil(x), 3.5)", {"x": 2.0}).check.verdict == "agrees"


def test_an_error_just_below_the_smallest_number_is_decided() -> None:
    """The slope of 1 - cos(x) at 5e-324 is less than that, by 2e-971; torch gives 0."""
    with precision(4_096):
        true = arb(5e-324) - arb("2e-971")
    assert compare(0.0, true, lambda: math.inf, FLOAT64).agrees is True
