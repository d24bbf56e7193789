"""Derivatives of analytic functions, of every order, from values alone: for parameters without a closed slope."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

from flint import acb, arb

from gradcli.base.precision import precision, working_bits

LEAST_SHIFT = 32  # bits: at 128 bits five points on the circle, three of them computed
GUARD = 16  # bits: for the sum over the points and its factors


def derivative(function: Callable[[acb], acb], centre: arb, order: int, radius: arb, bound: arb) -> arb:
    """An enclosure of ``function^(order)`` at every number of ``centre``.

    function: analytic on the disc ``|z - mid(centre)| <= radius``, real on the real axis
    bound:    at least ``|function|`` on that disc

    With R the radius, M the bound, c the midpoint, f = sum a_n (z - c)**n, a circle of radius r = R/2**shift and N > k
    points w_j = exp(2*pi*i*j/N), the trapezoid rule on Cauchy's integral is exact but for aliases:

        1/N sum_j f(c + r*w_j)*w_j**-k / r**k = a_k + sum_{l >= 1} a_(k + l*N) r**(l*N)

    since the sum over j of w_j**(n - k) is N where N divides n - k, and else 0. By Cauchy's estimate |a_n| <= M/R**n,
    so that the error is at most M/R**k * q/(1 - q), q = (r/R)**N (Trefethen and Weideman, The exponentially convergent
    trapezoidal rule, SIAM Review 56, 2014, theorem 2.1). Points in the lower half are conjugates of those in the upper.
    Where the centre is a ball of radius d, f^(k) moves by at most d times the largest |f^(k+1)| within d of c, which is
    at most (k + 1)!*M/(R - d)**(k + 1). Divisions by r**k cost k*shift bits, which the values get beforehand.
    """
    bits = working_bits()
    shift = max(LEAST_SHIFT, bits // 8)
    count = max(order, -(-bits // shift)) + 1
    middle, spread = arb(centre.mid()), arb(centre.rad())
    if not (spread < radius and bound.is_finite()):
        return arb.nan()
    with precision(bits + order * shift + GUARD):
        small = radius * arb(2) ** -shift
        total = arb(0)
        for j in range(count // 2 + 1):
            point = acb(arb(2 * j) / count).exp_pi_i()
            turned = acb(arb(-2 * j * order) / count).exp_pi_i()
            value = (function(middle + small * point) * turned).real
            total = total + (value if 2 * j in (0, count) else 2 * value)
        found = factorial(order) * total / count / small**order
    alias = arb(2) ** (-shift * count)
    error = factorial(order) * bound / radius**order * alias / (1 - alias)
    if not spread.is_zero():
        error = error + spread * factorial(order + 1) * bound / (radius - spread) ** (order + 1)
    return 0 + found + arb(0, error.abs_upper())
