"""The arithmetic of torch tensors: the program as PyTorch runs it, on one device in one dtype."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from math import inf
from typing import Any

import torch

from gradcli.autograd import custom_backward
from gradcli.base.dtypes import DType
from gradcli.language.nodes import Tree
from gradcli.meaning.program import Program, Step, run
from gradcli.meaning.torch_meaning import Number, plain_constant, python_number, torch_meaning

TensorLike = torch.Tensor | Number

DTYPES: dict[str, torch.dtype] = {row.value: getattr(torch, row.value) for row in DType}


class TorchArithmetic:
    """Tensors and Python numbers; numbers become tensors where an operation takes no others.

    operators: the derivatives inside expressions, functions by the rows' names (``autograd.operators``)
    """

    def __init__(self, operators: Any = None) -> None:  # Any: a module
        self.operators = operators

    def number(self, tree: Tree) -> TensorLike:
        """A leaf of the tree as a Python number."""
        return python_number(tree)

    def apply(self, step: Step, arguments: list[TensorLike | None]) -> TensorLike:
        """The step's operation by the row's torch meaning. Errors: whatever torch raises."""
        op = step.op
        assert op is not None
        values = arguments
        if not (op.scalars and any(isinstance(value, torch.Tensor) for value in arguments)):
            values = [torch.tensor(float(value)) if isinstance(value, int | float) else value for value in arguments]
        if op.own:
            return custom_backward.apply(op, values, step.constants, self)  # type: ignore[arg-type]  # by now all are tensors
        return torch_meaning(op)(torch, *values, *map(plain_constant, step.constants))  # type: ignore[no-any-return]

    def derive(self, step: Step, arguments: list[TensorLike | None], _point: Mapping[str, TensorLike]) -> TensorLike:
        """A derivative inside the expression, by the operator of the row's name."""
        assert step.op is not None
        values = [torch.tensor(float(value)) if isinstance(value, int | float) else value for value in arguments]
        return getattr(self.operators, step.op.name)(*values)  # type: ignore[no-any-return]  # a tensor


def use_threads(number: int) -> None:
    """torch computes each operation with so many threads from here on; to set it anew is not free."""
    if torch.get_num_threads() != number:
        torch.set_num_threads(number)


@contextmanager
def session(dtype: str, device: str) -> Iterator[None]:
    """New tensors get this dtype (a key of DTYPES) and device inside; torch's defaults are put back afterwards."""
    before, place = torch.get_default_dtype(), torch.device(device)
    torch.set_default_dtype(DTYPES[dtype])
    try:
        with nullcontext() if torch.get_default_device() == place else place:  # to set a device slows each call
            yield
    finally:
        torch.set_default_dtype(before)


def evaluate(
    program: Program, values: Mapping[str, torch.Tensor], watch: Any = None, operators: Any = None
) -> torch.Tensor:  # Any: see run, and TorchArithmetic
    """The result as a tensor, inside a ``session``."""
    result = run(program, TorchArithmetic(operators), dict(values), watch=watch)
    return result if isinstance(result, torch.Tensor) else torch.tensor(float(result))


def _largest(x: torch.Tensor) -> torch.Tensor:
    return x.detach().abs().max() if x.numel() else x.new_zeros(())


class _NormNoise(torch.autograd.Function):
    """Errors relative to the largest entry: on the way there of x, on the way back of the adjoint."""

    @staticmethod
    def forward(x: torch.Tensor, ahead: torch.Tensor, _back: torch.Tensor) -> torch.Tensor:
        return x + _largest(x) * ahead

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, ...], _output: torch.Tensor) -> None:  # Any: as below
        _, _, ctx.back = inputs

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # Any: torch's context
        return gradient + _largest(gradient) * ctx.back, None, None

    @staticmethod
    def jvp(_ctx: Any, tangent: torch.Tensor, *_: object) -> torch.Tensor:  # Any: torch's context
        return tangent


class _Noise(torch.autograd.Function):
    """``x * forward`` on the way there, ``g * backward`` on the way back."""

    @staticmethod
    def forward(x: torch.Tensor, ahead: torch.Tensor, _back: torch.Tensor) -> torch.Tensor:
        return x * ahead

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, ...], _output: torch.Tensor) -> None:  # Any: as below
        _, ctx.ahead, ctx.back = inputs

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:  # Any: torch's context
        return gradient * ctx.back, None, None

    @staticmethod
    def jvp(ctx: Any, tangent: torch.Tensor, *_: object) -> torch.Tensor:  # Any: torch's context
        moved: torch.Tensor = tangent * ctx.ahead
        return moved


class NoisyArithmetic(TorchArithmetic):
    """Monte Carlo arithmetic: every operation is off by random rounding errors, forward and backward (Parker 1997).

    Results get an error forward; adjoints get one on every edge, so that a cancellation in the backward pass shows.
    The argument of a function of one variable is moved as well, and the entries of what is summed or multiplied as an
    array: that is the error of a backward-stable function. The spread of the results over a few runs is what rounding
    alone explains. ``unit`` is the rounding unit of the dtype;
    a row of worse ``accuracy`` gets that instead. ``towards_zero``: no error makes a number larger.
    """

    def __init__(
        self, unit: float, seed: int, operators: Any = None, *, towards_zero: bool = False
    ) -> None:  # as above
        super().__init__(operators)
        self.unit = unit
        self.rising = 0.0 if towards_zero else 1.0
        self.generator = torch.Generator().manual_seed(seed)

    def factor(self, unit: float, like: torch.Tensor) -> torch.Tensor:
        """``1 + e`` with e of one to three units, of either sign: two such errors seldom cancel."""
        drawn = torch.rand((2, *like.shape), generator=self.generator, device="cpu", dtype=torch.float64)
        signs = torch.where(drawn[0] < 0.5, -1.0, self.rising).to("cpu")
        return (1 + unit * signs * (1 + 2 * drawn[1])).to(
            device=like.device, dtype=torch.float64 if like.dtype == torch.float64 else torch.float32
        )

    def number(self, tree: Tree) -> TensorLike:
        """A leaf with an error; integers and infinities are exact."""
        value = python_number(tree)
        if isinstance(value, int) or value in (inf, -inf) or value != value:
            return value
        return float(value * self.factor(self.unit, torch.zeros((), dtype=torch.float64)))

    def noise(self, x: TensorLike | None, ahead: float, back: float) -> TensorLike | None:
        """``x`` with relative errors of so many units in every entry, ahead of its value and back of its adjoint."""
        if not isinstance(x, torch.Tensor) or not x.is_floating_point():
            return x
        noisy: torch.Tensor = _Noise.apply(x, self.factor(ahead, x), self.factor(back, x))  # type: ignore[no-untyped-call]  # torch's
        return noisy.to(x.dtype)

    def norm_noise(self, x: TensorLike | None, unit: float) -> TensorLike | None:
        """``x`` with errors in every entry that are relative to the largest one."""
        if not isinstance(x, torch.Tensor) or not x.is_floating_point():
            return x
        errors = ((self.factor(unit, x) - 1).to(x.dtype) for _ in range(2))
        noisy: torch.Tensor = _NormNoise.apply(x, *errors)  # type: ignore[no-untyped-call]  # torch's
        return noisy

    def derive(self, step: Step, arguments: list[TensorLike | None], point: Mapping[str, TensorLike]) -> TensorLike:
        """The same with an error of one unit, there and on the way back."""
        noisy = self.noise(super().derive(step, arguments, point), self.unit, self.unit)
        assert noisy is not None
        return noisy

    def apply(self, step: Step, arguments: list[TensorLike | None]) -> TensorLike:
        """The same with errors of the size that the row's fields say: see ``Op``."""
        op = step.op
        assert op is not None
        unit = max(self.unit, op.accuracy)
        summed = not op.elementwise and not op.moves
        inbound = unit if op.saturates or summed or (op.elementwise and len(arguments) == 1) else 0.0
        moved = [self.noise(x, inbound, unit) for x in arguments]
        if op.factorises:
            moved = [self.norm_noise(x, unit) for x in moved]
        # Which singular values are dropped is a decision that rounding can turn: the noise drops none.
        value = torch_meaning(op)(torch, *moved, rtol=0.0) if op.truncates else super().apply(step, moved)
        if op.saturates and isinstance(value, torch.Tensor):
            value = value + (self.factor(unit, value) - 1).to(value.dtype)
            x = moved[0]
            if isinstance(x, torch.Tensor) and x.is_floating_point():
                scale = x.detach() if op.cancels else torch.ones_like(x)
                still = (x - x.detach()) / torch.where(scale == 0, 1, scale)  # zero, but for its slope
                first, second = ((self.factor(unit, x) - 1).to(x.dtype) for _ in range(2))
                still = still * first + still * still * second / 2
                value = value + (still if still.shape == value.shape else still.sum())
        noisy = self.noise(value, unit, unit)
        assert noisy is not None
        return noisy
