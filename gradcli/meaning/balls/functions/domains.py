"""Domains of functions of balls: certainly inside, certainly outside, or not told."""

from __future__ import annotations

from collections.abc import Callable

from flint import arb

from gradcli.meaning.balls.ball import Undefined

UNTOLD = arb.nan()

Enclosure = Callable[[arb], arb | Undefined]


def within(inside: Callable[[arb], bool | None], value: Enclosure, why: str) -> Enclosure:
    """A function where ``inside`` certainly holds, undefined where it certainly does not, else untold."""

    def enclose(x: arb) -> arb | Undefined:
        told = inside(x)
        return UNTOLD if told is None else value(x) if told else Undefined(why)

    return enclose


def off_zero(value: Callable[[arb], arb], name: str) -> Enclosure:
    """A function with a pole at 0."""
    why = f"{name} has a pole at 0"
    return lambda x: Undefined(why) if x.is_zero() else value(x)


def either(yes: bool, no: bool) -> bool | None:
    """Of two things that cannot both be: which one is certain?"""
    return True if yes else False if no else None


def at_least(x: arb, low: int) -> bool | None:
    return either(x >= low, x < low)


def up_to_one(x: arb) -> bool | None:
    """Is x from -1 to 1?"""
    return either(x >= -1 and x <= 1, x < -1 or x > 1)


def from_one(x: arb) -> bool | None:
    """Is x at least 1 in size?"""
    return either(x >= 1 or x <= -1, x > -1 and x < 1)
