"""Reference derivatives to 40 digits: every entry runs and agrees, or its verdict says why it cannot."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from places import CORPUS

import gradcli

if not CORPUS.is_dir():
    pytest.skip("the corpus of references is not beside this checkout", allow_module_level=True)

# What the verdict may be at a boundary point, by the corpus' classification of it.
BOUNDARY = {
    "number": {"agrees", "trap", "singular"},  # singular: removable, since the function as written has no value there
    "kink": {"convention"},
    "vertical": {"singular"},
    "one_sided": {"agrees", "trap"},
    "undefined": {"singular"},
}

TOLERANCE = 1e-12
WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def entries(name: str) -> list[Any]:  # Any: pytest's parameters
    lines = map(json.loads, (CORPUS / f"{name}.jsonl").read_text().splitlines())
    return [pytest.param(entry, id=entry["id"]) for entry in lines]


def number(value: Any) -> float:
    return WORDS[value] if isinstance(value, str) else float(value)


def relative_error(ours: Any, truth: Any) -> float:
    a, b = np.ravel(np.asarray(ours, dtype=float)), np.ravel(np.asarray(truth, dtype=float))
    assert a.shape == b.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.where(a == b, 0.0, abs(a - b) / np.where(b == 0, 1.0, abs(b)))
    return float(np.max(errors, initial=0.0))


def assert_agrees(result: gradcli.Result, ours: dict[str, Any], truth: dict[str, Any], conditioning: float) -> None:
    """The numbers are right to twelve digits, or to what the conditioning allows, or the verdict says that they are not."""
    assert result.check.verdict in {"agrees", "rounding", "trap"}, result.check
    error = max(relative_error(ours[name], truth[name]) for name in truth)
    if result.check.verdict == "agrees":
        assert error <= max(TOLERANCE, 100 * conditioning), (error, conditioning)
    elif error > TOLERANCE:
        assert result.check.notes


@pytest.mark.generated(share=1 / 2)
@pytest.mark.parametrize("entry", entries("scalars"))
def test_scalars(entry: dict[str, Any]) -> None:
    point = {entry["var"]: number(entry["point"]), **{k: number(v) for k, v in (entry.get("params") or {}).items()}}
    result = gradcli.grad(entry["expr"], point, wrt=entry["var"], check_time=20)
    if entry.get("status"):
        assert result.check.verdict in BOUNDARY[entry["status"]], result.check
        return
    conditioning = float(entry.get("torch64_rel_err") or 0.0)
    assert_agrees(result, dict(result.derivative or {}), {entry["var"]: number(entry["derivative"])}, conditioning)


@pytest.mark.generated(share=1 / 2)
@pytest.mark.parametrize("entry", entries("feynman"))
def test_feynman(entry: dict[str, Any]) -> None:
    result = gradcli.grad(entry["expr"], entry["vars"], check_time=20)
    assert_agrees(result, dict(result.derivative or {}), entry["grad"], float(entry["torch64_rel_err"]))


@pytest.mark.generated(share=1 / 2)
@pytest.mark.parametrize("entry", entries("optimisation"))
def test_optimisation(entry: dict[str, Any]) -> None:
    compute = gradcli.jacobian if "layout" in entry else gradcli.grad
    result = compute(entry["expr"], entry["values"], wrt=entry["wrt"], check_time=20)
    assert_agrees(result, dict(result.derivative or {}), entry["grad"], float(entry["torch64_rel_err"]))
    for name, block in entry.get("hess", {}).items():
        result = gradcli.hessian(entry["expr"], entry["values"], wrt=name, check_time=20)
        ours = {name: (result.derivative or {})[name][name]}
        assert_agrees(result, ours, {name: block}, float(entry["torch64_hess_rel_err"]))


def test_the_comparison_sees_a_wrong_number() -> None:
    result = gradcli.grad("x**2", {"x": 3.0})
    assert_agrees(result, {"x": 6.0}, {"x": 6.0}, 0.0)
    with pytest.raises(AssertionError):
        assert_agrees(result, {"x": 6.0}, {"x": 6.0000001}, 0.0)
