"""A value with its slopes, where autograd through the computation would lose digits; ``t`` is torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

# Any: torch, or a float64 tensor, throughout this room.


def with_slopes(t: Any, value: Callable[..., Any], slopes: Sequence[Callable[..., Any]], *inputs: Any) -> Any:
    """``value(*inputs)`` whose derivative in each input is its slope there, which autograd differentiates in turn.

    All inputs have one shape, which is also the value's and the slopes'.
    """
    return _function(t).apply(value, tuple(slopes), *inputs)


def slope_of(t: Any, function: Callable[[Any], Any], x: Any) -> Any:
    """The slope of a computation that acts entry by entry, by torch's own rules, to be differentiated in turn."""
    ones = t.ones_like(x)
    try:
        return t.func.vjp(function, x)[1](ones)[0]
    except RuntimeError:  # torch.func works under vmap, but not where hooks watch what is saved; there the tape does
        return t.autograd.functional.vjp(function, x, ones, create_graph=t.is_grad_enabled())[1]


@cache
def _function(t: Any) -> Any:
    class WithSlopes(t.autograd.Function):  # type: ignore[misc]  # Any: torch is handed in
        """torch's protocol of a function with a backward pass of its own."""

        @staticmethod
        def forward(value: Any, _slopes: Any, *inputs: Any) -> Any:
            return value(*inputs)

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: Any) -> None:
            _, ctx.slopes, *tensors = inputs
            ctx.save_for_backward(*tensors)
            ctx.save_for_forward(*tensors)

        @staticmethod
        def backward(ctx: Any, cotangent: Any) -> tuple[Any, ...]:
            wanted = zip(ctx.slopes, ctx.needs_input_grad[2:], strict=True)
            return None, None, *(cotangent * f(*ctx.saved_tensors) if needed else None for f, needed in wanted)

        @staticmethod
        def jvp(ctx: Any, _value: None, _slopes: None, *tangents: Any) -> Any:
            parts = [v * f(*ctx.saved_tensors) for f, v in zip(ctx.slopes, tangents, strict=True) if v is not None]
            return sum(parts[1:], parts[0])

        @staticmethod
        def vmap(info: Any, in_dims: tuple[Any, ...], value: Any, slopes: Any, *inputs: Any) -> tuple[Any, int]:
            """A batch is one more axis in front: the function acts entry by entry."""
            size = (info.batch_size,)
            batched = [
                x.expand(size + x.shape) if dim is None else x.movedim(dim, 0)
                for x, dim in zip(inputs, in_dims[2:], strict=True)
            ]
            return WithSlopes.apply(value, slopes, *batched), 0

    return WithSlopes
