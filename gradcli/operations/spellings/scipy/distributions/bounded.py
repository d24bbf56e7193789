"""scipy's distributions between two numbers."""

from __future__ import annotations

from gradcli.operations.families import families, spellings

_MASS = (
    "near = where(a > 0, -{b}, {a}); far = where(a > 0, -{a}, {b});"
    " {mass} = log_ndtr(far) + log1p(-exp(log_ndtr(near) - log_ndtr(far)))"
)
_ALL, _BELOW, _ABOVE = (
    _MASS.format(mass=mass, a=low, b=high)
    for mass, low, high in (("all", "a", "b"), ("left", "a", "z"), ("right", "z", "b"))
)
_DENSITY = "exp(-{0}**2/2)/sqrt(2*pi)"
_TABLE = f"""
uniform() on [0 .. 1]
    logpdf := 0
    pdf := 1
    cdf := z
    sf := 1 - z
    ppf := q
    isf := 1 - q
    mean := 0.5
    var := 1/12
    entropy := 0
beta(a:positive, b:positive) on [0 .. 1]
    logpdf := xlogy(a - 1, z) + xlog1py(b - 1, -z) - lbeta(a, b)
    cdf := betainc(a, b, z)
    sf := betaincc(a, b, z)
    ppf := betaincinv(a, b, q)
    isf := betainccinv(a, b, q)
    mean := a/(a + b)
    var := a*b/((a + b)**2*(a + b + 1))
    entropy := lbeta(a, b) - (a - 1)*digamma(a) - (b - 1)*digamma(b) + (a + b - 2)*digamma(a + b)
powerlaw(a:positive) on [0 .. 1]
    logpdf := log(a) + xlogy(a - 1, z)
    cdf := z**a
    logcdf := a*log(z)
    ppf := q**(1/a)
    mean := a/(a + 1)
    var := a/((a + 2)*(a + 1)**2)
    entropy := 1 - 1/a - log(a)
arcsine() on [0 .. 1]
    logpdf := -log(pi) - log(z)/2 - log1p(-z)/2
    cdf := 2/pi*asin(sqrt(z))
    sf := 2/pi*acos(sqrt(z))
    ppf := sin(pi/2*q)**2
    mean := 0.5
    var := 1/8
semicircular() on [-1 .. 1]
    logpdf := log(2/pi) + log1p(-z**2)/2
    cdf := 0.5 + (z*sqrt(1 - z**2) + asin(z))/pi
    mean := 0
    var := 0.25
    entropy := log(pi) - 0.5
triang(c:probability) on [0 .. 1]
    pdf := where(z < c or c == 1, 2*z/where(c == 0, 1, c), 2*(1 - z)/where(c == 1, 1, 1 - c))
    logpdf := log(where(z < c or c == 1, 2*z/where(c == 0, 1, c), 2*(1 - z)/where(c == 1, 1, 1 - c)))
    cdf := where(z < c, z**2/where(c == 0, 1, c), 1 - (1 - z)**2/where(c == 1, 1, 1 - c))
    ppf := where(q < c, sqrt(c*where(q < c, q, 1)), 1 - sqrt((1 - c)*(1 - where(q < c, 0, q))))
    mean := (c + 1)/3
    var := (1 - c + c**2)/18
    entropy := 0.5 - log(2)
truncexpon(b:positive) on [0 .. b]
    logpdf := -z - log(-expm1(-b))
    cdf := expm1(-z)/expm1(-b)
    sf := (exp(-z) - exp(-b))/-expm1(-b)
    ppf := -log1p(q*expm1(-b))
truncnorm(a, b) on [a .. b] at maximum(a, minimum(b, 0)) given a < b
    logpdf := {_ALL}; -z**2/2 - log(2*pi)/2 - all
    logcdf := {_ALL}; {_BELOW}; left - all
    cdf := {_ALL}; {_BELOW}; exp(left - all)
    logsf := {_ALL}; {_ABOVE}; right - all
    sf := {_ALL}; {_ABOVE}; exp(right - all)
    ppf := p = where(q >= 0 and q <= 1, q, nan); \
        where(a > 0, -ndtri(ndtr(-a) - p*(ndtr(-a) - ndtr(-b))), ndtri(ndtr(a) + p*(ndtr(b) - ndtr(a))))
    mean := {_ALL}; ({_DENSITY.format("a")} - {_DENSITY.format("b")})/exp(all)
loguniform reciprocal(a:positive, b:positive) on [a .. b] given a < b
    logpdf := -log(z) - log(log(b/a))
    cdf := log(z/a)/log(b/a)
    sf := log(b/z)/log(b/a)
    ppf := exp(log(a) + q*log(b/a))
    isf := exp(log(b) - q*log(b/a))
    mean := (b - a)/log(b/a)
    entropy := (log(a) + log(b))/2 + log(log(b/a))
johnsonsb(a, b:positive) on (0 .. 1)
    logpdf := log(b) - log(z) - log1p(-z) - (a + b*logit(z))**2/2 - log(2*pi)/2
    cdf := ndtr(a + b*logit(z))
    logcdf := log_ndtr(a + b*logit(z))
    sf := ndtr(-(a + b*logit(z)))
    logsf := log_ndtr(-(a + b*logit(z)))
    ppf := sigmoid((ndtri(q) - a)/b)
    isf := sigmoid((-ndtri(q) - a)/b)
wrapcauchy(c:fraction) on [0 .. 2*pi]
    logpdf := log((1 - c**2)/(2*pi*(1 + c**2 - 2*c*cos(z))))
    entropy := log(2*pi*(1 - c**2))
"""

FAMILIES = tuple(families(_TABLE))
SPELLINGS = spellings(FAMILIES)
BLUEPRINTS = tuple(family.blueprint() for family in FAMILIES)
