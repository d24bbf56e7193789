"""torch.distributions.kl_divergence: a formula for each pair of classes, in the attributes of both."""

from __future__ import annotations

from collections.abc import Iterable

from gradcli.operations.spelling import OBJECT, Spelling

_SAME = {
    "Normal": "r = (p.scale/q.scale)**2; (r + ((p.loc - q.loc)/q.scale)**2 - 1 - log(r))/2",
    "HalfNormal": "r = (p.scale/q.scale)**2; (r - 1 - log(r))/2",
    "LogNormal": "r = (p.scale/q.scale)**2; (r + ((p.loc - q.loc)/q.scale)**2 - 1 - log(r))/2",
    "Laplace": "d = abs(p.loc - q.loc); log(q.scale/p.scale) + d/q.scale + p.scale/q.scale*exp(-d/p.scale) - 1",
    "Cauchy": "log((p.scale + q.scale)**2 + (p.loc - q.loc)**2) - log(4*p.scale*q.scale)",
    "Gumbel": "r = p.scale/q.scale; d = (p.loc - q.loc)/q.scale; -log(r) + d - r*digamma(1) + exp(lgamma(1 + r) - d)"
              " - 1 + digamma(1)",
    "Exponential": "r = q.rate/p.rate; r - 1 - log(r)",
    "Gamma": "q.concentration*log(p.rate/q.rate) + lgamma(q.concentration) - lgamma(p.concentration)"
             " + (p.concentration - q.concentration)*digamma(p.concentration)"
             " + (q.rate - p.rate)*p.concentration/p.rate",
    "Chi2": "lgamma(q.df/2) - lgamma(p.df/2) + (p.df - q.df)/2*digamma(p.df/2)",
    "Beta": "a = p.concentration1; b = p.concentration0; lbeta(q.concentration1, q.concentration0) - lbeta(a, b)"
            " + (a - q.concentration1)*digamma(a) + (b - q.concentration0)*digamma(b)"
            " + (q.concentration1 + q.concentration0 - a - b)*digamma(a + b)",
    "Dirichlet": "a = sum(p.concentration, dim=-1, keepdim=True); lgamma(sum(p.concentration, dim=-1))"
                 " - lgamma(sum(q.concentration, dim=-1)) + sum(lgamma(q.concentration) - lgamma(p.concentration)"
                 " + (p.concentration - q.concentration)*(digamma(p.concentration) - digamma(a)), -1)",
    "Pareto": "r = q.alpha/p.alpha; where(p.scale < q.scale, inf, q.alpha*log(p.scale/q.scale) - log(r) + r - 1)",
    "Uniform": "where(q.low > p.low or q.high < p.high, inf, log((q.high - q.low)/(p.high - p.low)))",
    "Bernoulli": "rel_entr(p.probs, q.probs) + rel_entr(1 - p.probs, 1 - q.probs)",
    "Binomial": "where(p.total_count == q.total_count, p.total_count*(rel_entr(p.probs, q.probs)"
                " + rel_entr(1 - p.probs, 1 - q.probs)), where(p.total_count > q.total_count, inf, nan))",
    "Geometric": "-p.entropy() - log1p(-q.probs)/p.probs - q.logits",
    "Poisson": "p.rate*(log(p.rate) - log(q.rate)) - (p.rate - q.rate)",
    "Categorical": "sum(rel_entr(p.probs, q.probs), dim=-1)",
    "OneHotCategorical": "sum(rel_entr(p.probs, q.probs), dim=-1)",
    "ContinuousBernoulli": "p.mean*(p.logits - q.logits) + p._log_norm + log1p(-p.probs) - q._log_norm"
                           " - log1p(-q.probs)",
}  # fmt: skip
_NORMALS = ("MultivariateNormal", "LowRankMultivariateNormal")
_OF_NORMALS = (
    "d = unsqueeze(p.loc - q.loc, -1); (logdet(q.spread) - logdet(p.spread)"
    " + sum(diagonal_along(solve(q.spread, p.spread), 0, -2, -1), dim=-1)"
    " + sum(d*solve(q.spread, d), (-2, -1)) - sum(ones_like(p.loc - q.loc), dim=-1))/2"
)
# The mean of -log q under p, in p's mean and variance, by q; p are those of which torch has it.
_CROSS = {
    "Exponential": ("q.rate*p.mean - log(q.rate)", ("Beta", "ContinuousBernoulli", "Gamma", "Pareto")),
    "Normal": (
        "(p.variance + (p.mean - q.loc)**2)/(2*q.scale**2) + log(q.scale) + log(2*pi)/2",
        ("Beta", "ContinuousBernoulli", "Exponential", "Gamma", "Gumbel", "Laplace", "Pareto", "Uniform"),
    ),
    "ContinuousBernoulli": ("-p.mean*q.logits - log1p(-q.probs) - q._log_norm", ("Beta",)),
}
# The same where it hangs on the mean of log(x) under p.
_OF_GAMMA = "lgamma(q.concentration) - q.concentration*log(q.rate) + (1 - q.concentration)*({}) + q.rate*p.mean"
_MEAN_LOGARITHMS = {
    "Beta": "digamma(p.concentration1) - digamma(p.concentration1 + p.concentration0)",
    "Exponential": "digamma(1) - log(p.rate)",
    "Pareto": "log(p.scale) + 1/p.alpha",
}
_OTHERS = {
    ("Normal", "Laplace"): "d = p.loc - q.loc; z = d/p.scale; (sqrt(2/pi)*p.scale*exp(-z**2/2) + d*erf(z/sqrt(2)))"
                           "/q.scale - log(p.scale/q.scale) - (1 + log(pi/2))/2",
    ("Normal", "Gumbel"): "d = (p.loc - q.loc)/q.scale; r = (p.scale/q.scale)**2; -log(r)/2 + d + exp(r/2 - d)"
                          " - (1 + log(2*pi))/2",
    ("Gamma", "Gumbel"): "s = p.rate*q.scale; -p.entropy() + log(q.scale) + p.concentration/s - q.loc/q.scale"
                         " + exp(q.loc/q.scale)*(1 + 1/s)**(-p.concentration)",
    ("Exponential", "Gumbel"): "s = p.rate*q.scale; log(s) - q.loc/q.scale - 1 + 1/s + exp(q.loc/q.scale)*s/(s + 1)",
    ("Uniform", "Gumbel"): "w = q.scale/(p.high - p.low); a = (p.low - q.loc)/q.scale; b = (p.high - q.loc)/q.scale;"
                           " log(w) + (a + b)/2 - w*(exp(-b) - exp(-a))",
    ("Bernoulli", "Poisson"): "-p.entropy() - (p.probs*log(q.rate) - q.rate)",
    ("Beta", "Uniform"): "where(q.low > 0 or q.high < 1, inf, log(q.high - q.low) - p.entropy())",
    ("Uniform", "Exponential"): "where(p.low < 0, inf, q.rate*(p.high + p.low)/2 - log((p.high - p.low)*q.rate))",
}  # fmt: skip
_NO_FORMULA = "none: no formula for these two is in the table; where torch has one, it is infinite or rare"


def _pairs() -> Iterable[tuple[str, str, str]]:
    for name, formula in _SAME.items():
        yield name, name, formula
    for p in _NORMALS:
        for q in _NORMALS:
            yield p, q, _OF_NORMALS
    for q, (formula, classes) in _CROSS.items():
        for p in classes:
            yield p, q, f"{formula} - p.entropy()"
    for p, formula in _MEAN_LOGARITHMS.items():
        yield p, "Gamma", f"{_OF_GAMMA.format(formula)} - p.entropy()"
    for (p, q), formula in _OTHERS.items():
        yield p, q, formula


SPELLINGS = (
    *(Spelling(f"torch.distributions.kl_divergence(p:{p}, q:{q})", formula) for p, q, formula in _pairs()),
    Spelling("torch.distributions.kl_divergence(p:Independent, q:Independent)",
             "p._summed(torch.distributions.kl_divergence(p.base_dist, q.base_dist), q.reinterpreted_batch_ndims)"),
    Spelling(f"torch.distributions.kl_divergence(p:{OBJECT}, q:{OBJECT})", _NO_FORMULA),
)  # fmt: skip
