"""Cells as texts: numbers so that they read back equal, all cells of a column at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradcli.tables.layout import Rows
from gradcli.tables.writers.parts import Data

TEXT = pa.large_string()  # more than 2 GB of text in a block are no error then


def joined(pieces: Sequence[Any], separator: str = "") -> Any:
    """Texts next to each other, row by row; what is null counts as an empty text."""
    return pc.binary_join_element_wise(
        *pieces, pa.scalar(separator, TEXT), null_handling="replace", null_replacement=""
    )


def word(text: str) -> Any:
    """A text that is the same in all rows."""
    return pa.scalar(text, TEXT)


def by_reason(rows: Rows, fine: str, of: Callable[[str], str]) -> Any:
    """A text for each row: one for those that are fine, another for each reason why rows failed."""
    if rows.codes is None:
        return word(fine)
    return pa.array([fine, *map(of, rows.reasons)], TEXT).take(pa.array(rows.codes))


def data_of(texts: Any) -> Data:
    """All texts of a new array, one after the other, without a copy."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64, count=len(texts) + 1)
    return memoryview(data)[: int(ends[-1])] if data is not None else memoryview(b"")


def is_number(kind: Any) -> bool:
    """Can its text stand without quotes?"""
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind))


def of_numbers(cells: Any) -> Any:
    """Shortest texts that read back equal: nan, inf and -0.0 included; null stays null."""
    if pa.types.is_float16(cells.type):
        cells = cells.cast(pa.float32())
    texts = cells.cast(TEXT)
    if not pa.types.is_floating(cells.type):
        return texts
    values = cells.to_numpy(zero_copy_only=False)
    negative = np.signbit(values) & (values == 0)
    # Readers that see -0 take it for a whole number, which has no sign.
    return pc.if_else(pa.array(negative), word("-0.0"), texts) if negative.any() else texts


def of_others(cells: Any) -> Any:
    """Texts as they are, dates and the like as pyarrow writes them; lists and structures as JSON, bytes escaped."""
    kind = cells.type
    if isinstance(kind, pa.ExtensionType):
        return of_others(cells.storage)
    if is_number(kind):
        return of_numbers(cells)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if cell is None else _plain(cell) for cell in cells.to_pylist()], TEXT)
    try:
        return cells.cast(TEXT)
    except pa.ArrowNotImplementedError:  # lists, structures, and what pyarrow has no text for
        return pa.array([None if cell is None else as_json(cell) for cell in cells.to_pylist()], TEXT)


def as_json(cell: Any) -> str:
    """JSON of what a cell holds: null for numbers that it lacks, a text for what it has no word for."""
    try:
        return json.dumps(cell, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError:  # a number that is not finite, somewhere inside
        return json.dumps(_finite(cell), ensure_ascii=False, default=_plain)


def _plain(cell: Any) -> str:
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else str(cell)


def _finite(cell: Any) -> Any:
    if isinstance(cell, float):
        return cell if np.isfinite(cell) else None
    if isinstance(cell, dict):
        return {name: _finite(inner) for name, inner in cell.items()}
    return [_finite(inner) for inner in cell] if isinstance(cell, list | tuple) else cell
