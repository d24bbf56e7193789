"""The kernel of a question about each row: of formulas where each name is one number in a row, else of batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradcli.base.errors import LimitError, MissingError
from gradcli.base.wording import option
from gradcli.commands.tables.question import Question
from gradcli.engine.batches import BatchKernel
from gradcli.engine.choose import Chosen, Engine
from gradcli.engine.formulas import formulas
from gradcli.operations.shape_rules import Shape


@dataclass(frozen=True, slots=True)
class Ways:
    """How rows are computed. threads: of the kernel"""

    engine: Engine
    threads: int
    device: str


@dataclass(frozen=True, slots=True)
class Made:
    """A kernel, the shapes of its columns in one row, and whether the function is made of scalars."""

    kernel: Chosen | BatchKernel
    outputs: Mapping[str, Shape]
    scalars: bool

    @property
    def name(self) -> str:
        return self.kernel.name if self.scalars else "rows"

    @property
    def engine(self) -> Engine:
        """That which computes the rows, as it is asked for elsewhere."""
        return "compiled" if self.name == "compiled" else "torch"

    @property
    def remark(self) -> str | None:
        """What a user may want to know of the choice."""
        return self.kernel.remark if isinstance(self.kernel, Chosen) else self.kernel.refused


def kernel_of(question: Question, ways: Ways, rows: int | None, about: int | None = None) -> Made:
    """rows: how many the table has, where that is known; about: how many it seems to have

    Errors: MissingError for compiled code that cannot be had.
    """
    if question.scalars:
        try:
            made = formulas(
                question.parsed.tree,
                question.kind,
                question.wrt,
                list(question.shapes),
                list(question.fixed),
                question.order,
            )
        except LimitError:
            pass
        else:
            kernel = Chosen(made, ways.engine, rows, ways.threads, ways.device, about, question.dtype)
            return Made(kernel, {output.name: output.shape for output in made.outputs}, True)
    if ways.engine == "compiled":
        raise MissingError("rows of arrays are computed by torch", hint=option("engine", "torch"))
    shapes = {**question.shapes, **{name: value.shape for name, value in question.fixed.items()}}
    batches = BatchKernel(
        question.parsed,
        question.kind,
        question.wrt,
        shapes,
        question.order,
        threads=ways.threads,
        device=ways.device,
        dtype=question.dtype,
    )
    return Made(batches, {output.name: output.shape for output in batches.outputs}, False)
