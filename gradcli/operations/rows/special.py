"""Rows: special functions around gamma, zeta and the error function."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gradcli.operations.kernels import beta, error_functions, gamma, gamma_parts, lambert, zeta
from gradcli.operations.row import Meaning, Op, Slips

SPECIAL = "special functions"


def _logit(s: Any, x: Any, eps: Any, top: Any = None) -> Any:  # Any: scalars of the arithmetic that runs the meaning
    """top: 1 - eps. Where it lies below eps, torch looks at eps first."""
    if eps is not None:
        top = 1 - eps if top is None else top
        crossed = s.where(s.lt(x, eps), s.scalar(eps), s.scalar(top))
        x = s.where(s.lt(top, eps), crossed, s.clamp(x, eps, top))
    return s.log(x) - s.log(1 - x)


def _logit_in_floats(nearest: Callable[[Fraction], Fraction], eps: Fraction | int | None) -> Meaning:
    top = None if eps is None else nearest(1 - Fraction(eps))
    return lambda s, x, eps: _logit(s, x, eps, None if top is None else s.constant(top))


_NO_WORD = "none: the slope in it is no function of the language; torch and balls have it by themselves"

ROWS = (
    Op("erf", "x", SPECIAL, "Error function.", "erf(x) x=0.5", sympy="erf",
       slips=Slips(mistaken=("exp(-x**2): the factor 2/sqrt(pi) is missing",))),
    Op("erfc", "x", SPECIAL, "1 - erf(x) without cancellation.", "erfc(x) x=2", sympy="erfc",
       slips=Slips(mistaken=("exp(-x**2): the factor -2/sqrt(pi) is missing",))),
    Op("gamma", "x", SPECIAL, "Gamma function; gamma(n) is (n-1)!.", "gamma(x) x=3.5",
       torch=gamma.gamma, sympy=lambda s, x: s.gamma(x), domain="x > 0 or x != round(x)", kernel=True,
       known_as="gamma",
       slips=Slips(siblings=("lgamma", "digamma"),
                   mistaken=("digamma(x): this is the derivative of lgamma; gamma(u) is missing",
                             "gamma(x): × digamma({}) is missing"))),
    Op("lgamma", "x", SPECIAL, "Logarithm of the absolute value of gamma.", "lgamma(x) x=3.5",
       torch=zeta.log_gamma, sympy=lambda s, x: s.lgamma(x), domain="x > 0 or x != round(x)", kernel=True,
       aliases=("gammaln", "loggamma"),
       known_as="loggamma",
       slips=Slips(siblings=("gamma", "digamma"), mistaken=("gamma(x)*digamma(x): this is the derivative of gamma",))),
    Op("digamma", "x", SPECIAL, "Slope of lgamma.", "digamma(x) x=3.5",
       torch=lambda t, x: zeta.polygamma(t, x, 0), sympy=lambda s, x: s.polygamma(0, x),
       domain="x > 0 or x != round(x)", kernel=True, aliases=("psi",),
       known_as="digamma", slips=Slips(siblings=("gamma", "lgamma"))),
    Op("polygamma", "; n:integer, x:tensor", SPECIAL, "The n-th slope of digamma.", "polygamma(1, x) x=3.5",
       torch=zeta.polygamma, sympy=lambda s, x, n: s.polygamma(n, x),
       domain="x > 0 or x != round(x)", kernel=True, known_as="polygamma"),
    Op("factorial", "x", SPECIAL, "gamma(x + 1).", "factorial(x) x=3.5",
       torch=gamma.factorial, sympy=lambda s, x: s.gamma(x + 1), domain="x > -1 or x != round(x)", kernel=True),
    Op("binomial", "n, k", SPECIAL, "gamma(n + 1)/(gamma(k + 1)*gamma(n - k + 1)), for real n and k.",
       "binomial(n, k) n=5 k=2",
       torch=beta.binomial, sympy=lambda s, n, m: s.gamma(n + 1) * s.rgamma(m + 1) * s.rgamma(n - m + 1),
       rule=("g*out*(digamma(n + 1) - digamma(n - k + 1))", "g*out*(digamma(n - k + 1) - digamma(k + 1))"),
       domain="n > -1 or n != round(n)", saturates=True, kernel=True,
       aliases=("comb", "binom"),
       unlike=("torch.binomial: it draws random numbers; binomial(n, k), without torch, counts",)),
    Op("beta", "a, b", SPECIAL, "gamma(a)*gamma(b)/gamma(a + b).", "beta(a, b) a=2 b=3.5",
       torch=beta.beta, sympy=lambda s, a, b: s.gamma(a) * s.gamma(b) * s.rgamma(a + b),
       rule=("g*out*(digamma(a) - digamma(a + b))", "g*out*(digamma(b) - digamma(a + b))"),
       domain="(a > 0 or a != round(a)) and (b > 0 or b != round(b))", kernel=True),
    Op("lbeta", "a, b", SPECIAL, "log(abs(beta(a, b))).", "lbeta(a, b) a=2 b=3.5",
       torch=beta.lbeta, sympy=lambda s, a, b: s.lgamma(a) + s.lgamma(b) - s.lgamma(a + b),
       domain="(a > 0 or a != round(a)) and (b > 0 or b != round(b)) and (a + b > 0 or a + b != round(a + b))",
       saturates=True, cancels=True, kernel=True, aliases=("betaln",)),
    Op("multigammaln", "x; p:integer", SPECIAL, "Logarithm of the gamma function of p variables, for x > (p - 1)/2.",
       "multigammaln(x, 3) x=4", torch=gamma.multigammaln, sympy=lambda s, x, p: s.multigammaln(x, p),
       kernel=True, aliases=("mvlgamma",)),
    Op("gammainc", "a, x", SPECIAL,
       "Regularised lower incomplete gamma function P(a, x): the part of gamma(a) below x.",
       "gammainc(a, x) a=2.5 x=1.5",
       torch=gamma_parts.gammainc, sympy=lambda s, a, x: s.gammainc(a, x),
       domain="a > 0 and x >= 0", kinks="x == 0", saturates=True, accuracy=1e-12, kernel=True,
       rule=(_NO_WORD, "g*exp(-x + (a - 1)*log(x) - lgamma(a))")),
    Op("gammaincc", "a, x", SPECIAL, "Regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x).",
       "gammaincc(a, x) a=2.5 x=1.5",
       torch=gamma_parts.gammaincc, sympy=lambda s, a, x: s.gammaincc(a, x),
       domain="a > 0 and x >= 0", kinks="x == 0", saturates=True, accuracy=1e-12, kernel=True,
       rule=(_NO_WORD, "-g*exp(-x + (a - 1)*log(x) - lgamma(a))")),
    Op("lowergamma", "a, x", SPECIAL,
       "Lower incomplete gamma function: the integral of u**(a - 1)*exp(-u) from 0 to x.",
       "lowergamma(a, x) a=2.5 x=1.5",
       torch=gamma_parts.lowergamma, sympy="lowergamma",
       domain="a > 0 and x >= 0", kinks="x == 0", saturates=True, accuracy=1e-12, kernel=True,
       rule=(_NO_WORD, "g*exp(-x + (a - 1)*log(x))")),
    Op("uppergamma", "a, x", SPECIAL,
       "Upper incomplete gamma function: the integral of u**(a - 1)*exp(-u) from x to inf, for a > 0.",
       "uppergamma(a, x) a=2.5 x=1.5",
       torch=gamma_parts.uppergamma, sympy="uppergamma",
       domain="a > 0 and x >= 0", kinks="x == 0", saturates=True, accuracy=1e-12, kernel=True,
       rule=(_NO_WORD, "-g*exp(-x + (a - 1)*log(x))")),
    Op("zeta", "s, q=None", SPECIAL,
       "Riemann's zeta function; zeta(s, q) is Hurwitz's, the sum of 1/(q + j)**s over j from 0.", "zeta(s) s=2.5",
       torch=zeta.zeta, sympy=lambda f, s, q: f.zeta(s, q), domain="s != 1", kernel=True,
       rule=(_NO_WORD, "-g*s*zeta(s + 1, q)"),
       note="zeta(s, q) is for s > 1 and q > 0.", known_as="zeta"),
    Op("xlogy", "x, y", SPECIAL, "x*log(y), 0 where x is 0.", "xlogy(x, y) x=2 y=3",
       torch="xlogy", sympy=lambda s, x, y: s.xlogy(x, y), domain="x == 0 or y > 0", kinks="x == 0 and y <= 0"),
    Op("xlog1py", "x, y", SPECIAL, "x*log(1 + y), 0 where x is 0.", "xlog1py(x, y) x=2 y=1e-9",
       torch="special.xlog1py", sympy=lambda s, x, y: s.xlogy(x, 1 + y), rule=("g*log1p(y)", "g*x/(1 + y)"),
       domain="x == 0 or y > -1", kinks="x == 0 and y <= -1"),
    Op("entr", "x", SPECIAL, "Entropy -x*log(x), 0 at 0.", "entr(x) x=0.3",
       torch="special.entr", sympy=lambda s, x: -s.xlogy(x, x), domain="x > 0", note="The slope is infinite at 0."),
    Op("rel_entr", "x, y", SPECIAL, "Relative entropy x*log(x/y), 0 where x is 0.", "rel_entr(x, y) x=0.3 y=0.5",
       torch=lambda t, x, y: t.xlogy(x, x) - t.xlogy(x, y), sympy=lambda s, x, y: s.xlogy(x, x) - s.xlogy(x, y),
       domain="x > 0 and y > 0", saturates=True, note="The slope is infinite at x = 0."),
    Op("kl_terms", "x, y", SPECIAL, "x*log(x/y) - x + y, y where x is 0: scipy.special.kl_div.",
       "kl_terms(x, y) x=0.3 y=0.5",
       torch=lambda t, x, y: t.xlogy(x, x) - t.xlogy(x, y) - x + y,
       sympy=lambda s, x, y: s.xlogy(x, x) - s.xlogy(x, y) - x + y, domain="x > 0 and y > 0", saturates=True,
       aliases=("scipy.special.kl_div",), note="The slope is infinite at x = 0."),
    Op("logit", "x; eps:number=None", SPECIAL, "log(x/(1 - x)), of x kept between eps and 1 - eps.", "logit(x) x=0.3",
       sympy=lambda s, x, eps: _logit(s, x, eps), in_floats=_logit_in_floats, domain="x > 0 and x < 1"),
    Op("erfinv", "x", SPECIAL, "Inverse of erf.", "erfinv(x) x=0.5", torch="special.erfinv", sympy="erfinv",
       domain="abs(x) < 1"),
    Op("erfcinv", "x", SPECIAL, "Inverse of erfc.", "erfcinv(x) x=0.5", torch=error_functions.erfcinv, sympy="erfcinv",
       backward=True, rule=("-g*sqrt(pi)*erfcx(abs(out))/(2*minimum(x, 2 - x))",), domain="x > 0 and x < 2"),
    Op("erfcx", "x", SPECIAL, "exp(x**2)*erfc(x) without overflow.", "erfcx(x) x=3",
       torch=error_functions.erfcx, sympy=lambda s, x: s.exp(x * x) * s.erfc(x),
       rule=("2*g*(x*out - 1/sqrt(pi))",), kernel=True),
    Op("erfi", "x", SPECIAL, "Imaginary error function: -i*erf(i*x), the integral of 2/sqrt(pi)*exp(u**2) from 0.",
       "erfi(x) x=0.5", torch=error_functions.erfi, sympy="erfi", backward=True, rule=("g*2*exp(x**2)/sqrt(pi)",)),
    Op("dawsn", "x", SPECIAL, "Dawson's integral: exp(-x**2) times the integral of exp(u**2) from 0 to x.",
       "dawsn(x) x=0.5", torch=error_functions.dawsn, sympy=lambda s, x: s.sqrt(s.pi) / 2 * s.exp(-x * x) * s.erfi(x),
       rule=("g*(1 - 2*x*out)",), saturates=True, kernel=True, aliases=("dawson",)),
    Op("ndtr", "x", SPECIAL, "Normal distribution function: the integral of exp(-u**2/2)/sqrt(2*pi) from -inf to x.",
       "ndtr(x) x=0.5", torch=error_functions.ndtr, sympy=lambda s, x: s.div(s.erfc(s.div(-x, s.sqrt(2))), 2),
       backward=True, rule=("g*exp(-x*x/2)/sqrt(2*pi)",), aliases=("norm_cdf",)),
    Op("log_ndtr", "x", SPECIAL, "log(ndtr(x)) without underflow.", "log_ndtr(x) x=-30",
       torch=error_functions.log_ndtr, sympy=lambda s, x: s.log(s.div(s.erfc(s.div(-x, s.sqrt(2))), 2)),
       backward=True,
       rule=("g*where(x < 0, sqrt(2/pi)/erfcx(-where(x < 0, x, 0)/sqrt(2)), exp(-x*x/2)/(sqrt(2*pi)*ndtr(where(x < 0, "
             "0, x))))",)),
    Op("ndtri", "x", SPECIAL, "Inverse of ndtr.", "ndtri(x) x=0.3",
       torch="special.ndtri", sympy=lambda s, x: -s.sqrt(2) * s.erfcinv(2 * x),
       backward=True, rule=("g*sqrt(pi/2)*erfcx(abs(out)/sqrt(2))/minimum(x, 1 - x)",), domain="x > 0 and x < 1"),
    Op("lambertw", "x; k:integer=0", SPECIAL, "The real w with w*exp(w) = x: w >= -1, or w <= -1 for k=-1 and x < 0.",
       "lambertw(x) x=1", torch=lambert.lambertw, sympy=lambda s, x, branch: s.LambertW(x, branch),
       domain="x > -0.3678794411714423", kernel=True, aliases=("LambertW",), known_as="LambertW"),
    Op("heaviside", "x, y=None", SPECIAL, "0 left of 0, 1 right of it, y at 0, by default 0.5.",
       "heaviside(x, 0.5)*x x=2",
       torch=lambda t, x, y: t.where(x == 0, 0.5 if y is None else y,
                                     t.where(x > 0, t.ones_like(x), t.zeros_like(x))) + 0 * t.clamp(x, -1, 1),
       sympy=lambda s, x, y: s.where(s.eq(x, 0), s.rational(1, 2) if y is None else y,
                                     s.where(s.gt(x, 0), 1, 0)) + 0 * x,
       kinks="x == 0", flat=True, aliases=("Heaviside",), known_as="Heaviside"),
)  # fmt: skip
