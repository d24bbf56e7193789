"""How numpy runs a function of two operands over an axis: np.add.reduce, np.multiply.outer, np.maximum.accumulate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from gradcli.operations.prefixes import UFUNCS
from gradcli.operations.shape_rules import Shape, ShapeMismatch, axes_of, axis_of
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.numpy.places import along

# Any, in this module: the constants of a call, or OPERAND

_REDUCED = {
    "add": "sum", "multiply": "prod", "maximum": "amax", "minimum": "amin", "logaddexp": "logsumexp", "hypot": "norm",
}  # fmt: skip
_RUN = {"add": "cumsum", "multiply": "cumprod", "logaddexp": "logcumsumexp"}
_ORDERLESS = frozenset({*_REDUCED, "fmax", "fmin", "logaddexp2"})  # of which several axes may be taken at once


def _of_two(name: str, left: str, right: str) -> str:
    return f"np.{name}({left}, {right})"


def _folded(name: str, array: str, size: int, axis: int) -> list[str]:
    """The entries one after the other, ``y0; y1; ...``, each with those before it."""
    if not size:
        raise ShapeMismatch("an axis with entries")
    lines = [f"y0 = {along(array, axis, '0')}"]
    return lines + [f"y{k} = {_of_two(name, f'y{k - 1}', along(array, axis, str(k)))}" for k in range(1, size)]


def _reduced(name: str) -> Callable[[Shape, Any, bool], str]:
    def means(array: Shape, axis: Any, keepdims: bool) -> str:
        axes = axes_of(array, axis)
        if len(axes) > 1 and name not in _ORDERLESS:
            raise ShapeMismatch("one axis: the order of the entries counts")
        if name in _REDUCED:
            along_axes = f"{axes or 'None'}, {keepdims}"
            return f"norm(array, 2, {along_axes})" if name == "hypot" else f"{_REDUCED[name]}(array, {along_axes})"
        if len(axes) != 1:
            raise ShapeMismatch("one axis")
        size = array[axes[0]]
        last = f"y{size - 1}" if not keepdims else f"unsqueeze(y{size - 1}, {axes[0]})"
        return "; ".join([*_folded(name, "array", size, axes[0]), last])

    return means


def _accumulated(name: str) -> Callable[[Shape, int], str]:
    def means(array: Shape, axis: int) -> str:
        at = axis_of(array, axis)
        if name in _RUN:
            return f"{_RUN[name]}(array, {at})"
        lines = _folded(name, "array", array[at], at)
        return "; ".join([*lines, f"stack([{', '.join(f'y{k}' for k in range(array[at]))}], {at})"])

    return means


def _reduced_at(name: str) -> Callable[[Shape, Any, int], str]:
    """Each part from one place up to the next; where that is not behind it, the entry alone."""

    def means(array: Shape, indices: Any, axis: int) -> str:
        at = axis_of(array, axis)
        bounds = [*indices, array[at]]
        parts = []
        for start, stop in pairwise(bounds):
            if not 0 <= start < array[at]:
                raise ShapeMismatch(f"places from 0 to {array[at] - 1}")
            entries = f"{start}:{max(stop, start + 1)}"
            parts.append(f"np.{name}.reduce({along('array', at, entries)}, {at}, keepdims=True)")
        return f"concat([{', '.join(parts)}], {at})"

    return means


def _outer(name: str) -> Callable[[int, int], str]:
    def means(A: int, B: int) -> str:
        left = f"A[{', '.join(['...', *['None'] * B])}]" if B and A else f"A[{', '.join(['None'] * B)}]" if B else "A"
        return _of_two(name, left, "B")

    return means


_IN_PLACE = "none: it changes its argument in place; write a new array, where(condition, ..., a)"

_OUT = "dtype:dtype=None, out:nothing=None"


def _over_axes(name: str) -> tuple[Spelling, ...]:
    """Powers one after the other numpy computes otherwise by itself: np.power.reduce([0.5, 0.6, 0.7]) is 0.5**0.7."""
    if name in {"power", "float_power"}:
        return ()
    return (
        Spelling(f"np.{name}.reduce(array:shaped, axis:axes=0, {_OUT}, keepdims:flag=False)", _reduced(name)),
        Spelling(f"np.{name}.reduce(array:shaped, axis:axes=None, {_OUT}, keepdims:flag=False)", _reduced(name)),
        Spelling(f"np.{name}.accumulate(array:shaped, axis:axis=0, {_OUT})", _accumulated(name)),
        Spelling(f"np.{name}.reduceat(array:shaped, indices:axes, axis:axis=0, {_OUT})", _reduced_at(name)),
    )


SPELLINGS = tuple(
    spelling
    for name in UFUNCS
    for spelling in (
        *_over_axes(name),
        Spelling(f"np.{name}.outer(A:ranked, B:ranked, /)", _outer(name)),
        Spelling(f"np.{name}.at(a, indices, b)", _IN_PLACE),
    )
)
