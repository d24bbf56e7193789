"""Closed forms: what is printed for whom, that each is held against the function, and that a wrong one is not printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from gradcli.base.errors import LimitError
from gradcli.closed.notation import question
from gradcli.closed.notation.form import closed_form
from gradcli.closed.notation.names import Naming
from gradcli.closed.notation.question import Form, numbers_of
from gradcli.language import nodes
from gradcli.language.parse import parse, parse_condition
from gradcli.reference.forms import agrees_at_points

Shapes = Mapping[str, tuple[str | int, ...]]
SQUARE: Shapes = {"A": ("n", "n"), "B": ("n", "n"), "C": ("n", "n"), "X": ("n", "n")}
LINEAR: Shapes = {"A": ("m", "n"), "x": ("n",), "b": ("m",)}
LOGISTIC: Shapes = {"X": ("n", "d"), "w": ("d",), "y": ("n",)}
VECTOR: Shapes = {"x": ("n",), "y": ("n",)}


def asked(text: str, wrt: str, shapes: Shapes, kind: str = "grad", where: Sequence[str] = ()) -> Form:
    expression = parse(text, sizes=numbers_of(shapes))
    variables = [wrt] * (2 if kind == "hessian" else 1)
    return closed_form(expression, kind, variables, shapes, list(map(parse_condition, where)), agrees_at_points)


@pytest.mark.parametrize(
    ("text", "wrt", "shapes", "kind", "due"),
    [
        ("trace((A@X@B - C).T@(A@X@B - C))", "X", SQUARE, "grad", "2*A.T @ (A @ X @ B - C) @ B.T"),
        ("sum((A@x - b)**2)", "x", LINEAR, "grad", "2*A.T @ (A @ x - b)"),
        ("sum((A@x - b)**2)", "x", LINEAR, "hessian", "2*A.T @ A"),
        ("log(det(X))", "X", SQUARE, "grad", "inv(X).T"),
        ("softmax(x)", "x", VECTOR, "jacobian", "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
        ("logsumexp(x)", "x", VECTOR, "hessian", "diag(softmax(x)) - outer(softmax(x), softmax(x))"),
        ("sum(log(1 + exp(-y*(X@w))))", "w", LOGISTIC, "grad", "-X.T @ (y*sigmoid(-y*(X @ w)))"),
        ("norm(x)", "x", VECTOR, "grad", "x/norm(x)"),
        ("A@x", "x", LINEAR, "jacobian", "A"),
        ("sum(relu(x))", "x", VECTOR, "grad", "where(x > 0, 1, 0)"),
        ("x**p", "x", {}, "grad", "p*x**(p - 1)"),
    ],
)
def test_a_person_would_write_it_so(text: str, wrt: str, shapes: Shapes, kind: str, due: str) -> None:
    found = asked(text, wrt, shapes, kind)
    assert (found.text, found.error) == (due, 0.0)
    assert "index form" in found.method


@pytest.mark.parametrize(
    ("text", "wrt", "shapes"),
    [
        ("sum(cumsum(x)**2)", "x", VECTOR),
        ("max(x)", "x", VECTOR),
        ("sum(sort(x)*y)", "x", VECTOR),
        ("prod(x)", "x", VECTOR),
        ("sum(x[1:]*x[:-1])", "x", VECTOR),
    ],
)
def test_what_index_form_has_no_words_for_is_held_otherwise(text: str, wrt: str, shapes: Shapes) -> None:
    found = asked(text, wrt, shapes)
    assert found.method.startswith(("residues at", "points at"))


PICKED = "where(k[:, None] == arange(n), 1, 0)"
TAPS = "where(arange(n)[:, None] + arange(m) == arange(-1+m+n)[:, None, None], 1, 0)"
BATCHES: Shapes = {"x": ("b", "n", "m"), "y": ("b", "m", "k")}
CHANNELS: Shapes = {"x": (1, 3, 9), "w": (2, 3, 2)}
ATTENTION: Shapes = {"q": (1, "n", "m"), "k": (1, "n", "m"), "v": ("m", "n", "n"), "w": ("m", "n", "n")}


@pytest.mark.parametrize(
    ("text", "wrt", "shapes", "kind", "due"),
    [
        ("sort(x)", "x", VECTOR, "jacobian", "where(argsort(x)[:, None] == arange(n), 1, 0)"),
        ("sort(x)@y", "x", VECTOR, "hessian", "zeros(n, n)"),
        ("gather(x, 0, k)", "x", {"x": ("n",), "k": ("m",)}, "jacobian", PICKED),
        ("scatter_add(y, 0, k, x)", "x", {"x": ("m",), "y": ("n",), "k": ("m",)}, "jacobian", f"{PICKED}.T"),
        ("scatter_add(x, 0, k, y)", "x", {"x": ("n",), "y": ("m",), "k": ("m",)}, "jacobian", "eye(n)"),
        ("convolve(x, y)", "x", {"x": ("n",), "y": ("m",)}, "jacobian", f"einsum('i,jki->jk', y, {TAPS})"),
        ("sum(bmm(x, y)**2)", "x", BATCHES, "grad", "2*einsum('ijk,ilk->ijl', x @ y, y)"),
        ("sum(einsum('iij->ij', x)**3)", "x", {"x": ("n", "n", "k")}, "grad",
         "3*einsum('ij,ik->ikj', einsum('iij->ij', x**2), eye(n))"),
        ("sum(einsum('abcd,cd->ab', y, x)**2)", "x", {"x": (4, 5), "y": (2, 3, 4, 5)}, "hessian",
         "2*einsum('ijkl,ijmn->klmn', y, y)"),
        ("sum(x**2*transpose(x, 0, 1)**2)", "x", {"x": ("n", "n", "k")}, "hessian",
         "8*einsum('ijk,jl,im,kn->ijklmn', x*einsum('ijk->jik', x), eye(n), eye(n), eye(k)) + "
         "4*einsum('ijk,jl,im,kn->jiklmn', x**2, eye(n), eye(n), eye(k))"),
        ("trace(y@matrix_exp(X))", "X", {"X": ("n", "n"), "y": ("n", "n")}, "grad",
         "matrix_exp(block(X.T, y.T, zeros_like(X), X.T, columns=2))[:n, n:]"),
    ],
)  # fmt: skip
def test_what_is_linear_is_a_product(text: str, wrt: str, shapes: Shapes, kind: str, due: str) -> None:
    assert asked(text, wrt, shapes, kind).text == due


@pytest.mark.parametrize(
    ("text", "wrt", "shapes", "kind"),
    [
        ("sum(conv1d(x, w)**2)", "x", CHANNELS, "hessian"),
        ("sum(conv1d(x, w, None, 2, 1, 2)**2)", "w", CHANNELS, "hessian"),
        ("sum(conv_transpose1d(x, w)**3)", "x", {"x": (2, 3), "w": (2, 1, 2)}, "hessian"),
        ("quantile(x, 0.3)**2", "x", {"x": (4,)}, "hessian"),
        ("sum(w*scaled_dot_product_attention(q, k, v))", "q", ATTENTION, "grad"),
        ("binary_cross_entropy(x, y)", "x", {"x": ("m", "n"), "y": ("m", "n")}, "hessian"),
    ],
)
def test_a_form_is_there_and_held(text: str, wrt: str, shapes: Shapes, kind: str) -> None:
    found = asked(text, wrt, shapes, kind)
    assert any(name in found.text for name in (wrt, *shapes))
    assert found.method.startswith(("index form", "residues at", "points at"))


def test_shapes_that_differ_at_other_sizes_are_a_refusal() -> None:
    with pytest.raises(LimitError, match="shapes are not read for all sizes"):
        asked("spectral_norm(A)", "A", {"A": ("n", "m")}, "hessian")


def test_a_gradient_of_picked_entries_puts_them_back() -> None:
    found = asked("sort(x)@y", "x", VECTOR)
    assert found.text == "scatter_add(zeros_like(x), dim=-1, index=argsort(x), src=y)"


def test_symmetric_matrices_are_symmetric_after_differentiation() -> None:
    shapes: Shapes = {"S": ("n", "n"), "W": ("n", "k"), "x": ("n",)}
    assert asked("x@S@x", "x", shapes).text == "(S + S.T) @ x"
    assert asked("x@S@x", "x", shapes, where=["S == S.T"]).text == "2*S @ x"
    assert asked("trace(S@S)", "S", shapes, where=["S == S.T"]).text == "2*S"
    assert "S" not in asked("logdet(W.T@W)", "W", shapes).text
    assert asked("logdet(W.T@W)", "W", shapes).text.count("inv") == 1  # W.T@W is symmetric by itself


def test_parts_keep_the_names_that_the_user_gave_them() -> None:
    text = "P = X@A; Q = P@P.T + B; trace(inv(Q))"
    found = asked(text, "X", SQUARE, where=["B == B.T"])
    assert found.text == "P = X @ A; Q = P @ P.T + B; -2*inv(Q) @ inv(Q) @ P @ A.T"
    assert Naming({}).text(nodes.symbol("x"), {"r": parse("x + 1").tree}) == "x"


def test_terms_that_vanish_are_left_out() -> None:
    assert "sum(" not in asked("d = x - mean(x); norm(d)**2", "x", VECTOR).text


def test_a_wrong_form_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rewriting that doubles what it is given."""
    monkeypatch.setattr(question, "simplified", lambda tree, *_: nodes.multiply(nodes.number(2), tree))
    for text in ("sum(x**2)", "sum(cumsum(x)**2)", "max(x)", "sum(sin(x))"):
        with pytest.raises(LimitError):
            asked(text, "x", VECTOR)


def test_points_see_a_form_that_is_wrong_in_one_entry() -> None:
    shapes = {"x": (3,)}
    function, right, wrong = (
        parse(t) for t in ("max(x)*sum(x)", "ones(3)*max(x) + where(x == max(x), 1, 0)*sum(x)", "max(x)")
    )
    assert agrees_at_points(function, right, ["x"], shapes, {})
    assert not agrees_at_points(function, parse("ones(3)*max(x)"), ["x"], shapes, {})
    assert not agrees_at_points(function, wrong, ["x"], shapes, {})
