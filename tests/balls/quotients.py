"""Derivatives in balls beside difference quotients of mpmath's values, which know nothing of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb
from oracles.precise import Precise

from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import compile_tree, run

DIGITS = 120
STEP = 25  # digits of a step: the quotient's error is about its square

Values = Mapping[str, Any]  # Any: what numpy makes an array of


def value(text: str, values: Values, bits: int = 128) -> np.ndarray:
    """The function's Scalars."""
    with precision(bits):
        arithmetic = Balls()
        return run(compile_tree(parse(text).tree), arithmetic, {n: arithmetic.variables(v) for n, v in values.items()})


def slopes(text: str, values: Values, order: int = 1, bits: int = 128) -> np.ndarray:
    """All derivatives of one number in x: each further order is contracted with ``direction``."""
    with precision(bits):
        arithmetic = Balls()
        point = {n: arithmetic.variables(v) for n, v in values.items()}
        out: Any = run(compile_tree(parse(text).tree), arithmetic, point)[()]  # Any: a Scalar
        found = np.full(point["x"].shape, None, dtype=object)
        for k in range(order):
            if type(out) is Undefined:
                return np.full(found.shape, out, dtype=object)
            leaves = adjoints([(out, Ball(arb(1)))], record=k < order - 1)
            for place in np.ndindex(found.shape):
                found[place] = leaves.get(point["x"][place].serial, Ball(arb(0)))
            weights = arithmetic.exact(direction(found.shape)).ravel()
            out = arithmetic.total(list(found.ravel() * weights))
        return found


def direction(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 9, shape) / 4.0


def quotients(text: str, values: Values, order: int = 1) -> list[Any]:  # Any: mpmath numbers
    """The same by central differences, entry by entry, in row order."""
    precise = Precise(DIGITS)
    program = compile_tree(parse(text).tree)
    point = {n: precise.exact(v) for n, v in values.items()}
    step = precise.context.mpf(10) ** -STEP
    along = precise.exact(direction(np.shape(values["x"]))) * step

    def at(shift: np.ndarray) -> Any:  # Any: an mpmath number
        return run(program, precise, {**point, "x": point["x"] + shift})[()]

    def difference(k: int, shift: np.ndarray) -> Any:  # Any: as above
        return difference(k - 1, shift + along) - difference(k - 1, shift - along) if k else at(shift)

    out = []
    for unit in precise.basis(np.shape(values["x"])):
        change = difference(order - 1, unit * step) - difference(order - 1, -unit * step)
        out.append(change / (2 * step) ** order)
    return out


def encloses(ball: Any, number: Any, tolerance: float = 1e-20) -> bool:  # Any: a Scalar, an mpmath number
    """Does a narrow ball meet the quotient, which is off by about its step?"""
    size = 1 + abs(float(number))
    with precision(400):
        near = arb(str(number), size * tolerance)
        return bool(ball.value.overlaps(near)) and float(ball.value.rad()) <= size * tolerance
