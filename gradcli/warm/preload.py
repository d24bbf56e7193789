"""What the server loads and exercises before it forks, and how it sees that the code on disk has changed since."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import pkgutil
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import gradcli
from gradcli.warm import memory

Run = Callable[[list[str]], int]
Rehearse = Callable[[Run, list[str]], None]

LEFT_OUT = ("gradcli.__main__", "gradcli.tables.writers")  # pyarrow, if there: its threads would not outlive a fork
LIBRARIES = ("torch", "sympy", "numpy", "flint", "typer")
FORWARD = (  # no backward pass: autograd's threads would not outlive a fork
    ["grad", "x**2*sin(x)"],
    ["jacobian", "[x**2*sin(x), exp(x*y)]", "x=3", "y=0.5", "--jvp", "x=1;y=1"],
    ["jacobian", "sum(tanh(W@x)/2)", "x=1,2", "W=[[1,2],[3,4]]", "--jvp", "x=1,0", "--json"],
    ["jacobian", "sin(x)", "x=1,2,3,4,5,6,7,8,9,10", "--mode", "forward"],  # torch.vmap
    ["hessian", "log(x)*y", "--shape", "x="],
    ["explain", "x**2"],
    ["ops", "sin"],
    ["grad", "sin(x", "x=3"],
)
BACKWARD = ["grad", "x**2*sin(x)"]  # and a value: in the server only where its children can do the same after it
ROUNDS = 10  # after which CPython 3.11 and later have specialised the code that is run
OTHER = ["x=0.75"]  # a value that none of the rounds has
HIDING = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")
SCRATCH_SECONDS = 60.0  # for what is tried in a process that is thrown away


def load(run: Run, rehearse: Rehearse) -> Callable[[], None]:
    """Imports all of gradcli and what it uses, and runs what leaves children able to run anything.

    rehearse: runs a command line as a child does
    Returns what a new child does before it waits: that, or only fetches the pages that this would need, where the
    server has run a backward pass before.
    """
    for module in pkgutil.walk_packages(gradcli.__path__, "gradcli."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)
    exercise(run, FORWARD)

    def warm_up() -> None:
        rehearse(run, [*BACKWARD, *OTHER])

    survives = outlives_a_fork(run)
    if survives:
        exercise(run, tuple([*BACKWARD, f"x={n}"] for n in range(1, ROUNDS + 1)))
    gc.collect()
    gc.freeze()
    memory.gather()
    needs = _needs_of(warm_up) if survives and memory.can_populate() else None
    return needs.fetch if needs else warm_up


def outlives_a_fork(run: Run) -> bool:
    """Whether a process that has run a backward pass can fork one that runs another: not where it starts threads.

    It starts one for each accelerator, so it is asked, in a scratch process, with all of them in sight.
    """

    def passes() -> bytes:
        return b"" if any(exercise(run, ([*BACKWARD, *OTHER],))) else b"passes"

    def passes_again() -> bytes:
        for name in HIDING:
            os.environ.pop(name, None)
        return passes() and (scratch(passes) if len(os.listdir("/proc/self/task")) == 1 else b"")

    return scratch(passes_again) == b"passes"


def _needs_of(work: Callable[[], None]) -> memory.Needs | None:
    """The memory that this work reads and writes in a fork of this process, where the kernel tells."""

    def told() -> bytes:
        before = memory.mappings()
        work()
        return memory.needs(before).encode()

    said = scratch(told)
    return memory.Needs.decode(said) if said else None


def scratch(work: Callable[[], bytes]) -> bytes:
    """What a fork of this process says; nothing where it fails, or takes too long."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.setsid()
            os.close(read)
            with open(write, "wb") as file:
                file.write(work())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    end, said = time.monotonic() + SCRATCH_SECONDS, b""
    with open(read, "rb", buffering=0) as file:
        while select.select([file], [], [], max(end - time.monotonic(), 0))[0] and (more := file.read(2**16)):
            said += more
    if time.monotonic() >= end:
        with suppress(ProcessLookupError):  # it has no group yet
            os.killpg(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
    return said if os.waitpid(pid, 0)[1] == 0 else b""


def exercise(run: Run, commands: tuple[list[str], ...]) -> list[int]:
    """Runs command lines for what they leave in memory: modules, caches, compiled patterns. Their exit codes."""
    with (
        open(os.devnull, "w", encoding="utf-8") as null,
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
    ):
        return [run(list(argv)) for argv in commands]


def watch() -> Callable[[], bool]:
    """A function that says whether gradcli's files, or what is installed beside its libraries, have changed since."""
    files = [
        os.path.join(folder, name)
        for root in gradcli.__path__
        for folder, _, names in os.walk(root)
        for name in names
        if name.endswith(".py")
    ]
    origins = [found.origin for name in LIBRARIES if (found := importlib.util.find_spec(name)) and found.origin]
    paths = [*files, *{os.path.dirname(os.path.dirname(origin)) for origin in origins}]
    before = _stamp(paths)
    return lambda: _stamp(paths) != before


def _stamp(paths: list[str]) -> list[int]:
    """Times of last change; a file that has gone has none."""
    return [_changed(path) for path in paths]


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
