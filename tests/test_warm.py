"""The warm server: the same bytes as cold, and every fault that a machine can throw at it.

Servers live in a runtime directory of their own, so that a developer's own server is neither used nor disturbed.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest

import gradcli
from gradcli.warm import wire

SCHEMA = Path(gradcli.__file__).parent / "schema.json"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the warm server is for Linux")
SLOW = (
    "grad",
    "sum(sin(x)@cos(x))",
    "x=randn(2200,2200)",
    "--check",
    "off",
    "--format",
    "npy",
    "-o",
    "made.npy",
)  # some seconds, most of it inside torch
LONG = (
    "grad",
    "gamma(x)**gamma(x)*zeta(x)",
    "--order",
    "10",
    "x=1.5",
    "--check-time",
    "50",
)  # some ten seconds, in sympy


class Site:
    """A runtime directory, the environment that names it, and command lines run there."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.run_dir = root / "run"
        self.run_dir.mkdir(mode=0o700)
        self.cwd = root / "cwd"
        self.cwd.mkdir()
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(self.run_dir), **environment}
        self.environment.pop("GRADCLI_WARM", None)
        self.environment.pop("COLUMNS", None)
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *argv: str, warm: str = "require", **options: object) -> subprocess.Popen[bytes]:
        options = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": self.cwd,
            **options,
        }
        environment = {**self.environment, "GRADCLI_WARM": warm, **options.pop("env", {})}
        self.started.append(
            subprocess.Popen([sys.executable, "-P", "-m", "gradcli", *argv], env=environment, **options)
        )
        return self.started[-1]

    def run(self, *argv: str, stdin: bytes = b"", **options: object) -> tuple[int, bytes, bytes]:
        process = self.start(*argv, **{"stdin": subprocess.PIPE, **options})
        out, err = process.communicate(stdin, timeout=120)
        return process.returncode, out, err

    def status(self) -> dict[str, float]:
        found = json.loads(self.run("warm", "status", "--json")[1])
        jsonschema.validate(found, json.loads(SCHEMA.read_text()))
        return found

    def server(self) -> int:
        return int(self.status()["pid"])

    def children(self) -> set[int]:
        return children_of(self.server())

    def close(self) -> None:
        """Stops the server, and leaves nothing open."""
        self.run("warm", "stop")
        assert self.files() == []
        for process in self.started:
            process.kill()
            with process:  # closes its streams
                pass

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.run_dir)) for path in self.run_dir.rglob("*"))


def children_of(pid: int) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for all tests that do it no harm."""
    site = Site(tmp_path_factory.mktemp("warm"))
    code, out, err = site.run("warm", "start")
    assert (code, err) == (0, b""), err
    assert out.startswith(b"started: process ")
    yield site
    site.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Site]:
    """No server; and none is left."""
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture
def site(bare: Site) -> Site:
    """A server of the test's own, to be harmed."""
    assert bare.run("warm", "start")[0] == 0
    return bare


# -- the same as cold

LINES = [
    ("grad", "x**2*sin(x)", "x=3", "--json"),
    ("grad", "abs(x)", "x=0", "-v"),
    ("grad", "sin(x", "x=3"),
    ("grad", "ü²", "ü=3"),
    ("grad", "sum(x**2)", "x=@data.csv"),
    ("grad", "-", "x=3"),
    ("jacobian", "tanh(W@x)", "x=randn(12)", "W=randn(12,12)", "--seed", "7"),
    ("explain", "log(x)", "x=2"),
    ("check", "x**2", "3*x"),
    ("grad", "--help"),
    ("--frobnicate",),
    (),
]  # fmt: skip


@pytest.mark.parametrize("argv", LINES, ids=" ".join)
def test_a_warm_run_gives_the_bytes_of_a_cold_one(shared: Site, argv: tuple[str, ...]) -> None:
    (shared.cwd / "data.csv").write_text("1,2,3\n")
    warm = shared.run(*argv, warm="", stdin=b"x**2\n")
    assert warm == shared.run(*argv, warm="off", stdin=b"x**2\n")


def test_these_runs_were_warm(shared: Site) -> None:
    before = shared.status()["served"]
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")
    assert shared.status()["served"] == before + 1


def test_a_child_has_the_surroundings_of_its_client(shared: Site) -> None:
    code, _, err = shared.run("grad", "x**2", "x=3", "-o", "made.txt", preexec_fn=lambda: os.umask(0o027))
    assert (code, err) == (0, b"")
    assert (shared.cwd / "made.txt").stat().st_mode & 0o777 == 0o640
    code, _, err = shared.run("grad", "x**2", "x=3", env={"OMP_NUM_THREADS": "99999"})
    assert (code, err) == (2, b"error: --threads is a whole number from 1 to 1024, not 99999\n")


def test_limits_and_niceness_are_taken_over(shared: Site) -> None:
    """In a process of the test's own, from another that has them."""
    other = subprocess.Popen(
        ["sleep", "30"],
        preexec_fn=lambda: (os.umask(0o031), os.nice(4), resource.setrlimit(resource.RLIMIT_NOFILE, (123, 456))),
    )
    code = """
import os, resource, sys
from gradcli.warm import child
child._inherit(int(sys.argv[1]))
print(resource.getrlimit(resource.RLIMIT_NOFILE), oct(os.umask(0)), os.nice(0), resource.getrlimit(resource.RLIMIT_DATA)[0] > 2**28)
"""
    done = subprocess.run([sys.executable, "-c", code, str(other.pid)], capture_output=True, text=True, check=True)
    other.kill()
    other.wait()
    assert done.stdout == "(123, 456) 0o31 4 True\n"


def test_the_server_has_one_thread_and_children_can_run_backward(shared: Site) -> None:
    assert len(list(Path(f"/proc/{shared.server()}/task").iterdir())) == 1
    assert shared.run("grad", "sum(tanh(x@x))", "x=randn(300,300)", "--threads", "2", "--check", "off")[0] == 0


def test_what_a_child_cannot_do_runs_cold(shared: Site) -> None:
    """The end of a process substitution is a descriptor of the client's; the user's code may do anything to a process."""
    line = f"{sys.executable} -P -m gradcli grad 'sum(x**2)' x=@<(echo 1,2)"
    warm, cold = (
        subprocess.run(
            ["bash", "-c", line],
            env={**shared.environment, "GRADCLI_WARM": mode},
            capture_output=True,
            timeout=60,
            check=False,
        )
        for mode in ("", "off")
    )
    assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
    assert b"named pipe" in warm.stderr
    for code, line in ((0, "-o /dev/fd/5 5> five"), (4, "-o /dev/tty"), (0, "-o /proc/self/fd/5 5> five")):
        line = f"rm -f five; {sys.executable} -P -m gradcli grad 'x**2' x=3 {line}; e=$?; cat five; exit $e"
        done = subprocess.run(
            ["sh", "-c", line], env={**shared.environment, "GRADCLI_WARM": ""}, cwd=shared.cwd, capture_output=True, timeout=60, check=False,
            start_new_session=True,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (code, b"" if code else b"6.0\n"), line
    assert shared.run("check", "--python", "mine.py:f", "--against", "mine.py:g", "x=3")[0] == 7


def test_completion_asks_the_shell_and_no_server(shared: Site) -> None:
    asked = {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli gr", "COMP_CWORD": "1"}
    code, out, err = shared.run(warm="", env=asked)
    assert (code, out.split(), err) == (0, [b"grad"], b"")


def test_the_client_leaves_nothing_open(shared: Site) -> None:
    assert shared.run("ops", "sin", warm="", env={"PYTHONWARNINGS": "always"})[2] == b""


def test_a_command_without_an_end_is_not_for_a_child(shared: Site) -> None:
    assert shared.run("grad", "x**2", "x=3", "--timeout", "0")[0] == 7
    assert shared.run("grad", "x**2", "x=3", "--timeout=3601")[0] == 7
    code, _, err = shared.run("check", "--file", "none.toml")
    assert (code, b"what has no time limit" in err) == (7, True)
    assert shared.run("grad", "x**2", "x=3", "--timeout", "3600")[0] == 0


# -- signals and faults, on a server that lives on


def begun(site: Site, *argv: str, **options: object) -> tuple[subprocess.Popen[bytes], int]:
    """A slow command and its child."""
    server = site.server()

    def at_work() -> set[int]:
        return {pid for pid in children_of(server) if os.path.realpath(f"/proc/{pid}/cwd") == str(site.cwd.resolve())}

    before = at_work()  # that of the last test may not have gone yet
    process = site.start(*argv, **options)
    assert wait_until(lambda: at_work() - before)
    return process, (at_work() - before).pop()


def test_ctrl_c_ends_the_child_and_gives_130(shared: Site) -> None:
    process, pid = begun(shared, *SLOW)
    process.send_signal(signal.SIGINT)
    assert (process.wait(20), process.communicate()) == (130, (b"", b""))
    assert wait_until(lambda: not alive(pid))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_a_client_that_is_killed_takes_its_child_with_it(shared: Site, number: int) -> None:
    process, pid = begun(shared, *SLOW)
    process.send_signal(number)
    assert process.wait(20) == -number
    assert wait_until(lambda: not alive(pid), 2)


def test_a_child_that_is_killed_ends_its_client_the_same_way(shared: Site) -> None:
    process, pid = begun(shared, *SLOW)
    os.kill(pid, signal.SIGKILL)
    assert process.wait(20) == -signal.SIGKILL
    assert shared.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")


def test_ctrl_c_at_any_time_gives_the_answer_or_130(shared: Site) -> None:
    codes = set()
    for n in range(40):
        process = shared.start("grad", "x**2", "x=3")
        time.sleep(0.02 + 0.001 * n)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
        codes.add(process.returncode)
        assert out == b"6.0\n" or process.returncode != 0
    assert codes <= {0, 130, 1, -signal.SIGINT}, codes  # 1 and the signal itself: before Python had read our first line


def test_ctrl_z_is_ignored_where_nobody_could_resume(shared: Site) -> None:
    process, _ = begun(shared, *SLOW, start_new_session=True)
    process.send_signal(signal.SIGTSTP)
    assert process.wait(60) == 0
    process.communicate()


def test_ctrl_z_stops_both_and_both_go_on(shared: Site) -> None:
    process, pid = begun(shared, *SLOW, process_group=0)  # whose parent, in another group, could resume it
    process.send_signal(signal.SIGTSTP)
    state = lambda p: Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split()[0]  # noqa: E731
    assert wait_until(lambda: state(pid) == "T" and state(process.pid) == "T")
    process.send_signal(signal.SIGCONT)
    assert wait_until(lambda: state(pid) == "R")
    process.kill()
    process.wait()


@pytest.mark.parametrize("warm", ["require", "off"])
def test_a_closed_stdout_ends_it_quietly(shared: Site, warm: str) -> None:
    process = shared.start("ops", "--json", warm=warm)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(20) == -signal.SIGPIPE


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-"])
def test_a_closed_stream_runs_cold(shared: Site, closed: str) -> None:
    line = f"exec {sys.executable} -P -m gradcli ops sin {closed}"
    environment = {**shared.environment, "GRADCLI_WARM": ""}
    assert subprocess.run(
        ["sh", "-c", line], env=environment, capture_output=True, timeout=60, check=False
    ).returncode in {0, 4}


def test_a_timeout_holds_in_a_child(shared: Site) -> None:
    started = time.monotonic()
    code, out, err = shared.run(*LONG, "--timeout", "1")
    assert (code, out) == (6, b"")
    assert b"more than 1 s" in err
    assert time.monotonic() - started < 8


def test_many_at_once_all_get_their_answer(shared: Site) -> None:
    before = shared.status()["served"]
    running = [shared.start("grad", "x**2", f"x={n}") for n in range(200)]
    assert [process.communicate(timeout=300)[0] for process in running] == [f"{2.0 * n}\n".encode() for n in range(200)]
    assert {process.returncode for process in running} == {0}
    assert shared.status()["served"] == before + 200
    assert wait_until(lambda: len(shared.children()) <= 3)


@pytest.mark.parametrize(
    "packet", [b"", b"x", b"run\0" * 40, b"\xff" * 1000, b"run\0" + b"\0".join([*wire.identity(), b"/", b"a:b"])]
)
def test_a_packet_that_is_no_request_runs_nothing(shared: Site, packet: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connected:
        connected.connect(str(next(shared.run_dir.rglob("*.sock"))))
        connected.settimeout(10)
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
        connected.settimeout(10)
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


# -- another user


def test_only_the_same_user_is_served() -> None:
    """Credentials as the kernel tells them, of a process that has become somebody else."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(b"\0gradcli-test-%d" % os.getpid())
    listener.listen()
    for user, own in ((0, True), (65534, False)):
        become = f"import os, socket; os.setgid({user}); os.setuid({user}); s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)"
        code = f"{become}; s.connect(b'\\0gradcli-test-{os.getpid()}'); s.recv(1)"
        process = subprocess.Popen([sys.executable, "-c", code])
        connected, _ = listener.accept()
        assert wire.is_own(connected) is own
        connected.close()
        process.wait()
    listener.close()


def test_another_user_cannot_reach_the_socket_and_runs_cold(shared: Site) -> None:
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    path = next(shared.run_dir.rglob("*.sock"))
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    code = f"import os, _socket; os.setgid(65534); os.setuid(65534); _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET).connect({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "PermissionError" in done.stderr


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o707])
def test_a_directory_that_others_may_enter_is_not_used(bare: Site, mode: int) -> None:
    (bare.run_dir / "gradcli").mkdir()
    (bare.run_dir / "gradcli").chmod(mode)
    code, out, err = bare.run("warm", "start")
    assert (code, out) == (4, b"")
    assert b"only you can enter" in err
    assert bare.run("ops", "sin", warm="")[0] == 0
    (bare.run_dir / "gradcli").rmdir()


# -- faults that a server does not survive


def test_a_server_that_is_killed_takes_no_answer_with_it(site: Site) -> None:
    server = site.server()
    process, pid = begun(site, *SLOW)
    spares = children_of(server) - {pid}
    os.kill(server, signal.SIGKILL)
    assert process.wait(60) == 0
    assert (site.cwd / "made.npy").stat().st_size > 2200 * 2200 * 8
    assert wait_until(lambda: not any(map(alive, {pid, *spares})))
    assert site.run("ops", "sin", warm="")[0] == 0  # the socket is still there, and nobody behind it
    assert site.files() != []
    assert site.run("warm", "start")[0] == 0
    assert site.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")


def test_a_server_that_is_stopped_or_full_costs_little_and_runs_nothing_twice(site: Site) -> None:
    server = site.server()
    os.kill(server, signal.SIGSTOP)
    started = time.monotonic()
    assert site.run("ops", "sin", warm="")[0] == 0
    assert time.monotonic() - started < 5
    held = []
    path = str(next(site.run_dir.rglob("*.sock")))
    while True:
        connected = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connected.setblocking(False)
        held.append(connected)
        try:
            connected.connect(path)
        except BlockingIOError:
            break
    code, out, _ = site.run("grad", "x**2", "x=3", warm="")
    assert (code, out) == (0, b"6.0\n")
    os.kill(server, signal.SIGCONT)
    for connected in held:
        connected.close()
    assert wait_until(lambda: site.run("grad", "x**2", "x=3")[0] == 0)
    assert site.status()["served"] == 1


def test_who_waits_behind_commands_that_do_not_end_runs_cold_unless_it_must_not(site: Site) -> None:
    code = "import gradcli.warm.server as s; print(s.MAX_CHILDREN)"
    most = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    held = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2 * most)]
    path = str(next(site.run_dir.rglob("*.sock")))
    for connected in held:  # they say nothing: each holds a child for some seconds
        connected.connect(path)
    gone, last = held[-2:]
    gone.close()
    last.settimeout(20)
    assert last.recv(1024)[:1] == wire.WAIT
    assert site.status()["working"] == most  # told to who waits, and at once
    heard = wire.WAIT
    while heard[:1] == wire.WAIT:
        heard = last.recv(1024)
    assert heard[:1] == wire.STUCK
    started = time.monotonic()
    assert site.run("ops", "sin", warm="")[0] == 0  # gives up its place
    assert time.monotonic() - started < 5
    assert site.status()["served"] == 0
    assert len(site.children()) <= most + 2
    assert site.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")  # waits for its turn
    assert site.status()["served"] == 1
    for connected in held:
        connected.close()


def test_who_is_at_work_when_the_server_is_stopped_gets_its_answer(site: Site) -> None:
    server = site.server()
    process, pid = begun(site, *SLOW)
    assert site.run("warm", "stop")[:2] == (0, b"stopped\n")
    assert site.files() == []
    assert site.run("warm", "start")[1].startswith(b"started")
    assert process.wait(60) == 0
    assert (site.cwd / "made.npy").stat().st_size > 2200 * 2200 * 8
    assert wait_until(lambda: not alive(pid) and not alive(server))


def test_two_starts_at_once_give_one_server(bare: Site) -> None:
    starts = [bare.start("warm", "start", "--json") for _ in range(3)]
    found = [json.loads(process.communicate(timeout=120)[0])["pid"] for process in starts]
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
    shutil.copytree(Path(wire.__file__).parents[1], package / "gradcli", ignore=shutil.ignore_patterns("__pycache__"))
    site = Site(tmp_path, PYTHONPATH=str(package))
    assert site.run("grad", "x**2", "x=3", warm="auto") == (0, b"6.0\n", b"")
    assert wait_until(lambda: site.run("grad", "x**2", "x=3") == (0, b"6.0\n", b""))
    server = site.server()
    os.utime(package / "gradcli" / "base/errors.py")
    assert site.run("grad", "x**2", "x=3")[0] == 7
    assert wait_until(lambda: not alive(server))
    assert site.files() == []


def test_an_idle_server_ends_and_leaves_nothing(bare: Site) -> None:
    assert bare.run("warm", "start", "--idle", "1s")[0] == 0
    server = bare.server()
    assert wait_until(lambda: not alive(server))
    assert bare.files() == []


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
    subprocess.run(["sh", "-c", line], env=bare.environment, timeout=60, check=True)
    server = bare.server()
    next(bare.run_dir.rglob("*.sock")).unlink()
    assert bare.run("warm", "start")[1].startswith(b"started")
    assert not alive(server)
    assert bare.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")


def test_a_stale_lock_or_socket_is_in_nobodys_way(bare: Site) -> None:
    (bare.run_dir / "gradcli").mkdir(mode=0o700)
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    code = f"import os; os.environ['XDG_RUNTIME_DIR'] = {str(bare.run_dir)!r}; from gradcli.warm import wire; print(wire.socket_path())"
    path = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    stale.bind(path)
    stale.close()
    Path(path).with_suffix(".lock").touch()
    assert bare.run("grad", "x**2", "x=3", warm="") == (0, b"6.0\n", b"")
    assert bare.run("warm", "start")[0] == 0
    assert bare.run("grad", "x**2", "x=3") == (0, b"6.0\n", b"")
