"""Derivatives inside expressions, on tensors of one graph, so that they can be differentiated again.

Each function is named as its row in ``operations/rows/derivative.py``. The module needs torch alone: ``explain`` prints
its functions as part of the PyTorch program. Where f does not depend on x, or torch's graph has lost it because it is
constant, the derivative is the true zero and not torch's error.
"""

from __future__ import annotations

import torch
from torch import Tensor


def grad(f: Tensor, x: Tensor, v: Tensor | None = None) -> Tensor:
    """v^T J, of x's shape; a scalar f needs no v."""
    if not f.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(f, x, v, create_graph=True, materialize_grads=True)[0]


def vjp(f: Tensor, x: Tensor, v: Tensor) -> Tensor:
    """v^T J, of x's shape."""
    return grad(f, x, v)


def jvp(f: Tensor, x: Tensor, v: Tensor) -> Tensor:
    """J v, of f's shape: the derivative of u^T J in u, along v."""
    u = torch.zeros_like(f, requires_grad=True)
    return grad(grad(f, x, u), u, v)


def hvp(f: Tensor, x: Tensor, v: Tensor) -> Tensor:
    """H v for a scalar f, of x's shape."""
    return grad(grad(f, x), x, v)


def jacobian(f: Tensor, x: Tensor) -> Tensor:
    """The axes of f, then those of x: one backward pass for each entry of f."""
    rows = [grad(entry, x) for entry in f.reshape(-1)]
    return torch.stack(rows).reshape(f.shape + x.shape) if rows else x.new_zeros(f.shape + x.shape)


def hessian(f: Tensor, x: Tensor) -> Tensor:
    """Second derivatives of a scalar f, of shape ``x.shape + x.shape``."""
    return jacobian(grad(f, x), x)


def diff(f: Tensor, *variables: Tensor) -> Tensor:
    """Derivatives in scalar variables, one after another; entry by entry in a variable of f's shape."""
    for x in variables:
        f = jacobian(f, x) if x.ndim == 0 else grad(f.sum(), x)
    return f


def laplacian(f: Tensor, *variables: Tensor) -> Tensor:
    """The sum of the second derivatives in every entry of the variables, of f's shape."""
    total = torch.zeros_like(f)
    for x in variables:
        second = jacobian(jacobian(f, x), x).reshape(*f.shape, x.numel(), x.numel())
        total = total + second.diagonal(dim1=-2, dim2=-1).sum(-1)
    return total


def divergence(f: Tensor, x: Tensor) -> Tensor:
    """The trace of the Jacobian of a vector field."""
    return jacobian(f, x).trace()


def curl(f: Tensor, x: Tensor) -> Tensor:
    """``[J[2,1] - J[1,2], J[0,2] - J[2,0], J[1,0] - J[0,1]]``; for fields in the plane the last of these alone."""
    j = jacobian(f, x)
    if len(j) == 2:
        return j[1, 0] - j[0, 1]
    return torch.stack([j[2, 1] - j[1, 2], j[0, 2] - j[2, 0], j[1, 0] - j[0, 1]])
