"""A runtime directory of the tests' own, so that a developer's server is neither used nor disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np

import gradcli

SCHEMA = Path(gradcli.__file__).parent / "schema.json"

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
WAITING = ("grad", "-", "x=3", "--format", "npy", "-o", "made.npy")  # at work until its stdin, x**2, has come to an end
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
        out, err = process.communicate(stdin, timeout=600)
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


def wait_until(condition: Callable[[], object], seconds: float = 200.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def begun(site: Site, *argv: str, **options: object) -> tuple[subprocess.Popen[bytes], int]:
    """A command that does not end soon, by its process and its child; WAITING goes on when its stdin is written."""
    server = site.server()

    def at_work() -> set[int]:
        return {pid for pid in children_of(server) if os.path.realpath(f"/proc/{pid}/cwd") == str(site.cwd.resolve())}

    before = at_work()  # that of the last test may not have gone yet
    process = site.start(*argv, **{"stdin": subprocess.PIPE, **options})
    assert wait_until(lambda: at_work() - before)
    return process, (at_work() - before).pop()


def answered(site: Site, process: subprocess.Popen[bytes]) -> bool:
    """Whether a WAITING command, told what it waits for, comes to its answer."""
    process.communicate(b"x**2\n", timeout=600)
    return process.returncode == 0 and np.load(site.cwd / "made.npy") == 6.0
