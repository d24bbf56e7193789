"""What one command writes, the next one reads: rows that failed come back as rows without numbers."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from tables.answers import AWKWARD, LAYOUT, answer, same

from gradcli.tables.formats import TableFormat
from gradcli.tables.outputs import to_file
from gradcli.tables.reading import open_table
from gradcli.tables.state import Origin


@pytest.mark.parametrize("format_", TableFormat)
def test_an_output_is_a_table(format_: TableFormat, tmp_path: Path) -> None:
    out = tmp_path / f"out.{format_}"
    finite = AWKWARD[np.isfinite(AWKWARD)]
    with to_file(out, format_, LAYOUT, Origin("grad x**2")) as sink:
        sink.write(answer(0, [*finite, math.nan, 1.0], [0] * len(finite) + [1, 0]))
    table = open_table(out)
    assert [column.name for column in table.columns][-1] == "error"
    (batch,) = table.batches(table.variables(["value", "d_x"]))
    expected = [*finite.tolist(), math.nan, 1.0]
    assert same(batch.values["value"].tolist(), expected)
    assert same(batch.values["d_x"].tolist(), [[value, -value] for value in expected])
    assert [bool(code) for code in batch.marks.codes] == [math.isnan(value) for value in expected]
