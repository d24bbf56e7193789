"""An arithmetic is frozen when made: what a run sees comes back in its trace, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import gradcli
from gradcli.language.parse import parse
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Deadline, compile_tree
from gradcli.meaning.symbolic import Symbolic
from gradcli.reference.kinks import trace


@pytest.mark.parametrize("option", ["ideal", "kinks", "deadline", "context"])
def test_an_arithmetic_is_frozen(option: str) -> None:
    arithmetic = Precise(30)
    with pytest.raises(AttributeError, match="frozen"):
        setattr(arithmetic, option, True)
    with pytest.raises(AttributeError, match="frozen"):
        Symbolic(Deadline(None)).ideal = True


def test_a_trace_at_a_kink_leaves_its_arithmetic_as_it_was() -> None:
    """The slope of abs is 0 between its sides, and there is none where the sides are told apart."""
    arithmetic = Precise(60)
    program = compile_tree(parse("grad(abs(x), x)").tree)
    point = {"x": arithmetic.exact(0.0)}
    seen = trace(program, point, arithmetic)
    assert (seen.split, not arithmetic.kinks, seen.suited(arithmetic).kinks) == (True, True, True)
    assert np.isnan(float(seen.result[()]))
    beside = trace(program, {"x": arithmetic.exact(2.0)}, arithmetic)
    assert (beside.split, float(beside.result[()])) == (False, 1.0)
    assert beside.suited(arithmetic) is arithmetic


def test_a_derivative_inside_is_of_the_function_that_is_meant() -> None:
    """torch takes softplus(25) to be 25; mathematics does not, and the derivative inside a claim is mathematics' too."""
    assert gradcli.check("grad(softplus(x), x)", "sigmoid(x)", {"x": 25.0}, kind="value").conclusion == "agrees"
    assert gradcli.check("grad(softplus(x), x)", "1 + 0*x", {"x": 25.0}, kind="value").conclusion == "refuted"
