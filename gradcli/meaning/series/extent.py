"""How far series are computed, set around a computation: powers of the step, derivatives of coefficients, and work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

from gradcli.base.errors import LimitError

Value = TypeVar("Value")

OPERATION = 4  # units of a sum or a product, beside those of the products of terms

_LENGTH: ContextVar[int] = ContextVar("length", default=4)
_DERIVATIVES: ContextVar[int] = ContextVar("derivatives", default=1)
_SPEND: ContextVar[Callable[[float], bool] | None] = ContextVar("spend", default=None)


@contextmanager
def _set(variable: ContextVar[Value], value: Value) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def length(terms: int) -> AbstractContextManager[None]:
    """How many powers of t are kept from the first one on; an exact sum may be shorter."""
    return _set(_LENGTH, terms)


def kept() -> int:
    return _LENGTH.get()


def derivatives(further: int) -> AbstractContextManager[None]:
    """So many more derivatives are taken of the coefficients, beside the one that whoever made the series may take."""
    return _set(_DERIVATIVES, derivatives_taken() + further)


def derivatives_taken() -> int:
    """How many derivatives are taken of the coefficients."""
    return _DERIVATIVES.get()


def counted(spend: Callable[[float], bool]) -> AbstractContextManager[None]:
    """Sums and products are paid for in units of reference.work. Errors: LimitError where ``spend`` says no."""
    return _set(_SPEND, spend)


def pay(products: int) -> None:
    """For an operation that multiplies so many pairs of terms. Errors: LimitError."""
    spend = _SPEND.get()
    if spend is not None and not spend(OPERATION + products):
        raise LimitError("looking at both sides of it takes too many operations", kind="unchecked")
