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

NO_WORD = "none: the slope in it is no function of the language; torch and balls have it by themselves"
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


def inverse(name: str, family: str, forward: str) -> Callable[..., Any]:
    """The last operand of a function of ``certain/``, from the parameters and its value: slopes are those of the
    function there, as ``F(parameters, x) = value``."""

    def meaning(t: Any, *operands: Any) -> Any:
        def slope(k: int) -> Callable[..., Any]:
            return lambda *operands: _implicit(t, family, forward, k, (*operands[:-1], meaning(t, *operands)))

        slopes = [slope(k) for k in range(len(operands))]
        return with_slopes(t, lambda *x: _rounded(t, _solved(name), name, x), slopes, *t.broadcast_tensors(*operands))

    return meaning


def _implicit(t: Any, family: str, forward: str, k: int, at: Any) -> Any:
    """How x moves with the value, the last one, or with a parameter."""
    last = len(at) - 1
    orders = [tuple(int(i == j) for i in range(len(at))) for j in (last, k)]
    steep = derived(t, family, forward, orders[0], at)
    return 1 / steep if k == last else -derived(t, family, forward, orders[1], at) / steep


@cache
def _solved(name: str) -> Callable[..., Any]:
    from gradcli.operations.certain.inverse import INVERSES, solved

    inverse = INVERSES[name]

    def enclosed(point: Any) -> Any:
        if inverse.beyond(point):
            raise LimitError(f"{name} of parameters beyond {inverse.largest:g}", kind="unchecked")
        return solved(inverse, point)

    return enclosed


def _entries(t: Any, family: str, name: str, orders: tuple[int, ...], operands: Any) -> Any:
    return _rounded(t, _enclosed(family, name, orders), name, operands)


def _rounded(t: Any, enclosed: Callable[..., Any], name: str, operands: Any) -> Any:
    from gradcli.operations.certain.rounded import rounded

    first = operands[0]
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
