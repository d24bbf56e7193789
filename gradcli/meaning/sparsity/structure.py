"""Where the derivatives of a program may differ from zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.sparse import Positions
from gradcli.meaning.program import Program, value_of_step
from gradcli.meaning.sparsity.arithmetic import SparsityArithmetic
from gradcli.meaning.sparsity.support import Support, constant
from gradcli.operations.shape_rules import Shape, size

Pattern = tuple[Positions, Positions]  # rows and columns of the entries that may differ from zero, row by row

Numbers = npt.NDArray[Any]  # Any: floats, or truth values
NOWHERE: Pattern = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Structure:
    """What a program's derivatives look like for all values of the variables."""

    output: Support
    arithmetic: SparsityArithmetic

    def jacobian(self, name: str) -> Pattern | None:
        """Where the derivative in this variable may differ from zero; None: anywhere."""
        if name not in self.output.variables:
            return NOWHERE
        if self.output.lists is None:
            return None
        rows, columns = self.output.lists.row_of_each, self.output.lists.indices - self.arithmetic.positions[name].start
        there = np.flatnonzero((columns >= 0) & (columns < size(self.arithmetic.shapes[name])))
        return rows[there], columns[there]

    def hessian(self, row: str, column: str) -> Pattern | None:
        """Where the block of second derivatives may differ from zero; None: anywhere."""
        if (row, column) in self.arithmetic.meetings.mixed:
            return None
        smaller, larger = self.arithmetic.meetings.all()
        apart = smaller != larger
        i = np.concatenate([smaller, larger[apart]]) - self.arithmetic.positions[row].start
        j = np.concatenate([larger, smaller[apart]]) - self.arithmetic.positions[column].start
        n, m = size(self.arithmetic.shapes[row]), size(self.arithmetic.shapes[column])
        there = (i >= 0) & (i < n) & (j >= 0) & (j < m)
        keys = np.sort(i[there] * m + j[there])
        rows = keys // max(m, 1)
        return rows, keys - rows * m

    def hessian_blocks(self) -> list[list[Pattern | None]]:
        """``hessian`` for every pair of variables, in the order of ``wrt``."""
        return [[self.hessian(row, column) for column in self.arithmetic.shapes] for row in self.arithmetic.shapes]


def structure_of(
    program: Program,
    inputs: Mapping[str, Shape],
    wrt: Sequence[str],
    order: int,
    known: Mapping[int, Numbers] = MappingProxyType({}),
) -> Structure:
    """The structure of the derivatives in ``wrt``, second ones with order 2.

    inputs: the shapes of all names
    known:  the values of constant steps (``moving.known_steps``), where their zeros are to count
    """
    arithmetic = SparsityArithmetic({name: inputs[name] for name in wrt}, order)
    leaves = {name: arithmetic.leaf(name, shape) for name, shape in inputs.items()}
    found: list[Support] = []
    for k, step in enumerate(program.steps):
        fixed = constant(known[k].shape, known[k]) if k in known else None
        found.append(value_of_step(step, arithmetic, leaves, found) if fixed is None else fixed)
    return Structure(found[-1], arithmetic)
