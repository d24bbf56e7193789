"""Gamma and its logarithmic derivatives, for all real numbers off the poles."""

from __future__ import annotations

from fractions import Fraction
from math import factorial
from typing import Any

from flint import acb, arb, arb_series

from gradcli.meaning.balls.ball import Ball, Undefined, UntoldError, lifted
from gradcli.meaning.balls.functions.domains import UNTOLD
from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import RISING, ZERO, ended, pole, unmoved, whole

# Any, in this module: Scalars


def taylor(series: arb_series, order: int) -> arb:
    """The derivative of an order from the power series at the point."""
    return series[order] * factorial(order)


def moving(x: arb, order: int) -> arb_series:
    """``x + t``, up to the power ``order`` of t."""
    return arb_series([x, 1], order + 1)


def _gamma(x: arb) -> arb | Undefined:
    return Undefined("gamma at a pole: a whole number that is not positive") if pole(x) else x.gamma()


def _log_gamma(x: arb) -> arb | Undefined:
    """``log(abs(gamma(x)))``: by ``gamma(x)*gamma(1 - x) = pi/sin(pi*x)`` left of 0."""
    if pole(x):
        return Undefined("lgamma at a pole of gamma: a whole number that is not positive")
    if x > 0:
        return x.lgamma()
    return (arb.pi() / abs(x.sin_pi())).log() - (1 - x).lgamma() if x < 0 else UNTOLD


def _polygamma(order: arb, x: arb) -> arb | Undefined:
    """``psi_n(x) = (-1)**n*psi_n(1 - x) - pi*(d/dx)**n cot(pi*x)`` left of 0: DLMF 5.15.6."""
    n = whole(order)
    if n < 0:
        return Undefined("polygamma of a negative order")
    if pole(x):
        return Undefined("polygamma at a pole: a whole number that is not positive")
    if x > 0:
        return x.digamma() if n == 0 else acb(x).polygamma(n).real
    if not x < 0:
        return UNTOLD
    right = _polygamma(order, 1 - x)
    assert not isinstance(right, Undefined)
    mirrored = right if n % 2 == 0 else -right
    return mirrored - arb.pi() * taylor(moving(x, n).cot_pi(), n)


def _slope_of_rgamma(order: arb, x: arb) -> arb:
    """1/gamma is entire: its derivative of any order, of itself where the order is 0."""
    n = whole(order)
    return x.rgamma() if n == 0 else taylor(moving(x, n).rgamma(), n)


gamma = Function("gamma", (lambda x, out: out * polygamma(0, x),), ended(_gamma, RISING), infinite=True)
lgamma = Function("lgamma", (lambda x, out: polygamma(0, x),), ended(_log_gamma, RISING), infinite=True)
polygamma: Function = Function(
    "polygamma",
    (unmoved, lambda n, x, out: polygamma(n + 1, x)),
    ended(_polygamma, lambda n, x: ZERO if n > 0 else RISING),
    infinite=True,
)
rgamma_slope: Function = Function(
    "rgamma", (unmoved, lambda n, x, out: rgamma_slope(n + 1, x)), ended(_slope_of_rgamma, ZERO), infinite=True
)


def rgamma(x: Any) -> Any:
    """``1/gamma(x)``, 0 at the poles of gamma."""
    return rgamma_slope(0, x)


def multigammaln(x: Any, p: int) -> Any:
    """``p*(p - 1)/4*log(pi) + sum_j lgamma(x - j/2)``, j from 0 to p - 1, for ``2*x > p - 1``."""
    x = lifted(x)
    if type(x) is Undefined:
        return x
    try:
        inside = Ball(ZERO) < 2 * x - (p - 1)
    except UntoldError:
        return Ball(UNTOLD)
    if not inside:
        return Undefined("multigammaln where x is not above (p - 1)/2")
    out = Ball(p * (p - 1) * arb.pi().log() / 4)
    for j in range(p):
        out = out + lgamma(x - Fraction(j, 2))
    return out


NAMED = {
    "gamma": gamma,
    "lgamma": lgamma,
    "polygamma": polygamma,
    "rgamma": rgamma,
    "multigammaln": multigammaln,
}
