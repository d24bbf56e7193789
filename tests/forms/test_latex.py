"""Closed forms as LaTeX: whole strings, as people write them."""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pytest
from rows.calls import example_task

from gradcli.closed.notation.latex import latex
from gradcli.closed.notation.letters import name_in_latex
from gradcli.operations.row import Op
from gradcli.operations.table import rows

SHAPES = {"A": ("n", "n"), "B": ("n", "n"), "S": ("n", "n"), "x": ("n",), "y": ("n",), "b": ("n",), "x1": ("n",)}


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2*A.T @ (A @ x - b)", r"2 A^{\top} (A x - b)"),
        ("(A + A.T) @ x", r"(A + A^{\top}) x"),
        ("-inv(A).T @ outer(x, y) @ inv(A).T", r"-A^{-\top} x y^{\top} A^{-\top}"),
        ("diag(x) - outer(x, x)", r"\operatorname{diag}(x) - x x^{\top}"),
        ("x/norm(x)", r"\frac{x}{\lVert x \rVert}"),
        ("norm(A)", r"\lVert A \rVert_F"),
        ("-kron(inv(A).T, inv(A))", r"-A^{-\top} \otimes A^{-1}"),
        ("commutation(n, n)", r"K_{n \times n}"),
        ("2*inv(S) - diag(diag(inv(S)))", r"2 S^{-1} - \operatorname{diag}(\operatorname{diag}(S^{-1}))"),
        ("sigmoid(x)*(1 - sigmoid(x))", r"\sigma(x) \odot (1 - \sigma(x))"),
        ("A.T*sigmoid(x)", r"A^{\top} \operatorname{diag}(\sigma(x))"),
        ("trace(A @ B)", r"\operatorname{tr}(A B)"),
        ("x @ A @ y", r"x^{\top} A y"),
        ("x @ A", r"A^{\top} x"),
        ("einsum('ij,kl->iljk', A, B)", r"\left[ A_{ij} B_{kl} \right]_{iljk}"),
        ("einsum('ij,jk,ik->', A, B, S)", r"\sum_{ijk} A_{ij} B_{jk} S_{ik}"),
        ("where(x > 0, 1, 0)", r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}"),
        ("x**2", r"x^{\odot 2}"),
        ("t**2*alpha1", r"t^{2} \alpha_{1}"),
        ("3*t*x/norm(x)**2", r"\frac{3 t x}{\lVert x \rVert^{2}}"),
        ("x/y", r"x \oslash y"),
        ("(A*B) @ S", r"(A \odot B) S"),
        ("-2*(A - B) @ S.T", r"-2 (A - B) S^{\top}"),
        ("inv(A) @ outer(x, y) @ A/2", r"\frac{A^{-1} x y^{\top} A}{2}"),
        ("matrix_power(A, n=3)", "A^{3}"),
        (
            "outer(where(x > 0, 1, 0), y)",
            r"\left(\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}\right) y^{\top}",
        ),
        ("det(A)*inv(A).T", r"\det(A) A^{-\top}"),
        ("eye(n)", "I_{n}"),
        ("[[1, 2], [3, 4]] @ x", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} x"),
        ("[x[0], 2]", r"\begin{bmatrix} x_{1} \\ 2 \end{bmatrix}"),
        ("besselj(x, n=1)", r"\operatorname{J}_{1}(x)"),
        ("x*polygamma(y, n=2)", r"x \odot \psi^{(2)}(y)"),
        ("lgamma(x)", r"\operatorname{lgamma}(x)"),
        ("matrix_exp(A).T", r"(e^{A})^{\top}"),
        ("sum(x)*y", r"\left(\sum_{i} x_{i}\right) y"),
        ("sum(t*exp(x) - y**2)", r"\sum_{i} (t \exp(x_{i}) - y_{i}^{2})"),
        ("sum((A @ x - y)**2)/2", r"\frac{\lVert A x - y \rVert^{2}}{2}"),
        ("c*sum((A - B)**2)", r"c \lVert A - B \rVert_F^{2}"),
        ("sum(besselj(x, n=0))", r"\sum_{i} \operatorname{J}_{0}(x_{i})"),
        (
            "(2*x - (x @ x)/sum(x)*y)/sum(x)",
            r"\frac{1}{\sum_{i} x_{i}} \left(2 x - \frac{(x^{\top} x) y}{\sum_{i} x_{i}}\right)",
        ),
        ("dot(x, x)", r"x^{\top} x"),
        ("dot(2*x, A @ y)*y", r"(2 x^{\top} A y) y"),
        ("(0.5*y).T @ A", r"0.5 A^{\top} y"),
        ("(2*A.T) @ A @ (x/t)", r"2 A^{\top} A \frac{x}{t}"),
        ("(x/t) @ A @ y", r"\frac{1}{t} x^{\top} A y"),
        ("norm(x/t)*det(A/t)", r"\left\lVert \frac{x}{t} \right\rVert \det\left(\frac{A}{t}\right)"),
        ("inv(A/2 + B)", r"\left(\frac{A}{2} + B\right)^{-1}"),
        ("2*sum(x)*t - (x @ y)", r"2 t \sum_{i} x_{i} - x^{\top} y"),
        ("(2*sum(x)*x) @ A @ y", r"2 \left(\sum_{i} x_{i}\right) x^{\top} A y"),
        ("(x @ y)*sum(x)/t", r"\frac{(x^{\top} y) \sum_{i} x_{i}}{t}"),
        ("np.dot(A, x)", "A x"),
        ("reshape(A, 2, 3)", r"\operatorname{reshape}(A, \mathrm{sizes}=(2, 3))"),
        ("sum(i*A)", r"\sum_{j,k} i A_{j,k}"),
        ("sum(A*x)", r"\operatorname{sum}(A \operatorname{diag}(x))"),
        ("sum(inv(A)*B)", r"\operatorname{sum}(A^{-1} \odot B)"),
        ("sum(A, dim=0)", r"\operatorname{sum}(A, \mathrm{dim}=0)"),
        ("sum(x)/sum(x1)", r"\frac{\sum_{i} x_{i}}{\sum_{i} (x_{1})_{i}}"),
        ("P = inv(A) @ x; outer(P, P) - 2*P", r"P = A^{-1} x,\quad P P^{\top} - 2 P"),
    ],
)
def test_as_people_write_it(text: str, due: str) -> None:
    assert latex(text, SHAPES) == due


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("x", "x"), ("x_1", "x_{1}"), ("x1", "x_{1}"), ("x_i", "x_{i}"), ("loss", r"\mathrm{loss}"), ("w_max", r"w_{\mathrm{max}}"),
        ("phi", r"\varphi"), ("phi_dot", r"\dot{\varphi}"), ("φ̇", r"\dot{\varphi}"), ("ϕ", r"\phi"), ("theta_hat", r"\hat{\theta}"),
        ("beta_hat_1", r"\hat{\beta}_{1}"), ("T_alpha", r"T_{\alpha}"), ("λ", r"\lambda"), ("Ω", r"\Omega"), ("ε_0", r"\varepsilon_{0}"),
        ("Δ", r"\Delta"), ("x̄", r"\bar{x}"), ("é", r"\acute{e}"), ("größe", r"\mathrm{größe}"), ("ell", r"\ell"), ("_x", "x"),
        ("alpha_tilde_2", r"\tilde{\alpha}_{2}"), ("q_ddot", r"\ddot{q}"),
    ],
)  # fmt: skip
def test_names_have_their_accents_and_indices(name: str, due: str) -> None:
    assert name_in_latex(unicodedata.normalize("NFC", name)) == due


def faults(text: str) -> list[str]:
    """What LaTeX would refuse, or print as a product of letters: open braces, raw words, quotes, a second index."""
    depth, opened, wrong = 0, list[str](), list[str]()
    for piece in re.findall(r"\\(?:begin|end)\{\w+\}|\\.|[{}]", text):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        if piece.startswith(r"\begin"):
            opened.append(piece[6:])
        elif piece.startswith(r"\end") and (not opened or opened.pop() != piece[4:]):
            wrong.append(piece)
        wrong += [piece] if depth < 0 else []
    wrong += [str(depth)] * bool(depth) + opened
    plain = re.sub(r"\\(?:operatorname|mathrm|text|begin|end)\{[^{}]*\}'?|\\[a-zA-Z]+|\\.", " ", text)
    plain = re.sub(r"_\{[a-z,]*\}", " ", plain)
    return (
        wrong
        + re.findall(r"[a-zA-Z]{2,}|['\"#$&%](?![^{]*\})", plain.replace("&", ""))
        + re.findall(r"_\{[^{}]*\}_\{", text)
    )


@pytest.mark.parametrize("op", rows(), ids=lambda op: op.name)
def test_every_operation_has_a_word_in_latex(op: Op) -> None:
    shapes = {name: np.shape(value) for name, value in example_task(op).values.items()}
    assert faults(latex(op.example_parts[0], shapes)) == []


@pytest.mark.parametrize(
    "text", ["{x", r"\begin{cases} x", "x}", "relu(x)", r"\mathrm{dim}='a'", "x_{1}_{2}", r"\begin{cases}\end{bmatrix}"]
)
def test_faults_would_be_seen(text: str) -> None:
    assert faults(text) != []


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("exp(-x**2/2)", r"\exp\left(-\frac{x^{2}}{2}\right)"),
        ("log(S/K)*abs(x + y)", r"\log\left(\frac{S}{K}\right) \lvert x + y \rvert"),
        ("sin(x**(a/2))*y", r"\sin(x^{\frac{a}{2}}) y"),
        ("exp(-(1/x + x))*(x + 1)", r"\exp\left(-\left(\frac{1}{x} + x\right)\right) (x + 1)"),
        ("(1/2)**x", r"\left(\frac{1}{2}\right)^{x}"),
        ("relu(x)", r"\operatorname{relu}(x)"),
        ("log(x) + log2(x)*sec(x)", r"\log(x) + \log_{2}(x) \sec(x)"),
        ("0.5*x**2 - y/3", r"0.5 x^{2} - \frac{y}{3}"),
        ("loss*rate/x", r"\frac{\mathrm{loss} \, \mathrm{rate}}{x}"),
        ("max(x, y)*floor(x)", r"\max(x, y) \lfloor x \rfloor"),
        ("x + where(x > 0, x, 0) + 1", r"x + \left(\begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}\right) + 1"),
        ("x*sqrt(2)", r"\sqrt{2} x"),
        ("x**y/gamma(y)", r"\frac{x^{y}}{\Gamma(y)}"),
    ],
)  # fmt: skip
def test_functions_of_numbers(text: str, due: str) -> None:
    assert latex(text, {}) == due


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("A.T**2", r"(A^{\top})^{\odot 2}"),
        ("matrix_power(inv(A), n=2)", "(A^{-1})^{2}"),
        ("inv(A.T)", r"A^{-\top}"),
        ("inv(A)[0, 1]", "(A^{-1})_{1, 2}"),
        ("x1[0]", "(x_{1})_{1}"),
        ("einsum('i,ij->j', x1, A)", r"\left[ \sum_{i} (x_{1})_{i} A_{ij} \right]_{j}"),
    ],
)
def test_no_second_index_or_power_without_brackets(text: str, due: str) -> None:
    """LaTeX refuses both."""
    assert latex(text, SHAPES) == due
