"""Runs a script that fails in a fork of this process, where torch is loaded already, and asks its finder: quick."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np  # noqa: F401  # loaded once, for all forks
import torch
import torch._dynamo  # what optimizers load, once

from gradcli.foreign.script.failure import Finding
from gradcli.foreign.script.look import Noted, chosen
from gradcli.foreign.script.record.trace import recording


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: the message's name in the catalogue, its finder's finding, the error, trouble of the finder's."""

    message: str
    finding: Finding | None
    error: str
    trouble: str = ""


def parts_of(program: str) -> dict[str, str]:
    """The files of a program that is divided by lines ``# file: name.py``; one that is not is main.py."""
    files: dict[str, list[str]] = {}
    name = "main.py"
    for line in program.splitlines():
        if line.startswith("# file: "):
            name = line.removeprefix("# file: ").strip()
        else:
            files.setdefault(name, []).append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


def marked(files: dict[str, str]) -> set[tuple[str, int]]:
    """The lines that end with ``# here`` or ``# or here``: file and number."""
    return {
        (name, number)
        for name, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if line.rstrip().endswith(("# here", "# or here"))
    }


def answer(program: str, folder: Path, *, trace: bool = False, finder: str = "") -> Answer:
    """Runs the last file of a program as a script; ``finder`` is asked in the place of the message's own."""
    files = parts_of(program)
    for name, text in files.items():
        (folder / name).write_text(text)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        for name in files:
            sys.modules.pop(Path(name).stem, None)  # another test's module of that name
        try:
            told = _told(folder, list(files)[-1], trace, finder)
        except BaseException:  # noqa: BLE001  # of the harness or of the finder: the test shows it
            told = Answer("", None, "", traceback.format_exc())
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(told, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    result = pickle.loads(data) if data else Answer("", None, "", "the fork has died")  # noqa: S301  # our own fork
    assert isinstance(result, Answer)
    return result


def _told(folder: Path, name: str, trace: bool, finder: str) -> Answer:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    script = str(folder / name)
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        error, record = _run(script, trace)
    if error is None:
        return Answer("", None, "none")
    said = tuple(f"{each.filename}:{each.lineno}: {each.category.__name__}: {each.message}" for each in shown)
    failure, _ = chosen(error, Noted(script=script, folder=str(folder), warnings=said, trace=record))
    message = failure.recognised.message
    finder = finder or (message.finder if message is not None else "")
    found = import_module(f"gradcli.foreign.script.finders.{finder}").find(failure) if finder else None
    return Answer(message.name if message is not None else "", found, f"{type(error).__name__}: {error}")


def _run(script: str, trace: bool):  # the error, and the record if any
    names = {"__name__": "__main__", "__file__": script, "__builtins__": __builtins__}
    code = compile(Path(script).read_text(), script, "exec")
    try:
        if trace:
            with recording() as record:
                exec(code, names)  # noqa: S102  # the test's own program
        else:
            record = None
            exec(code, names)  # noqa: S102  # the test's own program
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is looked at
        return error, record
    return None, record
