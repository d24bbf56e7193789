"""Derivatives along one direction through several inputs: one number that sees every entry of a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from gradcli.meaning.arrays import Array, Scalar, as_array
from gradcli.meaning.program import run
from gradcli.reference.agreement import limit_or_nan
from gradcli.reference.routes import Reference

Direction = Mapping[str, Array]  # an array of each moved input's shape


def along(reference: Reference, direction: Direction) -> Array:
    """The derivative of the outputs, by central differences. Errors: LimitError when the time is up."""
    context = reference.arithmetic.context
    quotient, noise = _central(reference, direction, context.one)
    small = reference.small(quotient, noise)
    if np.any(small):
        closer = _central(reference, direction, context.mpf(10) ** -3)
        quotient = as_array(np.where(small & reference.falls(quotient, *closer), context.zero, quotient))
    return reference.cleaned(quotient, noise)


def confirmed(reference: Reference, direction: Direction) -> Array:
    """The same by two refinements with smaller steps and more digits; nan where they do not agree. Errors: as ``along``.

    For a step that is large beside an entry, as at hypot(0, 1e-20), and for numbers on the way that drown the rest.
    """
    return reference.agreed_on(
        lambda refinement: _central(refinement, direction, refinement.arithmetic.context.one)[0],
        lambda refinement: refinement.lost / (2 * _step(refinement)),
        reference.levels,
    )


def beyond_kink(reference: Reference, direction: Direction) -> Array:
    """The one-sided derivative of the outputs; nan where there is none. Errors: as ``along``."""
    quotients = []
    for step in reference.approaching(_step(reference)):
        there = _moved(reference, direction, step)
        quotients.append(reference.cleaned((there - reference.value) / step, reference.noise / step))
    return reference.arithmetic.map(partial(limit_or_nan, reference.arithmetic), *quotients)


def _step(reference: Reference) -> Scalar:
    return reference.arithmetic.context.mpf(10) ** -reference.step_digits


def _central(reference: Reference, direction: Direction, shrink: Scalar) -> tuple[Array, Scalar]:
    """A central difference with the step times ``shrink``, and its rounding error."""
    step = shrink * _step(reference)
    plus, minus = (_moved(reference, direction, sign * step) for sign in (1, -1))
    return as_array((plus - minus) / (2 * step)), reference.noise / (2 * step)


def _moved(reference: Reference, direction: Direction, step: Scalar) -> Array:
    """The outputs a step away."""
    point = {
        name: as_array(value + step * reference.arithmetic.exact(direction[name])) if name in direction else value
        for name, value in reference.point.items()
    }
    return run(reference.problem.program, reference.arithmetic, reference.inputs(point), deadline=reference.deadline)
