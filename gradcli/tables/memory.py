"""Answers that stay in memory, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.tables.layout import Kept, Layout, Reasons, Rows
from gradcli.tables.rows import Answer, Marks
from gradcli.tables.writing import Sink


class MemorySink(Sink):
    """An array a column, (rows, *shape), and the marks of all rows.

    rows: how many there will be, where it is known: ``room`` then gives out pieces of the arrays themselves, so that
    what is computed there is at its place already
    """

    def __init__(self, layout: Layout, rows: int | None = None) -> None:
        layout.require_distinct()
        super().__init__(layout, Reasons())
        self._whole = None if rows is None else layout.room(rows)
        self._answers: list[Rows] = []
        self.columns: dict[str, FloatArray] = {}
        self.kept: list[Kept] = []

    def room(self, first: int, rows: int) -> dict[str, FloatArray]:
        if self._whole is None:
            return self.layout.room(rows)
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
            found = [rows.columns for rows in self._answers] or [self.layout.room(0)]
            self.columns = {
                column.name: np.concatenate([columns[column.name] for columns in found])
                if len(found) > 1
                else found[0][column.name]
                for column in self.layout.columns
            }

    def abandon(self, *, keep: bool = True) -> None:
        """Nothing to be done."""

    @property
    def marks(self) -> Marks:
        """Of all rows that were written."""
        codes = np.zeros(sum(rows.rows for rows in self._answers), np.int16)
        at = 0
        for rows in self._answers:
            if rows.codes is not None:
                codes[at : at + rows.rows] = rows.codes
            at += rows.rows
        return Marks(codes, tuple(self.reasons.counts))


class Nowhere(Sink):
    """Where answers are looked at, and not kept."""

    def __init__(self, layout: Layout) -> None:
        super().__init__(layout, Reasons())

    def write(self, answer: Answer, memo: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002 - as above
        self.reasons.number(answer)

    def close(self) -> None:
        """Nothing to be done."""

    def abandon(self, *, keep: bool = True) -> None:
        """Nothing to be done."""


def _same_place(one: FloatArray, other: FloatArray) -> bool:
    return one.__array_interface__["data"] == other.__array_interface__["data"] and one.strides == other.strides
