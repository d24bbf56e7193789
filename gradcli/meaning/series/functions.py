"""Functions of series: by Taylor's formula where they are smooth, by rules of their own at kinks, edges and poles.

``RULES`` holds what a function does where it is not smooth, by its name; a rule sees the operands, of which at least
one is a Series, and answers NotImplemented where Taylor's formula does, from a function's value and slopes in balls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import factorial
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import ZERO, Ball, Undefined, UntoldError, variable
from gradcli.meaning.balls.edges import edged
from gradcli.meaning.balls.sweep import tangents
from gradcli.meaning.series.extent import kept
from gradcli.meaning.series.series import ZEROTH, Power, Series, prolonged, simple, steps_of, summed, truncated
from gradcli.meaning.series.solved import is_solved, solved

# Any, in this module: Scalars, that are Balls, Undefined and Series; Functions

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
NEARBY = arb(0, arb(2) ** -40)  # around a number
NEAR = arb(2) ** -42 + arb(0, arb(2) ** -43)  # on one side of a number
FAR = arb(2) ** 20 + arb(0.5)  # beyond the ends of all domains, and no pole


def rule(name: str) -> Callable[[Rule], Rule]:
    """Enters a rule for the function of this name."""

    def enter(written: Rule) -> Rule:
        RULES[name] = written
        return written

    return enter


def applied(function: Any, operands: Sequence[Any]) -> Any:
    """A function of operands without Undefined. Errors: UntoldError."""
    written = RULES.get(function.name)
    found = NotImplemented if written is None else written(*operands)
    return smooth(function, operands) if found is NotImplemented else found


Series.applied = staticmethod(applied)


def smooth(function: Any, operands: Sequence[Any]) -> Any:
    """Taylor's formula about the numbers that the operands tend to.

    Errors: UntoldError where an operand tends to no finite number, or the function is not smooth there.
    """
    if any(map(grows, operands)):
        return outside(function, [Ball(x.sign() * FAR) if grows(x) else split(x)[0] for x in operands])
    centres, rests = zip(*map(split, operands), strict=True)
    value = function(*centres)
    if type(value) is Undefined:
        moved = [c if rest is None else _beside(c, rest) for c, rest in zip(centres, rests, strict=True)]
        return outside(function, moved)
    return taylor(function, centres, {i: rest for i, rest in enumerate(rests) if rest is not None})


def _beside(centre: Ball, rest: Series) -> Ball:
    """Where a number goes from what it tends to: a ball on one side of it, or on both."""
    try:
        side = rest.sign()
    except UntoldError:
        return Ball(centre.value + NEARBY)
    return Ball(centre.value + side * NEAR)


def outside(function: Any, operands: Sequence[Ball]) -> Undefined:
    """Why a function has no value there. Errors: UntoldError, where it has one.

    Domains are unions of intervals, which end at 0, at 1, at poles or nowhere: what certainly holds a little beside an
    end holds up to it, and what holds far out holds to infinity.
    """
    found = function(*operands)
    if type(found) is not Undefined:
        raise UntoldError
    return found


def on_edge(taken: Any, edge: tuple[Ball, ...]) -> Any:
    """A number that is taken on the edge of a condition, which others move: it has no slope in them."""
    if type(taken) is not Series:
        return taken if type(taken) is Undefined else edged(taken, ZERO, edge)
    terms = {power: edged(c, ZERO, edge) for power, c in {ZEROTH: ZERO, **taken.terms}.items()}
    return Series(terms, taken.order, swings=taken.swings, rough=taken.rough)


def split(number: Any) -> tuple[Ball, Any]:
    """A number as a constant and what vanishes with t; None for a Ball. Errors: UntoldError."""
    if type(number) is Ball:
        return number, None
    if any(e < 0 and not c.value.is_zero() for (e, _), c in number.terms.items()):
        raise UntoldError
    if number.order is not None and number.order <= 0:
        raise UntoldError
    rest = {power: c for power, c in number.terms.items() if power != ZEROTH}
    return number.terms.get(ZEROTH, ZERO), Series(rest, number.order, rough=number.rough)


def grows(number: Any) -> bool:
    """Does it leave every bound as t tends to 0? Errors: UntoldError."""
    if type(number) is Ball:
        return False
    for (e, k), c in number.ordered():
        if e > 0 or (e == 0 and k <= 0):
            break
        if not c.value.is_zero():
            number.sign()
            return True
    if number.order is not None and number.order <= 0:
        raise UntoldError
    return False


def taylor(function: Any, centres: Sequence[Ball], rests: dict[int, Any]) -> Any:
    """``sum_a f^(a)(c)/a! * w**a`` over orders a in each operand that moves. Errors: UntoldError."""
    if len(rests) == 1:
        ((i, rest),) = rests.items()
        return summed(rest, coefficients(function, centres, i))
    steps = {i: variable(arb(0)) for i in rests}
    out = function(*(c + steps[i] if i in steps else c for i, c in enumerate(centres)))
    return _several(out, [(steps[i], rest) for i, rest in rests.items()])


def coefficients(function: Any, centres: Sequence[Ball], i: int = -1) -> Callable[[int], Ball]:
    """``n -> the n-th derivative/n!`` in one operand; a constant where nothing but that moves it. Errors: UntoldError
    where there is none."""
    if is_solved(function.name, centres, i % len(centres)):
        return solved(function, centres, i % len(centres))
    step = variable(arb(0))
    operands = list(centres)
    operands[i] = operands[i] + step
    known = [function(*operands)]
    still = not any(c.serial for c in centres)

    def coefficient(n: int) -> Ball:
        while len(known) <= n:
            known.append(_along(known[-1], step))
        found = Ball(known[n].value) if still else known[n]
        return found * Ball(arb(1) / factorial(n)) if n > 1 else found

    return coefficient


def _along(number: Any, step: Ball) -> Any:
    (found,) = tangents([number], {step.serial: Ball(arb(1))})
    if type(found) is Undefined:
        raise UntoldError
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
    return truncated(total, kept(), any(rest.rough for _, rest in moving))


def _powers(rest: Any) -> list[Any]:
    """1, w, w**2, … until the powers are no longer kept. Errors: UntoldError."""
    step, below = steps_of([rest])
    if below < 0:
        raise UntoldError
    found: list[Any] = [Ball(arb(1))]
    for _ in range(prolonged(step, below)[0]):
        found.append(found[-1] * rest)
    return found


def derivative(x: Any) -> Any:
    """The derivative in t. Errors: UntoldError where it may turn to and fro ever faster, or is endless."""
    if type(x) is Ball:
        return ZERO
    if x.rough or x.endless:
        raise UntoldError
    terms: list[tuple[Power, Any]] = []
    for (e, k), c in x.terms.items():
        terms.append(((e - 1, k), c * Ball(arb(e.numerator) / e.denominator)))
        if k:
            terms.append(((e - 1, k - 1), c * Ball(arb(k))))
    return simple(terms, None if x.order is None else x.order - 1)
