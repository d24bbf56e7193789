"""Code run where it can be: each Python dialect in a process of its own, C by the compiler, Julia by julia.

Code is ``right`` where its self-test passes and, in torch, where its derivative is also that of its own value by autograd.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

COMPILER = shutil.which("cc") or shutil.which("gcc")
JULIA = shutil.which("julia")
WARNINGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror")
PYTHON = ("torch", "jax", "tensorflow", "numpy", "sympy")
PASSED = "value and derivative agree with enclosures at a seeded point"


@dataclass(frozen=True, slots=True)
class Program:
    """A function and its derivative as code: the text, and by what it was differentiated how."""

    name: str
    text: str
    kind: str = "grad"
    wrt: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a program: did it run to its self-test, was that right, and else the error."""

    name: str
    ran: bool
    right: bool
    why: str = ""


def interpreter(dialect: str, given: Mapping[str, str]) -> str | None:
    """The Python that has the dialect's library; None where there is none."""
    if dialect in given:
        return given[dialect]
    return sys.executable if importlib.util.find_spec(dialect) else None


def run_all(dialect: str, programs: Sequence[Program], given: Mapping[str, str]) -> list[Ran] | None:
    """Each program run by itself; None where nothing runs the dialect here."""
    if dialect in PYTHON:
        python = interpreter(dialect, given)
        return None if python is None else in_python(python, programs)
    tool = COMPILER if dialect == "c" else JULIA
    if tool is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        return [_alone(dialect, tool, program, Path(folder)) for program in programs]


def in_python(python: str, programs: Sequence[Program]) -> list[Ran]:
    done = subprocess.run(
        [python, __file__], input=json.dumps([asdict(p) for p in programs]), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [Ran(**each) for each in json.loads(done.stdout)]


def _alone(dialect: str, tool: str, program: Program, folder: Path) -> Ran:
    source = folder / f"code.{'c' if dialect == 'c' else 'jl'}"
    source.write_text(program.text)
    argv = [tool, str(source)]
    if dialect == "c":
        argv = [str(folder / "code")]
        made = subprocess.run(
            [tool, *WARNINGS, "-o", argv[0], str(source), "-lm"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            return Ran(program.name, ran=False, right=False, why=_first(made.stderr))
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    right = done.returncode == 0 and PASSED in done.stdout
    ran = right or done.returncode == 1
    return Ran(program.name, ran, right, "" if right else _first(done.stdout + done.stderr))


def _first(text: str) -> str:
    lines = text.strip().splitlines()
    return next((line for line in lines if "error" in line), lines[0] if lines else "")


def one_in_python(program: Program) -> Ran:
    """A module run as its user runs it; then, in torch, against autograd through its own value."""
    names: dict[str, Any] = {"__name__": "__main__"}  # Any: whatever a module has
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(compile(program.text, "code", "exec"), names)  # noqa: S102 - the code under test
        if PASSED not in said.getvalue():
            return Ran(program.name, ran=True, right=False, why="the self-test says nothing")
        if program.wrt and "torch" in names:
            return _by_autograd(program, names)
    except AssertionError as error:
        return Ran(program.name, ran=True, right=False, why=f"wrong {error}")
    except Exception as error:  # noqa: BLE001 - whatever generated code raises is reported
        return Ran(program.name, ran=False, right=False, why=f"{type(error).__name__}: {str(error)[:200]}")
    return Ran(program.name, ran=True, right=True)


def _by_autograd(program: Program, names: Mapping[str, Any]) -> Ran:  # Any: as above
    import torch

    function: Callable[..., Any] = names["value_and_derivative"]  # Any: tensors
    arguments = list(inspect.signature(function).parameters)
    place = next(k for k, name in enumerate(arguments) if name in {program.wrt, f"{program.wrt}_"})
    values = [names[name] for name in arguments]
    way = torch.autograd.functional.hessian if program.kind == "hessian" else torch.autograd.functional.jacobian

    def value(x: Any) -> Any:  # Any: tensors
        found = function(*values[:place], x, *values[place + 1 :])[0]
        return found.reshape(()) if program.kind == "grad" and found.numel() == 1 else found

    expected = way(value, values[place])
    close = expected.shape == names["derivative"].shape and torch.allclose(
        expected, names["derivative"], rtol=1e-8, atol=1e-10
    )
    return Ran(program.name, ran=True, right=close, why="" if close else "autograd through its value differs")


if __name__ == "__main__":
    print(json.dumps([asdict(one_in_python(Program(**each))) for each in json.load(sys.stdin)]))
