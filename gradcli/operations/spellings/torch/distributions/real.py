"""torch's distributions on the whole line, and what all of its distributions have in common."""

from __future__ import annotations

from gradcli.operations.blueprint import Habits, blueprints

_CHANCE = "none: what is drawn has no derivative; bind the numbers that were drawn to a name, eps, and write the sample"

HABITS = Habits(
    before="torch.distributions.",
    every="validate_args:flag=None",
    unless="validate_args",
    common=f"""
        _event_dims := 0
        stddev := sqrt(self.variance)
        perplexity() := exp(self.entropy())
        sample(sample_shape=None) := {_CHANCE} as a formula of the parameters and of eps, or as data
        rsample(sample_shape=None) := {_CHANCE} as a formula of the parameters and of eps
    """,
)

_TABLE = """
Normal(loc, scale)
    requires := scale > 0
    log_prob(value) := -((value - loc)/scale)**2/2 - log(scale) - log(2*pi)/2
    cdf(value) := ndtr((value - loc)/scale)
    icdf(value) := loc + scale*ndtri(value)
    entropy() := ones_like(loc)*(log(scale) + log(2*pi)/2 + 1/2)
    mean := loc*ones_like(scale)
    mode := loc*ones_like(scale)
    variance := scale**2*ones_like(loc)
    stddev := scale*ones_like(loc)
    rsample(sample_shape=None) := none: what is drawn has no derivative; write loc + scale*eps, and bind eps to the \
        standard normal numbers that were drawn
Laplace(loc, scale)
    requires := scale > 0
    log_prob(value) := -abs(value - loc)/scale - log(2*scale)
    cdf(value) := z = (value - loc)/scale; low = where(z < 0, z, 0); high = where(z < 0, 0, z); \
        where(z < 0, exp(low)/2, 1 - exp(-high)/2)
    icdf(value) := loc + scale*where(value < 0.5, log(2*where(value < 0.5, value, 0.5)), \
        -log(2 - 2*where(value < 0.5, 0.5, value)))
    entropy() := ones_like(loc)*(1 + log(2*scale))
    mean := loc*ones_like(scale)
    mode := loc*ones_like(scale)
    variance := 2*scale**2*ones_like(loc)
    stddev := sqrt(2)*scale*ones_like(loc)
Cauchy(loc, scale)
    requires := scale > 0
    log_prob(value) := -log(pi) - log(scale) - log1p(((value - loc)/scale)**2)
    cdf(value) := 1/2 + atan((value - loc)/scale)/pi
    icdf(value) := loc + scale*tan(pi*(value - 1/2))
    entropy() := ones_like(loc)*log(4*pi*scale)
    mean := none: it has none, torch gives nan
    mode := loc*ones_like(scale)
    variance := none: it is infinite
StudentT(df, loc=0, scale=1)
    requires := df > 0, scale > 0
    log_prob(value) := lgamma((df + 1)/2) - lgamma(df/2) - log(df*pi)/2 - log(scale) \
        - (df + 1)/2*log1p(((value - loc)/scale)**2/df)
    entropy() := ones_like(loc)*(log(scale) + lbeta(df/2, 1/2) + log(df)/2 \
        + (df + 1)/2*(digamma((df + 1)/2) - digamma(df/2)))
    mean := where(df > 1, loc*ones_like(scale), nan)
    mode := loc*ones_like(scale)*ones_like(df)
    variance := ones_like(loc)*where(df > 2, scale**2*df/(df - 2), where(df > 1, inf, nan))
Gumbel(loc, scale)
    requires := scale > 0
    log_prob(value) := y = (loc - value)/scale; y - exp(y) - log(scale)
    cdf(value) := exp(-exp((loc - value)/scale))
    icdf(value) := loc - scale*log(-log(value))
    entropy() := ones_like(loc)*(log(scale) + 1 - digamma(1))
    mean := loc - scale*digamma(1)
    mode := loc*ones_like(scale)
    variance := pi**2/6*scale**2*ones_like(loc)
    stddev := pi/sqrt(6)*scale*ones_like(loc)
VonMises(loc, concentration)
    requires := concentration > 0
    log_prob(value) := concentration*(cos(value - loc) - 1) - log(2*pi) - log(i0e(concentration))
    mean := loc*ones_like(concentration)
    mode := loc*ones_like(concentration)
    variance := (1 - i1e(concentration)/i0e(concentration))*ones_like(loc)
Uniform(low, high)
    requires := low < high
    within := value >= low and value < high else -inf
    log_prob(value) := -log(high - low)
    cdf(value) := clamp((value - low)/(high - low), 0, 1)
    icdf(value) := low + value*(high - low)
    entropy() := log(high - low)
    mean := (high + low)/2
    mode := none: it has none, torch gives nan
    variance := (high - low)**2/12
    stddev := (high - low)/sqrt(12)
    rsample(sample_shape=None) := none: what is drawn has no derivative; write low + (high - low)*u, and bind u to the \
        numbers between 0 and 1 that were drawn
"""

BLUEPRINTS = tuple(blueprints(HABITS, _TABLE))
