"""Each row's example, value and slope, on torch's device without numbers: what mixes it with the processor is seen."""

from __future__ import annotations

import pytest

from gradcli.autograd import passes
from gradcli.autograd.point import Torch
from gradcli.inputs.prepare import prepare
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows

# What asks for numbers, which on a GPU it would get.
ASKS = ("Cannot copy out of meta tensor", "Tensor.item() cannot be called on meta tensors", "aten::equal: attempted")


def refusal(op: Op) -> str | None:
    """What torch says where the example's inputs, and all that is made new, are elsewhere than the processor."""
    text, bindings = op.example_parts
    point = Torch(prepare(text, bindings, None, seed=0, unused=False), "float64", "meta")
    try:
        with point.session():
            made = point.run()
            passes.gradient(made.output.sum(), made.leaves)
    except (RuntimeError, TypeError, NotImplementedError) as error:
        return str(error)
    return None


@pytest.mark.generated(share=1 / 8, kind=lambda op: op.group)
@pytest.mark.parametrize("op", [op for op in rows() if op.example_parts[1]], ids=lambda op: op.name)
def test_the_example_stays_on_its_device(op: Op) -> None:
    said = refusal(op)
    assert said is None or said.startswith(ASKS)


def test_a_mixture_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.operations.rows.picking._tensor", lambda t, _, places: t.from_numpy(places.copy()))
    assert "same device, but got (self) meta, (index) cpu" in str(refusal(OPS["pick"]))
