"""Derivatives from values alone: Ridders' extrapolated differences (1982), with an error for each entry, and kinks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray

Truths = npt.NDArray[np.bool_]

EPS = float(np.finfo(np.float64).eps)
CONTRACTION, LEVELS, SAFE = 1.4, 10, 2.0  # dfridr's own
START, DECADES = 0.1, 8  # the first step relative to the entry, and how far steps shrink
DELTA = 0.618e-8  # spacing at which noise is measured, relative to the entry; not round, as periods of functions are


@dataclass(frozen=True, slots=True)
class Estimate:
    """Limits and how far each can be off, entry by entry."""

    value: FloatArray
    error: FloatArray

    def updated(self, take: Truths, new: Estimate, kept: FloatArray) -> Estimate:
        """The ``new`` ones where ``take`` says so, else its own with the error ``kept``."""
        return Estimate(np.where(take, new.value, self.value), np.where(take, new.error, kept))


def ridders(difference: Callable[[float], FloatArray], step: float, order: int = 2) -> Estimate:
    """The limit of ``difference(h)`` for h -> 0, whose error is a series in h**order, with an error for each entry.

    Neville's tableau over steps that shrink by 1.4; an entry's estimate is the one that changed least from its two
    neighbours, and its error that change; an entry ends where higher orders make it worse.
    Source: C. J. F. Ridders, Accurate computation of F'(x) and F'(x)F''(x), Advances in Engineering Software 4 (1982),
    75-76; Press et al., Numerical Recipes, 3rd edition (2007), section 5.7, dfridr.

    >>> round(float(ridders(lambda h: np.array((math.exp(1 + h) - math.exp(1 - h)) / (2 * h)), 0.1).value), 10)
    2.7182818285
    """
    previous = [difference(step)]
    value, error = previous[0], np.full(previous[0].shape, np.inf)
    going = np.ones(value.shape, dtype=bool)
    for _ in range(1, LEVELS):
        step /= CONTRACTION
        row, factor = [difference(step)], 1.0
        for old in previous:
            factor *= CONTRACTION**order
            new = (row[-1] * factor - old) / (factor - 1)
            change = np.maximum(np.abs(new - row[-1]), np.abs(new - old))
            better = going & (change <= error)
            value, error = np.where(better, new, value), np.where(better, change, error)
            row.append(new)
        going &= ~(np.abs(row[-1] - previous[-1]) >= SAFE * error)
        if not going.any():
            break
        previous = row
    return Estimate(value, error)


def settled(
    difference: Callable[[float], FloatArray],
    noise: Callable[[float], FloatArray],
    largest: float = START,
    order: int = 2,
    unresolved: Callable[[float], Truths] | None = None,
) -> Estimate:
    """``ridders`` from the start that suits each entry; steps are relative to the entry's size.

    A tableau over large steps can be precise and wrong: across a kink nearby it settles on the mean of two slopes. So
    starts ten times smaller must confirm it; where they contradict, or show more of the function than the larger did
    (``unresolved``), the smaller counts. Larger steps serve where rounding (``noise``) drowns small ones.
    """

    def start_at(step: float) -> Estimate:
        found = ridders(difference, step, order)  # its least change can be small by luck: ten times that
        return Estimate(found.value, 10 * found.error + noise(step) + 8 * EPS * np.abs(found.value))

    def fine(found: Estimate) -> Truths:
        told: Truths = found.error <= 1e-10 * np.abs(found.value) + 8 * noise(max(START, largest))
        return told & np.isfinite(found.error)

    found = start_at(START)
    origin, closed = np.zeros(found.value.shape), np.zeros(found.value.shape, dtype=bool)
    for decade in range(1, DECADES + 1):
        step = START / 10**decade
        new = start_at(step)
        apart = np.abs(new.value - found.value)
        same = ~np.isfinite(new.value) | (apart <= found.error + new.error)
        if unresolved is not None:
            same &= ~unresolved(step)
        take = np.where(same, new.error < found.error, np.isfinite(new.value)) & ~closed
        kept = np.where(closed, found.error, np.fmax(found.error, apart / 10.0 ** (decade - origin)))  # its rounding
        found = found.updated(take, Estimate(new.value, np.fmax(new.error, apart)), kept)
        origin = np.where(take, decade, origin)
        closed |= same & (fine(found) | (noise(step) > found.error))
        if closed.all():
            break
    step = START
    while step < largest and not fine(found).all():
        step *= 10
        new = start_at(step)
        take = (np.abs(new.value - found.value) <= found.error + new.error) & (new.error < found.error)
        found = found.updated(take, new, found.error)
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """Slopes of all outputs along one entry of a variable; ``left`` and ``right`` differ from ``value`` at a kink."""

    value: FloatArray
    error: FloatArray
    left: FloatArray
    right: FloatArray


def column(
    line: Callable[[float], FloatArray], at: float, size: float, precision: float = EPS, float_type: Any = np.float64
) -> Column:  # Any: numpy's types of float
    """The derivative of ``line``, a function of one number with values (m,), at ``at``: four arrays (m,).

    size: that of the entry, to which steps are relative; positions are rounded to ``float_type``, and the steps with
    them. Where one-sided slopes stay apart as steps shrink there is a kink; where they grow apart, a jump or a cusp,
    whose error is infinite.
    """
    seen = lru_cache(maxsize=64)(line)  # two starts of positions, which bend and the one-sided slopes share
    level = np.fmax(4 * precision * np.abs(seen(at)), 8 * noise_beside(line, at, size))

    def slope(left: float, right: float) -> FloatArray:
        low, high = (float(float_type(at + step * size)) for step in (left, right))
        return (seen(high) - seen(low)) / (high - low) if high > low else np.zeros_like(level)

    def noise(step: float) -> FloatArray:
        return level / (step * size)

    def bend(step: float) -> FloatArray:
        return np.abs(slope(0, step) - slope(-step, 0))

    def unresolved(step: float) -> Truths:
        """Half a bend is left in a tenth of the room, where a smooth function has a hundredth, a kink a tenth."""
        found: Truths = (bend(step) > 5 * bend(10 * step)) & (bend(step) > 50 * noise(step))
        return found

    found = settled(lambda step: slope(-step, step), noise, START * max(1.0, 1 / size), unresolved=unresolved)
    bent, steep = _corners(bend, noise, np.fmax(np.abs(slope(0, START)), np.abs(slope(-START, 0))))
    error = np.where(steep | ~np.isfinite(found.value + found.error), np.inf, found.error)
    bent &= np.isfinite(error)
    if not bent.any():
        return Column(found.value, error, found.value, found.value)
    left = settled(lambda step: slope(-step, 0), noise, order=1)
    right = settled(lambda step: slope(0, step), noise, order=1)
    error = np.where(bent, np.fmax(error, np.fmax(left.error, right.error)), error)
    sides = (np.where(bent, side.value, found.value) for side in (left, right))
    return Column(found.value, error, *sides)


def noise_beside(line: Callable[[float], FloatArray], at: float, size: float) -> FloatArray:
    """How far values are off a smooth curve, beside the point: fourth differences of seven neighbours, of either side.

    The smaller of the two sides, and not too near, so that kinks and cusps at the point do not count.
    Source: R. W. Hamming, Introduction to Applied Numerical Analysis (1971); J. J. More and S. M. Wild, Estimating
    computational noise, SIAM J. Sci. Comput. 33 (2011).
    """
    sides = (np.array([line(at + k * side * DELTA * size) for k in range(8, 15)]) for side in (-1, 1))
    left, right = (np.abs(np.diff(values, 4, axis=0)).max(0) / math.sqrt(70) for values in sides)
    noise: FloatArray = np.nan_to_num(np.fmin(left, right))
    return noise


def _corners(
    bend: Callable[[float], FloatArray], noise: Callable[[float], FloatArray], steepness: FloatArray
) -> tuple[Truths, Truths]:
    """Entries at a kink, whose slopes differ alike in all small steps; at a jump or a cusp they differ ever more.

    The smallest pair of steps counts that stands out of the noise.
    """
    bent, steep, asked = (np.zeros(steepness.shape, dtype=bool) for _ in range(3))
    for near, far in ((1e-7, 1e-5), (1e-5, 1e-3), (1e-3, 1e-1)):
        telling = ~asked & (50 * noise(near) <= 0.1 * steepness)
        asked |= telling
        telling &= (bend(near) > 50 * noise(near)) & (bend(near) > 1e-6 * steepness)
        steep |= telling & (bend(far) < bend(near) / 1.2)
        bent |= telling & (bend(far) <= 1.2 * bend(near)) & ~steep
        if asked.all():
            break
    return bent, steep
