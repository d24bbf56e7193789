"""numpy's calls where they are not a row's own: other arguments, other defaults, several results."""

from __future__ import annotations

from gradcli.operations.spellings.numpy import matrices, places, plain, samples, sums

SPELLINGS = (*plain.SPELLINGS, *places.SPELLINGS, *samples.SPELLINGS, *sums.SPELLINGS, *matrices.SPELLINGS)
