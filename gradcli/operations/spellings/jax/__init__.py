"""jax's calls where they are not a row's own, numpy's, torch's or scipy's."""

from __future__ import annotations

from gradcli.operations.spellings.jax import lax, matrices, nn, numpy

SPELLINGS = (*nn.SPELLINGS, *lax.SPELLINGS, *numpy.SPELLINGS, *matrices.SPELLINGS)
