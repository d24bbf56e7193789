"""torch's calls that pass over nan, or put numbers in its place; what comes most often; the largest so far."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.order import PAIR

_LARGEST = "1.7976931348623157e308"  # the largest float


def _numbers(posinf: Any, neginf: Any) -> str:
    above, below = (_LARGEST if posinf is None else "posinf"), (f"-{_LARGEST}" if neginf is None else "neginf")
    return f"where(input != input, nan, where(input == inf, {above}, where(input == -inf, {below}, input)))"


def _lines(input: Shape, dim: Any) -> tuple[str, int]:
    """The entries that are taken together along the last axis, and how many they are."""
    if dim is None or not input:
        return "reshape(input, -1)", prod(input)
    return f"movedim(input, {dim}, -1)", input[dim]


def _kept(text: str, input: Shape, dim: int, keepdim: bool) -> str:
    return f"reshape({text}, ())" if not input else f"unsqueeze({text}, {dim})" if keepdim else text


_PASSING = "s = where(y != y, inf, y); n = sum(where(y != y, 0, 1), -1); k = arange({}) == floor((n[..., None] - 1)/2)"
_MIDDLE = "where(n == 0, nan, sum(where(k, sort(s, -1), 0), -1))"


def _median(input: Shape) -> str:
    """Of two middle ones the lower."""
    lines, size = _lines(input, None)
    return f"y = {lines}; {_PASSING.format(size)}; {_MIDDLE}"


def _median_along(input: Shape, dim: int, keepdim: bool) -> str:
    lines, size = _lines(input, dim)
    place = "where(n == 0, 0, sum(where(k, argsort(s, -1), 0), -1))"
    both = ", ".join(_kept(text, input, dim, keepdim) for text in (_MIDDLE, place))
    return f"y = {lines}; {_PASSING.format(size)}; ({both})"


def _mode(input: Shape, dim: int, keepdim: bool) -> str:
    """Of those that come as often the smallest."""
    lines, size = _lines(input, dim)
    same = f"where(eye({size}) == 1, 1, where(y[..., None] == y[..., None, :], 1, 0))"
    value = "min_along(where(c == amax(c, -1, True), y, inf), -1)"
    place = f"amax(where(y == v[..., None], arange({size}), -1), -1)"
    both = ", ".join(_kept(text, input, dim, keepdim) for text in ("v", place))
    return f"y = {lines}; c = sum({same}, -1); v = {value}; ({both})"


def _so_far(row: str) -> Callable[[Shape, int], str]:
    def means(input: Shape, dim: int) -> str:
        """With the place of the last entry that is it."""
        if not input:
            return "(input, 0*input)"
        size = input[dim]
        entries, best = f"movedim(input, {dim}, -1)[..., None, :]", f"movedim(v, {dim}, -1)[..., None]"
        here = f"tril(ones({size}, {size})) == 1 and {entries} == {best}"
        return f"v = {row}(input, dim); (v, movedim(amax(where({here}, arange({size}), -1), -1), -1, {dim}))"

    return means


def _quantiles(q: Any, interpolation: str) -> str:
    """Several shares give an axis in front."""
    one = f"np.nanquantile(input, {{}}, axis=dim, keepdims=keepdim, method={interpolation!r})"
    return f"[{', '.join(one.format(f'q[{k}]') for k in range(q[0]))}]" if q else one.format("q")


_ALONG = "dim:axes=None, keepdim:flag=False"

SPELLINGS = (
    Spelling("torch.nan_to_num(input, nan=0, posinf=None, neginf=None)", _numbers),
    Spelling(f"torch.nansum(input, {_ALONG})", "sum(where(input != input, 0, input), dim, keepdim)"),
    Spelling(f"torch.nanmean(input, {_ALONG})",
             "sum(where(input != input, 0, input), dim, keepdim)/sum(where(input != input, 0, 1), dim, keepdim)"),
    Spelling("torch.nanmedian(input:shaped)", _median),
    Spelling("torch.nanmedian(input:shaped, dim:axis, keepdim:flag=False)", _median_along, PAIR),
    Spelling("torch.nanquantile(input, q:shaped, dim:axis=None, keepdim:flag=False, *, interpolation:text='linear')",
             _quantiles),
    Spelling("torch.mode(input:shaped, dim:axis=-1, keepdim:flag=False)", _mode, PAIR),
    *(Spelling(f"torch.{row}(input:shaped, dim:axis)", _so_far(row), PAIR) for row in ("cummax", "cummin")),
)  # fmt: skip
