"""A result with numbers in another layout, of vec(X), or by entries of a symmetric matrix that move together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import InputError, UsageError
from gradcli.base.wording import option
from gradcli.closed.arrangement import Arrangement, Together
from gradcli.commands.results import Result
from gradcli.inputs.arranging import arrangement_of
from gradcli.inputs.assumptions import said_to_be
from gradcli.inputs.symbolic import Axes
from gradcli.inputs.wanted import Label, Manner
from gradcli.operations.shape_rules import Shape
from gradcli.reference.formulas import nested


def at_values(manner: Manner, shapes: Mapping[str, Axes], **excluded: object) -> Arrangement:
    """The arrangement where values are bound. Errors: UsageError, also for options that it excludes."""
    if manner.assume and manner.symmetric is None:
        raise UsageError(f"{option('assume')} is for symbolic derivatives, and for {option('symmetric', 'joint')}")
    matrices = said_to_be("symmetric", manner.assume)
    found = arrangement_of(manner.layout, manner.vec, manner.symmetric, matrices, shapes)
    asked = {"layout": manner.layout, "vec": manner.vec, "symmetric": manner.symmetric}
    for name, value in excluded.items():
        chosen = next((own for own, given in asked.items() if given), None)
        if chosen is not None and value is not None:
            raise UsageError(f"{option(name)} and {option(chosen)} exclude each other")
    return found


def arranged(result: Result, arrangement: Arrangement, output: Shape, shapes: Mapping[str, Shape]) -> Result:
    """The result with all of its arrays arranged; output, shapes: of the function and of its variables.

    Errors: UsageError for a derivative that has no such layout, or for digits and formulas of sums.
    """
    if not arrangement:
        return result
    if arrangement.joint and result.digits is not None:
        raise UsageError(f"{option('digits')} and {option('symmetric')} exclude each other")
    before = output if result.command == "jacobian" else ()

    def moved(array: Any, variables: Sequence[str]) -> Any:  # Any: an array of numbers, texts or trees
        return arrangement.plan(before, [shapes[name] for name in variables]).array(array)

    def number(array: Any, variables: Sequence[str]) -> Any:  # Any: a number or an array
        joint = tuple(name in arrangement.joint for name in variables)
        together = Together(len(before), joint, tuple(shapes[name] for name in variables))
        found = moved(together.array(np.asarray(array)), variables)
        return float(found) if found.ndim == 0 else found

    def text(digits: Any, variables: Sequence[str]) -> Any:  # Any: a text, or nested lists of texts
        return moved(np.asarray(digits, dtype=object), variables).tolist()

    def each(table: Mapping[str, Any] | None, change: Callable[..., Any]) -> Any:  # Any: as in Result
        return None if table is None else _changed(table, change, ())

    trees = None if arrangement.joint else each(result.trees, moved)
    return replace(
        result,
        derivative=each(result.derivative, number),
        certain=each(result.certain, number),
        digits=each(result.digits, text),
        formula=each(trees, lambda array, _: nested(np.asarray(array, dtype=object))),
        trees=trees,
        arrangement=arrangement,
    )


def _changed(part: Any, change: Callable[..., Any], names: Label) -> Any:  # Any: what a table holds
    """The blocks changed; one for which there is no derivative stays so."""
    if isinstance(part, Mapping):
        return {name: _changed(below, change, (*names, name)) for name, below in part.items()}
    return None if part is None else change(part, names)


def refuse_other_than_symmetric(arrangement: Arrangement, values: Mapping[str, FloatArray]) -> None:
    """Errors: InputError for a matrix that is said to be symmetric, and is not."""
    for name in arrangement.joint:
        value = values.get(name)
        if value is not None and (value.ndim != 2 or not np.array_equal(value, value.T)):
            raise InputError(f"{name} is said to be symmetric, and its value is not", kind="binding")
