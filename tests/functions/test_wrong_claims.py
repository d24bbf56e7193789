"""Gradients that are wrong are refuted, the mistake is named, and what is suggested is right."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from functions.cases import WRONG
from functions.comparing import Compare

from gradcli.foreign.compare import check_functions
from gradcli.foreign.load import load
from gradcli.inputs.values import read_bindings


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_claim_is_refuted_and_the_mistake_named(name: str, compare: Compare) -> None:
    source, at, kind, text, suggestion = WRONG[name]
    (result,) = compare(source, **at)
    assert result.conclusion == "refuted"
    assert result.diagnosis is not None, result
    assert result.diagnosis.kind == kind
    assert text in result.diagnosis.text
    assert suggestion is None or result.diagnosis.suggestion == suggestion
    assert result.digits is None
    assert result.counterexample is not None


@pytest.mark.parametrize("name", [name for name, row in WRONG.items() if row[4]])
def test_the_suggestion_is_right(name: str, compare: Compare, module: Callable[..., str]) -> None:
    """The corrected formula, put into the user's file as a function, is accepted."""
    source, at, _, _, suggestion = WRONG[name]
    (call,) = (part for part in ("g(w, X)", "g(x)") if part in suggestion)
    fixed = source.replace("def g(", "def old(") + f"\ndef g({call[2:]}: return {suggestion.replace('g(', 'old(')}"
    options = {"wrt": ["w"]} if "w" in at else {}
    (result,) = compare(fixed, **at, options=options)
    assert result.conclusion == "agrees", result


def test_a_factor_at_one_point_only_is_not_called_a_factor(compare: Compare) -> None:
    """x**3 at 2: the claim 4x = 8 is 2/3 of 12 there, and elsewhere not."""
    (result,) = compare("def f(x): return x**3\ndef g(x): return 4 * x", x=2.0)
    assert (result.conclusion, result.diagnosis) == ("refuted", None)


def test_a_transpose_at_a_symmetric_point_only(compare: Compare) -> None:
    """At a symmetric x, minus and transpose cannot be mixed up: the two points near by decide."""
    source = "def f(x): return (x @ x).trace()\ndef g(x): return 2 * x"
    (right,) = compare(source.replace("2 * x", "2 * x.T"), x=[[1.0, 2.0], [2.0, 5.0]])
    assert right.conclusion == "agrees"
    (here,) = compare(source, x=[[1.0, 2.0], [2.0, 5.0]])
    assert here.conclusion == "agrees"
    (wrong,) = compare(source, x=[[1.0, 2.0], [2.0, 5.0]], options={"points": 3})
    assert (wrong.conclusion, wrong.points) == ("refuted", 2)
    assert wrong.diagnosis is not None
    assert wrong.diagnosis.kind == "transpose"
    assert wrong.counterexample is not None
    assert wrong.counterexample.at["x"] != [[1.0, 2.0], [2.0, 5.0]]


def test_one_array_for_two_variables(compare: Compare) -> None:
    source = "def f(x, y): return (x * y).sum()\ndef g(x, y): return np.concatenate([y, x])"
    at = {"x": [1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0]}
    for result in compare(source, **at, options={"wrt": ["x", "y"]}):
        assert result.conclusion == "refuted"
        assert str(result.diagnosis) == "shape: one array of shape (6,), where each of x (3,), y (3,) needs its own"


def test_the_counterexample_has_the_worst_component(compare: Compare) -> None:
    source = (
        "def f(x): return (x**3).sum()\ndef g(x):\n    d = 3 * x**2\n    d[1] *= 1.5\n    d[2] *= 1.01\n    return d"
    )
    (result,) = compare(source, x=[1.0, 2.0, 100.0])
    found = result.counterexample
    assert found is not None
    assert (found.component, found.claimed, found.true) == ((1,), 18.0, 12.0)
    assert found.at == {"x": [1.0, 2.0, 100.0]}
    (result,) = compare("def f(x): return [x[0], x[1]**2]\ndef g(x): return [[1, 0], [0, 3 * x[1]]]", x=[1.0, 2.0])
    assert result.counterexample is not None
    assert result.counterexample.component == (1, 1)


def test_the_command_replays_it(module: Callable[..., str]) -> None:
    path = module(
        "def f(x, some): return (x * some).sum()\ndef g(x, some): return {'x': 2 * some}", "two words/it's.py"
    )
    f, g, values = f"{path}:f", f"{path}:g", {"x": np.array([[1 / 3, -2e-300]]), "some": np.array(1e22)}
    options: dict[str, Any] = {"wrt": ["x"], "kind": "grad"}  # Any: check_functions' arguments
    (result,) = check_functions(load(f), load(g), values, python=f, against=g, **options)
    assert result.counterexample is not None
    command = shlex.split(result.counterexample.command)
    assert command[:6] == ["gradcli", "check", "--python", f, "--against", g]
    assert command[6::2] == ["--at", "--at", "--wrt", "--kind"]
    assert command[-3:] == ["x", "--kind", "grad"]
    read = read_bindings([command[7], command[9]], seed=0, stdin=BytesIO())
    assert all(np.array_equal(read[name], values[name]) for name in values)
    again = check_functions(load(command[3]), load(command[5]), read, python=f, against=g, **options)
    assert again == (result,)


def test_a_point_too_long_for_a_shell_has_no_command() -> None:
    values = {"x": np.linspace(0.1, 1, 20_000)}
    (result,) = check_functions(lambda x: (x**2).sum(), lambda x: x, values)
    assert result.counterexample is not None
    assert result.counterexample.command == ""
    assert len(result.counterexample.at["x"]) == 20_000
