"""scipy's distributions on whole numbers: 0 between these."""

from __future__ import annotations

from gradcli.operations.families import families, spellings

_TABLE = """
poisson(mu:unsigned) on [0 .. inf)
    logpmf := xlogy(z, mu) - lgamma(z + 1) - mu
    cdf := gammaincc(z + 1, mu)
    sf := gammainc(z + 1, mu)
    mean := mu
    var := mu
bernoulli(p:probability) on [0 .. 1]
    logpmf := where(z == 0, log1p(-p), log(p))
    pmf := where(z == 0, 1 - p, p)
    cdf := where(z == 0, 1 - p, 1)
    sf := where(z == 0, p, 0)
    mean := p
    var := p*(1 - p)
    entropy := entr(p) - xlog1py(1 - p, -p)
binom(n:unsigned, p:probability) on [0 .. n] given n == floor(n)
    logpmf := lgamma(n + 1) - lgamma(z + 1) - lgamma(n - z + 1) + xlogy(z, p) + xlog1py(n - z, -p)
    cdf := k = where(z >= n, n - 1, z); where(z >= n, 1, betaincc(k + 1, n - k, p))
    sf := k = where(z >= n, n - 1, z); where(z >= n, 0, betainc(k + 1, n - k, p))
    mean := n*p
    var := n*p*(1 - p)
nbinom(n:positive, p:portion) on [0 .. inf)
    logpmf := lgamma(n + z) - lgamma(z + 1) - lgamma(n) + n*log(p) + xlog1py(z, -p)
    cdf := betainc(n, z + 1, p)
    sf := betaincc(n, z + 1, p)
    mean := n*(1 - p)/p
    var := n*(1 - p)/p**2
geom(p:portion) on [1 .. inf)
    logpmf := xlog1py(z - 1, -p) + log(p)
    cdf := -expm1(z*log1p(-p))
    sf := exp(z*log1p(-p))
    logsf := z*log1p(-p)
    mean := 1/p
    var := (1 - p)/p**2
    entropy := -log(p) - log1p(-p)*(1 - p)/p
hypergeom(M:unsigned, n:unsigned, N:unsigned) on [maximum(0, N + n - M) .. minimum(n, N)] \
    given n <= M, N <= M, M == floor(M), n == floor(n), N == floor(N)
    logpmf := lbeta(n + 1, 1) + lbeta(M - n + 1, 1) + lbeta(M - N + 1, N + 1) - lbeta(z + 1, n - z + 1) \
        - lbeta(N - z + 1, M - n - N + z + 1) - lbeta(M + 1, 1)
    mean := N*n/M
    var := N*n*(M - n)*(M - N)/(M**2*(M - 1))
betabinom(n:unsigned, a:positive, b:positive) on [0 .. n] given n == floor(n)
    logpmf := -log(n + 1) - lbeta(n - z + 1, z + 1) + lbeta(z + a, n - z + b) - lbeta(a, b)
    mean := n*a/(a + b)
    var := n*(a + b + n)*a*b/((a + b)**2*(a + b + 1))
betanbinom(n:unsigned, a:positive, b:positive) on [0 .. inf) given n == floor(n)
    logpmf := -log(n + z) - lbeta(n, z + 1) + lbeta(a + n, b + z) - lbeta(a, b)
    mean := where(a > 1, n*b/(a - 1), inf)
logser(p:fraction) on [1 .. inf)
    logpmf := z*log(p) - log(z) - log(-log1p(-p))
    mean := -p/((1 - p)*log1p(-p))
    var := s = log1p(-p); -p*(s + p)/((1 - p)**2*s**2)
zipf(a:beyond_one) on [1 .. inf)
    logpmf := -a*log(z) - log(zeta(a))
    mean := where(a > 2, zeta(where(a > 2, a, 3) - 1)/zeta(a), inf)
planck(lambda_:positive) on [0 .. inf)
    logpmf := log(-expm1(-lambda_)) - lambda_*z
    cdf := -expm1(-lambda_*(z + 1))
    sf := exp(-lambda_*(z + 1))
    logsf := -lambda_*(z + 1)
    mean := 1/expm1(lambda_)
    var := exp(-lambda_)/expm1(-lambda_)**2
    entropy := lambda_*exp(-lambda_)/-expm1(-lambda_) - log(-expm1(-lambda_))
dlaplace(a:positive) at 0
    logpmf := log(tanh(a/2)) - a*abs(z)
    mean := 0
    var := 1/(2*sinh(a/2)**2)
    entropy := a/sinh(a) - log(tanh(a/2))
skellam(mu1:positive, mu2:positive) at 0
    logpmf := s = 2*sqrt(mu1*mu2); log(ive(abs(z), s)) + s - mu1 - mu2 + z/2*log(mu1/mu2)
    mean := mu1 - mu2
    var := mu1 + mu2
yulesimon(alpha:positive) on [1 .. inf)
    logpmf := log(alpha) + lbeta(z, alpha + 1)
    cdf := 1 - z*beta(z, alpha + 1)
    sf := z*beta(z, alpha + 1)
    mean := where(alpha > 1, alpha/(alpha - 1), inf)
randint(low, high) on [low .. high - 1] given low < high, low == floor(low), high == floor(high)
    logpmf := -log(high - low)
    pmf := 1/(high - low)
    cdf := (z - low + 1)/(high - low)
    mean := (high + low - 1)/2
    var := ((high - low)**2 - 1)/12
    entropy := log(high - low)
"""

FAMILIES = tuple(families(_TABLE, whole=True))
SPELLINGS = spellings(FAMILIES)
BLUEPRINTS = tuple(family.blueprint() for family in FAMILIES)
