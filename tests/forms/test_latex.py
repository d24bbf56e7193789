"""Closed forms as LaTeX: whole strings, as people write them."""

from __future__ import annotations

import pytest

from gradcli.closed.notation.latex import latex

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
            r"(\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}) y^{\top}",
        ),
        ("det(A)*inv(A).T", r"\det(A) A^{-\top}"),
        ("eye(n)", "I_{n}"),
        ("[[1, 2], [3, 4]] @ x", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} x"),
        ("[x[0], 2]", r"\begin{bmatrix} x_{0} \\ 2 \end{bmatrix}"),
        ("besselj(x, n=1)", "J_{1}(x)"),
        ("x*polygamma(y, n=2)", r"x \odot \psi^{(2)}(y)"),
        ("lgamma(x)", r"\log \lvert \Gamma(x) \rvert"),
        ("matrix_exp(A).T", r"(e^{A})^{\top}"),
        ("sum(x)*y", r"(\sum_{i} x_{i}) y"),
        ("sum(t*exp(x) - y**2)", r"\sum_{i} (t \exp(x_{i}) - y_{i}^{2})"),
        ("sum(besselj(x, n=0))", r"\sum_{i} J_{0}(x_{i})"),
        ("(2*x - (x @ x)/sum(x)*y)/sum(x)", r"\frac{1}{\sum_{i} x_{i}} (2 x - \frac{(x^{\top} x) y}{\sum_{i} x_{i}})"),
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
    ("text", "due"),
    [
        ("A.T**2", r"(A^{\top})^{\odot 2}"),
        ("matrix_power(inv(A), n=2)", "(A^{-1})^{2}"),
        ("inv(A.T)", r"A^{-\top}"),
        ("inv(A)[0, 1]", "(A^{-1})_{0, 1}"),
        ("x1[0]", "(x_{1})_{0}"),
        ("einsum('i,ij->j', x1, A)", r"\left[ \sum_{i} (x_{1})_{i} A_{ij} \right]_{j}"),
    ],
)
def test_no_second_index_or_power_without_brackets(text: str, due: str) -> None:
    """LaTeX refuses both."""
    assert latex(text, SHAPES) == due
