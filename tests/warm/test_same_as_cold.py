"""The warm server gives the same bytes as cold."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runner import run
from warm.site import Site

from gradcli.warm import child, server

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
    ("check", "softplus(x)", "sigmoid(x)"),
    ("check", "log(x)", "1/x", "--where", "x > 0 and x < -1"),
    ("check", "--file", "claims.toml", "nosuch.toml"),
    ("check", "--file", "claims.toml"),
    ("check", "--file", "claims.toml", "--only", "slope", "--seed", "3"),
    ("grad", "x - x**3/(1 + x**2) - 1/(1/x)", "x=1e-9"),
    ("grad", "sqrt(x**4)", "x=0"),
    ("grad", "log(x)", "x=0"),
    ("hessian", "sqrt(x**2 + y**2)", "x=0", "y=0"),
    ("grad", "sum(cos(x)@x)", "x=randn(400,400)", "--check", "sample", "-q"),
    ("grad", "x**y*sin(x)"),
    ("grad", "--help"),
    ("--frobnicate",),
    (),
]  # fmt: skip

CLAIMS = """
[defaults]
shapes = {A = "n,n", x = "n"}
[[claim]]
name = "quadratic form"
function = "x@A@x"
derivative = {x = "2*A@x", A = "outer(x, x)"}
[[claim]]
name = "slope"
function = "log(cosh(t)) + erf(t)"
wrt = "t"
derivative = "tanh(t) + 2/sqrt(pi)*exp(-t**2)"
[[claim]]
name = "domain"
function = "log(-t**2)"
wrt = "t"
derivative = "2/t"
[[claim]]
name = "broken"
function = "sinn(t)"
wrt = "t"
derivative = "cos(t)"
"""


def files_in(folder: Path) -> None:
    """What LINES name."""
    (folder / "data.csv").write_text("1,2,3\n")
    (folder / "claims.toml").write_text(CLAIMS)


@pytest.mark.parametrize("argv", LINES, ids=" ".join)
def test_a_warm_run_gives_the_bytes_of_a_cold_one(shared: Site, argv: tuple[str, ...]) -> None:
    """Cold is a fork of a process that has imported everything; that it is what a new process is, the next test says."""
    files_in(shared.cwd)
    cold = run(argv, b"x**2\n", cwd=shared.cwd)
    assert shared.run(*argv, warm="", stdin=b"x**2\n") == (cold.code, cold.raw, cold.stderr.encode())


@pytest.mark.generated(share=1 / 20)
@pytest.mark.parametrize("argv", LINES, ids=" ".join)
def test_it_gives_those_of_a_process_that_has_imported_nothing(shared: Site, argv: tuple[str, ...]) -> None:
    files_in(shared.cwd)
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
        ["sleep", "600"],
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
    for code, line, out in (
        (4, "grad 'sum(x**2)' x=@<(echo 1,2)", b""), (0, "grad 'x**2' -o /dev/fd/5 5> five", b"2*x\n"),
        (74, "grad 'x**2' -o /dev/tty", b""), (0, "grad 'x**2' -o /proc/self/fd/5 5> five", b"2*x\n"),
    ):  # fmt: skip
        line = f"rm -f five; touch five; {sys.executable} -P -m gradcli {line}; e=$?; cat five; exit $e"
        done = subprocess.run(
            ["bash", "-c", line], env={**shared.environment, "GRADCLI_WARM": ""}, cwd=shared.cwd, capture_output=True, timeout=600, check=False,
            start_new_session=True,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (code, out), line
        assert (b"named pipe" in done.stderr) == ("<(" in line), line
    assert shared.run("check", "--python", "mine.py:f", "--against", "mine.py:g", "x=3")[0] == 7
    assert shared.run("explain", "--run", "mine.py")[0] == 7


def test_completion_asks_the_shell_and_no_server(shared: Site) -> None:
    asked = {"_GRADCLI_COMPLETE": "complete_bash", "COMP_WORDS": "gradcli gr", "COMP_CWORD": "1"}
    code, out, err = shared.run(warm="", env=asked)
    assert (code, out.split(), err) == (0, [b"grad"], b"")


def test_the_client_leaves_nothing_open(shared: Site) -> None:
    assert shared.run("ops", "sin", warm="", env={"PYTHONWARNINGS": "always"})[2] == b""


def test_a_command_without_an_end_is_not_for_a_child(shared: Site) -> None:
    assert shared.run("grad", "x**2", "x=3", "--timeout", "0")[0] == 7


def test_an_error_on_stdin_waits_for_its_program_without_a_child(shared: Site) -> None:
    """It needs no server even where one is required, and reads for as long as the program runs that writes."""
    assert shared.run("explain", "--error", "-", stdin=b"ValueError: can't optimize a non-leaf Tensor")[0] == 0
    assert shared.run("grad", "x**2", "x=3", "--timeout=3601")[0] == 7
    code, _, err = shared.run("check", "--file", "none.toml", "--check-time", "0")
    assert (code, b"what has no time limit" in err) == (7, True)
    assert shared.run("check", "--file", "none.toml")[0] == 4
    assert shared.run("grad", "x**2", "x=3", "--timeout", "3600")[0] == 0


def test_a_file_of_claims_may_take_longer_than_other_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child says so before it begins, and the server ends it as little as a cold process is ended."""
    ended: list[int] = []
    monkeypatch.setattr(server, "_kill", lambda pid, _number: ended.append(pid))
    pairs = {pid: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for pid in (1, 2)}
    pairs[2][1].send(child.LONG)
    for _, there in pairs.values():
        there.close()
    since = time.monotonic() - child.MAX_SECONDS - 1
    working = {pid: server._Child(here, here, since) for pid, (here, _) in pairs.items()}
    made = server.Server(socket.socket(), len, lambda: None, {}, 0, lambda: False, lambda: None, working=working)
    made._look_at_the_clock()
    made._look_at_the_clock()
    assert ended == [1, 1]
    for door in (made.listener, *(here for here, _ in pairs.values())):
        door.close()


@pytest.mark.parametrize(("line", "long"), [
    ("check --file a.toml", True), ("check --file=a.toml b.md --check-time 5", True), ("check --file a.toml --timeout 5", False), ("check x 1", False),
])  # fmt: skip
def test_what_is_long_has_a_limit_for_each_claim_alone(line: str, long: bool) -> None:
    assert child._is_long(line.split()) is long
    assert child._takes(line.split())
    assert child._takes([*line.split(), "--check-time", "0"]) is not long
