"""Runs a script by plain Python and by gradcli, for tests that hold one against the other."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradcli.foreign.script.failure import Edit
from gradcli.foreign.script.launch import Streams, launch
from gradcli.foreign.script.told import Told

NON_SCALAR = "grad can be implicitly created only for scalar outputs"  # a message that the catalogue knows
LIMIT = 60  # seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script did: its exit code, below zero a signal; what it printed; what was told of it."""

    exit: int
    out: str
    err: str
    told: Told | None = None


def written(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def plainly(words: Sequence[str], folder: Path, **environment: str) -> Ran:
    """``python WORDS`` in a folder."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def looked_at(words: Sequence[str], *options: str, change: Edit | None = None, stdin: int = subprocess.DEVNULL) -> Ran:
    """The same in the current directory, as ``gradcli explain --run WORDS`` does it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        ended = launch(words[0], words[1:], options, change, Streams(stdin, out, err))
        for file in (out, err):
            file.seek(0)
        return Ran(ended.exit, out.read().decode(), err.read().decode(), ended.told)
