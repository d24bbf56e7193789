"""scipy.stats' calls: densities and probabilities of distributions."""

from __future__ import annotations

from collections.abc import Iterable

from gradcli.operations.spelling import Spelling

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


SPELLINGS = tuple(_stats())
