"""What other projects' tests differentiate, asked of gradcli, and what an oracle of its own says of it.

Claims are asked of ``gradcli.check``; calls are differentiated by ``gradcli.grad`` or ``jacobian`` and held against the
derivative that the entry gives, or against the library that it calls, run on the same text: torch's own backward pass,
and differences of numpy's values.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from places import CORPUS

import gradcli
from gradcli.base.errors import GradcliError

Entry = Mapping[str, Any]  # Any: JSON values
RIGHT, TOLD, WRONG, REFUSED, CRASHED, UNJUDGED = "right", "told", "wrong", "refused", "crash", "no oracle"
OUTCOMES = (RIGHT, TOLD, WRONG, REFUSED, CRASHED, UNJUDGED)
CLOSE = 1e-6  # of what is given to ten digits; differences have nine
STEP = 1e-4
NUMBERS = {"inf": math.inf, "nan": math.nan, "-inf": -math.inf}
CONSTANT = {"i", "b", "u"}


# Claims that are false, and why: what they say was compared with differences of mpmath's functions.
_ELLIPTIC = "maxima:rtest_elliptic.mac#"
FALSE = {
    **{f"{_ELLIPTIC}{number}": "a factor 1/2 is missing" for number in (16, 20, 24)},
    **{f"{_ELLIPTIC}{number}": "asin(sn(u)) is the amplitude for |u| < K alone" for number in (4, 8, 48)},
    f"{_ELLIPTIC}22": "dn falls between 0 and K: the slope of its inverse is negative",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one entry: ``outcome`` is one of the words above, ``said`` the message or the verdict."""

    entry: Entry
    outcome: str
    said: str = ""

    @property
    def group(self) -> str:
        """Where gradcli fell short once: names, arguments, literal, shape, syntax, answer; nowhere: holds."""
        return str(self.entry.get("class", "holds"))


def peers() -> list[Entry]:
    return [json.loads(line) for line in (CORPUS / "peers.jsonl").read_text().splitlines()]


def asked(entry: Entry) -> Asked:
    """Refusals are GradcliErrors; anything else that is raised is a defect."""
    try:
        return _claimed(entry) if "claim" in entry else _called(entry)
    except GradcliError as error:
        return Asked(entry, REFUSED, f"{error} | {error.hint or ''}")
    except Exception as error:  # noqa: BLE001 - counted, and told by name
        return Asked(entry, CRASHED, repr(error))


# -- claims


def _claimed(entry: Entry) -> Asked:
    again = entry.get("order", 1) - 1  # of one number
    function = f"diff({entry['expr']}, {', '.join([entry['wrt']] * again)})" if again else entry["expr"]
    options: dict[str, Any] = {"wrt": entry["wrt"]}  # Any: gradcli.check's
    options |= {name: entry[name] for name in ("kind", "shape") if name in entry}
    if "where" in entry:
        options["where"] = [entry["where"]] if isinstance(entry["where"], str) else entry["where"]
    if "at" in entry:
        options["at"] = {name: _number(value) for name, value in entry["at"].items()}
    report = gradcli.check(function, entry["claim"], **options)
    verdict = str(report.claims[0].verdict)
    holds, fails = {"proved", "agrees"}, {"refuted"}
    due, wrong = (fails, holds) if entry["id"] in FALSE else (holds, fails)
    return Asked(entry, RIGHT if verdict in due else WRONG if verdict in wrong else TOLD, verdict)


# -- calls


def _called(entry: Entry) -> Asked:
    values, wrt = _values(entry), list(entry["wrt"])
    if "want" in entry:
        found = gradcli.jacobian(entry["expr"], values, wrt=wrt, check="full")
        return _judged(entry, found, {name: _array(want) for name, want in entry["want"].items()}, found.derivative)
    oracle = _from_torch if re.search(r"\btorch\.|\bF\.", entry["expr"]) else _from_numpy
    value, weigh = oracle(entry["expr"], values, wrt)
    if value is None:
        gradcli.jacobian(entry["expr"], values, wrt=wrt)
        return Asked(entry, UNJUDGED)
    weights = np.cos(1 + np.arange(value.size)).reshape(value.shape)
    options = {"grad_outputs": weights.tolist()} if value.ndim else {}
    found = gradcli.grad(entry["expr"], values, wrt=wrt, allow_unused=True, **options)
    wanted = weigh(weights if value.ndim else np.ones(()))
    known = np.asarray(_plain(found.value), dtype=float)
    if known.size != value.size or not np.allclose(
        known.ravel(), value.ravel(), rtol=CLOSE, atol=CLOSE, equal_nan=True
    ):
        return Asked(
            entry, WRONG, f"value {known.ravel()[:4]}, not {value.ravel()[:4]}; shapes {known.shape} {value.shape}"
        )
    return _judged(entry, found, wanted, found.derivative)


def _judged(entry: Entry, found: Any, wanted: Mapping[str, np.ndarray], given: Mapping[str, Any] | None) -> Asked:
    verdict = found.check.verdict if found.check else ""
    if given is None:
        return Asked(entry, TOLD, "a formula in the names that have no value")
    for name, want in wanted.items():
        got = np.asarray(_plain(given[name]), dtype=float) if given[name] is not None else np.zeros(want.shape)
        if got.size != want.size:
            return Asked(entry, WRONG, f"shape {got.shape}, not {want.shape} ({verdict})")
        if not np.allclose(got.ravel(), want.ravel(), rtol=CLOSE, atol=CLOSE, equal_nan=True):
            told = str(verdict) not in {"agrees", "unchecked"}
            at = int(np.argmax(~np.isclose(got.ravel(), want.ravel(), rtol=CLOSE, atol=CLOSE, equal_nan=True)))
            return Asked(
                entry, TOLD if told else WRONG, f"{name}: {got.ravel()[at]}, not {want.ravel()[at]} ({verdict})"
            )
    return Asked(entry, RIGHT, str(verdict))


Weighed = Callable[[np.ndarray], dict[str, np.ndarray]]


def _from_torch(text: str, values: Mapping[str, Any], wrt: list[str]) -> tuple[np.ndarray | None, Weighed]:
    """torch's value of the text and its backward pass: an oracle that shares nothing with gradcli's reading of it."""
    names = {name: _tensor(value, grad=name in wrt) for name, value in values.items()}
    try:
        value = eval(text, {"torch": torch, "F": torch.nn.functional, "inf": math.inf, **names})  # noqa: S307 - corpus
    except (RuntimeError, TypeError, NameError, IndexError, AttributeError):
        return None, dict
    if not isinstance(value, torch.Tensor):
        return None, dict

    def weighed(weights: np.ndarray) -> dict[str, np.ndarray]:
        if not value.requires_grad:
            return {name: np.zeros(names[name].shape) for name in wrt}
        slopes = torch.autograd.grad(
            value,
            [names[name] for name in wrt],
            torch.tensor(weights, dtype=value.dtype).reshape(value.shape),
            allow_unused=True,
            materialize_grads=True,
        )
        return {name: slope.detach().numpy(force=True) for name, slope in zip(wrt, slopes, strict=True)}

    return value.detach().double().numpy(), weighed


def _from_numpy(text: str, values: Mapping[str, Any], wrt: list[str]) -> tuple[np.ndarray | None, Weighed]:
    """numpy's value of the text and differences of it."""

    def value_of(given: Mapping[str, Any]) -> np.ndarray:
        names = {"np": np, "inf": math.inf, **{name: np.asarray(value) for name, value in given.items()}}
        return np.asarray(eval(text, names), dtype=float)  # noqa: S307 - corpus

    try:
        value = value_of(values)
    except Exception:  # noqa: BLE001 - whatever a pasted text does: there is no oracle
        return None, dict

    def weighed(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {
            name: _differences(lambda given: float((weights * value_of(given)).sum()), values, name) for name in wrt
        }

    return value, weighed


def _differences(function: Callable[[Mapping[str, Any]], float], values: Mapping[str, Any], name: str) -> np.ndarray:
    """Central differences of the fourth order."""
    at = np.asarray(values[name], dtype=float)
    slopes = np.zeros(at.size)
    for i in range(at.size):

        def moved(by: float, i: int = i) -> float:
            there = at.copy().ravel()
            there[i] += by
            return function({**values, name: there.reshape(at.shape)})

        slopes[i] = (8 * (moved(STEP) - moved(-STEP)) - (moved(2 * STEP) - moved(-2 * STEP))) / (12 * STEP)
    return slopes.reshape(at.shape)


# -- values


def _values(entry: Entry) -> dict[str, Any]:
    drawn = np.random.default_rng(17)
    values: dict[str, Any] = {}
    for name, shape in entry.get("shape", {}).items():
        values[name] = drawn.normal(size=[int(n) for n in (shape if isinstance(shape, list) else [])])
    for name, value in entry.get("at", {}).items():
        values[name] = _array(value)
    return values


def _number(value: Any) -> Any:
    return (
        [_number(part) for part in value]
        if isinstance(value, list)
        else NUMBERS.get(value, value)
        if isinstance(value, str)
        else value
    )


def _array(value: Any) -> np.ndarray:
    return np.asarray(_number(value))


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _tensor(value: Any, *, grad: bool) -> torch.Tensor:
    array = np.asarray(value)
    tensor = torch.tensor(array if array.dtype.kind in CONSTANT else array.astype(float))
    return tensor.requires_grad_() if grad and array.dtype.kind not in CONSTANT else tensor
