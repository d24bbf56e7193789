"""Patterns of zeros beside dense derivatives, which know of none."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.autograd.point import Torch
from gradcli.inputs.prepare import prepare
from gradcli.meaning.sparsity.structure import Pattern, Structure, structure_of

Array = np.ndarray[Any, np.dtype[np.float64]]  # Any: shapes are not typed

RNG = np.random.default_rng(7)
SPARSE = np.where(RNG.random((6, 6)) < 0.25, RNG.normal(size=(6, 6)), 0)
POINT: dict[str, Array] = {
    "x": RNG.uniform(0.5, 2, 6), "y": RNG.uniform(0.5, 2, 6), "X": RNG.uniform(0.5, 2, (3, 4)), "B": RNG.uniform(0.5, 2, (3, 2, 2)),
    "s": np.array(0.7), "A": SPARSE, "W": RNG.uniform(0.5, 2, (6, 6)), "i": np.array([0.0, 2, 2, 5]), "j": np.array([1.0, 2, 0, 4]),
    "u": np.array([1.0, 0, 2, 0, 0, 3]), "Y": RNG.uniform(0.5, 2, (3, 2)),
}  # fmt: skip
CONSTANT = {"A", "W", "i", "j", "u"}


def structure(expression: str, order: int, values: bool = True) -> tuple[Structure, Torch]:
    used = {name: value for name, value in POINT.items() if name in expression}
    wrt = tuple(name for name in used if name not in CONSTANT)
    task = prepare(expression, used, wrt, seed=0, unused=True)
    shapes = {name: value.shape for name, value in task.values.items()}
    torch = Torch(task, "float64", "cpu")
    found = structure_of(task.program, shapes, task.wrt, order, torch.constants()[0] if values else {})
    return found, torch


def filled(pattern: Pattern | None, shape: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:  # Any: as above
    found = np.full(shape, pattern is None)
    if pattern is not None:
        found[pattern] = True
    return found


def dense_jacobian(torch: Torch) -> dict[str, Array]:
    """One pass for each row, without a pattern."""
    made = torch.jacobian("reverse")
    return {
        name: part.reshape(-1, torch.task.values[name].size) for name, part in zip(torch.task.wrt, made, strict=False)
    }


def dense_hessian(torch: Torch) -> dict[tuple[str, str], Array]:
    names = torch.task.wrt
    made = iter(torch.hessian())
    return {
        (r, c): next(made).reshape(torch.task.values[r].size, torch.task.values[c].size) for r in names for c in names
    }


def too_small(expression: str) -> list[str]:
    """Where a derivative that is not 0 lies outside of its pattern."""
    wrong = []
    found, torch = structure(expression, 1)
    for name, block in dense_jacobian(torch).items():
        inside = filled(found.jacobian(name), block.shape)
        wrong += [f"{expression}: {name} {tuple(at)}" for at in np.argwhere((block != 0) & ~inside)]
    weights = "" if torch.task.output == () else f"sum(({expression})**3)"
    found, torch = structure(weights or expression, 2)
    for (row, column), block in dense_hessian(torch).items():
        inside = filled(found.hessian(row, column), block.shape)
        wrong += [f"{weights}: {row}, {column} {tuple(at)}" for at in np.argwhere((block != 0) & ~inside)]
    return wrong


def entries(expression: str, order: int) -> dict[tuple[str, ...], Any]:  # Any: lists of pairs, or None
    """The pattern in words: the places of each block."""
    found, torch = structure(expression, order)
    names = torch.task.wrt
    blocks: dict[tuple[str, ...], Pattern | None] = (
        {(name,): found.jacobian(name) for name in names}
        if order == 1
        else {(r, c): found.hessian(r, c) for r in names for c in names}
    )
    return {
        key: None if block is None else list(zip(*(at.tolist() for at in block), strict=True))
        for key, block in blocks.items()
    }
