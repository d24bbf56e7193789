"""What the families of special functions share: orders, which are exact constants and never move; poles and edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined, exact_integer, is_infinite
from gradcli.meaning.balls.functions.domains import UNTOLD, either

# Any, in this module: Scalars

Enclosing = Callable[..., arb | Undefined]

ZERO, ONE, MINUS_ONE = arb(0), arb(1), arb(-1)
RISING, FALLING = arb.pos_inf(), arb.neg_inf()


def ended(
    enclose: Enclosing, above: arb | Callable[..., arb] | None = None, below: arb | Callable[..., arb] | None = None
) -> Enclosing:
    """An enclosure with its limits at infinity and at minus infinity, numbers or functions of the operands."""

    def enclosing(*operands: arb) -> arb | Undefined:
        x = operands[-1]
        if not is_infinite(x):
            return enclose(*operands)
        end = above if x > 0 else below
        if end is None:
            found = enclose(*operands)
            return found if isinstance(found, Undefined) else Undefined("no limit at infinity")
        return end if isinstance(end, arb) else end(*operands)

    return enclosing


def whole(order: arb) -> int:
    """A whole order. Errors: ValueError, that is untold, where it is not exactly one."""
    number = exact_integer(order)
    if number is None:
        raise ValueError("an order that is not a whole number")
    return number


def unmoved(*_: Any) -> Any:
    """The slope in an order: orders are constants, so that nobody asks."""
    return Ball(UNTOLD)


def positive(x: arb) -> bool | None:
    return either(x > 0, x <= 0)


def pole(x: arb) -> bool:
    """Is it exactly a pole of gamma: 0, -1, -2, …?"""
    return bool(x <= 0) and x.is_exact() and x.is_integer()


def edged(name: str, at: Callable[[arb], bool], slope: Callable[..., Any]) -> Callable[..., Any]:
    """A slope that does not exist at the edge of the domain, which the last operand reaches."""

    def guarded(*known: Any) -> Any:
        return Undefined(f"{name} at the edge of its domain") if at(known[-2].value) else slope(*known)

    return guarded
