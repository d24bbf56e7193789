"""What the server loads and exercises before it forks, and how it sees that the code on disk has changed since."""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import pkgutil
from collections.abc import Callable

import gradcli

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
BACKWARD = (["grad", "x**2*sin(x)", "x=3"],)  # in a child: its first backward pass, and its own copies of pages


def load(run: Callable[[list[str]], int]) -> None:
    """Imports all of gradcli and what it uses, runs what needs no backward pass, and keeps the collector from it."""
    for module in pkgutil.walk_packages(gradcli.__path__, "gradcli."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)
    exercise(run, FORWARD)
    gc.collect()
    gc.freeze()


def exercise(run: Callable[[list[str]], int], commands: tuple[list[str], ...]) -> None:
    """Runs command lines for what they leave in memory: modules, caches, compiled patterns."""
    with (
        open(os.devnull, "w", encoding="utf-8") as null,
        contextlib.redirect_stdout(null),
        contextlib.redirect_stderr(null),
    ):
        for argv in commands:
            run(list(argv))


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
