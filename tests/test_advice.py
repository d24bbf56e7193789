"""Beside the verdict: the step where a derivative went wrong, a rewrite that has been found true, both sides of a kink."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from oracles.precise import Precise

import gradcli
from gradcli.cli.app import run
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.program import compile_tree
from gradcli.meaning.program import run as run_program
from gradcli.meaning.shapes import shapes_of
from gradcli.operations import table
from gradcli.reference.problem import Problem
from gradcli.report.writing import document_of, rendered
from gradcli.verdicts import rewrites
from gradcli.verdicts.stepwise import Stepwise

# expression, point, verdict, what the step names (empty: none is named), rewrite (empty: there is none)
HARD: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("where(x > 0, sqrt(x), 0)", {"x": 0.0}, "singular", "", ""),
    ("where(x > 0, sqrt(x), 0)", {"x": -1.0}, "trap", "sqrt(x)", "where(x > 0, sqrt(where(x > 0, x, 1)), 0)"),
    ("relu(x) - relu(-x)", {"x": 0.0}, "trap", "relu", "x"),
    ("x*sqrt(x)", {"x": 0.0}, "trap", "", "x**1.5"),
    ("sqrt(x**2)", {"x": 0.0}, "convention", "", "abs(x)"),
    ("sqrt(x**4)", {"x": 0.0}, "trap", "", "x**2"),
    ("log(1 + exp(x))", {"x": 1000.0}, "trap", "exp(x): overflows", "logaddexp(x, 0)"),
    ("log(exp(x) + exp(y))", {"x": 1000.0, "y": 1.0}, "trap", "exp(x): overflows", "logaddexp(x, y)"),
    ("log(cosh(x))", {"x": 800.0}, "trap", "cosh(x): overflows", "logaddexp(x, -x) - log(2)"),
    ("sinh(x)/cosh(x)", {"x": 750.0}, "trap", "sinh(x): overflows", "tanh(x)"),
    ("sqrt(x**2 + y**2)", {"x": 1e200, "y": 1e200}, "trap", "x**2: overflows", "hypot(x, y)"),
    ("exp(x**2)*erfc(x)", {"x": 30.0}, "trap", "exp(x**2): overflows", "erfcx(x)"),
    ("log(sum(exp(x)))", {"x": [800.0, 1.0]}, "trap", "exp(x): overflows", "logsumexp(x)"),
    ("log(softmax(x)[0])", {"x": [-800.0, 1.0]}, "trap", "softmax(x): underflows to 0", "log_softmax(x)[0]"),
    ("log(sigmoid(x))", {"x": -800.0}, "trap", "sigmoid(x): underflows to 0", "logsigmoid(x)"),
    ("(1 - cos(x))/x**2", {"x": 1e-9}, "rounding", "1 - cos(x)", "1/2 - x**2/24"),
    ("1 - tanh(x)**2", {"x": 18.0}, "rounding", "tanh(x)", "sech(x)**2"),
    ("sqrt(x + 1) - sqrt(x)", {"x": 1e15}, "rounding", "sqrt(x + 1) - sqrt(x)", "1/(sqrt(x + 1) + sqrt(x))"),
    ("sin(x)/x", {"x": 0.0}, "singular", "", "sinc(x/pi)"),
    ("xlogy(x, log(x))", {"x": 0.0}, "singular", "", ""),  # sympy's series has a variable of its own
    ("abs(x)", {"x": 0.0}, "convention", "", ""),
    ("norm(v)", {"v": [0.0, 0.0]}, "convention", "", ""),
    ("det(A)", {"A": [[1.0, 2.0], [2.0, 4.0]]}, "trap", "det(A)", ""),
    ("det([[x, 2], [2, 4]])", {"x": 1.0}, "trap", "det", "x*4 - 4"),
    ("(x**2 - 1)/(x - 1)", {"x": 1.0}, "singular", "", "x + 1"),
    ("1/x - 1/tan(x)", {"x": 1e-8}, "rounding", "x: ", "x/3 + x**3/45"),
    ("sin(pi*x)/(pi*x)", {"x": 1e-9}, "rounding", "pi*x", "1 - pi**2*x**2/6 + pi**4*x**4/120 - pi**6*x**6/5040"),
    ("(pi**x - 1)/x", {"x": 1e-9}, "rounding", "pi**x - 1", "log(pi) + x*log(pi)**2/2 + x**2*log(pi)**3/6"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "point", "verdict", "step", "rewrite"), HARD, ids=[f"{case[0]} at {case[1]}" for case in HARD]
)
def test_hard_places(text: str, point: dict[str, Any], verdict: str, step: str, rewrite: str) -> None:
    check = gradcli.grad(text, point).check
    assert check.verdict == verdict, check
    assert step in (check.step or ""), check
    assert bool(check.rewrite) == bool(rewrite), check
    assert (check.rewrite or "").startswith(rewrite)


# What is right here was worked out on paper: expression, point, verdict, derivative by variable or None for nan.
ON_PAPER: list[tuple[str, dict[str, Any], str, dict[str, Any] | None]] = [
    ("abs(x)**1.1", {"x": 0.0}, "agrees", {"x": 0.0}),  # h**0.1 goes to 0, slowly
    ("abs(x)**1.01", {"x": 0.0}, "agrees", {"x": 0.0}),
    ("where(x == 0, 0, x*sin(1/x))", {"x": 0.0}, "singular", None),  # the quotient oscillates and is bounded
    ("where(x == 0, 0, x*cos(2*pi*log10(abs(x))))", {"x": 0.0}, "singular", None),  # as well, in powers of ten
    ("where(x == 0, 0, x**2*sin(1/x))", {"x": 0.0}, "trap", None),  # the quotient oscillates and goes to 0
    ("cbrt(x)", {"x": 0.0}, "singular", None),
    ("median(x)", {"x": [1.0, 1.0, 1.0]}, "convention", None),  # along ones the slope is 1, every partial one is 0
    ("sqrt(abs(x*y))", {"x": 0.0, "y": 0.0}, "convention", None),
    ("max(min(x, y), min(y, z), min(x, z))", {"x": 1.0, "y": 1.0, "z": 1.0}, "convention", None),
    ("grad(abs(x), x)", {"x": 2.0}, "agrees", {"x": 0.0}),
]


@pytest.mark.parametrize("case", ON_PAPER, ids=lambda case: case[0])
def test_what_was_worked_out_on_paper(case: tuple[str, dict[str, Any], str, dict[str, Any] | None]) -> None:
    text, point, verdict, derivative = case
    found = gradcli.grad(text, point)
    assert found.check.verdict == verdict, found.check
    assert derivative is None or found.derivative == derivative


def test_a_determinant_has_a_derivative_everywhere() -> None:
    """The cofactors of a singular matrix, also those that are 0: no rounding error of a quotient is an infinite slope.

    Its pivots are powers of 2, so that the determinant is 0 on every machine, and torch's slope is.
    """
    check = gradcli.grad("det(A)", {"A": [[1, 2, 0], [2, 4, 0], [1, 0, 1]]}).check
    true = {finding.entry: finding.true for finding in check.findings if finding.entry}
    assert check.verdict == "trap"
    assert true.items() >= {"A[0, 0]": 4.0, "A[0, 1]": -2.0, "A[0, 2]": -4.0, "A[1, 0]": -2.0, "A[1, 1]": 1.0}.items()
    assert not any("no finite derivative" in note for note in check.notes)


@pytest.mark.parametrize(("text", "point"), [
    ("sqrt(1 - cos(x))", {"x": 0.0}), ("sqrt(x**4 + x**2)", {"x": 0.0}), ("acosh(1 + x**2)", {"x": 0.0}),
    ("gamma(x)/gamma(y)", {"x": -0.5, "y": 172.0}), ("log(prod(x))", {"x": [-1e-200, -1e-200]}),
])  # fmt: skip
def test_a_rewrite_is_the_same_function_on_every_side(text: str, point: dict[str, Any]) -> None:
    """One side's Taylor polynomial, the sign of gamma, logarithms of negative factors: true slopes of other functions."""
    rewrite = gradcli.grad(text, point).check.rewrite
    if rewrite is None:
        return
    for shift in (-1e-3, 1e-3):
        moved = {
            name: np.asarray(value) * (1 + shift) + shift * (np.asarray(value) == 0) for name, value in point.items()
        }
        assert gradcli.grad(rewrite, moved).value == pytest.approx(gradcli.grad(text, moved).value, rel=1e-6, abs=1e-12)


def test_errors_of_rounding_stay_inside_what_torch_accepts() -> None:
    """A probability of 1 may become smaller, but not larger: torch would refuse it."""
    found = gradcli.grad("binary_cross_entropy(sigmoid(z), [1.0])", {"z": [40.0]})
    assert found.derivative["z"].tolist() == [0.0]
    assert "torch refuses" not in str(found.check.notes)


@pytest.mark.parametrize("case", [case for case in HARD if case[4]], ids=lambda case: case[0])
def test_a_rewrite_gives_what_it_promises(case: tuple[str, dict[str, Any], str, str, str]) -> None:
    """Typed in again, it has a finite derivative and no trap; on a kink it is one of the numbers between both sides."""
    text, point, verdict, _, _ = case
    check = gradcli.grad(text, point).check
    again = gradcli.grad(check.rewrite, point)
    assert all(np.isfinite(part).all() for part in again.derivative.values())
    assert again.check.verdict in {"agrees", "rounding"} | ({verdict} if verdict == "convention" else set())
    for finding in check.findings:
        if finding.true is not None and finding.entry in again.derivative:
            assert again.derivative[finding.entry] == pytest.approx(finding.true, rel=1e-9, abs=1e-300)


def test_a_false_rewrite_is_never_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a pattern whose replacement is another function. It is computed, found wrong, and dropped."""
    monkeypatch.setattr(
        rewrites,
        "PATTERNS",
        (("log(1 + exp(a))", "2*a"), ("log(1 + exp(a))", "a**2"), ("log(1 + exp(a))", "logaddexp(a, 0)")),
    )
    assert gradcli.grad("log(1 + exp(x))", {"x": 1000.0}).check.rewrite == "logaddexp(x, 0)"
    monkeypatch.setattr(rewrites, "PATTERNS", (("log(1 + exp(a))", "2*a"),))
    assert gradcli.grad("log(1 + exp(x))", {"x": 1000.0}).check.rewrite is None


@pytest.mark.parametrize(("before", "after"), [*rewrites.PATTERNS, *rewrites.LAST_RESORT])
def test_every_pattern_is_an_identity(before: str, after: str) -> None:
    """At an ordinary point of scalars or of vectors both sides are the same number, to the size of the eps."""
    if any(name in before for name in ("log(det", "softmax")):
        points: list[Any] = [np.array([[2.0, 0.5], [0.25, 1.5]])]  # Any: an array
    else:
        vector, number = np.array([0.35, 0.8]), np.array(0.35)
        points = [vector] if any(name in before for name in ("sum", "prod", "norm(")) else [number]
        points += [vector] if "det" not in before else []
    names = parse(before).names
    for point in points:
        values = {name: point + 0.1 * i for i, name in enumerate(names)}
        found = []
        for text in (before, after):
            arithmetic = Precise(40)
            exact = {name: arithmetic.exact(value) for name, value in values.items()}
            found.append(run_program(compile_tree(parse(text, bound=names).tree), arithmetic, exact))
        np.testing.assert_allclose(found[0].astype(float), found[1].astype(float), rtol=1e-12, atol=1e-14)


def test_the_step_with_a_planted_slope_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """`differs` says which operation torch has wrong."""

    class Bent(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:  # Any: torch's context
            ctx.save_for_backward(x)
            return torch.sin(x)

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:  # Any: torch's context
            return cotangent * torch.cos(*ctx.saved_tensors) * 1.001

    monkeypatch.setitem(table.OPS.loaded, "sin", replace(table.OPS["sin"], torch=lambda t, x: Bent.apply(x)))
    check = gradcli.grad("sum(exp(x*sin(2*x))*tanh(x))", {"x": [0.3, 0.8]}).check
    assert (check.verdict, check.rewrite) == ("differs", None)
    assert check.step.startswith("sin(2*x): ")


# -- the backward pass in balls


@pytest.mark.parametrize(("text", "point"), [
    ("sum(tanh(A@x)*x)", {"A": [[0.5, -1.0], [2.0, 0.25]], "x": [0.3, -0.7]}), ("logsumexp(x*y)", {"x": [0.5, 1.5], "y": 2.0}),
    ("prod(x)/norm(x) + max(x)", {"x": [0.5, 1.5, -2.0]}), ("sum(where(x > 0, x**2, 3*x))", {"x": [0.5, -1.5]}),
    ("det(A) + sum(inv(A))", {"A": [[2.0, 1.0], [0.5, 3.0]]}),
])  # fmt: skip
def test_adjoints_are_torchs(text: str, point: dict[str, Any]) -> None:
    """The same backward pass, once by torch and once in balls: the leaves' adjoints are the gradient."""
    program = compile_tree(parse(text, bound=point).tree)
    values = {name: np.asarray(value, dtype=np.float64) for name, value in point.items()}
    shapes = shapes_of(program, {name: value.shape for name, value in values.items()})
    whole = Stepwise(Problem(program, shapes, values, None, frozenset(point)), 128)
    gradient = gradcli.grad(text, point).derivative
    for step, adjoint in zip(program.steps, whole.adjoints(()), strict=True):
        if step.op is None and step.tree.is_Symbol:
            floats = np.array([float(ball.value) for ball in adjoint.ravel()]).reshape(adjoint.shape)
            np.testing.assert_allclose(floats, gradient[step.tree.name], rtol=1e-12, atol=1e-14)


# -- kinks


def test_both_sides_and_torchs_choice() -> None:
    (finding,) = gradcli.grad("max(x, 3*x)", {"x": 0.0}).check.findings
    x = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    assert (finding.left, finding.right) == (1.0, 3.0)
    assert finding.torch == torch.autograd.grad(torch.maximum(x, 3 * x), x)[0].item()
    assert "in the subdifferential [1.0, 3.0]" in finding.note


@pytest.mark.parametrize(("text", "said"), [
    ("abs(x)", "in the subdifferential [-1.0, 1.0]"), ("-abs(x)", "in the superdifferential [-1.0, 1.0]"),
    ("sqrt(x**2)", "not in the subdifferential [-1.0, 1.0]"), ("relu(x)", "in the subdifferential [0.0, 1.0]"),
])  # fmt: skip
def test_subdifferential(text: str, said: str) -> None:
    assert said in gradcli.grad(text, {"x": 0.0}).check.notes[0]


def test_direction_at_a_kink_of_several_variables() -> None:
    """|v| along (1, 1) grows by sqrt(2) either way, which no gradient can say."""
    note = gradcli.grad("norm(v)", {"v": [0.0, 0.0]}).check.notes[-1]
    assert note.startswith("along all ones: 1.414213562373095")
    assert note.endswith("torch's gradient gives 0.0 and -0.0")


def test_a_smooth_function_through_a_kink_agrees() -> None:
    """norm(x)**2 is x.x: the kink of norm is no kink of its square."""
    assert gradcli.grad("norm(x)**2", {"x": [0.0, 0.0]}).check.verdict == "agrees"


# -- in JSON, in explain, in exit codes


def test_json_has_findings_step_and_rewrite() -> None:
    found = json.loads(json.dumps(gradcli.grad("log(1 + exp(x))", {"x": 1000.0}).to_dict()))["check"]
    assert (found["step"], found["rewrite"]) == ("exp(x): overflows", "logaddexp(x, 0)")
    entry = next(finding for finding in found["findings"] if finding["entry"] == "x")
    assert (entry["verdict"], entry["torch"], entry["true"]) == ("trap", "NaN", 1.0)


def test_explain_has_a_section_of_hazards() -> None:
    explained = gradcli.explain("where(x > 0, sqrt(x), 0) + relu(2*y - 1)", {"x": -1.0, "y": 0.5})
    page = str(rendered(document_of(explained), "text"))
    assert "\nHazards\n" in page
    assert "Went wrong at sqrt(x): its slope is infinite or undefined here, and 0 times that is nan" in page
    met = {(row.step, row.kind, row.where) for row in explained.hazards if row.met}
    assert met == {("sqrt(x)", "domain", "outside of x >= 0"), ("relu(2*y - 1)", "kink", "(2*y - 1) == 0")}
    assert not any(row.met for row in gradcli.explain("relu(2*y - 1)", {"y": 2.0}).hazards)


@pytest.mark.parametrize(
    ("text", "point", "met"),
    [
        ("sum(sort(x)*y)", {"x": [0.0, 0.0], "y": [1.0, 2.0]}, {("sort(x)", "two entries tie, or an entry is where the slope jumps")}),
        ("max(x, x)*max(x, y)", {"x": 1.0, "y": 1.0}, {("max(x, y)", "two entries tie, or an entry is where the slope jumps")}),
        ("x**y", {"x": -3.0, "y": 2.0}, {("x**y", "the edge of x > 0 or y == round(y) and (x != 0 or y >= 0) or x == 0 a...")}),
        ("det(A)", {"A": [[1.0, 1.0], [1.0, 1.0]]}, {("det(A)", "torch's own slope is another one here")}),
        ("log(sqrt(x))", {"x": -1.0}, {("sqrt(x)", "outside of x >= 0")}),
        ("fmod(x, 2)", {"x": 0.0}, set()),
    ],
)  # fmt: skip
def test_hazards_are_met_where_a_step_has_a_value_and_no_slope(
    text: str, point: Any, met: set[tuple[str, str]]
) -> None:
    assert {(row.step, row.where) for row in gradcli.explain(text, point).hazards if row.met} == met


def test_a_local_derivative_is_a_number_wherever_the_step_has_a_slope() -> None:
    tape = {row.text: row.local for row in gradcli.explain("sum(relu(x)**2)", {"x": [0.0, 1.0]}).tape}
    assert (tape["t1**2"], tape["relu(x)"]) == (("d/dt1 = 2*t1 = [0, 2]",), ("d/dx: at a kink, torch's choice",))
    (row,) = (row for row in gradcli.explain("entr(x)", {"x": 0.0}).tape if row.text == "entr(x)")
    assert row.local == ("d/dx: at a kink or an edge, torch's choice",)


@pytest.mark.parametrize(("text", "point", "plain", "strict"), [
    ("abs(x)", "x=0", 0, 5), ("(1-cos(x))/x**2", "x=1e-9", 1, 1), ("(1-cos(x))/x**2", "x=1e-3", 0, 5), ("relu(x)-relu(-x)", "x=0", 1, 1), ("x**2", "x=3", 0, 0),
    ("where(x > 0, sqrt(x), 0)", "x=0", 5, 5),
])  # fmt: skip
def test_strict_makes_every_doubt_an_exit_code(text: str, point: str, plain: int, strict: int) -> None:
    assert run(["grad", text, point, "-q"]) == plain
    assert run(["grad", text, point, "-q", "--strict"]) == strict


# -- digits

COSINE = "0.99500416527802576609556198780387029483857622541508"  # cos(1/10), Abramowitz and Stegun table 4.6 continued


def test_digits_are_those_of_the_decimal_as_typed() -> None:
    assert gradcli.grad("sin(x)", ["x=0.1"], digits=50).digits == {"x": COSINE}
    assert gradcli.grad("sin(x)", {"x": 0.1}, digits=50).digits["x"] != COSINE, "a float is not the decimal"
    assert (
        gradcli.grad("sin(x)", ["x=1/10"], digits=20).digits["x"]
        == sympy.cos(sympy.Rational(1, 10)).evalf(20).__str__()
    )


def test_digits_of_every_shape() -> None:
    assert gradcli.hessian("x**2*y**3", ["x=0.1", "y=2"], digits=20).digits == {
        "x": {"x": "16.0", "y": "2.4"},
        "y": {"x": "2.4", "y": "0.12"},
    }
    assert gradcli.jacobian("x**2", ["x=1/3,2"], digits=12).digits == {"x": [["0.666666666667", "0.0"], ["0.0", "4.0"]]}
    assert gradcli.grad("x**2", ["x=1,2"], grad_outputs=[1, 3], digits=12).digits == {"x": ["2.0", "12.0"]}
    assert gradcli.grad("abs(x)", ["x=0"], digits=12).digits == {"x": "undefined"}


@pytest.mark.parametrize(("argv", "code"), [
    (["--digits", "0"], 2), (["--digits", "1001"], 2), (["--digits", "9", "--format", "csv"], 2), (["--digits", "9"], 0), (["--digits", "x"], 2),
])  # fmt: skip
def test_digits_on_the_command_line(argv: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["grad", "sin(x)", "x=0.1", *argv]) == code
    assert capsys.readouterr().out == ("0.995004165\n" if code == 0 else "")


def test_patterns_survive_the_echo() -> None:
    for before, after in rewrites.PATTERNS:
        for text in (before, after):
            tree = parse(text).tree
            assert parse(write(tree)).tree == tree


def test_explain_takes_no_digits() -> None:
    with pytest.raises(gradcli.GradcliError, match="'digits'"):
        gradcli.explain("sin(x)", {"x": 0.1}, digits=9)
