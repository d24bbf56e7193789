"""What a function of balls is: an enclosure where it has a value, a reason where it has none, and its slopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Differentiable, Undefined, is_fixed, is_infinite, jumped, lifted, made


@dataclass(frozen=True, slots=True)
class Function(Differentiable):
    """A function of real numbers, called with Scalars.

    enclose:  the operands' enclosures -> an enclosure of the value; nan where the balls cannot tell, Undefined where
              there is certainly no real value. Errors that FLINT raises mean that it cannot tell.
    infinite: it takes operands that are exactly infinite; the others are undefined there
    stands_on_jump: the operands' enclosures -> may it jump there, or does its domain end there? None for what never
              does
    """

    enclose: Callable[..., arb | Undefined]
    infinite: bool = False
    stands_on_jump: Callable[..., bool] | None = None

    def __call__(self, *operands: Any) -> Any:  # Any: Scalars, or Python numbers
        balls = tuple(map(lifted, operands))
        for ball in balls:
            if type(ball) is Undefined:
                return ball
        for ball in balls:
            if type(ball) is not Ball:
                return ball.through(self, balls)
        values = [ball.value for ball in balls]
        if not self.infinite and any(map(is_infinite, values)):
            return Undefined(f"{self.name} at infinity")
        try:
            value = self.enclose(*values)
        except (ValueError, ZeroDivisionError, OverflowError):
            value = arb.nan()
        if not all(operand.is_finite() for operand in values) and self._is_still(balls, value):
            return lifted(value)
        if self.stands_on_jump is not None and self.stands_on_jump(*values) and not isinstance(value, Undefined):
            return jumped(value, balls, replace(self, jumps=True))
        return made(value, balls, self)

    def _is_still(self, balls: Sequence[Any], value: arb | Undefined) -> bool:  # Any: Balls
        """Is it constant all around the point, as what moves, or makes it infinite, is infinite by itself?"""
        fixed = [is_fixed(ball) for ball in balls]
        infinite = any(fixed) and not isinstance(value, Undefined) and is_infinite(value)
        return infinite or all(still or not ball.serial for still, ball in zip(fixed, balls, strict=True))


def at(*ends: int) -> Callable[[arb], bool]:
    """Does it stand at one of these?"""
    return lambda x: any(x == end for end in ends)
