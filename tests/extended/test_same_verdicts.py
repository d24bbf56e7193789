"""What is said where every entry is compared in whole arrays first is what balls alone say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli

x, v = np.random.default_rng(3).standard_normal((2, 4))
A = np.random.default_rng(4).standard_normal((4, 4))

CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("jacobian", "sin(x)*x", {"x": x}, {}), ("jacobian", "A@x", {"A": A, "x": x}, {}), ("jacobian", "sin(x)*x", {"x": x}, {"jvp": v}),
    ("jacobian", "sin(x)*x", {"x": x}, {"vjp": v}), ("hessian", "sum(sin(x)*x**2)", {"x": x}, {"hvp": v}),
    ("hessian", "dot(x, A@x)", {"x": x, "A": A}, {}), ("grad", "sum(sin(x)*x)", {"x": x}, {"dtype": "float32"}),
    ("grad", "sum(softplus(x)*A)", {"x": x, "A": A}, {"dtype": "float16"}), ("grad", "sum(abs(x - 0.1))", {"x": [0.1, *x]}, {}),
    ("grad", "sum(relu(x))", {"x": [0.0, *x]}, {}), ("grad", "sum(x**2.5)", {"x": [0.0, *abs(x)]}, {}),
    ("grad", "sum(log(x))", {"x": [-1.0, *abs(x)]}, {}), ("grad", "sum(sqrt(x))", {"x": [0.0, *abs(x)]}, {}),
    ("grad", "sum(where(x > 0, sqrt(x), 0))", {"x": x}, {}), ("grad", "sum(exp(x))", {"x": [800.0, *x]}, {}),
    ("grad", "sum(sigmoid(x))", {"x": [-800.0, 800.0, *x]}, {}), ("grad", "sum(tanh(x))", {"x": [190.0, *x]}, {}),
    ("grad", "grad(sum(x**3), x)[0]", {"x": x}, {}), ("grad", "norm(x - x)", {"x": x}, {}), ("hessian", "sum(relu(x)**3)", {"x": [0.0, *x]}, {}),
    ("grad", "max(x)", {"x": [1.0, 1.0, 0.5]}, {}), ("grad", "sum(x/0)", {"x": x}, {}), ("grad", "sum(1e300*x*1e300)", {"x": x}, {}),
    ("grad", "sum(x) + 0*sum(log(y))", {"x": x, "y": -abs(x)}, {}), ("jacobian", "[log(x[0]), log(1 + exp(x[1]))]", {"x": [-1.0, 1000.0]}, {}),
    ("grad", "sum((x - 1)**2)", {"x": np.ones(3)}, {}), ("grad", "prod(x)", {"x": [0.0, *x]}, {}), ("grad", "sum(x*log(x))", {"x": [1e-320, 0.5]}, {}),
    ("grad", "sum(x)", {"x": [float("inf"), 1.0]}, {}), ("grad", "sum(x*y)", {"x": [1.0, 2.0], "y": [float("nan"), 1.0]}, {}),
]  # fmt: skip


def said(command: str, text: str, values: dict[str, Any], options: dict[str, Any]) -> Any:  # Any: numbers and words
    check = getattr(gradcli, command)(text, values, **options).check
    return check.verdict, check.checked, check.total, repr(check.findings)


@pytest.mark.parametrize(("command", "text", "values", "options"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_the_same_is_said(
    monkeypatch: pytest.MonkeyPatch, command: str, text: str, values: dict[str, Any], options: dict[str, Any]
) -> None:
    alone = said(command, text, values, options)
    monkeypatch.setattr("gradcli.verdicts.every_entry.LIGHT", 0)
    monkeypatch.setattr("gradcli.verdicts.every_entry.FEW", 0)
    assert said(command, text, values, options) == alone
