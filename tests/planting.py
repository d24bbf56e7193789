"""Planted faults: torch meanings with slopes of one's own. The fixture ``plant`` puts them into rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Plant = Callable[..., None]


def bent(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:  # Any: torch's meaning
    """A torch meaning with the right value and a slope of one's own: ``backward(cotangent, x)``."""

    class Bent(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:  # Any: torch's context
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx: Any, cotangent: torch.Tensor) -> torch.Tensor:  # Any: torch's context
            return backward(cotangent, *ctx.saved_tensors)

    return lambda t, x: Bent.apply(x)
