"""Signals, closed streams, crowds and nonsense, on a server that lives on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from warm.site import LONG, SLOW, WAITING, Site, alive, answered, begun, wait_until

from gradcli.warm import wire
from gradcli.warm.server import MAX_CHILDREN


def test_ctrl_c_ends_the_child_and_gives_130(shared: Site) -> None:
    process, pid = begun(shared, *SLOW)
    process.send_signal(signal.SIGINT)
    assert (process.wait(200), process.communicate()) == (130, (b"", b""))
    assert wait_until(lambda: not alive(pid))


@pytest.mark.parametrize(
    ("number", "argv"), [(signal.SIGTERM, WAITING), (signal.SIGKILL, SLOW), (signal.SIGHUP, WAITING)]
)
def test_a_client_that_is_killed_takes_its_child_with_it(shared: Site, number: int, argv: tuple[str, ...]) -> None:
    (shared.cwd / "made.npy").unlink(missing_ok=True)
    process, pid = begun(shared, *argv)
    process.send_signal(number)
    assert process.wait(200) == -number
    assert wait_until(lambda: not alive(pid))
    assert not (shared.cwd / "made.npy").exists()  # it did not come to its end


def test_a_child_that_is_killed_ends_its_client_the_same_way(shared: Site) -> None:
    process, pid = begun(shared, *WAITING)
    os.kill(pid, signal.SIGKILL)
    assert process.wait(200) == -signal.SIGKILL
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")


def test_ctrl_c_at_any_time_gives_the_answer_or_130(shared: Site) -> None:
    codes = set()
    for n in range(40):
        process = shared.start("grad", "x**2", "x=3")
        time.sleep(0.02 + 0.001 * n)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=200)
        codes.add(process.returncode)
        assert out == b"6.0\n" or process.returncode != 0
    assert codes <= {0, 130, 1, -signal.SIGINT}, codes  # 1 and the signal itself: before Python had read our first line


def test_ctrl_z_is_ignored_where_nobody_could_resume(shared: Site) -> None:
    process, _ = begun(shared, *WAITING, start_new_session=True)
    process.send_signal(signal.SIGTSTP)
    assert answered(shared, process)


def test_ctrl_z_stops_both_and_both_go_on(shared: Site) -> None:
    process, pid = begun(shared, *WAITING, process_group=0)  # whose parent, in another group, could resume it
    process.send_signal(signal.SIGTSTP)
    state = lambda p: Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split()[0]  # noqa: E731
    assert wait_until(lambda: state(pid) == "T" and state(process.pid) == "T")
    process.send_signal(signal.SIGCONT)
    assert answered(shared, process)


@pytest.mark.parametrize("warm", ["require", "off"])
def test_a_closed_stdout_ends_it_quietly(shared: Site, warm: str) -> None:
    process = shared.start("ops", "--json", warm=warm)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(200) == -signal.SIGPIPE


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-"])
def test_a_closed_stream_runs_cold(shared: Site, closed: str) -> None:
    line = f"exec {sys.executable} -P -m gradcli ops sin {closed}"
    environment = {**shared.environment, "GRADCLI_WARM": ""}
    assert subprocess.run(
        ["sh", "-c", line], env=environment, capture_output=True, timeout=600, check=False
    ).returncode in {0, 74}


@pytest.mark.parametrize("argv", [("grad", "x**2", "x=3"), ("grad", "x**2", "-o", "/dev/full")], ids=" ".join)
def test_a_full_disk_exits_74(shared: Site, argv: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = shared.start(*argv, stdout=full)
        _, err = process.communicate(timeout=600)
    named = "/dev/full" if "-o" in argv else "the output"
    assert (process.returncode, err.decode()) == (74, f"error: cannot write {named}: No space left on device\n")


def test_a_timeout_holds_in_a_child(shared: Site) -> None:
    code, out, err = shared.run(*LONG, "--timeout", "1")
    assert (code, out) == (6, b"")
    assert b"more than 1 s" in err


def test_many_at_once_all_get_their_answer(shared: Site) -> None:
    before = shared.status()["served"]
    crowd = range(min(8 * MAX_CHILDREN, 200))
    running = [shared.start("grad", "x**2", f"x={n}") for n in crowd]
    assert [process.communicate(timeout=600)[0] for process in running] == [f"{2.0 * n}\n".encode() for n in crowd]
    assert {process.returncode for process in running} == {0}
    assert shared.status()["served"] == before + len(crowd)
    assert wait_until(lambda: len(shared.children()) <= 3)


@pytest.mark.parametrize(
    "packet", [b"", b"x", b"run\0" * 40, b"\xff" * 1000, b"run\0" + b"\0".join([*wire.identity(), b"/", b"a:b"])]
)
def test_a_packet_that_is_no_request_runs_nothing(shared: Site, packet: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connected:
        connected.connect(str(next(shared.run_dir.rglob("*.sock"))))
        connected.settimeout(100)
        assert connected.recv(100) == wire.GO
        socket.send_fds(connected, [packet or b"\0"], [0, 1, 2, 0])
        assert connected.recv(1000)[:1] == wire.NO
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")


def test_a_connection_that_says_nothing_holds_up_nobody(shared: Site) -> None:
    path = str(next(shared.run_dir.rglob("*.sock")))
    idle = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(3)]
    for connected in idle:
        connected.connect(path)
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")
    for connected in idle:
        connected.settimeout(100)
        assert [connected.recv(1000)[:1], connected.recv(1000)[:1]] == [wire.GO, wire.NO]
        connected.close()


def test_a_large_command_line_runs_cold(shared: Site) -> None:
    values = ",".join(["1.25"] * 15_000)
    argv = ("grad", "sum(x)+sum(y)", f"x={values}", f"y={values}", "--check", "off")
    assert shared.run(*argv)[0] == 7
    assert shared.run(*argv, warm="")[0] == 0


def test_other_variables_for_the_libraries_run_cold(shared: Site) -> None:
    assert shared.run("ops", "sin", env={"PYTHONPATH": "/nowhere"}, warm="require")[0] == 0
    code, _, err = shared.run("grad", "x**2", "x=3", env={"PYTHONPATH": "/nowhere"})
    assert (code, b"took this command: it was started with another PYTHONPATH\n" in err) == (7, True)
