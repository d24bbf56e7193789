"""What a library asks of operands where the operation that stands for its call takes more: a check for such calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gradcli.operations.shape_rules import Shape, ShapeMismatch
from gradcli.operations.spelling import Operands

Check = Callable[[Operands], None]

_RANKS = {1: "a vector", 2: "a matrix", 3: "an array of three axes"}


def of_ranks(hint: str = "", **ranks: int) -> Check:
    """Each operand with so many axes, ``of_ranks(input=2, vec=1)``."""

    def check(given: Operands) -> None:
        for name, rank in ranks.items():
            if len(given[name]) != rank:
                raise ShapeMismatch(f"{name} to be {_RANKS[rank]}", hint=hint or None)

    return check


def of_one_rank(given: Operands) -> None:
    """Of two operands."""
    if len({len(shape) for shape in _shapes(given).values()}) > 1:
        raise ShapeMismatch("operands with equally many axes", hint="x[None] gives x one more in front")


def rows_of_one_length(given: Operands) -> None:
    """Of matrices: torch does not repeat a column."""
    shapes = list(_shapes(given).values())
    if any(len(shape) < 2 for shape in shapes) or len({shape[-1] == 1 for shape in shapes}) > 1:
        raise ShapeMismatch("matrices with equally many columns", hint="x[None] makes a matrix of a vector")


def in_batches(hint: str = "", **ranks: int) -> Check:
    """As ``of_ranks``, and as many matrices in each: torch does not repeat one of them."""
    of_their_ranks = of_ranks(hint, **ranks)

    def check(given: Operands) -> None:
        of_their_ranks(given)
        if len({given[name][0] == 1 for name in ranks}) > 1:  # other sizes do not broadcast either
            raise ShapeMismatch("as many matrices in each", hint=hint or None)

    return check


def adding_to(product: Callable[[Operands], Shape], first: Check) -> Check:
    """The input has to broadcast to the product's shape, and may not be the larger of both."""

    def check(given: Operands) -> None:
        first(given)
        into, shape = product(given), given["input"]
        axes = zip(reversed(shape), reversed(into), strict=False)
        if len(shape) > len(into) or any(n != 1 == m for n, m in axes):
            raise ShapeMismatch("an input that broadcasts to the product's shape")

    return check


def bounds_of_one_kind(given: Operands) -> None:
    """Two numbers, or two arrays; None for one of them. The name of a number may stand for either."""
    bounds = [bound for name in ("min", "max") if (bound := given[name]) is not None]
    if not bounds:
        raise ShapeMismatch("min, max or both")
    numbers = [bound for bound in bounds if not isinstance(bound, tuple)]
    if numbers and any(bound for bound in bounds if isinstance(bound, tuple)):
        hint = "clamp_min(clamp_max(x, max), min) takes one of each"
        raise ShapeMismatch("min and max to be two numbers or two arrays", hint=hint)


def _shapes(given: Operands) -> Mapping[str, Shape]:
    return {name: found for name, found in given.items() if isinstance(found, tuple)}
