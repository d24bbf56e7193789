"""Without values: one formula in matrix notation for shapes of letters or numbers, entries on request."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from runner import run

import gradcli
from gradcli.api import grad, hessian, jacobian
from gradcli.base.errors import LimitError
from gradcli.closed.notation.question import Form
from gradcli.commands import formula
from gradcli.report.as_text import plain
from gradcli.report.writing import document_of, rendered

SQUARE = {"A": "n,n", "X": "n,n", "B": "n,n", "C": "n,n"}
RESIDUAL = "trace((A@X@B - C).T@(A@X@B - C))"
LINEAR = {"A": ("n", "m"), "x": "m", "b": "n"}


@pytest.mark.parametrize(
    ("found", "function", "kind", "wrt"),
    [
        (grad(RESIDUAL, shape=SQUARE, wrt="X"), RESIDUAL, "grad", "X"),
        (jacobian("A@x - b", shape=LINEAR, wrt="x"), "A@x - b", "jacobian", "x"),
        (grad("sum((A@x - b)**2)", shape=LINEAR, wrt="b"), "sum((A@x - b)**2)", "grad", "b"),
    ],
)
def test_the_formula_is_one_that_check_proves(found: gradcli.Result, function: str, kind: str, wrt: str) -> None:
    assert found.formula is not None
    assert "[" not in found.formula[wrt]
    shape = SQUARE if "X" in function else LINEAR
    assert gradcli.check(function, found.formula[wrt], kind=kind, wrt=wrt, shape=shape).verdict == "proved"  # type: ignore[arg-type]
    assert (found.check.verdict, found.check.proved_for, found.check.reference) == ("agrees", "all", "index form")
    assert found.derivative is None


def test_a_hessian_has_its_blocks() -> None:
    found = hessian("x@A@y", shape={"A": "n,m", "x": "n", "y": "m"}, wrt="x,y").formula
    assert found == {"x": {"x": "zeros(n, n)", "y": "A"}, "y": {"x": "A.T", "y": "zeros(m, m)"}}


def test_an_order_repeats_the_gradient() -> None:
    assert grad("sum(x**3)", shape={"x": "n"}, order=2).formula == {"x": "6*diag(x)"}


def test_json_says_for_which_sizes_and_how() -> None:
    line = "grad 'log(det(X))' --shape X=n,n --json"
    check = json.loads(run(shlex.split(line), b"").stdout)["check"]
    assert check["proved_for"] == "all" or check["proved_for"][0] == {"n": 2}
    assert 0 <= check["error_bound"] < 1e-9


def test_numbers_may_be_asked_for_entry_by_entry() -> None:
    assert grad("x@x", shape={"x": 2}).formula == {"x": "2*x"}
    assert grad("x@x", shape={"x": 2}, entries=True).formula == {"x": "[2*x[0], 2*x[1]]"}
    with pytest.raises(gradcli.UsageError, match="entries needs sizes in numbers, not n"):
        grad("x@x", shape={"x": "n"}, entries=True)


@pytest.mark.parametrize(
    ("function", "shape", "said"),
    [
        ("x@A@x", {"A": "n,m", "x": "n"}, r"needs equal inner sizes, found x@A \(m,\) @ x \(n,\)"),
        ("A@x", {"A": "n,m", "x": "m"}, r"the output has shape \(n,\), and grad needs a scalar"),
        ("sum(x)", {"x": "x"}, "x is a size and a variable"),
        ("sum(A[:-1, 1:]*B)", {"A": "n,m", "B": "m,n"}, r"found A\[:-1, 1:\] \(n - 1, m - 1\) \* B \(m, n\)"),
        ("sum(A[:, 1:]*x)", {"A": "n,m", "x": "n"}, r"found A\[:, 1:\] \(n, m - 1\) \* x \(n,\)"),
        ("sum(outer(x, y)*kron(x, y))", {"x": "n", "y": "m"}, r"\(n, m\) \* kron\(x, y\) \(n\*m,\)"),
        ("concat(x, x, y, [1, 2])", {"x": "n", "y": "m"}, r"the output has shape \(2\*n \+ m \+ 2,\), and grad"),
        ("sum(x)", {"x": "0"}, "the shape of x is not a list of sizes: 0: a size is from 1 to 99999"),
        ("beta*x", {}, r"it is a function, and stands here without parentheses"),
        ("n", {"x": "n"}, "shape names x, which the expression does not use"),
        ("sum(x)", {"x": "2n"}, "the shape of x is not a list of sizes: 2n"),
        ("sum(x)", {"x": "n,,m"}, "the shape of x is not a list of sizes: n,,m: size 2 of 3 is empty"),
    ],
)
def test_errors_speak_of_letters(function: str, shape: dict[str, str], said: str) -> None:
    with pytest.raises(gradcli.GradcliError, match=said):
        grad(function, shape=shape)


def test_a_name_with_a_shape_is_a_variable_though_the_language_has_it() -> None:
    shape = {"e": "n", "beta": "n"}
    assert grad("sum(beta*e**2)*exp(1)", shape=shape).formula == {"beta": "exp(1)*e**2", "e": "2*exp(1)*beta*e"}


def test_sizes_stand_in_constants_of_a_formula() -> None:
    assert grad("sum(diag(A))", shape={"A": "n,m"}).formula == {"A": "pad(eye(n), pad=(0, m - n, 0, 0))"}


def test_sizes_that_are_differences_divide_as_a_whole() -> None:
    shape = {"A": "n,m", "B": "n,n"}
    found = grad("sum(cov(A)*B)", shape=shape, wrt="A").formula
    assert found == {"A": "(B + B.T) @ (A - mean(A, dim=-1, keepdim=True))/(m - 1)"}


def test_a_formula_leaves_numbers_of_later_calls_alone() -> None:
    grad("sum(x[1:]*x[:-1])", shape={"x": "n"})
    found = grad("sum(pad(x[1:], pad=(0, 1))*y)", {"x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}, wrt="y")
    assert found.derivative["y"].tolist() == [2.0, 3.0, 0.0]  # type: ignore[index, union-attr]


def test_a_name_to_differentiate_in_is_a_variable_of_the_expression() -> None:
    with pytest.raises(gradcli.InputError, match="names 'z', which the expression does not use"):
        grad("x*y", {"x": 1}, wrt="z")
    with pytest.raises(gradcli.InputError, match="names 'n', which is a size"):
        grad("sum(A)*n", shape={"A": "n,n"}, wrt="n")


def test_one_comma_may_stand_behind_the_last_size() -> None:
    assert grad("sum(x**2)", shape={"x": "n,"}).formula == {"x": "2*x"}
    assert grad("sum(x**2)", shape=["x=(3,)"]).formula == {"x": "2*x"}


def test_a_letter_is_a_number_in_the_formula_and_no_variable() -> None:
    assert grad("sum(x)/n", shape={"x": "n"}).wrt == ("x",)


def test_scalars_are_written_as_ever_where_the_closed_form_is_no_shorter() -> None:
    assert grad("x**2*sin(y)").formula == {"x": "2*x*sin(y)", "y": "x**2*cos(y)"}
    assert jacobian("[r*cos(t), r*sin(t)]", wrt="r").formula == {"r": "[cos(t), sin(t)]"}


def test_what_is_assumed_shortens_the_formula() -> None:
    found = grad("x@S@x", shape={"S": "n,n", "x": "n"}, wrt="x", assume={"S": "symmetric,positive"})
    assert found.formula == {"x": "2*S @ x"}
    assert (found.check.proved_for, found.check.notes) == ("all", ("given S == S.T", "given det(S) > 0"))
    with pytest.raises(gradcli.UsageError, match="S is not square"):
        grad("sum(S)", shape={"S": "n,m"}, assume="S=symmetric")
    with pytest.raises(gradcli.UsageError, match="does not know 'symetric' of a matrix") as error:
        grad("sum(S)", shape={"S": "n,m"}, assume="S=symetric")
    assert error.value.hint == "did you mean symmetric?"
    with pytest.raises(gradcli.InputError, match="assume names T, which the expression does not use"):
        grad("sum(S)", shape={"S": "n,m"}, assume="T=symmetric")


def test_latex_of_a_repeated_derivative_says_how_often() -> None:
    line = "grad 'a*x**3 + 0.5*a**2' --order 2 --format latex"
    due = "\\frac{\\partial^2 f}{\\partial a^2} = 1\n\\frac{\\partial^2 f}{\\partial x^2} = 6 a x\n"
    assert run(shlex.split(line)).stdout == due
    assert run(shlex.split(f"{line} a=1 x=2")).stdout == due


def test_latex_shows_formulas_and_entries() -> None:
    done = run(shlex.split("grad 'x@x' --shape x=n --format latex"), b"")
    assert (done.stdout, done.code) == ("2 x\n", 0)
    done = run(shlex.split("grad 'x@x' --shape x=2 --entries --format latex"), b"")
    assert done.stdout == "\\begin{bmatrix} 2 x_{1} \\\\ 2 x_{2} \\end{bmatrix}\n"
    done = run(shlex.split("grad 'x@A@y' --shape x=n --shape A=n,m --shape y=m --wrt x,y --format latex"), b"")
    assert done.stdout.splitlines() == [
        r"\frac{\partial f}{\partial x} = A y",
        r"\frac{\partial f}{\partial y} = A^{\top} x",
    ]


def test_a_formula_loads_no_torch() -> None:
    asked = "from gradcli.api import grad; grad('sum((A@x)**2)', shape={'A': 'n,m', 'x': 'm'})"
    program = f"import sys; {asked}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def _refusing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No closed form in this variable, as if it had none."""
    made = formula.closed_form

    def refusing(function: Any, kind: str, wrt: Sequence[str], *rest: Any) -> Form:
        if name in wrt:
            raise LimitError("it has a size of its own", kind="unchecked")
        return made(function, kind, wrt, *rest)

    monkeypatch.setattr(formula, "closed_form", refusing)


def test_what_has_a_form_is_printed_beside_what_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    _refusing("A", monkeypatch)
    found = grad("x@A@x", shape={"A": "n,n", "x": "n"})
    document = document_of(found)
    assert (found.exit_code(), rendered(document, "text")) == (5, "x = (A + A.T) @ x\n")
    assert plain(document.warnings) == (
        "A: no closed form was found: it has a size of its own\ntry: --wrt x asks for the others alone\n"
    )
    assert found.formula == {"A": None, "x": "(A + A.T) @ x"}
    assert found.to_dict()["refused"] == {"A": "no closed form was found: it has a size of its own"}
    assert (found.check.checked, found.check.total) == (1, 2)
    blocks = hessian("x@A@x", shape={"A": "n,n", "x": "n"})
    assert blocks.formula is not None
    assert (blocks.formula["x"]["x"], blocks.formula["x"]["A"]) == ("A + A.T", None)


def test_where_nothing_has_a_form_the_error_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    _refusing("x", monkeypatch)
    with pytest.raises(LimitError, match="no closed form was found: it has a size of its own"):
        grad("x@x", shape={"x": "n"})


def test_entries_stand_in_for_a_form_where_sizes_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    _refusing("x", monkeypatch)
    found = grad("x@x", shape={"x": 2})
    assert found.formula == {"x": "[2*x[0], 2*x[1]]"}
    assert found.check.notes == ("entry by entry, as no closed form was found: it has a size of its own",)
