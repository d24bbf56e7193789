"""Runs small programs in forks of one process that has imported torch, so that importing it is paid once.

``ended("import torch\\n1/0\\n").stderr`` is what Python prints of the error. The process only ever imports: a fork made
after torch has computed can deadlock. A program has SECONDS of a processor, PATIENCE times as long on the clock, and a
folder of its own.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NoReturn

SECONDS = 60
PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended; a code below zero is the signal that killed it."""

    code: int
    stdout: str
    stderr: str


@cache
def ended(program: str) -> Ended:
    """The end of a program, which is run once for all tests of this process."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(program) + "\n")
    server.stdin.flush()
    return Ended(**json.loads(server.stdout.readline()))


@cache
def _server() -> subprocess.Popen[str]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    atexit.register(process.communicate)
    return process


# -- the process that forks


def serve() -> None:
    """A program a line in, its end a line out."""
    import torch
    import torch._dynamo
    import torch.func
    import torch.nn.parallel
    import torch.utils.checkpoint  # noqa: F401

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    for line in sys.stdin:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


def _run(program: str) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(program)
        child = os.fork()
        if child == 0:
            _become(path)
        code = _waited(child)
        stdout, stderr = (Path(folder, name).read_text(errors="replace") for name in ("stdout", "stderr"))
    return {"code": code, "stdout": stdout, "stderr": stderr}


def _waited(child: int) -> int:
    started = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() - started > SECONDS * PATIENCE:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.002)


def _become(path: Path) -> NoReturn:
    """Turns this fork into ``python program.py``."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.chdir(path.parent)
        for target, name in ((1, "stdout"), (2, "stderr")):
            os.dup2(os.open(path.parent / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), target)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", 1, closefd=False)  # noqa: SIM115
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        sys.argv = [str(path)]
        code = _executed(path)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _executed(path: Path) -> int:
    module = ModuleType("__main__")
    module.__file__ = str(path)
    sys.modules["__main__"] = module
    try:
        exec(compile(path.read_text(), str(path), "exec"), module.__dict__)  # noqa: S102 - a program of a row's
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException as error:  # noqa: BLE001 - as the interpreter
        own = error.__traceback__ and error.__traceback__.tb_next  # not this file's frame
        traceback.print_exception(type(error), error, own)
        return 1
    return 0


if __name__ == "__main__":
    serve()
