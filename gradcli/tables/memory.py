"""Answers that stay in memory, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.tables.layout import Kept, Layout, Reasons, Rows
from gradcli.tables.rows import Answer, Marks


class MemorySink:
    """An array a column, (rows, *shape), and the marks of all rows.

    rows: how many there will be, where it is known: ``room`` then gives out pieces of the arrays themselves, so that
    what is computed there is at its place already
    """

    resumed = 0

    def __init__(self, layout: Layout, rows: int | None = None) -> None:
        layout.require_distinct()
        self.layout = layout
        self.reasons = Reasons()
        self._whole = None if rows is None else _empty(layout, rows)
        self._answers: list[Rows] = []
        self.columns: dict[str, FloatArray] = {}
        self.kept: list[Kept] = []

    @property
    def failures(self) -> Mapping[str, int]:
        return self.reasons.counts

    def room(self, first: int, rows: int) -> dict[str, FloatArray]:
        """Arrays for the columns of so many rows."""
        if self._whole is None:
            return _empty(self.layout, rows)
        return {name: values[first : first + rows] for name, values in self._whole.items()}

    def write(self, answer: Answer, memo: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - nothing is resumed
        numbered = self.reasons.number(answer)
        if self._whole is not None:
            for name, place in self.room(answer.first, answer.rows).items():
                if not _same_place(place, answer.columns[name]):
                    place[...] = answer.columns[name]
        self._answers.append(numbered)
        if answer.kept is not None:
            self.kept.append(answer.kept)

    def close(self) -> None:
        """``columns`` and ``marks`` are those of all rows."""
        if self._whole is not None:
            done = sum(rows.rows for rows in self._answers)
            self.columns = {name: values[:done] for name, values in self._whole.items()}
        else:
            found = [rows.columns for rows in self._answers] or [_empty(self.layout, 0)]
            self.columns = {
                column.name: np.concatenate([columns[column.name] for columns in found])
                if len(found) > 1
                else found[0][column.name]
                for column in self.layout.columns
            }

    def abandon(self, *, keep: bool = True) -> None:  # noqa: ARG002 - memory keeps nothing
        self._answers.clear()

    @property
    def marks(self) -> Marks:
        """Of all rows that were written."""
        none = np.zeros(0, np.int16)
        codes = [np.zeros(rows.rows, np.int16) if rows.codes is None else rows.codes for rows in self._answers]
        return Marks(np.concatenate([none, *codes]).astype(np.int16, copy=False), tuple(self.reasons.counts))


def _empty(layout: Layout, rows: int) -> dict[str, FloatArray]:
    return {column.name: np.empty((rows, *column.shape)) for column in layout.columns}


def _same_place(one: FloatArray, other: FloatArray) -> bool:
    return one.__array_interface__["data"] == other.__array_interface__["data"] and one.strides == other.strides
