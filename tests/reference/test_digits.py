"""``--digits N``: decimal texts of which every digit is certain."""

from __future__ import annotations

from typing import Any

import pytest
from flint import arb

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.reference.digits import decimal


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        ("6", 30, "6.0"),
        ("0.1", 20, "0.1"),
        ("1.00000000000000000001", 21, "1.00000000000000000001"),
        ("1.00000000000000000001", 20, "1.0000000000000000000"),
        ("0.999999999996", 10, "1.000000000"),
        ("2.400000001", 6, "2.40000"),
        ("-123456", 3, "-1.23e+5"),
        ("1e-400", 5, "1.0e-400"),
        ("9.99996", 5, "10.000"),
    ],
)
def test_a_number_to_so_many_digits(number: str, digits: int, text: str) -> None:
    with precision(256):
        assert decimal(arb(number), digits) == text


def test_a_doubt_is_no_digit() -> None:
    with precision(256):
        assert decimal(arb("0.3333333333333333", "1e-10"), 8) == "0.33333333"
        assert decimal(arb("0.3333333333333333", "1e-10"), 12) is None
        assert decimal(arb("0.1234565", "1e-30"), 6) is None  # halfway
        assert decimal(arb("0.1234565", "1e-30"), 6, last=True) in {"0.123456", "0.123457"}
        assert decimal(arb("0", "1e-30"), 6) is None
        assert decimal(arb("0", "1e-30"), 6, last=True) == "0 to within 1e-29"
        assert decimal(arb(0), 6) == "0.0"


@pytest.mark.parametrize(
    ("text", "given", "digits", "expected"),
    [
        ("sin(x)", "x=0.1", 50, "0.99500416527802576609556198780387029483857622541508"),
        ("x*log1p(x)", "x=1e-130", 5, "2.0e-130"),
        ("tanh(x)", "x=190", 12, "3.71669452653e-165"),
        ("sin(x)/x", "x=1e-200", 20, "-3.3333333333333333333e-201"),
        ("exp(x)", "x=1e10", 10, "1.077750608e+4342944819"),
        ("sin(x)**2 + cos(x)**2", "x=0.3", 20, "0.0"),
        ("sqrt(x**2 + 2*x + 1) - x", "x=0.3", 20, "0 to within 1e-625"),
        ("abs(x)", "x=0", 12, "undefined"),
        ("log(x)", "x=-1", 12, "undefined"),
        ("x*abs(x)", "x=0", 12, "0.0"),
    ],
)
def test_derivatives_to_so_many_digits(text: str, given: str, digits: int, expected: Any) -> None:
    assert gradcli.grad(text, [given], digits=digits).digits == {"x": expected}


def test_fewer_digits_than_asked_for_are_an_error() -> None:
    """Whether 0.1 as typed stands on the kink at 1/10 cannot be told from balls around both."""
    with pytest.raises(LimitError, match="fewer than 12 digits"):
        gradcli.grad("abs(x - 0.1)", ["x=0.1"], digits=12)


def test_digits_at_an_edge_are_those_of_the_side_that_there_is() -> None:
    assert gradcli.grad("2*x + x**1.5", {"x": 0.0}, digits=5).digits == {"x": "2.0"}


def test_nothing_is_told_of_what_lies_beside_an_infinite_number() -> None:
    check = gradcli.grad("abs(x)", {"x": float("inf")}).check
    assert check.notes == ("the function is infinite here",)
