"""The functions of ``operations/certain`` in balls: their slopes by formulas where there are some, else by Cauchy's
formula; of those the derivatives likewise, to every order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from flint import arb

from gradcli.base.precision import precision, working_bits
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.functions.error_functions import erf
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.gamma import lgamma, polygamma
from gradcli.meaning.balls.functions.orders import unmoved, whole
from gradcli.meaning.balls.functions.powers import exp, log, sqrt
from gradcli.meaning.balls.functions.powers import pow_ as power
from gradcli.meaning.balls.functions.trigonometric import sin
from gradcli.operations.certain.analytic import Analytic, Orders, derivative
from gradcli.operations.certain.families import FAMILIES
from gradcli.operations.certain.inverse import INVERSES, Inverse, solved

# Any, in this module: Scalars, or what else runs the formulas: Nodes, Series

# Beside an end of the domain a series takes as many; beyond, a value takes FLINT seconds, and a check has hundreds.
MOST_BITS = 4096
Slope = Callable[..., Any]  # of the operands and, last, of the value


def _enclosed(function: Analytic, orders: Orders, point: tuple[arb, ...]) -> arb | Undefined:
    """At the end of the domain there is a value, and no slope towards it."""
    ended = bool(orders[function.ends]) and function.inside(*point) is False
    with precision(min(working_bits(), MOST_BITS)):
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


def _inverse_in_balls(inverse: Inverse) -> Function:
    """The slopes are those of the function there."""
    count, forward = len(inverse.forward.limits), inverse.forward

    def at(k: int) -> Orders:
        return tuple(int(i == k) for i in range(count))

    def slope(k: int) -> Slope:
        def along(*known: Any) -> Any:
            place = (*known[: count - 1], known[-1])
            steep = _by_cauchy(forward, at(count - 1), place)
            return 1 / steep if k == count - 1 else -_by_cauchy(forward, at(k), place) / steep

        return along

    return Function(
        inverse.name,
        tuple(map(slope, range(count))),
        lambda *point: _found(inverse, point),
        stands_on_jump=lambda *point: inverse.edge(*point) is not None,
    )


def _found(inverse: Inverse, point: tuple[arb, ...]) -> arb | Undefined:
    found = solved(inverse, point)
    return Undefined(f"{inverse.name} outside of its domain") if found is None else found


HALF = Fraction(1, 2)


def _called(name: str) -> Callable[..., Any]:
    """A function of this table, which is looked up when a slope is asked."""
    return lambda *operands: _BALLS[name](*operands)


def _bessel(name: str, below: int, above: int) -> Slope:
    """Half of f of the order below and of that above, with these signs: DLMF 10.6.1, 10.29.1."""
    f = _called(name)
    return lambda v, x, out: (below * f(v - 1, x) + above * f(v + 1, x)) * HALF


def _delta(parameter: Any, phi: Any) -> Any:
    return 1 - parameter * sin(phi) * sin(phi)


_f, _e, _pi = _called("ellipkinc"), _called("ellipeinc"), _called("elliptic_pi")
_sn, _cn, _dn = _called("jacobi_sn"), _called("jacobi_cn"), _called("jacobi_dn")


def _f_in_m(phi: Any, m: Any, out: Any) -> Any:
    rest = sin(2 * phi) / (4 * (1 - m) * sqrt(_delta(m, phi)))
    return _e(phi, m) / (2 * m * (1 - m)) - out / (2 * m) - rest


def _pi_in_m(n: Any, phi: Any, m: Any, out: Any) -> Any:
    return (_e(phi, m) / (m - 1) + out - m * sin(2 * phi) / (2 * (m - 1) * sqrt(_delta(m, phi)))) / (2 * (n - m))


def _turned(u: Any, m: Any) -> Any:
    """How the amplitude moves with m, over dn: ``-dF/dm``."""
    e = _e(_called("jacobi_am")(u, m), m)
    return (m * _sn(u, m) * _cn(u, m) / _dn(u, m) + (1 - m) * u - e) / (2 * m * (1 - m))


def _faddeeva(real: Any, x: Any, y: Any, imaginary: Any) -> tuple[Any, Any]:
    """The parts of ``w' = -2*z*w + 2*i/sqrt(pi)``."""
    return 2 * (y * imaginary - x * real), 2 / _root_of_pi() - 2 * (x * imaginary + y * real)


def _root_of_pi() -> Any:
    return Ball(arb.pi().sqrt())


_real, _imaginary = _called("wofz_real"), _called("wofz_imag")

FORMULAS: dict[str, dict[int, Slope]] = {
    "betainc": {2: lambda a, b, x, out: _density(a, b, x)},
    "betaincc": {2: lambda a, b, x, out: -_density(a, b, x)},
    "hyp0f1": {1: lambda b, x, out: _called("hyp0f1")(b + 1, x) / b},
    "hyp1f1": {2: lambda a, b, x, out: a / b * _called("hyp1f1")(a + 1, b + 1, x)},
    "hyp2f1": {3: lambda a, b, c, x, out: a * b / c * _called("hyp2f1")(a + 1, b + 1, c + 1, x)},
    "hyperu": {2: lambda a, b, x, out: -a * _called("hyperu")(a + 1, b + 1, x)},
    "jv": {1: _bessel("jv", 1, -1)},
    "yv": {1: _bessel("yv", 1, -1)},
    "iv": {1: _bessel("iv", 1, 1)},
    "kv": {1: _bessel("kv", -1, -1)},
    "ellipkinc": {0: lambda phi, m, out: 1 / sqrt(_delta(m, phi)), 1: _f_in_m},
    "ellipeinc": {
        0: lambda phi, m, out: sqrt(_delta(m, phi)),
        1: lambda phi, m, out: (out - _f(phi, m)) / (2 * m),
    },
    "elliptic_pi": {1: lambda n, phi, m, out: 1 / (sqrt(_delta(m, phi)) * _delta(n, phi)), 2: _pi_in_m},
    "jacobi_sn": {
        0: lambda u, m, out: _cn(u, m) * _dn(u, m),
        1: lambda u, m, out: _cn(u, m) * _dn(u, m) * _turned(u, m),
    },
    "jacobi_cn": {
        0: lambda u, m, out: -_sn(u, m) * _dn(u, m),
        1: lambda u, m, out: -_sn(u, m) * _dn(u, m) * _turned(u, m),
    },
    "jacobi_dn": {0: lambda u, m, out: -m * _sn(u, m) * _cn(u, m)},
    "jacobi_am": {0: lambda u, m, out: _dn(u, m), 1: lambda u, m, out: _dn(u, m) * _turned(u, m)},
    "polylog": {1: lambda s, x, out: _called("polylog")(s - 1, x) / x},
    "spence": {0: lambda x, out: log(x) / (1 - x)},
    "poch": {
        0: lambda a, m, out: out * (polygamma(0, a + m) - polygamma(0, a)),
        1: lambda a, m, out: out * polygamma(0, a + m),
    },
    "reciprocal_gamma": {0: lambda x, out: -out * polygamma(0, x)},
    "exprel": {0: lambda x, out: (exp(x) - out) / x},
    "log1prel": {0: lambda x, out: (1 / (1 + x) - out) / x},
    "wofz_real": {
        0: lambda x, y, out: _faddeeva(out, x, y, _imaginary(x, y))[0],
        1: lambda x, y, out: -_faddeeva(out, x, y, _imaginary(x, y))[1],
    },
    "wofz_imag": {
        0: lambda x, y, out: _faddeeva(_real(x, y), x, y, out)[1],
        1: lambda x, y, out: _faddeeva(_real(x, y), x, y, out)[0],
    },
    "owens_t": {
        0: lambda h, a, out: -exp(-h * h * HALF) * erf(a * h / sqrt(2)) / (2 * sqrt(2) * _root_of_pi()),
        1: lambda h, a, out: exp(-h * h * (1 + a * a) * HALF) / (2 * _root_of_pi() * _root_of_pi() * (1 + a * a)),
    },
    "marcumq": {1: lambda m, a, b, out: a * (_called("marcumq")(m + 1, a, b) - out)},
}


def _density(a: Any, b: Any, x: Any) -> Any:
    return exp(lgamma(a + b) - lgamma(a) - lgamma(b)) * power(x, a - 1) * power(1 - x, b - 1)


_BALLS = {
    name: in_balls(function, FORMULAS.get(name, {}))
    for family in FAMILIES.values()
    for name, function in family.items()
}
NAMED = {**_BALLS, **{name: _inverse_in_balls(inverse) for name, inverse in INVERSES.items()}}
