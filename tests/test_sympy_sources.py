"""sympy's expressions that would be read as something else are refused, by every command alike."""

from __future__ import annotations

import signal

import numpy as np
import pytest
import sympy

import gradcli

X = sympy.Symbol("x")
MISREAD = {
    "a constant's name": (sympy.Symbol("e") * X, "a symbol named e"),
    "another constant": (sympy.Symbol("pi") * X, "a symbol named pi"),
    "no name": (sympy.Symbol("x-1") ** 2, "is not a name"),
    "a number before a letter": (sympy.Symbol("2x") ** 2, "is not a name"),
    "an entry": (sympy.Indexed("a", 0) ** 2, "is not a name"),
    "two symbols of one name": (sympy.Dummy("x") * X, "different symbols of one name"),
    "matrices": (sympy.Symbol("A", commutative=False) * X, "do not commute"),
}


@pytest.mark.parametrize("name", MISREAD)
def test_what_would_be_misread_is_refused(name: str) -> None:
    expression, message = MISREAD[name]
    for ask in (gradcli.grad, lambda given: gradcli.check(given, 1), lambda given: gradcli.check("x**2", given)):
        with pytest.raises(gradcli.GradcliError, match=message):
            ask(expression)


def test_the_same_with_fair_names_is_read() -> None:
    assert gradcli.grad(sympy.Symbol("c") * X).formula == {"c": "x", "x": "c"}
    assert gradcli.check(sympy.E * X, sympy.E).verdict == "proved"


def test_a_limit_in_numpy_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert gradcli.grad("x**2", {"x": 2.0}, check_time=np.float32(1)).derivative == {"x": 4.0}
    assert signal.getsignal(signal.SIGALRM) is before


def test_no_file_of_claims_is_a_mistake() -> None:
    with pytest.raises(gradcli.UsageError, match="no file"):
        gradcli.check_files([])
