"""Rows: special functions around gamma, zeta and the error function."""

from __future__ import annotations

from typing import Any

from gradcli.language import kernels as k
from gradcli.language.row import Op

SPECIAL = "special functions"


def _logit(s: Any, x: Any, eps: Any) -> Any:  # Any: scalars of the arithmetic that runs the meaning
    inside = x if eps is None else s.clamp(x, eps, 1 - eps)
    return s.log(inside) - s.log(1 - inside)


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
    Op("factorial", "x", SPECIAL, "gamma(x + 1).", "factorial(x) x=3.5", accuracy=1e-9, domain="x > -1 or x != round(x)",
       torch=lambda t, x: k.gamma_sign(t, x + 1) * t.exp(k.log_gamma(t, x + 1)), sympy=lambda s, x: s.gamma(x + 1), kernel=True),
    Op("binomial", "n, k", SPECIAL, "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1)), for real n and k.", "binomial(n, k) n=5 k=2", accuracy=1e-9, saturates=True, kernel=True,
       torch=lambda t, n, m: k.binomial(t, n, m), sympy=lambda s, n, m: s.gamma(n + 1) * s.rgamma(m + 1) * s.rgamma(n - m + 1),
       domain="n > -1 or n != round(n)", aliases=("comb", "binom")),
    Op("beta", "a, b", SPECIAL, "gamma(a)*gamma(b)/gamma(a + b).", "beta(a, b) a=2 b=3.5", accuracy=1e-9, kernel=True,
       torch=lambda t, a, b: k.beta(t, a, b), sympy=lambda s, a, b: s.gamma(a) * s.gamma(b) * s.rgamma(a + b),
       domain="(a > 0 or a != round(a)) and (b > 0 or b != round(b))"),
    Op("lbeta", "a, b", SPECIAL, "log(abs(beta(a, b))).", "lbeta(a, b) a=2 b=3.5", accuracy=1e-9, saturates=True, kernel=True,
       torch=lambda t, a, b: k.lbeta(t, a, b),
       sympy=lambda s, a, b: s.lgamma(a) + s.lgamma(b) - s.lgamma(a + b),
       domain="(a > 0 or a != round(a)) and (b > 0 or b != round(b)) and (a + b > 0 or a + b != round(a + b))", aliases=("betaln",)),
    Op("multigammaln", "x; p:integer", SPECIAL, "Logarithm of the gamma function of p variables, for x > (p - 1)/2.", "multigammaln(x, 3) x=4",
       accuracy=1e-9, torch=lambda t, x, p: k.multigammaln(t, x, p), kernel=True,
       sympy=lambda s, x, p: s.multigammaln(x, p), aliases=("mvlgamma",)),
    Op("gammainc", "a, x", SPECIAL, "Regularised lower incomplete gamma function P(a, x): the part of gamma(a) below x.",
       "gammainc(a, x) a=2.5 x=1.5",
       torch=lambda t, a, x: k.gamma_parts(t, a, x)[0], sympy=lambda s, a, x: s.gammainc(a, x), domain="a > 0 and x >= 0", kinks="x == 0",
       kernel=True, saturates=True),
    Op("gammaincc", "a, x", SPECIAL, "Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x).", "gammaincc(a, x) a=2.5 x=1.5",
       torch=lambda t, a, x: k.gamma_parts(t, a, x)[1], sympy=lambda s, a, x: s.gammaincc(a, x), domain="a > 0 and x >= 0", kinks="x == 0",
       kernel=True, saturates=True),
    Op("lowergamma", "a, x", SPECIAL, "Lower incomplete gamma function: the integral of u**(a - 1)*exp(-u) from 0 to x.",
       "lowergamma(a, x) a=2.5 x=1.5",
       torch=lambda t, a, x: k.gamma_parts(t, a, x)[0] * t.exp(k.log_gamma(t, a)), sympy="lowergamma", domain="a > 0 and x >= 0", kinks="x == 0",
       kernel=True, accuracy=1e-9, saturates=True),
    Op("uppergamma", "a, x", SPECIAL, "Upper incomplete gamma function: the integral of u**(a - 1)*exp(-u) from x to inf, for a > 0.",
       "uppergamma(a, x) a=2.5 x=1.5", torch=lambda t, a, x: k.gamma_parts(t, a, x)[1] * t.exp(k.log_gamma(t, a)), sympy="uppergamma",
       domain="a > 0 and x >= 0", kinks="x == 0", kernel=True, accuracy=1e-9, saturates=True),
    Op("zeta", "s, q=None", SPECIAL, "Riemann's zeta function; zeta(s, q) is Hurwitz's, the sum of 1/(q + j)**s over j from 0.", "zeta(s) s=2.5",
       torch=lambda t, s, q: k.zeta(t, s, q), sympy=lambda f, s, q: f.zeta(s, q), domain="s != 1", kernel=True,
       note="zeta(s, q) is for s > 1 and q > 0."),
    Op("xlogy", "x, y", SPECIAL, "x*log(y), 0 where x is 0.", "xlogy(x, y) x=2 y=3", torch="xlogy", sympy=lambda s, x, y: s.xlogy(x, y),
       domain="x == 0 or y > 0", kinks="x == 0 and y <= 0"),
    Op("xlog1py", "x, y", SPECIAL, "x*log(1 + y), 0 where x is 0.", "xlog1py(x, y) x=2 y=1e-9", torch="special.xlog1py",
       sympy=lambda s, x, y: s.xlogy(x, 1 + y), domain="x == 0 or y > -1", kinks="x == 0 and y <= -1"),
    Op("entr", "x", SPECIAL, "Entropy -x*log(x), 0 at 0.", "entr(x) x=0.3", torch="special.entr", sympy=lambda s, x: -s.xlogy(x, x),
       domain="x > 0", note="The slope is infinite at 0."),
    Op("logit", "x; eps:number=None", SPECIAL, "log(x/(1 - x)), of x kept between eps and 1 - eps.", "logit(x) x=0.3",
       torch=lambda t, x, eps: t.logit(x, eps), sympy=lambda s, x, eps: _logit(s, x, eps), domain="x > 0 and x < 1"),
    Op("erfinv", "x", SPECIAL, "Inverse of erf.", "erfinv(x) x=0.5", torch="special.erfinv", sympy="erfinv", domain="abs(x) < 1"),
    Op("erfcinv", "x", SPECIAL, "Inverse of erfc.", "erfcinv(x) x=0.5", torch=lambda t, x: k.erfcinv(t, x), sympy="erfcinv",
       slope=("-g*sqrt(pi)*exp(out**2)/2",), domain="x > 0 and x < 2"),
    Op("erfcx", "x", SPECIAL, "exp(x**2)*erfc(x) without overflow.", "erfcx(x) x=3", torch="special.erfcx",
       sympy=lambda s, x: s.exp(x * x) * s.erfc(x), slope=("g*(2*x*out - 2/sqrt(pi))",)),
    Op("erfi", "x", SPECIAL, "Imaginary error function: -i*erf(i*x), the integral of 2/sqrt(pi)*exp(u**2) from 0.", "erfi(x) x=0.5",
       torch=lambda t, x: k.erfi(t, x), sympy="erfi", slope=("g*2*exp(x**2)/sqrt(pi)",)),
    Op("dawsn", "x", SPECIAL, "Dawson's integral: exp(-x**2) times the integral of exp(u**2) from 0 to x.", "dawsn(x) x=0.5",
       torch=lambda t, x: k.dawsn(t, x), sympy=lambda s, x: s.sqrt(s.pi) / 2 * s.exp(-x * x) * s.erfi(x), kernel=True, saturates=True, aliases=("dawson",)),
    Op("ndtr", "x", SPECIAL, "Normal distribution function: the integral of exp(-u**2/2)/sqrt(2*pi) from -inf to x.", "ndtr(x) x=0.5",
       torch=lambda t, x: k.ndtr(t, x), sympy=lambda s, x: s.div(s.erfc(s.div(-x, s.sqrt(2))), 2), slope=("g*exp(-x*x/2)/sqrt(2*pi)",),
       aliases=("norm_cdf",)),
    Op("log_ndtr", "x", SPECIAL, "log(ndtr(x)) without underflow.", "log_ndtr(x) x=-30", torch=lambda t, x: k.log_ndtr(t, x),
       sympy=lambda s, x: s.log(s.div(s.erfc(s.div(-x, s.sqrt(2))), 2)),
       slope=("g*where(x < 0, sqrt(2/pi)/erfcx(-where(x < 0, x, 0)/sqrt(2)), exp(-x*x/2)/(sqrt(2*pi)*ndtr(where(x < 0, 0, x))))",)),
    Op("ndtri", "x", SPECIAL, "Inverse of ndtr.", "ndtri(x) x=0.3", torch="special.ndtri", domain="x > 0 and x < 1",
       sympy=lambda s, x: -s.sqrt(2) * s.erfcinv(2 * x), slope=("g*sqrt(2*pi)*exp(out**2/2)",)),
    Op("lambertw", "x; k:integer=0", SPECIAL, "The real w with w*exp(w) = x: w >= -1, or w <= -1 for k=-1 and x < 0.", "lambertw(x) x=1",
       torch=lambda t, x, branch: k.lambertw(t, x, branch), sympy=lambda s, x, branch: s.LambertW(x, branch), slope=("g*exp(-out)/(1 + out)",),
       domain="x > -0.3678794411714423", aliases=("LambertW",)),
    Op("heaviside", "x, y=None", SPECIAL, "0 left of 0, 1 right of it, y at 0, by default 0.5.", "heaviside(x, 0.5)*x x=2",
       torch=lambda t, x, y: t.where(x == 0, 0.5 if y is None else y, t.where(x > 0, t.ones_like(x), t.zeros_like(x))) + 0 * t.clamp(x, -1, 1),
       sympy=lambda s, x, y: s.where(s.eq(x, 0), s.rational(1, 2) if y is None else y, s.where(s.gt(x, 0), 1, 0)) + 0 * x,
       kinks="x == 0", aliases=("Heaviside",)),
)  # fmt: skip
