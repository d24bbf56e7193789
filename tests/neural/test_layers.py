"""Layers from their weights, as torch has them: convolutions, cells, attention, embeddings, what is dropped."""

from __future__ import annotations

import numpy as np
import pytest
from neural.beside import assert_as_torch, drawn

import gradcli
from gradcli.base.errors import ExpressionError

VALUES = {
    **drawn(x=(3, 2), h=(3, 2), c=(3, 2), w2=(2, 2), u2=(2, 2), b2=(2,), w6=(6, 2), u6=(6, 2), b6=(6,), w8=(8, 2), u8=(8, 2), b8=(8,), i1=(3, 4),
            W=(5, 2, 4), b5=(5,), rows=(4, 3), table=(6, 2), weights=(5,), weights2=(2, 3), L=(2, 3, 7), P=(1, 2, 4, 5), S=(1, 2, 3, 4, 3), k1=(4, 3, 2),
            k2=(2, 2, 2, 3), k3=(2, 2, 2, 1, 2), k3g=(4, 1, 1, 2, 2), t3=(2, 1, 2, 2, 1), T=(6, 2, 3), kT=(2, 3, 4), b4=(4,), two=(2,)),
    "ids": np.array([1, 5, 0, 0, 3]), "ids2": np.array([[1, 5, 0], [2, 2, 4]]), "starts": np.array([0, 2, 2]), "ends": np.array([0, 3, 5]),
    "classes": np.array([[2, 0], [1, 2]]),
}  # fmt: skip


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.conv3d(S, k3)", "F.conv3d(S, k3, two, stride=(1, 2, 1), padding=1)", "F.conv3d(S, k3, padding='same')", "F.conv3d(S[0], k3g, groups=2, dilation=(2, 1, 1))",
    "F.conv3d(S, k3, padding='valid')", "F.conv_transpose3d(S, t3)", "F.conv_transpose3d(S, t3, stride=2, padding=1, output_padding=1, dilation=(2, 1, 2))",
    "F.conv1d(L, k1, padding='same', dilation=2)", "F.conv2d(P, k2, two, padding='same')",
    "F.conv_transpose1d(L, k1.transpose(0, 1), stride=2, padding=1, output_padding=1)", "F.conv_transpose2d(input=P, weight=k2, bias=two, stride=(2, 1))",
    "torch.conv_tbc(T, kT, b4, 1)", "torch.convolution(P, k2, two, (1, 1), (0, 1), (1, 1), False, (0, 0), 1)",
    "torch.convolution(P, k2, None, (2, 1), (0, 1), (1, 1), True, (1, 0), 1)",
])  # fmt: skip
def test_convolutions(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.parametrize("text", [
    "torch.rnn_tanh_cell(x, h, w2, u2, b2, b2)", "torch.rnn_relu_cell(x, h, w2, u2)", "torch.gru_cell(x, h, w6, u6, b6, b6)", "torch.gru_cell(x, h, w6, u6)",
    "torch.lstm_cell(x, (h, c), w8, u8, b8, b8)[0]", "torch.lstm_cell(x, [h, c], w8, u8)[1]", "F.bilinear(x, i1, W, b5)", "F.bilinear(x[0], i1[0], W)",
])  # fmt: skip
def test_cells(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.embedding(ids2, table)", "F.embedding(ids2, table, padding_idx=2)", "F.embedding(ids, table, -1)", "torch.embedding(table, ids, 0)", "torch.embedding(table, ids)", "F.embedding_bag(ids2, table)", "F.embedding_bag(ids2, table, mode='sum', per_sample_weights=weights2)",
    "F.embedding_bag(ids, table, starts, mode='sum')", "F.embedding_bag(ids, table, offsets=starts, mode='mean')", "F.embedding_bag(ids, table, ends, mode='max', include_last_offset=True)",
    "F.embedding_bag(ids, table, offsets=starts, mode='sum', per_sample_weights=weights)", "torch.embedding_bag(table, ids, starts)[0]", "F.one_hot(classes, 3)*rows[:2, None]",
    "F.one_hot(ids2, num_classes=6).double() @ table", "F.pdist(rows)", "F.pdist(rows, p=1)", "torch.pdist(rows, 3)", "F.pdist(rows, p=inf)", "F.pdist(rows[:1])",
    "F.pairwise_distance(x, h, p=3, keepdim=True)", "torch.cdist(L.mT, L[:1].mT + 1, 1.5)", "torch.cdist(x, rows[:, :2], 0.5, compute_mode='donot_use_mm_for_euclid_dist')",
])  # fmt: skip
def test_embeddings_and_distances(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.parametrize("text", [
    "F.dropout(x, 0.3, training=False)*h", "F.dropout(x, training=False)*h", "F.alpha_dropout(x)*h", "F.feature_alpha_dropout(x, 0.2)*h", "F.dropout2d(L, 0.0)*L",
    "F.rrelu(x)", "F.rrelu(x, 0.1, 0.5, False)", "torch.rrelu(x, lower=0.2)",
])  # fmt: skip
def test_what_is_left_to_chance_in_training_alone(text: str) -> None:
    assert_as_torch(text, VALUES)


Q = drawn(q=(2, 4, 3, 2), k=(2, 4, 5, 2), v=(2, 4, 5, 3), k1=(2, 2, 5, 2), v1=(2, 2, 5, 3), bias=(3, 5), X=(3, 2, 4), Y=(5, 2, 4), Z=(5, 2, 4),
          W=(12, 4), B=(12,), O=(4, 4), o=(4,), A=(4, 4), A2=(4, 4), A3=(4, 4))  # fmt: skip
Q |= {name: Q[name] / 4 for name in ("A", "A2", "A3")}
Q |= {"seen": np.array([[True, False, True, True, False], [True, True, True, True, True], [False, False, False, True, False]]),
      "hidden": np.array([[False, True, False, False, True], [False, False, False, False, True]]),
      "each": np.arange(60).reshape(4, 3, 5) % 4 == 1}  # fmt: skip


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.scaled_dot_product_attention(q, k, v)", "F.scaled_dot_product_attention(q, k, v, attn_mask=bias)", "F.scaled_dot_product_attention(q, k, v, seen)",
    "F.scaled_dot_product_attention(q, k, v, bias > -1, scale=0.4)", "F.scaled_dot_product_attention(q, k[:, :, :3], v[:, :, :3], is_causal=True)",
    "F.scaled_dot_product_attention(q, k1, v1, enable_gqa=True)", "F.scaled_dot_product_attention(q, k1, v1, seen, enable_gqa=True)",
    "F.scaled_dot_product_attention(q, k, v, bias > 0)", "F.scaled_dot_product_attention(q, k, v, bias > 99)",
    "F.multi_head_attention_forward(X, Y, Z, 4, 2, W, B, None, None, False, 0.0, O, o)[0]",
    "F.multi_head_attention_forward(X, Y, Z, 4, 2, W, B, None, None, False, 0.0, O, o, need_weights=False, attn_mask=bias > -99)[0]",
    "F.multi_head_attention_forward(X, Y, Z, 4, 2, W, B, None, None, False, 0.5, O, o, training=False)[1]",
    "F.multi_head_attention_forward(X[:, 0], Y[:, 0], Z[:, 0], 4, 4, W, None, None, None, False, 0.0, O, None, attn_mask=bias)[0]",
    "F.multi_head_attention_forward(X, Y, Z, 4, 2, W, B, None, None, False, 0.0, O, o, key_padding_mask=hidden, attn_mask=each, average_attn_weights=False)[1]",
    "F.multi_head_attention_forward(X, Y, Z, 4, 1, None, B, None, None, False, 0.0, O, o, use_separate_proj_weight=True, q_proj_weight=A, "
    "k_proj_weight=A2, v_proj_weight=A3, need_weights=False)[0]",
])  # fmt: skip
def test_attention(text: str) -> None:
    assert_as_torch(text, Q)


@pytest.mark.parametrize(("text", "said"), [
    ("F.dropout(x, 0.5)", "what is left to chance"), ("F.gumbel_softmax(x)", "it draws noise"),
    ("F.fractional_max_pool2d(P, 2, output_size=2)", "drawn at random"), ("F.embedding(ids, table, max_norm=1)", "max_norm"),
    ("torch.gru_cell(x, h, w2, u2)", "w_hh has 3 rows"), ("F.one_hot(ids, 3)*x[0, 0]", "class numbers are from 0 to 2"),
])  # fmt: skip
def test_what_is_not_read_is_said(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        gradcli.grad(text, {name: VALUES[name] for name in ("x", "h", "w2", "u2", "P", "ids", "table") if name in text})
