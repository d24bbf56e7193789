"""Rows: relatives of the gamma, zeta and error functions, and exponentials and logarithms that keep their digits."""

from __future__ import annotations

from math import pi
from typing import Any

from gradcli.operations.kernels.certain import FROM_FLINT, NO_WORD, certain
from gradcli.operations.row import Op

SPECIAL = "special functions"
_LOG_2 = 0.6931471805599453


def _half_turns(t: Any, x: Any) -> Any:  # Any: torch, a tensor
    """x less the nearest even number: from -1 to 1, and exact."""
    return x - 2 * t.round(x / 2)


def _sinpi(t: Any, x: Any) -> Any:  # Any: as above
    r = _half_turns(t, x)
    return t.sin(pi * t.where(t.abs(r) > 0.5, t.sign(r) - r, r))


def _log1mexp(t: Any, x: Any) -> Any:  # Any: as above
    """From the one of exp(x) and expm1(x) that is not near 1."""
    near = x > -_LOG_2
    far = t.where(near, -1.0, x)
    return t.where(near, t.log(-t.expm1(t.where(near, x, -0.5))), t.log1p(-t.exp(far)))


ROWS = (
    Op("rgamma", "x", SPECIAL, "1/gamma(x), 0 where x is 0, -1, -2, ….", "rgamma(x) x=2.5",
       torch=certain("gamma", "reciprocal_gamma"), sympy=lambda s, x: s.rgamma(x), rule=("-g*out*digamma(x)",),
       kernel=True, note=FROM_FLINT),
    Op("poch", "a, m", SPECIAL, "Rising factorial gamma(a + m)/gamma(a).", "poch(a, m) a=2.5 m=1.7",
       torch=certain("gamma", "poch"), domain="a + m > 0 or a + m != round(a + m)",
       rule=("g*out*(digamma(a + m) - digamma(a))", "g*out*digamma(a + m)"), kernel=True,
       aliases=("rising_factorial",), note=FROM_FLINT),
    Op("exprel", "x", SPECIAL, "(exp(x) - 1)/x, 1 at 0.", "exprel(x) x=0.3", torch=certain("gamma", "exprel"),
       rule=("g*where(x == 0, 1/2, (exp(x) - out)/where(x == 0, 1, x))",), kernel=True, note=FROM_FLINT),
    Op("log1prel", "x", SPECIAL, "log(1 + x)/x, 1 at 0.", "log1prel(x) x=0.3", torch=certain("gamma", "log1prel"),
       rule=("g*where(x == 0, -1/2, (1/(1 + x) - out)/where(x == 0, 1, x))",), domain="x > -1", kernel=True,
       note=FROM_FLINT),
    Op("log1pmx", "x", SPECIAL, "log(1 + x) - x, without cancellation.", "log1pmx(x) x=0.3",
       torch=certain("gamma", "log1pmx"), rule=("-g*x/(1 + x)",), domain="x > -1", kernel=True, note=FROM_FLINT),
    Op("log1mexp", "x", SPECIAL, "log(1 - exp(x)), for x < 0, without cancellation.", "log1mexp(x) x=-0.3",
       torch=_log1mexp, sympy=lambda s, x: s.log(1 - s.exp(x)), rule=("g*exp(x)/expm1(x)",), domain="x < 0",
       backward=True),
    Op("sinpi", "x", SPECIAL, "sin(pi*x), without rounding pi*x.", "sinpi(x) x=0.3",
       torch=_sinpi, sympy=lambda s, x: s.sin(s.pi * x), rule=("g*pi*cospi(x)",), backward=True),
    Op("cospi", "x", SPECIAL, "cos(pi*x), without rounding pi*x.", "cospi(x) x=0.3",
       torch=lambda t, x: t.sin(pi * (0.5 - t.abs(_half_turns(t, x)))), sympy=lambda s, x: s.cos(s.pi * x),
       rule=("-g*pi*sinpi(x)",), backward=True),
    Op("logerfc", "x", SPECIAL, "log(erfc(x)), without underflow.", "logerfc(x) x=0.3",
       torch=certain("error_functions", "logerfc"), rule=("-2*g/(sqrt(pi)*erfcx(x))",), kernel=True, note=FROM_FLINT),
    Op("logerfcx", "x", SPECIAL, "log(erfcx(x)), without overflow.", "logerfcx(x) x=0.3",
       torch=certain("error_functions", "logerfcx"), rule=("2*g*(x - 1/(sqrt(pi)*erfcx(x)))",), kernel=True,
       note=FROM_FLINT),
    Op("polylog", "s, x", SPECIAL, "Polylogarithm Li_s(x), the sum of x**k/k**s over k from 1, for x < 1.",
       "polylog(s, x) s=2.5 x=0.3", torch=certain("zeta", "polylog"), domain="x < 1 or (x == 1 and s > 1)",
       rule=(NO_WORD, "g*where(x == 0, 1, polylog(s - 1, x)/where(x == 0, 1, x))"), kernel=True, known_as="polylog",
       note=FROM_FLINT),
    Op("lerchphi", "z, s, a", SPECIAL, "Lerch's function, the sum of z**k/(k + a)**s over k from 0, for z < 1, a > 0.",
       "lerchphi(z, s, a) z=0.3 s=2.5 a=0.7", torch=certain("zeta", "lerchphi"), domain="z < 1 and a > 0",
       rule=("g*where(z == 0, (1 + a)**-s, (lerchphi(z, s - 1, a) - a*out)/where(z == 0, 1, z))", NO_WORD,
             "-g*s*lerchphi(z, s + 1, a)"), kernel=True, known_as="lerchphi", note=FROM_FLINT),
    Op("spence", "x", SPECIAL, "Spence's function: the integral of log(u)/(1 - u) from 1 to x; polylog(2, 1 - x).",
       "spence(x) x=0.3", torch=certain("zeta", "spence"), domain="x >= 0",
       rule=("g*where(x == 1, -1, log(x)/where(x == 1, 1, 1 - x))",), kernel=True, note=FROM_FLINT),
    Op("dirichlet_eta", "s", SPECIAL, "Dirichlet's eta function, the sum of (-1)**(k - 1)/k**s over k from 1.",
       "dirichlet_eta(s) s=2.5", torch=certain("zeta", "dirichlet_eta"), rule=(NO_WORD,), kernel=True,
       known_as="dirichlet_eta", note=FROM_FLINT),
    Op("dirichlet_beta", "s", SPECIAL, "Dirichlet's beta function, the sum of (-1)**k/(2*k + 1)**s over k from 0.",
       "dirichlet_beta(s) s=2.5", torch=certain("zeta", "dirichlet_beta"), rule=(NO_WORD,), kernel=True,
       note=FROM_FLINT),
    Op("clausen", "x", SPECIAL, "Clausen's function of order 2, the sum of sin(k*x)/k**2 over k from 1.",
       "clausen(x) x=0.3", torch=certain("zeta", "clausen"), rule=("-g*log(2*abs(sin(x/2)))",), kinked=True,
       kernel=True, note=f"The slope is infinite at 0 and at every multiple of 2*pi. {FROM_FLINT}"),
    Op("wofz_real", "x, y", SPECIAL, "The real part of Faddeeva's function exp(-z**2)*erfc(-i*z) of z = x + i*y.",
       "wofz_real(x, y) x=0.3 y=0.7", torch=certain("error_functions", "wofz_real"),
       rule=("2*g*(y*wofz_imag(x, y) - x*out)", "2*g*(x*wofz_imag(x, y) + y*out - 1/sqrt(pi))"), kernel=True,
       note=FROM_FLINT),
    Op("wofz_imag", "x, y", SPECIAL, "The imaginary part of Faddeeva's function exp(-z**2)*erfc(-i*z) of z = x + i*y.",
       "wofz_imag(x, y) x=0.3 y=0.7", torch=certain("error_functions", "wofz_imag"),
       rule=("-2*g*(x*out + y*wofz_real(x, y) - 1/sqrt(pi))", "2*g*(y*out - x*wofz_real(x, y))"), kernel=True,
       note=FROM_FLINT),
    Op("owens_t", "h, a", SPECIAL,
       "Owen's T function: the integral of exp(-h**2*(1 + u**2)/2)/(2*pi*(1 + u**2)) from 0 to a.",
       "owens_t(h, a) h=0.3 a=0.7", torch=certain("error_functions", "owens_t"),
       rule=("-g*exp(-h*h/2)*erf(a*h/sqrt(2))/(2*sqrt(2*pi))", "g*exp(-h*h*(1 + a*a)/2)/(2*pi*(1 + a*a))"),
       kernel=True, note=FROM_FLINT),
    Op("marcumq", "m, a, b", SPECIAL,
       "Marcum's Q function: the integral of u*(u/a)**(m - 1)*exp(-(u**2 + a**2)/2)*iv(m - 1, a*u) from b to inf.",
       "marcumq(m, a, b) m=1.5 a=0.7 b=1.3", torch=certain("error_functions", "marcumq"),
       domain="m > 0 and a > 0 and b > 0", saturates=True,
       rule=(NO_WORD, "g*a*(marcumq(m + 1, a, b) - out)",
             "-g*b*exp((m - 1)*log(b/a) - (a - b)**2/2)*ive(m - 1, a*b)"), kernel=True, note=FROM_FLINT),
)  # fmt: skip
