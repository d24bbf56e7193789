"""Claims about columns, where a matrix of one entry is a number, and about variables named like constants."""

from __future__ import annotations

import pytest

import gradcli

COLUMN = {"x": "n,1", "A": "n,n"}


@pytest.mark.parametrize(("claim", "verdict"), [("(A + A.T)@x", "proved"), ("2*A@x", "refuted")])
def test_a_function_of_one_entry_has_a_gradient(claim: str, verdict: str) -> None:
    (found,) = gradcli.check("x.T@A@x", claim, wrt="x", shape=COLUMN).claims
    assert (str(found.verdict), found.kind) == (verdict, "grad")


def test_a_jacobian_that_is_asked_for_keeps_the_axes_of_the_function() -> None:
    (found,) = gradcli.check("x.T@A@x", "(A + A.T)@x", wrt="x", kind="jacobian", shape=COLUMN).claims
    assert str(found.verdict) == "refuted"


def test_a_variable_that_is_named_hides_a_constant_and_a_function() -> None:
    (tau,) = gradcli.check("exp(-x/tau)", "x/tau**2*exp(-x/tau)", wrt="tau").claims
    (beta,) = gradcli.check("beta[0]**2", "[2*beta[0], 0]", wrt="beta", shape={"beta": "2"}).claims
    assert (str(tau.verdict), str(beta.verdict)) == ("proved", "proved")
