"""A sparse derivative as one matrix: its blocks side by side, its entries by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions, SparseMatrix
from gradcli.operations.shape_rules import Shape, numbered, size
from gradcli.reference.answer import Answer

Place = tuple[int, int]  # row and column among all


@dataclass(frozen=True, slots=True)
class Block:
    """One block with the row and the column of the whole at which it begins."""

    label: tuple[str, ...]
    matrix: SparseMatrix
    row: int
    column: int


@dataclass(frozen=True)
class Derivative:
    """A Jacobian, whose rows are the entries of the output, or a Hessian, whose rows are those of the variables.

    blocks: by variable, or by row variable and column variable
    shapes: of the variables, in their order
    """

    blocks: Mapping[tuple[str, ...], SparseMatrix]
    shapes: Mapping[str, Shape]
    output: Shape

    @property
    def order(self) -> int:
        return max((len(label) for label in self.blocks), default=1)

    @cached_property
    def positions(self) -> dict[str, range]:
        """Of each variable's entries among all."""
        return numbered(self.shapes)

    @cached_property
    def columns(self) -> int:
        return sum(map(len, self.positions.values()))

    @property
    def rows(self) -> int:
        return size(self.output) if self.order == 1 else self.columns

    @cached_property
    def parts(self) -> list[Block]:
        return [
            Block(
                label, matrix, 0 if self.order == 1 else self.positions[label[0]].start, self.positions[label[-1]].start
            )
            for label, matrix in self.blocks.items()
        ]

    @property
    def nnz(self) -> int:
        """How many entries are held."""
        return sum(matrix.nnz for matrix in self.blocks.values())

    # -- entries

    def number(self, place: Place) -> float:
        """An entry; 0 where none is held."""
        for block, i, j in self._blocks_of(place):
            first, last = block.matrix.indptr[i : i + 2]
            k = int(first + np.searchsorted(block.matrix.indices[first:last], j))
            if k < last and block.matrix.indices[k] == j:
                return float(block.matrix.data[k])
        return 0.0

    def row(self, i: int) -> list[int]:
        """The columns of the entries of a row."""
        found: list[int] = []
        for block in self.parts:
            if 0 <= i - block.row < block.matrix.shape[0]:
                first, last = block.matrix.indptr[i - block.row : i - block.row + 2]
                found += (block.matrix.indices[first:last] + block.column).tolist()
        return found

    def column(self, j: int) -> list[int]:
        """The rows of the entries of a column."""
        found: list[int] = []
        for block in self.parts:
            if 0 <= j - block.column < block.matrix.shape[1]:
                at = np.flatnonzero(block.matrix.indices == j - block.column)
                found += (np.searchsorted(block.matrix.indptr, at, "right") - 1 + block.row).tolist()
        return found

    def places(self, block: Block, numbers: Positions) -> Iterator[Place]:
        """Where entries of a block stand, by their numbers in it."""
        rows = np.searchsorted(block.matrix.indptr, numbers, "right") - 1
        columns = block.matrix.indices[numbers]
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
            yield i + block.row, j + block.column

    def _blocks_of(self, place: Place) -> Iterator[tuple[Block, int, int]]:
        for block in self.parts:
            i, j = place[0] - block.row, place[1] - block.column
            if 0 <= i < block.matrix.shape[0] and 0 <= j < block.matrix.shape[1]:
                yield block, i, j

    # -- names

    def variable(self, position: int) -> tuple[str, tuple[int, ...]]:
        """The variable of a position, and the place in it."""
        name = next(name for name, at in self.positions.items() if position in at)
        return name, _unravel(position - self.positions[name].start, self.shapes[name])

    def name(self, place: Place) -> str:
        """An entry for people, as dense results have it: ``x[12, 13]``, ``x,y[12, 13]`` of several variables."""
        column, within = self.variable(place[1])
        label: tuple[str, ...]
        if self.order == 1:
            label, at = (column,), (*_unravel(place[0], self.output), *within)
        else:
            row, outer = self.variable(place[0])
            label, at = (row, column) if len(self.shapes) > 1 else (row,), (*outer, *within)
        return Answer(label, np.zeros(()), ()).name(at)

    def line_name(self, line: int) -> str:
        """The row of a Hessian, or the column of a Jacobian."""
        return f"{'row' if self.order > 1 else 'column'} {self.entry_name(line)}"

    def entry_name(self, position: int) -> str:
        """An entry of a variable."""
        name, within = self.variable(position)
        return f"{name}[{', '.join(map(str, within))}]" if within else name

    # -- products

    def by_variable(self, vector: FloatArray) -> dict[str, FloatArray]:
        """The parts of a vector of all entries."""
        return {name: vector[at.start : at.stop].reshape(self.shapes[name]) for name, at in self.positions.items()}

    @cached_property
    def largest(self) -> FloatArray:
        """The largest size in each row; nan and inf count as 0."""
        found = np.zeros(self.rows)
        for block in self.parts:
            matrix = block.matrix
            full, first = _full(matrix)
            if matrix.nnz:
                sizes = np.abs(matrix.data)
                if not np.isfinite(sizes.max()):
                    sizes[~np.isfinite(sizes)] = 0
                here = found[block.row : block.row + matrix.shape[0]]
                here[full] = np.maximum(here[full], np.maximum.reduceat(sizes, first))
        return found

    def times(self, vector: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``H v``, and the sizes of the terms that each of its entries is the sum of."""
        found, sizes = np.zeros(self.rows), np.zeros(self.rows)
        for block in self.parts:
            matrix = block.matrix
            full, first = _full(matrix)
            if matrix.nnz:
                terms = vector[block.column : block.column + matrix.shape[1]][matrix.indices]
                terms *= matrix.data
                rows = slice(block.row, block.row + matrix.shape[0])
                found[rows][full] += np.add.reduceat(terms, first)
                sizes[rows][full] += np.add.reduceat(np.abs(terms, out=terms), first)
        return found, sizes

    def times_from_left(self, vector: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``v^T J`` and the sizes, as above."""
        found, sizes = np.zeros(self.columns), np.zeros(self.columns)
        for block in self.parts:
            matrix = block.matrix
            columns = slice(block.column, block.column + matrix.shape[1])
            terms = matrix.data * np.repeat(vector[block.row : block.row + matrix.shape[0]], np.diff(matrix.indptr))
            found[columns] += np.bincount(matrix.indices, terms, minlength=matrix.shape[1])
            sizes[columns] += np.bincount(matrix.indices, np.abs(terms, out=terms), minlength=matrix.shape[1])
        return found, sizes


def _full(matrix: SparseMatrix) -> tuple[Positions | slice, Positions]:
    """The rows that have entries, and where these begin."""
    first = matrix.indptr[:-1]
    some = first < matrix.indptr[1:]
    if some.all():
        return slice(None), first
    full = np.flatnonzero(some)
    return full, first[full]


def _unravel(position: int, shape: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(position, tuple(shape))) if shape else ()
