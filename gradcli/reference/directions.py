"""Derivatives along one direction through several inputs: one number that sees every entry of a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.reference.agreement import limit_or_nan
from gradcli.reference.differences import Differences
from gradcli.reference.sides import approaching

Direction = Mapping[str, Array]  # an array of each moved input's shape


def along(route: Differences, direction: Direction) -> Array:
    """The derivative of the outputs, by central differences. Errors: LimitError when the time is up."""
    context = route.arithmetic.context
    quotient, noise = _central(route, direction, context.one)
    small = route.small(quotient, noise)
    if np.any(small):
        closer = _central(route, direction, context.mpf(10) ** -3)
        quotient = as_array(np.where(small & route.falls(quotient, *closer), context.zero, quotient))
    return route.cleaned(quotient, noise)


def confirmed(route: Differences, direction: Direction) -> Array:
    """The same by two refinements with smaller steps and more digits; nan where they differ. Errors: as ``along``.

    For a step that is large beside an entry, as at hypot(0, 1e-20), and for numbers on the way that drown the rest.
    """
    return route.agreed_on(
        lambda refinement: _central(refinement, direction, refinement.arithmetic.context.one)[0],
        lambda refinement: refinement.lost / (2 * refinement.unit_step),
        route.levels,
    )


def beyond_kink(route: Differences, direction: Direction) -> Array:
    """The one-sided derivative of the outputs; nan where there is none. Errors: as ``along``."""
    quotients = []
    for step in approaching(route.unit_step):
        there = _moved(route, direction, step)
        quotients.append(route.cleaned((there - route.value) / step, route.noise / step))
    return route.arithmetic.map(partial(limit_or_nan, route.arithmetic), *quotients)


def _central(route: Differences, direction: Direction, shrink: Scalar) -> tuple[Array, Scalar]:
    """A central difference with the step times ``shrink``, and its rounding error."""
    step = shrink * route.unit_step
    plus, minus = (_moved(route, direction, sign * step) for sign in (1, -1))
    return as_array((plus - minus) / (2 * step)), route.noise / (2 * step)


def _moved(route: Differences, direction: Direction, step: Scalar) -> Array:
    """The outputs a step away."""
    point = {
        name: as_array(value + step * route.arithmetic.exact(direction[name])) if name in direction else value
        for name, value in route.point.items()
    }
    return route.at(point)
