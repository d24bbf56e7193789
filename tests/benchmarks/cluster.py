"""A directory of 64 files on one and on two workers of this machine, beside runs without a cluster, of as many threads.

All sides run in one process, in interleaved rounds, each kernel with one thread where it does not say two; a number is
the median of the rounds' ratios. ``dask`` is one worker beside a run without a cluster: what it costs to hand work out.
``scaling`` is one worker beside two: 2 where the second one is worth as much as the first. ``dask, two`` is two workers
beside two threads. Workers are there before, with all that they import; what that takes is ``start``, in seconds.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from dense import rounds_of
from tables import CASES, ENGINES, Case

import gradcli
from gradcli.engine.choose import Engine
from gradcli.engine.cluster.connection import connected

FILES = 64


def table(rows: int, repeats: int) -> list[dict[str, object]]:
    """A line for each engine, of the longest case. Errors: AssertionError where bytes differ."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        clusters, starts = [], []
        _write(CASES[-1], rows, folder / "given")
        for workers in (1, 2):
            began = time.perf_counter()
            clusters.append(stack.enter_context(connected(f"local:{workers}")))
            _computed(folder, f"start-{workers}", "torch", 1, clusters[-1].client)
            starts.append(time.perf_counter() - began)
        return [_line(folder, engine, rows, repeats, [one.client for one in clusters], starts[1]) for engine in ENGINES]


def _line(
    folder: Path, engine: Engine, rows: int, repeats: int, clients: list[object], start: float
) -> dict[str, object]:
    sides = {
        "plain": partial(_computed, folder, "plain", engine, 1, None),
        "two threads": partial(_computed, folder, "threads", engine, 2, None),
        "one worker": partial(_computed, folder, "one", engine, 1, clients[0]),
        "two workers": partial(_computed, folder, "two", engine, 1, clients[1]),
    }
    made = {name: side() for name, side in sides.items()}
    assert len({path.read_bytes() for path in made.values()}) == 1, "the bytes differ"
    taken = [dict(zip(sides, one, strict=True)) for one in rounds_of(list(sides.values()), repeats)]
    line: dict[str, object] = {"engine": engine, "rows": rows, "start": start}
    line["ms, one worker"] = 1e3 * median(one["one worker"] for one in taken)
    line["dask"] = median(one["one worker"] / one["plain"] for one in taken)
    line["scaling"] = median(one["one worker"] / one["two workers"] for one in taken)
    return line | {"dask, two": median(one["two workers"] / one["two threads"] for one in taken)}


def _computed(folder: Path, name: str, engine: Engine, threads: int, client: object) -> Path:
    out = folder / f"{name}-{engine}.parquet"
    expression = CASES[-1].expression
    gradcli.grad_table(expression, folder / "given", out, engine=engine, threads=threads, cluster=client, check="off")
    return out


def _write(case: Case, rows: int, folder: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir()
    columns, each = case.columns(rows), -(-rows // FILES)
    for number in range(FILES):
        part = {name: column[number * each : (number + 1) * each] for name, column in columns.items()}
        parquet.write_table(pa.table(part), folder / f"{number:03d}.parquet")
