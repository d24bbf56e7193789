"""The JSON output is what gradcli/schema.json says."""

from __future__ import annotations

import json
from math import nan
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from runner import run

import gradcli

SCHEMA = json.loads((Path(gradcli.__file__).parent / "schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

RESULTS: dict[str, Any] = {
    "scalar": lambda: gradcli.grad("x**2", {"x": 3.0}),
    "not finite": lambda: gradcli.grad("1/x", {"x": 0.0}),
    "kink": lambda: gradcli.grad("relu(x)", {"x": 0.0}),
    "unused": lambda: gradcli.grad("x", {"x": 1.0, "y": 2.0}, allow_unused=True),
    "formula": lambda: gradcli.hessian("x*y"),
    "product": lambda: gradcli.jacobian("x**2", {"x": [1.0, 2.0]}, jvp="1,1"),
    "blocks": lambda: gradcli.hessian("x*sum(v)", {"x": 1.0, "v": [1.0, 2.0]}),
    "sparse": lambda: gradcli.jacobian("x[1:]*y", {"x": [1.0, 2.0, 3.0], "y": 2.0}, sparse=True),
    "sparse blocks": lambda: gradcli.hessian("sum(cumsum(x)**3)*y", {"x": [1.0, 2.0], "y": 2.0}, sparse=True),
    "sparse and not finite": lambda: gradcli.jacobian("log(x)", {"x": 0.0}, sparse=True),
    "unchecked": lambda: gradcli.grad("x", {"x": 1.0}, check="off"),
    "half": lambda: gradcli.grad("x", {"x": 1.0}, dtype="bfloat16", seed=7),
    "table": lambda: gradcli.grad_table("x**2", {"x": [1.0, 3.0]}),
    "table with failures": lambda: gradcli.hessian_table("y*log(x)", {"x": [1.0, 0.0, -1.0, nan]}, values={"y": 2.0}),
    "table of vectors": lambda: gradcli.jacobian_table("x**2", {"x": [[1.0, 2.0], [3.0, 4.0]]}),
    "table on kinks": lambda: gradcli.grad_table("relu(x)", {"x": [0.0, 1.0]}),
    "table unchecked": lambda: gradcli.grad_table("x**2", {"x": [1.0]}, check="off"),
    "table of no rows": lambda: gradcli.grad_table("x**2", {"x": []}),
    "claim in a table": lambda: gradcli.check_table("x**2", "slope", {"x": [1.0, 2.0], "slope": [2.0, 5.0]}),
    "explanation": lambda: gradcli.explain("x**2", {"x": [1.0, 2.0]}),
    "explained formula": lambda: gradcli.explain("x**2"),
    "error": lambda: gradcli.explain_error(
        'File "a.py", line 3\nRuntimeError: grad can be implicitly created only for scalar outputs'
    ),
    "unknown error": lambda: gradcli.explain_error("KeyError: 'x'"),
    "errors": gradcli.error_catalogue,
    "every section": lambda: gradcli.explain("sum(x**2)", {"x": [1.0, 2.0]}, show="all"),
    "every section without values": lambda: gradcli.explain("x**2", show="all"),
    "one section": lambda: gradcli.explain("x**2", {"x": 1.0}, show="memory"),
    "proved": lambda: gradcli.check("x**2", "2*x"),
    "refuted": lambda: gradcli.check("x**3", {"x": "x**2"}),
    "refuted by shape": lambda: gradcli.check("sum(X @ w)", "X @ w", wrt="w", shape={"X": "n,d", "w": "d"}),
    "derivation": lambda: gradcli.check_steps("d(x**2)/d(x) = 2*x*diff(x, x)\n = x*2\n = x + 1\n = 1 + x"),
    "undecided": lambda: gradcli.check("log(x)", "1/x", where="x < 0"),
    "no number": lambda: gradcli.check("x**2", "0/0 + x", {"x": 1.0}),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results(name: str) -> None:
    printed = json.dumps(RESULTS[name]().to_dict(), allow_nan=False)
    VALIDATOR.validate(json.loads(printed))


@pytest.mark.parametrize("expression", ["2x", "y", "x["])
def test_errors(expression: str) -> None:
    with pytest.raises(gradcli.GradcliError) as raised:
        gradcli.grad(expression, {"x": 1.0})
    VALIDATOR.validate(raised.value.to_dict())


@pytest.mark.parametrize(
    "argv", [("grad", "x**2", "x=3"), ("grad", "x**2"), ("check", "x**2", "3*x"), ("explain", "x", "x=1")]
)
def test_events_tell_of_steps_within_steps(argv: tuple[str, ...]) -> None:
    events = [json.loads(line) for line in run([*argv, "--log", "json"]).stderr.splitlines() if line.startswith("{")]
    for event in events:
        VALIDATOR.validate(event)
    whole = {event["event"]: event["ms"] for event in events}
    assert list(whole)[-1] == argv[0]
    assert whole[argv[0]] >= max(ms for name, ms in whole.items() if name.count("/") == 1)
    assert len(whole) > 3


@pytest.mark.parametrize(
    ("field", "wrong"), [("verdict", "fine"), ("digits", "many"), ("notes", "none"), ("total", -1)]
)
def test_the_schema_refuses_what_is_wrong(field: str, wrong: Any) -> None:
    made = gradcli.grad("x**2", {"x": 3.0}).to_dict()
    made["check"][field] = wrong
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(made)


def test_the_contracts_example_is_this_very_object() -> None:
    assert gradcli.grad("x**2", {"x": 3.0}).to_dict() == {
        "schema": "gradcli/1", "command": "grad", "expression": "x**2", "read_as": "x**2", "wrt": ["x"], "value": 9.0,
        "derivative": {"x": 6.0}, "formula": {"x": "2*x"},
        "check": {"verdict": "agrees", "digits": 15.95, "checked": 1, "total": 1, "reference": "sympy", "notes": []},
        "device": "cpu", "dtype": "float64", "seed": 0,
    }  # fmt: skip
