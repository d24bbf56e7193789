"""Comparisons of whole arrays, and choices by them.

A comparison that the bounds do not decide, or of equal numbers one of which moves, marks what depends on it: the slopes
there are not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.meaning.extended.number import Extended, each, lifted
from gradcli.meaning.extended.rounding import CARE, Floats

# Any, in this module: Extended, or exact numbers; Conditions, or bools


@dataclass(frozen=True, slots=True)
class Condition:
    """An array of comparisons.

    truth:  what the numbers say
    unsure: where the bounds do not decide it
    edge:   where it may change as the numbers move: between equal ones, and where it is unsure
    moving: the numbers
    """

    truth: Floats
    unsure: Floats
    edge: Floats
    moving: tuple[Extended, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(self.truth.shape, self.unsure.shape)

    def __bool__(self) -> bool:
        """Errors: LimitError."""
        raise LimitError("whole arrays have no truth", kind="unchecked")


_NO = np.zeros((), dtype=bool)


def condition(value: Any) -> Condition:
    return value if isinstance(value, Condition) else Condition(np.asarray(value, dtype=bool), _NO, _NO)


def _compared(x: Any, y: Any, truth: Any) -> Condition:
    x, y = lifted(x), lifted(y)
    found = np.asarray(truth(x.value, y.value))
    if x is y:
        unsure = np.isnan(x.value)
        return Condition(found, unsure, unsure)
    if x.exact and y.exact:
        unsure = np.isnan(x.value) | np.isnan(y.value)
    else:
        unsure = ~(np.abs(x.value - y.value) > (x.error + y.error) * CARE)
    moving = tuple(v for v in (x, y) if v.serial)
    return Condition(found, unsure, unsure | (x.value == y.value) if moving else unsure, moving)


def less(x: Any, y: Any) -> Condition:
    return _compared(x, y, np.less)


def equal(x: Any, y: Any) -> Condition:
    return _compared(x, y, np.equal)


def negation(c: Any) -> Condition:
    c = condition(c)
    return Condition(~c.truth, c.unsure, c.edge, c.moving)


def all_of(*conditions: Any) -> Condition:
    """What is certainly false by itself is on no edge that another condition is on."""
    known = [condition(c) for c in conditions]
    shape = np.broadcast_shapes(*(c.shape for c in known))
    truth, unsure, edge = np.ones(shape, dtype=bool), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    false = np.zeros(shape, dtype=bool)
    for c in known:
        truth, unsure, edge = truth & c.truth, unsure | c.unsure, edge | c.edge
        false = false | ~(c.truth | c.unsure | c.edge)
    return Condition(truth, unsure & ~false, edge & ~false, tuple(v for c in known for v in c.moving))


def any_of(*conditions: Any) -> Condition:
    return negation(all_of(*(negation(c) for c in conditions)))


def where(chosen: Any, x: Any, y: Any) -> Extended:
    """On an edge the slope in what is taken is 1, that in what the condition depends on is not told."""
    c, x, y = condition(chosen), lifted(x), lifted(y)
    value = np.where(c.truth, x.value, y.value)
    unsure = bool(c.unsure.any())
    error: Any = 0.0
    if not (x.exact and y.exact) or unsure:
        error = np.where(c.truth, x.error, y.error)
    if unsure:
        apart = np.abs(x.value - y.value).astype(np.float64) + (x.error + y.error)
        error = np.where(c.unsure, apart, error)
    doubt: Any = np.where(c.unsure, np.inf, 0.0) if unsure else 0.0
    first, second = Extended(c.truth, doubt), Extended(~c.truth, doubt)
    operands: list[Extended] = [x, y]
    slopes: list[Any] = [_taken(first, ~c.truth & ~c.unsure), _taken(second, c.truth & ~c.unsure)]
    if c.moving and c.edge.any():
        untold = Extended(np.zeros(c.edge.shape), np.where(c.edge, np.inf, 0.0))
        operands += c.moving
        slopes += [_by(untold)] * len(c.moving)
    return each(value, error, operands, slopes)


def _by(slope: Extended) -> Any:
    """The pull-back of a slope that does not move."""
    return lambda adjoint, *_: adjoint * slope


def _taken(slope: Extended, never: Floats) -> Any:
    """The same for what is chosen in some entries: what does not count in the others has no slope there that does."""

    def pulled(adjoint: Extended, *_: Extended) -> Extended:
        found = adjoint * slope
        found.absent = np.broadcast_to(never, found.shape)
        return found

    return pulled


def flat(value: Floats, unsure: Floats, jump: Floats | float, x: Extended) -> Extended:
    """A step function: it does not move, but where it may jump, by so much.

    unsure: where it may jump within the bounds of x
    """
    if not unsure.any():
        return Extended(value)
    untold = Extended(np.zeros(value.shape), np.where(unsure, np.inf, 0.0))
    return each(value, np.where(unsure, jump, 0.0), (x,), (_by(untold),))


def larger(x: Any, y: Any, sign: int) -> Extended:
    """The larger (sign 1) or smaller (-1) of two; slopes of ties are not told."""
    x, y = lifted(x), lifted(y)
    if x is y:
        return lifted(x)
    c = less(y, x) if sign > 0 else less(x, y)
    out = where(Condition(c.truth, c.unsure, c.unsure), x, y)
    if not (c.edge & ~c.unsure).any():
        return out
    doubt = np.where(c.edge, np.inf, 0.0)
    return each(out.value, out.error, (x, y), (_by(Extended(c.truth, doubt)), _by(Extended(~c.truth, doubt))))
