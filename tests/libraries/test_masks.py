"""Truth values stay such wherever they are moved to: each text is run by the library itself beside gradcli."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from libraries.beside import assert_both_refuse, calls, difference

import gradcli

VALUES = {"x": np.random.default_rng(8).normal(size=(3, 3)), "y": np.array([0.3, -1.2, 2.1])}
MASKS = calls("""
    torch.tril(torch.ones(3, 3, dtype=torch.bool))
    ~torch.ones(1, 3, 3).bool().triu(1).squeeze(0)
    (torch.arange(3)[None, :] <= torch.arange(3)[:, None]).flip(0).T
    torch.tensor([True, False, True])
    torch.cat([torch.tensor([True]), torch.tensor([False, True])]).view(1, 3).expand(3, 3)
    torch.stack([torch.tensor([True, False, True]), y > 0, y < 1])[:, torch.tensor([2, 0, 1])]
    torch.tensor([True, True, False]) ^ torch.tensor([True, False, True])
    (x > -9) * torch.roll(torch.tensor([True, True, False]), 1)
    torch.where(x > 0, torch.tensor([True]), torch.eye(3) > 0).masked_fill(torch.eye(3) > 0, True)
    torch.full((3, 3), True)
    torch.sort(torch.tensor([True, False, True]))[0]
    torch.tensor([True, False, True]).sort(descending=True).values
    torch.msort(x > 0)
    torch.maximum(x > 0, torch.eye(3) > 0)
    torch.max(x > 0, 0).values
    torch.amax(torch.eye(3) > 0, dim=1, keepdim=True).expand(3, 3)
    torch.cummax(torch.eye(3) > 0, 1)[0]
    torch.gather(torch.eye(3) > 0, 1, torch.tensor([[2, 0, 1], [0, 1, 1], [2, 1, 2]]))
    torch.full_like(x > 0, True)
    torch.zeros_like(x > 0)
    torch.ones_like(y > 0)
    torch.fill(y > 0, True)
    torch.atleast_2d(torch.tensor([True, False, True])).expand(3, 3)
    torch.kron(torch.tensor([True, False, True]), torch.tensor([[True]]))
    torch.unique(torch.tensor([True, False, True]))[1:]
""")
USES = calls("""
    F.scaled_dot_product_attention(x, 2*x, x**2, attn_mask={})
    F.scaled_dot_product_attention(x, 2*x, x**2, attn_mask=({}).double())
    x.masked_fill({}, -1.5)
    x*({})
    ({}).sum()*x
""")
ENTRIES = calls("""
    x[torch.tril(torch.ones(3, 3, dtype=torch.bool))]
    x[torch.tensor([True, False, True]).roll(1)]
    x[torch.tensor([[True, False, True]]).expand(3, 3)]
    x[(x > 0).T]
    x[torch.full((3, 3), True)]
    x[(torch.tensor([True, False, True])).long()]
""")
OF_NUMPY = calls("""
    x[np.tril(np.ones((3, 3))).astype(bool)]
    x[np.array([True, True, False])[[2, 0, 1]]]
    x[np.concatenate([[True], [False, True]])]
    x[np.tril(x > 0)]
    x[np.array([x[0, 0] > -9, x[0, 0] < -9, x[0, 0] > -9])]
    x[np.array([True, True, False])*np.array([True, False, True])]
    x[np.array([True, False, True]).astype(int)]
    np.array([1.5, 2, 3]).astype(int)*x
    (y > 0).astype(float)*x
    np.array([2, 0, 1]).astype(bool)*x
    x[np.roll(np.array([True, False, False]), 1)]
    x[np.full(3, True)]
    x[np.full((3, 3), False)]
    x[~np.full(3, False)]
    np.full(3, True, dtype=float)*y
    x[np.full(3, 0.5, dtype=bool)]
    np.full(3, 2.5, dtype=int)*y
    x[np.full_like(y > 0, True)]
    x[np.full_like(y, 2, dtype=bool)]
    x[np.ones(3, dtype=bool)]
    x[~np.zeros((3, 3), dtype=bool)]
    x[np.eye(3, dtype=bool)]
    x[~np.identity(3, bool)]
    x[np.tri(3, 3, -1, dtype=bool)]
    np.ones(3, dtype=int)*y
    x[np.zeros_like(y > 0)]
    x[np.ones_like(y, dtype=bool)]
    x[np.sort(y > 0)]
    x[np.sort(np.array([True, False, True]))]
    np.argsort(y > 0, kind=None)*y
    x[np.repeat(np.array([True, False]), [1, 2])]
    x[np.repeat(y > 0, [0, 2, 1])]
    x[np.repeat([[True], [False], [True]], [3], axis=1)]
    np.repeat(y > 0, [1, 0, 2])*y
    x[np.maximum(y > 0, y < -1)]
    x[np.minimum.reduce(x > -9)]
    x[np.take_along_axis(y > 0, np.array([1, 0, 2]), 0)]
    x[np.pad(np.array([True]), 1, constant_values=True)]
    x[np.append(y[:2] > 0, True)]
    np.max(y > 0)*y
    x.ravel()[np.block([np.array([True, False, True]), y > 0, np.array([[True, False, True]])[0]])]
    np.block([[np.array([True, False]), y > 0], [y < 0, np.array([False, True])]])*y[0]
    x[np.atleast_1d(np.array([True, False, True]))]
    y[np.kron(np.array([True, False, True]), [True])]
""")


def of_torch(text: str) -> str:
    def function(**values: object) -> object:
        return eval(text, {"torch": torch, "F": torch.nn.functional, **values})  # noqa: S307 - tables of texts

    tensors = {name: torch.tensor(value) for name, value in VALUES.items()}
    expected = torch.as_tensor(function(**tensors), dtype=torch.float64).numpy()
    return difference(text, {"expected": expected}, VALUES, slope=False, oracle="expected")


@pytest.mark.parametrize("use", USES)
def test_a_mask_of_torch_is_one_wherever_it_is_used(use: str) -> None:
    assert not [why for mask in MASKS if (why := of_torch(use.format(mask)))]


def test_entries_are_chosen_by_masks_and_by_numbers() -> None:
    assert not [why for text in ENTRIES if (why := of_torch(text))]


def test_masks_of_numpy() -> None:
    assert not [why for text in OF_NUMPY if (why := difference(text, {"np": np}, VALUES, slope=False))]


@pytest.mark.parametrize("text", [
    "np.repeat(y, [1, 2])", "np.repeat(x, [1, 2, 0, 1], axis=0)", "np.repeat(x, [1, 2, 1, 1])", "np.full(2, y > 0)",
])  # fmt: skip
def test_what_numpy_refuses_of_repeats_and_fillings_is_refused(text: str) -> None:
    assert_both_refuse(text, {"np": np}, VALUES)


def test_a_name_that_holds_truth_values_is_sorted_to_such() -> None:
    for text in ("x[np.sort(m)]", "x[torch.sort(m)[0]]", "x[m.sort().values]"):
        found = gradcli.jacobian(text, {"x": [1.0, 2.0, 3.0], "m": np.array([True, False, True])})
        assert found.value.tolist() == [2.0, 3.0]
