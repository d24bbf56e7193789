"""Claims in several variables at once: the stacked gradient, the Jacobian, the whole Hessian."""

from __future__ import annotations

import json
from typing import Any

import pytest
from checking.asking import assert_accepted, assert_refuted, check

import gradcli

SCORE = "log(s) + (x - m)**2/(2*s**2)"  # minus the logarithm of a normal density
TRUE: list[tuple[str, str, dict[str, Any]]] = [  # function, claim, options
    (SCORE, "[(m - x)/s**2, 1/s - (x - m)**2/s**3]", {"wrt": "m,s"}),
    (SCORE, "[[1/s**2, 2*(x - m)/s**3], [2*(x - m)/s**3, 3*(x - m)**2/s**4 - 1/s**2]]", {"wrt": "m,s"}),
    (SCORE, "[1/s - (x - m)**2/s**3, (m - x)/s**2]", {"wrt": ("s", "m")}),
    ("x**2*y", "reshape([2*x*y, x**2], 2, 1)", {"wrt": "x,y"}),
    ("x**2*y", "x*[2*y, x]", {"wrt": "x,y"}),
    ("x**2*y", "[2*x*y, x**2, 0]", {"wrt": "x,y,z"}),
    ("x**2*y*z", "[[2*y*z, 2*x*z, 2*x*y], [2*x*z, 0, x**2], [2*x*y, x**2, 0]]", {"wrt": "x,y,z", "kind": "hessian"}),
    ("[r*cos(t), r*sin(t)]", "[[cos(t), -r*sin(t)], [sin(t), r*cos(t)]]", {"wrt": "r,t"}),
    ("mean((a@x + b - y)**2)", "concat(2*(a@x + b - y)*x, [2*(a@x + b - y)])", {"wrt": "a,b", "shape": {"a": "n", "x": "n"}}),
    ("b*a@a", "concat([concat([2*b*eye(n), 2*a[:,None]], 1), concat([2*a[None], [[0]]], 1)])", {"wrt": "a,b", "shape": {"a": "n"}}),
    ("sum(A@x)", "concat(flatten(outer(ones(n), x)), A.T@ones(n))", {"wrt": "A,x", "shape": {"A": "n,m", "x": "m"}}),
    ("x*y", "[y, x]", {"wrt": "x,y", "at": {"x": 2.0, "y": 3.0}}),
    ("a@x", "concat(x, zeros(m))", {"wrt": "a,c", "shape": {"a": "n", "x": "n", "c": "m"}}),
]  # fmt: skip


@pytest.mark.parametrize(("function", "claim", "options"), TRUE)
def test_a_true_claim_holds_and_a_multiple_of_it_is_refuted(function: str, claim: str, options: dict[str, Any]) -> None:
    assert_accepted(function, claim, **options)
    wrong = assert_refuted(function, f"2*({claim})", **options).counterexample
    assert wrong.claimed == 2 * wrong.true
    assert {*wrong.wrt} <= {*gradcli.check(function, claim, **options).claims[0].wrt}


@pytest.mark.parametrize(("function", "claim", "wrong", "shape"), [
    ("s*sum(x**2)", "[2*x*s, sum(x**2)]", "[2*x*s, 2*sum(x**2)]", {"x": "n"}),
    ("A@x", "[x, A]", "[x, 2*A]", {"A": "n", "x": "n"}),
    ("sum(A@x)", "[outer(ones(n), x), A.T@ones(n)]", "[outer(ones(n), x), A.T@ones(n) + x]", {"A": "n,m", "x": "m"}),
])  # fmt: skip
def test_a_gradient_may_be_a_list_of_one_part_a_variable(
    function: str, claim: str, wrong: str, shape: dict[str, str]
) -> None:
    wrt = "x,s" if "s*" in function else "A,x"
    assert_accepted(function, claim, wrt=wrt, shape=shape)
    found = assert_refuted(function, wrong, wrt=wrt, shape=shape)
    assert found.counterexample.wrt == (wrt[-1],)
    assert_accepted(function, found.diagnosis.suggestion, wrt=wrt, shape=shape)


def test_a_whole_is_proved_by_the_proofs_of_its_parts() -> None:
    found = assert_accepted(SCORE, TRUE[0][1], wrt="m,s")
    assert (str(found.verdict), found.wrt, found.kind, found.name) == ("proved", ("m", "s"), "grad", "m,s")
    sized = assert_accepted("b*sum(a**2)", "concat(2*a*b, [sum(a**2)])", wrt="a,b", shape={"a": "n"})
    assert [sizes["n"] for sizes in sized.proved_for] == [2, 3, 4]


@pytest.mark.parametrize(("claim", "wrt", "part", "suggestion"), [
    ("[(m - x)/s**2, 1/s + (x - m)**2/s**3]", "m,s", ["s"], "[(m - x)/s**2, 1/s - (x - m)**2/s**3]"),
    ("[1/s - (x - m)**2/s**3, (x - m)/s**2]", "s,m", ["m"], "[1/s - (x - m)**2/s**3, (m - x)/s**2]"),
    ("[[1/s**2, 2*(x - m)/s**3], [2*(m - x)/s**3, 3*(x - m)**2/s**4 - 1/s**2]]", "m,s", ["s", "m"],
     "[[1/s**2, 2*(x - m)/s**3], [2*(x - m)/s**3, 3*(x - m)**2/s**4 - 1/s**2]]"),
])  # fmt: skip
def test_the_part_that_is_wrong_is_named_by_its_variables_and_the_whole_is_mended(
    claim: str, wrt: str, part: list[str], suggestion: str
) -> None:
    found = assert_refuted(SCORE, claim, wrt=wrt)
    assert found.to_dict()["counterexample"]["wrt"] == part
    assert found.diagnosis.text.startswith(f"in {', '.join(part)}: ")
    assert found.diagnosis.suggestion == suggestion
    assert_accepted(SCORE, suggestion, wrt=wrt)


def test_the_command_line_says_in_which_variable_a_claim_is_wrong_and_shows_it_again() -> None:
    done = check("'x**2*y' '[2*x*y, x]' --wrt x,y")
    assert done.code == 1
    assert " in y: claimed " in done.stdout
    shown = json.loads(check("'x**2*y' '[2*x*y, x]' --wrt x,y --json").stdout)["claims"][0]
    assert check(shown["counterexample"]["command"].removeprefix("gradcli check ")).code == 1


@pytest.mark.parametrize(("claim", "text"), [
    ("[y]", "the claim has shape (1,); the derivative in x, y has shape (2,)"),
    ("[[y, x], [1]]", "needs"),
])  # fmt: skip
def test_another_shape_is_refuted(claim: str, text: str) -> None:
    found = assert_refuted("x*y", claim, wrt="x,y")
    assert found.diagnosis.kind == "shape"
    assert text in found.diagnosis.text


def test_a_block_of_a_hessian_is_still_a_claim() -> None:
    assert_accepted("x**2*y", "2*x", wrt="x,y", kind="hessian")
    assert_refuted("x**2*y", "x", wrt="x,y", kind="hessian")


def test_of_three_variables_the_hessian_is_the_whole_one() -> None:
    assert_refuted("x**2*y + z", "2*x", wrt="x,y,z", kind="hessian")


@pytest.mark.parametrize(("options", "text"), [
    ({"wrt": "x,x"}, "wrt names a variable twice"),
    ({"wrt": "x,y", "layout": "numerator"}, "layout is for claims in one variable"),
])  # fmt: skip
def test_what_makes_no_sense_of_several_variables_is_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(gradcli.UsageError, match=text):
        gradcli.check("x*y", "[y, x]", **options)
