"""Images at other sizes and at places of a grid, as torch has them."""

from __future__ import annotations

import numpy as np
import pytest
from neural.beside import assert_as_torch, drawn

VALUES = {
    **drawn(L=(2, 1, 5), B=(1, 2, 3, 4), D=(1, 2, 2, 3, 2), S=(2, 8, 2, 3), U=(2, 1, 4, 6), theta=(2, 2, 3), theta3=(1, 3, 4), one=(1, 1, 1, 1)),
    "grid": np.random.default_rng(8).uniform(-0.9, 0.9, size=(1, 2, 3, 2)), "wide": np.random.default_rng(9).uniform(-2.6, 2.6, size=(1, 3, 3, 2)),
    "solid": np.random.default_rng(4).uniform(-1.7, 1.7, size=(1, 2, 2, 1, 3)),
}  # fmt: skip


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.interpolate(L, 3)", "F.interpolate(L, (8,), mode='nearest-exact')", "F.interpolate(L, scale_factor=1.7)",
    "F.interpolate(L, size=7, mode='linear')", "F.interpolate(L, 3, mode='linear', align_corners=True)", "F.interpolate(L, scale_factor=1.7, mode='linear')",
    "F.interpolate(L, scale_factor=1.7, mode='linear', recompute_scale_factor=True)", "F.interpolate(L, scale_factor=0.6, mode='area')",
    "F.interpolate(B, scale_factor=2)", "F.interpolate(B, (5, 3), mode='bilinear')", "F.interpolate(B, (2, 6), mode='bilinear', align_corners=True)",
    "F.interpolate(B, scale_factor=(1.5, 0.6), mode='bilinear', align_corners=False)", "F.interpolate(B, (5, 6), mode='bicubic')",
    "F.interpolate(B, (2, 7), mode='bicubic', align_corners=True)", "F.interpolate(B, scale_factor=1.7, mode='bicubic')", "F.interpolate(B, (4, 3), mode='area')",
    "F.interpolate(B, (2, 3), mode='bilinear', antialias=True)", "F.interpolate(B, (2, 2), mode='bicubic', antialias=True)",
    "F.interpolate(D, 4)", "F.interpolate(D, (3, 2, 5), mode='trilinear')", "F.interpolate(D, scale_factor=2, mode='trilinear', align_corners=True)",
    "F.interpolate(D, (1, 4, 2), mode='area')", "F.upsample(B, scale_factor=2, mode='bilinear')", "F.upsample_nearest(B, size=[3, 3])",
    "F.upsample_bilinear(B, scale_factor=2)", "F.interpolate(one, (2, 3), mode='bicubic', align_corners=True)",
])  # fmt: skip
def test_other_sizes(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.parametrize("text", [
    "F.pixel_shuffle(S, 2)", "torch.pixel_shuffle(S[0], 2)", "F.pixel_unshuffle(U, 2)", "torch.pixel_unshuffle(U[0, 0][None], 2)",
    "F.channel_shuffle(S, 2)", "F.channel_shuffle(S, 4)", "torch.channel_shuffle(L.mT, 5)",
])  # fmt: skip
def test_channels_and_planes(text: str) -> None:
    assert_as_torch(text, VALUES)


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("text", [
    "F.affine_grid(theta, (2, 1, 3, 4))", "F.affine_grid(theta, [2, 3, 1, 2], align_corners=True)", "F.affine_grid(theta3, (1, 1, 2, 3, 1))",
    "torch.affine_grid_generator(theta, (2, 1, 2, 2), True)", "F.grid_sample(B, grid)", "F.grid_sample(B, wide, align_corners=True)",
    "F.grid_sample(B, wide)", "F.grid_sample(B, wide, padding_mode='border')", "F.grid_sample(B, wide, padding_mode='border', align_corners=True)",
    "F.grid_sample(B, wide, padding_mode='reflection')", "F.grid_sample(B, wide, padding_mode='reflection', align_corners=True)",
    "F.grid_sample(B, wide, mode='nearest')", "F.grid_sample(B, wide, 'nearest', 'reflection', True)", "F.grid_sample(B, wide, 'nearest', 'border', False)",
    "F.grid_sample(B, grid, mode='bicubic')", "F.grid_sample(B, wide, mode='bicubic', align_corners=True)",
    "F.grid_sample(B, wide, 'bicubic', 'border', False)", "F.grid_sample(B, wide, 'bicubic', 'reflection', False)", "F.grid_sample(B, wide, 'bicubic', 'reflection', True)",
    "F.grid_sample(D, solid)", "F.grid_sample(D, solid, padding_mode='reflection')", "F.grid_sample(D, solid, 'nearest', 'border', True)",
    "torch.grid_sampler(B, grid, 0, 1, False)", "torch.grid_sampler_2d(B, wide, 2, 2, True)", "F.grid_sample(one, grid, padding_mode='reflection', align_corners=True)",
])  # fmt: skip
def test_grids(text: str) -> None:
    assert_as_torch(text, VALUES)
