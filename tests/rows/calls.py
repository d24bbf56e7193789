"""How rows are called, and what their example is as a program."""

from __future__ import annotations

import math
import random
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from oracles import precise

from gradcli.autograd import operators, tensors
from gradcli.inputs.prepare import prepare
from gradcli.language.parse import parse
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.task import Task
from gradcli.operations.row import Op
from gradcli.operations.table import rows
from gradcli.reference.answer import Settings

WRITTEN = [op for op in rows() if op.backward]
ENTRYWISE = [op for op in rows() if op.elementwise]
KINKED = [op for op in ENTRYWISE if op.kinks and len(op.tensors) == 1]
BOUNDED = [op for op in ENTRYWISE if op.domain]
GRID = (-3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5)
TOLERANCE = Settings("float64").tolerance

# How a row is called where its plain call is not a differentiable number.
CALLS = {
    "logical_and": "where(x > 0 and y < 1, x*y, x - y)", "logical_or": "where(x > 0 or y < 1, x*y, x - y)",
    "logical_not": "where(not x > 0, x**3, x)", "where": "where(x > y, x*y, x - y)", "polygamma": "polygamma(2, x)",
    **{name: f"{name}(2, x)" for name in ("besselj", "bessely", "besseli", "expn", "spherical_jn")}, "besselk": "besselk(0.75, x)",
    "multigammaln": "multigammaln(x + 3, 3)", "zeta": "zeta(s)",
    **{op.name: f"{op.name}(x, 4)" if op.params[0].is_tensor else f"{op.name}(4, x)" for op in rows() if op.group == "orthogonal polynomials"},
    "threshold": "threshold(x, 0.5, 20)",
    "any": "", "all": "",
}  # fmt: skip


def by_name(rows: list[Op] | tuple[Op, ...]) -> Any:  # Any: pytest's mark
    return pytest.mark.parametrize("op", rows, ids=[op.name for op in rows])


def generator(op: Op) -> random.Random:
    """Seeded by the row's name: the same points in every run."""
    return random.Random(zlib.crc32(op.name.encode()))  # noqa: S311 - points of a test


def seeded(op: Op, shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(
        shape, generator=torch.Generator().manual_seed(zlib.crc32(op.name.encode())), dtype=torch.float64
    )


def example_task(op: Op) -> Task:
    text, bindings = op.example_parts
    return prepare(text, bindings, None, seed=0, unused=False)


def torch_steps(program: Program, values: dict[str, torch.Tensor]) -> list[Any]:  # Any: tensors and Python numbers
    found: list[Any] = []  # Any: as above
    with tensors.session("float64", "cpu"):
        tensors.evaluate(program, values, watch=lambda _, value: found.append(value), operators=operators)
    return found


def tensors_of(values: dict[str, Any]) -> dict[str, torch.Tensor]:  # Any: arrays or lists
    return {name: torch.tensor(np.asarray(value), dtype=torch.float64) for name, value in values.items()}


def call_of(op: Op) -> str:
    """A call of the row with the names of its tensor parameters; empty where a call of scalars makes no sense."""
    names = [param.name for param in op.tensors]
    plain = f"{op.name}({', '.join(names)})"
    return CALLS.get(op.name, f"where({plain}, x*y, x - y)" if op.boolean else plain)


def inside(op: Op, condition: str, point: dict[str, float]) -> bool:
    """A row's condition is Python as well: an oracle that shares nothing with gradcli's own evaluation of it."""
    return bool(eval(condition, {"abs": abs, "round": round, "floor": math.floor, "sin": math.sin}, dict(point)))  # noqa: S307


def domain_points(op: Op, count: int) -> list[dict[str, float]]:
    """Seeded points in the declared domain, irregular numbers of either sign."""
    draw = generator(op)
    names = parse(call_of(op)).names
    found: list[dict[str, float]] = []
    for _ in range(1000):
        point = {name: draw.uniform(-3, 3) for name in names}
        if not op.domain or inside(op, op.domain, point):
            found.append(point)
        if len(found) == count:
            return found
    raise AssertionError(f"no points in the domain {op.domain}")


def both_values(text: str, values: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The value by torch and by the sympy meaning in high precision."""
    program = compile_tree(parse(text).tree)
    arithmetic = precise.Precise(60)
    exact = run(program, arithmetic, {name: arithmetic.exact(value) for name, value in values.items()})
    return torch_steps(program, tensors_of(values))[-1].detach().numpy(), exact.astype(np.float64)
