"""Terms of the index calculus in matrix notation: entries alone, unit vectors, small arrays written out, einsum."""

from __future__ import annotations

import pytest

from gradcli.closed.notation.form import closed_form
from gradcli.language.parse import parse

# kind, function, variable, shapes -> derivative, by hand
FORMS = [
    ("grad", "x[0]**2 + x[0]*x[1]", "x", {"x": (2,)}, "[x[1] + 2*x[0], x[0]]"),  # of two entries: both
    ("grad", "x[0]**2", "x", {"x": ("n",)}, "2*x[0]*eye(n)[0]"),  # of n: a unit vector
    ("grad", "M[1,2]**2", "M", {"M": (2, 3)}, "[[0, 0, 0], [0, 0, 2*M[1, 2]]]"),
    ("grad", "M[1,2]", "M", {"M": ("n", "m")}, "outer(eye(n)[1], eye(m)[2])"),
    ("grad", "A[0]@x", "x", {"A": ("m", "n"), "x": ("n",)}, "A[0]"),
    ("grad", "sum(A[:,1]*x)", "A", {"A": ("m", "n"), "x": ("m",)}, "outer(x, eye(n)[1])"),
    ("jacobian", "[u[0]*y, sin(u[1])]", "u", {"u": (2,)}, "[[y, 0], [0, cos(u[1])]]"),  # a Jacobian
    ("grad", "x[0]", "x", {"x": (1000,)}, "eye(1000)[0]"),  # too many to write out
    ("jacobian", "A@X@B", "X", {"A": ("m", "n"), "X": ("n", "p"), "B": ("p", "q")}, "einsum('ij,kl->iljk', A, B)"),
    ("jacobian", "A@x", "x", {"A": ("m", "n"), "x": ("n",)}, "A"),
    # axes of size 1, of columns and of what keeps its axes, are there again in the end
    ("hessian", "sum(w*x**2)", "x", {"w": ("n", 1), "x": ("n", 1)}, "2*diag(w[:, 0])[:, None, :, None]"),
    ("hessian", "sum(w*(x - y))", "y", {"w": ("n", "m"), "x": ("m",), "y": ("n", 1)}, "zeros(n, 1, n, 1)"),
    ("jacobian", "X@a", "a", {"X": ("m", "n"), "a": ("n", 1)}, "X[:, None, :, None]"),
    ("grad", "sum(w*x)", "x", {"w": ("n",), "x": (1,)}, "sum(w, dim=0, keepdim=True)"),
    # sizes that are no letters: of the slices' powers
    ("grad", "sum(W*vander(x, increasing=True))", "x", {"W": ("n", "n"), "x": ("n",)},
     "sum(W[:, 1:]*vander(x, N=n - 1, increasing=True)*arange(1, stop=n), dim=1)"),
    # what is linear on an axis is a product with what it makes of the identity
    ("jacobian", "cumsum(x)", "x", {"x": ("n",)}, "cumsum(eye(n), dim=0)"),
    ("hessian", "sum(np.diff(x)**2)", "x", {"x": ("n",)}, "2*differences(eye(n), dim=0).T @ differences(eye(n), dim=0)"),
    ("jacobian", "X[1:, 0]", "X", {"X": ("m", "n")}, "einsum('ij,k->ijk', eye(m)[1:], eye(n)[0])"),
    ("hessian", "sum(tril(A)**2)", "A", {"A": ("n", "n")}, "2*einsum('ij,ik,jl->ijkl', tril(ones(n, n))**2, eye(n), eye(n))"),
    ("jacobian", "solve(A, b)", "A", {"A": ("n", "n"), "b": ("n",)}, "-einsum('ij,k->jik', inv(A).T, solve(A, b))"),
    ("grad", "sum(cumsum(x)*y)", "x", {"x": ("n",), "y": ("n",)}, "flip(cumsum(flip(y)))"),
    ("grad", "x[4]**2", "x", {"x": ("n",)}, "2*x[4]*eye(n)[4]"),  # of 5 entries at least
    # words of the rules are none of the answer
    ("grad", "sum((x[1:] - x[:-1])**2)", "x", {"x": ("n",)}, "2*(pad(x[1:] - x[:-1], pad=(1, 0)) - pad(x[1:] - x[:-1], pad=(0, 1)))"),
    ("grad", "sum(X[1:, :-1]**2)", "X", {"X": ("n", "m")}, "2*pad(X[1:, :-1], pad=(0, 1, 1, 0))"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "function", "wrt", "shapes", "expected"), FORMS)
def test_a_derivative_in_matrix_notation(kind: str, function: str, wrt: str, shapes: dict, expected: str):
    sizes = {size: 10**9 for shape in shapes.values() for size in shape if isinstance(size, str)}
    assert (
        closed_form(parse(function, sizes=sizes), kind, [wrt] * (2 if kind == "hessian" else 1), shapes).text
        == expected
    )
