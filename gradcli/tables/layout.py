"""The columns of an output, and rows on their way into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import UsageError, printable
from gradcli.base.wording import option
from gradcli.tables.readers.library import schema_received, schema_sent
from gradcli.tables.rows import Answer

ERROR = "error"  # the last column: why a row failed
INSTRUCTIONS = "instructions"  # of facts: the sets of instructions of the machines that computed
REASONS = "reasons"  # of NPZ files: what the numbers in ``error`` stand for

Kept = Any  # of rows: a pyarrow.RecordBatch, or arrays by name; of a layout: a pyarrow.Schema, or dtypes by name


@dataclass(frozen=True, slots=True)
class Column:
    """What is computed of a row: its name, its shape, and whether its entries stand in columns of their own."""

    name: str
    shape: tuple[int, ...] = ()
    split: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the columns of its entries.

        >>> Column("d_x", (2,)).parts, Column("value").parts
        (('d_x.0', 'd_x.1'), ('value',))
        """
        return tuple(".".join([self.name, *map(str, at)]) for at in product(*map(range, self.shape)))


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an output in their order: those of the input that are kept, what is computed, ``error``.

    facts: what a file says of itself, JSON, where its format has a place for it: Parquet and Arrow. ``instructions`` is
           a list: where parts were made on several machines, the whole has all of theirs
    dtype: of what is computed
    """

    columns: tuple[Column, ...]
    kept: Kept = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = DType.FLOAT64

    def __reduce__(self) -> tuple[Any, ...]:
        kept = schema_sent(self.kept) if hasattr(self.kept, "serialize") else self.kept
        return _layout, (self.columns, kept, self.facts, self.dtype)

    @property
    def kept_names(self) -> tuple[str, ...]:
        names = getattr(self.kept, "names", None)
        return tuple(names if names is not None else self.kept or ())

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.kept_names) + sum(prod(column.shape) for column in self.columns) + 1

    def room(self, rows: int) -> dict[str, FloatArray]:
        """Arrays for what is computed of so many rows."""
        return {column.name: np.empty((rows, *column.shape), dtype=self.dtype) for column in self.columns}

    def in_columns(self) -> Layout:
        """The same for a format whose cells hold no lists."""
        return replace(self, columns=tuple(replace(column, split=True) for column in self.columns))

    def names(self) -> tuple[str, ...]:
        computed = [name for column in self.columns for name in (column.parts if column.split else (column.name,))]
        return (*self.kept_names, *computed, ERROR)

    def require_distinct(self, *more: str) -> None:
        """Errors: UsageError for a name that two columns have, or that is no text; more: names that the format has."""
        seen: set[str] = set()
        for name in (*more, *self.names()):
            if not name.isascii() and name.encode("utf-8", "replace").decode() != name:
                raise UsageError(
                    f"column '{printable(name)[:80]}' cannot be written: its name is no text",
                    hint=f"rename it in the table, or leave out {option('keep')}",
                )
            if name in seen:
                raise UsageError(
                    f"the output would have two columns '{printable(name)[:80]}'",
                    hint="rename the one of the table"
                    + (f", or leave out {option('keep')}" if name in self.kept_names else ", or the variable"),
                )
            seen.add(name)

    def described(self) -> str:
        """What the columns are, to be told from those of another output."""
        kept = zip(self.kept_names, getattr(self.kept, "types", None) or (self.kept or {}).values(), strict=True)
        return ", ".join(
            [f"{name}: {kind}" for name, kind in kept]
            + [f"{c.name}: {list(c.shape)} {c.split}" for c in self.columns]
            + ([] if self.dtype == DType.FLOAT64 else [str(self.dtype)])
        )


def _layout(columns: tuple[Column, ...], kept: Kept, facts: Mapping[str, Any], dtype: str) -> Layout:
    return Layout(columns, schema_received(kept) if isinstance(kept, bytes) else kept, facts, dtype)


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer as it is written.

    blank:   rows without numbers, whose cells are empty; None where there are none
    codes:   of each row why it failed, ``reasons[code - 1]``, 0 where it did not; None where none did
    reasons: of all rows so far, in the order of their first appearance
    """

    first: int
    rows: int
    columns: Mapping[str, FloatArray]
    kept: Kept
    blank: npt.NDArray[np.bool_] | None
    codes: npt.NDArray[np.int32] | None
    reasons: tuple[str, ...]

    def cells(self, layout: Layout) -> Iterator[tuple[str, FloatArray]]:
        """What was computed, a column of the output each."""
        for column in layout.columns:
            found = self.columns[column.name]
            if column.split:
                flat = found.reshape(self.rows, -1)
                for at, name in enumerate(column.parts):
                    yield name, np.ascontiguousarray(flat[:, at])
            else:
                yield column.name, found

    def kept_cells(self) -> Iterator[tuple[str, Any]]:
        """The kept columns: arrays of pyarrow, or of numpy."""
        if self.kept is None:
            return iter(())
        if isinstance(self.kept, Mapping):
            return iter(self.kept.items())
        return zip(self.kept.schema.names, self.kept.columns, strict=True)

    def pieces(self, rows: int) -> Iterator[Rows]:
        """The same rows, at most so many at a time."""
        for low in range(0, self.rows, rows):
            yield self if rows >= self.rows else self._between(low, min(low + rows, self.rows))

    def _between(self, low: int, high: int) -> Rows:
        if isinstance(self.kept, Mapping):
            kept: Kept = {name: values[low:high] for name, values in self.kept.items()}
        else:
            kept = None if self.kept is None else self.kept.slice(low, high - low)
        return Rows(
            self.first + low,
            high - low,
            {name: values[low:high] for name, values in self.columns.items()},
            kept,
            None if self.blank is None else self.blank[low:high],
            None if self.codes is None else self.codes[low:high],
            self.reasons,
        )


@dataclass(slots=True)
class Reasons:
    """Why rows failed, numbered over the whole output, and how many did; those before an interruption included."""

    counts: dict[str, int] = field(default_factory=dict)

    def number(self, answer: Answer) -> Rows:
        """The answer with the numbers of the output, counted."""
        codes, own = answer.marks.codes, answer.marks.reasons
        if not own or not codes.any():
            return Rows(answer.first, answer.rows, answer.columns, answer.kept, None, None, tuple(self.counts))
        times = np.bincount(codes, minlength=len(own) + 1)
        _, firsts = np.unique(codes, return_index=True)
        for first in sorted(firsts.tolist()):
            if code := int(codes[first]):
                self.counts[own[code - 1]] = self.counts.get(own[code - 1], 0) + int(times[code])
        known = {reason: number for number, reason in enumerate(self.counts, 1)}
        numbers = np.array([0, *(known.get(reason, 0) for reason in own)], dtype=np.int32)
        blank = (codes > 0) & (codes <= answer.unread)
        return Rows(
            answer.first,
            answer.rows,
            answer.columns,
            answer.kept,
            blank if blank.any() else None,
            numbers[codes],
            tuple(self.counts),
        )
