"""Terms become one formula as a person writes it: common factors out, strokes, chains without needless parentheses."""

from __future__ import annotations

import pytest

from gradcli.closed.notation.form import closed_form
from gradcli.language.parse import parse

X = {"A": ("n", "n"), "x": ("n",)}

# function, variable, shapes -> derivative. By hand; equations from the Matrix Cookbook (2012) where a number stands.
GRADIENTS = [
    ("x@A@x", "x", X, "(A + A.T) @ x"),  # 81
    ("sum((A@x - b)**2)", "x", {"A": ("m", "n"), "x": ("n",), "b": ("m",)}, "2*A.T @ (A @ x - b)"),
    ("norm(x)", "x", X, "x/norm(x)"),  # 129
    ("mean((A@x - b)**2)", "x", {"A": ("m", "n"), "x": ("n",), "b": ("m",)}, "2*A.T @ (A @ x - b)/m"),
    ("norm(A@X@B - C)**2", "X", dict.fromkeys("ABCX", ("n", "n")), "2*A.T @ (A @ X @ B - C) @ B.T"),  # 119
    ("trace(X@A@X.T@B)", "X", {"X": ("n", "m"), "A": ("m", "m"), "B": ("n", "n")}, "B @ X @ A + B.T @ X @ A.T"),
    ("trace(X.T@A@X)", "X", {"X": ("n", "m"), "A": ("n", "n")}, "(A + A.T) @ X"),  # 108
    ("a@inv(A)@b", "A", {"A": ("n", "n"), "a": ("n",), "b": ("n",)}, "-outer(inv(A).T @ a, inv(A) @ b)"),  # 61
    ("sum(x*y)/norm(x)", "x", {"x": ("n",), "y": ("n",)}, "(y - (x @ y)*x/(x @ x))/norm(x)"),
    ("sqrt(x**2 + y**2)", "x", {}, "x/sqrt(x**2 + y**2)"),
    ("1/(2*x)", "x", {}, "-1/(2*x**2)"),
    ("1 - x", "x", {}, "-1"),
    ("sum(A)", "A", {"A": ("m", "n")}, "ones(m, n)"),
    ("sum(A@x)", "x", {"A": ("m", "n"), "x": ("n",)}, "sum(A, dim=0)"),
    # ones are left out where broadcasting puts them in: of the generalised Kullback-Leibler divergence
    (
        "sum(V*log(V/(W@H)) - V + W@H)",
        "H",
        {"V": ("m", "n"), "W": ("m", "k"), "H": ("k", "n")},
        "W.T @ (1 - V/(W @ H))",
    ),
    ("sum(w*x)/sum(w)", "w", {"w": ("n",), "x": ("n",)}, "(x - w @ x/sum(w))/sum(w)"),
    ("logdet(A + outer(x, x))", "x", X, "(inv(A + outer(x, x)) + inv(A + outer(x, x)).T) @ x"),
    # a long part that repeats has a name of its own
    (
        "trace(inv(A + X.T@C@X)@X.T@B@X)",  # 127, without symmetric ones
        "X",
        {"X": ("n", "m"), "A": ("m", "m"), "C": ("n", "n"), "B": ("n", "n")},
        "P = inv(A + X.T @ C @ X); (B - C @ X @ P @ X.T @ B) @ X @ P + (B - B @ X @ P @ X.T @ C).T @ X @ P.T",
    ),
    ("trace(A)**2", "A", X, "2*trace(A)*eye(n)"),
]


@pytest.mark.parametrize(("function", "wrt", "shapes", "expected"), GRADIENTS)
def test_a_gradient_reads_as_people_write_it(function: str, wrt: str, shapes: dict, expected: str):
    sizes = {size: 10**9 for shape in shapes.values() for size in shape}
    assert closed_form(parse(function, sizes=sizes), "grad", [wrt], shapes).text == expected
