"""JSON, an object a line: null for what is missing or not finite, no ``error`` where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gradcli.tables.layout import ERROR, Layout, Rows
from gradcli.tables.writers.cells import columns_of, schema_of
from gradcli.tables.writers.parts import Data
from gradcli.tables.writers.texts import (
    TEXT,
    as_json,
    by_reason,
    data_of,
    is_number,
    joined,
    of_numbers,
    of_others,
    word,
)

_ESCAPED = r'[\x00-\x1f"\\]'


class Lines:
    """Objects whose keys stand in the order of the columns."""

    def __init__(self, layout: Layout) -> None:
        layout.require_distinct()
        self.layout, self.schema = layout, schema_of(layout)

    def head(self, rows: int) -> bytes:  # noqa: ARG002 - every line stands for itself
        return b""

    def body(self, rows: Rows) -> Data:
        pieces: list[Any] = []
        for name, cells in zip(self.schema.names, columns_of(rows, self.layout), strict=False):  # the last is error
            pieces += [word(f"{', ' if pieces else '{'}{as_json(name)}: "), _values(cells)]
        return data_of(joined([*pieces, by_reason(rows, "}\n", _ending)]))


def _ending(reason: str) -> str:
    return f", {as_json(ERROR)}: {as_json(reason)}}}\n"


def _values(cells: Any) -> Any:
    """The JSON of each cell."""
    kind = cells.type
    if pa.types.is_list(kind) and _of_numbers(kind):
        found = _lists(cells)
    elif is_number(kind):
        found = _numbers(cells)
    elif pa.types.is_nested(kind):
        found = pa.array([None if cell is None else as_json(cell) for cell in cells.to_pylist()], TEXT)
    else:
        found = _quoted(of_others(cells))
    return pc.fill_null(found, word("null"))


def _of_numbers(kind: Any) -> bool:
    return _of_numbers(kind.value_type) if pa.types.is_list(kind) else is_number(kind)


def _numbers(cells: Any) -> Any:
    texts = of_numbers(cells)
    if not pa.types.is_floating(cells.type):
        return texts
    finite = np.isfinite(cells.to_numpy(zero_copy_only=False))
    return texts if finite.all() else pc.if_else(pa.array(finite), texts, pa.scalar(None, TEXT))


def _lists(cells: Any) -> Any:
    offsets = cells.offsets
    inner = _values(cells.values)
    texts = pa.LargeListArray.from_arrays(offsets.cast(pa.int64()), inner)
    found = joined([word("["), pc.binary_join(texts, word(", ")), word("]")])
    return pc.if_else(cells.is_valid(), found, pa.scalar(None, TEXT)) if cells.null_count else found


def _quoted(texts: Any) -> Any:
    special = pc.match_substring_regex(texts, _ESCAPED)
    if pc.any(special).as_py():
        return pa.array([None if text is None else as_json(text) for text in texts.to_pylist()], TEXT)
    return pc.if_else(texts.is_valid(), joined([word('"'), texts, word('"')]), pa.scalar(None, TEXT))
