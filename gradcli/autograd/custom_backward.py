"""Functions that torch lacks, or lacks the slope of: the row's value with the row's rule as its backward pass.

The value is computed in float64 whatever the dtype. The rule is a text in gradcli's language; it runs in the same
arithmetic as the program, so that it can be differentiated again, to any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from gradcli.meaning.program import Arithmetic, run
from gradcli.meaning.rules import rule_program
from gradcli.meaning.torch_meaning import plain_constant, torch_meaning
from gradcli.operations.row import Op


def apply(op: Op, tensors: Sequence[Tensor | None], constants: tuple[Any, ...], arithmetic: Arithmetic[Any]) -> Tensor:
    """The value of a row that is our ``own``, of the arguments' common shape, with a graph behind it.

    constants: see nodes.Static (Any)
    """
    call = _Call(op, constants, arithmetic)
    if not op.backward:
        return call.value(tensors)
    present = torch.broadcast_tensors(*(x for x in tensors if x is not None))  # type: ignore[no-untyped-call]  # torch's
    return CustomBackward.apply(call, *present)  # type: ignore[no-untyped-call,no-any-return]  # torch's


@dataclass(frozen=True, slots=True)
class _Call:
    op: Op
    constants: tuple[Any, ...]  # Any: see nodes.Static
    arithmetic: Arithmetic[Any]

    def value(self, tensors: Sequence[Tensor | None]) -> Tensor:
        dtype = reduce(torch.promote_types, (x.dtype for x in tensors if x is not None))
        doubles = [None if x is None else x.double() for x in tensors]
        result: Tensor = torch_meaning(self.op)(torch, *doubles, *map(plain_constant, self.constants))
        return result.to(dtype)

    def pulled(self, k: int, tensors: Sequence[Tensor], cotangent: Tensor) -> Tensor:
        """The cotangent of the k-th argument, by the row's rule."""
        shape = tuple(cotangent.shape)
        program = rule_program(self.op, k, self.constants, [shape] * len(tensors), shape)
        names = (param.name for param in self.op.tensors)
        values = dict(zip(names, tensors, strict=True)) | {"g": cotangent}
        if "out" in program.names:
            values["out"] = CustomBackward.apply(self, *tensors)  # type: ignore[no-untyped-call]  # torch's
        result = run(program, self.arithmetic, values)
        return torch.as_tensor(result, dtype=cotangent.dtype, device=cotangent.device).expand_as(cotangent)


class CustomBackward(torch.autograd.Function):
    """torch's protocol of a function with a backward pass of its own; all tensors have the same shape."""

    @staticmethod
    def forward(call: _Call, *tensors: Tensor) -> Tensor:
        return call.value(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Tensor) -> None:  # Any: torch's context
        ctx.call, *tensors = inputs
        ctx.save_for_backward(*tensors)
        ctx.save_for_forward(*tensors)

    @staticmethod
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:  # Any: as above
        tensors, wanted = ctx.saved_tensors, ctx.needs_input_grad[1:]
        return None, *(ctx.call.pulled(k, tensors, cotangent) if wanted[k] else None for k in range(len(tensors)))

    @staticmethod
    def jvp(ctx: Any, _call: None, *tangents: Tensor | None) -> Tensor:  # Any: as above
        parts = [ctx.call.pulled(k, ctx.saved_tensors, v) for k, v in enumerate(tangents) if v is not None]
        return torch.stack(parts).sum(0)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], call: _Call, *tensors: Tensor) -> tuple[Tensor, int]:
        """A batch is one more axis in front: the function acts entry by entry. Any: torch's own record."""
        size = (info.batch_size,)
        batched = [
            x.expand(size + x.shape) if dim is None else x.movedim(dim, 0)
            for x, dim in zip(tensors, in_dims[1:], strict=True)
        ]
        return CustomBackward.apply(call, *batched), 0  # type: ignore[no-untyped-call]  # torch's
