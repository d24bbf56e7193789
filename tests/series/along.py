"""Formulas along a ray, and what they are held against: balls at a point of the ray."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Condition, Undefined
from gradcli.meaning.program import Program, compile_tree, run
from gradcli.meaning.scalars import Array, mapped
from gradcli.meaning.series.arithmetic import SeriesArithmetic
from gradcli.meaning.series.extent import length
from gradcli.meaning.series.ray import moved
from gradcli.meaning.series.series import Series

BITS = 256
STEP = 40  # t is 2**-40
SLACK = 40  # bits by which what is left out may exceed its power of t

# Any: arrays of floats; Scalars


def series(
    program: Program | str,
    values: Mapping[str, Any],
    direction: Mapping[str, Any],
    bits: int = BITS,
    *,
    anew: bool = False,
) -> Array:
    """The value for all small t > 0; anew: what the ray does not move is computed too, and not taken from its start."""
    if isinstance(program, str):
        program = compile_tree(parse(program).tree)
    with precision(bits), length(4):
        arithmetic = SeriesArithmetic()
        point = {name: arithmetic.exact(value) for name, value in values.items()}
        if not anew:
            arithmetic = SeriesArithmetic(program=program, point=point)
        along = {name: arithmetic.exact(value) for name, value in direction.items()}
        return run(program, arithmetic, moved(point, along))


def coefficient(number: Any, exponent: int = 0) -> float:
    """That of a power of t."""
    if type(number) is Series:
        assert number.order is None or number.order > exponent
        return float(number.terms.get((Fraction(exponent), 0), Ball(arb(0))))
    return 0.0 if exponent else float(number)


def at(number: Any, t: arb) -> arb:
    """The number at a step, with room for what is left out."""
    if type(number) is not Series:
        value: arb = number.value
        return value
    value = arb(0)
    for (e, k), c in number.terms.items():
        value += c.value * t ** (arb(e.numerator) / e.denominator) * t.log() ** k
    if number.order is not None:
        left = t ** (arb(number.order.numerator) / number.order.denominator)
        value += arb(0, (left * arb(2) ** SLACK).upper())
    return value


def assert_on_ray(program: Program | str, values: Mapping[str, Any], direction: Mapping[str, Any]) -> int:
    """At a small step the series are what balls are there; how many entries are told, and depend on t."""
    if isinstance(program, str):
        program = compile_tree(parse(program).tree)
    found = series(program, values, direction)
    with precision(BITS):
        t = arb(2) ** -STEP
        arithmetic = Balls()
        point = {
            name: mapped(lambda v, d: v + Ball(t) * d, arithmetic.exact(v), arithmetic.exact(direction[name]))
            if name in direction
            else arithmetic.exact(v)
            for name, v in values.items()
        }
        due = run(program, arithmetic, point)
        moving = 0
        for place in np.ndindex(due.shape):
            moving += _assert_same(found[place], due[place], t)
    return moving


def _assert_same(found: Any, due: Any, t: arb) -> int:
    if isinstance(due, Condition | bool | np.bool):
        assert bool(found) == bool(due)
    elif type(found) is Undefined or type(due) is Undefined:
        assert type(found) is type(due), f"{found} where balls have {due}"
    else:
        value = at(found, t)
        assert not value.is_nan(), "not told"
        assert value.overlaps(due.value), f"{value} where balls have {due.value}"
    return type(found) is Series
