"""Rows on their way: a batch as it is read, an answer as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray

Codes = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Marks:
    """Why rows fail: of each row a code, 0 where it does not; ``reasons[code - 1]`` are the words."""

    codes: Codes
    reasons: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many rows fail."""
        return int(np.count_nonzero(self.codes))


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows next to each other, of a table.

    first:  the number of the first of them, from 0
    values: by variable, of shape (rows, *shape of the variable), contiguous; nan in rows without a number
    marks:  why rows have no numbers: a cell is missing, holds a text, a list of another length
    kept:   a pyarrow.RecordBatch of the columns that go on into the output, where there are any
    """

    first: int
    rows: int
    values: Mapping[str, FloatArray]
    marks: Marks
    kept: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is written of a batch.

    columns: by the output's name, of shape (rows, *shape in one row); cells of marked rows are as they were computed.
             The arrays belong to who writes them: nobody fills them again
    unread:  the first so many of the reasons are those of rows without numbers, of which nothing could be computed:
             their cells are empty in what is written
    """

    first: int
    rows: int
    columns: Mapping[str, FloatArray]
    marks: Marks
    kept: Any = None
    unread: int = 0
