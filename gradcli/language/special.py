"""Rows: special functions. More are to come; these are the ones that torch differentiates to every order."""

from __future__ import annotations

from gradcli.language.row import Op

SPECIAL = "special functions"

ROWS = (
    Op("erf", "x", SPECIAL, "Error function.", "erf(x) x=0.5", sympy="erf"),
    Op("erfc", "x", SPECIAL, "1 - erf(x) without cancellation.", "erfc(x) x=2", sympy="erfc"),
    Op("gamma", "x", SPECIAL, "Gamma function; gamma(n) is (n-1)!.", "gamma(x) x=3.5", accuracy=1e-9,
       torch=lambda t, x: t.where((x > 0) | (t.floor(x) % 2 == 0), t.exp(t.lgamma(x)), -t.exp(t.lgamma(x))),
       sympy=lambda s, x: s.gamma(x), domain="x > 0 or x != round(x)"),
    Op("lgamma", "x", SPECIAL, "Logarithm of the absolute value of gamma.", "lgamma(x) x=3.5", accuracy=1e-9,
       sympy=lambda s, x: s.lgamma(x), domain="x > 0 or x != round(x)", aliases=("gammaln", "loggamma")),
    Op("digamma", "x", SPECIAL, "Slope of lgamma.", "digamma(x) x=3.5", accuracy=1e-7,
       sympy=lambda s, x: s.polygamma(0, x), domain="x > 0 or x != round(x)", aliases=("psi",)),
    Op("polygamma", "; n:integer, x:tensor", SPECIAL, "The n-th slope of digamma.", "polygamma(1, x) x=3.5", accuracy=1e-7,
       torch=lambda t, x, n: t.polygamma(n, x), sympy=lambda s, x, n: s.polygamma(n, x),
       domain="x > 0 or x != round(x)"),
    Op("heaviside", "x, y", SPECIAL, "0 left of 0, 1 right of it, y at 0.", "heaviside(x, 0.5)*x x=2",
       torch=lambda t, x, y: t.where(x == 0, y, t.where(x > 0, t.ones_like(x), t.zeros_like(x))) + 0 * x, sympy=lambda s, x, y: s.where(s.eq(x, 0), y, s.where(s.gt(x, 0), 1, 0)),
       kinks="x == 0"),
)  # fmt: skip
