"""Sums, products, extremes and running sums along axes of whole arrays."""

from __future__ import annotations

from math import prod

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.number import Axes, Extended, filled, made, moved
from gradcli.meaning.extended.rounding import CARE, now
from gradcli.operations.shape_rules import axes_of


def lines(number: Extended, dim: Axes) -> Extended:
    """The axes that are reduced as one, the last."""
    axes = axes_of(number.shape, dim)
    kept = [axis for axis in range(number.ndim) if axis not in axes]
    order = (*kept, *axes)
    turned = number if order == tuple(range(number.ndim)) else number.rearranged(lambda a: np.transpose(a, order))
    return turned.reshape([*(number.shape[axis] for axis in kept), prod(number.shape[axis] for axis in axes)])


def running_sum(number: Extended, axis: int) -> Extended:
    value = np.cumsum(number.value, axis)
    terms = np.cumsum(number.size, axis)
    error = terms * (now.unit * number.shape[axis])
    if not number.exact:
        error = error + np.cumsum(number.errors, axis)

    def slope(adjoint: Extended, *_: Extended) -> Extended:
        turned = filled(adjoint, number.shape).rearranged(lambda a: np.flip(a, axis))
        return running_sum(turned, axis).rearranged(lambda a: np.flip(a, axis))

    return made(value, error, (number,), (slope,))


def product(line: Extended) -> Extended:
    """Products along the last axis, by halves, each of which is multiplied entry by entry."""
    if not line.shape[-1]:
        return Extended(np.ones(line.shape[:-1]))
    while line.shape[-1] > 1:
        n = line.shape[-1]
        half = line[..., : n // 2] * line[..., n // 2 : n // 2 * 2]
        rest = line[..., n // 2 * 2 :]
        line = half if n % 2 == 0 else moved(lambda *parts: np.concatenate(parts, -1), half, rest)
    return line[..., 0]


def extreme(line: Extended, sign: int) -> Extended:
    """The largest (sign 1) or smallest (-1) entry along the last axis; slopes of ties are not told."""
    if not line.shape[-1]:
        raise LimitError("an extreme of no entries", kind="unchecked")
    value, errors = line.value * sign, line.errors * CARE
    best = value.max(-1, keepdims=True)
    is_best = value == best
    margin = np.max(np.where(is_best, errors, 0.0), -1, keepdims=True)
    reach = ((value - best).astype(np.float64) + errors >= -margin) | is_best | np.isnan(value) | np.isnan(errors)
    tied = reach & (reach.sum(-1, keepdims=True) > 1)
    chosen = Extended(is_best, np.where(tied, np.inf, 0.0) if tied.any() else 0.0)
    error = 0.0 if line.exact else np.max(np.where(reach, errors, 0.0), -1)

    def slope(adjoint: Extended, *_: Extended) -> Extended:
        return filled(adjoint, line.shape[:-1]).reshape([*line.shape[:-1], 1]) * chosen

    return made(best[..., 0] * sign, error, (line,), (slope,))
