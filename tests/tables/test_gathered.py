"""Partitions that come in any order become the file of a run from the first row to the last, or a directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import TESTS
from tables import partitioned
from tables.partitioned import SIZES, answers_to, computed, dataset, gather, gathered, layout_of

from gradcli.base.errors import InputError, OutputError, UsageError
from gradcli.tables import journal
from gradcli.tables import partitions as planning
from gradcli.tables.formats import TableFormat
from gradcli.tables.gathered import Gathered, is_directory, left_by_partitions, open_place
from gradcli.tables.outputs import to_file
from gradcli.tables.partitions import Partition, partitions
from gradcli.tables.reading import Table, open_table
from gradcli.tables.state import Origin
from gradcli.tables.writers import columnar


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in (
        (columnar, "GROUP_ROWS"),
        (columnar, "PART_GROUPS"),
        (journal, "SAVE_SECONDS"),
        (planning, "LEAST"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))  # so that it is put back
    partitioned.small()


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return dataset(tmp_path / "data", SIZES)


def origin(table: Table, question: str | None = "grad x**2") -> Origin:
    return Origin(question, table.path, table.files)


def plain(table: Table, out: Path, *, stop: int | None = None, resume: bool = False) -> Path:
    """A run from the first row to the last; or until a row."""
    with to_file(out, TableFormat.PARQUET, layout_of(table), origin(table), resume=resume) as sink:
        for answer in answers_to(table, skip=sink.resumed):
            if stop is not None and answer.first >= stop:
                raise InputError("stopped")
            sink.write(answer, {"rows": answer.first + answer.rows})
    return out


def compute(into: Gathered, table: Table, parts: Iterable[Partition]) -> None:
    for partition in parts:
        computed(into, table, partition)


def written(place: Path) -> dict[str, bytes]:
    """A file, or the files in a directory."""
    return {path.name: path.read_bytes() for path in (sorted(place.iterdir()) if place.is_dir() else [place])}


def failed(found: Any) -> dict[str, int]:
    """By reason, in the order of the rows of a pyarrow.Table."""
    return dict(Counter(reason for reason in found["error"].to_pylist() if reason is not None))


def shuffled(parts: Iterable[Partition], seed: int = 0) -> list[Partition]:
    found = list(parts)
    return [found[at] for at in np.random.default_rng(seed).permutation(len(found))]


# -- the same bytes


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_it_is_the_file_of_a_plain_run(table: Table, tmp_path: Path, seed: int) -> None:
    with gathered(table, tmp_path / "out.parquet") as into:
        assert len(into.todo) > 8
        compute(into, table, shuffled(into.todo, seed))
    assert (tmp_path / "out.parquet").read_bytes() == plain(table, tmp_path / "plain.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out.parquet", "plain.parquet"]


def test_a_directory_has_a_file_of_each_partition(table: Table, tmp_path: Path) -> None:
    once = pq.read_table(plain(table, tmp_path / "plain.parquet"))
    for name, seed in (("a", 1), ("b", 2)):
        with gathered(table, f"{tmp_path / name}/") as into:
            compute(into, table, shuffled(into.todo, seed))
        assert into.failures == failed(once)
    assert list(written(tmp_path / "a")) == [f"part-{at:06}.parquet" for at in range(len(partitions(table)))]
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert pq.read_table(tmp_path / "a").equals(once)
    assert open_table(tmp_path / "a").rows == sum(SIZES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "data", "plain.parquet"]


def test_no_rows_are_a_file_with_columns(tmp_path: Path) -> None:
    table = dataset(tmp_path / "data", [0, 0])
    with gathered(table, tmp_path / "out.parquet"):
        pass
    assert (tmp_path / "out.parquet").read_bytes() == plain(table, tmp_path / "plain.parquet").read_bytes()
    with gathered(table, f"{tmp_path}/out/"):
        pass
    assert written(tmp_path / "out") == {"part-000000.parquet": (tmp_path / "out.parquet").read_bytes()}


def test_reasons_are_counted_in_the_order_of_rows(table: Table, tmp_path: Path) -> None:
    with gathered(table, tmp_path / "out.parquet") as into:
        compute(into, table, reversed(into.todo))
        once = failed(pq.read_table(plain(table, tmp_path / "plain.parquet")))
        assert list(into.failures.items()) == list(once.items())
        assert {number: memo["rows"] for number, memo in into.memos.items()} == {p.number: p.rows for p in into.todo}


# -- what the file says of itself


def facts(path: Path) -> Any:
    return json.loads(pq.read_schema(path).metadata[b"gradcli"])


def test_one_file_names_the_instructions_of_all_machines(table: Table, tmp_path: Path) -> None:
    for name in ("out.parquet", "out/"):
        with gathered(table, f"{tmp_path}/{name}") as into:
            for at, partition in enumerate(shuffled(into.todo)):
                computed(into, table, partition, machine=("a", "b", "c")[at % 3])
    found = facts(tmp_path / "out.parquet")
    assert (sorted(found.pop("instructions")), found) == (["a", "b", "c"], {"version": "1"})
    assert {facts(path)["instructions"][0] for path in (tmp_path / "out").iterdir()} == {"a", "b", "c"}
    other = plain(table, tmp_path / "plain.parquet")
    assert pq.read_table(other).equals(pq.read_table(tmp_path / "out.parquet"))
    assert facts(other) == {"version": "1", "instructions": ["a"]}


# -- interrupted, and gone on with


@pytest.mark.parametrize("out", ["out.parquet", "out/"])
def test_what_is_complete_is_not_computed_again(table: Table, tmp_path: Path, out: str) -> None:
    place = f"{tmp_path}/{out}"
    into = gathered(table, place)
    done = shuffled(into.todo)[:5]

    def stop() -> None:
        with into:
            compute(into, table, done)
            open_place(into.folder, into.todo[0]).write_bytes(b"half")
            raise OutputError("no more room")

    with pytest.raises(OutputError, match="no more room") as caught:
        stop()
    rows = sum(partition.rows for partition in done)
    assert caught.value.hint == f"--resume goes on with {rows} rows, which are safe"
    assert not os.path.exists(place)  # noqa: PTH110
    assert left_by_partitions(place)
    with pytest.raises(UsageError, match=f"holds {rows} rows of an output that was interrupted"):
        gathered(table, place)
    with gathered(table, place, resume=True) as into:
        assert into.resumed == rows
        assert {*into.todo} == {*partitions(table)} - {*done}
        compute(into, table, into.todo)
    with gathered(table, f"{tmp_path}/fresh{out}") as fresh:
        compute(fresh, table, fresh.todo)
    assert fresh.failures == into.failures
    if out.endswith("/"):
        assert written(tmp_path / "out") == written(tmp_path / "freshout")
    else:
        assert (tmp_path / "out.parquet").read_bytes() == (tmp_path / "freshout.parquet").read_bytes()
    assert not left_by_partitions(place)


@pytest.mark.parametrize("stop", [0, 3, 20, 47, 100, 150])
def test_partitions_go_on_with_a_plain_run(table: Table, tmp_path: Path, stop: int) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(InputError, match="stopped"):
        plain(table, out, stop=stop)
    assert not left_by_partitions(out)
    with gathered(table, out, resume=True) as into:
        assert into.memo.get("rows", 0) == into.resumed
        assert sum(partition.rows for partition in into.todo) == sum(SIZES) - into.resumed
        assert (into.resumed > 0) == (stop > 0)
        compute(into, table, shuffled(into.todo))
    assert into.failures == failed(pq.read_table(out))
    assert out.read_bytes() == plain(table, tmp_path / "plain.parquet").read_bytes()


def test_partitions_of_another_table_or_question_are_refused(table: Table, tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    into = gathered(table, out)
    compute(into, table, into.todo[:3])
    with pytest.raises(OutputError, match="is being written by another process"):
        gathered(table, out, resume=True)
    into.abandon()
    with pytest.raises(InputError, match="rows of another question"):
        Gathered(out, layout_of(table), origin(table, "hessian"), partitions(table), resume=True)
    with pytest.raises(InputError, match="rows of another format"):
        gathered(table, f"{out}/", resume=True)
    pq.write_table(pa.table({"x": [1.0], "s": ["b"]}), tmp_path / "data" / "99.parquet")
    other = open_table(tmp_path / "data")
    with pytest.raises(InputError, match="rows of another table, or one that has changed since"):
        gathered(other, out, resume=True)


def test_a_plan_that_differs_is_refused(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.parquet"
    into = gathered(table, out)
    compute(into, table, into.todo[:3])
    into.abandon()
    monkeypatch.setattr(planning, "LEAST", 7)
    with pytest.raises(InputError, match="is of other partitions of the table"):
        gathered(table, out, resume=True)


# -- places


@pytest.mark.parametrize("name", ["notes.txt", "part-000000.parquet", "part-1.parquet", ".hidden"])
def test_a_directory_of_something_else_is_refused(table: Table, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    pq.write_table(pa.table({"x": [1]}), out / name)
    with pytest.raises(UsageError, match=f"out holds {name}, which is of no answer of gradcli"):
        gathered(table, out)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".parts")] == []


def test_a_directory_of_ours_is_replaced_when_the_new_one_is_whole(table: Table, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o700)  # one that is empty is taken too
    with gathered(table, out) as into:
        compute(into, table, into.todo)
    assert out.stat().st_mode & 0o777 == 0o700
    before = written(out)
    small = dataset(tmp_path / "small", [5])
    with gathered(small, out) as into:
        compute(into, small, into.todo)
        assert written(out) == before
    assert list(written(out)) == ["part-000000.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out", "small"]


def test_outputs_that_are_the_table_or_in_it_are_refused(table: Table, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(UsageError, match="is the table itself"):
        gathered(table, data)
    for out in (data / "out.parquet", f"{data}/k=1/out/", data / "01.parquet"):
        with pytest.raises(UsageError, match="is inside of the table"):
            gathered(table, out)
    (tmp_path / "link").symlink_to(data)
    with pytest.raises(UsageError, match="is the table itself"):
        gathered(table, tmp_path / "link")
    (data / "zz.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    pq.write_table(pa.table({"x": [1.0], "s": ["b"]}), tmp_path / "elsewhere.parquet")
    with pytest.raises(UsageError, match="is inside of the table"):
        gathered(open_table(data), tmp_path / "elsewhere.parquet")
    out = tmp_path / "out"
    with gathered(table, f"{out}/") as into:
        compute(into, table, into.todo)
    own = open_table(out / "part-000000.parquet")
    with pytest.raises(UsageError, match="the table is inside of"):
        Gathered(out, layout_of(table), origin(own), partitions(own))
    assert len(written(out)) == len(into.todo)


def test_a_pipe_is_refused_and_stays(table: Table, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.parquet"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="is a pipe or a device"):
        gathered(table, pipe)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("pipe")] == ["pipe.parquet"]
    assert pipe.is_fifo()


def test_what_is_a_directory(tmp_path: Path) -> None:
    assert (is_directory("new/"), is_directory(tmp_path), is_directory("new.parquet")) == (True, True, False)


def test_a_place_that_cannot_be_one(table: Table, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("?")
    for out in (f"{tmp_path}/file/", f"{tmp_path}/no/out/", "/"):
        with pytest.raises((OutputError, UsageError), match=r"cannot write|holds|inside of /"):
            gathered(table, out)
    assert (tmp_path / "file").read_text() == "?"


# -- killed


@pytest.mark.parametrize("name", ["out.parquet", "out/"])
def test_killed_anywhere_nothing_half_done_is_in_its_place(tmp_path: Path, name: str) -> None:
    """But what was there before, nothing, or the whole; and whoever goes on comes to the same bytes."""
    made = {}
    for data, sizes in (("data", SIZES), ("small", [5, 30])):
        dataset(tmp_path / data, sizes)
        (tmp_path / f"of-{data}").mkdir()
        gather(tmp_path / data, f"{tmp_path}/of-{data}/{name}")
        made[data] = written(tmp_path / f"of-{data}" / Path(name))
    command = [sys.executable, str(TESTS / "tables" / "partitioned.py"), str(tmp_path), name]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert int(done.stdout) > 15
    gone_on = 0
    for folder in sorted(path for path in tmp_path.iterdir() if (path.name.partition("-")[2] or "?").isdigit()):
        place = folder / Path(name).name
        if place.exists():
            assert written(place) in list(made.values()), folder.name
        gone_on += left_by_partitions(place)
        gather(tmp_path / "data", f"{folder}/{name}", resume=True)
        assert written(place) == made["data"], folder.name
        assert list(folder.iterdir()) == [place], folder.name
    assert gone_on > 10
