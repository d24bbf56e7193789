"""What computes the outputs of rows: the compiled code and torch alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray

Marked = npt.NDArray[np.uint8]

# Numbers: what a processor computes at once, at most, is two vectors of 512 bits; products of matrices are made in
# blocks of 12, 24 or 48 rows, as the processor has vectors of 256 or 512 bits.
LANES = 48


class Kernel(Protocol):
    """Value and derivatives at rows, whose formulas it was made of.

    name:        ``compiled`` or ``torch``
    counts_loss: does it mark rows in which digits were lost?
    """

    @property
    def name(self) -> str: ...
    @property
    def counts_loss(self) -> bool: ...

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, float],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """Fills ``outputs`` and ``flags``.

        columns: by name, each contiguous, of shape (rows,)
        outputs: by name, each contiguous, of shape (rows, *shape in one row)
        flags:   of shape (rows,); bits of ``engine.flags.Flag``
        """
        ...


def run_in_lanes(
    kernel: Kernel,
    columns: Mapping[str, FloatArray],
    fixed: Mapping[str, float],
    outputs: Mapping[str, FloatArray],
    flags: Marked,
) -> None:
    """What ``kernel.run`` does, with digits of a row that do not depend on the rows beside it.

    Rows that do not fill a vector are computed one by one, by functions that round otherwise than those of vectors. So
    the last ones are computed with others, which nobody sees, and all rows in vectors: where a table is cut, by a pipe
    or by an interruption, leaves no trace in its numbers.
    """
    rows = len(flags)
    full = rows - rows % LANES
    if full:
        whole = slice(0, full)
        kernel.run(part_of(columns, whole), fixed, part_of(outputs, whole), flags[whole])
    if full < rows:
        rest = slice(full, rows)
        filled = {name: np.resize(column[rest], LANES) for name, column in columns.items()}
        answers = {name: np.empty((LANES, *array.shape[1:]), dtype=array.dtype) for name, array in outputs.items()}
        marks = np.empty(LANES, dtype=np.uint8)
        kernel.run(filled, fixed, answers, marks)
        for name, array in outputs.items():
            array[rest] = answers[name][: rows - full]
        flags[rest] = marks[: rows - full]


def part_of(arrays: Mapping[str, FloatArray], part: slice) -> Mapping[str, FloatArray]:
    return {name: array[part] for name, array in arrays.items()}
