"""The arithmetic of sparsity: which entries of the variables a value depends on, and which of them meet.

Two entries meet where a step is not linear in both at once: elsewhere the second derivative in them is zero. What is
found holds for every point, and errs on the side of too many entries: an operation that is not known here mixes all
that it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, product
from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.language.nodes import Tree
from gradcli.meaning.program import Program, Step, run
from gradcli.meaning.scalars import Placing
from gradcli.operations.shape_rules import Shape, broadcast, size

Positions = npt.NDArray[np.int64]
Pattern = tuple[Positions, Positions]  # rows and columns of the entries that may differ from zero

WIDTH = 8  # variables' entries that one entry of a value depends on; past it, it counts as depending on all
FOLLOWED = 2**17  # numbers for one step; past it likewise


@dataclass(frozen=True, slots=True)
class Support:
    """What a value of this shape depends on.

    variables: by name
    entries:   (*shape, k) positions among the entries of all variables, -1 for none; None: each may depend on all
    """

    shape: Shape
    variables: frozenset[str]
    entries: Positions | None

    def spread(self, shape: Shape) -> Positions:
        assert self.entries is not None
        lacking = (1,) * (len(shape) - len(self.shape))
        return np.broadcast_to(self.entries.reshape(lacking + self.entries.shape), (*shape, self.entries.shape[-1]))


class SparsityArithmetic:
    """Supports of steps; ``meeting`` gathers which entries of the variables meet.

    shapes: of the variables, whose entries are numbered one variable after another
    order:  2, or 1 where nobody asks what meets
    """

    def __init__(self, shapes: Mapping[str, Shape], order: int) -> None:
        ends = [0, *accumulate(size(shape) for shape in shapes.values())]
        self.first = dict(zip(shapes, ends, strict=False))
        self.shapes, self.total = shapes, ends[-1]
        self.order = order
        self.meeting = np.zeros((self.total if order == 2 else 0,) * 2, dtype=bool)
        self.mixed: set[tuple[str, str]] = set()  # variables of which every entry may meet every other

    def leaf(self, name: str, shape: Shape) -> Support:
        if name not in self.shapes:
            return _constant(shape)
        entries = self.first[name] + np.arange(size(shape)).reshape(*shape, 1)
        return Support(shape, frozenset({name}), entries)

    def number(self, tree: Tree) -> Support:  # noqa: ARG002 - the protocol's signature
        return _constant(())

    def apply(self, step: Step, arguments: list[Support | None]) -> Support:
        op = step.op
        assert op is not None
        given = [a for a in arguments if a is not None]
        shapes = [None if a is None else a.shape for a in arguments]
        shape = broadcast(*shapes) if op.elementwise else op.shape(*shapes, *step.constants)
        names = frozenset[str]().union(*(a.variables for a in given))
        if op.boolean or not names:
            return _constant(shape)
        if op.moves:
            return _placed(step, given, shape, names)
        everything = _joined(given, shape, names) if op.elementwise else Support(shape, names, None)
        if op.linear == "each":
            for a, b in combinations(given if op.elementwise else [_whole(a) for a in given], 2):
                self.meet(a, b, shape)
        elif op.linear == "first":
            self.meet(given[0], given[1], shape)
            self.meet(given[1], given[1], shape)
        elif op.linear != "jointly":
            self.meet(everything, everything, shape)
        return everything

    def derive(self, step: Step, arguments: list[Support | None], point: Mapping[str, Support]) -> Support:
        """A derivative inside the expression is not followed."""
        assert step.op is not None
        given = [a for a in (*arguments, *point.values()) if a is not None]
        names = frozenset[str]().union(*(a.variables for a in given))
        everything = Support(step.op.shape(*(a and a.shape for a in arguments), *step.constants), names, None)
        self.meet(everything, everything, ())
        return everything

    def meet(self, a: Support, b: Support, shape: Shape) -> None:
        """Entries in the same place of both, broadcast to ``shape``, are multiplied, or worse."""
        if self.order == 1:
            return
        if a.entries is None or b.entries is None or size(shape) * a.entries.shape[-1] * b.entries.shape[-1] > FOLLOWED:
            self.mixed |= {*product(a.variables, b.variables), *product(b.variables, a.variables)}
            return
        left, right = a.spread(shape)[..., :, None], b.spread(shape)[..., None, :]
        rows, columns = (x.reshape(-1) for x in np.broadcast_arrays(left, right))
        there = (rows >= 0) & (columns >= 0)
        rows, columns = rows[there], columns[there]
        self.meeting[rows, columns] = True
        self.meeting[columns, rows] = True


def _constant(shape: Shape) -> Support:
    return Support(shape, frozenset(), np.empty((*shape, 0), dtype=np.int64))


def _whole(a: Support) -> Support:
    """The same without a word on single entries."""
    return Support(a.shape, a.variables, None)


def _joined(given: Sequence[Support], shape: Shape, names: frozenset[str]) -> Support:
    """Entry by entry what each of the broadcast operands depends on."""
    moving = [a for a in given if a.variables]
    if any(a.entries is None for a in moving):
        return Support(shape, names, None)
    spread = [a.spread(shape) for a in moving]
    different = [x for i, x in enumerate(spread) if not any(np.array_equal(x, y) for y in spread[:i])]
    if size(shape) * sum(x.shape[-1] for x in different) > FOLLOWED:
        return Support(shape, names, None)
    return Support(shape, names, _narrow(different[0] if len(different) == 1 else np.concatenate(different, -1)))


def _narrow(entries: Positions) -> Positions | None:
    """Each position once, in as few columns as hold them; None if they are more than ``WIDTH``."""
    if entries.shape[-1] > 1:
        entries = -np.sort(-entries, axis=-1)
        entries[..., 1:][entries[..., 1:] == entries[..., :-1]] = -1
        entries = -np.sort(-entries, axis=-1)
        entries = entries[..., : int((entries >= 0).sum(-1).max(initial=0))]
    return None if entries.shape[-1] > WIDTH else entries


class _Places(Placing):
    """The library in which a row that moves entries moves positions instead of numbers; what is not moved is -1."""

    np = np

    def full(self, shape: Shape, _value: object) -> Positions:
        return np.full(shape, -1)

    def scalar(self, _value: object) -> int:
        return -1


def _placed(step: Step, given: Sequence[Support], shape: Shape, names: frozenset[str]) -> Support:
    """The row's own meaning on numbered entries says where each one goes."""
    op = step.op
    assert op is not None
    assert callable(op.sympy)
    if any(a.entries is None for a in given) or size(shape) > FOLLOWED:
        return Support(shape, names, None)
    sizes = [size(a.shape) for a in given]
    starts = [0, *accumulate(sizes)]
    numbered = [start + np.arange(n).reshape(a.shape) for start, n, a in zip(starts, sizes, given, strict=False)]
    sources: Any = op.sympy(_Places(), *numbered, *step.constants)  # Any: a row's meaning has no type
    width = max(a.entries.shape[-1] for a in given if a.entries is not None)
    table = np.full((starts[-1] + 1, width), -1)  # the last row is what source -1 reads
    for start, n, a in zip(starts, sizes, given, strict=False):
        table[start : start + n, : a.entries.shape[-1]] = a.entries.reshape(n, -1)  # type: ignore[union-attr]  # see above
    return Support(shape, names, table[np.asarray(sources, dtype=np.int64).reshape(shape)])


@dataclass(frozen=True, slots=True)
class Structure:
    """What a program's derivatives look like at every point."""

    output: Support
    arithmetic: SparsityArithmetic

    def jacobian(self, name: str) -> Pattern | None:
        """Where the derivative in this variable may differ from zero; None: anywhere."""
        if name not in self.output.variables:
            return _NOWHERE
        if self.output.entries is None:
            return None
        first = self.arithmetic.first[name]
        entries = self.output.entries.reshape(size(self.output.shape), -1) - first
        rows, places = np.nonzero((entries >= 0) & (entries < size(self.arithmetic.shapes[name])))
        return rows, entries[rows, places]

    def hessian(self, row: str, column: str) -> Pattern | None:
        """Where the block of second derivatives may differ from zero; None: anywhere."""
        if (row, column) in self.arithmetic.mixed:
            return None
        i, j = (
            slice(self.arithmetic.first[name], self.arithmetic.first[name] + size(self.arithmetic.shapes[name]))
            for name in (row, column)
        )
        rows, columns = np.nonzero(self.arithmetic.meeting[i, j])
        return rows, columns

    def hessian_blocks(self) -> list[list[Pattern | None]]:
        """``hessian`` for every pair of variables, in the order of ``wrt``."""
        return [[self.hessian(row, column) for column in self.arithmetic.shapes] for row in self.arithmetic.shapes]


_NOWHERE: Pattern = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def structure_of(program: Program, inputs: Mapping[str, Shape], wrt: Sequence[str], order: int) -> Structure:
    """The structure of the derivatives in ``wrt``, second ones with order 2; ``inputs``: the shapes of all names."""
    arithmetic = SparsityArithmetic({name: inputs[name] for name in wrt}, order)
    leaves = {name: arithmetic.leaf(name, shape) for name, shape in inputs.items()}
    return Structure(run(program, arithmetic, leaves), arithmetic)


def colours(patterns: Sequence[Pattern | None], widths: Sequence[int], rows: int, most: int) -> Positions | None:
    """A colour for each row such that rows of one colour share no column; None if that takes more than ``most``.

    patterns: side by side, each of so many columns; those that are None do not count
    Colours repeat along the rows with a period, which is enough for diagonals, bands, stencils and blocks (Curtis,
    Powell and Reid 1974).
    """
    starts = accumulate(widths, initial=0)
    known = [(pattern[0], pattern[1] + start) for pattern, start in zip(patterns, starts, strict=False) if pattern]
    at, columns = (np.concatenate([pattern[axis] for pattern in known] or [_NOWHERE[axis]]) for axis in (0, 1))
    for period in range(1, most + 1):
        if np.bincount(columns * period + at % period, minlength=1).max() <= 1:
            return np.arange(rows) % period
    return None
