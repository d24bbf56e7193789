"""Answers to write, and what the files hold, read by others: pandas, numpy, Python's own json and csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.feather
import pyarrow.parquet

from gradcli.base.arrays import FloatArray
from gradcli.tables.formats import TableFormat
from gradcli.tables.layout import Column, Layout
from gradcli.tables.rows import Answer, Marks

LAYOUT = Layout((Column("value"), Column("d_x", (2,))))
AWKWARD = np.array(
    [
        0.1,
        -0.0,
        0.0,
        5e-324,
        1.7976931348623157e308,
        2.0,
        1e16,
        1e22,
        123456789012345680.0,
        1 / 3,
        -1e-7,
        np.nan,
        np.inf,
        -np.inf,
    ]
)


def answer(first: int, values: Sequence[float] | FloatArray, codes: Sequence[int] = (), kept: Any = None) -> Answer:
    """Rows of a value and a vector. codes: 1 x is missing, 2 value is not finite."""
    value = np.array(values, dtype=float)
    marks = Marks(np.array(codes or [0] * len(value), np.int16), ("x is missing", "value is not finite"))
    return Answer(first, len(value), {"value": value, "d_x": np.stack([value, -value], axis=1)}, marks, kept, unread=1)


def random_answers(rows: int, each: int) -> list[Answer]:
    """As many as there are, the same whenever they are asked for; every seventh row fails."""
    values = np.random.default_rng(0).standard_normal(rows)
    codes = [(0, 0, 1, 0, 0, 0, 2)[at % 7] for at in range(rows)]
    return [answer(at, values[at : at + each], codes[at : at + each]) for at in range(0, rows, each)]


def rows_of(path: Path, format_: TableFormat) -> list[dict[str, Any]]:
    """The rows of a file whose cells are as Python reads them; vectors are lists, or columns in CSV and TSV."""
    if format_ in (TableFormat.CSV, TableFormat.TSV):
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file, delimiter="," if format_ is TableFormat.CSV else "\t"))
    if format_ is TableFormat.JSONL:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if format_ is TableFormat.PARQUET:
        return pyarrow.parquet.read_table(path).to_pylist()
    if format_ is TableFormat.ARROW:
        return pyarrow.feather.read_table(path).to_pylist()
    found = np.load(path)
    names = found.dtype.names if format_ is TableFormat.NPY else [name for name in found if name != "reasons"]
    return [{name: found[name][at].tolist() for name in names} for at in range(len(found["error"]))]


def same(one: Any, other: Any) -> bool:
    """Equal bit for bit, but for nan; whole numbers count as numbers."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return type(one) is type(other) and one == other
    return np.array(float(one)).tobytes() == np.array(float(other)).tobytes() or (np.isnan(one) and np.isnan(other))
