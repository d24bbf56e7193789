"""The whole function in balls with every step's output a ball of its own, as torch's tape has it: what an error at one
step does to a derivative."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flint import arb

from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Differentiable, made, variable
from gradcli.meaning.balls.precision import precision
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Step, run
from gradcli.meaning.scalars import Array, as_array
from gradcli.reference.problem import ALONG, Place, Problem, Variable

_ONE = Ball(arb(1))
_ITSELF = Differentiable("step", (lambda x, out: _ONE,))  # noqa: ARG005 - see Differentiable


class _OwnSteps(Balls):
    """Balls in which no two steps share a ball, and some steps have other values than their operations give them."""

    places: Mapping[int, int]
    replaced: Mapping[int, Array]

    def __init__(self, steps: Mapping[int, int], replaced: Mapping[int, Array]) -> None:
        super().__init__()
        vars(self).update(places=steps, replaced=replaced)

    def apply(self, step: Step, arguments: list[Array | None]) -> Array:
        found = super().apply(step, arguments)
        floats = self.replaced.get(self.places[id(step)])
        out = np.empty(found.shape, dtype=object)
        for place in np.ndindex(found.shape):
            ball: Any = found[place]  # Any: a Scalar or a condition
            if type(ball) is Ball:
                value = ball.value if floats is None else arb(float(floats.reshape(found.shape)[place]))
                ball = made(value, (ball,), _ITSELF)
            out[place] = ball
        return out


class Stepwise:
    """A program without derivatives inside, in balls of so many bits, and what an output entry owes to every step.

    replaced: values by step that stand in the place of the true ones: torch's floats
    """

    def __init__(self, problem: Problem, bits: int, replaced: Mapping[int, Array] | None = None) -> None:
        self.bits, self.values = bits, list[Array]()
        self._found: dict[Place, dict[int, Any]] = {}
        self._effects: dict[tuple[int, int], dict[int, Any]] = {}
        steps = {id(step): index for index, step in enumerate(problem.program.steps)}
        with precision(bits):
            arithmetic = _OwnSteps(steps, replaced or {})
            self.point = {
                name: arithmetic.variables(value) if name in problem.active else arithmetic.exact(value)
                for name, value in problem.values.items()
            }
            if problem.tangents is not None:
                self.point[ALONG] = np.array(variable(arb(0)), dtype=object)
            inputs = problem.inputs(arithmetic, self.point)
            run(problem.program, arithmetic, inputs, watch=lambda _, v: self.values.append(v))

    def adjoints(self, place: Place) -> list[Array]:
        """``d output[place] / d step`` for every step, of its shape; conditions and constants have 0."""
        found = self._swept(place)
        return [self._of(as_array(value), found) for value in self.values]

    def _swept(self, place: Place) -> dict[int, Any]:  # Any: Scalars
        """The same by the serials of balls; made once."""
        if place not in self._found:
            keep = {ball.serial for value in self.values for ball in as_array(value).ravel() if type(ball) is Ball}
            out: Any = as_array(self.values[-1])[place]  # Any: a Scalar
            with precision(self.bits):
                self._found[place] = adjoints([(out, _ONE)], keep=keep) if type(out) is Ball else {}
        return self._found[place]

    def _of(self, value: Array, found: Mapping[int, Any]) -> Array:  # Any: Scalars
        out = np.empty(value.shape, dtype=object)
        for place in np.ndindex(value.shape):
            ball: Any = value[place]  # Any: a Scalar or a condition
            out[place] = found.get(ball.serial, Ball(arb(0))) if type(ball) is Ball and ball.serial else Ball(arb(0))
        return out

    def entry(self, place: Place, variable: Variable) -> Any:  # -> a Scalar
        """``d output[place] / d variable``."""
        return self._leaf(self._swept(place), variable)

    def effect(self, step: int, errors: Array, variable: Variable) -> Any:  # -> a Scalar
        """``sum errors * d step / d variable``: what errors in a step's adjoint add to the derivative."""
        key = step, id(errors)  # whoever asks keeps them
        if key not in self._effects:
            pairs = zip(as_array(self.values[step]).ravel(), errors.ravel(), strict=True)
            seeds = [(ball, Ball(error)) for ball, error in pairs if type(ball) is Ball and not error.is_zero()]
            with precision(self.bits):
                self._effects[key] = adjoints(seeds)
        return self._leaf(self._effects[key], variable)

    def _leaf(self, found: Mapping[int, Any], variable: Variable) -> Any:  # Any: Scalars
        name, at = variable
        ball: Any = self.point[name][at]  # Any: a Scalar
        return found.get(ball.serial, Ball(arb(0))) if type(ball) is Ball else ball
