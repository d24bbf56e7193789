"""A function at a point in high precision: the numbers on the way to its value, the kinks met, the value nearby."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gradcli.meaning.precise import Precise
from gradcli.meaning.program import run
from gradcli.meaning.scalars import Array, Scalar, as_array
from gradcli.reference.kinks import trace
from gradcli.reference.problem import ALONG, Problem, Variable

STEP = 20  # decimal digits of each step of a difference quotient
SPARE = 70  # further ones for what cancels
LARGEST_ON_THE_WAY = 1e40  # larger numbers would drown what is left of them


class Evaluation:
    """The function at its point, in as many digits as a derivative of some order needs. Errors: LimitError."""

    def __init__(self, problem: Problem, order: int) -> None:
        self.problem = problem
        # each order costs one step of them, a kink a second one; so do the sizes of inputs, of which steps are parts
        self.digits = STEP * max(order, 2) + SPARE + _decimals(problem.values.values())
        self.arithmetic = Precise(self.digits, ideal=problem.ideal)
        self.point = {name: self.arithmetic.exact(value) for name, value in problem.values.items()}
        if problem.tangents is not None:
            self.point[ALONG] = self.arithmetic.exact(0.0)
        self.at_point = trace(problem.program, self.inputs(self.point), self.arithmetic, problem.active)
        self.arithmetic = self.at_point.suited(self.arithmetic)

    def inputs(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        return self.problem.inputs(self.arithmetic, variables)

    @property
    def value(self) -> Array:
        """The function's value."""
        return self.at_point.result

    # -- beside the point

    def at(self, point: Mapping[str, Array]) -> Array:
        """The function elsewhere."""
        return run(self.problem.program, self.arithmetic, self.inputs(point))

    def moved(self, moves: Sequence[tuple[Variable, Scalar]]) -> Array:
        """The function with some variables moved."""
        point = {name: value.copy() for name, value in self.point.items()}
        for (name, place), step in moves:
            point[name][place] = point[name][place] + step
        return self.at(point)

    @property
    def unit_step(self) -> Scalar:
        """A step beside 1: 1e-20."""
        return self.arithmetic.context.mpf(10) ** -STEP

    def step(self, variable: Variable) -> Scalar:
        """A step small beside the variable: 1e-20 of its size, at most of 1, so that it steps over no whole number; or
        1e-30 at 0."""
        name, place = variable
        size = abs(self.point[name][place])
        scale = size if size and self.arithmetic.context.isfinite(size) else self.arithmetic.context.mpf(10) ** -10
        return min(scale, self.arithmetic.context.one) * self.unit_step

    # -- what its rounding hides

    @cached_property
    def rounding(self) -> Scalar:
        """The relative error of one operation, with a margin."""
        return self.arithmetic.context.mpf(10) ** (5 - self.digits)

    @cached_property
    def largest(self) -> Scalar:
        """The largest number on the way to the function's values."""
        size = np.max(abs(self.value))
        on_the_way = (abs(v) for array in self.at_point.values for v in array.ravel() if not isinstance(v, bool))
        return max((v for v in on_the_way if size <= v < LARGEST_ON_THE_WAY), default=size)

    @property
    def steps_over_whole_numbers(self) -> bool:
        """Is it at a jump between whole numbers, as of floor, and at such sizes that a step may lead over many?"""
        jumps = any("round(" in op.kinks or "floor(" in op.kinks for op in self.at_point.hazards)
        on_the_way = (v for array in self.at_point.values for v in array.ravel() if not isinstance(v, bool))
        isfinite = self.arithmetic.context.isfinite
        return jumps and any(isfinite(v) and abs(v) * self.unit_step > 1 for v in on_the_way)

    @property
    def noise(self) -> Scalar:
        """The rounding error of the function's values, with a margin."""
        return self.largest * self.rounding

    def cleaned(self, quotient: Any, noise: Any) -> Array:  # Any: Arrays, or Scalars where arrays have no axes
        """The quotient with what is below its own rounding error set to zero."""
        return as_array(np.where(abs(as_array(quotient)) <= noise, self.arithmetic.context.zero, quotient))


def _decimals(values: Iterable[Array]) -> int:
    """The decimal digits between 1 and the largest finite input, and between 1 and the smallest that is not 0."""
    sizes = np.concatenate([np.abs(np.ravel(value)) for value in values] or [np.ones(1)])
    sizes = np.append(sizes[np.isfinite(sizes) & (sizes > 0)], 1.0)
    return int(np.log10(np.max(sizes)) - np.log10(np.min(sizes)))
