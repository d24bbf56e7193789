"""Derivations of functions of vectors and matrices: lines as the books have them, and a wrong one that is caught."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import gradcli
from gradcli.base.errors import LimitError
from gradcli.closed.notation.latex import Marks, latex
from gradcli.closed.steps import coefficients, readoff
from gradcli.closed.steps.latex import derivation_in_latex, words
from gradcli.closed.steps.levels import at
from gradcli.closed.steps.line import Derivation, Detail
from gradcli.closed.steps.tangents import Rule, Tangents
from gradcli.language.nodes import Tree, multiply, number
from gradcli.operations.shape_rules import ShapeMismatch

NET = {"W": "k,m", "V": "m,n", "x": "n", "y": "k"}
SQUARE = {"A": "n,n", "X": "n,n", "B": "n,n", "a": "n", "b": "n", "x": "n"}
ROWS = {"X": "n,d", "w": "d", "y": "n"}


def derived(function: str, wrt: str, shape: dict[str, str], show: str = "grad", **options: Any) -> Derivation:
    """The derivation as the command gives it; Any: options."""
    if show == "jacobian":
        (found,) = gradcli.explain(function, wrt=wrt, shape=shape, show="derivation").derivations
    else:
        command = gradcli.hessian if show == "hessian" else gradcli.grad
        (found,) = command(function, wrt=wrt, shape=shape, derivation=True, **options).derivations
    assert found.derivation is not None, found.refused
    return found.derivation


def texts(derivation: Derivation, detail: Detail = Detail.NORMAL) -> list[str]:
    """The lines; where the left side changes with it."""
    return [
        f"{line.left} = {line.text}" if line.left and line.left != line.text else line.text
        for line in at(derivation, detail)
    ]


@pytest.mark.parametrize(
    ("function", "wrt", "shape", "due"),
    [
        (  # Magnus and Neudecker 2019, chapter 9: tr AXB
            "trace(A@X@B)", "X", SQUARE,
            ["jvp(trace(A @ X @ B), X, dX)", "trace(A @ dX @ B)", "trace(B @ A @ dX)",
             "grad(trace(A @ X @ B), X) = A.T @ B.T"],
        ),
        (  # log |X|
            "logdet(X)", "X", SQUARE,
            ["jvp(logdet(X), X, dX)", "trace(inv(X) @ dX)", "grad(logdet(X), X) = inv(X).T"],
        ),
        (  # a'X^{-1}b: the differential of the inverse is -X^{-1} dX X^{-1}
            "a@inv(X)@b", "X", SQUARE,
            ["jvp(a @ inv(X) @ b, X, dX)", "a @ jvp(inv(X), X, dX) @ b", "-(a @ inv(X) @ dX @ inv(X) @ b)",
             "-trace(outer(inv(X) @ b, inv(X).T @ a) @ dX)",
             "grad(a @ inv(X) @ b, X) = -outer(inv(X).T @ a, inv(X) @ b)"],
        ),
        (  # x'Ax
            "x@A@x", "x", SQUARE,
            ["jvp(x @ A @ x, x, dx)", "dx @ A @ x + x @ A @ dx", "x @ A.T @ dx + x @ A @ dx",
             "(x @ A.T + x @ A) @ dx", "grad(x @ A @ x, x) = A @ x + A.T @ x", "(A + A.T) @ x"],
        ),
        (  # least squares
            "norm(A@x - b)**2", "x", SQUARE,
            ["jvp(norm(A @ x - b)**2, x, dx)", "2*norm(A @ x - b)*jvp(norm(A @ x - b), x, dx)",
             "2*((A @ x - b) @ jvp(A @ x - b, x, dx))", "2*((A @ x - b) @ A @ dx)",
             "grad(norm(A @ x - b)**2, x) = 2*A.T @ (A @ x - b)"],
        ),
        (
            "norm(x - a)", "x", SQUARE,
            ["jvp(norm(x - a), x, dx)", "(x - a) @ jvp(x - a, x, dx)/norm(x - a)", "(x - a) @ dx/norm(x - a)",
             "grad(norm(x - a), x) = (x - a)/norm(x - a)"],
        ),
        (  # cross-entropy of labels y that need not add up to 1
            "-sum(y*log(softmax(z)))", "z", {"y": "k", "z": "k"},
            ["jvp(-sum(y*log(softmax(z))), z, dz)", "-sum(y*jvp(log(softmax(z)), z, dz))",
             "-sum(y*jvp(softmax(z), z, dz)/softmax(z))", "-sum(y*(dz - softmax(z) @ dz))",
             "-(y @ (dz - softmax(z) @ dz))", "-((y - sum(y)*softmax(z)) @ dz)",
             "grad(-sum(y*log(softmax(z))), z) = sum(y)*softmax(z) - y"],
        ),
        (  # tr X'AX
            "trace(X.T@A@X)", "X", {"A": "n,n", "X": "n,m"},
            ["jvp(trace(X.T @ A @ X), X, dX)", "trace(jvp(X.T @ A @ X, X, dX))",
             "trace(jvp(X.T, X, dX) @ A @ X + X.T @ A @ dX)", "trace(dX.T @ A @ X + X.T @ A @ dX)",
             "trace(dX.T @ A @ X) + trace(X.T @ A @ dX)", "trace(X.T @ A.T @ dX) + trace(X.T @ A @ dX)",
             "trace((X.T @ A.T + X.T @ A) @ dX)", "grad(trace(X.T @ A @ X), X) = A @ X + A.T @ X", "(A + A.T) @ X"],
        ),
    ],
)  # fmt: skip
def test_lines_are_those_of_the_books(function: str, wrt: str, shape: dict[str, str], due: list[str]) -> None:
    assert texts(derived(function, wrt, _used(shape, function))) == due


def _used(shape: dict[str, str], function: str) -> dict[str, str]:
    names = re.findall(r"[A-Za-z]+", function)
    return {name: axes for name, axes in shape.items() if name in names}


def test_ridge_regression_in_brief() -> None:
    found = derived("sum((X@w - y)**2) + c*sum(w**2)", "w", ROWS)
    assert texts(found, Detail.BRIEF) == [
        "jvp(sum((X @ w - y)**2) + c*sum(w**2), w, dw)",
        "(2*(X @ w - y) @ X + 2*c*w) @ dw",
        "grad(sum((X @ w - y)**2) + c*sum(w**2), w) = 2*X.T @ (X @ w - y) + 2*c*w",
        "2*(c*w + X.T @ (X @ w - y))",
    ]
    assert found.notes == ("X, y, c are constant here",)


def test_a_net_of_two_layers_goes_backwards_through_its_layers() -> None:
    found = derived("sum((W@tanh(V@x) - y)**2)", "V", NET)
    lines = {line.text: line for line in found.lines}
    inner = lines["2*sum((W @ tanh(V @ x) - y)*(W @ ((1 - tanh(V @ x)**2)*jvp(V @ x, V, dV))))"]
    assert (inner.rule, inner.because) == ("chain rule", "d(tanh(x)) = dx*(1 - tanh(x)**2)")
    assert found.lines[-1].text == "2*outer((W.T @ (W @ tanh(V @ x) - y))*(1 - tanh(V @ x)**2), x)"


def test_the_hessian_is_read_off_the_differential_of_the_gradient() -> None:
    found = derived("sum(softplus(X@w)) - y@(X@w)", "w", ROWS, "hessian")
    shown = texts(found, Detail.BRIEF)
    f = "sum(softplus(X @ w)) - y @ (X @ w)"
    assert f"grad({f}, w) = X.T @ sigmoid(X @ w) - X.T @ y" in shown
    assert "jvp(X.T @ (sigmoid(X @ w) - y), w, dw)" in shown
    assert "X.T @ diag(sigmoid(X @ w)*sigmoid(-X @ w)) @ X @ dw" in shown
    assert shown[-1] == "X.T @ diag(sigmoid(-X @ w)*sigmoid(X @ w)) @ X"


def test_the_jacobian_of_softmax_stands_before_the_differential() -> None:
    found = derived("softmax(x)", "x", {"x": "n"}, "jacobian")
    assert texts(found) == [
        "jvp(softmax(x), x, dx)",
        "softmax(x)*(dx - softmax(x) @ dx)",
        "(diag(softmax(x)) - outer(softmax(x), softmax(x))) @ dx",
        "jacobian(softmax(x), x) = diag(softmax(x)) - outer(softmax(x), softmax(x))",
    ]


FUNCTIONS = [
    ("det(A@X@B)", "X", {"A": "n,n", "X": "n,n", "B": "n,n"}),
    ("trace(matrix_power(X, 3))", "X", {"X": "n,n"}),
    ("norm(X@w - y)", "X", ROWS),
    ("y@inv(t*K + s*eye(n))@y + logdet(t*K + s*eye(n))", "t", {"y": "n", "K": "n,n"}),
    ("sum(relu(W@x + b))", "W", {"W": "m,n", "x": "n", "b": "m"}),
    ("abs(k - v@w)", "v", {"v": "n", "w": "n"}),
    ("sum(where(x > 0, x**2, 0))", "x", {"x": "n"}),
    ("(a@x)**2/(x@x)", "x", {"a": "n", "x": "n"}),
    ("-sum(Y*log(softmax(X@W, dim=1)))", "W", {"X": "n,d", "W": "d,k", "Y": "n,k"}),
    ("sum(x[1:]*x[:-1])", "x", {"x": "5"}),
]


@pytest.mark.parametrize(("function", "wrt", "shape"), FUNCTIONS)
def test_the_last_line_is_what_grad_prints(function: str, wrt: str, shape: dict[str, str]) -> None:
    found = derived(function, wrt, shape)
    assert found.lines[-1].text == (gradcli.grad(function, wrt=wrt, shape=shape).formula or {})[wrt]
    assert {line.held.method for line in found.lines} <= {"residues", "index form"}
    assert all(line.held.error < 1e-30 for line in found.lines)


def test_the_differential_has_a_name_that_is_free() -> None:
    found = derived("x@A@x + dx", "x", {"x": "n", "A": "n,n"})
    assert dict(found.differentials) == {"dx_": "x"}


# -- faults


def test_a_wrong_differential_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sign of d inv(X) forgotten."""
    right = Tangents.of

    def wrong(self: Tangents, node: Tree, moving: Any) -> Rule:  # Any: as in Tangents
        rule = right(self, node, moving)
        return replace(rule, tree=multiply(number(-1), rule.tree)) if rule.name == "differential of inv" else rule

    monkeypatch.setattr(Tangents, "of", wrong)
    _refused("a@inv(X)@b", "X", {"a": "n", "X": "n,n", "b": "n"})


def test_a_wrong_transpose_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient read off trace(M @ dX) as M, of a square matrix."""
    monkeypatch.setattr(readoff.ReadOff, "_turned", lambda _, tree: tree)
    _refused("trace(A@X)", "X", {"A": "n,n", "X": "n,n"})


def test_a_wrong_jacobian_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    right = coefficients._coefficient
    monkeypatch.setattr(coefficients, "_coefficient", lambda *given: multiply(number(2), right(*given)))
    (found,) = gradcli.explain("A@exp(x)", wrt="x", shape={"A": "m,n", "x": "n"}, show="derivation").derivations
    assert found.derivation is None
    assert "could not be held equal" in found.refused


def _refused(function: str, wrt: str, shape: dict[str, str]) -> None:
    with pytest.raises(LimitError, match="could not be held equal to the derivative"):
        gradcli.grad(function, wrt=wrt, shape=shape, derivation=True)


# -- LaTeX


def test_a_derivation_in_latex() -> None:
    found = derived("trace(A@X@B)", "X", {"A": "n,n", "X": "n,n", "B": "n,n"})
    assert derivation_in_latex(at(found, Detail.FULL), found.shapes, found.differentials) == (
        "\\begin{align*}\n"
        "  \\mathrm{d}(\\operatorname{tr}(A X B)) &= \\operatorname{tr}(\\mathrm{d}(A X B))"
        " && \\text{differential of trace} \\\\\n"
        "  &= \\operatorname{tr}(\\underline{A \\mathrm{d}X B}) && \\text{constant factor} \\\\\n"
        "  &= \\operatorname{tr}(\\underline{B A \\mathrm{d}X}) && \\text{cyclic property of the trace} \\\\\n"
        "  \\nabla_{X}(\\operatorname{tr}(A X B)) &= A^{\\top} B^{\\top} && \\text{read off}\n"
        "\\end{align*}"
    )


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("diff(x**2*exp(x), x)", r"\frac{d}{d x}(x^{2} \exp(x))"),
        ("diff(x*y, x, y)", r"\frac{\partial^{2}}{\partial x \partial y}(x y)"),
        ("2*grad(norm(v), v)", r"2 \nabla_{v}(\lVert v \rVert)"),
        ("A @ jvp(exp(v), v, dv)", r"A \mathrm{d}(\exp(v))"),
        ("sum(v*dv)", r"\sum_{i} v_{i} \, \mathrm{d}v_{i}"),
        ("dA.T @ A", r"(\mathrm{d}A)^{\top} A"),
    ],
)
def test_open_derivatives_in_latex(text: str, due: str) -> None:
    shapes = {"v": ("n",), "dv": ("n",), "A": ("n", "n"), "dA": ("n", "n")}
    assert latex(text, shapes, marks=Marks(differentials={"dv": "v", "dA": "A"})) == due


def test_the_words_beside_a_row_are_escaped() -> None:
    assert words(r"d(x_1**2) = 100% \end{align*}") == r"d(x\_1**2) = 100\% \textbackslash{}end\{align*\}"


def test_what_is_not_read_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shape that does not fit in a step is no bug report, but a reason."""

    def wrong(*_: object) -> Rule:
        raise ShapeMismatch("a matrix")

    monkeypatch.setattr(Tangents, "of", wrong)
    with pytest.raises(LimitError, match="not read for all sizes: a matrix"):
        gradcli.grad("trace(A@X)", wrt="X", shape={"A": "n,n", "X": "n,n"}, derivation=True)
