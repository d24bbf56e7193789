"""What can be asked about functions, and what cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from functions.comparing import Compare, words

from gradcli.base.errors import ExpressionError, GradcliError, InputError, LimitError, UsageError
from gradcli.foreign.compare import check_functions


@pytest.mark.parametrize(("options", "error"), [
    ({"kind": "value"}, UsageError), ({"kind": "slope"}, UsageError), ({"rtol": 0.0}, UsageError), ({"points": 0}, UsageError),
    ({"wrt": ["z"]}, InputError), ({"wrt": ["x", "x"]}, UsageError),
])  # fmt: skip
def test_requests_that_make_no_sense(options: dict[str, Any], error: type[GradcliError], compare: Compare) -> None:
    with pytest.raises(error):
        compare("def f(x): return x\ndef g(x): return 1", x=2.0, options=options)


def test_a_point_is_needed() -> None:
    for values in ({}, {"x": np.zeros(0)}):
        with pytest.raises(InputError, match="no point"):
            check_functions(lambda: 0.0, lambda: 0.0, values)


@pytest.mark.parametrize("kind", ["grad", "hessian"])
def test_the_gradient_of_several_numbers(kind: str, compare: Compare) -> None:
    with pytest.raises(ExpressionError, match=r"belongs to a single number; .* gives shape \(2,\)") as caught:
        compare("def f(x): return x\ndef g(x): return 1", x=[1.0, 2.0], options={"kind": kind})
    assert "--kind jacobian" in str(caught.value.hint)


def test_a_derivative_that_is_too_large() -> None:
    with pytest.raises(LimitError, match="entries"):
        check_functions(lambda x: x.sum(), lambda x: 0, {"x": np.ones(3000)}, kind="hessian")


def test_rtol_decides(compare: Compare) -> None:
    source = "def f(x): return x**2\ndef g(x): return 2 * x * (1 + 1e-6)"
    (loose,) = compare(source, x=3.0)
    assert loose.conclusion == "agrees"
    assert loose.digits == pytest.approx(6, abs=0.1)
    assert "told to 6.0 digits only" in words(loose)
    (tight,) = compare(source, x=3.0, options={"rtol": 1e-9})
    assert tight.conclusion == "refuted"
    (coarse,) = compare(source.replace("1e-6", "1e-2"), x=3.0, options={"rtol": 0.1})
    assert coarse.conclusion == "agrees"


def test_the_same_seed_gives_the_same(compare: Compare) -> None:
    source = "def f(x): return (x**3).sum()\ndef g(x): return x"
    first, second = (compare(source, x=[1.0, 2.0], options={"seed": 5, "points": 3}) for _ in range(2))
    assert first == second
