"""Elementary functions of whole arrays: numpy's in longdouble, how far a bound is carried on, and slopes.

The C library's functions are taken to be right to 4 units in the last place; on x86 they are to 1. How far a bound is
carried on is an upper bound of the steepness over all that the operand may be, times its own bound; it is infinite or
nan where the operand may lie beyond the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradcli.meaning.extended.conditions import _by, flat
from gradcli.meaning.extended.number import Extended, each, lifted
from gradcli.meaning.extended.rounding import FLOOR, Floats, increased, now, sized, underflow

NEAR = 1e-15  # the relative error of sizes in float64, with which a distance to a pole is taken off


def pi() -> Extended:
    """The number."""
    return Extended(now.long("3.14159265358979323846264338327950288419717"), 4 * now.unit)


@dataclass(frozen=True, slots=True)
class Elementary:
    """A function, called with Extended or numbers.

    compute: of arrays of longdouble
    carried: (the operand's values in float64, the sizes of the outputs, the operand's bounds) -> the outputs' bounds
    slope:   of the operand and the output, written in Extended
    """

    name: str
    compute: Callable[[Floats], Floats]
    carried: Callable[[Floats, Floats, Floats], Floats]
    slope: Callable[[Extended, Extended], Any]

    def __call__(self, operand: Any) -> Extended:  # Any: Extended or a number
        x = lifted(operand)
        value = np.asarray(self.compute(x.value))
        size = sized(value)
        error = increased(np.asarray(size * (now.unit * now.functions)), underflow(size, x))
        if not x.exact:
            error = increased(error, self.carried(x.value.astype(x.size.dtype, copy=False), size, x.errors))
        return each(value, error, (x,), (lambda adjoint, x, out: adjoint * self.slope(x, out),), size)


def _within_one(x: Floats, e: Floats) -> Floats:
    """1 - x**2, at least."""
    reach = np.abs(x) + e
    least = (1 - reach) * (1 + reach)
    return np.where(least > NEAR, least, 0.0)


def _steepness_of_tan(x: Floats, e: Floats) -> Floats:
    least = np.abs(np.cos(x)) - e - NEAR * (1 + np.abs(x))
    return np.asarray(1 / np.where(least > 0, least, 0.0) ** 2)


def _beyond_one(x: Floats, e: Floats) -> Floats:
    """x**2 - 1, at least."""
    least = (x - e - 1) * (x - e + 1)
    return np.where((least > NEAR * x) & (x > 1), least, 0.0)


exp = Elementary("exp", np.exp, lambda x, size, e: size * np.expm1(e), lambda x, out: out)
log = Elementary("log", np.log, lambda x, size, e: -np.log1p(-e / np.where(x > 0, x, np.nan)), lambda x, out: 1 / x)
sqrt = Elementary("sqrt", np.sqrt, lambda x, size, e: np.where(e < x, e / np.sqrt(x), np.inf), lambda x, out: 0.5 / out)
sin = Elementary("sin", np.sin, lambda x, size, e: e, lambda x, out: cos(x))
cos: Elementary = Elementary("cos", np.cos, lambda x, size, e: e, lambda x, out: -sin(x))
tan = Elementary("tan", np.tan, lambda x, size, e: e * _steepness_of_tan(x, e), lambda x, out: 1 + out * out)
asin = Elementary(
    "asin", np.arcsin, lambda x, size, e: e / np.sqrt(_within_one(x, e)), lambda x, out: 1 / sqrt((1 - x) * (1 + x))
)
acos = Elementary(
    "acos", np.arccos, lambda x, size, e: e / np.sqrt(_within_one(x, e)), lambda x, out: -1 / sqrt((1 - x) * (1 + x))
)
atan = Elementary("atan", np.arctan, lambda x, size, e: e, lambda x, out: 1 / (1 + x * x))
sinh: Elementary = Elementary("sinh", np.sinh, lambda x, size, e: e * np.cosh(np.abs(x) + e), lambda x, out: cosh(x))
cosh: Elementary = Elementary("cosh", np.cosh, lambda x, size, e: e * np.sinh(np.abs(x) + e), lambda x, out: sinh(x))
tanh = Elementary("tanh", np.tanh, lambda x, size, e: e, lambda x, out: 1 / (cosh(x) * cosh(x)))
asinh = Elementary("asinh", np.arcsinh, lambda x, size, e: e, lambda x, out: 1 / sqrt(1 + x * x))
acosh = Elementary(
    "acosh", np.arccosh, lambda x, size, e: e / np.sqrt(_beyond_one(x, e)), lambda x, out: 1 / sqrt((x - 1) * (x + 1))
)
atanh = Elementary(
    "atanh", np.arctanh, lambda x, size, e: e / _within_one(x, e), lambda x, out: 1 / ((1 - x) * (1 + x))
)


# -- magnitudes and steps


def absolute(operand: Any) -> Extended:  # Any: as above, and in all that follow
    x = lifted(operand)
    doubt = _reaches(x, x.value, 0.0)
    sides = Extended(np.sign(x.value), np.where(doubt, np.inf, 0.0) if doubt.any() else 0.0)
    return each(np.abs(x.value), x.error, (x,), (_by(sides),), x._size)  # noqa: SLF001 - of this package


def sign(operand: Any) -> Extended:
    x = lifted(operand)
    doubt = _reaches(x, x.value, 0.0)
    return flat(np.sign(x.value), doubt, np.where(x.exact, 0.0, 2.0), x)


def _reaches(x: Extended, value: Floats, corner: float) -> Floats:
    """Where a number may be the corner."""
    return np.asarray(~(np.abs(value - corner) > x.error * (1 + NEAR)))


def _stepped(function: Callable[[Floats], Floats], corner: Callable[[Floats], Floats]) -> Callable[[Any], Extended]:
    """Whole numbers. corner: the distance to the next jump."""

    def step(operand: Any) -> Extended:
        x = lifted(operand)
        value = function(x.value)
        doubt = np.asarray(~(corner(x.value) > x.error * (1 + NEAR)))
        return flat(value, doubt, 0.0 if x.exact else 1.0 + 2 * np.asarray(x.error), x)

    return step


def _to_whole(x: Floats) -> Floats:
    return np.asarray(np.abs(x - np.rint(x)))


floor = _stepped(np.floor, _to_whole)
ceiling = _stepped(np.ceil, _to_whole)
round_ = _stepped(np.rint, lambda x: np.abs(x - np.floor(x) - 0.5))
trunc = _stepped(np.trunc, lambda x: np.where(np.abs(x) < 1, 1 - np.abs(x), _to_whole(x)))


# -- powers


def power(base: Any, exponent: Any) -> Extended:
    """Real powers; slopes at the edge of the domain are not told."""
    x, y = lifted(base), lifted(exponent)
    whole = y.value == np.rint(y.value)
    value = _small_power(x.value, y)
    size = sized(value)
    error = increased(np.asarray(size * (now.unit * _units(y))), underflow(size, x))
    if not (x.exact and y.exact):
        error = error + _carried_by_power(x, y, whole, size)
    edge = ~(x.value > x.error) & ~(whole & np.asarray(y.exact))
    doubt = Extended(np.ones(edge.shape), np.where(edge, np.inf, 0.0)) if edge.any() else None

    def in_base(adjoint: Extended, x: Extended, y: Extended, _out: Extended) -> Extended:
        if not y.serial and y.exact and not y.ndim and y.value == 2:
            return adjoint * (x * 2)
        term = adjoint * (y * power(x, y - 1))
        return term if doubt is None else term * doubt

    def in_exponent(adjoint: Extended, x: Extended, _y: Extended, out: Extended) -> Extended:
        return adjoint * (out * log(x))

    return each(value, error, (x, y), (in_base, in_exponent), size)


LARGEST_PRODUCT = 16  # as an exponent, up to which products are quicker than numpy's powers


def _is_product(y: Extended) -> bool:
    """In float64 a product may underflow, before it is divided by."""
    least = 0 if now.least else -LARGEST_PRODUCT
    return bool(y.exact and not y.ndim and y.value == np.rint(y.value) and least <= y.value <= LARGEST_PRODUCT)


def _units(y: Extended) -> float:
    """Of rounding: one for each product, or a function's, and more for whole powers that a library multiplies out."""
    if _is_product(y):
        return abs(float(y.value))
    whole = not y.ndim and y.value == np.rint(y.value)
    return min(now.functions + abs(float(y.value)), 1e300) if whole else now.functions


def _small_power(x: Floats, y: Extended) -> Floats:
    if not _is_product(y):
        return np.asarray(np.power(x, y.value))
    n = int(y.value)
    out, square = np.ones(x.shape, dtype=now.long), x
    for bit in bin(abs(n))[:1:-1]:
        out = out * square if bit == "1" else out
        square = square * square
    return np.asarray(1 / out if n < 0 else out)


def _carried_by_power(x: Extended, y: Extended, whole: Floats, size: Floats) -> Floats:
    """From the relative error of ``exp(y*log(x))``; for whole exponents from 1 on by the largest slope."""
    base, e, n = x.size, x.errors, y.value.astype(np.float64)
    share = np.where(e == 0, 0.0, -np.log1p(-e / base))
    moved = np.where(y.errors == 0, 0.0, y.errors * (np.abs(np.log(base)) + share))
    found = size * np.expm1((np.abs(n) + y.errors) * share + moved)
    whole_powers = whole & np.asarray(y.exact) & (n >= 1)
    steepest = np.where(e == 0, 0.0, np.abs(n) * (base + e) ** (np.where(whole_powers, n, 1.0) - 1) * e)
    found = np.where(whole_powers, steepest, found)
    beyond = (x.value <= x.error) & ~(whole & np.asarray(y.exact))
    return np.where(beyond, np.inf, found)


def xlogy(factor: Any, argument: Any) -> Extended:
    """x*log(y), 0 where x is; at y = 0 no slope is told."""
    x, y = lifted(factor), lifted(argument)
    out = x * log(y)
    zero = np.broadcast_to((x.value == 0) & np.asarray(x.exact) & ~(y.value > y.error), out.shape)
    if not zero.any():
        return out
    doubt = Extended(np.ones(zero.shape), np.where(zero, np.inf, 0.0))
    kept = Extended(np.where(zero, 0.0, out.value), np.where(zero, 0.0, out.errors))
    return each(kept.value, kept.error, (out,), (_by(doubt),))


# -- functions made of others


def atan2(ordinate: Any, abscissa: Any) -> Extended:
    y, x = lifted(ordinate), lifted(abscissa)
    value = np.arctan2(y.value, x.value)
    size = sized(value)
    error = size * (now.unit * now.functions) + FLOOR
    if not (x.exact and y.exact):
        radius = np.hypot(x.size, y.size)
        e = x.error + y.error
        error = error + e / np.where(radius > 2 * e, radius - e, 0.0)
    cut = ~(np.abs(y.value) > y.error) & ~(x.value > x.error)
    error = np.where(cut, np.inf, error) if cut.any() else error
    doubt = Extended(np.ones(cut.shape), np.where(cut, np.inf, 0.0)) if cut.any() else Extended(1.0)

    def in_ordinate(adjoint: Extended, y: Extended, x: Extended, _out: Extended) -> Extended:
        return adjoint * (x / (x * x + y * y)) * doubt

    def in_abscissa(adjoint: Extended, y: Extended, x: Extended, _out: Extended) -> Extended:
        return -(adjoint * (y / (x * x + y * y)) * doubt)

    return each(value, error, (y, x), (in_ordinate, in_abscissa), size)


FUNCTIONS: dict[str, Callable[..., Extended]] = {
    **{f.name: f for f in (exp, log, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh)},
    "Abs": absolute,
    "sign": sign,
    "floor": floor,
    "ceiling": ceiling,
    "round": round_,
    "trunc": trunc,
    "pow": power,
    "xlogy": xlogy,
    "atan2": atan2,
    "sinc": lambda x: sin(pi() * x) / (pi() * x),
    "sec": lambda x: 1 / cos(x),
    "csc": lambda x: 1 / sin(x),
    "cot": lambda x: cos(x) / sin(x),
    "sech": lambda x: 1 / cosh(x),
    "csch": lambda x: 1 / sinh(x),
    "coth": lambda x: cosh(x) / sinh(x),
    "asec": lambda x: acos(1 / lifted(x)),
    "acsc": lambda x: asin(1 / lifted(x)),
    "acot": lambda x: atan(1 / lifted(x)),
    "asech": lambda x: acosh(1 / lifted(x)),
    "acsch": lambda x: asinh(1 / lifted(x)),
    "acoth": lambda x: atanh(1 / lifted(x)),
}
