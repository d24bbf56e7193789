"""Whole matrices of balls: products, inverses, determinants, spectra, each one step with its rule."""

from __future__ import annotations

from gradcli.meaning.balls.spectra import BallSpectra


class BallMatrices(BallSpectra):
    """What ``Balls`` knows about matrices."""
