"""What families share: is a number certainly inside of a domain, and how far is it to the next singularity?"""

from __future__ import annotations

from flint import arb

Told = tuple[bool, bool]  # certainly yes, certainly no


def within(*conditions: Told) -> bool | None:
    """Do all hold? None where it cannot be told."""
    if any(no for _, no in conditions):
        return False
    return True if all(yes for yes, _ in conditions) else None


def either(one: Told, other: Told) -> Told:
    return one[0] or other[0], one[1] and not other[0]


def above(x: arb, low: float) -> Told:
    return bool(x > low), bool(x <= low)


def below(x: arb, high: float) -> Told:
    return bool(x < high), bool(x >= high)


def between(x: arb, low: float, high: float) -> Told:
    return bool(x > low and x < high), bool(x <= low or x >= high)


def off_poles(x: arb) -> Told:
    """Is it none of 0, -1, -2, …?"""
    return bool(x > 0) or not x.contains_integer(), is_pole(x)


def is_pole(x: arb) -> bool:
    """Is it exactly one of them?"""
    return bool(x <= 0) and is_whole(x)


def is_whole(x: arb) -> bool:
    return x.is_exact() and x.is_integer()


def to_poles(x: arb) -> arb:
    """The distance to the nearest of 0, -1, -2, …"""
    return x if x > 0 else (x - x.floor()).min(x.ceil() - x)


def to_whole(x: arb) -> arb:
    """The distance to the nearest whole number."""
    return abs(x - (x + 0.5).floor())
