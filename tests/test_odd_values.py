"""Values that Python lets through and no command can use are refused in words, by an error of gradcli's own."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradcli

V = {"x": 2.0}
HUGE = 10**400
ODD: dict[str, tuple[Callable[[], Any], str]] = {
    "a tolerance beyond floats": (lambda: gradcli.grad("x**2", V, rtol=HUGE), "rtol is a number"),
    "a time beyond floats": (lambda: gradcli.grad("x**2", V, check_time=HUGE), "check_time is a number"),
    "a cotangent beyond floats": (lambda: gradcli.grad("x**2", V, grad_outputs=HUGE), "grad_outputs is not an array"),
    "a direction of nan": (lambda: gradcli.jacobian("[x, x**2]", V, jvp=np.nan), "jvp for x is not finite"),
    "a direction of inf": (lambda: gradcli.hessian("x**2", V, hvp=np.inf), "hvp for x is not finite"),
    "a shape of None": (lambda: gradcli.check("sum(x**2)", "2*x", shape={"x": None}), "not a list of sizes"),  # type: ignore[dict-item]
    "a shape of True": (lambda: gradcli.check("sum(x**2)", "2*x", shape={"x": True}), "not a list of sizes"),
    "a function that is a number": (lambda: gradcli.check_python(1, "math:sin", V), "named by a text"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", ODD)
def test_it_is_refused_in_words(name: str) -> None:
    call, message = ODD[name]
    with pytest.raises(gradcli.GradcliError, match=message):
        call()


def test_numbers_of_other_types_are_numbers() -> None:
    for number in (np.float32(0.5), Fraction(1, 2), 1):
        assert gradcli.grad("x**2", V, rtol=number, check_time=number).derivative == {"x": 4.0}  # type: ignore[arg-type]
    assert gradcli.grad("sum(x**2)", shape={"x": np.int64(2)}).formula == {"x": "2*x"}  # type: ignore[dict-item]


def test_an_explanation_has_the_field_of_its_json() -> None:
    found = gradcli.explain("x**2", V)
    assert found.derivative == found.gradient == found.to_dict()["derivative"] == {"x": 4.0}
