"""The arithmetic of torch tensors: the program as PyTorch runs it, on one device in one dtype."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from gradcli.autograd import custom_backward
from gradcli.autograd.devices import CPU, exact_on
from gradcli.base.dtypes import DType
from gradcli.base.errors import LimitError
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression
from gradcli.meaning.program import Program, Step, run
from gradcli.meaning.shapes import ShapeArithmetic
from gradcli.meaning.torch_meaning import Number, plain_constant, python_number, torch_meaning
from gradcli.operations.shape_rules import ShapeMismatch, line

TensorLike = torch.Tensor | Number

DTYPES: dict[str, torch.dtype] = {row.value: getattr(torch, row.value) for row in DType}


class TorchArithmetic:
    """Tensors and Python numbers; numbers become tensors where an operation takes no others.

    operators: the derivatives inside expressions, functions by the rows' names (``autograd.operators``)
    expression: where errors have their place
    """

    def __init__(self, operators: Any = None, expression: Expression | None = None) -> None:  # Any: a module
        self.operators, self.expression = operators, expression

    def number(self, tree: Tree) -> TensorLike:
        """A leaf of the tree as a Python number."""
        return python_number(tree)

    def apply(self, step: Step, arguments: list[TensorLike | None]) -> TensorLike:
        """The step's operation by the row's torch meaning.

        Errors: ExpressionError (kind shape) for an index outside of its axis; LimitError for an order or a parameter
        that is too large, at its place; whatever torch raises.
        """
        try:
            return self.computed(step, arguments)
        except LimitError as limit:
            if limit.span is None and self.expression is not None:
                limit.span, limit.source = self.expression.spans.get(step.tree), self.expression.source
            raise

    def computed(self, step: Step, arguments: list[TensorLike | None]) -> TensorLike:
        op = step.op
        assert op is not None
        values = arguments
        if not (op.scalars and any(isinstance(value, torch.Tensor) for value in arguments)):
            values = [torch.tensor(float(value)) if isinstance(value, int | float) else value for value in arguments]
        if op.places:
            values = self.in_place(step, values)
        if op.own:
            return custom_backward.apply(op, values, step.constants, self)  # type: ignore[arg-type]  # by now all are tensors
        return torch_meaning(op)(torch, *values, *map(plain_constant, step.constants))  # type: ignore[no-any-return]

    def in_place(self, step: Step, values: list[TensorLike | None]) -> list[TensorLike | None]:
        """Operands whose places are there: torch says of others in other words on each device that they are not.

        A place that is not there ends all work of a GPU, and under torch.vmap nobody sees it before; so there the first
        one takes its place, and who looks afterwards finds out. Errors: as ``apply``.
        """
        looked = looked_up(step, values)
        outside = None if looked is None else looked.outside()
        if looked is not None and outside is not None:
            where = f"on axis {looked.axis} (size {looked.size})"
            needs = f"an index from 0 to {looked.size - 1} {where}, not {outside:.15g}"
            shapes = [tuple(getattr(value, "shape", ())) for value in values]
            raise ShapeArithmetic(self.expression).explain(step, list(shapes), ShapeMismatch(needs))
        if looked is None or looked.index.device.type == CPU:
            return values
        index = torch.as_tensor(values[looked.operand])
        safe = torch.where(looked.there, index, torch.zeros_like(index))
        return [safe if k == looked.operand else value for k, value in enumerate(values)]

    def derive(self, step: Step, arguments: list[TensorLike | None], _point: Mapping[str, TensorLike]) -> TensorLike:
        """A derivative inside the expression, by the operator of the row's name."""
        assert step.op is not None
        values = [torch.tensor(float(value)) if isinstance(value, int | float) else value for value in arguments]
        return getattr(self.operators, step.op.name)(*values)  # type: ignore[no-any-return]  # a tensor


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Places of an axis that an operand, by its number, names; ``there``: which of them the axis has."""

    operand: int
    index: torch.Tensor
    there: torch.Tensor
    axis: int
    size: int

    def outside(self) -> float | None:
        """The first index that is no place; None where all are, and of torch.vmap, whose numbers nobody may see."""
        try:
            return None if bool(self.there.all()) else float(self.index[~self.there][0])
        except RuntimeError:
            return None


def looked_up(step: Step, values: Sequence[TensorLike | None]) -> LookedUp | None:
    """The places that a step's operand names, where its row says that one does; torch cuts what is not whole."""
    assert step.op is not None
    assert step.op.places is not None
    shapes = [tuple(getattr(value, "shape", ())) for value in values]
    places = step.op.places(*shapes, *step.constants)
    if places is None:
        return None
    index, size = torch.as_tensor(values[places.operand]).detach(), line(shapes[0])[places.axis]
    there = (index > -1) & (index < size)
    if places.ignored is not None:
        there |= index == places.ignored
    return LookedUp(places.operand, index, there, places.axis, size)


def use_threads(number: int) -> None:
    """torch computes each operation with so many threads from here on; to set it anew is not free."""
    if torch.get_num_threads() != number:
        torch.set_num_threads(number)


@contextmanager
def in_threads(number: int) -> Iterator[None]:
    """torch computes with so many threads inside: with one on a busy machine, where several that wait for each other
    take many times as long, and tensors that stay in the cache gain little by them."""
    before = torch.get_num_threads()
    use_threads(number)
    try:
        yield
    finally:
        use_threads(before)


@contextmanager
def session(dtype: str, device: str) -> Iterator[None]:
    """New tensors get this dtype (a key of DTYPES) and device inside, which computes as ``exact_on`` says; torch's
    defaults are put back afterwards."""
    before, place = torch.get_default_dtype(), torch.device(device)
    torch.set_default_dtype(DTYPES[dtype])
    try:
        # to set a device slows each call
        with exact_on(device), nullcontext() if torch.get_default_device() == place else place:
            yield
    finally:
        torch.set_default_dtype(before)


def evaluate(
    program: Program, values: Mapping[str, torch.Tensor], watch: Any = None, operators: Any = None
) -> torch.Tensor:  # Any: see run, and TorchArithmetic
    """The result as a tensor, inside a ``session``."""
    result = run(program, TorchArithmetic(operators), dict(values), watch=watch)
    return result if isinstance(result, torch.Tensor) else torch.tensor(float(result))
