"""Rows: incomplete beta functions, and what inverts them and the incomplete gamma functions."""

from __future__ import annotations

from gradcli.operations.kernels.certain import FROM_FLINT, NO_WORD, certain, inverse
from gradcli.operations.row import Op

SPECIAL = "special functions"

_BETA = "a > 0 and b > 0 and x >= 0 and x <= 1"
_DENSITY = "exp(xlogy(a - 1, {0}) + xlog1py(b - 1, -{0}) - lbeta(a, b))"
_GAMMA = "exp({0} - xlogy(a - 1, {0}) + lgamma(a))"

ROWS = (
    Op("betainc", "a, b, x", SPECIAL,
       "Regularised incomplete beta function I_x(a, b): the part of beta(a, b) below x.",
       "betainc(a, b, x) a=2 b=3.5 x=0.3", torch=certain("beta", "betainc"),
       domain=_BETA, kinks="x == 0 or x == 1", saturates=True, kernel=True,
       rule=(NO_WORD, NO_WORD, f"g*{_DENSITY.format('x')}"),
       note=FROM_FLINT),
    Op("betaincc", "a, b, x", SPECIAL,
       "Regularised incomplete beta function above x: 1 - betainc(a, b, x).",
       "betaincc(a, b, x) a=2 b=3.5 x=0.3", torch=certain("beta", "betaincc"),
       domain=_BETA, kinks="x == 0 or x == 1", saturates=True, kernel=True,
       rule=(NO_WORD, NO_WORD, f"-g*{_DENSITY.format('x')}"), note=FROM_FLINT),
    Op("betaincinv", "a, b, p", SPECIAL, "The x with betainc(a, b, x) = p.",
       "betaincinv(a, b, p) a=2 b=3.5 p=0.3", torch=inverse("betaincinv", "beta", "betainc"),
       domain="a > 0 and b > 0 and p >= 0 and p <= 1", kinks="p == 0 or p == 1", saturates=True, kernel=True,
       rule=(NO_WORD, NO_WORD, f"g/{_DENSITY.format('out')}"), note=FROM_FLINT),
    Op("betainccinv", "a, b, q", SPECIAL, "The x with betaincc(a, b, x) = q.",
       "betainccinv(a, b, q) a=2 b=3.5 q=0.3", torch=inverse("betainccinv", "beta", "betaincc"),
       domain="a > 0 and b > 0 and q >= 0 and q <= 1", kinks="q == 0 or q == 1", saturates=True, kernel=True,
       rule=(NO_WORD, NO_WORD, f"-g/{_DENSITY.format('out')}"), note=FROM_FLINT),
    Op("gammaincinv", "a, p", SPECIAL, "The x with gammainc(a, x) = p.", "gammaincinv(a, p) a=2.5 p=0.3",
       torch=inverse("gammaincinv", "gamma", "lower_part"),
       domain="a > 0 and p >= 0 and p < 1", kinks="p == 0", saturates=True, kernel=True,
       rule=(NO_WORD, f"g*{_GAMMA.format('out')}"), note=FROM_FLINT),
    Op("gammainccinv", "a, q", SPECIAL, "The x with gammaincc(a, x) = q.", "gammainccinv(a, q) a=2.5 q=0.3",
       torch=inverse("gammainccinv", "gamma", "upper_part"),
       domain="a > 0 and q > 0 and q <= 1", kinks="q == 1", saturates=True, kernel=True,
       rule=(NO_WORD, f"-g*{_GAMMA.format('out')}"), note=FROM_FLINT),
    Op("invdigamma", "x", SPECIAL, "The positive y with digamma(y) = x.", "invdigamma(x) x=0.3",
       torch=inverse("invdigamma", "gamma", "digamma_right"), rule=("g/polygamma(1, out)",), backward=True,
       note=FROM_FLINT),
    Op("wrightomega", "x", SPECIAL, "The y with y + log(y) = x: lambertw(exp(x)) without overflow.",
       "wrightomega(x) x=0.3", torch=inverse("wrightomega", "gamma", "log_and_itself"), rule=("g*out/(1 + out)",),
       backward=True, note=FROM_FLINT),
)  # fmt: skip
