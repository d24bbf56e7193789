"""Pooling as torch has it, over kernels, strides, paddings, dilations, batches and none."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch
from neural.beside import assert_as_torch, drawn

import gradcli
from gradcli.operations import windows

VALUES = {
    **drawn(x=(2, 7), X=(2, 2, 6), A=(2, 5, 4), B=(2, 1, 4, 5), C=(1, 3, 4, 3), D=(2, 1, 3, 3, 4), columns=(2, 8, 6), one=(4, 6)),
    "p": np.array([[[0, 2, 4], [1, 3, 5]], [[1, 3, 4], [0, 2, 5]]]), "q": np.array([[[3, 1], [6, 8]]]),
    **{name: x + 3 for name, x in drawn(y=(2, 7), Y=(2, 1, 4, 5)).items()},
}  # fmt: skip


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.avg_pool1d(x, 3)", "F.avg_pool1d(X, (2,), stride=1)", "F.avg_pool1d(x, 3, 2, 1, ceil_mode=True)",
    "F.avg_pool1d(x, kernel_size=4, stride=3, padding=2, ceil_mode=True, count_include_pad=False)", "F.avg_pool2d(A, 2)",
    "F.avg_pool2d(B, (2, 3), stride=(1, 2), padding=(1, 1))", "F.avg_pool2d(B, 3, 2, 1, True, False)",
    "F.avg_pool2d(B, (3, 2), 2, 1, divisor_override=5)", "F.avg_pool3d(C, 2)", "F.avg_pool3d(D, (2, 3, 2), 1, (0, 1, 1))",
    "F.avg_pool3d(D, (2, 3, 4), stride=(1, 2, 2), padding=(0, 1, 2), ceil_mode=True, divisor_override=2)",
    "F.adaptive_avg_pool1d(x, 4)", "F.adaptive_avg_pool1d(X, (9,))", "F.adaptive_avg_pool2d(B, (3, None))", "F.adaptive_avg_pool2d(A, 3)",
    "F.adaptive_avg_pool3d(D, (2, 3, 3))", "torch.avg_pool1d(x, 2)", "torch.adaptive_avg_pool1d(x, 1)",
    "F.lp_pool1d(y, 2, 3)", "F.lp_pool1d(y, 3, 2, stride=3, ceil_mode=True)", "F.lp_pool2d(Y, 1.5, (2, 3), 2)", "F.lp_pool3d(D, 2, 2)",
])  # fmt: skip
def test_averages(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.max_pool1d(x, 3)", "F.max_pool1d(X, 2, stride=1)", "F.max_pool1d(x, 3, 2, 1, 2, True)", "F.max_pool2d(A, 2)",
    "F.max_pool2d(B, (2, 3), stride=(1, 2), padding=(1, 1))", "F.max_pool2d(B, 2, 1, dilation=(2, 3))", "F.max_pool2d(B, 3, 2, ceil_mode=True)",
    "F.max_pool3d(C, 2)", "F.max_pool3d(D, (2, 3, 2), 1, (0, 1, 1))", "F.max_pool1d(x, 3, return_indices=True)[0]",
    "F.max_pool2d(B, 2, return_indices=True)[1]*B[..., 1:3, 2:4]", "torch.max_pool1d(x, 2)", "torch.max_pool1d_with_indices(x, 2)[0]",
    "F.adaptive_max_pool1d(x, 4)", "F.adaptive_max_pool2d(B, (3, None))", "F.adaptive_max_pool3d(D, 2)",
    "F.adaptive_max_pool2d(A, 3, return_indices=True)[0]", "F.adaptive_max_pool1d(x, 2, True)[1]*x[:, :2]",
])  # fmt: skip
def test_largest_entries(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.parametrize("text", [
    "F.max_unpool1d(X[..., :3], p, 2)", "F.max_unpool1d(X[..., 3:], p, 2, stride=2, output_size=(7,))",
    "F.max_unpool2d(A[:1, :2, :2], q, 2, padding=0, output_size=[3, 3])", "F.max_unpool2d(A[:1, :2, :2], q, (2, 2), stride=(1, 3))",
])  # fmt: skip
def test_what_is_put_back(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.parametrize("text", [
    "F.unfold(B, 2)", "F.unfold(A, (2, 3), dilation=(2, 1), padding=1, stride=2)", "F.fold(columns, (3, 4), 2)", "F.fold(one, (3, 4), (2, 2))",
    "F.fold(F.unfold(B, 2, 2, 1, 2), (4, 5), 2, 2, 1, 2)",
])  # fmt: skip
def test_windows_as_columns(text: str) -> None:
    assert_as_torch(text, VALUES)


def test_of_equal_entries_torch_takes_the_first() -> None:
    assert_as_torch("F.max_pool1d(x, 3)", {"x": np.array([[1.0, 2.0, 2.0, 0.0, -1.0, -2.0]])}, agrees=False)


def test_weights_are_torchs_at_all_sizes() -> None:
    """Against torch on the rows of the identity, each of which gives a column of the matrix."""
    seed = random.Random(7)  # noqa: S311 - windows, not secrets
    for _ in range(300):
        n, size, stride, ceil_mode, inside = (
            seed.randint(1, 9),
            seed.randint(1, 5),
            seed.randint(1, 4),
            seed.random() < 0.5,
            seed.random() < 0.5,
        )
        padding = seed.randint(0, size // 2)
        rows = torch.eye(n, dtype=torch.float64)[None]
        if n + 2 * padding < size:
            continue
        found = torch.nn.functional.avg_pool1d(rows, size, stride, padding, ceil_mode, not inside)[0].mT
        assert_same(
            found, windows.average_weights(n, size, stride, padding, ceil_mode, "inside" if inside else "window"), n
        )
        assert_same(torch.nn.functional.adaptive_avg_pool1d(rows, size)[0].mT, windows.adaptive_weights(n, size), n)


def assert_same(found: torch.Tensor, weights: windows.Weights, n: int) -> None:
    ours = [[float(row.get(i, 0)) for i in range(n)] for row in weights]
    np.testing.assert_allclose(ours, found.numpy(), rtol=0, atol=1e-12)


def test_samples_are_torchs_at_all_sizes() -> None:
    for n, count in itertools.product(range(1, 12), range(1, 14)):
        rows = torch.eye(n, dtype=torch.float64)[None]
        for mode in ("nearest", "nearest-exact", "linear"):
            for aligned in (False, True)[: 1 + (mode == "linear")]:
                found = torch.nn.functional.interpolate(
                    rows, count, mode=mode, align_corners=aligned if mode == "linear" else None
                )[0].mT
                assert_same(found, windows.resampling_weights(n, count, mode, aligned, False, None), n)
        for aligned in (False, True):
            found = torch.nn.functional.interpolate(
                rows[:, :, None], (1, count), mode="bicubic", align_corners=aligned
            )[0, :, 0].mT
            assert_same(found, windows.resampling_weights(n, count, "cubic", aligned, False, None), n)


@pytest.mark.parametrize("text", [
    "F.avg_pool1d(x, 2)", "F.avg_pool2d(y, (1, 3))", "F.adaptive_avg_pool1d(x, 3)", "F.adaptive_avg_pool2d(y, (1, 2))",
    "F.avg_pool3d(z, (1, 1, 2))", "F.adaptive_avg_pool3d(z, (1, 2, 3))", "avg_pool(x, 2, None, 0, False, 'one')",
])  # fmt: skip
def test_what_is_infinite_stays_in_its_windows(text: str) -> None:
    """A product with a matrix of zeros and weights has 0 times infinity in every entry, and a slope in none."""
    name = text[text.index("(") + 1]
    shape = {"x": (1, 6), "y": (1, 1, 6), "z": (1, 1, 1, 6)}[name]
    result = gradcli.jacobian(text, {name: np.reshape([3.0, 1.0, 2.0, 5.0, np.inf, 4.0], shape)})
    (derivative,) = result.derivative.values()
    assert np.isfinite(np.asarray(derivative).reshape(-1, 6)[0]).all()
    assert np.isfinite(np.ravel(result.value)[0])
    assert result.check.checked > 0
    assert not [finding for finding in result.check.findings if finding.verdict == "trap"]


def test_what_is_infinite_stays_in_its_channels() -> None:
    x = np.array([[[1.0], [2.0], [3.0], [np.inf]]])
    value = gradcli.jacobian("F.local_response_norm(x, 2)", {"x": x}).value
    np.testing.assert_array_equal(np.isnan(value), [[[False], [False], [False], [True]]])


def test_powers_of_windows_below_0_are_as_torch_has_them() -> None:
    """torch takes the root of a negative sum: nan, which its slope of 0 times infinity brings to every entry of that
    window, and to none of another."""
    x = [[1.0, 2.0, -1.0, -2.0]]
    result = gradcli.grad("F.lp_pool1d(x, 3, 2)[0, 0]", {"x": x})
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(torch.nn.functional.lp_pool1d(leaf, 3, 2)[0, 0], leaf)
    np.testing.assert_array_equal(np.asarray(result.derivative["x"]), slope.numpy())
    assert [finding.entry for finding in result.check.findings] == ["x[0, 2]", "x[0, 3]"]
    assert {finding.verdict for finding in result.check.findings} == {"trap"}
    assert gradcli.grad("sum(F.lp_pool1d(x, 3, 2))", {"x": x}).check.verdict == "singular"
