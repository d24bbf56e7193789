"""Functions of series: by Taylor's formula where they are smooth, by rules of their own at kinks, edges and poles.

``RULES`` holds what a function does where it is not smooth, by its name; a rule sees the operands, of which at least
one is a Series. Every other function is composed from its value and slopes in balls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, lifted, variable
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.series.series import (
    ZEROTH,
    Power,
    Series,
    kept,
    of,
    prolonged,
    sign,
    simple,
    steps_of,
    summed,
    truncated,
)

# Any, in this module: Scalars, that are Balls, Undefined and Series; Functions

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
NEARBY = arb(0, arb(2) ** -40)  # where a function without a value here has none beside it either


def rule(name: str) -> Callable[[Rule], Rule]:
    """Enters a rule for the function of this name."""

    def enter(written: Rule) -> Rule:
        RULES[name] = written
        return written

    return enter


def applied(function: Any, operands: Sequence[Any]) -> Any:
    """A function of operands without Undefined. Errors: UntoldError."""
    written = RULES.get(function.name)
    return smooth(function, operands) if written is None else written(*operands)


Series.applied = staticmethod(applied)


def smooth(function: Any, operands: Sequence[Any]) -> Any:
    """Taylor's formula about the numbers that the operands tend to; at the edge of a domain the integral of the slope.

    Errors: UntoldError where an operand tends to no finite number, or the function has neither.
    """
    centres, rests = zip(*map(split, operands), strict=True)
    value = function(*centres)
    if type(value) is Undefined:
        wide = [Ball(c.value + NEARBY) if type(x) is Series else c for c, x in zip(centres, operands, strict=True)]
        if type(function(*wide)) is Undefined:
            return value
        raise UntoldError
    moving = [i for i, rest in enumerate(rests) if rest is not None]
    try:
        return taylor(function, centres, {i: rests[i] for i in moving})
    except EdgeError:
        return integrated(function, operands, value, moving)


class EdgeError(Exception):
    """The function has a value here, but no derivatives."""


def split(number: Any) -> tuple[Ball, Any]:
    """A number as a constant and what vanishes with t; None for a Ball. Errors: UntoldError."""
    if type(number) is Ball:
        return number, None
    if any(e < 0 and not c.value.is_zero() for (e, _), c in number.terms.items()):
        raise UntoldError
    rest = {power: c for power, c in number.terms.items() if power != ZEROTH}
    return number.terms.get(ZEROTH, ZERO), Series(rest, number.order)


def taylor(function: Any, centres: Sequence[Ball], rests: dict[int, Any]) -> Any:
    """``sum_a f^(a)(c)/a! * w**a`` over orders a in each operand that moves. Errors: UntoldError, EdgeError."""
    steps = {i: variable(arb(0)) for i in rests}
    out = function(*(c + steps[i] if i in steps else c for i, c in enumerate(centres)))
    if len(rests) == 1:
        ((i, rest),) = rests.items()
        known = [out]
        still = not any(c.serial for c in centres)
        return summed(rest, lambda n: _coefficient(known, steps[i], n, still))
    return _several(out, [(steps[i], rest) for i, rest in rests.items()])


def _coefficient(known: list[Any], step: Ball, n: int, still: bool) -> Ball:
    """The n-th derivative in the step, divided by n!; a constant where nothing but the step moves it."""
    while len(known) <= n:
        known.append(_along(known[-1], step))
    found = Ball(known[n].value) if still else known[n]
    return found * Ball(arb(1) / factorial(n)) if n > 1 else found


def _along(number: Any, step: Ball) -> Any:
    (found,) = tangents([number], {step.serial: Ball(arb(1))})
    if type(found) is Undefined:
        raise EdgeError
    return found


def _several(out: Any, moving: Sequence[tuple[Ball, Any]]) -> Any:
    """Taylor's formula in several operands at once."""
    known: dict[tuple[int, ...], Any] = {(0,) * len(moving): out}
    powers = [_powers(rest) for _, rest in moving]
    last = max(len(found) for found in powers)
    total: Any = out
    for orders in sorted(product(range(last), repeat=len(moving)), key=sum)[1:]:
        if sum(orders) >= last or any(n >= len(found) for n, found in zip(orders, powers, strict=True)):
            continue
        i = next(i for i, n in enumerate(orders) if n)
        before = (*orders[:i], orders[i] - 1, *orders[i + 1 :])
        known[orders] = _along(known[before], moving[i][0])
        term = known[orders]
        for n, found in zip(orders, powers, strict=True):
            term = term * found[n] * Ball(arb(1) / factorial(n))
        total = total + term
    return truncated(total, kept())


def _powers(rest: Any) -> list[Any]:
    """1, w, w**2, … until the powers are no longer kept. Errors: UntoldError."""
    step, below = steps_of([rest])
    if below < 0:
        raise UntoldError
    found: list[Any] = [Ball(arb(1))]
    for _ in range(prolonged(step, below)[0]):
        found.append(found[-1] * rest)
    return found


def integrated(function: Any, operands: Sequence[Any], value: Ball, moving: Sequence[int]) -> Any:
    """The value at the edge of the domain, and the integral of the slopes from there on. Errors: UntoldError."""
    unknown = Ball(arb.nan())
    total: Any = ZERO
    for i in moving:
        slope = lifted(function.slopes[i](*operands, unknown))
        if type(slope) is Undefined:
            return beyond(function, operands)
        total = total + slope * derivative(operands[i])
    return value + integral(total)


def beyond(function: Any, operands: Sequence[Any]) -> Undefined:
    """What a function is beyond the edge of its domain, at which the operands stand. Errors: UntoldError, where they go
    inside."""
    point = []
    for x in operands:
        centre, rest = split(x)
        point.append(centre if rest is None else Ball(centre.value + sign(rest) * arb(2) ** -100))
    found = function(*point)
    if type(found) is not Undefined:
        raise UntoldError
    return found


def derivative(x: Any) -> Any:
    """The derivative in t."""
    if type(x) is Ball:
        return ZERO
    terms: list[tuple[Power, Any]] = []
    for (e, k), c in x.terms.items():
        terms.append(((e - 1, k), c * Ball(arb(e.numerator) / e.denominator)))
        if k:
            terms.append(((e - 1, k - 1), c * Ball(arb(k))))
    return simple(terms, None if x.order is None else x.order - 1)


def integral(x: Any) -> Any:
    """The integral in t from 0. Errors: UntoldError where it does not vanish at 0."""
    x = of(x)
    if any(e <= -1 for e, _ in x.terms) or (x.order is not None and x.order <= -1):
        raise UntoldError
    terms: list[tuple[Power, Any]] = []
    for (e, k), c in x.terms.items():
        if k < 0:
            raise UntoldError
        divisor = Ball(arb(e.numerator) / e.denominator + 1)
        factor = c
        for m in range(k, -1, -1):
            factor = factor / divisor
            terms.append(((e + 1, m), factor))
            factor = factor * Ball(arb(-m))
    return simple(terms, None if x.order is None else x.order + 1)
