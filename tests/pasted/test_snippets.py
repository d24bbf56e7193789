"""Pasted as they are: value and derivative are those of torch or numpy, which run the same lines."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from pasted.snippet import Snippet
from pasted.snippets import SNIPPETS

import gradcli
from gradcli.commands.results import Result

# What is left unchecked, and why: the distance of a point from itself is 0, where the root has no slope to enclose.
UNCHECKED = {"a Gaussian process in torch": "too few to enclose it"}
STEP = 1e-4  # of differences, relative to the size of a value


class norm:  # noqa: N801 - scipy's name, of which scripts use the one function
    @staticmethod
    def cdf(x: float) -> float:
        return 0.5 * math.erfc(-x / math.sqrt(2))


def logsumexp(a: Any, axis: int | None = None, keepdims: bool = False) -> Any:  # Any: arrays, here and below
    """scipy's, of which scripts use the one function."""
    top = np.max(a, axis=axis, keepdims=True)
    found = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    return found if keepdims else np.squeeze(found, axis)


OF_SCIPY: dict[str, Any] = {
    "norm": norm,
    "logsumexp": logsumexp,
    "gammaln": np.vectorize(math.lgamma),
    "expit": lambda x: 1 / (1 + np.exp(-x)),
}


def python_of(text: str) -> str:
    """The lines as the body of a function that returns the last value."""
    *before, last = textwrap.dedent(text).strip().split("\n")
    while sum(map(last.count, "([")) != sum(map(last.count, ")]")):  # a value of several lines
        last = f"{before.pop()}\n{last}"
    last = re.sub(r"\A(?:return\b|[A-Za-z]\w*\s*=(?!=))", "", last)
    body = "\n".join([*before, f"return {last.strip()}"])
    return f"def function({{}}):\n{textwrap.indent(body, '    ')}"


def run(snippet: Snippet, values: Mapping[str, Any]) -> Any:  # Any: numbers, arrays, tensors
    room: dict[str, Any] = {"torch": torch, "F": torch.nn.functional, "np": np, "jnp": np, "math": math, **OF_SCIPY}
    exec(python_of(snippet.text).format(", ".join(values)).replace("{}", ""), room)  # noqa: S102 - the snippets
    return room["function"](**values)


def by_torch(snippet: Snippet) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    values = {
        name: torch.tensor(value) if isinstance(value, np.ndarray) else value for name, value in snippet.values.items()
    }
    for name in snippet.wrt:
        values[name] = torch.as_tensor(values[name], dtype=torch.float64).requires_grad_()
    torch.set_default_dtype(torch.float64)
    try:
        value = run(snippet, values)
    finally:
        torch.set_default_dtype(torch.float32)
    slopes = torch.autograd.grad(value.sum(), [values[name] for name in snippet.wrt])
    return value.detach().numpy(), {name: slope.numpy() for name, slope in zip(snippet.wrt, slopes, strict=True)}


def by_differences(snippet: Snippet) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    def moved(name: str, place: int, by: float) -> float:
        there = np.array(snippet.values[name], dtype=float)
        there.reshape(-1)[place] += by
        return float(np.sum(run(snippet, {**snippet.values, name: there if there.ndim else float(there)})))

    slopes = {}
    for name in snippet.wrt:
        at = np.asarray(snippet.values[name], dtype=float)
        steps = STEP * np.maximum(np.abs(at), 1e-9 if not at.ndim else 1.0).reshape(-1)
        found = [(8 * (moved(name, k, h) - moved(name, k, -h)) - moved(name, k, 2 * h) + moved(name, k, -2 * h)) / (12 * h)
                 for k, h in enumerate(steps)]  # fmt: skip
        slopes[name] = np.array(found).reshape(at.shape)
    return np.asarray(run(snippet, snippet.values)), slopes


@pytest.mark.generated(share=1 / 5)
@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.name)
def test_a_pasted_snippet_runs(snippet: Snippet) -> None:
    of_torch = re.search(r"torch\.|\bF\.\w+\(|\.pow\(", snippet.text) is not None
    value, slopes = (by_torch if of_torch else by_differences)(snippet)
    found: Result = gradcli.grad(
        snippet.text, snippet.values, wrt=snippet.wrt, reduce="sum" if value.ndim else None, check_time=100
    )
    close = 1e-12 if of_torch else 1e-7
    np.testing.assert_allclose(found.value, value.sum(), rtol=1e-12, atol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(found.derivative[name], slope, rtol=close, atol=close * np.abs(slope).max())
    if snippet.name in UNCHECKED:
        assert UNCHECKED[snippet.name] in str(found.check.notes)
    else:
        assert found.check.verdict in {"agrees", "rounding"}


def test_there_are_a_hundred_and_thirty() -> None:
    assert len({snippet.name for snippet in SNIPPETS}) >= 130
    assert {snippet.name for snippet in SNIPPETS} >= UNCHECKED.keys()
