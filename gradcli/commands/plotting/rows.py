"""A function and its derivatives at many points at once, by torch, as tables have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.engine import names
from gradcli.language.parse import Expression
from gradcli.operations.shape_rules import Shape

if TYPE_CHECKING:
    from gradcli.engine.batches import BatchKernel


@dataclass(frozen=True, slots=True)
class Place:
    """A number that moves: an entry of a variable, ``()`` of a scalar."""

    name: str
    entry: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.entry))}]" if self.entry else self.name


@dataclass(frozen=True)
class Rows:
    """A function of one or two numbers, the others fixed.

    places: the numbers that move; values: of all names, those that move included, where only their shapes count
    order:  how often it is differentiated; 0: not at all
    """

    expression: Expression
    places: tuple[Place, ...]
    values: Mapping[str, FloatArray]
    order: int = 1

    def __call__(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values ``(n,)``, and derivatives ``(n, places)`` of this order, at points ``(n, places)``."""
        columns = self._filled(points)
        kernel, count = self._kernel, len(points)
        outputs = {output.name: np.full((count, *output.shape), np.nan) for output in kernel.outputs}
        fixed = {name: value for name, value in self.values.items() if name not in columns}
        kernel.run(columns, fixed, outputs, np.zeros(count, dtype=np.uint8))
        value = outputs[names.VALUE].reshape(count)
        slopes = np.zeros((count, len(self.places)))
        for k, place in enumerate(self.places if self.order else ()):
            found = outputs[names.derivative(place.name, order=self.order)]
            slopes[:, k] = found.reshape(count, *self.values[place.name].shape)[_column(place)]
        return value, slopes

    def _filled(self, points: FloatArray) -> dict[str, FloatArray]:
        """The columns: every variable that moves, in one of its entries or in both."""
        columns: dict[str, FloatArray] = {}
        for k, place in enumerate(self.places):
            if place.name not in columns:
                start = self.values[place.name]
                columns[place.name] = np.repeat(start[None].astype(np.float64), len(points), axis=0)
            columns[place.name][_column(place)] = points[:, k]
        return {name: np.ascontiguousarray(column) for name, column in columns.items()}

    @cached_property
    def _kernel(self) -> BatchKernel:
        from gradcli.engine.batches import BatchKernel

        wrt: Sequence[str] = list(dict.fromkeys(place.name for place in self.places))
        shapes: dict[str, Shape] = {name: value.shape for name, value in self.values.items()}
        kind = "grad" if self.order else "value"
        return BatchKernel(self.expression, kind, wrt, shapes, max(self.order, 1), threads=1)


def _column(place: Place) -> tuple[Any, ...]:  # Any: a slice, then numbers
    """All rows of an entry."""
    return (slice(None), *place.entry)
