"""Value and derivatives at a million points from file to file, against what people write by hand.

All sides compute in one process, in interleaved rounds; a number is the median of the rounds' ratios ours/peer, below 1
where we are quicker. Compilation is outside. ``copy`` is the floor: pyarrow reads the file and writes it, with as many
columns as there are to be written. Ours has its sample of rows checked, as ever; what it takes without is beside.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from statistics import median

import numpy as np
from dense import rounds_of
from tables import CASES, Case, jax_function, polars_forms

import gradcli

SUFFIXES = {".parquet": 1, ".csv": 10}  # of text a part of the rows: pandas takes that much longer for it
Way = Callable[[Case, Path, Path], object]


def ours(case: Case, there: Path, here: Path) -> None:
    gradcli.grad_table(case.expression, there, here)


def unchecked(case: Case, there: Path, here: Path) -> None:
    gradcli.grad_table(case.expression, there, here, check="off")


def copy(_case: Case, there: Path, here: Path) -> None:
    """With pyarrow's defaults."""
    from pyarrow import csv, parquet

    text = there.suffix == ".csv"
    found = csv.read_csv(there) if text else parquet.read_table(there)
    (csv.write_csv if text else parquet.write_table)(found.append_column("more", found.column(0)), here)


def plain_copy(_case: Case, there: Path, here: Path) -> None:
    """Pages as they are in memory, which is quicker for numbers."""
    from pyarrow import parquet

    if there.suffix == ".csv":
        raise LookupError("text has no pages")
    found = parquet.read_table(there)
    more = found.append_column("more", found.column(0))
    parquet.write_table(more, here, compression="none", use_dictionary=False)


def pandas_jax(case: Case, there: Path, here: Path) -> None:
    import pandas as pd

    text = there.suffix == ".csv"
    found = pd.read_csv(there) if text else pd.read_parquet(there)
    made = _in_jax(case.name)({name: found[name].to_numpy() for name in case.ranges})
    frame = pd.DataFrame({name: np.asarray(column) for name, column in zip(case.outputs, made, strict=True)})
    if text:
        frame.to_csv(here, index=False)
    else:
        frame.to_parquet(here, index=False)


@lru_cache(maxsize=len(CASES))
def _in_jax(name: str) -> Callable[[Mapping[str, np.ndarray[tuple[int], np.dtype[np.float64]]]], list[object]]:
    return jax_function(next(case for case in CASES if case.name == name))


def polars(case: Case, there: Path, here: Path) -> None:
    import polars as pl

    if there.suffix == ".csv":
        pl.scan_csv(there).select(polars_forms(case)).sink_csv(here)
    else:
        pl.scan_parquet(there).select(polars_forms(case)).sink_parquet(here)


WAYS: Mapping[str, Way] = {
    "unchecked": unchecked,
    "copy": copy,
    "plain copy": plain_copy,
    "pandas, jax": pandas_jax,
    "polars": polars,
}


def table(rows: int, repeats: int) -> list[dict[str, object]]:
    """A line for each case and format: our seconds, and the ratios ours/theirs. Errors: AssertionError where results
    differ."""
    with tempfile.TemporaryDirectory() as folder:
        return [line for case in CASES for line in _lines(case, rows, repeats, Path(folder))]


def _lines(case: Case, rows: int, repeats: int, folder: Path) -> Iterator[dict[str, object]]:
    import pyarrow as pa
    from pyarrow import csv, parquet

    for suffix, part in SUFFIXES.items():
        given = pa.table(dict(case.columns(rows // part)))
        there = folder / f"given{suffix}"
        (csv.write_csv if suffix == ".csv" else parquet.write_table)(given, there)
        works = {"ours": partial(ours, case, there, folder / f"ours{suffix}")}
        for name, way in WAYS.items():
            work = partial(way, case, there, folder / f"{name}{suffix}")
            try:
                work()
            except (ImportError, LookupError):  # it is not installed, or is no way here
                continue
            works[name] = work
        works["ours"]()
        for name in works.keys() & {"pandas, jax", "polars"}:
            _compare(case, folder / f"ours{suffix}", folder / f"{name}{suffix}")
        rounds = rounds_of(list(works.values()), repeats)
        line: dict[str, object] = {"case": case.name, "rows": rows // part, "file": suffix[1:]}
        line["ms"] = 1e3 * median(taken[0] for taken in rounds)
        line["ms unchecked"] = 1e3 * median(taken[1] for taken in rounds)
        yield line | {name: median(r[0] / r[k] for r in rounds) for k, name in enumerate(works) if k > 1}


def _compare(case: Case, mine: Path, theirs: Path) -> None:
    from pyarrow import csv, parquet

    first, second = ((csv.read_csv if path.suffix == ".csv" else parquet.read_table)(path) for path in (mine, theirs))
    for name in case.outputs:
        same = np.allclose(first[name].to_numpy(), second[name].to_numpy(), rtol=1e-9, atol=1e-12)
        assert same, f"{case.name}: {mine.name} and {theirs.name} differ in {name}"
