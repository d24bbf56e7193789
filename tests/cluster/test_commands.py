"""``--cluster`` on the command line: what is printed where, exit codes, and what a signal leaves."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from places import ROOT

from gradcli.warm.child import _takes

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a table of 40,000 rows in four files."""
    made = tmp_path_factory.mktemp("commands")
    (made / "table").mkdir()
    for number in range(4):
        x = np.random.default_rng(number).uniform(-1, 1, 10_000)
        pq.write_table(pa.table({"x": x}), made / "table" / f"{number}.parquet")
    return made


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a scheduler without workers."""
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def started(folder: Path, line: str, shell: str = "") -> subprocess.Popen[str]:
    """A command line in a group of its own, as a terminal has it."""
    environment = {**os.environ, "GRADCLI_WARM": "off", "PYTHONPATH": str(ROOT)}
    command = f"exec {shlex.quote(sys.executable)} -m gradcli {line} {shell}"
    return subprocess.Popen(
        ["sh", "-c", command], cwd=folder, env=environment, start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def test_the_bytes_are_the_same_even_where_stderr_is_closed(folder: Path) -> None:
    assert ended(started(folder, "grad 'log(x)' --table table -o plain.parquet --keep -q"))[0] == 5
    with started(folder, "grad 'log(x)' --table table -o spread.parquet --keep --cluster local:1", "2>&-") as process:
        assert ended(process) == (5, "", "")
    assert (folder / "spread.parquet").read_bytes() == (folder / "plain.parquet").read_bytes()
    assert not (folder / "spread.parquet.parts").exists()


def test_ctrl_c_ends_it_without_a_word(folder: Path, address: str) -> None:
    with started(folder, f"grad x --table table -o out/ --cluster {address}") as process:
        assert process.stderr
        note = process.stderr.readline()
        assert note == f"note: the cluster at {address} has no worker; one is waited for, up to 60 s\n"
        children = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        assert ended(process) == (130, "", "")
    assert children == []
    assert sorted(path.name for path in folder.glob("out*")) == []


def test_a_time_limit_holds(folder: Path, address: str) -> None:
    line = f"grad x --table table -o out/ --timeout 0.5 --json --cluster {address}"
    code, stdout, stderr = ended(started(folder, line))
    assert (code, stdout) == (6, "")
    assert '"message": "more than 0.5 s"' in stderr.splitlines()[-1]


def test_it_runs_in_a_process_of_its_own() -> None:
    assert _takes(["grad", "x", "--table", "t", "-o", "o/"])
    assert not _takes(["grad", "x", "--table", "t", "-o", "o/", "--cluster", "local"])
    assert not _takes(["grad", "x", "--table", "t", "-o", "o/", "--cluster=local:2"])
