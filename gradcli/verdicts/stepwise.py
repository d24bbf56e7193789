"""The whole function in balls with every step's output a ball of its own, as torch's tape has it: what an error at one
step does to a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.altered import OwnSteps
from gradcli.meaning.balls.ball import ZERO, Ball
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import Entry, Place, Problem, Variable


class Stepwise(Enclosed):
    """A program without derivatives inside, in balls of so many bits, and what an output entry owes to every step.

    replaced: values by step that stand in the place of the true ones: torch's floats
    """

    def __init__(self, problem: Problem, bits: int, replaced: Mapping[int, Array] | None = None) -> None:
        super().__init__(problem, bits, arithmetic=OwnSteps(problem.program, replaced or {}, ideal=problem.ideal))
        self._swept: dict[Place, dict[int, Any]] = {}  # Any: Scalars
        self._effects: dict[tuple[int, int], dict[int, Any]] = {}

    def adjoints(self, place: Place) -> list[Array]:
        """``d output[place] / d step`` for every step, of its shape; conditions and constants have 0."""
        found = self._by_serial(place)
        return [
            mapped(lambda ball: found.get(ball.serial, ZERO) if type(ball) is Ball else ZERO, as_array(value))
            for value in self.steps
        ]

    def _by_serial(self, place: Place) -> dict[int, Any]:  # Any: Scalars
        """The same by the serials of balls; made once."""
        if place not in self._swept:
            keep = {ball.serial for value in self.steps for ball in as_array(value).ravel() if type(ball) is Ball}
            out: Any = as_array(self.value)[place]  # Any: a Scalar
            with precision(self.bits):
                self._swept[place] = adjoints([(out, Ball(arb(1)))], keep=keep) if type(out) is Ball else {}
        return self._swept[place]

    def number(self, entry: Entry) -> Any:  # -> a Scalar
        """One entry of a first derivative, or of the value."""
        place, variables = entry
        return self.slope(self._by_serial(place), variables[0]) if variables else as_array(self.value)[place]

    def effect(self, step: int, errors: Array, variable: Variable) -> Any:  # -> a Scalar
        """``sum errors * d step / d variable``: what errors in a step's adjoint add to the derivative."""
        key = step, id(errors)  # whoever asks keeps them
        if key not in self._effects:
            pairs = zip(as_array(self.steps[step]).ravel(), errors.ravel(), strict=True)
            seeds = [(ball, Ball(error)) for ball, error in pairs if type(ball) is Ball and not error.is_zero()]
            with precision(self.bits):
                self._effects[key] = adjoints(seeds)
        return self.slope(self._effects[key], variable)
