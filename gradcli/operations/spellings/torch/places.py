"""torch's calls that take entries by their numbers, or where a mask says so."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import at


def _index_added(input: int, alpha: Any) -> str:
    source = "source" if alpha == 1 else "alpha*source"
    return f"index_add(input, dim, index, {source})" if input else f"input + sum({source})"


def _index_selected(input: int, dim: int) -> str:
    return f"input{at(dim, 'index')}" if input else "input"


SPELLINGS = (
    Spelling("torch.index_select(input:ranked, dim:axis, index)", _index_selected),
    Spelling("torch.take(input, index)", "flatten(input)[index]"),
    Spelling("torch.index_add(input:ranked, dim:axis, index, source, *, alpha=1)", _index_added),
    Spelling("torch.masked_fill(input, mask:truth, value)", "where(mask, value, input)"),
)  # fmt: skip
