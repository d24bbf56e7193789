"""The table of closed forms counts what it is shown, and what peers document comes out as it stands there, or shorter."""

from __future__ import annotations

import pytest
from forms import cookbook
from forms.asked import Asked, asked
from forms.table import Came, came, exceptions, row
from places import CORPUS

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
    [("sum(concat(x, y)**2)", {"x": ("n",), "y": ("m",)}), ("trace(matrix_exp(x))", {"x": ("n", "n")})],
)
def test_rules_with_letters_of_sizes_are_read(function: str, shapes: dict[str, tuple[str | int, ...]]) -> None:
    found = came(Asked("made", function, function, "grad", "x", shapes))
    assert (found.why, found.verdict in {"proved", "agrees"}) == ("", True)
