"""Each row's example in a table: beside another point, and beside one that has no number, it is what grad gives alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pytest

import gradcli
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError, LimitError
from gradcli.engine.batches import BatchKernel
from gradcli.engine.flags import UNDEFINED
from gradcli.engine.formulas import formulas
from gradcli.engine.tiles import TorchKernel
from gradcli.inputs.prepare import values_of
from gradcli.language.parse import Expression, parse
from gradcli.operations.row import Op
from gradcli.operations.table import rows

BESIDE = 1.03  # the other point is so many times the example's


def in_tables(op: Op) -> bool:
    """Is the example of numbers that may differ from row to row, and the same each time?"""
    text, bindings = op.example_parts
    return bool(bindings) and not op.random and not (parse(text).counted & {b.partition("=")[0] for b in bindings})


def columns_of(op: Op) -> dict[str, FloatArray]:
    """The example, a point beside it, and a row of nan."""
    values = values_of(op.example_parts[1], 0)
    return {name: np.stack([x, BESIDE * x, np.full_like(x, np.nan)]) for name, x in values.items()}


def kernels_of(expression: Expression, columns: Mapping[str, FloatArray]) -> list[BatchKernel | TorchKernel]:
    names = list(columns)
    shapes = {name: column.shape[1:] for name, column in columns.items()}
    found: list[BatchKernel | TorchKernel] = [BatchKernel(expression, "grad", names, shapes)]
    if not any(shapes.values()):
        with suppress(LimitError):  # a step of whole arrays, or a slope without a rule
            found.append(TorchKernel(formulas(expression.tree, "grad", names, names, ())))
    return found


@pytest.mark.generated(share=1 / 8, kind=lambda op: op.group)
@pytest.mark.parametrize("op", [op for op in rows() if in_tables(op)], ids=lambda op: op.name)
def test_the_example(op: Op) -> None:
    columns = columns_of(op)
    text = op.example_parts[0]
    for kernel in kernels_of(parse(text), columns):
        outputs = {o.name: np.full((3, *o.shape), 7.0) for o in kernel.outputs}
        flags = np.zeros(3, dtype=np.uint8)
        kernel.run(columns, {}, outputs, flags)
        for row in (0, 1):
            try:
                alone = gradcli.grad(text, {n: x[row] for n, x in columns.items()}, check="off")
            except GradcliError:
                assert flags[row] & UNDEFINED
                continue
            assert alone.derivative is not None
            for name in columns:
                expected = np.asarray(alone.derivative[name], dtype=np.float64)
                assert np.allclose(outputs[f"d_{name}"][row], expected, rtol=1e-9, atol=1e-12, equal_nan=True), name
            assert np.allclose(outputs["value"][row], np.asarray(alone.value), rtol=1e-9, atol=1e-12, equal_nan=True)
