"""A text run by a library itself, and by gradcli: value, and slope in a drawn direction."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from gradcli.autograd import tensors
from gradcli.base.errors import GradcliError
from gradcli.inputs.asking import known_of
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import output_shape

STEP = 1e-4
Values = Mapping[str, np.ndarray]


def gradclis(text: str, values: Values, direction: Values | None) -> tuple[np.ndarray, np.ndarray | None]:
    """gradcli's value of the text, and the slope in a direction of the weighted sum of its entries."""
    expression = parse(text, bound=values, known=known_of(values))
    used = {name: values[name] for name in expression.names}
    program = compile_tree(expression.tree)
    output_shape(program, {name: value.shape for name, value in used.items()}, expression)
    with tensors.session("float64", "cpu"):
        points = {name: torch.tensor(value, requires_grad=True) for name, value in used.items()}
        value = tensors.evaluate(program, points)
        found = value.detach().numpy()
        if direction is None or not value.requires_grad:
            return found, np.zeros_like(found) if direction is not None else None
        weights = weights_of(found)
        slopes = torch.autograd.grad(value, list(points.values()), torch.tensor(weights), allow_unused=True)
        total = sum(
            float((s.numpy() * direction[name]).sum()) for name, s in zip(points, slopes, strict=True) if s is not None
        )
        return found, np.asarray(total)


def weights_of(value: np.ndarray) -> np.ndarray:
    return np.cos(1 + np.arange(value.size, dtype=float)).reshape(value.shape)


def slope_of(function: Callable[[Values], np.ndarray], values: Values, direction: Values) -> np.ndarray:
    """Central differences of the fourth order, in the direction, of the weighted sum of the entries."""

    def at(step: float) -> float:
        value = np.asarray(function({name: v + step * direction[name] for name, v in values.items()}), dtype=float)
        return float((weights_of(value) * value).sum())

    return np.asarray((8 * (at(STEP) - at(-STEP)) - (at(2 * STEP) - at(-2 * STEP))) / (12 * STEP))


def directions(values: Values, seed: int = 17) -> dict[str, np.ndarray]:
    drawn = np.random.default_rng(seed)
    return {name: drawn.normal(size=value.shape) for name, value in values.items()}


def run(text: str, names: Mapping[str, Any], values: Values) -> np.ndarray:
    """The text, run by Python. Any: modules."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(eval(text, {**names, "inf": np.inf, "nan": np.nan, "pi": np.pi, **values}), dtype=float)  # noqa: S307 - tables of texts


def difference(text: str, names: Mapping[str, Any], values: Values, *, slope: bool = True, oracle: str = "") -> str:
    """What gradcli takes otherwise than the library; empty where it takes the same. oracle: the library's own text."""
    direction = directions(values)
    expected = run(oracle or text, names, values)
    found, slopes = gradclis(text, values, direction if slope else None)
    if found.shape != expected.shape:
        return f"{text}: shape {found.shape}, not {expected.shape}"
    if not np.allclose(found, expected, rtol=1e-9, atol=1e-11, equal_nan=True):
        return f"{text}: {found.ravel()[:4]}, not {expected.ravel()[:4]}"
    if not slope or not np.isfinite(expected).all():
        return ""
    wanted = slope_of(lambda there: run(oracle or text, names, there), values, direction)
    if not np.allclose(slopes, wanted, rtol=2e-6, atol=2e-7, equal_nan=True):
        return f"{text}: slope {slopes}, not {wanted}"
    return ""


def refused(text: str, values: Values) -> bool:
    try:
        gradclis(text, values, None)
    except GradcliError:
        return True
    return False


def assert_both_refuse(text: str, names: Mapping[str, Any], values: Values) -> None:
    """The library raises, and gradcli refuses. Any: modules."""
    with pytest.raises(Exception):  # noqa: B017 - whatever the library raises
        run(text, names, values)
    assert refused(text, values), text


def calls(text: str) -> Iterable[str]:
    """The lines of a table."""
    return [line.strip() for line in text.strip().splitlines() if line.strip()]
