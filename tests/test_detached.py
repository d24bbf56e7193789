"""What a formula takes as a constant has its value, and no slope goes through it."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli

CASES = [
    ("x*detach(x)", 3.0, 9.0, 3.0),
    ("x*x.detach()", 3.0, 9.0, 3.0),
    ("torch.detach(x**2)*x", 2.0, 8.0, 4.0),
    ("x + jax.lax.stop_gradient(round(x) - x)", 1.25, 1.0, 1.0),
    ("stop_gradient(abs(x))", 0.0, 0.0, 0.0),
    ("exp(2*detach(x))*sqrt(x)", 4.0, 2 * np.exp(8), np.exp(8) / 4),
    ("sum(x**2*jnp.unique(x))", [3.0, 1.0, 2.0], 9 * 1 + 1 * 2 + 4 * 3, [6.0, 4.0, 12.0]),
    ("sum(x**2*np.unique(x))", [3.0, 1.0, 2.0], 9 * 1 + 1 * 2 + 4 * 3, [6.0 + 4.0, 4.0 + 9.0, 12.0 + 1.0]),
]


@pytest.mark.parametrize(("text", "x", "value", "slope"), CASES, ids=[text for text, *_ in CASES])
def test_no_slope_goes_through_a_constant(text: str, x: float, value: float, slope: float) -> None:
    found = gradcli.grad(text, {"x": x}, allow_unused=True, materialize_grads=True)
    np.testing.assert_allclose(np.asarray(found.value), value, rtol=1e-14)
    np.testing.assert_allclose(np.asarray(found.derivative["x"]), slope, rtol=1e-14)
    assert found.check.verdict == "agrees"


def test_a_claim_that_counts_the_constant_is_refuted() -> None:
    assert gradcli.check("x*detach(x)", "detach(x)", wrt="x").claims[0].verdict in {"proved", "agrees"}
    assert gradcli.check("x*detach(x)", "2*x", wrt="x").claims[0].verdict == "refuted"
