"""Numbers with derivatives nested to any order, in mpmath, whose last digits are disturbed where they are rounded."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import MPContext

CONTEXT = MPContext()


class NoNumberError(Exception):
    """There is no number, or no derivative, here."""


class KinkError(NoNumberError):
    """A slope that is not the same on both sides was asked for; what it enters may have one all the same."""


class GivenUpError(Exception):
    """mpmath is not asked: the number has too many digits."""


class Noise:
    """Disturbs the last digits of what was rounded."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a test
        self.flat = False  # was 0 multiplied by a slope that there is not?

    def __call__(self, value: Any, exact: bool = False) -> Any:  # Any: mpmath's numbers
        value = _real(value)
        if not CONTEXT.isfinite(value):
            raise NoNumberError("not finite")
        if exact:
            return value
        return value * (1 + CONTEXT.ldexp(self.rng.randint(-(2**20), 2**20), 10 - CONTEXT.prec))


def short(x: Any) -> bool:
    return bool(x.man.bit_length() < CONTEXT.prec // 2)


def exactly_called(name: str, xs: Sequence[Any], value: Any) -> bool:
    """Is a function's value no rounded one? exp(0) and sqrt(4) are not; tanh(1e5) and cos(1e-3000) are, though 1."""
    if name in NEVER_ROUNDED:
        return True
    if name == "pow" and CONTEXT.isint(xs[1]) and 0 <= xs[1] * CONTEXT.convert(xs[0]).man.bit_length() <= CONTEXT.prec:
        return True
    return short(value) and all(not x or 1 / 16 <= abs(x) <= 16 for x in map(CONTEXT.convert, xs))


NEVER_ROUNDED = frozenset({"abs", "sign", "floor", "ceil", "frac", "maximum", "minimum", "relu"})
NOISE = Noise(0)


def _real(value: Any) -> Any:  # Any: mpmath's numbers
    value = CONTEXT.convert(value)
    if isinstance(value, CONTEXT.mpc):
        if value.imag:
            raise NoNumberError("not real")
        return value.real
    return value


# -- numbers with a derivative, nested to any order


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """``a + b*t`` with t**2 = 0; ``tag`` names the t, later ones are outside. Both parts are Duals of earlier tags, or
    mpmath's numbers."""

    tag: int
    a: Any
    b: Any

    def __add__(self, other: Any) -> Any:
        return plus(self, other)

    def __radd__(self, other: Any) -> Any:
        return plus(other, self)

    def __sub__(self, other: Any) -> Any:
        return plus(self, times(-1, other))

    def __rsub__(self, other: Any) -> Any:
        return plus(other, times(-1, self))

    def __mul__(self, other: Any) -> Any:
        return times(self, other)

    def __rmul__(self, other: Any) -> Any:
        return times(other, self)

    def __neg__(self) -> Any:
        return times(-1, self)

    def __truediv__(self, other: Any) -> Any:
        return over(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return over(other, self)


@dataclass(frozen=True, slots=True, eq=False)
class Missing:
    """An entry of an array where there is no number: an error where it is used."""

    error: NoNumberError


def entrywise(function: Callable[..., Any], *xs: Any) -> Any:
    """A function of scalars on arrays; an entry without a number spoils no other."""

    def entry(*scalars: Any) -> Any:
        try:
            return function(*scalars)
        except NoNumberError as error:
            return Missing(error)

    return np.vectorize(entry, otypes=[object])(*xs)


def parts(x: Any, tag: int) -> tuple[Any, Any]:
    """x as ``a + b*t`` for that t; b is 0 where x does not depend on it."""
    if isinstance(x, Missing):
        raise x.error
    return (x.a, x.b) if isinstance(x, Dual) and x.tag == tag else (x, 0)


def tag_of(*xs: Any) -> int:
    for x in xs:
        if isinstance(x, Missing):
            raise x.error
    return max((x.tag for x in xs if isinstance(x, Dual)), default=0)


def plain(x: Any) -> Any:
    """The number without its derivatives."""
    if isinstance(x, Missing):
        raise x.error
    while isinstance(x, Dual):
        x = x.a
    return x


def same(x: Any, y: Any) -> bool:
    """Are two numbers equal with all their derivatives?"""
    if isinstance(x, Dual) and isinstance(y, Dual):
        return x.tag == y.tag and same(x.a, y.a) and same(x.b, y.b)
    return not isinstance(x, Dual) and not isinstance(y, Dual) and bool(x == y)


def plus(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(plus, x, y)
    tag = tag_of(x, y)
    if not tag:
        x, y = CONTEXT.convert(x), CONTEXT.convert(y)
        out = x + y
        return NOISE(out, not x or not y or (short(out) and out - x == y and out - y == x))
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    return Dual(tag, plus(a, c), plus(b, d))


def times(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(times, x, y)
    tag = tag_of(x, y)
    if not tag:
        x, y = CONTEXT.convert(x), CONTEXT.convert(y)
        bits = x.man.bit_length(), y.man.bit_length()
        return NOISE(x * y, min(bits) <= 1 or sum(bits) <= CONTEXT.prec)
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    return Dual(tag, times(a, c), plus(times(a, d), times(b, c)))


def over(x: Any, y: Any) -> Any:
    if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
        return entrywise(over, x, y)
    tag = tag_of(x, y)
    if not tag:
        if not y:
            raise NoNumberError("a division by 0")
        out = CONTEXT.convert(x) / y
        return NOISE(out, short(out) and out * y == x)
    (a, b), (c, d) = parts(x, tag), parts(y, tag)
    q = over(a, c)
    return Dual(tag, q, over(plus(b, times(-1, times(q, d))), c))


def called(name: str, *xs: Any) -> Any:
    """A function of scalars from the table, entry by entry of arrays."""
    if any(isinstance(x, np.ndarray) for x in xs):
        return entrywise(lambda *entries: called(name, *entries), *xs)
    function = TABLE[name]
    if name in {"maximum", "minimum"} and same(*xs):
        return xs[0] if not isinstance(xs[0], Dual) else _even(name, xs)
    tag = tag_of(*xs)
    if not tag:
        try:
            value = _real(function.value(*xs))
            return NOISE(value, exactly_called(name, xs, value))
        except (ZeroDivisionError, ValueError) as error:
            raise NoNumberError(f"{name}: {error}") from None
        except (OverflowError, MemoryError, NotImplementedError) as error:
            raise GivenUpError(f"{name}: {error}") from None
        except CONTEXT.NoConvergence as error:
            raise GivenUpError(f"{name}: {error}") from None
    inner = [parts(x, tag) for x in xs]
    bare = [a for a, _ in inner]
    value = called(name, *bare)
    slope: Any = 0
    for k, (_, b) in enumerate(inner):
        if isinstance(b, int) and b == 0:
            continue
        try:
            slope = plus(slope, times(b, function.slopes[k](*bare)))
        except NoNumberError:
            if isinstance(b, Dual) or b:
                raise
            NOISE.flat = True  # it does not move, and the slope does not matter
    return Dual(tag, value, slope)


def _even(name: str, xs: Sequence[Any]) -> Any:
    """The larger one of two that are equal with all their slopes: one and the same operand, or a kink to look beside."""
    if xs[0] is xs[1]:
        return xs[0]
    raise KinkError(f"{name} of two equal numbers")


@dataclass(frozen=True, slots=True)
class Known:
    """A function: its value in mpmath's numbers, and its slopes written in functions of this table."""

    value: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...] = ()


TABLE: dict[str, Known] = {}  # filled by known.py
