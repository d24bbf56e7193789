"""Points that move along a ray, and what a number on it tends to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError
from gradcli.meaning.program import Program, run
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.meaning.series.arithmetic import STEP, SeriesArithmetic
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.series import ZEROTH, Series, same, simple

BITS = 512  # of the coefficients of a continuous function
JUMPS = 3_072  # of one that may jump: any float beside the largest; two numbers that then still meet are the same
LENGTHS = (4, 12)  # of series, tried in turn: after the second a quotient of zeros of order 8 still has a slope


def moved(point: Mapping[str, Array], direction: Mapping[str, Array]) -> dict[str, Array]:
    """``x + t*d`` for each input with a direction, which holds Balls of the input's shape; the others as they are."""
    return {
        name: mapped(_moved, value, direction[name]) if name in direction else value for name, value in point.items()
    }


def _moved(number: Any, along: Any) -> Any:  # Any: Scalars
    return number if along.value.is_zero() else number + STEP * along


def moved_along_axis(point: Mapping[str, Array], name: str, place: tuple[int, ...], side: int) -> dict[str, Array]:
    """``x + t`` or ``x - t`` for one entry of an input; the others are the same objects as before."""
    value = point[name].copy()
    value[place] = value[place] + STEP * side
    return {**point, name: value}


def tends_to(number: Any) -> arb | None:  # Any: a Scalar
    """What a number tends to, exact infinities among it; None where it is undefined. Errors: UntoldError."""
    if type(number) is Undefined:
        return None
    if type(number) is Ball:
        if number.value.is_nan():
            raise UntoldError
        return number.value
    assert isinstance(number, Series)
    if number.vanishes:
        return arb(0)
    if number.swings and number.order == 0 and all(c.value.is_zero() for c in number.terms.values()):
        return None
    near = number.value
    if near.is_finite():
        return arb(0, abs(near).upper()) if near.contains(0) else near
    found = number.lead()
    if found is None:
        return arb(0)
    (e, k), coefficient = found
    if e > 0 or (e == 0 and k < 0):
        return arb(0)
    if e == 0 and k == 0:
        return coefficient.value
    return arb.pos_inf() if number.sign() > 0 else arb.neg_inf()


def meeting(left: arb | None, right: arb | None) -> arb | None:
    """The finite number that both are; None where they are none, or two. Errors: UntoldError."""
    if left is None or right is None or not (left.is_finite() and right.is_finite() and same(left, right)):
        return None
    return left.union(right)


def quotient(near: Any, here: arb, sign: int) -> Any:
    """``(near - here)/(sign*t)``; a jump that is not certain is none. Errors: UntoldError."""
    if type(near) is Undefined:
        return near
    end = tends_to(near)
    if end is None or not (end.is_finite() and same(end, here)):
        return (near - Ball(here)) / (STEP * sign)
    if type(near) is Ball:
        return Ball(arb(0))
    rest = {power: coefficient for power, coefficient in near.terms.items() if power != ZEROTH}
    return simple(rest.items(), near.order, swings=near.swings) / (STEP * sign)


def about_zero(program: Program, name: str, terms: int) -> tuple[list[arb], bool] | None:
    """The first Taylor coefficients of a function of one number about 0, and whether there are no others; None where it
    has no such series, or not the same one on both sides, where it is not told, or where its value is an array."""
    try:
        with precision(BITS), length(2 * terms):  # what is divided by a zero loses terms
            near = [run(program, SeriesArithmetic(), {name: as_array(STEP * side)})[()] for side in (1, -1)]
            if isinstance(near[0], np.ndarray):
                return None
            right, left = (_coefficients(number, terms) for number in near)
    except (UntoldError, LimitError):
        return None
    if right is None or left is None or not all(c.overlaps((-1) ** k * left[k]) for k, c in enumerate(right)):
        return None
    return right, all(map(_is_polynomial, near, (terms, terms)))


def _is_polynomial(number: Any, terms: int) -> bool:  # Any: a Scalar, of which as many coefficients are known
    return type(number) is Ball or (number.order is None and all(e < terms for e, _ in number.terms))


def _coefficients(number: Any, terms: int) -> list[arb] | None:  # Any: a Scalar
    """Those of the powers 0, 1 … of the step; None of what is no power series, or not known so far."""
    if type(number) is Ball:
        return [number.value, *[arb(0)] * (terms - 1)]
    if type(number) is Undefined or (number.order is not None and number.order < terms):
        return None
    left = {power: c.value for power, c in number.ordered() if power[0] < terms and not c.value.is_zero()}
    found = [left.pop((k, 0), arb(0)) for k in range(terms)]
    return None if left or not all(c.is_finite() for c in found) else found
