"""Are numbers the same function of their variables? So they certainly are where they were computed in the same way.

Multiples by numbers that are exact are told apart from what they are multiples of: ``-(-y)`` is y, and ``0*y`` is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flint import arb

from gradcli.meaning.balls.ball import ADD, DIV, MUL, NEG, SUB, Ball, Undefined
from gradcli.meaning.balls.sweep import Whole, reachable

Scale = tuple[int, int]  # an odd mantissa, or 0, and an exponent of 2
Structure = tuple[Scale, Hashable]  # a multiple of something

ONE: Scale = (1, 0)
NUMBER = "a number"  # what every exact constant is a multiple of


def same_function(*numbers: Ball) -> bool:
    """Were all computed in the same way from their variables, and are they so all around the point? On a kink max and
    min are one number and two functions: what has no slope is itself alone."""
    known: dict[int, Structure] = {}
    for step in reversed(reachable(numbers)):
        if type(step) is not Whole:
            known[step.serial] = _of(step, lambda ball: known[ball.serial] if ball.serial else _constant(ball))
    first, *others = (known[ball.serial] if ball.serial else _constant(ball) for ball in numbers)
    return all(other == first for other in others)


def _of(step: Ball, structure: Callable[[Ball], Structure]) -> Structure:
    if not step.operands or type(step.operands[0]) is Whole or _on_kink(step):
        return ONE, step.serial
    parts = [structure(operand) for operand in step.operands]
    if step.function is NEG:
        return _times((-1, 0), parts[0])
    if step.function is MUL:
        (a, x), (b, y) = parts
        return _times(a, (b, y if x == NUMBER else x if y == NUMBER else ("product", x, y)))
    if step.function is DIV and parts[1][1] == NUMBER and abs(parts[1][0][0]) == 1:
        mantissa, exponent = parts[1][0]
        return _times((mantissa, -exponent), parts[0])
    if step.function is ADD or step.function is SUB:
        terms = [parts[0], parts[1] if step.function is ADD else _times((-1, 0), parts[1])]
        left = [term for term in terms if term[0][0]]
        return left[0] if len(left) == 1 else (ONE, ("sum", *left)) if left else ((0, 0), NUMBER)
    return ONE, (id(step.function), *parts)


def _on_kink(step: Ball) -> bool:
    known = [Ball(ball.value) for ball in (*step.operands, step)]
    assert step.function is not None
    return step.function.jumps or any(type(slope(*known)) is Undefined for slope in step.function.slopes)


def _times(scale: Scale, structure: Structure) -> Structure:
    (m, e), what = structure
    return ((m * scale[0], e + scale[1]), what) if m * scale[0] else ((0, 0), NUMBER)


def _constant(ball: Ball) -> Structure:
    value: arb = ball.value
    if not (value.is_exact() and value.is_finite()):
        return ONE, ("a constant", id(ball))
    mantissa, exponent = value.man_exp()
    return (int(mantissa), int(exponent)) if mantissa else (0, 0), NUMBER
