"""Truth values stay such wherever they are moved to: each text is run by the library itself beside gradcli."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from libraries.beside import calls, difference

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
