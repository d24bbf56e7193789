"""Tables as their users meet them: what is kept, from any row on, in pieces of any size, the same out of every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tables.read import read, through

from gradcli.base.errors import InputError
from gradcli.tables.readers import lines
from gradcli.tables.reading import open_table

ROWS = 40
X = [float(n) if n % 7 else None for n in range(ROWS)]
V = [[n, n + 0.5] for n in range(ROWS)]
TABLE = pa.table({"x": X, "v": V, "id": [f"r{n}" for n in range(ROWS)]})
FLAT = pa.table({"x": X, "v.0": [v[0] for v in V], "v.1": [v[1] for v in V], "id": TABLE["id"]})


def written(folder: Path, known: str) -> Any:
    path = folder / f"a.{known}"
    match known:
        case "csv" | "tsv":
            options = pyarrow.csv.WriteOptions(delimiter="," if known == "csv" else "\t", quoting_style="none")
            pyarrow.csv.write_csv(FLAT, path, options)
            path.write_text(path.read_text().replace('"', ""))
        case "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in TABLE.to_pylist()))
        case "parquet":
            pq.write_table(TABLE, path, row_group_size=9)
        case "arrow":
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, TABLE.schema) as writer:
                writer.write_table(TABLE, max_chunksize=9)
        case _:
            columns = {"x": np.array(X, float), "v": np.array(V), "id": np.array(TABLE["id"].to_pylist())}
            if known == "npz":
                np.savez(path, **columns)
            elif known == "npy":
                array = np.zeros(ROWS, [("x", "f8"), ("v", "f8", 2), ("id", "U3")])
                for name, column in columns.items():
                    array[name] = column
                np.save(path, array)
            else:
                return {"dict": columns, "table": TABLE, "pandas": TABLE.to_pandas()}[known]
    return path


@pytest.mark.parametrize("known", ["csv", "tsv", "jsonl", "parquet", "arrow", "npz", "npy", "dict", "table", "pandas"])
def test_the_rows_are_the_same_out_of_every_format_from_any_row_on(
    known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines.whole_lines, "__defaults__", (64,))  # blocks of a few lines
    source = written(tmp_path, known)
    table = open_table(source)
    for skip in (0, 1, 5, 8, 9, 17, 33, 39, 40):
        for size in (3, 1 << 16):
            found = through(table, "v x", keep=["id"], size=size, skip=skip)
            assert found.values["v"] == V[skip:]
            assert [None if np.isnan(x) else x for x in found.values["x"]] == X[skip:]
            assert [reason is not None for reason in found.reasons] == [x is None for x in X[skip:]]
            assert [row["id"] for row in found.kept] == [f"r{n}" for n in range(skip, ROWS)]


def test_an_unknown_column_to_keep_knows_what_was_meant() -> None:
    with pytest.raises(InputError, match="--keep: the table has no column 'nmae'") as caught:
        read({"x": [1.0], "name": ["a"]}, "x", keep=["nmae"])
    assert caught.value.hint == "did you mean name?"


def test_what_is_kept_is_known_before_a_row_is_read(tmp_path: Path) -> None:
    for known in ("csv", "jsonl", "parquet", "arrow", "npz", "npy", "dict", "table", "pandas"):
        table = open_table(written(tmp_path, known))
        variables = table.variables(["x"])
        schema = table.schema(variables, ["id", "x"])
        batch = next(table.batches(variables, ["id", "x"]))
        found = {n: a.dtype for n, a in batch.kept.items()} if isinstance(schema, dict) else batch.kept.schema
        assert found == schema, known
        assert table.schema(variables, False) is None


def test_nothing_is_read_of_variables_that_are_none() -> None:
    """An expression of constants alone still has a row for each row."""
    assert read({"x": [1.0, 2.0]}, []).reasons == [None, None]


@pytest.mark.parametrize("known", ["csv", "jsonl", "parquet", "arrow", "npz", "npy", "table", "pandas"])
def test_a_table_has_its_rows_also_where_no_variable_is_asked_of_it(known: str, tmp_path: Path) -> None:
    assert len(read(written(tmp_path, known), []).reasons) == ROWS
