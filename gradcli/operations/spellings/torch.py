"""torch's calls where they are not a row's own: several results, other arguments, modes. Methods are torch's too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import Spelling

_PAIR = ("values", "indices")


def _extreme(name: str, row: str, places: str) -> tuple[Spelling, ...]:
    """``torch.max`` and its like: of all entries, along an axis with the places, or of two arrays."""
    return (
        Spelling(f"torch.{name}(input)", f"{row}(input)"),
        Spelling(f"torch.{name}(input, dim:axis, keepdim:flag=False)",
                 f"({name}_along(input, dim, keepdim), {places}(input, dim, keepdim))", _PAIR),
        Spelling(f"torch.{name}(input, other)", f"{name}(input, other)"),
    )  # fmt: skip


def _with_factor(sign: str) -> Callable[[Any], str]:  # Any: a number, None of an operand
    return lambda alpha: f"input {sign} other" if alpha == 1 else f"input {sign} alpha*other"


_PLACES = (
    Spelling("torch.embedding(input, weight)", "weight[input]"),
    Spelling("torch.index_select(input, dim:axis, index)", lambda dim: f"input[{_at(dim)}index{_after(dim)}]"),
    Spelling("torch.take(input, index)", "flatten(input)[index]"),
    Spelling("torch.take_along_dim(input, indices, dim:axis_or_none=None)",
             lambda dim: "flatten(input)[indices]" if dim is None else "gather(input, dim, indices)"),
    Spelling("torch.masked_select(input, mask)", "input[mask]"),
    Spelling("torch.masked_fill(input, mask, value)", "where(mask, value, input)"),
)  # fmt: skip


def _at(axis: int) -> str:
    """What stands before an index along an axis that is counted from the front."""
    return ":, " * axis if axis >= 0 else "..., "


def _after(axis: int) -> str:
    return ", :" * (-1 - axis) if axis < 0 else ""


SPELLINGS = (
    *_PLACES,
    *_extreme("max", "amax", "argmax"),
    *_extreme("min", "amin", "argmin"),
    *(Spelling(f"torch.{name}(input, other, *, alpha=1)", _with_factor(sign))
      for name, sign in (("add", "+"), ("sub", "-"), ("subtract", "-"))),
    Spelling("torch.cosine_similarity(x1, x2, dim=1, eps=0.00000001)", "cosine_similarity(x1, x2, dim, eps)"),
)  # fmt: skip
