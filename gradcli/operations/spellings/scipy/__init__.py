"""scipy's calls where they are not a row's own: special functions, linear algebra, distributions."""

from __future__ import annotations

from gradcli.operations.spellings.scipy import linalg, special, stats

SPELLINGS = (*special.SPELLINGS, *linalg.SPELLINGS, *stats.SPELLINGS)
