"""Faults that a server does not survive, and how it starts and ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from warm.site import WAITING, Site, alive, answered, begun, children_of, wait_until

from gradcli.warm import wire
from gradcli.warm.server import MAX_CHILDREN


def test_no_end_of_a_server_takes_an_answer_with_it(site: Site) -> None:
    _stopped_at_work(site)
    _killed_at_work(site)
    found = json.loads(site.run("warm", "start", "--idle", "1s", "--json")[1])  # and it ends by itself
    assert wait_until(lambda: not alive(found["pid"]))
    assert site.files() == []


def _stopped_at_work(site: Site) -> None:
    """A new server may start while the old one waits for its child."""
    server = site.server()
    process, pid = begun(site, *WAITING)
    assert site.run("warm", "stop")[:2] == (0, b"stopped\n")
    assert site.files() == []
    assert site.run("warm", "start")[1].startswith(b"started")
    assert answered(site, process)
    assert wait_until(lambda: not alive(pid) and not alive(server))


def _killed_at_work(site: Site) -> None:
    server = site.server()
    process, pid = begun(site, *WAITING)
    spares = children_of(server) - {pid}
    os.kill(server, signal.SIGKILL)
    assert answered(site, process)
    assert wait_until(lambda: not any(map(alive, {pid, *spares})))
    assert site.run("ops", "sin", warm="")[0] == 0  # the socket is still there, and nobody behind it
    assert site.files() != []


def test_a_server_that_is_stopped_or_full_costs_little_and_runs_nothing_twice(shared: Site) -> None:
    before = shared.status()["served"]
    server = shared.server()
    os.kill(server, signal.SIGSTOP)
    assert shared.run("ops", "sin", warm="")[0] == 0
    held = []
    path = str(next(shared.run_dir.rglob("*.sock")))
    while True:
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connected.setblocking(False)
        held.append(connected)
        try:
            connected.connect(path)
        except BlockingIOError:
            break
    assert shared.run("grad", "x**2", warm="")[:2] == (0, b"2*x\n")
    os.kill(server, signal.SIGCONT)
    for connected in held:
        connected.close()
    assert wait_until(lambda: shared.run("grad", "x**2", "x=3")[0] == 0)
    assert shared.status()["served"] == before + 1


def test_who_waits_behind_commands_that_do_not_end_runs_cold_unless_it_must_not(shared: Site) -> None:
    before, most = shared.status()["served"], MAX_CHILDREN
    held = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(6 * most)]
    path = str(next(shared.run_dir.rglob("*.sock")))
    for connected in held:  # they say nothing: each holds a child for some seconds
        connected.connect(path)
    gone, last = held[-2:]
    gone.close()
    last.settimeout(200)
    assert last.recv(1024)[:1] == wire.WAIT
    assert shared.status()["working"] == most  # told to who waits, and at once
    heard = wire.WAIT
    while heard[:1] == wire.WAIT:
        heard = last.recv(1024)
    assert heard[:1] == wire.STUCK
    assert shared.run("ops", "sin", warm="")[0] == 0  # gives up its place
    assert shared.status()["served"] == before
    assert len(shared.children()) <= most + 2
    for connected in held[most:]:
        connected.close()
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")  # waits for its turn
    assert shared.status()["served"] == before + 1
    for connected in held[:most]:
        connected.close()


def test_two_starts_at_once_give_one_server(bare: Site) -> None:
    starts = [bare.start("warm", "start", "--json") for _ in range(3)]
    found = [json.loads(process.communicate(timeout=600)[0])["pid"] for process in starts]
    assert len(set(found)) == 1
    assert bare.run("warm", "start")[1].startswith(f"runs already: process {found[0]}".encode())
    assert bare.run("warm", "serve")[0] == 7
    assert bare.run("warm", "stop")[:2] == (0, b"stopped\n")
    assert bare.files() == []
    assert not alive(found[0])
    assert bare.run("warm", "stop")[:2] == (0, b"no server was running\n")
    assert bare.run("warm", "status")[:2] == (1, b"no server runs: gradcli warm start\n")


def test_auto_starts_a_server_that_ends_by_itself_when_its_code_changes(tmp_path: Path) -> None:
    package = tmp_path / "lib"
    shutil.copytree(Path(wire.__file__).parents[1], package / "gradcli")
    site = Site(tmp_path, PYTHONPATH=str(package))
    assert site.run("grad", "x**2", warm="auto") == (0, b"2*x\n", b"")
    assert wait_until(lambda: any(file.endswith(".sock") for file in site.files()))
    assert wait_until(lambda: site.run("grad", "x**2", "x=3") == (0, b"6.0\n", b""))
    server = site.server()
    os.utime(package / "gradcli" / "base/errors.py")
    assert site.run("grad", "x**2", "x=3")[0] == 7
    assert wait_until(lambda: not alive(server))
    assert site.files() == []


def test_gradcli_warm_is_obeyed(bare: Site) -> None:
    code, out, err = bare.run("grad", "x**2")
    assert (code, out) == (7, b"")
    assert err.startswith(b"error: no warm server took this command: none runs\n")
    code, out, err = bare.run("grad", "x**2", warm="yes")
    assert (code, out) == (2, b"")
    assert b"GRADCLI_WARM is auto, off, require or empty, not yes" in err
    assert bare.run("--version")[0] == 0
    assert bare.run("warm", "start", "--idle", "soon")[0] == 2


def test_elsewhere_than_on_linux_everything_runs_cold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gradcli.cli import warm
    from gradcli.cli.app import run

    monkeypatch.setattr(warm, "sys", SimpleNamespace(platform="darwin", maxsize=sys.maxsize))
    assert run(["warm", "start"]) == 7
    assert "64-bit Linux" in capsys.readouterr().err


def test_a_path_that_is_too_long_is_said_at_once(tmp_path: Path) -> None:
    long = tmp_path / ("long" * 25)
    long.mkdir(mode=0o700)
    site = Site(tmp_path, XDG_RUNTIME_DIR=str(long))
    code, _, err = site.run("warm", "serve", env={"XDG_RUNTIME_DIR": str(long)})
    assert (code, b"too long" in err) == (4, True)
    assert site.run("ops", "sin", warm="", env={"XDG_RUNTIME_DIR": str(long)})[0] == 0


def test_a_server_whose_socket_is_tidied_away_is_replaced(bare: Site) -> None:
    line = f"exec {sys.executable} -P -m gradcli warm start --idle 30d <&- >&- 2>&-"
    subprocess.run(["sh", "-c", line], env=bare.environment, timeout=600, check=True)
    server = bare.server()
    next(bare.run_dir.rglob("*.sock")).unlink()
    assert bare.run("warm", "start")[1].startswith(b"started")
    assert not alive(server)
    assert bare.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")
