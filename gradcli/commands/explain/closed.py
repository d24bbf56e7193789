"""The closed form of a derivative beside its formulas entry by entry: in matrix notation, for all sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from gradcli.base.errors import GradcliError
from gradcli.commands.derivatives import grad, jacobian
from gradcli.inputs.sources import Source
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size

if TYPE_CHECKING:
    from gradcli.commands.results import Result

LETTERS = "nmkdpqrst"  # of sizes, in the order in which people take them


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """Formulas by variable, of names with these shapes; a letter is any size."""

    formula: Mapping[str, str]
    shapes: Mapping[str, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"formula": dict(self.formula), "shapes": {name: list(axes) for name, axes in self.shapes.items()}}


def closed_form(expression: Source, task: Task, known: Mapping[str, Any] | None) -> ClosedForm | None:
    """For any sizes like those of the values, else for these sizes alone; None where there is none.

    known: the formulas that are shown anyway (texts): where they are the same, there is nothing to add
    """
    shapes = {name: task.values[name].shape for name in task.values}
    taken = {*task.expression.names, *task.values}
    for sized in (_lettered(shapes, taken), {name: tuple(map(str, axes)) for name, axes in shapes.items()}):
        found = _derived(expression, task, sized)
        if found is not None:
            return ClosedForm(found, sized) if found != known else None
    return None


def _lettered(shapes: Mapping[str, tuple[int, ...]], taken: set[str]) -> dict[str, tuple[str, ...]]:
    """A letter for each size but 1, of which nobody is sure that it may be another."""
    free = (letter for letter in LETTERS + ascii_lowercase if letter not in taken)
    letters = {1: "1"}
    for axes in shapes.values():
        for axis in axes:
            if axis not in letters:
                letters[axis] = next(free, str(axis))
    return {name: tuple(letters[axis] for axis in axes) for name, axes in shapes.items()}


def _derived(expression: Source, task: Task, shapes: Mapping[str, tuple[str, ...]]) -> dict[str, str] | None:
    """Formulas that are proved; None where one is lacking, or it is one entry by entry."""
    asked = {name: ",".join(axes) for name, axes in shapes.items() if axes}
    derive = grad if size(task.output) == 1 else jacobian
    try:
        result: Result = derive(expression, None, wrt=task.wrt, shape=asked, allow_unused=True)
    except GradcliError:
        return None
    found = result.formula or {}
    return dict(found) if result.refused is None and all(isinstance(text, str) for text in found.values()) else None
