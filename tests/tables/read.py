"""A table read to its end, for tests: values and words of each row."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gradcli.tables.reading import Table, open_table


class Read(NamedTuple):
    values: Mapping[str, list[Any]]
    reasons: list[str | None]
    kept: list[Any]
    sizes: list[int]


def read(
    source: Any, names: str | Sequence[str], *, keep: Any = False, size: int = 1 << 16, skip: int = 0,
    named: str | None = None, stdin: Any = None, shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Read:  # fmt: skip
    """``names`` blank-separated."""
    return through(open_table(source, named, stdin), names, keep=keep, size=size, skip=skip, shapes=shapes)


def through(
    table: Table, names: str | Sequence[str], *, keep: Any = False, size: int = 1 << 16, skip: int = 0,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Read:  # fmt: skip
    names = names.split() if isinstance(names, str) else names
    variables = table.variables(names, shapes)
    values: dict[str, list[Any]] = {name: [] for name in names}
    reasons: list[str | None] = []
    kept: list[Any] = []
    sizes = []
    expected = skip
    for batch in table.batches(variables, keep, size, skip):
        assert batch.first == expected
        assert 0 < batch.rows <= size
        assert batch.marks.codes.shape == (batch.rows,)
        expected += batch.rows
        for variable in variables:
            array = batch.values[variable.name]
            assert array.shape == (batch.rows, *variable.shape)
            assert array.dtype == np.float64
            assert array.flags.c_contiguous
            values[variable.name] += array.tolist()
            fine = batch.marks.codes == 0
            assert not np.isnan(array[fine]).any(), "a row without a mark has numbers"
        reasons += [None if code == 0 else batch.marks.reasons[code - 1] for code in batch.marks.codes]
        kept += _rows(batch.kept)
        sizes.append(batch.rows)
    return Read(values, reasons, kept, sizes)


def _rows(kept: Any) -> list[Any]:
    if kept is None:
        return []
    if isinstance(kept, Mapping):
        return [dict(zip(kept, row, strict=True)) for row in zip(*(a.tolist() for a in kept.values()), strict=True)]
    return list(kept.to_pylist())


def stream(data: bytes) -> io.BytesIO:
    return io.BytesIO(data)
