"""Formulas on their kinks, jumps and edges, and what is said of their one-sided derivatives against mpmath beside them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from fuzzing.duals import CONTEXT, GivenUpError, KinkError, NoNumberError
from fuzzing.independent import Reading
from fuzzing.truths import KINKS, SHAPES, Said, Sample, Writer, occurs, words

DIGITS = 300
STEP = 60  # decimal digits: how far beside the point
CLOSE = 1e-9  # relative; beside a point a slope that tends to its limit by a power of the step is closer
SLOW = 0.8  # of what is left to the limit at the square of a step, where a number goes there by a logarithm alone: 0.5
SLOWEST = 1.01  # growth from a step to its square: by a logarithm 2, by a logarithm of one 1.14

EDGES = words("abs abs relu relu sign floor ceil frac sqrt sqrt asin acos acosh atanh log log1p rsqrt cbrt softsign")
PAIRS = words("maximum minimum maximum minimum hypot atan2 xlogy")


class Kinked(Writer):
    """Formulas of functions with kinks and edges, of operands that stand on them."""

    def scalar(self, depth: int) -> str:
        draw = self.rng.random()
        if depth <= 0 or draw < 0.1:
            return self.leaf()
        if draw < 0.35:
            return f"{self.rng.choice(EDGES)}({self.scalar(depth - 1)})"
        if draw < 0.45:
            return f"{self.rng.choice(PAIRS)}({self.scalar(depth - 1)}, {self.scalar(depth - 1)})"
        if draw < 0.55:
            x, yes, no = self.scalar(depth - 2), self.scalar(depth - 1), self.scalar(depth - 2)
            return (
                f"where({x} {self.rng.choice(('<', '>', '<=', '>='))} {self.rng.choice(('0', '1', 'y'))}, {yes}, {no})"
            )
        if draw < 0.63:
            return f"({self.scalar(depth - 1)})**{self.rng.choice(('2', '3', '0.5', '1.5', '(1/3)', '2.5', 'y'))}"
        if draw < 0.85:
            return f"({self.scalar(depth - 1)} {self.rng.choice('+-*/+-*')} {self.scalar(depth - 1)})"
        return f"{self.rng.choice(('exp', 'sin', 'cos', 'tanh', 'sigmoid', 'atan'))}({self.scalar(depth - 1)})"

    def leaf(self) -> str:
        return self.rng.choice(("x", "x", "x", "y", "v[0]", "v[1]", "1", "2", "0.5"))


def kinked(rng: random.Random) -> Sample:
    """A formula at a point of small whole and half numbers, and the entry in which it is differentiated."""
    text = Kinked(rng).scalar(rng.randint(2, 4))
    while not occurs("x", text):
        text = Kinked(rng).scalar(rng.randint(2, 4))
    shapes = {name: shape for name, shape in SHAPES.items() if occurs(name, text)}
    values: dict[str, Any] = {
        name: [rng.choice(KINKS) for _ in range(3)] if shape else rng.choice(KINKS) for name, shape in shapes.items()
    }
    return Sample(text, values, (("x", ()),))


def moved(values: Mapping[str, Any], sign: int, digits: int) -> dict[str, Any]:
    """The point beside, in x."""
    return {**values, "x": CONTEXT.mpf(values["x"]) + sign * CONTEXT.mpf(10) ** -digits}


def tends(far: Any, near: Any, said: float) -> bool:
    """Can a number that is ``far`` and ``near`` at two steps, one the square of the other, go to what is said?"""
    if math.isinf(said):
        return bool(near * said > 0 and abs(near) > SLOWEST * abs(far))
    return bool(abs(near - said) <= max(CLOSE * max(abs(near), 1), SLOW * abs(far - said)))


def side_fault(sample: Sample, sign: int, said: float | None) -> str:
    """What is false in what is said of one side; empty where nothing is, or where nobody knows."""
    word = "right" if sign > 0 else "left"
    reading = Reading(sample.text, DIGITS)
    try:
        with CONTEXT.workdps(DIGITS):
            here = reading.number(sample.values, ())[0]
            far, near = (moved(sample.values, sign, digits) for digits in (STEP // 2, STEP))
            try:
                apart, value = (reading.number(point, ())[0] - here for point in (far, near))
            except NoNumberError:
                return "" if said is None else f"{said} from the {word}, where there is no function"
            before, slope = (reading.number(point, sample.variables)[0] for point in (far, near))
            if value and abs(value) > SLOW * abs(apart):  # a jump
                before, slope = (value * sign * CONTEXT.mpf(10) ** digits for digits in (STEP // 2, STEP))
            if said is None:
                endless = any(tends(before, slope, end) for end in (math.inf, -math.inf))
                return "" if endless else f"nothing from the {word}, where it is {CONTEXT.nstr(slope, 17)}"
            if not tends(before, slope, said):
                return f"{said} from the {word}, where it is {CONTEXT.nstr(slope, 17)}"
    except (GivenUpError, KinkError, NoNumberError, OverflowError, MemoryError):
        pass
    return ""


def sides_fault(sample: Sample, said: Said) -> str:
    """What is false in the one-sided derivatives that a verdict tells; where it tells of one number, both are it."""
    finding = said.finding
    if finding is not None and (finding.left is not None or finding.right is not None):
        return side_fault(sample, -1, finding.left) or side_fault(sample, 1, finding.right)
    number = said.number if finding is None else finding.true
    told = said.check.verdict == "agrees" if finding is None else finding.verdict in {"trap", "rounding", "differs"}
    if not told or number is None or not math.isfinite(number):
        return ""
    return side_fault(sample, -1, number) or side_fault(sample, 1, number)
