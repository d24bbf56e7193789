"""The functions of ``operations/certain`` in balls: their slopes by formulas where there are some, else by Cauchy's
formula; of those the derivatives likewise, to every order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import unmoved, whole
from gradcli.operations.certain.analytic import Analytic, Orders, derivative
from gradcli.operations.certain.families import FAMILIES

# Any, in this module: Scalars

Slope = Callable[..., Any]  # of the operands and, last, of the value


def _enclosed(function: Analytic, orders: Orders, point: tuple[arb, ...]) -> arb | Undefined:
    """At the end of the domain there is a value, and no slope towards it."""
    ended = bool(orders[function.ends]) and function.inside(*point) is False
    found = None if ended else derivative(function, orders, point)
    return Undefined(f"{function.name} at an end of its domain, or outside of it") if found is None else found


def _stands_at_end(function: Analytic, point: tuple[arb, ...]) -> bool:
    return function.inside(*point) is False


@cache
def _raised(function: Analytic) -> Function:
    """Its derivatives, of orders that stand before the operands."""
    count = len(function.limits)

    def enclose(*operands: arb) -> arb | Undefined:
        return _enclosed(function, tuple(map(whole, operands[:count])), operands[count:])

    def slope(k: int) -> Slope:
        return lambda *known: _by_cauchy(function, _orders(known[:count], k), known[count:-1])

    slopes = (*[unmoved] * count, *map(slope, range(count)))
    return Function(f"a slope of {function.name}", slopes, enclose)


def _orders(orders: tuple[Any, ...], k: int) -> Orders:
    return tuple(whole(order.value) + (i == k) for i, order in enumerate(orders))


def _by_cauchy(function: Analytic, orders: Orders, operands: tuple[Any, ...]) -> Any:
    return _raised(function)(*orders, *operands)


def _slope(function: Analytic, k: int, formula: Slope | None) -> Slope:
    """By the formula; where that divides by 0, or tells too little, by Cauchy's."""
    orders = tuple(int(i == k) for i in range(len(function.limits)))

    def slope(*known: Any) -> Any:
        found = None if formula is None else formula(*known)
        told = found is not None and (type(found) is not Ball or found.value.is_finite())
        return found if told and type(found) is not Undefined else _by_cauchy(function, orders, known[:-1])

    return slope


def in_balls(function: Analytic, formulas: Mapping[int, Slope]) -> Function:
    """A function of balls. formulas: slopes by the number of the operand."""
    count = len(function.limits)
    return Function(
        function.name,
        tuple(_slope(function, k, formulas.get(k)) for k in range(count)),
        lambda *point: _enclosed(function, (0,) * count, point),
        stands_on_jump=lambda *point: _stands_at_end(function, point),
    )


FORMULAS: dict[str, dict[int, Slope]] = {}

NAMED = {
    name: in_balls(function, FORMULAS.get(name, {}))
    for family in FAMILIES.values()
    for name, function in family.items()
}
