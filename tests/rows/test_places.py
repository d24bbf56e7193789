"""An index that is no place of its axis is said in gradcli's own words, in all that runs torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import gradcli
from gradcli.autograd.tensors import TorchArithmetic
from gradcli.base.errors import ExpressionError
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.table import OPS, rows

MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("sum(gather(X, 1, i))", {"i": [[0], [3]]}, "gather needs an index from 0 to 2 on axis 1 (size 3), not 3, found X (2, 3), i (2, 1)"),
    ("sum(gather(X, -2, i))", {"i": [[0], [-1]]}, "gather needs an index from 0 to 1 on axis 0 (size 2), not -1, found X (2, 3), i (2, 1)"),
    ("sum(gather(X, 1, 2*i + 1))", {"i": [[0.5], [7]]}, "gather needs an index from 0 to 2 on axis 1 (size 3), not 15, found X (2, 3), 2*i + 1 (2, 1)"),
    ("sum(gather(X, 1, i))", {"i": [[0], [float("nan")]]}, "gather needs an index from 0 to 2 on axis 1 (size 3), not nan, found X (2, 3), i (2, 1)"),
    ("sum(scatter_add(X, 0, i, 2*i))", {"i": [[0, 2]]},
     "scatter_add needs an index from 0 to 1 on axis 0 (size 2), not 2, found X (2, 3), i (1, 2), 2*i (1, 2)"),
    ("sum(scatter(X, 0, i, X[:1, :2]))", {"i": [[0, 2]]},
     "scatter needs an index from 0 to 1 on axis 0 (size 2), not 2, found X (2, 3), i (1, 2), X[:1, :2] (1, 2)"),
    ("cross_entropy(X, i)", {"i": [-100, 3]}, "cross_entropy needs an index from 0 to 2 on axis 1 (size 3), not 3, found X (2, 3), i (2,)"),
    ("nll_loss(X[0], i)", {"i": -1}, "nll_loss needs an index from 0 to 2 on axis 0 (size 3), not -1, found X[0] (3,), i scalar"),
    ("sum(take(X, [0, 3], 1))", {}, "take needs an index from -3 to 2 along dim=1, not 3, found X (2, 3)"),
    ("sum(index_select(X, 0, [0, -3]))", {}, "index_select needs an index from -2 to 1 along dim=0, not -3, found X (2, 3)"),
    ("sum(index_add(X, 0, [2], X[:1]))", {}, "index_add needs an index from -2 to 1 along dim=0, not 2, found X (2, 3), X[:1] (1, 3)"),
    ("sum(put_back(X[0], X, 2))", {}, "put_back needs an index from -2 to 1 on axis 0 (size 2), not 2, found X[0] (3,), X (2, 3)"),
]  # fmt: skip


@pytest.mark.parametrize(
    "command", [gradcli.grad, gradcli.hessian, gradcli.explain], ids=lambda command: command.__name__
)
@pytest.mark.parametrize(("function", "values", "said"), CASES, ids=[case[0] for case in CASES])
def test_an_index_outside_of_its_axis(
    function: str, values: dict[str, Any], said: str, command: Callable[..., Any]
) -> None:
    with pytest.raises(ExpressionError) as refused:
        command(function, {"X": MATRIX, **values}, wrt="X")
    error = refused.value
    assert (error.kind, error.message) == ("shape", said)
    assert error.span is not None
    assert function[error.span.start : error.span.stop].startswith(said.split(" ")[0])


def test_every_row_whose_operand_holds_places_is_here() -> None:
    assert {op.name for op in rows() if op.places} <= {said.split(" ")[0] for _, _, said in CASES}


def test_classes_that_are_left_out_and_probabilities_are_no_places() -> None:
    found = gradcli.grad("cross_entropy(X, i)", {"X": MATRIX, "i": [-100, 2]}, wrt="X").derivative["X"]
    assert found[0].tolist() == [0.0, 0.0, 0.0]
    assert OPS["cross_entropy"].places((2, 3), (2, 3), "mean") is None  # type: ignore[misc]  # it has them


def test_a_batch_of_indices_goes_through() -> None:
    program = compile_tree(parse("gather(x, 0, i)").tree)
    x = torch.tensor([1.0, 2.0, 3.0])
    found = torch.func.vmap(lambda i: run(program, TorchArithmetic(), {"x": x, "i": i}))(
        torch.tensor([[0.0, 1.0], [2.0, 0.0]])
    )
    assert found.tolist() == [[1.0, 2.0], [3.0, 1.0]]
