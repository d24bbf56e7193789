"""Kernels built for tests: the C of formulas, compiled with all warnings on, and called on columns."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.engine import bare, compiler
from gradcli.engine.bounded import Limits
from gradcli.engine.c_source import c_source
from gradcli.engine.compiled import CompiledKernel
from gradcli.engine.formulas import Formulas
from gradcli.engine.vector_functions import IN_VECTORS
from gradcli.export.c_scalars import HELPERS, LOOPED, called_in, needed

COMPILER = shutil.which("cc") or shutil.which("gcc")
WARNINGS = ("-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-variable", "-Wno-unused-function")


@dataclass(frozen=True, slots=True)
class Answers:
    """By the output's name its rows, and the flags."""

    outputs: Mapping[str, FloatArray]
    flags: np.ndarray[tuple[int], np.dtype[np.uint8]]


def compiled(formulas: Formulas, folder: Path, *more: str) -> Path:
    """The library, by the first way that the compiler is asked; with more options."""
    found, source, made = the_compiler(), folder / "kernel.c", folder / compiler.Compiler.MADE
    source.write_text(c_source(formulas))
    options, _ = next(found.ways("", ""))
    taken = (*(o for o in options if o != "-w"), *WARNINGS, *more)
    ended = subprocess.run([*found.command, "-o", made, source, *taken], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return made


@cache
def the_compiler() -> compiler.Compiler:
    """Asked for its version once."""
    return compiler.found(None, Limits())


def built(formulas: Formulas, *more: str) -> bare.Function:
    """Its function."""
    with tempfile.TemporaryDirectory() as name:
        return bare.opened(str(compiled(formulas, Path(name), *more)))


def in_loop(source: str) -> set[str]:
    """The functions that the loop over rows calls and that have vectors."""
    loop = source.split("#pragma omp simd\n")[1].partition("\n    }\n")[0]
    helpers = {name: text for name, text in HELPERS.items() if name not in LOOPED}
    called = called_in(loop).union(*(called_in(helpers[name]) for name in needed(loop, helpers)))
    return called & IN_VECTORS.keys()


def answers(
    formulas: Formulas, columns: Mapping[str, FloatArray], fixed: Mapping[str, float] | None = None, *more: str
) -> Answers:
    """Compiled, and run."""
    return run(formulas, built(formulas, *more), columns, fixed)


def run(
    formulas: Formulas,
    function: bare.Function,
    columns: Mapping[str, FloatArray],
    fixed: Mapping[str, float] | None = None,
) -> Answers:
    rows = len(next(iter(columns.values())))
    outputs = {output.name: np.full((rows, *output.shape), -7.0) for output in formulas.outputs}
    flags = np.full(rows, 255, np.uint8)
    CompiledKernel(formulas, function, 1).run(columns, fixed or {}, outputs, flags)
    return Answers(outputs, flags)
