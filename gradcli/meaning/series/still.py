"""What a program computes at the point from which rays start: what does not move along a ray is known from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import is_not
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import LimitError
from gradcli.meaning.balls.ball import UntoldError
from gradcli.meaning.program import Arithmetic, Program, Step, run
from gradcli.meaning.scalars import Array


@dataclass(frozen=True, slots=True)
class Known:
    """A step at the point. inputs: its arguments; for a derivative operator the values of the body's names too."""

    inputs: Sequence[Array | None]
    outcome: Array

    def moved(self, inputs: Sequence[Array | None]) -> list[npt.NDArray[np.bool]]:
        """Of inputs with entries that are other numbers than at the point, which of them are: a number that is the same
        is the same object."""
        pairs = [(now, then) for now, then in zip(inputs, self.inputs, strict=True) if now is not then]
        marks = [_differing(now, then) for now, then in pairs]
        return [mark for mark in marks if mark.any()]


@dataclass(frozen=True, slots=True)
class Still:
    """Steps and number leaves by the identity of step and tree, which the program keeps."""

    program: Program | None = None
    steps: Mapping[int, Known] = field(default_factory=dict)
    numbers: Mapping[int, Array] = field(default_factory=dict)


def still(program: Program, arithmetic: Arithmetic[Array], point: Mapping[str, Array]) -> Still:
    """The steps up to the first that has no numbers at the point, as a pseudo-inverse where the rank changes."""
    values: list[Array] = []
    with suppress(LimitError, UntoldError):
        run(program, arithmetic, point, watch=lambda _, value: values.append(value))
    steps = {}
    numbers = {}
    for step, value in zip(program.steps, values, strict=False):
        if step.op is not None:
            steps[id(step)] = Known(_inputs(step, values), value)
        elif id(step.tree) not in numbers and not getattr(step.tree, "is_Symbol", False):
            numbers[id(step.tree)] = value
    return Still(program, steps, numbers)


def _inputs(step: Step, values: Sequence[Array]) -> list[Any]:  # Any: Arrays or None
    names = () if step.body is None else step.body.names.values()
    return [*(None if i is None else values[i] for i in step.inputs), *(values[i] for i in names)]


def _differing(now: Array | None, then: Array | None) -> npt.NDArray[np.bool]:
    assert now is not None
    assert then is not None
    return np.fromiter(map(is_not, now.ravel(), then.ravel()), bool, now.size).reshape(now.shape)
