"""Normalisation by batches, groups, instances and neighbours, as torch has it."""

from __future__ import annotations

import pytest
from neural.beside import assert_as_torch, drawn

import gradcli
from gradcli.base.errors import ExpressionError

VALUES = {
    **drawn(X=(3, 2), A=(2, 4, 3), B=(2, 4, 2, 3), D=(2, 2, 2, 1, 3), m=(4,), w=(4,), b=(4,), m2=(2,), w2=(2,), b2=(2,), W=(2, 3), c=(2, 3)),
    **{name: x**2 + 0.1 for name, x in drawn(v=(4,), v2=(2,)).items()},
}  # fmt: skip


RUNNING = ("m", "v", "m2", "v2")


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.batch_norm(A, None, None, training=True)", "F.batch_norm(A, m, v, w, b, True)", "F.batch_norm(X, m2, v2, w2, training=True, eps=0.5)",
    "F.batch_norm(B, None, None, bias=b, training=True, momentum=0.3)", "F.batch_norm(D, m2, v2, w2, b2, True, 0.1, 1e-3)",
    "F.batch_norm(A, m, v)", "F.batch_norm(B, m, v, w, b, training=False, momentum=-1.2)", "F.batch_norm(X, m2, v2, w2, b2)",
    "torch.batch_norm(A, w, b, m, v, True, 0.1, 1e-5, False)", "torch.native_batch_norm(A, w, b, m, v, True, 0.1, 1e-5)[0]",
    "torch.native_batch_norm(A, w, b, m, v, False, 0.1, 1e-5)[0]", "torch._native_batch_norm_legit(A, w, b, m, v, True, 0.1, 1e-5)[0]",
    "torch._native_batch_norm_legit(A, w, b, True, 0.1, 1e-5)[0]", "torch._native_batch_norm_legit_no_training(A, w, b, m, v, 0.1, 1e-5)[0]", "torch.native_batch_norm(A, w, b, m, v, True, 0.1, 1e-5)[2].detach()*w",
])  # fmt: skip
def test_batches(text: str) -> None:
    assert_as_torch(text, VALUES, fixed=RUNNING)


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.instance_norm(A)", "F.instance_norm(A, weight=w)", "F.instance_norm(B, m, v, w, b, True, 0.5, 0.6)", "F.instance_norm(D, None, None, w2, b2)",
    "F.instance_norm(B, running_mean=m, running_var=v, use_input_stats=False)", "F.group_norm(A, 2)", "F.group_norm(B, 4, w, b, 0.5)",
    "F.group_norm(A, num_groups=1, weight=w, bias=b)", "torch.group_norm(B, 2, w)", "torch.native_group_norm(B, w, b, 2, 4, 6, 2, 1e-5)[0]",
    "torch.native_group_norm(B, w, b, 2, 4, 6, 2, 1e-5)[1]*w[:2]",
])  # fmt: skip
def test_instances_and_groups(text: str) -> None:
    assert_as_torch(text, VALUES, fixed=RUNNING)


@pytest.mark.parametrize("text", [
    "F.layer_norm(A, (3,))", "F.layer_norm(A[:, :2], (2, 3), W, c, 0.1)", "F.layer_norm(X, [2])", "F.rms_norm(A, (3,), eps=1e-3)",
    "F.rms_norm(A[:, :2], (2, 3), W, 0.2)", "torch.native_layer_norm(A[:, :2], (2, 3), W, c, 0.1)[0]",
    "torch.native_layer_norm(A, [3], None, None, 0.1)[2].detach()*W[0]",
    "F.local_response_norm(A, 2)", "F.local_response_norm(B, 3, alpha=0.5, beta=0.6, k=1.25)", "F.local_response_norm(D, 1, k=2)",
    "F.local_response_norm(A, 4, 0.2)",
])  # fmt: skip
def test_lines_and_neighbours(text: str) -> None:
    assert_as_torch(text, VALUES, fixed=RUNNING)


@pytest.mark.parametrize(("text", "said"), [
    ("F.batch_norm(A, None, None)", "without training=True it takes running_mean and running_var"),
    ("F.group_norm(A, 3)", "it takes batches of channels, which the groups divide"),
    ("F.instance_norm(A, m)", "running_mean and running_var are both given, or neither"),
])  # fmt: skip
def test_what_is_missing_is_said(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        gradcli.grad(text, VALUES, wrt=["A"])
