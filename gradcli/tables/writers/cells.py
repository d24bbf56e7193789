"""Rows as columns of pyarrow: numbers, lists of numbers, reasons; what stays empty is null."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gradcli.base.arrays import FloatArray
from gradcli.tables.layout import ERROR, Layout, Rows

FACTS = b"gradcli"  # the key under which a file says what made it


def schema_of(layout: Layout) -> Any:
    """The pyarrow.Schema of the output."""
    kept = getattr(layout.kept, "types", None) or map(_type_of, (layout.kept or {}).values())
    fields = [(name, _plain(kind)) for name, kind in zip(layout.kept_names, kept, strict=True)]
    number = _type_of(layout.dtype)
    for column in layout.columns:
        if column.split:
            fields += [(name, number) for name in column.parts]
        else:
            fields.append((column.name, _nested(number, len(column.shape))))
    return pa.schema([*fields, (ERROR, pa.string())], metadata=_described(layout.facts))


def _described(facts: Mapping[str, Any]) -> dict[bytes, bytes] | None:
    """The metadata of a schema that says so; None where there is nothing to be said."""
    return {FACTS: json.dumps(facts).encode()} if facts else None


def facts_in(schema: Any) -> dict[str, Any]:
    """What a file says of itself; nothing where it is not ours. Any: JSON values."""
    try:
        found = json.loads((schema.metadata or {}).get(FACTS, b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def batch_of(rows: Rows, layout: Layout, schema: Any) -> Any:
    """The rows as a pyarrow.RecordBatch."""
    return pa.RecordBatch.from_arrays([*columns_of(rows, layout), errors_of(rows)], schema=schema)


def columns_of(rows: Rows, layout: Layout) -> list[Any]:
    """Arrays of pyarrow, one for each column but the last."""
    kept = [_kept(values) for _, values in rows.kept_cells()]
    return kept + [as_arrow(values, rows.blank) for _, values in rows.cells(layout)]


def as_arrow(values: FloatArray, blank: npt.NDArray[np.bool_] | None) -> Any:
    """Numbers of shape (rows,), lists of (rows, k), lists of lists of (rows, k, l) …; null where blank."""
    if values.ndim == 1:
        return pa.array(values, mask=blank)
    filled = values if blank is None else values[~blank]
    lengths = np.full(len(values), values.shape[1])
    if blank is not None:
        lengths[blank] = 0
    entries = as_arrow(np.ascontiguousarray(filled).reshape(-1, *values.shape[2:]), None)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, entries, mask=None if blank is None else pa.array(blank))


def errors_of(rows: Rows) -> Any:
    """Why each row failed, null where it did not."""
    if rows.codes is None:
        return pa.nulls(rows.rows, pa.string())
    return pa.array(rows.reasons, pa.string()).take(pa.array(rows.codes - 1, mask=rows.codes == 0))


def _nested(number: Any, depth: int) -> Any:
    return pa.list_(_nested(number, depth - 1)) if depth else number


def _type_of(dtype: Any) -> Any:  # Any: a dtype of numpy
    return pa.array(_native(np.empty(0, dtype))).type


def _native(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """In a dtype that pyarrow has: of this machine's byte order, no longer than a double, seconds rather than hours."""
    dtype = values.dtype
    if dtype.kind == "f" and dtype.itemsize > 8:
        return values.astype(np.float64)
    if dtype.kind in "mM" and np.datetime_data(dtype)[0] not in (
        "ns",
        "us",
        "ms",
        "s",
        "D" if dtype.kind == "M" else "",
    ):
        return values.astype(f"{dtype.kind}8[s]")
    return values.astype(dtype.newbyteorder("="), copy=False)


def _plain(kind: Any) -> Any:
    """Without a dictionary, which each batch may have another one of, and a file has one."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _kept(values: Any) -> Any:  # Any: an array of numpy or of pyarrow
    if isinstance(values, np.ndarray):
        return pa.array(_native(values))
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
