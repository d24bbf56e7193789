"""torch's calls take the operands that torch takes, and no others: both are given many shapes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
import torch
from libraries.beside import calls, difference, refused
from torch.nn import functional

import gradcli
from gradcli.base.errors import ExpressionError

SHAPES = [(), (1,), (2,), (3,), (1, 3), (3, 1), (2, 3), (3, 2), (3, 3), (2, 2, 3), (1, 3, 3), (2, 3, 3), (2, 3, 2)]
SPACE = {"torch": torch, "F": functional}
OF_TWO = [
    "torch.mm({}, {})", "torch.mv({}, {})", "torch.bmm({}, {})", "{}.mm({})", "{}.mv({})", "{}.bmm({})", "torch.dot({}, {})",
    "torch.vdot({}, {})", "torch.outer({}, {})", "torch.ger({}, {})", "torch.inner({}, {})", "torch.matmul({}, {})",
    "torch.cross({}, {})", "torch.cross({}, {}, dim=-1)", "{}.cross({}, 0)", "torch.linalg.cross({}, {})",
    "torch.linalg.cross({}, {}, dim=0)", "torch.cdist({}, {})", "torch.clamp({}, 1, {})", "{}.clip({}, 1)",
    "torch.clamp({}, min={}, max=None)", "torch.linalg.solve({}, {})", "F.linear({}, {})",
]  # fmt: skip
OF_THREE = [
    "torch.addmm({}, {}, {})", "torch.addmv({}, {}, {})", "torch.addr({}, {}, {})", "torch.addbmm({}, {}, {})",
    "torch.baddbmm({}, {}, {})", "torch.clamp({}, {}, {})",
]  # fmt: skip
DRAWN = np.random.default_rng(5)
VALUES = {"x": DRAWN.normal(size=(1, 2, 7)), "w": DRAWN.normal(size=(2, 2, 3)), "X": DRAWN.normal(size=(1, 1, 5, 6)),
          "K": DRAWN.normal(size=(1, 1, 3, 3)), "A": DRAWN.normal(size=(2, 3)), "b": DRAWN.normal(size=3)}  # fmt: skip
PADDED = """
    F.conv1d(x, w, padding='same')
    F.conv1d(x, w, padding='same', stride=(1,))
    F.conv1d(x, w, None, 2, 'valid')
    F.conv2d(X, K, None, [1, 1], 'same', 2)
    torch.conv2d(X, K, padding='same', stride=1)
"""
PADDED_OTHERWISE = """
    F.conv1d(x, w, padding='same', stride=2)
    F.conv1d(x, w, padding='same', stride=(2,))
    F.conv1d(x, w, padding='same', stride=0)
    F.conv1d(x, w, padding='Same')
    F.conv2d(X, K, None, (1, 2), 'same', 2)
    torch.conv2d(X, K, padding='same', stride=2)
"""


def differing(call: str, count: int, shapes: list[tuple[int, ...]]) -> Iterator[str]:
    """Where one of both takes what the other refuses."""
    values = {f"s{k}": DRAWN.normal(size=shape) for k, shape in enumerate(shapes)}
    for chosen in product(range(len(shapes)), repeat=count):
        text = call.format(*(f"s{k}" for k in chosen))
        if refused(text, values) != refused_by_torch(text, values):
            yield f"{text}: {[shapes[k] for k in chosen]}"


def refused_by_torch(text: str, values: dict[str, np.ndarray]) -> bool:
    tensors = {name: torch.tensor(value) for name, value in values.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch.cross without dim
            eval(text, {**SPACE, **tensors})  # noqa: S307 - the texts above
    except (RuntimeError, TypeError, IndexError):
        return True
    return False


@pytest.mark.parametrize("call", OF_TWO)
def test_two_operands_of_which_shapes_are_taken(call: str) -> None:
    assert not list(differing(call, 2, SHAPES))


@pytest.mark.parametrize("call", OF_THREE)
def test_three_operands_of_which_shapes_are_taken(call: str) -> None:
    assert not list(differing(call, 3, [(), (1,), (3,), (1, 3), (3, 3), (1, 3, 3), (2, 3, 3)]))


def test_padding_to_the_same_size_goes_with_a_stride_of_1() -> None:
    tensors = {name: torch.tensor(value) for name, value in VALUES.items()}
    for text in calls(PADDED):
        expected = {"expected": eval(text, {**SPACE, **tensors})}  # noqa: S307 - the texts above
        assert not difference(text, expected, VALUES, slope=False, oracle="expected")
    for text in calls(PADDED_OTHERWISE):
        assert refused_by_torch(text, VALUES)
        assert refused(text, VALUES)


@pytest.mark.parametrize(("text", "said"), [
    ("torch.mm(A, b)", r"torch.mm needs mat2 to be a matrix, found input \(2, 3\), mat2 \(3,\)"),
    ("A.mv(A.T)", r"\.mv needs vec to be a vector, found input \(2, 3\), vec \(3, 2\)"),
    ("torch.cross(A, b)", r"torch.cross needs operands with equally many axes, found input \(2, 3\), other \(3,\)"),
    ("torch.clamp(A, 0, b)", r"torch.clamp needs min and max to be two numbers or two arrays"),
    ("F.conv1d(x, w, padding='same', stride=2)", "padding='same' goes with a stride of 1 alone"),
])  # fmt: skip
def test_what_is_refused_is_told_with_the_shapes(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        gradcli.jacobian(text, VALUES, allow_unused=True)


def test_letters_of_sizes_are_told_apart_from_1() -> None:
    with pytest.raises(ExpressionError, match=r"needs as many matrices in each, found input \(b, n, m\)"):
        gradcli.grad("sum(torch.bmm(A, B))", shape={"A": "b,n,m", "B": "1,m,n"})
    assert gradcli.grad("sum(torch.mm(A, B))", shape={"A": "n,m", "B": "m,k"}).formula["B"] == "A.T @ ones(n, k)"
