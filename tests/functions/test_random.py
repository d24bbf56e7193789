"""Random functions at random scales: the right gradient is accepted, a wrong one refuted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from gradcli.foreign.compare import check_functions

SHAPES: tuple[tuple[Callable[..., Any], Callable[..., Any]], ...] = (
    (np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda z: 1 / np.cosh(z) ** 2), (np.square, lambda z: 2 * z),
    (lambda z: z**3, lambda z: 3 * z**2), (lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z))),
    (np.abs, np.sign), (lambda z: 1 / (1 + z * z), lambda z: -2 * z / (1 + z * z) ** 2),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_random_functions_at_random_scales(seed: int) -> None:
    """The right gradient is accepted; with one entry off by a thousandth, or a factor of -1 or 2, it is refuted."""
    random = np.random.default_rng(seed)
    size, count, scale = int(random.integers(1, 6)), int(random.integers(1, 4)), 10.0 ** random.integers(-6, 5)
    chosen = [SHAPES[k] for k in random.integers(0, len(SHAPES), count)]
    A, b, c = random.normal(size=(count, size)) / scale, random.normal(size=count), random.normal(size=count) * 1e3
    x = random.normal(size=size) * scale

    def f(x: Any) -> float:  # Any: arrays
        return float(sum(c[k] * shape(A[k] @ x + b[k]) for k, (shape, _) in enumerate(chosen)))

    def g(x: Any) -> Any:  # Any: arrays
        return sum(c[k] * slope(A[k] @ x + b[k]) * A[k] for k, (_, slope) in enumerate(chosen))

    worst = int(np.argmax(np.abs(g(x))))
    (right,) = check_functions(f, g, {"x": x}, seed=seed)
    assert right.conclusion == "agrees", (seed, right)
    (slip,) = check_functions(f, lambda x: g(x) * (1 + 1e-3 * (np.arange(size) == worst)), {"x": x}, seed=seed)
    assert slip.conclusion == "refuted", (seed, slip)
    for factor, kind in ((-1, "sign"), (0.5, "factor")):
        (wrong,) = check_functions(f, lambda x, factor=factor: factor * g(x), {"x": x}, seed=seed)
        assert wrong.conclusion == "refuted", (seed, wrong)
        assert wrong.diagnosis is not None, (seed, wrong)
        assert wrong.diagnosis.kind == kind, (seed, wrong)


@pytest.mark.parametrize("seed", range(10))
def test_random_functions_by_torch(seed: int) -> None:
    random = np.random.default_rng(seed)
    A, x = torch.tensor(random.normal(size=(3, 4))), random.normal(size=4)

    def f(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(A @ x)

    def g(x: torch.Tensor) -> torch.Tensor:
        return (1 - torch.tanh(A @ x) ** 2)[:, None] * A

    (right,) = check_functions(f, g, {"x": x}, seed=seed, points=3)
    assert (right.conclusion, right.kind, right.points) == ("agrees", "jacobian", 3)
    assert right.digits is not None
    assert right.digits > 13
    (wrong,) = check_functions(f, lambda x: g(x).T, {"x": x}, seed=seed)
    assert (wrong.conclusion, wrong.diagnosis and wrong.diagnosis.kind) == ("refuted", "transpose")
