"""Relatives of the gamma function, and exponentials and logarithms divided by their argument."""

from __future__ import annotations

from math import inf

from flint import acb, arb

from gradcli.base.precision import working_bits
from gradcli.operations.certain.analytic import Analytic
from gradcli.operations.certain.domains import above, off_poles, to_poles, within

MAX_TERMS, CHECKED = 2**15, 16  # of a sum, and how many lie between two looks at what is left


def _exprel(x: acb) -> acb:
    return x.expm1() / x if abs(x) > 1 else x.hypgeom_1f1(1, 2)


def _log1prel(x: acb) -> acb:
    return x.log1p() / x if abs(x) > 1 else (-x).hypgeom_2f1(1, 1, 2)


def _is_low(a: acb, x: acb) -> bool:
    return bool(x.real < a.real + 1)


def _lower_sum(a: acb, x: acb) -> acb:
    """P(a, x) for x below a + 1 by DLMF 8.11.4: the ratio of terms beyond the n-th is at most ``|x|/|a + n + 1|``."""
    total, term, size = acb(1), acb(1), abs(x)
    precise = arb(2) ** -working_bits()
    for n in range(1, MAX_TERMS):
        term = term * x / (a + n)
        total = total + term
        ratio = size / abs(a + n + 1)
        if n % CHECKED == 0 and ratio < 1:
            left = abs(term) * ratio / (1 - ratio)
            if left < precise * abs(total):
                ball = arb(0, left.abs_upper())
                front = (a * x.log() - x - (a + 1).lgamma()).exp()
                return front * (total + acb(ball, ball))
    return acb(arb.nan())


def _lower_part(a: acb, x: acb) -> acb:
    return _lower_sum(a, x) if _is_low(a, x) else 1 - x.gamma_upper(a, regularized=1)


def _upper_part(a: acb, x: acb) -> acb:
    return 1 - _lower_sum(a, x) if _is_low(a, x) else x.gamma_upper(a, regularized=1)


def _inside_parts(a: arb, x: arb) -> bool | None:
    return within(above(a, 0), above(x, 0))


def _reach_of_parts(a: arb, x: arb) -> tuple[arb, arb]:
    return a / 2, x / 2


def trigamma(x: arb) -> arb:
    return acb(x).polygamma(1).real


FUNCTIONS = {
    "reciprocal_gamma": Analytic("reciprocal_gamma", acb.rgamma, lambda x: True, lambda x: (None,), limits=(1e8,)),
    "poch": Analytic(
        "poch",
        lambda a, m: a.rising(m),
        lambda a, m: within(off_poles(a + m)),
        lambda a, m: (to_poles(a + m) / 4,) * 2,
        limits=(1e8, 1e8),
    ),
    "lower_part": Analytic(
        "gammainc",
        _lower_part,
        _inside_parts,
        _reach_of_parts,
        limits=(1e5, inf),
    ),
    "upper_part": Analytic(
        "gammaincc",
        _upper_part,
        _inside_parts,
        _reach_of_parts,
        limits=(1e5, inf),
    ),
    "digamma_right": Analytic("digamma", acb.digamma, lambda x: within(above(x, 0)), lambda x: (x / 2,), limits=(inf,)),
    "log_and_itself": Analytic(
        "x + log(x)", lambda x: x + x.log(), lambda x: within(above(x, 0)), lambda x: (x / 2,), limits=(inf,)
    ),
    "exprel": Analytic("exprel", _exprel, lambda x: True, lambda x: (None,), limits=(inf,)),
    "log1pmx": Analytic(
        "log1pmx", lambda x: x.log1p() - x, lambda x: within(above(x, -1)), lambda x: ((1 + x) / 2,), limits=(inf,)
    ),
    "log1prel": Analytic(
        "log1prel", _log1prel, lambda x: within(above(x, -1)), lambda x: ((1 + x) / 2,), limits=(inf,)
    ),
}
