"""scipy's distributions on the whole line."""

from __future__ import annotations

from gradcli.operations.families import families, spellings

_TABLE = """
norm()
    logpdf := -z**2/2 - log(2*pi)/2
    cdf := ndtr(z)
    logcdf := log_ndtr(z)
    sf := ndtr(-z)
    logsf := log_ndtr(-z)
    ppf := ndtri(q)
    isf := -ndtri(q)
    mean := 0
    median := 0
    var := 1
    entropy := (1 + log(2*pi))/2
laplace()
    logpdf := -abs(z) - log(2)
    cdf := low = where(z < 0, z, 0); high = where(z < 0, 0, z); where(z < 0, exp(low)/2, 1 - exp(-high)/2)
    logcdf := low = where(z < 0, z, 0); high = where(z < 0, 0, z); where(z < 0, low - log(2), log1p(-exp(-high)/2))
    sf := low = where(z > 0, 0, z); high = where(z > 0, z, 0); where(z > 0, exp(-high)/2, 1 - exp(low)/2)
    logsf := low = where(z > 0, 0, z); high = where(z > 0, z, 0); where(z > 0, -high - log(2), log1p(-exp(low)/2))
    ppf := where(q < 0.5, log(2*where(q < 0.5, q, 0.5)), -log(2 - 2*where(q < 0.5, 0.5, q)))
    isf := where(q < 0.5, -log(2*where(q < 0.5, q, 0.5)), log(2 - 2*where(q < 0.5, 0.5, q)))
    mean := 0
    median := 0
    var := 2
    entropy := 1 + log(2)
logistic()
    logpdf := logsigmoid(z) + logsigmoid(-z)
    cdf := sigmoid(z)
    logcdf := logsigmoid(z)
    sf := sigmoid(-z)
    logsf := logsigmoid(-z)
    ppf := logit(q)
    isf := -logit(q)
    mean := 0
    median := 0
    var := pi**2/3
    entropy := 2
genlogistic(c:positive)
    logpdf := log(c) - z + (c + 1)*logsigmoid(z)
    cdf := exp(c*logsigmoid(z))
    logcdf := c*logsigmoid(z)
    sf := -expm1(c*logsigmoid(z))
    ppf := -log(expm1(-log(q)/c))
    mean := digamma(c) - digamma(1)
    var := pi**2/6 + polygamma(1, c)
    entropy := 1 - log(c) + digamma(c + 1) - digamma(1)
cauchy()
    logpdf := -log(pi) - log1p(z**2)
    cdf := atan2(1, -z)/pi
    sf := atan2(1, z)/pi
    ppf := where(q > 0.5, 1/tan(pi*(1 - q)), -1/tan(pi*q))
    isf := where(q > 0.5, -1/tan(pi*(1 - q)), 1/tan(pi*q))
    mean := none: it has none, scipy gives nan
    median := 0
    var := none: it has none, scipy gives nan
    entropy := log(4*pi)
t(df:positive)
    logpdf := -(df + 1)/2*log1p(z**2/df) - log(df)/2 - lbeta(df/2, 1/2)
    cdf := r = sqrt(z**2 + df); low = where(z < 0, z, 0); high = where(z < 0, 0, z); \
        where(z < 0, betainc(df/2, df/2, df/(2*r*(r - low))), betainc(df/2, df/2, (r + high)/(2*r)))
    sf := r = sqrt(z**2 + df); low = where(z < 0, z, 0); high = where(z < 0, 0, z); \
        where(z < 0, betainc(df/2, df/2, (r - low)/(2*r)), betainc(df/2, df/2, df/(2*r*(r + high))))
    ppf := x = betaincinv(df/2, df/2, q); sqrt(df)*(x - 1/2)/sqrt(x*(1 - x))
    isf := x = betaincinv(df/2, df/2, q); sqrt(df)*(1/2 - x)/sqrt(x*(1 - x))
    mean := where(df > 1, 0, inf)
    median := 0
    var := where(df > 2, df/(df - 2), where(df > 1, inf, nan))
    entropy := (df + 1)/2*(digamma((df + 1)/2) - digamma(df/2)) + log(df)/2 + lbeta(df/2, 1/2)
gumbel_r()
    logpdf := -z - exp(-z)
    cdf := exp(-exp(-z))
    logcdf := -exp(-z)
    sf := -expm1(-exp(-z))
    ppf := -log(-log(q))
    isf := -log(-log1p(-q))
    mean := -digamma(1)
    var := pi**2/6
    entropy := 1 - digamma(1)
gumbel_l()
    logpdf := z - exp(z)
    cdf := -expm1(-exp(z))
    sf := exp(-exp(z))
    logsf := -exp(z)
    ppf := log(-log1p(-q))
    isf := log(-log(q))
    mean := digamma(1)
    var := pi**2/6
    entropy := 1 - digamma(1)
loggamma(c:positive)
    logpdf := c*z - exp(z) - lgamma(c)
    cdf := gammainc(c, exp(z))
    sf := gammaincc(c, exp(z))
    ppf := log(gammaincinv(c, q))
    isf := log(gammainccinv(c, q))
    mean := digamma(c)
    var := polygamma(1, c)
    entropy := lgamma(c) - c*digamma(c) + c
hypsecant()
    logpdf := -log(pi/2) - abs(z) - log1p(exp(-2*abs(z)))
    cdf := 2/pi*atan(exp(z))
    sf := 2/pi*atan(exp(-z))
    ppf := where(q > 0.5, -log(tan(pi/2*(1 - q))), log(tan(pi/2*q)))
    isf := where(q > 0.5, log(tan(pi/2*(1 - q))), -log(tan(pi/2*q)))
    mean := 0
    median := 0
    var := pi**2/4
moyal()
    logpdf := -(z + exp(-z))/2 - log(2*pi)/2
    cdf := erfc(exp(-z/2)/sqrt(2))
    sf := erf(exp(-z/2)/sqrt(2))
    ppf := -2*log(sqrt(2)*erfcinv(q))
    mean := log(2) - digamma(1)
    var := pi**2/2
skewnorm(a)
    logpdf := log(2) - z**2/2 - log(2*pi)/2 + log_ndtr(a*z)
    cdf := ndtr(z) - 2*owens_t(z, a)
    sf := ndtr(-z) + 2*owens_t(z, a)
    mean := sqrt(2/pi)*a/sqrt(1 + a**2)
    var := 1 - 2/pi*a**2/(1 + a**2)
exponnorm(K:positive)
    logpdf := 1/(2*K**2) - z/K - log(K) + log_ndtr(z - 1/K)
    cdf := ndtr(z) - exp(1/(2*K**2) - z/K + log_ndtr(z - 1/K))
    sf := ndtr(-z) + exp(1/(2*K**2) - z/K + log_ndtr(z - 1/K))
    mean := K
    var := 1 + K**2
gennorm(beta:positive)
    logpdf := log(beta/2) - lgamma(1/beta) - abs(z)**beta
    cdf := s = abs(z)**beta; where(z < 0, gammaincc(1/beta, s)/2, 1/2 + gammainc(1/beta, s)/2)
    sf := s = abs(z)**beta; where(z > 0, gammaincc(1/beta, s)/2, 1/2 + gammainc(1/beta, s)/2)
    mean := 0
    median := 0
    var := exp(lgamma(3/beta) - lgamma(1/beta))
    entropy := 1/beta - log(beta/2) + lgamma(1/beta)
dgamma(a:positive)
    logpdf := xlogy(a - 1, abs(z)) - abs(z) - lgamma(a) - log(2)
    cdf := where(z < 0, gammaincc(a, abs(z))/2, 1/2 + gammainc(a, abs(z))/2)
    sf := where(z > 0, gammaincc(a, abs(z))/2, 1/2 + gammainc(a, abs(z))/2)
    mean := 0
    median := 0
    var := a*(a + 1)
dweibull(c:positive)
    logpdf := log(c/2) + xlogy(c - 1, abs(z)) - abs(z)**c
    cdf := s = exp(-abs(z)**c)/2; where(z < 0, s, 1 - s)
    sf := s = exp(-abs(z)**c)/2; where(z > 0, s, 1 - s)
    mean := 0
    median := 0
    var := gamma(1 + 2/c)
laplace_asymmetric(kappa:positive)
    logpdf := low = where(z < 0, z, 0); high = where(z < 0, 0, z); low/kappa - kappa*high - log(kappa + 1/kappa)
    cdf := low = where(z < 0, z, 0); high = where(z < 0, 0, z); s = kappa + 1/kappa; \
        where(z < 0, exp(low/kappa)*kappa/s, 1 - exp(-kappa*high)/(kappa*s))
    sf := low = where(z < 0, z, 0); high = where(z < 0, 0, z); s = kappa + 1/kappa; \
        where(z < 0, 1 - exp(low/kappa)*kappa/s, exp(-kappa*high)/(kappa*s))
    mean := 1/kappa - kappa
    var := 1/kappa**2 + kappa**2
    entropy := 1 + log(kappa + 1/kappa)
johnsonsu(a, b:positive)
    logpdf := log(b) - log1p(z**2)/2 - (a + b*asinh(z))**2/2 - log(2*pi)/2
    cdf := ndtr(a + b*asinh(z))
    logcdf := log_ndtr(a + b*asinh(z))
    sf := ndtr(-(a + b*asinh(z)))
    logsf := log_ndtr(-(a + b*asinh(z)))
    ppf := sinh((ndtri(q) - a)/b)
    isf := sinh((-ndtri(q) - a)/b)
vonmises(kappa:unsigned)
    logpdf := kappa*(cos(z) - 1) - log(2*pi) - log(i0e(kappa))
    entropy := -kappa*i1e(kappa)/i0e(kappa) + log(2*pi) + log(i0e(kappa)) + kappa
genextreme(c) on (-inf .. inf)
    logpdf := y = where(c == 0, -z, log1p(-c*z)/where(c == 0, 1, c)); where(c*z >= 1, -inf, y - exp(y) - log1p(-c*z))
    logcdf := y = where(c == 0, -z, log1p(-c*z)/where(c == 0, 1, c)); where(c*z >= 1, where(c > 0, 0, -inf), -exp(y))
    cdf := y = where(c == 0, -z, log1p(-c*z)/where(c == 0, 1, c)); where(c*z >= 1, where(c > 0, 1, 0), exp(-exp(y)))
    sf := y = where(c == 0, -z, log1p(-c*z)/where(c == 0, 1, c)); where(c*z >= 1, where(c > 0, 0, 1), -expm1(-exp(y)))
    ppf := y = log(-log(q)); where(c == 0, -y, -expm1(c*y)/where(c == 0, 1, c))
    mean := where(c > -1, where(c == 0, -digamma(1), (1 - gamma(1 + where(c > -1, c, 0)))/where(c == 0, 1, c)), inf)
    entropy := -digamma(1)*(1 - c) + 1
"""

FAMILIES = tuple(families(_TABLE))
SPELLINGS = spellings(FAMILIES)
BLUEPRINTS = tuple(family.blueprint() for family in FAMILIES)
