"""A directory of 64 files on a real cluster of two workers: the bytes of a run without one, whatever happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cluster import jobs

import gradcli
from gradcli.base.errors import ExitCode, InputError, MathematicsError, MissingError, OutputError, UsageError
from gradcli.commands.tables import partitioned
from gradcli.commands.tables.partition import sees, writes
from gradcli.engine.cluster.connection import Cluster, connected
from gradcli.tables import partitions

pytest.importorskip("distributed")

FILES = 64
SCALARS = "x**2*sin(y)*exp(-x/a)"
ARRAYS = "sum(v*x)*norm(v)"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connected("local:2") as found:
        found.require_workers(lambda _: None)
        yield found


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of 30 to 36 rows, some of which fail."""
    folder, draw = tmp_path_factory.mktemp("table"), np.random.default_rng(0)
    for number in range(FILES):
        rows = 30 + number % 7
        y = draw.normal(size=rows)
        y[draw.random(rows) < 0.01] = np.nan
        columns = {
            "id": np.arange(rows),
            "x": draw.uniform(0.1, 3, rows),
            "y": y,
            "v": list(draw.normal(size=(rows, 3))),
            "w": pa.FixedSizeListArray.from_arrays(pa.array(draw.normal(size=3 * rows)), 3),
        }
        pq.write_table(pa.table(columns), folder / f"{number:03d}.parquet")
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is a partition."""
    monkeypatch.setattr(partitions, "LEAST", 1)
    monkeypatch.setattr(partitions, "MANY", 10**9)


def content(out: Path) -> list[tuple[str, bytes]]:
    files = sorted(out.iterdir()) if out.is_dir() else [out]
    return [(path.name if out.is_dir() else "", path.read_bytes()) for path in files]


def both(kind: str, expression: str, table: Path, folder: Path, cluster: Any, end: str, **options: Any) -> list[Any]:
    """The results without and with a cluster, whose bytes are the same."""
    function = getattr(gradcli, f"{kind}_table")
    plain = function(expression, table, f"{folder / 'plain'}{end}", **options)
    spread = function(expression, table, f"{folder / 'spread'}{end}", cluster=cluster, **options)
    name = end.rstrip("/")
    assert content(folder / f"spread{name}") == content(folder / f"plain{name}")
    assert sorted(path.name for path in folder.iterdir()) == [f"plain{name}", f"spread{name}"]
    return [plain, spread]


@pytest.mark.parametrize(("kind", "end", "options"), [
    ("grad", ".parquet", {"engine": "compiled", "keep": True}),
    ("grad", "/", {"engine": "torch", "keep": ["w"]}),
    ("jacobian", ".parquet", {"engine": "torch", "keep": ["id"]}),
    ("hessian", "/", {"engine": "compiled", "keep": True, "wrt": "x,y"}),
    ("hessian", ".parquet", {"engine": "auto"}),
])  # fmt: skip
def test_the_bytes_are_those_of_a_run_without_a_cluster(
    kind: str, end: str, options: dict[str, Any], table: Path, cluster: Cluster, tmp_path: Path
) -> None:
    plain, spread = both(kind, SCALARS, table, tmp_path, cluster.client, end, values={"a": 2.0}, **options)
    assert (spread.rows, spread.failures, spread.first_failed) == (plain.rows, plain.failures, plain.first_failed)
    assert (spread.flags, spread.engine, spread.sampled) == (plain.flags, plain.engine, plain.sampled)
    assert spread.failed > 0
    assert spread.check.verdict == "agrees"
    assert spread.exit_code() is ExitCode.MATHEMATICS


@pytest.mark.parametrize("end", [".parquet", "/"])
def test_rows_of_arrays_are_the_same_too(end: str, table: Path, cluster: Cluster, tmp_path: Path) -> None:
    both("grad", ARRAYS, table, tmp_path, cluster.client, end)


def test_the_sample_is_of_all_partitions(table: Path, cluster: Cluster, tmp_path: Path) -> None:
    ways = [{"cluster": cluster.client}, {}]
    drawn = [gradcli.grad_table("x**2", table, f"{tmp_path / str(n)}/", **way) for n, way in enumerate(ways)]
    rows = [[row.number for row in result.checking.args[1]] for result in drawn]
    assert rows[0] == rows[1]  # whoever computed them, and whichever came first
    assert len(rows[0]) == 64
    assert rows[0][0] < 400
    assert rows[0][-1] > 1700


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(table: Path, cluster: Cluster, tmp_path: Path) -> None:
    plain = tmp_path / "plain.parquet"
    gradcli.grad_table(SCALARS, table, plain, values={"a": 2.0})
    told: list[str] = []
    seen: list[int] = []

    def kill(done: int, total: int | None) -> None:
        seen.append(done)
        if len(seen) == 5:
            os.kill(next(iter(cluster.everywhere(os.getpid).values())), signal.SIGKILL)

    spread = tmp_path / "spread.parquet"
    gradcli.grad_table(
        SCALARS, table, spread, values={"a": 2.0}, cluster=cluster.client, progress=kill, tell=told.append
    )
    assert spread.read_bytes() == plain.read_bytes()
    assert sum("is gone" in note for note in told) == 1
    assert seen == sorted(set(seen))


@pytest.fixture
def broken(cluster: Cluster) -> Iterator[Callable[[list[int]], None]]:
    """Breaks partitions of these numbers on the workers."""
    yield lambda numbers: cluster.everywhere(jobs.failing_partitions, numbers) and None
    cluster.everywhere(jobs.failing_partitions, [])


def test_a_partition_that_fails_three_times_is_marked(
    broken: Any, table: Path, cluster: Cluster, tmp_path: Path
) -> None:
    broken([7])
    told: list[str] = []
    options: dict[str, Any] = {"keep": True, "on_error": "mark", "wrt": "x"}
    plain, spread = tmp_path / "plain.parquet", tmp_path / "spread.parquet"
    gradcli.grad_table("x**2", table, plain, **options)
    result = gradcli.grad_table("x**2", table, spread, cluster=cluster.client, tell=told.append, **options)
    reason = "partition 7 failed 3 times: ZeroDivisionError: no quotient"
    assert (result.failures, result.first_failed, result.exit_code()) == ({reason: 30}, 231, ExitCode.DONE)
    assert told == [f"ZeroDivisionError: no quotient; partition 7 is computed again ({n} of 3)" for n in (2, 3)]
    right, found = pq.read_table(plain).to_pylist(), pq.read_table(spread).to_pylist()
    assert str(found[:231] + found[261:]) == str(right[:231] + right[261:])
    empty = {"value": None, "d_x": None, "error": reason}
    assert str(found[231:261]) == str([row | empty for row in right[231:261]])
    with pytest.raises(MissingError, match=reason):
        gradcli.grad_table("x**2", table, tmp_path / "other.parquet", cluster=cluster.client, on_error="fail")


def test_where_no_partition_can_be_computed_the_run_ends(
    broken: Any, table: Path, cluster: Cluster, tmp_path: Path
) -> None:
    broken(list(range(FILES)))
    with pytest.raises(MissingError, match="failed 3 times: ZeroDivisionError: no quotient"):
        gradcli.grad_table("x**2", table, f"{tmp_path / 'out'}/", cluster=cluster.client)
    assert list(tmp_path.iterdir()) == []


def test_the_row_that_ends_a_run_is_the_first_that_fails(table: Path, cluster: Cluster, tmp_path: Path) -> None:
    words = []
    for way in ({}, {"cluster": cluster.client}):
        with pytest.raises(MathematicsError) as caught:
            gradcli.grad_table("x*y", table, tmp_path / f"{len(way)}.parquet", on_error="fail", **way)
        words.append(caught.value.message)
    assert words[0] == words[1]


@pytest.mark.parametrize("end", [".parquet", "/"])
def test_what_was_interrupted_is_resumed_anywhere(end: str, table: Path, cluster: Cluster, tmp_path: Path) -> None:
    """On a cluster, here, on a cluster of another size, in whatever order."""
    plain, spread = f"{tmp_path / 'plain'}{end}", f"{tmp_path / 'spread'}{end}"
    gradcli.grad_table("x*y", table, plain)
    counts: list[int] = []

    def stop(done: int, total: int | None) -> None:
        counts.append(done)
        if len(counts) % 10 == 0:
            raise KeyboardInterrupt

    for way in ({"cluster": cluster.client}, {"resume": True}, {"resume": True, "cluster": cluster.client}):
        with pytest.raises(KeyboardInterrupt) as caught:
            gradcli.grad_table("x*y", table, spread, progress=stop, **way)
        assert "rows are safe" in caught.value.__notes__[0]
        assert not Path(spread).exists()
    result = gradcli.grad_table("x*y", table, spread, resume=True)
    assert f"{counts[-1]:,} rows were there before; of these none is checked" in result.notes
    assert counts == sorted(counts)
    assert content(Path(spread)) == content(Path(plain))


def test_a_scheduler_that_is_lost_loses_nothing(table: Path, tmp_path: Path) -> None:
    plain, spread = tmp_path / "plain.parquet", tmp_path / "spread.parquet"
    gradcli.grad_table("x*y", table, plain)

    def kill(done: int, total: int | None) -> None:
        if done > 500:
            (host,) = [one for one in psutil.Process().children() if one.pid not in before]
            host.kill()

    before = {one.pid for one in psutil.Process().children()}
    with pytest.raises(MissingError, match="the connection to the local cluster is lost") as caught:
        gradcli.grad_table("x*y", table, spread, cluster="local:1", progress=kill)
    assert "resume goes on with" in (caught.value.hint or "")
    gradcli.grad_table("x*y", table, spread, resume=True)
    assert spread.read_bytes() == plain.read_bytes()


def test_what_a_worker_does_not_see_is_said(
    table: Path, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, error in (("sees", InputError), ("writes", OutputError)):
        with monkeypatch.context() as patch:
            patch.setattr(partitioned, name, jobs.blind)
            with pytest.raises(
                error, match=r"^worker tls://\S+ cannot \w+ .*/data/table.parquet: No such file"
            ) as caught:
                gradcli.grad_table("x", table, tmp_path / "out.parquet", cluster=cluster.client)
        assert "all workers" in (caught.value.hint or "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_as_it_is_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"1234")
    stamp = (4, path.stat().st_mtime_ns)
    assert sees([(path, stamp)]) is None
    assert sees([(path, (5, stamp[1]))]) == f"{path} is another file there"
    assert sees([(tmp_path / "b", stamp)]) == f"{tmp_path / 'b'}: No such file or directory"
    assert writes(tmp_path, path.name) is None
    assert writes(tmp_path, "missing") == f"{tmp_path}: No such file or directory"


@pytest.mark.parametrize(("source", "out", "says"), [
    ({"x": [1.0]}, "o.parquet", "a table in memory"), (None, None, "writes a file of Parquet"), (None, "-", "writes a file of Parquet"),
    (None, "o.csv", "writes Parquet, not csv"),
])  # fmt: skip
def test_what_is_not_for_a_cluster_is_refused(
    source: Any, out: str | None, says: str, table: Path, tmp_path: Path
) -> None:
    place = out if out in (None, "-") else tmp_path / str(out)
    with pytest.raises(UsageError, match=says):
        gradcli.grad_table("x", source or table, place, cluster="tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="int"):
        gradcli.grad_table("x", table, tmp_path / "o.parquet", cluster=3)
