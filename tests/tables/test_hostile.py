"""Changed bytes, odd names, odd texts: an error of ours or marked rows, whatever stands in a table."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tables.read import read

from gradcli.base.errors import GradcliError

TABLE = pa.table({"x": [1.0, None, 3.0] * 20, "v": [[1, 2], [3], None] * 20, "s": ["a", "b", None] * 20})


def write_arrow(path: Path, new: Any) -> None:
    with pa.OSFile(str(path), "wb") as file, new(file, TABLE.schema) as writer:
        writer.write_table(TABLE)


WRITERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "csv": ("csv", lambda path: path.write_text("x,v.0,v.1,s\n" + '1,2,3,"a,b"\n' * 60)),
    "tsv": ("tsv", lambda path: path.write_text("x\tv.0\tv.1\n" + "1\t2\t3\n" * 60)),
    "jsonl": ("jsonl", lambda path: path.write_text('{"x": 1, "v": [1, 2], "s": "a"}\n' * 60)),
    "parquet": ("parquet", lambda path: pq.write_table(TABLE, path)),
    "arrow file": ("arrow", lambda path: write_arrow(path, pa.ipc.new_file)),
    "arrow stream": ("arrow", lambda path: write_arrow(path, pa.ipc.new_stream)),
    "npy": ("npy", lambda path: np.save(path, np.zeros(60, [("x", "f8"), ("v", "f8", 2)]))),
    "npz": ("npz", lambda path: np.savez(path, x=np.arange(60.0), v=np.ones((60, 2)))),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_are_an_error_of_ours_or_marked_rows(kind: str, seed: int, tmp_path: Path) -> None:
    known, write = WRITERS[kind]
    path = tmp_path / f"a.{known}"
    write(path)
    sound = path.read_bytes()
    whole = read(path, "x v", keep=True)
    assert len(whole.reasons) == 60
    draw = random.Random(f"{kind} {seed}")  # noqa: S311 - no secret
    changed = 0
    for _ in range(25):
        data = bytearray(sound)
        for _ in range(draw.choice([1, 1, 2, 5, 30])):
            data[draw.randrange(len(data))] = draw.choice([0, 255, 10, 34, 44, draw.randrange(256)])
        if draw.random() < 0.2:
            del data[draw.randrange(len(data)) :]
        path.write_bytes(data)
        for source, stdin in ((path, None), ("-", io.BytesIO(data))):
            try:
                found = read(source, "x v", keep=True, named=known, stdin=stdin)
                changed += found.reasons != whole.reasons or len(found.reasons) != 60
            except GradcliError as error:
                changed += 1
                assert "\n" not in error.message  # noqa: PT017 - of many errors each is looked at
    assert changed > 0, f"of the seed {seed} no change was seen"


NAMES = [
    "exp",
    "for",
    "int",
    "main()",
    "a b",
    "é",
    "__class__",
    "x;y",
    "%s",
    "{x}",
    "$(id)",
    "\x1b[2J",
    "../x",
    "NULL",
    "x" * 300,
]


@pytest.mark.parametrize("known", ["csv", "jsonl", "parquet", "arrow", "npz", "dict"])
def test_odd_names_are_names(known: str, tmp_path: Path) -> None:
    path: Any = tmp_path / f"a.{known}"
    table = pa.table({name: [float(n), 0.5] for n, name in enumerate(NAMES)})
    if known == "csv":
        path.write_text(",".join(f'"{name}"' for name in NAMES) + "\n" + ",".join(map(str, range(len(NAMES)))) + "\n")
    elif known == "jsonl":
        import json

        path.write_text(json.dumps({name: n for n, name in enumerate(NAMES)}) + "\n")
    elif known == "parquet":
        pq.write_table(table, path)
    elif known == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        arrays = {name.replace("/", "|"): np.array([float(n)]) for n, name in enumerate(NAMES)}
        np.savez(path, **arrays)
        path = arrays if known == "dict" else path
    for n, name in enumerate(NAMES):
        name = name.replace("/", "|") if known in {"npz", "dict"} else name
        assert read(path, [name]).values[name][0] == float(n)
