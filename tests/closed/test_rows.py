"""Every row's example, its sizes taken for letters: read with torch's numbers and slopes, or refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from closed.numbers import TooLargeError, World
from rows.calls import example_task, tensors_of

from gradcli.autograd.tensors import evaluate, session
from gradcli.base.errors import LimitError
from gradcli.closed import indexed, normal, proof
from gradcli.closed.reading import read
from gradcli.closed.sizes import Extent, letter
from gradcli.closed.terms import table
from gradcli.meaning.program import Program, compile_tree
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import ShapeMismatch
from gradcli.operations.table import rows

OUT_OF_RANGE = {"log_ndtr"}  # rows whose value by the formula of their meaning is no float at the example's point


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("lettered", [True, False])
@pytest.mark.parametrize("op", [op for op in rows() if not op.random], ids=lambda op: op.name)
def test_an_example_has_the_numbers_of_torch(op: Op, lettered: bool) -> None:
    task = example_task(op)
    program, values = compile_tree(task.expression.tree), tensors_of(dict(task.values))
    for name in (None, *values):
        try:
            found = in_index_form(program, values, name, lettered)
        except (LimitError, ShapeMismatch):
            continue
        except (TooLargeError, NameError):  # mpmath has no such function, or the sum too many indices
            continue
        if op.name in OUT_OF_RANGE:
            continue
        with session("float64", "cpu"):
            want = by_torch(program, values, name)
        if np.isfinite(want).all():
            for numbers in found:
                assert np.allclose(numbers.reshape(want.shape), want, rtol=1e-5, atol=1e-7), name


def by_torch(program: Program, values: dict[str, torch.Tensor], name: str | None) -> np.ndarray:
    if name is None:
        return np.asarray(evaluate(program, values))
    return np.asarray(
        torch.autograd.functional.jacobian(lambda x: evaluate(program, {**values, name: x}), values[name])
    )


def in_index_form(
    program: Program, values: dict[str, torch.Tensor], name: str | None, lettered: bool
) -> list[np.ndarray]:
    """The numbers of the value or the derivative as it comes, and simplified."""
    shapes: dict[str, list[Extent]] = {
        key: [letter(f"s{n}") if lettered and n > 1 else n for n in value.shape] for key, value in values.items()
    }
    world = World({f"s{n}": n for n in range(40)}, {key: value.numpy() for key, value in values.items()})
    with table(), np.errstate(all="ignore"):
        made = read(program, {key: indexed.tensor(key, shape) for key, shape in shapes.items()})
        if name is not None:
            made = proof.differentiated(made, name, shapes[name])
        return [world.of_sum(terms, made.free) for terms in (made.terms, normal.simplified(made.terms, made.free))]
