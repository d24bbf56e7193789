"""Rows that hold vectors and matrices, as a kernel: batches of them through torch.vmap and torch.autograd."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import torch

from gradcli.autograd.point import Guarded
from gradcli.autograd.rows import RowFunction, outline, rows_at_once
from gradcli.autograd.tensors import session
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.engine import names
from gradcli.engine.formulas import Output
from gradcli.engine.kernel import Marked
from gradcli.engine.workers import Tiles, flag_undefined
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree
from gradcli.meaning.shapes import shapes_of
from gradcli.operations.shape_rules import Shape


class BatchKernel:
    """A function of arrays, and its derivatives, in rows of a table.

    kind:    grad, jacobian, hessian (the blocks on and above the diagonal), or value
    shapes:  of each name, in one row
    order:   of grad in scalars: how often it is differentiated in each
    outputs: what ``run`` fills: names, and shapes in one row
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
        device: str = "cpu",
    ) -> None:
        self.device, self.threads = device, threads if device == "cpu" else 1
        self.function = RowFunction(expression, kind, wrt, order)
        steps = shapes_of(compile_tree(expression.tree), shapes, expression)
        named = zip(_names(kind, wrt, order), outline(kind, wrt, shapes, steps[-1]), strict=True)
        self.outputs = tuple(Output(name, shape, ()) for name, shape in named)
        self.tile = rows_at_once(steps, device)

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
        tiles = Tiles(len(flags), self.tile)
        answers = [outputs[output.name] for output in self.outputs]
        numbers = {name: torch.tensor(value, dtype=torch.float64, device=self.device) for name, value in fixed.items()}

        def work() -> None:
            for rows in tiles:
                given = {name: torch.from_numpy(column[rows]).to(self.device) for name, column in columns.items()}
                here = [answer[rows] for answer in answers]
                self.function.fill(here, given, numbers)
                flags[rows] = 0
                flag_undefined(flags[rows], [torch.from_numpy(answer) for answer in here])

        # torch remarks that a column is not to be written to, and that it batches an operation in a slow loop.
        with Guarded(session(DType.FLOAT64, self.device), DType.FLOAT64), warnings.catch_warnings(action="ignore"):
            tiles.run(work, self.threads)


def _names(kind: str, wrt: Sequence[str], order: int) -> list[str]:
    if kind == "hessian":
        return [names.VALUE, *(names.derivative(*pair) for pair in combinations_with_replacement(wrt, 2))]
    return [names.VALUE, *(names.derivative(x, order=order) for x in wrt if kind != "value")]
