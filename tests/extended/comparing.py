"""A formula's value and derivatives in whole arrays, beside the same in balls."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, enclosure
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.number import Extended, given
from gradcli.meaning.extended.rounding import CARE
from gradcli.meaning.extended.sweep import gradient
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.scalars import as_array


def in_arrays(text: str, order: int = 1, **values: Any) -> list[Extended]:  # Any: numbers
    """The function's value; the gradient in each name of the sum of its entries that are told; and that of the sum of
    the first of these gradients, as far as it is told, in the first name."""
    inputs = {name: given(np.asarray(value, dtype=float), moves=True) for name, value in values.items()}
    out = run(compile_tree(parse(text).tree), WholeArrays(), inputs)
    found = [out] + [gradient(out, variables, _told(out), record=order > 1) for variables in inputs.values()]
    return found + [gradient(found[1], next(iter(inputs.values())), _told(found[1]))] * (order > 1)


def _told(numbers: Extended) -> Extended:
    return Extended(np.isfinite(numbers.errors) & np.isfinite(numbers.value))


def in_balls(text: str, told: list[Extended], order: int = 1, **values: Any) -> list[Any]:  # Any: numbers, Scalars
    """The same."""
    with precision(300):
        inputs = {name: Balls().variables(value) for name, value in values.items()}
        out = as_array(run(compile_tree(parse(text).tree), Balls(), inputs))
        first = adjoints(_seeds(out, told[0]), record=order > 1)
        found = [out] + [_of(first, variables) for variables in inputs.values()]
        if order > 1:
            found.append(_of(adjoints(_seeds(found[1], told[1])), next(iter(inputs.values()))))
        return found


def _seeds(balls: Any, told: Extended) -> list[tuple[Ball, Ball]]:  # Any: an array of Scalars
    chosen = _told(told).value.ravel()
    return [(v, Ball(arb(1))) for v, one in zip(balls.ravel(), chosen, strict=True) if one and type(v) is Ball]


def _of(found: Any, variables: Any) -> Any:  # Any: Scalars by serial, an array of Balls -> an array of Scalars
    out = np.empty(variables.shape, dtype=object)
    for place in np.ndindex(variables.shape):
        out[place] = found.get(variables[place].serial, Ball(arb(0)))
    return out


def beyond(text: str, order: int = 1, **values: Any) -> Iterator[str]:  # Any: numbers
    """The numbers whose distance from their ball is not within their bound, in words. What has no bound is none."""
    told = in_arrays(text, order, **values)
    for k, (numbers, balls) in enumerate(zip(told, in_balls(text, told, order, **values), strict=True)):
        assert numbers.shape == balls.shape, (text, k, numbers.shape, balls.shape)
        for place in np.ndindex(numbers.shape):
            bound = numbers.errors[place]
            if not np.isfinite(bound):
                continue
            if not within(numbers.value[place], bound, balls[place]):
                yield f"{text}: number {k} at {place} is {numbers.value[place]!r} ± {bound}, not {balls[place]}; {values}"


def exactly(number: Any) -> Fraction:  # Any: longdouble
    return Fraction(*number.as_integer_ratio())


def within(number: Any, bound: Any, ball: Any) -> bool:  # Any: longdouble, a Scalar
    if type(ball) is not Ball or not np.isfinite(number):
        return False
    with precision(300):
        return not abs(enclosure(exactly(number)) - ball.value) > enclosure(exactly(bound)) * CARE
