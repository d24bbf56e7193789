"""A table opened for a question: columns found for the names of the function, those of the answer laid out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import UsageError
from gradcli.base.events import timed
from gradcli.base.wording import option
from gradcli.commands.tables.manner import Manner
from gradcli.commands.tables.question import Question, asked
from gradcli.inputs.request import Options, Shapes, Wrt
from gradcli.inputs.sources import Source
from gradcli.operations.shape_rules import Shape
from gradcli.tables.layout import Column, Layout
from gradcli.tables.reading import Table
from gradcli.tables.variables import Variable


@dataclass(frozen=True, slots=True)
class Opened:
    """A table, what is asked of each of its rows, and the variables that its columns hold."""

    table: Table
    question: Question
    variables: tuple[Variable, ...]

    @classmethod
    def of(
        cls,
        table: Table,
        kind: str,
        function: Source,
        fixed: Mapping[str, FloatArray],
        wrt: Wrt,
        options: Options,
        *,
        shape: Shapes = None,
        order: int = 1,
        beside: Collection[str] = (),
    ) -> Opened:
        """fixed: what has one value for all rows; beside: names that are wanted beside those of the function

        Errors: ExpressionError, InputError, UsageError.
        """
        found: dict[str, Variable] = {}

        def shapes_in(names: Sequence[str], told: Mapping[str, Shape]) -> Mapping[str, Shape]:
            more = [name for name in beside if name not in names and name not in fixed]
            found.update({variable.name: variable for variable in table.variables([*names, *more], told)})
            return {name: variable.shape for name, variable in found.items()}

        with timed("read"):
            question = asked(kind, function, fixed, shape, wrt, options.seed, shapes_in, table.names)
        if order > 1 and not question.scalars:
            raise UsageError(f"{option('order')} is for scalar variables")
        question = replace(question, order=order, rtol=options.rtol, seed=options.seed, dtype=options.dtype)
        return cls(table, question, tuple(found.values()))

    def layout(
        self, outputs: Mapping[str, Shape], manner: Manner, facts: Mapping[str, Any], split: Collection[str] = ()
    ) -> Layout:
        """The columns of the answer.

        outputs: their shapes in one row; split: of these those with a column an entry; facts: about the answer
        """
        columns = tuple(Column(name, shape, name in split) for name, shape in outputs.items())
        kept = self.table.schema(self.variables, manner.keep) if manner.keep else None
        return Layout(columns, kept, facts, self.question.dtype)
