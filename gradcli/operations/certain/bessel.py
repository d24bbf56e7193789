"""Bessel functions of real order and their kin: Struve's and Kelvin's functions, Airy's and Bessel's scaled ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flint import acb, arb

from gradcli.operations.certain.analytic import Analytic, Orders
from gradcli.operations.certain.domains import above, either, is_whole, within
from gradcli.operations.certain.hypergeometric import tricomi

LIMITS = (1e4, 1e6)


def _right(_order: arb, x: arb) -> bool | None:
    return within(above(x, 0))


def _of_whole_order_left(order: arb, x: arb) -> bool | None:
    """Left of 0 it is real for whole orders."""
    return within(either(above(x, 0), (is_whole(order) and bool(x < 0), False)))


def _no_slope_in_order_left(orders: Orders, _order: arb, x: arb) -> arb | None:
    return arb.nan() if x < 0 and orders[0] else None


def _reach(_order: arb, x: arb) -> tuple[None, arb]:
    return None, abs(x) / 2


def _k(order: acb, x: acb) -> acb:
    """By Tricomi's U, DLMF 10.39.6; FLINT's own way never ends at x = 710 with 2,048 bits."""
    direct = x.bessel_k(order) if x.real < 1 else acb(arb.nan())
    if direct.is_finite():
        return direct
    half = acb(arb(0.5))
    return acb.pi().sqrt() * (2 * x) ** order * (-x).exp() * tricomi(order + half, 2 * order + 1, 2 * x)


def _i_scaled(order: acb, x: acb) -> acb:
    return (x if x.real < 0 else -x).exp() * x.bessel_i(order)


def _struve(sign: int, order: acb, x: acb) -> acb:
    """DLMF 11.2.1, 11.2.2: ``(x/2)**(v + 1)`` times a regularised 1F2, which is entire in v."""
    half, series = x / 2, sign * x * x / 4
    lower: list[Any] = [1.5, order + arb(1.5)]  # Any: numbers of several kinds
    return half ** (order + 1) * series.hypgeom([1], lower, regularized=True)


def _pair(function: Callable[[acb], acb], turn: float, slope: bool, x: acb) -> tuple[acb, acb]:
    """``f(x*w)``, w = exp(pi*i*turn), and its conjugate for real x, which go on to complex x; slope: times w each."""
    w = acb(arb(turn)).exp_pi_i()
    one, other = function(x * w), function(x * w.conjugate())
    return (one * w, other * w.conjugate()) if slope else (one, other)


def _real_part(function: Callable[[acb], acb], turn: float, slope: bool, x: acb) -> acb:
    one, other = _pair(function, turn, slope, x)
    return (one + other) / 2


def _imaginary_part(function: Callable[[acb], acb], turn: float, slope: bool, x: acb) -> acb:
    one, other = _pair(function, turn, slope, x)
    return (one - other) / acb(0, 2)


def _j0(z: acb) -> acb:
    return z.bessel_j(0)


def _j1(z: acb) -> acb:
    return -z.bessel_j(1)


def _k0(z: acb) -> acb:
    return z.bessel_k(0)


def _k1(z: acb) -> acb:
    return -z.bessel_k(1)


def _kelvin(
    name: str, part: Callable[..., acb], function: Callable[[acb], acb], turn: float, *, slope: bool = False
) -> Analytic:
    everywhere = turn > 0.5
    return Analytic(
        name,
        partial(part, function, turn, slope),
        (lambda x: True) if everywhere else lambda x: within(above(x, 0)),
        lambda x: (None if everywhere else x / 2,),
        limits=(1e4,),
    )


def _airy_scale(x: acb) -> acb:
    return (2 * x * x.sqrt() / 3).exp()


_PLAIN: dict[str, Callable[[acb], acb]] = {
    "airyai": lambda z: z.airy_ai(),
    "airybi": lambda z: z.airy_bi(),
    "airyaiprime": lambda z: z.airy_ai(derivative=1),
    "airybiprime": lambda z: z.airy_bi(derivative=1),
}


def _at_zero(name: str) -> Callable[..., arb | None]:
    """The value and the slope of the plain function: the scale is 1 with a slope of 0 there. Ai'' and Bi'' are 0."""
    slope = name.endswith("prime")

    def edge(orders: Orders, x: arb) -> arb | None:
        if not x.is_zero():
            return None
        if orders == (int(not slope),):
            return _PLAIN[f"{name.removesuffix('prime')}prime"](acb(0)).real
        return _PLAIN[name](acb(0)).real if orders == (0,) else arb(0) if orders == (1,) else arb.nan()

    return edge


def _scaled_airy(name: str) -> Analytic:
    """Of the first kind."""
    function = _PLAIN[name]
    return Analytic(
        f"{name}x",
        lambda x: function(x) * _airy_scale(x),
        lambda x: within(above(x, 0)),
        lambda x: (x / 2,),
        _at_zero(name),
        (1e8,),
    )


def _scaled_airy_b(name: str) -> Analytic:
    """Of the second kind, which is left as it is where x is negative."""
    function = _PLAIN[name]
    return Analytic(
        f"{name}x",
        lambda x: function(x) if x.real < 0 else function(x) / _airy_scale(x),
        lambda x: within((bool(x > 0 or x < 0), x.is_zero())),
        lambda x: (abs(x) / 2,),
        _at_zero(name),
        (1e8,),
    )


FUNCTIONS = {
    "jv": Analytic("jv", lambda v, x: x.bessel_j(v), _of_whole_order_left, _reach, _no_slope_in_order_left, LIMITS),
    "yv": Analytic("yv", lambda v, x: x.bessel_y(v), _right, _reach, limits=LIMITS),
    "iv": Analytic("iv", lambda v, x: x.bessel_i(v), _of_whole_order_left, _reach, _no_slope_in_order_left, LIMITS),
    "kv": Analytic("kv", _k, _right, _reach, limits=LIMITS),
    "ive": Analytic("ive", _i_scaled, _of_whole_order_left, _reach, _no_slope_in_order_left, LIMITS),
    "kve": Analytic("kve", lambda v, x: x.exp() * _k(v, x), _right, _reach, limits=LIMITS),
    "struve": Analytic(
        "struve", partial(_struve, -1), _of_whole_order_left, _reach, _no_slope_in_order_left, (1e3, 1e3)
    ),
    "modstruve": Analytic(
        "modstruve", partial(_struve, 1), _of_whole_order_left, _reach, _no_slope_in_order_left, (1e3, 1e3)
    ),
    "ber": _kelvin("ber", _real_part, _j0, 0.75),
    "bei": _kelvin("bei", _imaginary_part, _j0, 0.75),
    "ker": _kelvin("ker", _real_part, _k0, 0.25),
    "kei": _kelvin("kei", _imaginary_part, _k0, 0.25),
    "berp": _kelvin("berp", _real_part, _j1, 0.75, slope=True),
    "beip": _kelvin("beip", _imaginary_part, _j1, 0.75, slope=True),
    "kerp": _kelvin("kerp", _real_part, _k1, 0.25, slope=True),
    "keip": _kelvin("keip", _imaginary_part, _k1, 0.25, slope=True),
    "airyaix": _scaled_airy("airyai"),
    "airyaiprimex": _scaled_airy("airyaiprime"),
    "airybix": _scaled_airy_b("airybi"),
    "airybiprimex": _scaled_airy_b("airybiprime"),
}
