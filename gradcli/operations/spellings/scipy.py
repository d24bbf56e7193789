"""scipy's calls: special functions where they are not a row's own, linear algebra, densities of distributions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gradcli.operations.spelling import Spelling, spelled

# Any, in this module: the constants of a call, or OPERAND

_SPECIAL = """
log_expit(x) := logsigmoid(x)
rgamma(z) := 1/gamma(z)
gammasgn(x) := sign(gamma(x))
multigammaln(a, d:integer) := multigammaln(a, d)
jn(v:integer, z) := besselj(v, z)
jve(v:integer, z) := besselj(v, z)
jv(v:integer, z) := besselj(v, z)
yn(n:integer, x) := bessely(n, x)
yv(v:integer, z) := bessely(v, z)
iv(v:integer, z) := besseli(v, z)
kn(n:integer, x) := besselk(n, x)
kv(v:number, z) := besselk(v, z)
ive(v:integer, z) := besseli(v, z)*exp(-abs(z))
kve(v:number, z) := besselk(v, z)*exp(z)
spherical_jn(n:integer, z) := spherical_jn(n, z)
spherical_jn(n:integer, z, derivative:flag) := spherical_jn(n, z)*n/z - spherical_jn(n + 1, z)
ellipkm1(p) := ellipk(1 - p)
sici(x) := (si(x), ci(x))
shichi(x) := (shi(x), chi(x))
fresnel(z) := (fresnels(z), fresnelc(z))
airy(z) := (airy_ai(z), airy_ai_prime(z), airy_bi(z), airy_bi_prime(z))
lambertw(z, k:integer=0) := lambertw(z, k)
poch(z, m) := gamma(z + m)/gamma(z)
binom(x, y) := binomial(x, y)
factorial(n, exact:flag=False) := where(n < 0, 0, factorial(where(n < 0, 0, n)))
comb(N, k, exact:flag=False, repetition:nothing=None) := where(k < 0 or k > N or N < 0, 0, binomial(N, k))
perm(N, k, exact:flag=False) := where(k < 0 or k > N or N < 0, 0, gamma(N + 1)/gamma(N - k + 1))
huber(delta, r) := where(delta < 0, inf, where(abs(r) <= delta, r**2/2, delta*(abs(r) - delta/2)))
pseudo_huber(delta, r) := delta**2*(sqrt(1 + (r/delta)**2) - 1)
exp10(x) := 10**x
cosm1(x) := -2*sin(x/2)**2
sindg(x) := sin(deg2rad(x))
cosdg(x) := cos(deg2rad(x))
tandg(x) := tan(deg2rad(x))
exprel(x) := where(x == 0, 1, expm1(x)/where(x == 0, 1, x))
powm1(x, y) := expm1(y*log(x))
boxcox(x, lmbda) := where(lmbda == 0, log(x), expm1(lmbda*log(x))/where(lmbda == 0, 1, lmbda))
boxcox1p(x, lmbda) := where(lmbda == 0, log1p(x), expm1(lmbda*log1p(x))/where(lmbda == 0, 1, lmbda))
inv_boxcox(y, lmbda) := where(lmbda == 0, exp(y), exp(log1p(lmbda*y)/where(lmbda == 0, 1, lmbda)))
zetac(x) := zeta(x) - 1
zeta(x, q=None) := zeta(x, q)
softmax(x, axis:axes=None) := softmax_over(x, axis)
log_softmax(x, axis:axes=None) := log_softmax_over(x, axis)
logsumexp(a, axis:axes=None, b:nothing=None, keepdims:flag=False) := logsumexp(a, axis, keepdims)
"""

_LINALG = """
det(a, overwrite_a:flag=False, check_finite:flag=True) := det(a)
inv(a, overwrite_a:flag=False, check_finite:flag=True) := inv(a)
pinv(a) := pinv(a)
expm(A) := matrix_exp(A)
svdvals(a) := svdvals(a)
lstsq(a, b) := (lstsq(a, b),)
khatri_rao(a, b) := khatri_rao(a, b)
"""

# Densities by standardised formulas in z: what is added to the logarithm is log(scale).
_LOG_2PI = "log(2*pi)"
_LOG_DENSITIES = {
    "norm(x)": f"-z**2/2 - {_LOG_2PI}/2",
    "expon(x)": "where(z < 0, -inf, -z)",
    "laplace(x)": "-abs(z) - log(2)",
    "logistic(x)": "logsigmoid(z) + logsigmoid(-z)",
    "cauchy(x)": "-log(pi) - log1p(z**2)",
    "uniform(x)": "where(z < 0 or z > 1, -inf, 0)",
    "gamma(x, a)": "where(z < 0, -inf, (a - 1)*log(where(z < 0, 1, z)) - z - lgamma(a))",
    "chi2(x, df)": "where(z < 0, -inf, (df/2 - 1)*log(where(z < 0, 1, z)) - z/2 - lgamma(df/2) - df/2*log(2))",
    "beta(x, a, b)": "where(z < 0 or z > 1, -inf, (a - 1)*log(where(z < 0 or z > 1, 0.5, z))"
                     " + (b - 1)*log1p(-where(z < 0 or z > 1, 0.5, z)) - lbeta(a, b))",
    "t(x, df)": "lgamma((df + 1)/2) - lgamma(df/2) - log(df*pi)/2 - (df + 1)/2*log1p(z**2/df)",
    "lognorm(x, s)": "where(z <= 0, -inf, -log(where(z <= 0, 1, z))**2/(2*s**2)"
                     f" - log(s*where(z <= 0, 1, z)) - {_LOG_2PI}/2)",
    "halfnorm(x)": "where(z < 0, -inf, -z**2/2 + log(2/pi)/2)",
    "weibull_min(x, c)": "where(z < 0, -inf, log(c) + (c - 1)*log(where(z < 0, 1, z)) - where(z < 0, 1, z)**c)",
    "pareto(x, b)": "where(z < 1, -inf, log(b) - (b + 1)*log(where(z < 1, 1, z)))",
}  # fmt: skip
_DISTRIBUTIONS = {
    "norm(x)": ("ndtr(z)", "log_ndtr(z)"),
    "expon(x)": ("where(z < 0, 0, -expm1(-z))", ""),
    "laplace(x)": ("where(z < 0, exp(z)/2, 1 - exp(-z)/2)", ""),
    "logistic(x)": ("sigmoid(z)", "logsigmoid(z)"),
    "cauchy(x)": ("0.5 + atan(z)/pi", ""),
    "uniform(x)": ("where(z < 0, 0, where(z > 1, 1, z))", ""),
    "gamma(x, a)": ("where(z < 0, 0, gammainc(a, where(z < 0, 0, z)))", ""),
    "chi2(x, df)": ("where(z < 0, 0, gammainc(df/2, where(z < 0, 0, z)/2))", ""),
}
_UPPER = {
    "norm(x)": ("ndtr(-z)", "log_ndtr(-z)"),
    "expon(x)": ("where(z < 0, 1, exp(-z))", ""),
    "laplace(x)": ("where(z < 0, 1 - exp(z)/2, exp(-z)/2)", ""),
    "logistic(x)": ("sigmoid(-z)", "logsigmoid(-z)"),
    "gamma(x, a)": ("where(z < 0, 1, gammaincc(a, where(z < 0, 0, z)))", ""),
    "chi2(x, df)": ("where(z < 0, 1, gammaincc(df/2, where(z < 0, 0, z)/2))", ""),
}
_LOG_MASSES = {
    "poisson(k, mu)": "where(n < 0 or n != floor(n), -inf, xlogy(n, mu) - lgamma(where(n < 0, 0, n) + 1) - mu)",
    "bernoulli(k, p)": "where(n == 0, log1p(-p), where(n == 1, log(p), -inf))",
    "geom(k, p)": "where(n < 1 or n != floor(n), -inf, xlog1py(n - 1, -p) + log(p))",
    "binom(k, n, p)": "",
}


def _located(call: str, what: str, formula: str, *, scaled: str = "") -> Spelling:
    """A function of z = (x - loc)/scale; what the scale itself adds or divides by stands behind it."""
    name, inside = call.rstrip(")").split("(")
    in_z = f"z = (x - loc)/scale; {formula}{scaled}"
    return Spelling(f"scipy.stats.{name}.{what}({inside}, loc=0, scale=1)", in_z)


def _stats() -> Iterable[Spelling]:
    for call, formula in _LOG_DENSITIES.items():
        yield _located(call, "logpdf", f"({formula})", scaled=" - log(scale)")
        yield _located(call, "pdf", f"exp({formula})", scaled="/scale")
    for what, table in (("cdf", _DISTRIBUTIONS), ("sf", _UPPER)):
        for call, (formula, logarithm) in table.items():
            yield _located(call, what, formula)
            yield _located(call, f"log{what}", logarithm or f"log({formula})")
    for call, formula in _LOG_MASSES.items():
        name, inside = call.rstrip(")").split("(")
        if formula:
            yield Spelling(f"scipy.stats.{name}.logpmf({inside}, loc=0)", f"n = k - loc; {formula}")
            yield Spelling(f"scipy.stats.{name}.pmf({inside}, loc=0)", f"n = k - loc; exp({formula})")
    yield Spelling("scipy.stats.norm.ppf(q, loc=0, scale=1)", "loc + scale*ndtri(q)")
    yield Spelling("scipy.stats.norm.isf(q, loc=0, scale=1)", "loc - scale*ndtri(q)")
    log_binomial = "m = k - loc; lgamma(n + 1) - lgamma(m + 1) - lgamma(n - m + 1) + xlogy(m, p) + xlog1py(n - m, -p)"
    inside = "where(k - loc < 0 or k - loc > n or k != floor(k), -inf, {})"
    safe = log_binomial.replace("m = k - loc", "m = where(k - loc < 0 or k - loc > n, 0, k - loc)")
    head, body = safe.split("; ")
    yield Spelling("scipy.stats.binom.logpmf(k, n, p, loc=0)", f"{head}; {inside.format(body)}")
    yield Spelling("scipy.stats.binom.pmf(k, n, p, loc=0)", f"{head}; exp({inside.format(body)})")
    quadratic = "d @ solve(cov, d)"
    yield Spelling("scipy.stats.multivariate_normal.logpdf(x, mean, cov)",
                   f"d = x - mean; -({quadratic} + logdet(cov) + sum(ones_like(d))*{_LOG_2PI})/2")  # fmt: skip
    yield Spelling("scipy.stats.multivariate_normal.pdf(x, mean, cov)",
                   f"d = x - mean; exp(-({quadratic} + logdet(cov) + sum(ones_like(d))*{_LOG_2PI})/2)")  # fmt: skip


def _cholesky(lower: bool) -> str:
    """scipy reads the triangle that it returns, by default the upper one."""
    return "cholesky(a)" if lower else "cholesky(a.mT).mT"


def _solve(lower: bool, assume_a: Any) -> str:
    """Of a symmetric matrix only one triangle is read."""
    return "solve(a, b)" if assume_a in {None, "gen", "general"} and not lower else ""


def _svd(full_matrices: bool, compute_uv: bool) -> str:
    if not compute_uv:
        return "svdvals(a)"
    return "" if full_matrices else "(a @ svdvecs(a)/svdvals(a), svdvals(a), svdvecs(a).mT)"


def _triangular(trans: Any, lower: bool, unit_diagonal: bool) -> str:
    if unit_diagonal or trans not in {0, 1, "N", "T"}:
        return ""
    if trans in {1, "T"}:
        return f"solve_triangular(a.mT, b, upper={lower})"
    return f"solve_triangular(a, b, upper={not lower})"


def _by_factor(c_and_lower: Any) -> str:
    """``cho_solve((L, True), b)``: of the factor only its triangle is read."""
    if not isinstance(c_and_lower, tuple) or len(c_and_lower) != 2:
        return ""
    factor = "tril(c_and_lower[0])" if c_and_lower[1] else "triu(c_and_lower[0]).mT"
    return f"solve({factor} @ {factor}.mT, b)"


_BY_CONSTANTS = (
    Spelling("scipy.special.logsumexp(a, axis:axes=None, b, keepdims:flag=False)",
             "log(sum(b*exp(a - amax(a, axis, True)), axis, keepdims)) + amax(a, axis, keepdims)"),
    Spelling("scipy.linalg.cholesky(a, lower:flag=False, overwrite_a:flag=False, check_finite:flag=True)", _cholesky),
    Spelling("scipy.linalg.solve(a, b, lower:flag=False, *, assume_a:text=None)", _solve),
    Spelling("scipy.linalg.svd(a, full_matrices:flag=True, compute_uv:flag=True)", _svd),
    Spelling("scipy.linalg.eigvalsh(a, b:nothing=None, *, lower:flag=True)",
             lambda lower: "eigvalsh(a)" if lower else "eigvalsh(a.mT)"),
    Spelling("scipy.linalg.eigh(a, b:nothing=None, *, lower:flag=True)",
             lambda lower: "(eigvalsh(a), eigvecsh(a))" if lower else "(eigvalsh(a.mT), eigvecsh(a.mT))"),
    Spelling("scipy.linalg.solve_triangular(a, b, trans:order=0, lower:flag=False, unit_diagonal:flag=False)",
             _triangular),
    Spelling("scipy.linalg.cho_solve(c_and_lower, b)", _by_factor),
)  # fmt: skip

SPELLINGS = (
    *spelled("scipy.special.", _SPECIAL),
    *spelled("scipy.linalg.", _LINALG),
    *_BY_CONSTANTS,
    *_stats(),
)
