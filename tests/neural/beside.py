"""torch itself beside a text: its value, and its slopes by its own backward pass."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

import gradcli

Values = Mapping[str, np.ndarray]


def drawn(**shapes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Numbers of these shapes, no two alike."""
    source = np.random.default_rng(3)
    return {name: source.normal(size=shape) for name, shape in shapes.items()}


def assert_as_torch(text: str, values: Values, *, agrees: bool = True, fixed: Sequence[str] = ()) -> None:
    """Value, shape and slopes are torch's, and the check is certain; whole numbers are not differentiated.

    agrees: False where a kink is met, at which torch takes one side
    fixed:  names of what torch differentiates nothing in
    """
    given = {name: x for name, x in values.items() if re.search(rf"(?<![\w.]){name}(?!\w)", text)}
    leaves = {
        name: torch.tensor(x).requires_grad_(x.dtype.kind == "f" and name not in fixed) for name, x in given.items()
    }
    names = {"torch": torch, "F": torch.nn.functional, "inf": math.inf, **leaves}
    value = eval(text, names)  # noqa: S307 - the texts of the tests
    weights = np.cos(1 + np.arange(value.numel())).reshape(tuple(value.shape)) if value.ndim else np.ones(())
    wrt = {name: x for name, x in leaves.items() if x.requires_grad}
    slopes = torch.autograd.grad(
        value, list(wrt.values()), torch.tensor(weights), allow_unused=True, materialize_grads=True
    )
    options: dict[str, Any] = {"grad_outputs": weights.tolist()} if value.ndim else {}
    found = gradcli.grad(text, given, wrt=list(wrt), allow_unused=True, materialize_grads=True, **options)
    assert np.shape(found.value) == tuple(value.shape)
    np.testing.assert_allclose(np.asarray(found.value), value.detach().numpy(), rtol=1e-11, atol=1e-12)
    for name, slope in zip(wrt, slopes, strict=True):
        np.testing.assert_allclose(np.asarray(found.derivative[name]), slope.numpy(), rtol=1e-9, atol=1e-11)
    assert found.check.verdict == ("agrees" if agrees else "convention"), found.check
