"""One number of torch's beside the enclosure of the truth: certainly near, certainly not, or it cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, log10

from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import at_most
from gradcli.reference.answer import Settings
from gradcli.reference.digits import LOWEST, power_of_ten

DECIDING = 4_096  # bits of an error: 0 is off by less than 5e-324 where the truth is 5e-324 - 2e-971
MAX_EXPONENT = 40  # characters of a number in a note


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is certain of one number.

    agrees: None where the enclosure does not decide it
    digits: that are certainly right; None where the truth is 0, or may be
    terms:  the size of the terms that cancel where the truth is 0 and torch's number is not
    note:   where these stand in the place of digits, or the truth lies below what the dtype tells to all its digits
    """

    agrees: bool | None
    digits: float | None = None
    terms: float | None = None
    note: str = ""


def compare(number: float, true: arb, terms: Callable[[], float], settings: Settings) -> Comparison:
    """Is the number within the tolerance of a finite truth?

    Where the truth is 0 the tolerance is relative to the terms whose sum it is. terms: their size, if it is wanted
    """
    dtype = settings.float_type
    if not isfinite(number):
        return Comparison(False, 0.0) if _told(true, settings) else Comparison(None)
    with precision(DECIDING):
        error = abs(arb(number) - true)
    if error <= dtype.tiny and abs(true) < dtype.smallest_normal:
        below = f"{shown(true)} lies below {dtype}'s {'normal ' * bool(number)}range, where {number!r} is right"
        return (
            Comparison(True)
            if true.contains(0)
            else Comparison(True, certain_digits(number, true, dtype.digits) or None, note=below)
        )
    if true.contains(0):
        return _beside_zero(number, true, terms(), settings)
    allowed = (abs(true) * settings.tolerance).max(arb(settings.atol)).max(arb(dtype.tiny))
    return Comparison(at_most(error, allowed), certain_digits(number, true, dtype.digits))


def _told(true: arb, settings: Settings) -> bool:
    """Is the truth known, to the tolerance: more than that it lies between two numbers far apart?"""
    return bool(true.rad() <= settings.tolerance * abs(true.mid()).max(arb(1)))


def _beside_zero(number: float, true: arb, size: float, settings: Settings) -> Comparison:
    what = "the truth is 0" if true.is_zero() else f"the truth is 0 to within {within(true)}"
    if size in {0, inf}:  # nothing cancels, or nothing is known of what does
        said = f"{what}; {settings.whose} gives {number!r}"
        return Comparison(False if abs(arb(number) - true) > 0 else None, None, None, said)
    note = f"{what}; terms of size {size:.2g} cancel; {settings.whose} gives {number!r}"
    error, allowed = abs(arb(number) - true), arb(max(settings.tolerance * size, settings.atol))
    return Comparison(at_most(error, allowed), None, size, note)


def certain_digits(number: float, true: arb, most: float) -> float:
    """The decimal digits that are certainly right, at most so many."""
    error = abs(arb(number) - true) / abs(true)
    upper = float(error.upper()) if error.is_finite() else inf
    return most if upper == 0 else max(0.0, min(most, -log10(upper))) if upper < inf else 0.0


def within(true: arb) -> str:
    """``1e-38``: a power of ten that an enclosure around 0 does not reach beyond."""
    text = abs(true).upper().str(2, radius=False)
    exponent = text.partition("e")[2]
    if len(exponent) > MAX_EXPONENT:
        return "inf" if abs(true).upper() > 1 else power_of_ten(LOWEST)
    return f"1e{int(exponent) + 1}" if exponent else f"{float(text):.0e}"


def shown(true: arb) -> str:
    """A truth to 17 digits, without the zeros at their end; of a number beyond all measure its sign."""
    digits, mark, exponent = true.mid().str(17, radius=False).partition("e")
    whole, _, rest = digits.partition(".")
    text = f"{whole}.{rest.rstrip('0') or '0'}{mark}{exponent}"
    if len(text) <= MAX_EXPONENT:
        return text
    return f"{'-' * bool(true < 0)}{'a huge number' if abs(true) > 1 else 'nearly 0'}"


def radius(true: arb) -> str:
    """The radius of an enclosure, for people."""
    size = true.rad()
    return "0" if size.is_zero() else f"{size.str(2, radius=False)}"
