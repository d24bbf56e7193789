"""The whole function in balls with every step's output a ball of its own, as torch's tape has it: what an error at one
step does to a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flint import arb

from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Differentiable, made
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Array, as_array, mapped
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.problem import Entry, Place, Problem, Variable

_ONE, _ZERO = Ball(arb(1)), Ball(arb(0))
_ITSELF = Differentiable("step", (lambda x, out: _ONE,))  # noqa: ARG005 - see Differentiable


class _OwnSteps(Balls):
    """Balls in which no two steps share a ball, and some steps have other values than their operations give them."""

    places: Mapping[int, int]
    replaced: Mapping[int, Array]

    def __init__(self, problem: Problem, replaced: Mapping[int, Array]) -> None:
        super().__init__(ideal=problem.ideal)
        places = {id(step): index for index, step in enumerate(problem.program.steps)}
        vars(self).update(places=places, replaced=replaced)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        found = super().apply(step, arguments)
        floats = self.replaced.get(self.places[id(step)])
        if floats is None:
            return mapped(lambda ball: _own(ball, ball.value) if type(ball) is Ball else ball, found)
        return mapped(
            lambda ball, number: _own(ball, arb(float(number))) if type(ball) is Ball else ball,
            found,
            floats.reshape(found.shape),
        )


def _own(ball: Ball, value: arb) -> Any:  # -> a Scalar
    return made(value, (ball,), _ITSELF)


class Stepwise:
    """A program without derivatives inside, in balls of so many bits, and what an output entry owes to every step.

    replaced: values by step that stand in the place of the true ones: torch's floats
    """

    def __init__(self, problem: Problem, bits: int, replaced: Mapping[int, Array] | None = None) -> None:
        self.bits = bits
        self.here = Enclosed(problem, bits, arithmetic=_OwnSteps(problem, replaced or {}))
        self.values = self.here.steps
        self._found: dict[Place, dict[int, Any]] = {}  # Any: Scalars
        self._effects: dict[tuple[int, int], dict[int, Any]] = {}

    def adjoints(self, place: Place) -> list[Array]:
        """``d output[place] / d step`` for every step, of its shape; conditions and constants have 0."""
        found = self._swept(place)
        return [
            mapped(lambda ball: found.get(ball.serial, _ZERO) if type(ball) is Ball else _ZERO, as_array(value))
            for value in self.values
        ]

    def _swept(self, place: Place) -> dict[int, Any]:  # Any: Scalars
        """The same by the serials of balls; made once."""
        if place not in self._found:
            keep = {ball.serial for value in self.values for ball in as_array(value).ravel() if type(ball) is Ball}
            out: Any = as_array(self.values[-1])[place]  # Any: a Scalar
            with precision(self.bits):
                self._found[place] = adjoints([(out, _ONE)], keep=keep) if type(out) is Ball else {}
        return self._found[place]

    def entry(self, entry: Entry) -> Any:  # -> a Scalar
        """One entry of a first derivative, or of the value."""
        place, variables = entry
        return self.here.slope(self._swept(place), variables[0]) if variables else as_array(self.values[-1])[place]

    def effect(self, step: int, errors: Array, variable: Variable) -> Any:  # -> a Scalar
        """``sum errors * d step / d variable``: what errors in a step's adjoint add to the derivative."""
        key = step, id(errors)  # whoever asks keeps them
        if key not in self._effects:
            pairs = zip(as_array(self.values[step]).ravel(), errors.ravel(), strict=True)
            seeds = [(ball, Ball(error)) for ball, error in pairs if type(ball) is Ball and not error.is_zero()]
            with precision(self.bits):
                self._effects[key] = adjoints(seeds)
        return self.here.slope(self._effects[key], variable)
