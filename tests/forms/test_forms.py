"""The table of closed forms counts what it is shown, and what peers document comes out as it stands there, or shorter."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import pytest
from forms import cookbook, every_row
from forms.asked import Asked, Shapes, asked
from forms.table import Came, came, exceptions, row, shares
from places import CORPUS

from gradcli.language.parse import at_sizes, parse
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape
from gradcli.operations.row import Op
from gradcli.operations.table import OPS

SHAPES: dict[str, tuple[str | int, ...]] = {"A": ("n", "n"), "x": ("n",)}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora are not beside this checkout")
def test_each_function_of_a_corpus_is_asked_once() -> None:
    assert [len(asked(name)) for name in ("matrix", "people")] == [70, 123]


def test_a_form_is_held_against_a_persons() -> None:
    forms = [came(Asked("made", "one", "x@A@x", "grad", "x", SHAPES, (), "(A + A.T)@x"))]
    made = row("made", "grad", forms)
    assert (made["printed"], made["accepted"], made["by hand"]) == (1, 1, 1)


def test_what_has_no_form_is_named_with_the_reason() -> None:
    (line,) = exceptions([came(Asked("made", "one", "nothing(x)", "grad", "x", SHAPES))])
    assert line == "made one (grad of nothing(x) in x): no form: unknown function 'nothing'"


@pytest.mark.parametrize("name", ["matrixcalculus", "cookbook"])
def test_what_peers_document_comes_as_one_formula(name: str) -> None:
    assert [one.asked.name for one in map(_came, cookbook.asked(name)) if not one.form] == []


@pytest.mark.parametrize(
    ("function", "shapes", "expected"),
    [
        ("max(x)", {"x": ("n",)}, "P = where(x == max(x), 1, 0); P/sum(P)"),
        (
            "sum(w*amax(x, dim=0))",
            {"x": ("m", "n"), "w": ("n",)},
            "where(x == amax(x, dim=0), w, 0)/sum(where(x == amax(x, dim=0), 1, 0), dim=0)",
        ),
        ("sum(logsumexp(x, dim=0, keepdim=True))", {"x": ("m", "n")}, "softmax(x, dim=0)"),
        ("trace(matrix_exp(x))", {"x": ("n", "n")}, "matrix_exp(x).T"),
        (
            "cross_entropy(x, y)",  # classes are whole numbers
            {"x": ("n", "k"), "y": ("n",)},
            "P = where(unsqueeze(y, dim=1) == arange(k), 1, 0); (softmax(x, dim=1)*sum(P, dim=1, keepdim=True) - P)/sum(P)",
        ),
        (
            "sum(w*gather(x, 0, i))",
            {"x": ("n",), "i": ("m",), "w": ("m",)},
            "scatter_add(zeros_like(x), dim=0, index=i, src=w)",
        ),
    ],
)
def test_words_of_the_rules_are_none_of_the_answer(function: str, shapes: Shapes, expected: str) -> None:
    found = came(Asked("made", function, function, "grad", "x", shapes))
    assert (found.form, found.verdict in {"proved", "agrees"}) == (expected, True)


@pytest.mark.parametrize("op", every_row.differentiable()[::20], ids=lambda op: op.name)
def test_a_row_is_asked_in_letters_or_numbers(op: Op) -> None:
    """Every call has a value of the shape that its weights have."""
    for one in every_row.asked(op):
        numbers = {letter: 2 + k for k, letter in enumerate("mnkp")}
        shapes = {name: tuple(numbers.get(str(n), n) for n in shape) for name, shape in one.shapes.items()}
        program = compile_tree(at_sizes(one.expression, numbers).tree)
        shape = output_shape(program, {name: shapes.get(name, ()) for name in program.names})
        assert one.kind == "jacobian" or prod(shape) == 1


def test_rows_are_counted_by_what_is_printed() -> None:
    forms = [came(one, checked=False) for one in every_row.asked(OPS["outer"])]
    made = shares("products", [*forms, replace(forms[0], form="", asked=replace(forms[0].asked, corpus="other"))])
    assert (made["rows"], made["complete"], made["gradients %"] < 100) == (2, 1, True)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("trace(hessian(sum(x**3), x))", "6*ones(n)"),
        ("sum(jacobian(x**3, x)**2)", "36*x**3"),
        ("sum(diff(sin(x), x)*v)", "-v*sin(x)"),
        ("divergence(x**3, x)", "6*x"),
        ("laplacian(sum(x**4), x)", "24*x"),
        ("sum(vjp(x**3, x, v)**2)", "36*v**2*x**3"),
        ("sum(jvp(x**3, x, v)**2)", "36*v**2*x**3"),
        ("sum(hvp(sum(x**3), x, v)**2)", "72*v**2*x"),
        ("norm(grad(sum(A@x**2), x))**2", "8*x*sum(A, dim=0)**2"),
    ],
)
def test_derivatives_inside_of_formulas_are_formulas(function: str, expected: str) -> None:
    every: Shapes = {"x": ("n",), "v": ("n",), "A": ("m", "n")}
    shapes: Shapes = {name: shape for name, shape in every.items() if name in parse(function).names}
    found = came(Asked("made", function, function, "grad", "x", shapes))
    assert (found.form, found.verdict) == (expected, "proved")


def test_a_third_derivative_has_a_form() -> None:
    found = came(Asked("made", "cubes", "sum(x**4)", "grad", "x", {"x": ("n",)}, times=3), checked=False)
    assert found.form == "24*einsum('i,ij,ik->ijk', x, eye(n), eye(n))"


def test_beyond_what_peers_read_every_function_has_a_form() -> None:
    assert [one.asked.name for one in map(_came, cookbook.asked("beyond")) if not one.form] == []


def _came(one: Asked) -> Came:
    return came(one, checked=False)


def test_columns_are_multiplied_as_matrices() -> None:
    """Index form takes them for vectors; the language has no outer product of columns."""
    shapes: dict[str, tuple[str | int, ...]] = {"a": ("n", 1), "X": ("n", "n"), "b": ("n", 1)}
    found = came(Asked("made", "columns", "a.T@inv(X)@b", "grad", "X", shapes))
    assert (found.form, found.verdict) == ("-inv(X).T @ a @ b.T @ inv(X).T", "proved")


@pytest.mark.parametrize(
    "function", ["var(x)", "std(x)", "sum(where(x > 0, x**2, exp(x)))", "sum(softplus(x))", "mse_loss(x, 0*x)"]
)
def test_sizes_conditions_and_approximations_are_no_obstacle(function: str) -> None:
    assert came(Asked("made", function, function, "grad", "x", {"x": ("n",)})).verdict == "proved"


@pytest.mark.parametrize(
    ("function", "shapes"),
    [
        ("sum(concat(x, y)**2)", {"x": ("n",), "y": ("m",)}),
        ("sum(interp(x, p, f))", {"x": ("n",), "p": ("k",), "f": ("k",)}),
        ("sum(prod_of_others(x, (0, 1)))", {"x": ("n", "m")}),
        ("sum(prod(x, dim=(0, 1)))", {"x": ("n", "m", "k")}),
        ("trace(matrix_exp(x))", {"x": ("n", "n")}),
    ],
)
def test_rules_with_letters_of_sizes_are_read(function: str, shapes: dict[str, tuple[str | int, ...]]) -> None:
    found = came(Asked("made", function, function, "grad", "x", shapes))
    assert (found.why, found.verdict in {"proved", "agrees"}) == ("", True)
