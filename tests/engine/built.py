"""Kernels built for tests: the C of formulas, compiled and called on columns."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.engine.c_source import c_source
from gradcli.engine.formulas import Formulas

COMPILER = shutil.which("cc") or shutil.which("gcc")
OPTIONS = (
    "-O3", "-march=native", "-fno-builtin", "-fno-math-errno", "-fno-trapping-math", "-fopenmp-simd",
    "-ffp-contract=off", "-shared", "-fPIC", "-Wall", "-Wextra", "-Wno-unknown-pragmas", "-Werror",
    "-Wno-unused-variable", "-Wno-unused-function",
)  # fmt: skip


class _Job(ctypes.Structure):
    _fields_ = (
        ("columns", ctypes.c_void_p), ("fixed", ctypes.c_void_p), ("outputs", ctypes.c_void_p),
        ("flags", ctypes.c_void_p), ("rows", ctypes.c_longlong), ("tile", ctypes.c_longlong),
        ("next", ctypes.c_longlong),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answers:
    """By the output's name its rows, and the flags."""

    outputs: Mapping[str, FloatArray]
    flags: np.ndarray[tuple[int], np.dtype[np.uint8]]


def built(formulas: Formulas, *more: str) -> ctypes.CDLL:
    """The library. more: options of the compiler."""
    assert COMPILER is not None
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "kernel.c", Path(folder) / "kernel.so"
        source.write_text(c_source(formulas))
        command = [COMPILER, *OPTIONS, *more, str(source), "-o", str(made), "-lmvec", "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return ctypes.CDLL(str(made))


def run(
    library: ctypes.CDLL, formulas: Formulas, columns: Mapping[str, FloatArray], fixed: Mapping[str, float], tile: int
) -> Answers:
    """All rows, by one thread."""
    given = [np.ascontiguousarray(columns[name], np.float64) for name in formulas.columns]
    rows = len(given[0])
    outputs = {output.name: np.full((rows, *output.shape), -7.0) for output in formulas.outputs}
    flags = np.full(rows, 255, np.uint8)
    numbers = np.array([fixed[name] for name in formulas.fixed])
    job = _Job(
        _pointers(given), numbers.ctypes.data, _pointers(list(outputs.values())), flags.ctypes.data, rows, tile, 0
    )
    assert ctypes.c_ulonglong.in_dll(library, "gradcli_job_size").value == ctypes.sizeof(_Job)
    library.gradcli_rows(ctypes.byref(job))
    return Answers(outputs, flags)


def answers(
    formulas: Formulas, columns: Mapping[str, FloatArray], fixed: Mapping[str, float] | None = None, tile: int = 1024
) -> Answers:
    """Compiled, and run."""
    return run(built(formulas), formulas, columns, fixed or {}, tile)


def _pointers(arrays: list[FloatArray]) -> ctypes.c_void_p:
    return ctypes.cast((ctypes.c_void_p * len(arrays))(*(a.ctypes.data for a in arrays)), ctypes.c_void_p)
