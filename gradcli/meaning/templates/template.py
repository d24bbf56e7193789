"""What is found: small formulas, and for each of their slots the entries that stand there, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.arrays import FloatArray
from gradcli.language.nodes import Tree

Entries = npt.NDArray[np.signedinteger[Any]]  # Any: int32 where that holds all positions, else int64


class Untemplated(Exception):  # noqa: N818 - no error: the derivative is computed another way
    """The program is no sum of small formulas; ``reason`` says at which operation, in words that end no sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A name in a template's formula, and what stands there in each row.

    entries: (m,) positions among all entries of the variables in the order of ``wrt``, in C order, one variable after
             another; -1 in rows where a number stands
    numbers: (m,) the numbers of those rows, exact; 0 elsewhere
    """

    name: str
    entries: Entries
    numbers: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """Row r adds ``weights[r] * tree(slots at r)`` to the entry ``owners[r]`` of the output, flattened in C order.

    rows:    m, how many
    owners:  (m,), or None where all rows go to entry 0
    weights: (m,), or None where all are 1
    """

    tree: Tree
    slots: tuple[Slot, ...]
    rows: int
    owners: Entries | None = None
    weights: FloatArray | None = None
