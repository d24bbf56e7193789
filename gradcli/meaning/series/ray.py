"""A program along a ray: its value as series of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradcli.meaning.program import Program, run
from gradcli.meaning.scalars import Array, mapped
from gradcli.meaning.series.arithmetic import STEP, SeriesArithmetic


def moved(point: Mapping[str, Array], direction: Mapping[str, Array]) -> dict[str, Array]:
    """``x + t*d`` for each input with a direction, which holds Balls of the input's shape; the others as they are."""
    return {
        name: mapped(_moved, value, direction[name]) if name in direction else value for name, value in point.items()
    }


def _moved(number: Any, along: Any) -> Any:  # Any: Scalars
    return number if along.value.is_zero() else number + STEP * along


def on_ray(
    program: Program, arithmetic: SeriesArithmetic, point: Mapping[str, Array], direction: Mapping[str, Array]
) -> Array:
    """The program's value for all small t > 0, at the working precision and length. Errors: LimitError."""
    return run(program, arithmetic, moved(point, direction))
