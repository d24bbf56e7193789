"""scipy's distributions on the positive numbers."""

from __future__ import annotations

from gradcli.operations.families import families, spellings

# Below 1 and above it, where one power or the other is far beyond all numbers; at 0 formulas in low have their slope.
_SIDES = "low = where(z < 1, z, 1); high = where(z < 1, 1, z)"
_TABLE = f"""
expon() on [0 .. inf)
    logpdf := -z
    cdf := -expm1(-z)
    sf := exp(-z)
    logsf := -z
    ppf := -log1p(-q)
    isf := -log(q)
    mean := 1
    median := log(2)
    var := 1
    entropy := 1
gamma erlang(a:positive) on [0 .. inf)
    logpdf := xlogy(a - 1, z) - z - lgamma(a)
    cdf := gammainc(a, z)
    sf := gammaincc(a, z)
    ppf := gammaincinv(a, q)
    isf := gammainccinv(a, q)
    mean := a
    var := a
    entropy := a + lgamma(a) + (1 - a)*digamma(a)
gengamma(a:positive, c) on [0 .. inf) given c != 0
    logpdf := edge = z == 0 and c < 0; y = where(edge, 1, z); \
        where(edge, -inf, log(abs(c)) + xlogy(c*a - 1, y) - y**c - lgamma(a))
    cdf := where(c > 0, gammainc(a, z**c), gammaincc(a, z**c))
    sf := where(c > 0, gammaincc(a, z**c), gammainc(a, z**c))
    mean := exp(lgamma(a + 1/c) - lgamma(a))
    var := exp(lgamma(a + 2/c) - lgamma(a)) - exp(2*lgamma(a + 1/c) - 2*lgamma(a))
invgamma(a:positive) on (0 .. inf)
    logpdf := -(a + 1)*log(z) - lgamma(a) - 1/z
    cdf := gammaincc(a, 1/z)
    sf := gammainc(a, 1/z)
    ppf := 1/gammainccinv(a, q)
    isf := 1/gammaincinv(a, q)
    mean := where(a > 1, 1/(a - 1), inf)
    var := where(a > 2, 1/((a - 1)**2*(a - 2)), inf)
    entropy := a - (a + 1)*digamma(a) + lgamma(a)
chi(df:positive) on [0 .. inf)
    logpdf := (1 - df/2)*log(2) - lgamma(df/2) + xlogy(df - 1, z) - z**2/2
    cdf := gammainc(df/2, z**2/2)
    sf := gammaincc(df/2, z**2/2)
    ppf := sqrt(2*gammaincinv(df/2, q))
    isf := sqrt(2*gammainccinv(df/2, q))
    mean := sqrt(2)*exp(lgamma(df/2 + 1/2) - lgamma(df/2))
    var := df - 2*exp(2*lgamma(df/2 + 1/2) - 2*lgamma(df/2))
    entropy := lgamma(df/2) + (df - log(2) - (df - 1)*digamma(df/2))/2
chi2(df:positive) on [0 .. inf)
    logpdf := xlogy(df/2 - 1, z) - z/2 - lgamma(df/2) - df*log(2)/2
    cdf := gammainc(df/2, z/2)
    sf := gammaincc(df/2, z/2)
    ppf := 2*gammaincinv(df/2, q)
    isf := 2*gammainccinv(df/2, q)
    mean := df
    var := 2*df
    entropy := df/2 + log(2) + lgamma(df/2) + (1 - df/2)*digamma(df/2)
betaprime(a:positive, b:positive) on (0 .. inf)
    logpdf := xlogy(a - 1, z) - (a + b)*log1p(z) - lbeta(a, b)
    cdf := betainc(a, b, z/(1 + z))
    sf := betainc(b, a, 1/(1 + z))
    ppf := x = betaincinv(a, b, q); x/(1 - x)
    isf := x = betaincinv(b, a, q); (1 - x)/x
    mean := where(b > 1, a/(b - 1), inf)
    var := where(b > 2, a*(a + b - 1)/((b - 2)*(b - 1)**2), inf)
f(dfn:positive, dfd:positive) on [0 .. inf)
    logpdf := dfn/2*log(dfn/dfd) + xlogy(dfn/2 - 1, z) - (dfn + dfd)/2*log1p(dfn*z/dfd) - lbeta(dfn/2, dfd/2)
    cdf := betainc(dfn/2, dfd/2, dfn*z/(dfd + dfn*z))
    sf := betainc(dfd/2, dfn/2, dfd/(dfd + dfn*z))
    ppf := x = betaincinv(dfn/2, dfd/2, q); dfd*x/(dfn*(1 - x))
    isf := x = betaincinv(dfd/2, dfn/2, q); dfd*(1 - x)/(dfn*x)
    mean := where(dfd > 2, dfd/(dfd - 2), inf)
    var := where(dfd > 4, 2*dfd**2*(dfn + dfd - 2)/(dfn*(dfd - 2)**2*(dfd - 4)), inf)
lognorm(s:positive) on (0 .. inf)
    logpdf := -log(z)**2/(2*s**2) - log(s*z) - log(2*pi)/2
    cdf := ndtr(log(z)/s)
    logcdf := log_ndtr(log(z)/s)
    sf := ndtr(-log(z)/s)
    logsf := log_ndtr(-log(z)/s)
    ppf := exp(s*ndtri(q))
    isf := exp(-s*ndtri(q))
    mean := exp(s**2/2)
    median := 1
    var := expm1(s**2)*exp(s**2)
    entropy := (1 + log(2*pi))/2 + log(s)
halfnorm() on [0 .. inf)
    logpdf := -z**2/2 + log(2/pi)/2
    cdf := erf(z/sqrt(2))
    sf := erfc(z/sqrt(2))
    logsf := log(2) + log_ndtr(-z)
    ppf := sqrt(2)*erfinv(q)
    isf := -ndtri(q/2)
    mean := sqrt(2/pi)
    var := 1 - 2/pi
    entropy := (log(pi/2) + 1)/2
halfcauchy() on [0 .. inf)
    logpdf := log(2/pi) - log1p(z**2)
    cdf := 2/pi*atan(z)
    sf := 2/pi*atan2(1, z)
    ppf := where(q == 1, inf, tan(pi*q/2))
    isf := where(q == 1, 0, 1/tan(pi*q/2))
    mean := none: it is infinite
    median := 1
    var := none: it is infinite
    entropy := log(2*pi)
halflogistic() on [0 .. inf)
    logpdf := log(2) - z - 2*log1p(exp(-z))
    cdf := tanh(z/2)
    sf := 2*sigmoid(-z)
    logsf := log(2) + logsigmoid(-z)
    ppf := 2*atanh(q)
    mean := log(4)
    var := pi**2/3 - log(4)**2
    entropy := 2 - log(2)
weibull_min(c:positive) on [0 .. inf)
    logpdf := log(c) + xlogy(c - 1, z) - z**c
    cdf := -expm1(-z**c)
    sf := exp(-z**c)
    logsf := -z**c
    ppf := (-log1p(-q))**(1/c)
    isf := (-log(q))**(1/c)
    mean := gamma(1 + 1/c)
    var := gamma(1 + 2/c) - gamma(1 + 1/c)**2
    entropy := digamma(1)/c - log(c) - digamma(1) + 1
weibull_max(c:positive) on (-inf .. 0]
    logpdf := log(c) + xlogy(c - 1, -z) - (-z)**c
    cdf := exp(-(-z)**c)
    logcdf := -(-z)**c
    sf := -expm1(-(-z)**c)
    ppf := -(-log(q))**(1/c)
    isf := -(-log1p(-q))**(1/c)
    mean := -gamma(1 + 1/c)
    var := gamma(1 + 2/c) - gamma(1 + 1/c)**2
    entropy := digamma(1)/c - log(c) - digamma(1) + 1
invweibull(c:positive) on (0 .. inf)
    logpdf := log(c) - (c + 1)*log(z) - z**(-c)
    cdf := exp(-z**(-c))
    logcdf := -z**(-c)
    sf := -expm1(-z**(-c))
    ppf := (-log(q))**(-1/c)
    isf := (-log1p(-q))**(-1/c)
    entropy := 1 - digamma(1)/c - digamma(1) - log(c)
exponweib(a:positive, c:positive) on [0 .. inf)
    logpdf := log(a) + log(c) + xlogy(c - 1, z) + xlogy(a - 1, -expm1(-z**c)) - z**c
    cdf := (-expm1(-z**c))**a
    logcdf := a*log(-expm1(-z**c))
    sf := {_SIDES}; where(z < 1, 1 - (-expm1(-low**c))**a, -expm1(a*log1p(-exp(-high**c))))
    ppf := (-log1p(-q**(1/a)))**(1/c)
pareto(b:positive) on [1 .. inf)
    logpdf := log(b) - (b + 1)*log(z)
    cdf := -expm1(-b*log(z))
    sf := z**(-b)
    logsf := -b*log(z)
    ppf := (1 - q)**(-1/b)
    isf := q**(-1/b)
    mean := where(b > 1, b/(b - 1), inf)
    var := where(b > 2, b/((b - 2)*(b - 1)**2), inf)
    entropy := 1 + 1/b - log(b)
lomax(c:positive) on [0 .. inf)
    logpdf := log(c) - (c + 1)*log1p(z)
    cdf := -expm1(-c*log1p(z))
    sf := exp(-c*log1p(z))
    logsf := -c*log1p(z)
    ppf := expm1(-log1p(-q)/c)
    isf := expm1(-log(q)/c)
    mean := where(c > 1, 1/(c - 1), inf)
    entropy := 1 + 1/c - log(c)
rayleigh() on [0 .. inf)
    logpdf := log(z) - z**2/2
    pdf := z*exp(-z**2/2)
    cdf := -expm1(-z**2/2)
    sf := exp(-z**2/2)
    logsf := -z**2/2
    ppf := sqrt(-2*log1p(-q))
    isf := sqrt(-2*log(q))
    mean := sqrt(pi/2)
    var := 2 - pi/2
    entropy := 1 - digamma(1)/2 - log(2)/2
maxwell() on [0 .. inf)
    logpdf := log(2/pi)/2 + 2*log(z) - z**2/2
    pdf := sqrt(2/pi)*z**2*exp(-z**2/2)
    cdf := gammainc(1.5, z**2/2)
    sf := gammaincc(1.5, z**2/2)
    ppf := sqrt(2*gammaincinv(1.5, q))
    isf := sqrt(2*gammainccinv(1.5, q))
    mean := 2*sqrt(2/pi)
    var := 3 - 8/pi
    entropy := -digamma(1) + (log(2*pi) - 1)/2
nakagami(nu:positive) on [0 .. inf)
    logpdf := log(2) + nu*log(nu) - lgamma(nu) + xlogy(2*nu - 1, z) - nu*z**2
    cdf := gammainc(nu, nu*z**2)
    sf := gammaincc(nu, nu*z**2)
    ppf := sqrt(gammaincinv(nu, q)/nu)
    isf := sqrt(gammainccinv(nu, q)/nu)
    mean := exp(lgamma(nu + 1/2) - lgamma(nu))/sqrt(nu)
    var := 1 - exp(2*lgamma(nu + 1/2) - 2*lgamma(nu))/nu
rice(b:unsigned) on [0 .. inf)
    logpdf := log(z) - (z - b)**2/2 + log(i0e(z*b))
    pdf := z*exp(-(z - b)**2/2)*i0e(z*b)
    mean := s = b**2/4; sqrt(pi/2)*((1 + 2*s)*i0e(s) + 2*s*i1e(s))
    var := s = b**2/4; 2 + b**2 - pi/2*((1 + 2*s)*i0e(s) + 2*s*i1e(s))**2
levy() on (0 .. inf)
    logpdf := -log(2*pi)/2 - 1.5*log(z) - 1/(2*z)
    cdf := erfc(1/sqrt(2*z))
    sf := erf(1/sqrt(2*z))
    ppf := 1/ndtri(q/2)**2
    isf := 1/(2*erfinv(q)**2)
    mean := none: it is infinite
    var := none: it is infinite
    entropy := (1 - 3*digamma(1) + log(16*pi))/2
invgauss(mu:positive) on (0 .. inf)
    logpdf := -log(2*pi)/2 - 1.5*log(z) - (z/mu - 1)**2/(2*z)
    cdf := ndtr((z/mu - 1)/sqrt(z)) + exp(2/mu + log_ndtr(-(z/mu + 1)/sqrt(z)))
    sf := ndtr((1 - z/mu)/sqrt(z)) - exp(2/mu + log_ndtr(-(z/mu + 1)/sqrt(z)))
    mean := mu
    var := mu**3
wald() on (0 .. inf)
    logpdf := -log(2*pi)/2 - 1.5*log(z) - (z - 1)**2/(2*z)
    cdf := ndtr((z - 1)/sqrt(z)) + exp(2 + log_ndtr(-(z + 1)/sqrt(z)))
    sf := ndtr((1 - z)/sqrt(z)) - exp(2 + log_ndtr(-(z + 1)/sqrt(z)))
    mean := 1
    var := 1
fisk(c:positive) on [0 .. inf)
    logpdf := log(c) + xlogy(c - 1, z) - 2*log1p(z**c)
    cdf := z**c/(1 + z**c)
    sf := 1/(1 + z**c)
    logsf := -log1p(z**c)
    ppf := (q/(1 - q))**(1/c)
    isf := ((1 - q)/q)**(1/c)
    mean := where(c > 1, pi/c/sin(pi/c), inf)
    entropy := 2 - log(c)
burr12(c:positive, d:positive) on [0 .. inf)
    logpdf := log(c) + log(d) + xlogy(c - 1, z) - (d + 1)*log1p(z**c)
    cdf := -expm1(-d*log1p(z**c))
    sf := exp(-d*log1p(z**c))
    logsf := -d*log1p(z**c)
    ppf := expm1(-log1p(-q)/d)**(1/c)
    isf := expm1(-log(q)/d)**(1/c)
burr(c:positive, d:positive) on [0 .. inf)
    logpdf := {_SIDES}; log(c) + log(d) + where(z < 1, xlogy(c*d - 1, low) - (d + 1)*log1p(low**c), \
        -(c + 1)*log(high) - (d + 1)*log1p(high**(-c)))
    cdf := {_SIDES}; where(z < 1, (low**c/(1 + low**c))**d, exp(-d*log1p(high**(-c))))
    logcdf := -d*log1p(z**(-c))
    sf := {_SIDES}; where(z < 1, 1 - (low**c/(1 + low**c))**d, -expm1(-d*log1p(high**(-c))))
    ppf := expm1(-log(q)/d)**(-1/c)
    isf := expm1(-log1p(-q)/d)**(-1/c)
gompertz(c:positive) on [0 .. inf)
    logpdf := log(c) + z - c*expm1(z)
    cdf := -expm1(-c*expm1(z))
    sf := exp(-c*expm1(z))
    logsf := -c*expm1(z)
    ppf := log1p(-log1p(-q)/c)
    isf := log1p(-log(q)/c)
foldnorm(c:unsigned) on [0 .. inf)
    logpdf := -(z - c)**2/2 - log(2*pi)/2 + log1p(exp(-2*c*z))
    cdf := ndtr(z - c) - ndtr(-z - c)
    sf := ndtr(c - z) + ndtr(-z - c)
foldcauchy(c:unsigned) on [0 .. inf)
    logpdf := log(1/(1 + (z - c)**2) + 1/(1 + (z + c)**2)) - log(pi)
    cdf := (atan(z - c) + atan(z + c))/pi
    sf := (atan2(1, z - c) + atan2(1, z + c))/pi
loglaplace(c:positive) on [0 .. inf)
    logpdf := log(c/2) + xlogy(where(z < 1, c - 1, -c - 1), z)
    cdf := {_SIDES}; where(z < 1, low**c/2, 1 - high**(-c)/2)
    sf := {_SIDES}; where(z < 1, 1 - low**c/2, high**(-c)/2)
    ppf := where(q < 0.5, (2*q)**(1/c), (2*(1 - q))**(-1/c))
    isf := where(q < 0.5, (2*q)**(-1/c), (2*(1 - q))**(1/c))
    median := 1
    mean := where(c > 1, c**2/(c**2 - 1), inf)
    entropy := log(2/c) + 1
genpareto(c) on [0 .. inf)
    logpdf := y = where(c == 0, z, log1p(c*z)/where(c == 0, 1, c)); where(c*z <= -1, -inf, -y - log1p(c*z))
    cdf := y = where(c == 0, z, log1p(c*z)/where(c == 0, 1, c)); where(c*z <= -1, 1, -expm1(-y))
    sf := y = where(c == 0, z, log1p(c*z)/where(c == 0, 1, c)); where(c*z <= -1, 0, exp(-y))
    logsf := y = where(c == 0, z, log1p(c*z)/where(c == 0, 1, c)); where(c*z <= -1, -inf, -y)
    ppf := y = -log1p(-q); where(c == 0, y, expm1(c*y)/where(c == 0, 1, c))
    isf := y = -log(q); where(c == 0, y, expm1(c*y)/where(c == 0, 1, c))
    mean := where(c < 1, 1/(1 - c), inf)
    var := where(c < 0.5, 1/((1 - c)**2*(1 - 2*c)), inf)
    entropy := 1 + c
"""

FAMILIES = tuple(families(_TABLE))
SPELLINGS = spellings(FAMILIES)
BLUEPRINTS = tuple(family.blueprint() for family in FAMILIES)
