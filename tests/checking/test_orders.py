"""A name that stands where a whole number is due, as n in besselj(n, x), is tried as a size is."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.base.errors import ExpressionError
from gradcli.claims.conclusion import Conclusion

ORDERS = ({"n": 2}, {"n": 3}, {"n": 4})


@pytest.mark.parametrize(("function", "claim", "verdict"), [
    ("besselj(n, x)", "(besselj(n - 1, x) - besselj(n + 1, x))/2", Conclusion.PROVED),
    ("besselj(n, x)", "(besselj(n - 1, x) + besselj(n + 1, x))/2", Conclusion.REFUTED),
    ("legendre(n, x)", "n*(x*legendre(n, x) - legendre(n - 1, x))/(x**2 - 1)", Conclusion.PROVED),
    ("n*expn(n + 1, x)", "-n*expn(n, x)", Conclusion.AGREES),
])  # fmt: skip
def test_a_claim_about_an_order_is_tried_at_whole_numbers(function: str, claim: str, verdict: Conclusion) -> None:
    found = gradcli.check(function, claim, wrt="x").claims[0]
    assert (found.verdict, found.sizes) == (verdict, ORDERS)
    assert found.proved_for in [(), ORDERS]
    assert any("n stands for whole numbers" in note for note in found.notes)


def test_there_is_no_derivative_in_an_order() -> None:
    with pytest.raises(ExpressionError, match="whole number"):
        gradcli.check("besselj(n, x)", "0", wrt="n")
