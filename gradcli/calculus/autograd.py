"""Derivatives by torch.autograd: with ``operators.py`` the only callers of ``torch.autograd.grad``.

A ``Function`` here is any callable from a list of input tensors to one output tensor; inputs require grad. Jacobian
axes are output axes, then input axes. An input that the output does not depend on has derivative None, as in torch;
a derivative that torch's graph has lost because it is constant (floor, a linear function's second derivative) is the
true zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.autograd import forward_ad

Function = Callable[[Sequence[Tensor]], Tensor]

_make_dual: Callable[[Tensor, Tensor], Tensor] = forward_ad.make_dual
_unpack_dual: Callable[[Tensor], tuple[Tensor, Tensor | None]] = forward_ad.unpack_dual


def gradient(
    output: Tensor, inputs: Sequence[Tensor], cotangent: Tensor | None = None, *, create_graph: bool = False, retain_graph: bool | None = None
) -> list[Tensor | None]:  # fmt: skip
    """``d output / d input`` for each input; with a cotangent v of the output's shape, ``v^T J`` (vjp).

    Errors: torch's RuntimeError "grad can be implicitly created only for scalar outputs" where the output has several
    entries and there is no cotangent.
    """
    if not output.requires_grad:
        if cotangent is None and output.numel() != 1:
            output = (
                output + sum(x.sum() for x in inputs) * 0
            )  # torch's own error for a non-scalar, whatever it depends on
        else:
            return [None] * len(inputs)
    return list(
        torch.autograd.grad(
            output, list(inputs), cotangent, create_graph=create_graph, retain_graph=retain_graph, allow_unused=True
        )
    )


def nth_derivative(output: Tensor, x: Tensor, order: int, cotangent: Tensor | None = None) -> Tensor | None:
    """The derivative of ``output`` repeated ``order`` times in the scalar ``x``; None if it never depended on x."""
    current: Tensor | None = output
    for n in range(order):
        if current is None:
            return torch.zeros_like(x) if n > 1 else None
        (current,) = gradient(
            current, [x], cotangent if n == 0 else None, create_graph=n + 1 < order, retain_graph=True
        )
    if current is None and order > 1:
        return torch.zeros_like(x)
    return current


def _zeros_where_none(parts: Sequence[Tensor | None], inputs: Sequence[Tensor]) -> list[Tensor]:
    return [torch.zeros_like(x) if part is None else part for part, x in zip(parts, inputs, strict=True)]


def jacobian_reverse(output: Tensor, inputs: Sequence[Tensor], *, create_graph: bool = False) -> list[Tensor]:
    """One backward pass per output entry, by basis vectors: ``output.shape + input.shape`` for each input."""
    flat = output.reshape(-1)
    rows = [
        _zeros_where_none(gradient(flat[i], inputs, create_graph=create_graph, retain_graph=True), inputs)
        for i in range(flat.numel())
    ]
    return [
        torch.stack([row[k] for row in rows]).reshape(output.shape + x.shape)
        if rows
        else x.new_zeros(output.shape + x.shape)
        for k, x in enumerate(inputs)
    ]


def jvp(function: Function, inputs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> Tensor:
    """``J v`` in one forward pass with dual numbers; None stands for a tangent of zeros. Shape of the output."""
    with forward_ad.dual_level():
        duals = [x.detach() if v is None else _make_dual(x.detach(), v) for x, v in zip(inputs, tangents, strict=True)]
        output = function(duals)
        primal, tangent = _unpack_dual(output)
    return torch.zeros_like(primal) if tangent is None else tangent


def jacobian_forward(function: Function, inputs: Sequence[Tensor], output: Tensor) -> list[Tensor]:
    """One forward pass per input entry: ``output.shape + input.shape`` for each input."""
    result = []
    for k, x in enumerate(inputs):
        columns = []
        for i in range(x.numel()):
            basis = torch.zeros_like(x).reshape(-1)
            basis[i] = 1
            tangents = [basis.reshape(x.shape) if j == k else None for j in range(len(inputs))]
            columns.append(jvp(function, inputs, tangents))
        stacked = torch.stack(columns, -1) if columns else output.new_zeros((*output.shape, 0))
        result.append(stacked.reshape(output.shape + x.shape).detach())
    return result


def hessian(output: Tensor, inputs: Sequence[Tensor]) -> list[list[Tensor]]:
    """Blocks ``d2 output / d inputs[i] d inputs[j]`` of shape ``inputs[i].shape + inputs[j].shape``; output scalar."""
    first = gradient(output, inputs, create_graph=True)
    return [jacobian_reverse(part, inputs) for part in _zeros_where_none(first, inputs)]


def hvp(output: Tensor, inputs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> list[Tensor]:
    """``H v`` by a backward pass through ``v . gradient``: the Hessian is never formed."""
    first = _zeros_where_none(gradient(output, inputs, create_graph=True), inputs)
    along = sum(
        ((part * v).sum() for part, v in zip(first, tangents, strict=True) if v is not None), output.new_zeros(())
    )
    return _zeros_where_none(gradient(along, inputs), inputs)


def adjoints(output: Tensor, nodes: Sequence[Tensor], cotangent: Tensor | None = None) -> list[Tensor | None]:
    """``d output / d node`` for intermediate tensors of the graph: what the backward pass carries."""
    return gradient(output, nodes, cotangent, retain_graph=True)


def quote_nonscalar_error(output: Tensor, inputs: Sequence[Tensor]) -> str:
    """torch's own words when asked for the gradient of a non-scalar, provoked here and now."""
    try:
        gradient(output, inputs, retain_graph=True)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("torch gave a gradient of a non-scalar")
