"""What families share: is a number certainly inside of a domain, and how far is it to the next singularity?"""

from __future__ import annotations

from flint import acb, arb


def within(*conditions: tuple[bool, bool]) -> bool | None:
    """Do all hold? Each is a pair: certainly yes, certainly no; None where it cannot be told."""
    if any(no for _, no in conditions):
        return False
    return True if all(yes for yes, _ in conditions) else None


def above(x: arb, low: float) -> tuple[bool, bool]:
    return bool(x > low), bool(x <= low)


def between(x: arb, low: float, high: float) -> tuple[bool, bool]:
    return bool(x > low and x < high), bool(x <= low or x >= high)


def off_poles(x: arb) -> tuple[bool, bool]:
    """Is it none of 0, -1, -2, …?"""
    at_one = bool(x <= 0) and x.is_exact() and x.is_integer()
    return bool(x > 0) or not x.contains_integer(), at_one


def to_poles(x: arb) -> arb:
    """The distance to the nearest of 0, -1, -2, …"""
    if x > 0:
        return x
    return (x - x.floor()).min(x.ceil() - x)


def is_pole(x: acb) -> bool:
    """Is it exactly one of them?"""
    return bool(x.imag.is_zero()) and off_poles(x.real)[1]
