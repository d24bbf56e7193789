"""Rules of moved, joined, sampled and convolved entries, of layers and losses: numbers by hand, and planted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from rules.cases import Case, chosen
from rules.compare import assert_balls, assert_vjp, differentiable

import gradcli
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.rules import why_none
from gradcli.operations.row import Rule
from gradcli.operations.table import OPS

# -- a dozen gradients, worked out on paper


@pytest.mark.parametrize(("text", "values", "gradient"), [
    ("sum(put_back(y, [1, 2, 3, 4], 1:3)*[5, 6, 7, 8])", {"y": [1.0, 1.0]}, [6.0, 7.0]),
    ("sum(put_back(y, [[1, 2], [3, 4]], ::-1, 0)*[[5, 6], [7, 8]])", {"y": [1.0, 1.0]}, [7.0, 5.0]),
    ("sum(index_add([1, 2], 0, [1, 1, -2], y)*[3, 4])", {"y": [1.0, 1.0, 1.0]}, [4.0, 4.0, 3.0]),
    ("sum(scatter_add([1, 2], 0, [1, 1], y)*[3, 4])", {"y": [1.0, 1.0]}, [4.0, 4.0]),
    ("dot(take(x, [0, 0, 2]), [1, 2, 3])", {"x": [1.0, 1.0, 1.0]}, [3.0, 0.0, 3.0]),
    ("dot(sort(x), [1, 2, 4])", {"x": [3.0, 1.0, 2.0]}, [4.0, 1.0, 2.0]),
    ("quantile(x, 0.25)", {"x": [4.0, 1.0, 3.0]}, [0.0, 0.5, 0.5]),
    ("sum(conv_transpose1d(x, [[[1, 10]]], stride=2)*[[1, 2, 3, 4]])", {"x": [[1.0, 1.0]]}, [[21.0, 43.0]]),
    ("sum(conv_transpose1d([[1, 2]], w)*[[1, 2, 3]])", {"w": [[[1.0, 1.0]]]}, [[[5.0, 8.0]]]),
    ("trapezoid([1, 3], x)", {"x": [0.0, 1.0]}, [-2.0, 2.0]),
    ("interp(2, [0, 1, 3], f)", {"f": [1.0, 2.0, 5.0]}, [0.0, 0.5, 0.5]),
    ("binary_cross_entropy_with_logits([0, 5], [1, 0], 'sum', w)", {"w": [1.0, 1.0]}, [np.log(2), 0.0]),
    ("sum(block_diag(zeros(0), x)*[[1], [2]])", {"x": [3.0]}, [2.0]),
])  # fmt: skip
def test_a_gradient_by_hand(text: str, values: dict[str, Any], gradient: Any) -> None:
    result = gradcli.grad(text, values)
    (name,) = values
    np.testing.assert_allclose(result.derivative[name], gradient, rtol=1e-14, atol=1e-15)
    assert result.check.verdict == "agrees"


def test_a_transposed_convolution_is_the_transpose() -> None:
    """``sum(conv(x)*y) = sum(x*conv_transpose(y))`` for random numbers, strides, paddings and dilations."""
    draw = torch.Generator().manual_seed(3)
    for stride, padding, dilation, more in ((1, 0, 1, 0), (2, 1, 1, 1), (3, 1, 2, 2)):
        x, w = (torch.randn(shape, generator=draw, dtype=torch.float64) for shape in ((2, 9), (3, 2, 2)))
        steps = f"None, {stride}, {padding}"
        out = (9 + 2 * padding - dilation - 1) // stride + 1
        y = torch.randn((3, out), generator=draw, dtype=torch.float64)
        values = {"x": x.numpy(), "w": w.numpy(), "y": y.numpy()}
        grown = (out - 1) * stride - 2 * padding + dilation + 1 + more
        assert grown == 9, "the output's own padding makes up for what the stride leaves"
        text = (
            f"sum(conv1d(x, w, {steps}, {dilation})*y) - sum(x*conv_transpose1d(y, w, {steps}, {more}, 1, {dilation}))"
        )
        assert abs(float(gradcli.grad(text, values).value)) < 1e-12


@pytest.mark.parametrize(("text", "values", "verdict"), [
    ("dot(argsort(x), x)", {"x": [1.0, 1.0, 2.0]}, "convention"), ("dot(argsort(x), x)", {"x": [1.0, 3.0, 2.0]}, "agrees"),
    ("dot(torch.sort(x)[1], x)", {"x": [1.0, 1.0, 2.0]}, "convention"),
    ("argsort(x)[0]*x[2]", {"x": [1.0, 1.0, 2.0]}, "singular"), ("argsort(x)[0]*x[2]", {"x": [1.0, 1.0, 0.0]}, "agrees"),
    ("gather(x, 0, where(x > 1, 1, 0))[0]", {"x": [1.0, 3.0]}, "singular"),
    ("gather(x, 0, where(x > 1, 1, 0))[0]", {"x": [1.5, 3.0]}, "agrees"),
    ("gather([2, 3, 5]*x, 0, [floor(x)])[0]", {"x": 1.0}, "singular"), ("gather([2, 3, 5]*x, 0, [floor(x)])[0]", {"x": 1.5}, "agrees"),
    ("sum(scatter_add([1, 2], 0, [where(x > 1, 1, 0)], [x])*[1, 3])", {"x": 1.0}, "singular"),
    ("sum(scatter_add([1, 2], 0, [where(x > 1, 1, 0)], [x])*[1, 3])", {"x": 2.0}, "agrees"),
])  # fmt: skip
def test_where_a_place_or_an_index_jumps_nothing_is_called_smooth(
    text: str, values: dict[str, Any], verdict: str
) -> None:
    assert gradcli.grad(text, values).check.verdict == verdict


# -- what is read and written


@pytest.mark.parametrize(("text", "same"), [
    ("put_back(y, x, 1:3)", "put_back(y, x, 1:3)"), ("put_back(y, x, ..., ::-1, None, 0)", "put_back(y, x, ..., ::-1, None, 0)"),
    ("put_back(y, x, (0, 1))", "put_back(y, x, 0, 1)"), ("put_back(y, x, entries=2:)", "put_back(y, x, 2:)"),
    ("x[(0, 1)]", "x[0, 1]"), ("x[(0,)]", "x[0]"),
])  # fmt: skip
def test_entries_are_written_as_arguments(text: str, same: str) -> None:
    assert write(parse(text).tree) == same
    assert write(parse(same).tree) == same


@pytest.mark.parametrize(("text", "said"), [
    ("sin(1:2)", "found a slice"), ("x[[0, 1.5]]", "an index is a whole number"), ("x[((0, 1.5), 1)]", "an index is a whole number"),
    ("put_back(y, x, y)", "whole numbers, slices, None or one ..."), ("x[[0, [1]]]", "differ in length"),
    ("put_back(y, x, 1::0)", "a step other than 0"),
])  # fmt: skip
def test_what_is_no_entry_is_refused(text: str, said: str) -> None:
    with pytest.raises(gradcli.GradcliError, match=said.replace(".", "[.]")):
        parse(text)


def test_an_empty_slice_from_behind_has_no_entries() -> None:
    assert float(gradcli.grad("sum(x[5:2:-1]) + x[0]", {"x": [1.0, 2.0, 3.0]}).value) == 1.0


# -- what has no derivative, and faults


@pytest.mark.parametrize(("name", "k", "shapes", "constants"), [
    ("gather", 1, ((3, 2), (3, 1)), (1,)), ("cross_entropy", 1, ((4, 3), (4,)), ("mean",)), ("nll_loss", 1, ((3,), ()), ("sum",)),
    ("argsort", 0, ((3,),), (-1, False)), ("grad", 0, ((), (3,)), ()),
])  # fmt: skip
def test_what_has_no_derivative_says_why(name: str, k: int, shapes: Any, constants: Any) -> None:
    why = why_none(OPS[name], k, shapes, constants)
    assert len(why.split()) > 2, why


def test_probabilities_have_a_derivative_where_classes_have_none() -> None:
    assert not why_none(OPS["cross_entropy"], 1, ((4, 3), (4, 3)), ("mean",))


FAULTS: dict[str, Callable[[str], str]] = {
    "concat": lambda text: f"{text}*(1 + 1e-7)", "index_select": lambda text: text.replace("dim", "0"),
    "roll": lambda text: text.replace("-shifts", "shifts"), "sort": lambda text: text.replace("argsort(x, dim, descending)", "argsort(x, dim)"),
    "repeat": lambda text: text.replace("reshape(g, ", "1.0000001*reshape(g, "), "differences": lambda text: text.replace("-", "", 1),
    "conv1d": lambda text: text.replace("dilation", "1"), "layer_norm": lambda text: text.replace("y*mean(c*y", "0*mean(c*y"),
    "cross_entropy": lambda text: text.replace("sum(t)", "input.size"),
    "triplet_margin_loss": lambda text: text.replace("> 0", "< 0"), "gaussian_nll_loss": lambda text: text.replace("/2", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_text_is_seen(name: str) -> None:
    """Each rule of the row with one slip in it: torch or balls differ in a case."""
    op = OPS[name]
    cases = [case for case in chosen(op, 60) if differentiable(case)]
    wrong = replace(op, rule=tuple(_slipped(rule, FAULTS[name]) for rule in op.rule))
    assert any(_fails(replace(case, op=wrong)) for case in cases)


def _slipped(rule: Rule, slip: Callable[[str], str]) -> Rule:
    return slip(rule) if isinstance(rule, str) else lambda *arguments: slip(rule(*arguments))


def _fails(case: Case) -> bool:
    for holds in (assert_vjp, assert_balls):
        try:
            holds(case)
        except (AssertionError, RuntimeError):
            return True
    return False
