"""torch.masked: reductions and normalisations over the entries where a mask holds."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from gradcli.operations.spelling import Spelling

# Any, in this module: constants that are given, None where none is, the shape of a mask

_REDUCED = {"sum": "0", "prod": "1", "amax": "-inf", "amin": "inf", "logsumexp": "-inf"}  # and what changes none
_RUNNING = {"cumsum": "0", "cumprod": "1", "softmax": "-inf", "log_softmax": "-inf", "softmin": "inf"}


def _held(mask: Any, nothing: str, name: str = "input", held: str = "mask") -> str:
    return name if mask is None else f"where({held}, {name}, {nothing})"


def _axes(dim: Any) -> str:
    """No axes, ``()``, are all of them."""
    return "None" if dim == () else "dim"


def _reduced(row: str, nothing: str) -> Callable[[Any, Any], str]:
    return lambda dim, mask: f"{row}({_held(mask, nothing)}, {_axes(dim)}, keepdim)"


def _running(row: str, nothing: str) -> Callable[[Any], str]:
    return lambda mask: f"{row}({_held(mask, nothing)}, dim)"


def _count(mask: Any, kept: str) -> str:
    return f"sum({_held(mask, '0', 'ones_like(input)')}, {kept})"


def _mean(dim: Any, mask: Any) -> str:
    along = f"{_axes(dim)}, keepdim"
    return f"mean(input, {along})" if mask is None else f"sum({_held(mask, '0')}, {along})/{_count(mask, along)}"


def _spread(of: str) -> Callable[..., str]:
    def means(dim: Any, unbiased: Any, correction: Any, mask: Any) -> str:
        lost = (1 if unbiased is None else int(unbiased)) if correction is None else correction
        axes = _axes(dim)
        mean = f"m = sum({_held(mask, '0')}, {axes}, True)/{_count(mask, f'{axes}, True')}"
        squares = f"sum({_held(mask, '0', '(input - m)**2')}, {axes}, keepdim)"
        divisor = f"relu({_count(mask, f'{axes}, keepdim')} - {lost})"
        return f"{mean}; {of.format(f'{squares}/{divisor}')}"

    return means


def _norm(ord: Any, dim: Any, mask: Any) -> str:
    return f"norm({_held(mask, 'inf' if ord == -inf else '0')}, {2 if ord is None else 'ord'}, {_axes(dim)}, keepdim)"


def _normalised(ord: Any, mask: Any) -> str:
    length = f"norm({_held(mask, 'inf' if ord == -inf else '0')}, ord, dim, True)"
    return f"{_held(mask, '0')}/maximum({length}, eps)"


def _sum_of_exponentials(input_mask: Any, other_mask: Any) -> str:
    x, y = _held(input_mask, "-inf", held="input_mask"), _held(other_mask, "-inf", "other", "other_mask")
    return f"logaddexp({x}, {y})"


def _median(mask: Any) -> str:
    return f"torch.nanmedian({_held(mask, 'nan')}, dim, keepdim)[0]"


def _number(row: str, nothing: str) -> Callable[[Any], str]:
    return lambda mask: f"{row}({_held(mask, nothing)}, dim, keepdim)"


_ALONG = "dim:axes=None, *, keepdim:flag=False, mask:truth=None"
_SPREAD = "dim:axes=None, unbiased:flag=None, *, correction:number=None, keepdim:flag=False, mask:truth=None"

SPELLINGS = (
    *(Spelling(f"torch.masked.{row}(input, {_ALONG})", _reduced(row, nothing)) for row, nothing in _REDUCED.items()),
    *(Spelling(f"torch.masked.{row}(input, dim:axis, *, mask:truth=None)", _running(row, nothing))
      for row, nothing in _RUNNING.items()),
    *(Spelling(f"torch.masked.arg{name}(input, dim:axis=None, *, keepdim:flag=False, mask:truth=None)",
               _number(f"arg{name}", nothing)) for name, nothing in (("max", "-inf"), ("min", "inf"))),
    Spelling(f"torch.masked.mean(input, {_ALONG})", _mean),
    Spelling(f"torch.masked.var(input, {_SPREAD})", _spread("{}")),
    Spelling(f"torch.masked.std(input, {_SPREAD})", _spread("sqrt({})")),
    Spelling("torch.masked.norm(input, ord=2, dim:axes=None, *, keepdim:flag=False, mask:truth=None)", _norm),
    Spelling("torch.masked.normalize(input, ord:number, dim:axis, *, eps=0.000000000001, mask:truth=None)",
             _normalised),
    Spelling("torch.masked.median(input, dim:axis=-1, *, keepdim:flag=False, mask:truth=None)", _median),
    Spelling("torch.masked.logaddexp(input, other, *, input_mask:truth=None, other_mask:truth=None)",
             _sum_of_exponentials),
)  # fmt: skip
