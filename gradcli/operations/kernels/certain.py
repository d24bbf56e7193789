"""Functions that neither torch nor a short computation has, entry by entry through FLINT; ``t`` is torch.

The entries go to the processor, each is rounded from an enclosure that is as narrow as it takes, and they go back to
the device. Slopes of every order are such functions too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.operations.kernels.primitive import with_slopes

FROM_FLINT = "Value and slopes come from FLINT, entry by entry, as the balls that they are held against do."

# Any: torch, or a float64 tensor, throughout this room.


def certain(family: str, name: str) -> Callable[..., Any]:
    """A function of ``certain/``: its file and its name there."""

    def meaning(t: Any, *operands: Any) -> Any:
        return derived(t, family, name, (0,) * len(operands), t.broadcast_tensors(*operands))

    return meaning


def derived(t: Any, family: str, name: str, orders: tuple[int, ...], operands: Any) -> Any:
    """Its derivative of these orders, one for each operand."""

    def slope(k: int) -> Callable[..., Any]:
        raised = (*orders[:k], orders[k] + 1, *orders[k + 1 :])
        return lambda *operands: derived(t, family, name, raised, operands)

    slopes = [slope(k) for k in range(len(orders))]
    return with_slopes(t, lambda *operands: _entries(t, family, name, orders, operands), slopes, *operands)


def _entries(t: Any, family: str, name: str, orders: tuple[int, ...], operands: Any) -> Any:
    from gradcli.operations.certain.rounded import rounded

    first, enclosed = operands[0], _enclosed(family, name, orders)
    columns = [x.detach().reshape(-1).tolist() for x in operands]
    numbers = [rounded(enclosed, name, point) for point in zip(*columns, strict=True)]
    return t.tensor(numbers, dtype=first.dtype, device=first.device).reshape(first.shape)


@cache
def _enclosed(family: str, name: str, orders: tuple[int, ...]) -> Callable[..., Any]:
    """Of a point, the enclosure of the derivative. Errors: LimitError for operands beyond the function's limits."""
    from gradcli.operations.certain.analytic import derivative
    from gradcli.operations.certain.families import FAMILIES

    function = FAMILIES[family][name]

    def enclosed(point: Any) -> Any:
        found = derivative(function, orders, point)
        if found is not None and found.is_nan() and function.beyond(point):
            limits = ", ".join(f"{limit:g}" for limit in function.limits)
            raise LimitError(f"{name} of numbers beyond {limits}", kind="unchecked")
        return found

    return enclosed
