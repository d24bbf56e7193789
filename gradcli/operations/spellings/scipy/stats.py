"""scipy.stats' functions of samples."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

SPELLINGS: tuple[Spelling, ...] = (Spelling("scipy.stats.sem(a)", "sqrt(var(a))"),)
