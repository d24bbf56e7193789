"""Rows that hold vectors and matrices, as a kernel: batches of them through torch.vmap and torch.autograd."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement

import torch
from torch import Tensor

from gradcli.autograd.devices import CPU
from gradcli.autograd.guarded import Guarded
from gradcli.autograd.rows import RowFunction, Tensors, outline, rows_at_once
from gradcli.autograd.tensors import DTYPES
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.engine import names
from gradcli.engine.crossing import UNDER_WAY, Compute, Crossing, crossed
from gradcli.engine.formulas import Output
from gradcli.engine.kernel import LANES, Marked
from gradcli.engine.workers import Tiles, flag_undefined
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape, size


class BatchKernel:
    """A function of arrays, and its derivatives, in rows of a table.

    kind:    grad, jacobian, hessian (the blocks on and above the diagonal), or value
    shapes:  of each name, in one row
    order:   of grad in scalars: how often it is differentiated in each
    outputs: what ``run`` fills: names, and shapes in one row
    device:  as ``devices.find_device`` returns it; dtype: in which torch computes
    """

    name = "torch"
    counts_loss = False  # of the steps of autograd nobody watches the digits

    def __init__(
        self,
        expression: Expression,
        kind: str,
        wrt: Sequence[str],
        shapes: Mapping[str, Shape],
        order: int = 1,
        *,
        threads: int = 2,
        device: str = CPU,
        dtype: str = DType.FLOAT64,
    ) -> None:
        self.device, self.threads, self.dtype = device, threads, DType.of(dtype)
        self.function = RowFunction(expression, kind, wrt, order)
        steps = shapes_of(compile_tree(expression.tree), shapes, expression)
        named = zip(_names(kind, wrt, order), outline(kind, wrt, shapes, steps[-1]), strict=True)
        self.outputs = tuple(Output(name, shape, ()) for name, shape in named)
        travel = UNDER_WAY * sum(size(shape) for shape in (*shapes.values(), *(o.shape for o in self.outputs)))
        self.tile = rows_at_once(steps, device, self.dtype.width // 8, travel)
        self.lanes = LANES * DType.FLOAT64.width // self.dtype.width
        if device == CPU and self.tile > 1:
            self.tile = max(self.tile - self.tile % self.lanes, self.lanes)

    @property
    def batched(self) -> bool:
        """Do rows run at once? Known for certain after the first ``run``."""
        return self.function.batched

    @property
    def refused(self) -> str | None:
        """What torch said of a row that has no answer; None where it took all."""
        return self.function.refused

    def run(
        self,
        columns: Mapping[str, FloatArray],
        fixed: Mapping[str, FloatArray],
        outputs: Mapping[str, FloatArray],
        flags: Marked,
    ) -> None:
        """Fills outputs and flags, a row each.

        columns, outputs: (rows, *shape) of each column and of each output; fixed: the values of the other names
        Errors: LimitError where there is not enough memory for one row
        """
        if not len(flags):
            return
        # torch remarks that a column is not to be written to, and that it batches an operation in a slow loop.
        with Guarded(self.dtype, self.device), warnings.catch_warnings(action="ignore"):
            given = {name: torch.from_numpy(column) for name, column in columns.items()}
            answers = [torch.from_numpy(outputs[output.name]) for output in self.outputs]
            numbers = {name: torch.tensor(value, dtype=DTYPES[self.dtype]) for name, value in fixed.items()}
            if self.device == CPU:
                self._here(given, numbers, answers, flags)
            else:
                self._elsewhere(given, numbers, answers, flags)

    def _here(self, columns: Tensors, fixed: Tensors, answers: Sequence[Tensor], flags: Marked) -> None:
        tiles = Tiles(len(flags), self.tile)

        def work() -> None:
            for rows in tiles:
                given = {name: column[rows].to(DTYPES[self.dtype]) for name, column in columns.items()}
                here = [answer[rows] for answer in answers]
                self._fill_in_lanes(here, given, fixed)
                flags[rows] = 0
                flag_undefined(flags[rows], here)

        tiles.run(work, self.threads)

    def _fill_in_lanes(self, answers: Sequence[Tensor], columns: Tensors, fixed: Tensors) -> None:
        """The digits of a row do not depend on where its tile ends: see ``kernel.run_in_lanes``."""
        rows = len(answers[0])
        more = -rows % self.lanes
        if self.tile == 1 or not more or not self.batched:
            self.function.fill(answers, columns, fixed)
            return
        filled = torch.arange(rows + more) % rows
        made = [answer.new_empty((rows + more, *answer.shape[1:])) for answer in answers]
        self.function.fill(made, {name: column[filled] for name, column in columns.items()}, fixed)
        for answer, whole in zip(answers, made, strict=True):
            answer.copy_(whole[:rows])

    def _elsewhere(self, columns: Tensors, fixed: Tensors, answers: Sequence[Tensor], flags: Marked) -> None:
        def prepare(given: Sequence[Tensor], made: Sequence[Tensor], _: int) -> Compute:
            here = dict(zip(columns, given, strict=True))
            return lambda _: self.function.fill(made, here, fixed)

        def crossing(tile: int, number: int, pool: ThreadPoolExecutor) -> Crossing:
            given, dtype = list(columns.values()), DTYPES[self.dtype]
            return Crossing(
                given, answers, flags, prepare, tile=tile, dtype=dtype, device=self.device, number=number, pool=pool
            )

        fitting = crossed(len(flags), self.tile, self.device, crossing, self.threads)
        if fitting < min(self.tile, len(flags)):
            self.tile = fitting


def _names(kind: str, wrt: Sequence[str], order: int) -> list[str]:
    if kind == "hessian":
        return [names.VALUE, *(names.derivative(*pair) for pair in combinations_with_replacement(wrt, 2))]
    return [names.VALUE, *(names.derivative(x, order=order) for x in wrt if kind != "value")]
