"""What is refused says what to type instead, and what it says is read."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.language.parse import parse

# a text as people write it; what the hint says; a part of it that is read in the text's place
HINTS: list[tuple[str, str, str]] = [
    ("for i in range(3): x", "sum(x[i]**2 for i in range(3))", "sum(x[i]**2 for i in range(3))"), ("import os\nx", "remove the line", "x"),
    ("lg(x)", "write log10(x), or log2(x)", "log10(x) + log2(x) + log(x)"),
    ("∫x", "the integrand", "x"), ("sin^2(x)", "write sin(x)^2", "sin(x)^2"), ("sin²(x+1)", "write sin(x+1)²", "sin(x+1)²"),
    ("cos^-2(x)", "write cos(x)^-2", "cos(x)^-2"), ("tan^-1(x)", "write arctan(x) for the inverse function, 1/tan(x) for the reciprocal", "arctan(x) + 1/tan(x)"),
    ("sinh⁻¹(x)", "write arcsinh(x)", "arcsinh(x)"), (r"\frac{x}{y}", "write (x)/(y)", "(x)/(y)"), (r"\sin(x)", "write sin", "sin(x)"), (r"x \cdot y", "write *", "x * y"),
    (r"A\b", "write solve(A, b)", "solve(A, b)"), ("x^{2}", "write ^2", "x^2"), ("e^{-x}", "write ^(-x)", "e^(-x)"), ("A^{-1}", "write ^(-1); of a matrix inv(A)", "inv(A) + A^(-1)"),
    ("x_{1}*y", "write x_1", "x_1*y"), ("x_{i=1}", "counted from 0", "sum(x[i] for i in range(3))"), ("norm(x", "write norm(x)", "norm(x)"), ("sum(A@x", "write sum(A@x)", "sum(A@x)"),
    ("sum([x, y", "write sum([x, y])", "sum([x, y])"), ("norm(x  # c", "write norm(x)", "norm(x)"),
    ("loss = sum(x)\nloss.backward()", "remove .backward()", "loss = sum(x)"), ("assert x > 0\nx**2", "--where x > 0", "x**2"),
    ("ln x", "write ln(x)", "ln(x)"), ("2x", "write 2*x", "2*x"), ("d/dx(x**2)", "--wrt x", "x**2"), ("∑_i x_i", "sum(x[i]*y[i] for i in range(3))", "sum(x[i]*y[i] for i in range(3))"),
    ("Σ x_i", "write sum(x)", "sum(x)"), ("A'*x", "A.T", "A.T*x"), ("x'*A*x'", "write x.T for the transpose", "x.T*A*x"), ("x.^2", "write ^ alone", "x^2"),
    ("x.*y", "write * alone", "x*y"), ("x.T @ A x", "write A*x", "x.T @ A*x"), ("x^T A x", "write T @ A", "x^T @ A @ x"), ("x₁ + 1", "write x1, or x[1]", "x1 + x[1]"),
    ("<x, y>", "write x @ y", "x @ y"), ("⟨x, y⟩", "write x @ y", "x @ y"), ("log|x|", "write log(|...|)", "log(|x|)"), ("2|x|", "write 2*|...|", "2*|x|"),
    ("(x + 1)|x|", "write (...)*|...|", "(x + 1)*|x|"), ("where(x > 0 | y > 0, x, y)", "write `or`", "where(x > 0 or y > 0, x, y)"),
    ("where(x > 0 || y > 0, x, y)", "write `or`", "where(x > 0 or y > 0, x, y)"), ("|x", "write abs(...)", "abs(x)"), ("Sin[x]", "write sin(...)", "sin(x)"),
    ("Exp[-x]^2", "write exp(...)", "exp(-x)^2"), ("1,000*x", "without a comma", "1000*x"), ("print(x)", "remove the line", "x"), ("Tr(A)", "write trace(A)", "trace(A)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "hint", "instead"), HINTS, ids=[row[0] for row in HINTS])
def test_a_refusal_says_what_to_type_and_that_is_read(text: str, hint: str, instead: str) -> None:
    with pytest.raises(gradcli.GradcliError) as caught:
        parse(text)
    assert hint in (caught.value.hint or "")
    parse(instead)


def test_a_name_that_is_a_variable_is_no_function_without_parentheses() -> None:
    with pytest.raises(gradcli.GradcliError) as caught:
        parse("beta choose", bound=["beta"])
    assert caught.value.hint == "write beta*choose"


IMPORTS = [
    "import torch\n",
    "import numpy as np\n",
    "import torch.nn.functional as F; ",
    "import torch.nn as nn\n",
    "import jax.numpy as jnp\nimport jax\n",
    "import math\n",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_an_import_of_what_is_known_is_passed_over(line: str) -> None:
    assert parse(f"{line}x**2").tree == parse("x**2").tree


def test_an_import_of_what_is_no_library_of_formulas_is_refused() -> None:
    with pytest.raises(gradcli.GradcliError, match="statements are not read"):
        parse("import os\nx**2")


@pytest.mark.parametrize(
    ("line", "text", "same"),
    [
        ("import jax.numpy as np", "np.var(x)", "jnp.var(x)"),
        ("import numpy as xp", "xp.var(x)", "np.var(x)"),
        ("from math import sin", "sin(x)", "math.sin(x)"),
        ("import numpy as torch", "torch.std(x)", "np.std(x)"),
    ],
)
def test_an_import_says_what_a_name_means(line: str, text: str, same: str) -> None:
    assert parse(f"{line}\n{text}").tree == parse(same).tree
