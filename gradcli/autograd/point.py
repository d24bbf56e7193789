"""A task on torch: leaves on a device in a dtype, the program run, autograd asked, numbers handed back as numpy arrays.

``Torch`` holds the point; each method is one kind of derivative and returns float64 arrays in the order of the task's
variables.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gradcli.autograd import operators, passes
from gradcli.autograd.devices import CPU, is_lost, lacks_memory
from gradcli.autograd.guarded import Guarded
from gradcli.autograd.tensors import DTYPES, TorchArithmetic, session
from gradcli.autograd.tiled import Derive, added_up
from gradcli.base.arrays import FloatArray
from gradcli.base.dtypes import DType
from gradcli.base.errors import ExpressionError
from gradcli.base.wording import option
from gradcli.meaning.colouring.groups import grouped_blocks
from gradcli.meaning.moving import known_steps, moving_steps
from gradcli.meaning.program import run
from gradcli.meaning.sparsity.structure import Structure, structure_of
from gradcli.meaning.tape import TapeEntry
from gradcli.meaning.task import Task
from gradcli.meaning.tiles import Tiling, tiling_of
from gradcli.operations.shape_rules import size

Numbers = npt.NDArray[Any]  # Any: floats, or truth values

FOLLOWED = 2**17  # entries of a derivative from which on it pays to know which of them are zero
ELSEWHERE = 2**24  # entries of the widest array of a tile on another device: 128 MB, and a few such arrays at a time
SPREAD = 2**14  # the same for the choice of forward mode; below it, one batch of rows is quicker


@dataclass(frozen=True, slots=True)
class Run:
    """One forward run: the leaves of the variables, all inputs by name, and the output."""

    leaves: list[Tensor]
    inputs: Mapping[str, Tensor]
    output: Tensor


def _entry(value: Any, adjoint: Tensor | None) -> TapeEntry:  # Any: a tensor or a Python number
    if not isinstance(value, Tensor):
        return TapeEntry(np.asarray(value, dtype=np.float64), None, None)
    name = None if not value.requires_grad else "leaf" if value.grad_fn is None else value.grad_fn.name()
    return TapeEntry(to_numpy(value), name, None if adjoint is None else to_numpy(adjoint))


def _numbers(value: Any) -> Numbers:  # Any: a tensor or a Python number
    """Truth values as such, all else in float64."""
    if not isinstance(value, Tensor):
        return np.asarray(value)
    return value.numpy(force=True) if value.dtype == torch.bool else to_numpy(value)


class Torch:
    """The task's point as tensors. dtype: a key of DTYPES; device: as ``devices.find_device`` returns it."""

    def __init__(self, task: Task, dtype: str, device: str) -> None:
        self.task, self.dtype, self.device = task, dtype, device
        self.arithmetic = TorchArithmetic(operators, task.expression)
        self.taken: set[int] = set()  # addresses of arrays that tensors have in common with a caller

    def session(self) -> Any:  # Any: a context manager
        """Inside, new tensors have the point's dtype and device."""
        return session(self.dtype, self.device)

    def tensor(self, value: FloatArray) -> Tensor:
        """An array of the point's dtype, on its device; in the array's own memory where it can be, only read."""
        if not self.shares or not value.flags.c_contiguous:
            return torch.tensor(np.asarray(value, order="C"), dtype=DTYPES[self.dtype], device=self.device)
        with nullcontext() if value.flags.writeable else warnings.catch_warnings(action="ignore"):  # nobody writes
            tensor = torch.from_numpy(np.asarray(value))
        self.taken.add(tensor.untyped_storage().data_ptr())
        return tensor

    @property
    def shares(self) -> bool:
        """Are the inputs' arrays and tensors the same numbers?"""
        return self.device == CPU and self.dtype == DType.FLOAT64

    @property
    def exact(self) -> Mapping[str, FloatArray]:
        """The inputs as torch sees them: rounded to the dtype, as float64."""
        return self.task.values if self.shares else {name: to_numpy(value).copy() for name, value in self.point.items()}

    @cached_property
    def point(self) -> dict[str, Tensor]:
        """All inputs by name, without graphs."""
        return {name: self.tensor(value) for name, value in self.task.values.items()}

    def leaves(self) -> dict[str, Tensor]:
        """All inputs; those of the variables require grad, and those of derivatives inside the expression."""
        inputs = dict(self.point)
        for name in {*self.task.wrt, *self.task.program.differentiated} & inputs.keys():
            inputs[name] = inputs[name].detach().requires_grad_()
        return inputs

    def forward(self, inputs: Mapping[str, Tensor], watch: Any = None) -> Tensor:  # Any: see program.run
        """The function's value as a tensor of floats."""
        result = run(self.task.program, self.arithmetic, dict(inputs), watch=watch)
        output = result if isinstance(result, Tensor) else torch.tensor(float(result))
        return output if output.is_floating_point() else output.to(DTYPES[self.dtype])

    def run(self) -> Run:
        """One forward run from new leaves."""
        inputs = self.leaves()
        return Run([inputs[name] for name in self.task.wrt], inputs, self.forward(inputs))

    def value(self) -> FloatArray:
        """The function's value."""
        with self.guarded():
            return self.given_out(self.run().output)

    def given_out(self, tensor: Tensor) -> FloatArray:
        """The numbers for a caller who may write to them: those of an input, and of a vector, are his own already."""
        theirs = self.shares and _address(tensor) in self.taken
        return to_numpy(tensor.clone() if theirs else tensor)

    def constants(self) -> tuple[dict[int, Numbers], FloatArray]:
        """The values of ``known_steps``, and the function's."""
        wanted = known_steps(self.task.program, self.task.wrt)
        known: dict[int, Numbers] = {}

        def watch(index: int, value: Any) -> None:  # Any: a tensor or a Python number
            if index in wanted:
                known[index] = _numbers(value)

        with self.guarded(), torch.no_grad():
            return known, self.given_out(self.forward(self.point, watch))

    # -- derivatives; each returns the arrays, and last the function's value

    def gradient(self, cotangent: FloatArray | None = None, order: int = 1) -> list[FloatArray | None]:
        """Gradient, or v^T J with a cotangent; ``order`` > 1 repeats it in each (scalar) variable."""
        with self.guarded():
            if cotangent is None and order == 1 and self.tiling is not None:
                return self.added_up(self.tiling, lambda tile, _: self.at(tile).whole_gradient(None, 1))
            return self.whole_gradient(cotangent, order)

    def whole_gradient(self, cotangent: FloatArray | None, order: int) -> list[FloatArray | None]:
        """The same in one graph."""
        made = self.run()
        weight = None if cotangent is None else self.tensor(cotangent)
        if order == 1:
            parts = passes.gradient(made.output, made.leaves, weight)
        else:
            parts = [passes.nth_derivative(made.output, leaf, order, weight) for leaf in made.leaves]
        return [*(None if part is None else self.given_out(part) for part in parts), self.given_out(made.output)]

    def jacobian(self, mode: str = "auto") -> list[FloatArray]:
        """Output axes, then input axes, for each variable."""
        with self.guarded():
            made = self.run()
            inputs = sum(leaf.numel() for leaf in made.leaves)
            nested = bool(self.task.program.differentiated)
            tall = mode == "auto" and made.output.numel() > 4 * inputs and not nested
            small = self.plain and inputs >= passes.FEW and made.output.numel() * inputs < SPREAD
            batch = passes.batch_of_rows(made.output, made.leaves, self.widest) if tall and small else None
            if batch is not None:
                parts = batch
            elif mode == "forward" or tall:
                parts = self.forward_mode(made, strict=mode == "forward")
            else:
                parts = self.reverse_mode(made, free=mode == "auto")
            return [*map(self.given_out, parts), self.given_out(made.output)]

    def jacobian_in_blocks(self, rows: int) -> Iterator[list[FloatArray]]:
        """First the function's value, alone; then so many rows of the Jacobian at a time, of all variables, by reverse
        mode: ``(rows, *variable's shape)``."""
        with self.guarded():
            made = self.run()
            yield [self.given_out(made.output)]
            for start in range(0, made.output.numel(), rows):
                stop = min(start + rows, made.output.numel())
                yield [*map(to_numpy, passes.rows_of_jacobian(made.output, made.leaves, start, stop))]

    def forward_mode(self, made: Run, *, strict: bool) -> list[Tensor]:
        """The Jacobian by columns; where torch has no forward mode for a step, by rows.

        Errors: ExpressionError (kind mode) for a derivative in the expression, and where ``strict`` in place of rows.
        """
        if self.task.program.differentiated:
            hint = option("mode", "reverse")
            raise ExpressionError(
                "forward mode does not go through a derivative in the expression", hint=hint, kind="mode"
            )
        try:
            return passes.jacobian_forward(self.as_function(made), made.leaves, made.output, self.widest)
        except (NotImplementedError, RuntimeError) as error:
            if is_lost(error) or lacks_memory(error):
                raise
            if strict:
                raise ExpressionError(
                    f"torch has no forward mode for this: {str(error).splitlines()[0]}",
                    hint=option("mode", "reverse"),
                    kind="mode",
                ) from None
            return passes.jacobian_reverse(made.output, made.leaves, self.widest)

    def reverse_mode(self, made: Run, *, free: bool) -> list[Tensor]:
        """The numbers of reverse mode; ``free``: by fewer passes where these give the same."""
        parts = self.by_fewer_passes(made) if free and self.plain else None
        return passes.jacobian_reverse(made.output, made.leaves, self.widest) if parts is None else parts

    def by_fewer_passes(self, made: Run) -> list[Tensor] | None:
        """The Jacobian by colours of its pattern, or column by column; None where neither is certain to pay."""
        widths, rows = [leaf.numel() for leaf in made.leaves], made.output.numel()
        if rows * sum(widths) >= FOLLOWED:
            structure = self.structure(1)
            patterns = [p for name in self.task.wrt if (p := structure.jacobian(name)) is not None]
            known = len(patterns) == len(widths)
            colour = grouped_blocks(patterns, widths, rows, passes.MAX_COLOURS) if known else None
            parts = None
            if colour is not None:
                parts = passes.jacobian_by_pattern(made.output, made.leaves, patterns, colour)
            if parts is not None:
                return parts
        if rows <= sum(widths) or rows * sum(widths) < SPREAD or not passes.finite_reverse(made.output, made.leaves):
            return None
        function = self.as_function(made)
        return passes.attempted(lambda: passes.jacobian_forward(function, made.leaves, made.output, self.widest))

    @cached_property
    def tiling(self) -> Tiling | None:
        """The function in tiles of rows, where it is a sum over so many that these pay: in the arrays of a caller, and
        on another device, whose memory may hold no more."""
        task, wide = self.task, None if self.device == CPU else ELSEWHERE
        if self.device == CPU and not self.shares:
            return None
        return tiling_of(task.program, task.shapes, task.values, wide)

    def added_up(
        self, tiling: Tiling, derive: Derive, tangents: Mapping[str, FloatArray] | None = None
    ) -> list[FloatArray | None]:
        return added_up(self.task, tiling, derive, tangents, self.device)

    def at(self, task: Task) -> Torch:
        """The same for another task."""
        return Torch(task, self.dtype, self.device)

    @property
    def plain(self) -> bool:
        """Is the program the function itself, without derivatives inside?"""
        return not self.task.program.differentiated

    @cached_property
    def widest(self) -> int:
        """The entries of the largest step that depends on a variable."""
        moving = moving_steps(self.task.program, self.task.wrt)
        return max([1, *(size(self.task.shapes[k]) for k in moving)])

    def structure(self, order: int) -> Structure:
        """Where the derivatives of first or second order may differ from zero."""
        shapes = {name: value.shape for name, value in self.task.values.items()}
        return structure_of(self.task.program, shapes, self.task.wrt, order, self.constants()[0])

    def as_function(self, made: Run) -> passes.Function:
        """The output as a function of the leaves, the other inputs fixed."""

        def function(leaves: Sequence[Tensor]) -> Tensor:
            return self.forward({**made.inputs, **dict(zip(self.task.wrt, leaves, strict=True))})

        return function

    def jvp(self, tangents: Mapping[str, FloatArray]) -> list[FloatArray]:
        """``J v``, of the output's shape."""
        with self.guarded():
            made = self.run()
            vectors = [self.tensor(tangents[name]) if name in tangents else None for name in self.task.wrt]
            if self.task.program.differentiated:  # dual numbers do not go through a graph that is made on the way
                parts = zip(made.leaves, vectors, strict=True)
                along = sum((operators.jvp(made.output, x, v) for x, v in parts if v is not None), torch.zeros(()))
            else:
                along = passes.jvp(self.as_function(made), made.leaves, vectors)
            return [self.given_out(along), self.given_out(made.output)]

    def hessian(self) -> list[FloatArray]:
        """The blocks row by row, each of shape ``row shape + column shape``."""
        with self.guarded():
            made = self.run()
            followed = self.plain and sum(leaf.numel() for leaf in made.leaves) ** 2 >= FOLLOWED
            known = self.structure(2).hessian_blocks() if followed else None
            blocks = passes.hessian(made.output.reshape(()), made.leaves, self.widest, known)
            return [*(self.given_out(block) for row in blocks for block in row), self.given_out(made.output)]

    def hvp(self, tangents: Mapping[str, FloatArray]) -> list[FloatArray]:
        """``H v``, one array for each variable."""
        with self.guarded():
            if self.tiling is not None:
                found = self.added_up(self.tiling, lambda tile, along: self.at(tile).whole_hvp(along), tangents)
                return [part for part in found if part is not None]  # no tile lacks one
            return self.whole_hvp(tangents)

    def whole_hvp(self, tangents: Mapping[str, FloatArray]) -> list[FloatArray]:
        """The same in one graph."""
        made = self.run()
        vectors = [self.tensor(tangents[name]) if name in tangents else None for name in self.task.wrt]
        parts = passes.hvp(made.output.reshape(()), made.leaves, vectors)
        return [*map(self.given_out, parts), self.given_out(made.output)]

    def nonscalar_error(self) -> str:
        """torch's own message for the gradient of a non-scalar, provoked."""
        with self.guarded():
            made = self.run()
            return passes.quote_nonscalar_error(made.output, made.leaves)

    def tape(self, cotangent: FloatArray | None) -> list[TapeEntry]:
        """Each step's value, the node that autograd recorded for it, and its adjoint."""
        values: list[Any] = []  # Any: tensors and Python numbers
        with self.guarded():
            inputs = self.leaves()
            output = self.forward(inputs, watch=lambda _, value: values.append(value))
            nodes = [v for v in values if isinstance(v, Tensor) and v.requires_grad]
            weight = None if cotangent is None else self.tensor(cotangent)
            adjoints = dict(zip(map(id, nodes), passes.adjoints(output, nodes, weight), strict=True)) if nodes else {}
            return [_entry(value, adjoints.get(id(value))) for value in values]

    def guarded(self) -> Any:  # Any: a context manager
        """A session whose errors are those of ``Guarded``."""
        return Guarded(self.dtype, self.device)


def _address(tensor: Tensor) -> int | None:
    """Of its memory; None for the zeros that torch keeps without any."""
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError:
        return None


def to_numpy(tensor: Tensor) -> FloatArray:
    """The numbers in float64, of the tensor's shape; views where they are float64 on the processor already."""
    return np.asarray(tensor.detach().to("cpu", torch.float64).numpy(force=True), dtype=np.float64)
