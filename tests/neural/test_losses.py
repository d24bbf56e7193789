"""Losses with margins, weights, probabilities and sequences, as torch has them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from neural.beside import assert_as_torch, drawn

import gradcli
from gradcli.base.errors import ExpressionError

VALUES = {
    **drawn(z=(5,), Z=(3, 5), X=(3, 4), Y=(3, 4), W=(3, 4), weight=(5,), H=(3, 2), K=(5, 2), kb=(5,), K2=(5, 2, 2), L=(2, 5, 3), s=(6, 2, 4), S=(7, 4)),
    "c": np.array([2, 0, 4]), "one": np.array(3), "labels": np.array([[2, 0, -1, 1, 1], [4, 1, 3, -1, 0], [-1, 0, 0, 0, 0]]), "row": np.array([3, 1, 1, -1, 2]),
    "signs": np.array([1, -1, 1]), "sign": np.array(-1), "c2": np.array([[0, 3], [1, 1], [2, 4]]), "every": np.array([[0, 4, 1], [1, 2, 2]]),
    "t": np.array([[1, 2, 2], [3, 1, 0]]), "flat": np.array([1, 2, 2, 3, 1]), "alone": np.array([3, 3, 1]),
    "P": np.random.default_rng(2).dirichlet(np.ones(5), size=3), "PL": np.moveaxis(np.random.default_rng(4).dirichlet(np.ones(5), size=(2, 3)), -1, 1),
}  # fmt: skip
VALUES["weight"] = VALUES["weight"] ** 2 + 0.2


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.multi_margin_loss(Z, c)", "F.multi_margin_loss(Z, c, p=2, margin=0.5)", "F.multi_margin_loss(z, one, reduction='sum')",
    "F.multi_margin_loss(Z, c, 1, 1.5, weight, reduction='none')", "F.multilabel_margin_loss(Z, labels)", "F.multilabel_margin_loss(Z, labels, reduction='none')",
    "F.multilabel_margin_loss(z, row, reduction='sum')", "F.cosine_embedding_loss(X, Y, signs)", "F.cosine_embedding_loss(X, Y, signs, margin=-0.3, reduction='none')",
    "F.cosine_embedding_loss(X[0], Y[0], sign, -0.9)", "F.triplet_margin_with_distance_loss(X, Y, W)",
    "F.triplet_margin_with_distance_loss(X, Y, W, margin=2.5, swap=True, reduction='none')", "F.multi_margin_loss(Z, c, reduce=False)", "F.multilabel_margin_loss(X[0, 0], sign)", "F.multi_margin_loss(X[0, 0], one - 3) + X[0, 0]",
    "F.gaussian_nll_loss(X, X[0], Y**2)", "F.gaussian_nll_loss(X, Y, 0.7, reduction='none')", "F.gaussian_nll_loss(X[0], Y[0, 0], W[:1, 0]**2, True)",
])  # fmt: skip
def test_margins(text: str) -> None:
    assert_as_torch(text, VALUES, fixed=("weight",))


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.cross_entropy(Z, P)", "F.cross_entropy(Z, P, weight)", "F.cross_entropy(Z, P, label_smoothing=0.2, reduction='sum')",
    "F.cross_entropy(L, PL, weight=weight, label_smoothing=0.3, reduction='none')", "F.cross_entropy(L, PL, weight, label_smoothing=0.3)", "F.cross_entropy(z, P[0], weight)",
    "F.cross_entropy(Z, c, weight, label_smoothing=0.1)", "F.cross_entropy(z, one, label_smoothing=0.1)", "F.cross_entropy(L, every, weight, ignore_index=1)",
    "F.linear_cross_entropy(H, K, c)", "F.linear_cross_entropy(H, K, P, linear_bias=kb, reduction='sum')", "F.linear_cross_entropy(H[0], K, one, label_smoothing=0.1)",
    "F.linear_cross_entropy(H, K2, c2, weight=weight)", "F.linear_cross_entropy(H, K, c, ignore_index=0, weight=weight, label_smoothing=0.2)",
    "F.nll_loss(L, every, weight, reduction='mean')", "F.nll_loss(L, every, ignore_index=2)",
])  # fmt: skip
def test_classes(text: str) -> None:
    assert_as_torch(text, VALUES, fixed=("weight",))


@pytest.mark.parametrize("text", [
    "F.ctc_loss(F.log_softmax(s, -1), t, (6, 5), (3, 2))", "F.ctc_loss(F.log_softmax(s, -1), flat, (6, 6), (3, 2), reduction='none')",
    "F.ctc_loss(F.log_softmax(s, -1), t, (6, 4), (0, 2), reduction='sum')", "F.ctc_loss(F.log_softmax(S, -1), alone, (7,), (3,))",
    "F.ctc_loss(F.log_softmax(s, -1), t, (3, 4), (3, 2), zero_infinity=True)", "torch.ctc_loss(F.log_softmax(s, -1), t, (6, 6), (2, 1), 0, 2)",
])  # fmt: skip
def test_sequences(text: str) -> None:
    assert_as_torch(text, VALUES)


def test_the_slope_in_log_probabilities_is_that_of_the_loss_itself() -> None:
    """By differences of torch's loss: its own backward pass takes for granted that log_softmax stands before it."""
    scores = torch.log_softmax(torch.tensor(VALUES["S"]), -1)

    def loss(x: torch.Tensor) -> float:
        return float(torch.nn.functional.ctc_loss(x, torch.tensor([3, 3, 1]), (7,), (3,), reduction="sum"))

    found = gradcli.grad(
        "F.ctc_loss(p, a, (7,), (3,), reduction='sum')", {"p": scores.numpy(), "a": VALUES["alone"]}, wrt="p"
    )
    step = torch.zeros_like(scores)
    step[2, 3] = 1e-6
    assert found.derivative["p"][2, 3] == pytest.approx((loss(scores + step) - loss(scores - step)) / 2e-6, rel=1e-6)
    assert found.check.verdict == "agrees"


@pytest.mark.parametrize(("text", "said"), [
    ("F.ctc_loss(s, t, (3, 6), (3, 2))", "too short for its target"), ("F.multi_margin_loss(Z, c, p=3)", "p is 1 or 2"),
])  # fmt: skip
def test_what_has_no_slope_is_said(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        gradcli.grad(text, {name: VALUES[name] for name in ("s", "t", "Z", "c")}, wrt="s" if "s," in text else "Z")
