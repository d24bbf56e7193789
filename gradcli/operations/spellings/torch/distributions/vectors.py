"""torch's distributions of vectors and matrices."""

from __future__ import annotations

from typing import Any

from gradcli.operations.blueprint import Means, blueprints
from gradcli.operations.spelling import RANKED
from gradcli.operations.spellings.torch.distributions.real import HABITS

_SUM = "sum(concentration, dim=-1)"
_LOG_ROOT = "sum(log(diagonal_along(scale_tril, 0, -2, -1)), dim=-1)"
_OF_NORMAL = """
    _event_dims := 1
    mean := loc
    mode := loc
    variance := diagonal_along(covariance_matrix, 0, -2, -1)
    rsample(sample_shape=None) := none: what is drawn has no derivative; write loc + scale_tril @ eps, and bind eps to \
        the standard normal numbers that were drawn
"""
_LOG_2PI_E = "sum(ones_like(loc), dim=-1)*(1 + log(2*pi))"
_DF = "unsqueeze(unsqueeze(df, -1), -1)"

_BY_COVARIANCE = f"""
    log_prob(value:ranked) := @by_covariance
    entropy() := (logdet(spread) + {_LOG_2PI_E})/2
    scale_tril := cholesky(spread)
    precision_matrix := inv(spread)
    {_OF_NORMAL.strip()}
"""

_TABLE = f"""
Dirichlet(concentration)
    requires := concentration > 0
    _event_dims := 1
    log_prob(value) := sum(xlogy(concentration - 1, value), dim=-1) + lgamma({_SUM}) \
        - sum(lgamma(concentration), dim=-1)
    entropy() := total = {_SUM}; sum(lgamma(concentration), dim=-1) - lgamma(total) \
        - (sum(ones_like(concentration), dim=-1) - total)*digamma(total) \
        - sum((concentration - 1)*digamma(concentration), dim=-1)
    mean := concentration/sum(concentration, dim=-1, keepdim=True)
    mode := a = clamp(concentration - 1, 0, None); a/sum(a, dim=-1, keepdim=True)
    variance := total = sum(concentration, dim=-1, keepdim=True); \
        concentration*(total - concentration)/(total**2*(total + 1))
MultivariateNormal(loc, covariance_matrix); spread = covariance_matrix
    {_BY_COVARIANCE.strip()}
LowRankMultivariateNormal(loc, cov_factor, cov_diag); spread = cov_factor @ cov_factor.mT + diag_embed(cov_diag); \
        covariance_matrix = spread
    {_BY_COVARIANCE.strip()}
MultivariateNormal(loc, covariance_matrix:nothing=None, precision_matrix); spread = inv(precision_matrix); \
        covariance_matrix = spread
    log_prob(value:ranked) := @by_precision
    entropy() := ({_LOG_2PI_E} - logdet(precision_matrix))/2
    scale_tril := cholesky(spread)
    {_OF_NORMAL.strip()}
MultivariateNormal(loc, covariance_matrix:nothing=None, precision_matrix:nothing=None, scale_tril); \
        covariance_matrix = scale_tril @ scale_tril.mT; spread = tril(scale_tril) @ tril(scale_tril).mT
    log_prob(value:ranked) := @by_factor
    entropy() := {_LOG_ROOT} + {_LOG_2PI_E}/2
    precision_matrix := inv(spread)
    {_OF_NORMAL.strip()}
Wishart(df, covariance_matrix); spread = covariance_matrix
Wishart(df, covariance_matrix:nothing=None, precision_matrix); spread = inv(precision_matrix); \
        covariance_matrix = spread
Wishart(df, covariance_matrix:nothing=None, precision_matrix:nothing=None, scale_tril); \
        covariance_matrix = scale_tril @ scale_tril.mT; spread = tril(scale_tril) @ tril(scale_tril).mT
    _event_dims := 2
    log_prob(value) := ((df - value.shape[-1] - 1)*logdet(value) - df*logdet(spread) \
        - sum(diagonal_along(solve(spread, value), 0, -2, -1), dim=-1) - df*value.shape[-1]*log(2))/2 \
        - multigammaln(df/2, value.shape[-1])
    entropy() := p = spread.shape[-1]; ((p + 1)*(p*log(2) + logdet(spread)) + df*p)/2 + multigammaln(df/2, p) \
        - (df - p - 1)/2*sum(digamma((unsqueeze(df, -1) - arange(p))/2), dim=-1)
    mean := {_DF}*covariance_matrix
    variance := d = diagonal_along(covariance_matrix, 0, -2, -1); \
        {_DF}*(covariance_matrix**2 + unsqueeze(d, -1)*unsqueeze(d, -2))
"""


def _of_ranks(one: str, several: str) -> Means:
    """A formula of one vector d, and one of a column y for each of several."""

    def means(value: Any, loc: Any, spread: Any) -> str:  # Any: how many axes, or OPERAND
        if max(value, loc) == 1 and spread == 2:
            return f"d = value - loc; {one} - sum(ones_like(d))*log(2*pi)/2"
        return f"y = unsqueeze(value - loc, -1); {several} - sum(ones_like(value - loc), dim=-1)*log(2*pi)/2"

    return means


_FUNCTIONS = {
    "by_covariance": _of_ranks(
        "-(d @ solve(spread, d) + logdet(spread))/2", "-(sum(y*solve(spread, y), (-2, -1)) + logdet(spread))/2"
    ),
    "by_precision": _of_ranks(
        "-(d @ precision_matrix @ d - logdet(precision_matrix))/2",
        "-(sum(y*(precision_matrix @ y), (-2, -1)) - logdet(precision_matrix))/2",
    ),
    "by_factor": _of_ranks(
        "-sum(solve(tril(scale_tril), d)**2)/2 - sum(log(diag(scale_tril)))",
        f"-sum(solve(tril(scale_tril), y)**2, (-2, -1))/2 - {_LOG_ROOT}",
    ),
}
BLUEPRINTS = tuple(blueprints(HABITS, _TABLE, {"loc": RANKED, "spread": RANKED}, _FUNCTIONS))
