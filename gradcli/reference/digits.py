"""The derivative itself to any number of digits, for those who want the number rather than the float."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import log2
from typing import Any

import numpy as np
from flint import arb, fmpz

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.base.precision import precision
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Undefined
from gradcli.meaning.scalars import Array
from gradcli.reference.answer import Answer
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import Entry, Problem
from gradcli.reference.reference import Reference
from gradcli.reference.work import WORK, Work

SPARE = 64  # bits beyond those of the digits, with which most numbers are settled at once
DOUBLINGS = 5  # of the bits, for numbers in which much cancels
BEYOND = 5  # digits after the last: where these are 0, the number is the short one
BITS_OF_DIGIT = log2(10)
LOWEST = -(10**18)  # decimal exponent of the smallest bound that is written: a lower one has too many digits to be read

Point = Callable[[Balls], Mapping[str, Array]]


def derivative_digits(
    problem: Problem, answers: Sequence[Answer], digits: int, point: Point
) -> dict[tuple[str, ...], Any]:  # Any: texts in nested lists
    """Each answer's entries by its label as decimal texts of certain digits, ``undefined`` where there is no
    derivative; ``0 to within 1e-60`` where it cannot be told from 0.

    point: the inputs as numbers of an arithmetic's precision: decimals as they were typed, not as floats
    Errors: LimitError where fewer digits can be settled.
    """
    texts = {answer.label: np.full(answer.array.shape, "", dtype=object) for answer in answers}
    left = [(answer, place) for answer in answers for place in np.ndindex(answer.array.shape)]
    order = max(len(answer.wrt) for answer in answers)
    reference = Reference(problem, order)
    for bits, last in _levels(reference.rules.work, digits):
        here = Enclosed(problem, bits, point)
        unsettled = []
        for answer, place in left:
            scalar = here.entry(answer.entry(place))
            number = _nearby(reference, answer.entry(place)) if type(scalar) is Undefined else scalar.value
            if last and number is not None and number.contains(0) and _is_zero(reference, answer.entry(place)):
                number = arb(0)
            with precision(bits):
                text = "undefined" if number is None else decimal(number, digits, last=last)
            if text is None:
                unsettled.append((answer, place))
            else:
                texts[answer.label][place] = text
        left = unsettled
        if not left:
            return {label: found.tolist() for label, found in texts.items()}
    raise LimitError(f"fewer than {digits} digits of this derivative could be settled")


def _nearby(reference: Reference, entry: Entry) -> arb | None:
    """The derivative at the floats, of which balls say that there is none: on a kink there may be one all the same, and
    at the edge of the domain that of the one side that there is."""
    (truth,) = reference.truths([entry])
    return truth.value if truth.sides is None else truth.sides.only


def _is_zero(reference: Reference, entry: Entry) -> bool:
    """Is sympy's formula of the derivative 0?"""
    try:
        return reference.sympy is not None and reference.sympy.exact and bool(reference.sympy.formula(entry) == 0)
    except (LimitError, ExpressionError):
        return False


def _levels(work: Work, digits: int) -> Iterator[tuple[int, bool]]:
    """The bits to try in turn, as far as the work allows, and whether these are the last."""
    bits = [(int(digits * BITS_OF_DIGIT) + SPARE) << k for k in range(DOUBLINGS)]
    allowed = [b for b in bits if work.units(b) <= WORK] or bits[:1]
    return ((b, b == allowed[-1]) for b in allowed)


def decimal(value: arb, digits: int, *, last: bool = False) -> str | None:
    """A number to so many significant digits, all certain; None where the enclosure leaves a doubt.

    last: there will be no narrower one, so that a zero may be told by its radius. Bits: a few more than the digits'.
    """
    if value.is_zero():
        return "0.0"
    if not value.is_finite():
        return {1: "inf", -1: "-inf"}[1 if value > 0 else -1] if value.is_exact() and not value.is_nan() else None
    if value.contains(0):
        size = abs(value).upper()
        return f"0 to within {power_of_ten(_exponent(size) + 1)}" if last and size < 1 else None
    return _settled(value, _exponent(value), digits, last=last)


def _settled(value: arb, exponent: int, digits: int, *, last: bool) -> str | None:
    """A number whose first digit stands for this power of ten, or for the next one."""
    rounded = _rounded(value, exponent, digits)
    if rounded is None and last and _rounded(value, exponent, digits + BEYOND) is not None:
        rounded = _rounded(value, exponent, digits, middle=True)  # halfway between two texts, each as near
    if rounded is None:
        return None
    if abs(rounded) >= fmpz(10) ** digits:
        return _settled(value, exponent + 1, digits, last=last)
    further = _rounded(value, exponent, digits + BEYOND)
    return _written(rounded, exponent, digits, short=further == rounded * fmpz(10) ** BEYOND)


def _written(rounded: fmpz, exponent: int, digits: int, *, short: bool) -> str:
    """So many digits of which the first stands for this power of ten: ``0.012``, ``1.2e-7``.

    short: without zeros at the end
    """
    fixed = min(-(digits // 3), -5) < exponent < digits
    shown = "0" * (-exponent if fixed else 0) + str(abs(rounded))
    point = max(exponent, 0) + 1 if fixed else 1
    rest = shown[point:].rstrip("0") or "0" if short else shown[point:]
    text = f"{'-' if rounded < 0 else ''}{shown[:point]}{'.' if rest else ''}{rest}"
    return text if fixed else f"{text}e{exponent:+}"


def power_of_ten(exponent: int) -> str:
    """``1e-38``, as a bound; never below 10**LOWEST."""
    return f"1e{max(exponent, LOWEST)}"


def _exponent(value: arb) -> int:
    """The decimal exponent of a number's size, at its lower end; it may be one too small."""
    lower = abs(value).lower()
    return int((lower.log() / arb(10).log()).lower().floor().unique_fmpz() or 0)


def _rounded(value: arb, exponent: int, digits: int, *, middle: bool = False) -> fmpz | None:
    """The one whole number to which every number of the ball, or its middle, is rounded, in units of its last digit."""
    shift = digits - 1 - exponent
    scaled = value * arb(10) ** shift if shift >= 0 else value / arb(10) ** -shift
    return ((scaled.mid() if middle else scaled) + arb(0.5)).floor().unique_fmpz()
