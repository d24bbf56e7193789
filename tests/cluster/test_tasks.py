"""A real cluster of two processes, whose workers are killed, raise, and run out of memory."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from cluster import jobs
from places import ROOT

from gradcli.base.errors import InputError, MissingError, UsageError
from gradcli.engine.cluster import connection
from gradcli.engine.cluster.connection import Cluster, connected
from gradcli.engine.cluster.tasks import Done, GivenUp, outcomes
from gradcli.tables import packages

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connected("local:2", memory=700_000_000) as found:
        found.require_workers(lambda _: None)
        yield found


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def run(cluster: Cluster, told: list[str]) -> Callable[..., tuple[list[Any], dict[int, str]]]:
    """The results of a function of items from 0, in their order, and why some were given up."""

    def go(function: Callable[[Any, int], Any], shared: Any, items: int) -> tuple[list[Any], dict[int, str]]:
        found = list(outcomes(cluster, function, shared, range(items), told.append, "item {}".format))
        done = sorted((one.item, one.result) for one in found if isinstance(one, Done))
        assert len(found) == items
        return [result for _, result in done], {one.item: one.reason for one in found if isinstance(one, GivenUp)}

    return go


def test_each_item_has_its_result(run: Any, told: list[str]) -> None:
    assert run(jobs.square, 1, 20) == ([1 + n * n for n in range(20)], {})
    assert told == []


def test_workers_that_are_killed_lose_nothing(run: Any, told: list[str], tmp_path: Path) -> None:
    assert run(jobs.killed_once, str(tmp_path), 10) == (list(range(10)), {})
    again = {note.partition("; ")[2] for note in told}
    assert {"item 3 is computed again (2 of 3)", "item 8 is computed again (2 of 3)"} <= again


def test_an_item_that_kills_three_workers_is_given_up(run: Any, told: list[str]) -> None:
    done, given_up = run(jobs.killed, 2, 6)
    assert (done, given_up) == ([0, 1, 3, 4, 5], {2: "its worker died: killed, or out of memory"})
    assert [note.partition("; ")[2] for note in told if "; " in note] == [
        f"item 2 is computed again ({n} of 3)" for n in (2, 3)
    ]


def test_an_item_that_takes_too_much_memory_is_given_up(run: Any) -> None:
    assert run(jobs.hungry, 1, 4) == ([0, 2, 3], {1: "its worker died: killed, or out of memory"})


def test_an_item_that_raises_three_times_is_given_up(run: Any, told: list[str]) -> None:
    assert run(jobs.raising, 1, 4) == ([0, 2, 3], {1: "ZeroDivisionError: no quotient"})
    assert told == [f"ZeroDivisionError: no quotient; item 1 is computed again ({n} of 3)" for n in (2, 3)]


def test_an_item_that_raises_once_is_computed_again(run: Any, tmp_path: Path) -> None:
    assert run(jobs.raising_once, str(tmp_path), 4) == ([0, 1, 2, 3], {})


def test_an_error_of_ours_ends_the_run(run: Any) -> None:
    with pytest.raises(InputError, match="the file is not there") as caught:
        run(jobs.mistaken, 1, 4)
    assert caught.value.hint == "look for it"


@pytest.mark.parametrize("restarting", [False, True])
def test_a_task_hears_that_nobody_waits_for_it(restarting: bool, cluster: Cluster, tmp_path: Path) -> None:
    signal.siginterrupt(signal.SIGINT, not restarting)  # as polars leaves it: waits go on after a signal
    waiting = outcomes(cluster, jobs.waiting, str(tmp_path), range(2), lambda _: None, str)

    def end() -> None:
        until(lambda: (tmp_path / "began-0").exists() and (tmp_path / "began-1").exists())
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=end)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(waiting)
    finally:
        signal.siginterrupt(signal.SIGINT, True)
    thread.join()
    until(lambda: (tmp_path / "ended-0").exists() and (tmp_path / "ended-1").exists())


# -- the cluster itself


def test_workers_without_gradcli_or_of_another_version_are_refused(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(connection, "VERSION", "gradcli_not_there:__version__")
        with pytest.raises(
            MissingError, match=r"^worker tls://\S+ has no gradcli: No module named 'gradcli_not_there'"
        ):
            cluster.require_workers(print)
    with monkeypatch.context() as patch:
        patch.setattr("gradcli.__version__", "9.9")
        with pytest.raises(MissingError, match=r"^worker tls://\S+ has gradcli 0\.\S+, and here is 9\.9$"):
            cluster.require_workers(print)
        with pytest.raises(MissingError, match=r"^worker tls://\S+: it has gradcli 0\.\S+, and here is 9\.9$"):
            list(outcomes(cluster, jobs.square, 1, range(2), print, str))


@pytest.mark.parametrize(("where", "says"), [
    ("local:0", "has from 1 to 256 workers"), ("local:x", "has from 1 to 256 workers"), ("local:257", "has from 1 to 256"),
    ("", "is no scheduler's address"), ("here", "is no scheduler's address"), ("http://h:80", "is no scheduler's address"),
    ("tcp://h:70000", "is no scheduler's address"), (3, "not int"),
])  # fmt: skip
def test_what_names_no_cluster_is_refused(where: object, says: str) -> None:
    with pytest.raises(UsageError, match=says), connected(where):
        pass


def test_an_address_where_nobody_listens_is_an_error_at_once() -> None:
    words = r"^no cluster answers at tcp://127.0.0.1:1: Connection refused$"
    with pytest.raises(MissingError, match=words), connected("127.0.0.1:1"):
        pass


def test_a_listener_that_is_no_scheduler_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ANSWER", 0.1)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(MissingError, match="it says nothing, as a scheduler would"),
        connected(f"tcp://127.0.0.1:{silent.getsockname()[1]}"),
    ):
        pass


@pytest.mark.parametrize(("scheme", "said", "why"), [
    ("tcp", b"SSH-2.0-OpenSSH_9.0\r\n", "what is there does not speak as a scheduler does"),
    ("tcp", bytes(4096), "what is there does not speak as a scheduler does"),
    ("tls", b"", "there is no certificate to encrypt with"),
])  # fmt: skip
def test_a_client_that_does_not_connect_is_closed(scheme: str, said: bytes, why: str) -> None:
    """It would wait for itself at the end of the program, and then have a traceback."""

    def answer() -> None:
        with suppress(OSError):
            while True:
                peers.append(server.accept()[0])
                peers[-1].sendall(said)

    peers: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, daemon=True).start()
        where = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(MissingError, match=why) as caught, connected(where):
            pass
        server.shutdown(socket.SHUT_RDWR)
    assert caught.value.__context__ is not None  # which has the client
    made = [one for one in gc.get_objects() if isinstance(one, distributed.Client) and one._start_arg == where]
    assert [one.status for one in made] == ["closed"]


def test_a_cluster_without_workers_is_waited_for_and_then_an_error(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WAIT", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        connected(empty.scheduler_address) as found,
        pytest.raises(MissingError, match="has no worker, and none came"),
    ):
        found.require_workers(told.append)
    assert told == [f"the cluster at {empty.scheduler_address} has no worker; one is waited for, up to 0.1 s"]


def test_without_distributed_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    with pytest.raises(MissingError, match="a cluster needs distributed") as caught, connected("tcp://h:1"):
        pass
    assert caught.value.hint == "pip install 'gradcli[cluster]'"


HOLDING = """
import sys
from gradcli.engine.cluster.connection import connected
with connected("local:1") as cluster:
    cluster.require_workers(print)
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_local_cluster_ends_with_the_process_that_has_it(number: signal.Signals, tmp_path: Path) -> None:
    """However that ends, and without a guard in its script."""
    script = tmp_path / "script.py"
    script.write_text(HOLDING)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as held:
        assert held.stdout
        assert held.stdout.readline() == b"ready\n"
        processes = psutil.Process(held.pid).children(recursive=True)
        assert len(processes) >= 2
        held.send_signal(number)
        held.wait()
    psutil.wait_procs(processes, timeout=60)
    assert [process for process in processes if process.is_running()] == []
    until(lambda: list(tmp_path.glob("gradcli-cluster-*")) == [])


def until(holds: Callable[[], bool]) -> None:
    """Waits for what has to come."""
    tick = threading.Event()
    while not holds():
        tick.wait(0.01)
