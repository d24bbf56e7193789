"""scipy.special's distribution functions and their inverses, and its orthogonal polynomials of real degree."""

from __future__ import annotations

from collections.abc import Iterator

from gradcli.operations.spelling import Spelling, spelled

_DISTRIBUTIONS = """
bdtr(k, n, p) := betaincc(floor(k) + 1, n - floor(k), p)
bdtrc(k, n, p) := betainc(floor(k) + 1, n - floor(k), p)
bdtri(k, n, y) := betainccinv(floor(k) + 1, n - floor(k), y)
nbdtr(k, n, p) := betainc(n, k + 1, p)
nbdtrc(k, n, p) := betaincc(n, k + 1, p)
nbdtri(k, n, y) := betaincinv(n, k + 1, y)
btdtr(a, b, x) := betainc(a, b, x)
btdtri(a, b, p) := betaincinv(a, b, p)
fdtr(dfn, dfd, x) := betainc(dfn/2, dfd/2, dfn*x/(dfd + dfn*x))
fdtrc(dfn, dfd, x) := betainc(dfd/2, dfn/2, dfd/(dfd + dfn*x))
fdtri(dfn, dfd, p) := y = betainccinv(dfd/2, dfn/2, p); dfd*(1 - y)/(dfn*y)
gdtr(a, b, x) := gammainc(b, a*x)
gdtrc(a, b, x) := gammaincc(b, a*x)
gdtria(p, b, x) := gammaincinv(b, p)/x
gdtrix(a, b, p) := gammaincinv(b, p)/a
pdtr(k, m) := gammaincc(floor(k) + 1, m)
pdtrc(k, m) := gammainc(floor(k) + 1, m)
pdtri(k, y) := gammainccinv(floor(k) + 1, y)
chdtr(v, x) := gammainc(v/2, x/2)
chdtrc(v, x) := gammaincc(v/2, x/2)
chdtri(v, p) := 2*gammainccinv(v/2, p)
nrdtrimn(p, std, x) := x - std*ndtri(p)
nrdtrisd(mn, p, x) := (x - mn)/ndtri(p)
chndtr(x, df, nc) := 1 - marcumq(df/2, sqrt(nc), sqrt(x))
"""

# Of Student's: the series about 0, which is smooth there, and the tail, which keeps its digits.
_STUDENT = (
    "near = t**2 < 1.7*df; u = where(near, t, 0); v = where(near, 2*sqrt(df), t); "
    "where(near, 1/2 + u*exp(lgamma((df + 1)/2) - lgamma(df/2))/sqrt(pi*df)*hyp2f1(1/2, (df + 1)/2, 3/2, -u**2/df), "
    "where(v > 0, 1 - betainc(df/2, 1/2, df/(df + v**2))/2, betainc(df/2, 1/2, df/(df + v**2))/2))"
)
# Its quantile: the one of p and 1 - p that is below 1/2, by the inverse of the tail.
_QUANTILE = "x = betaincinv(df/2, 1/2, 2*minimum(p, 1 - p)); sign(p - 1/2)*sqrt(df*(1 - x)/x)"

_UNSOLVED = (
    "bdtrik(y, n, p)", "bdtrin(k, y, p)", "btdtria(p, b, x)", "btdtrib(a, p, x)", "fdtridfd(dfn, p, x)",
    "gdtrib(a, p, x)", "nbdtrik(y, n, p)", "nbdtrin(k, y, p)", "pdtrik(p, m)", "stdtridf(p, t)", "chdtriv(p, x)",
)  # fmt: skip
_NONE = "none: it solves for a parameter, of which no row has the inverse"

_POLYNOMIALS = """
eval_chebyt(n:integer, x) := chebyshevt(n, x)
eval_chebyt(n, x) := hyp2f1(-n, n, 1/2, (1 - x)/2)
eval_chebyu(n:integer, x) := chebyshevu(n, x)
eval_chebyu(n, x) := (n + 1)*hyp2f1(-n, n + 2, 3/2, (1 - x)/2)
eval_chebyc(n:integer, x) := 2*chebyshevt(n, x/2)
eval_chebys(n:integer, x) := chebyshevu(n, x/2)
eval_sh_chebyt(n:integer, x) := chebyshevt(n, 2*x - 1)
eval_sh_chebyu(n:integer, x) := chebyshevu(n, 2*x - 1)
eval_legendre(n:integer, x) := legendre(n, x)
eval_legendre(n, x) := hyp2f1(-n, n + 1, 1, (1 - x)/2)
eval_sh_legendre(n:integer, x) := legendre(n, 2*x - 1)
eval_sh_legendre(n, x) := hyp2f1(-n, n + 1, 1, 1 - x)
eval_laguerre(n:integer, x) := laguerre(n, x)
eval_laguerre(n, x) := hyp1f1(-n, 1, x)
eval_hermite(n:integer, x) := hermite(n, x)
eval_hermitenorm(n:integer, x) := hermite_prob(n, x)
eval_genlaguerre(n, alpha, x) := binomial(n + alpha, n)*hyp1f1(-n, alpha + 1, x)
assoc_laguerre(x, n, k=0) := binomial(n + k, n)*hyp1f1(-n, k + 1, x)
eval_gegenbauer(n, alpha, x) := poch(2*alpha, n)/gamma(n + 1)*hyp2f1(-n, n + 2*alpha, alpha + 1/2, (1 - x)/2)
eval_jacobi(n, alpha, beta, x) := binomial(n + alpha, n)*hyp2f1(-n, n + alpha + beta + 1, alpha + 1, (1 - x)/2)
"""


def _all() -> Iterator[Spelling]:
    yield from spelled("scipy.special.", _DISTRIBUTIONS)
    yield from spelled("scipy.special.", _POLYNOMIALS)
    yield Spelling("scipy.special.stdtr(df, t)", _STUDENT)
    yield Spelling("scipy.special.stdtrit(df, p)", _QUANTILE)
    for call in _UNSOLVED:
        yield Spelling(f"scipy.special.{call}", _NONE)


SPELLINGS = tuple(_all())
