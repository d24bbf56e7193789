"""torch's order of entries: values beside their places, along an axis."""

from __future__ import annotations

from typing import Any

from gradcli.operations.spelling import OPERAND, Spelling
from gradcli.operations.written_out import within

PAIR = ("values", "indices")


def _extreme(name: str, row: str, places: str) -> tuple[Spelling, ...]:
    """``torch.max`` and its like: of all entries, along an axis with the places, or of two arrays."""
    return (
        Spelling(f"torch.{name}(input)", f"{row}(input)"),
        Spelling(f"torch.{name}(input, dim:axis, keepdim:flag=False)",
                 f"({name}_along(input, dim, keepdim), {places}(input, dim, keepdim))", PAIR),
        Spelling(f"torch.{name}(input, other)", f"{name}(input, other)"),
    )  # fmt: skip


def at(dim: int, entry: str) -> str:
    """The index of an entry or a slice along one axis of an array of any rank."""
    return f"[{':, ' * dim}{entry}]" if dim >= 0 else f"[..., {entry}{', :' * (-dim - 1)}]"


def _kth(input: int, k: Any, dim: Any, keepdim: Any) -> str:
    if not input:
        return _ALONE if k == 1 else "none: a scalar has one entry"
    parts = ("sort(input, dim)", "argsort(input, dim)")
    picked = (f"take({part}, ({k - 1},), dim)" if keepdim else f"{part}{at(dim, str(k - 1))}" for part in parts)
    return f"({', '.join(picked)})"


_ALONE = "(input, 0*detach(input))"  # a scalar and its place


def _top(input: int, k: Any) -> str:
    if not input:
        return _ALONE if k == 1 else "none: a scalar has one entry"
    numbers = f"({''.join(f'{i}, ' for i in range(within(k)))})"
    return f"(take(sort(input, dim, largest), {numbers}, dim), take(argsort(input, dim, largest), {numbers}, dim))"


def _quantile(q: Any) -> str:
    """Several shares give an axis in front."""
    if isinstance(q, tuple):
        parts = (f"quantile(input, {share}, dim, keepdim, interpolation)" for share in q)
        return f"[{', '.join(parts)}]"
    return "quantile(input, q, dim, keepdim, interpolation)"


def _moving_quantile(q: Any, interpolation: Any) -> str:
    """Where the share is an operand."""
    if q is not OPERAND:
        return ""
    return f"np.quantile(input, q, axis=dim, keepdims=keepdim, method={interpolation!r})"


SPELLINGS = (
    *_extreme("max", "amax", "argmax"),
    *_extreme("min", "amin", "argmin"),
    Spelling("torch.aminmax(input, *, dim:axis=None, keepdim:flag=False)",
             "(amin(input, dim, keepdim), amax(input, dim, keepdim))", ("min", "max")),
    *(Spelling(f"torch.{name}(input, dim:axis=None, keepdim:flag=False)", f"{name}(input, dim, keepdim)")
      for name in ("argmax", "argmin")),
    Spelling("torch.median(input)", "median(input)"),
    Spelling("torch.median(input, dim:axis, keepdim:flag=False)",
             "(median_along(input, dim, keepdim), argmedian(input, dim, keepdim))", PAIR),
    Spelling("torch.sort(input, dim:axis=-1, descending:flag=False, stable:flag=None)",
             "(sort(input, dim, descending), argsort(input, dim, descending))", PAIR),
    Spelling("torch.argsort(input, dim:axis=-1, descending:flag=False, stable:flag=None)",
             "argsort(input, dim, descending)"),
    Spelling("torch.msort(input)", "sort(input, 0)"),
    Spelling("torch.topk(input:ranked, k:integer, dim:axis=-1, largest:flag=True, sorted:flag=True)", _top, PAIR),
    Spelling("torch.kthvalue(input:ranked, k:integer, dim:axis=-1, keepdim:flag=False)", _kth, PAIR),
    *(Spelling("torch.quantile(input, q, dim:axis=None, keepdim:flag=False, *, interpolation:text='linear')", means)
      for means in (_moving_quantile, _quantile)),
)  # fmt: skip
