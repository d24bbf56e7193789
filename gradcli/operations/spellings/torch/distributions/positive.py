"""torch's distributions on the positive numbers, and on a part of them."""

from __future__ import annotations

from gradcli.operations.blueprint import blueprints
from gradcli.operations.spellings.torch.distributions.real import HABITS

_TABLE = """
LogNormal(loc, scale)
    requires := scale > 0
    within := value > 0
    log_prob(value) := -((log(value) - loc)/scale)**2/2 - log(scale) - log(2*pi)/2 - log(value)
    cdf(value) := ndtr((log(value) - loc)/scale)
    icdf(value) := exp(loc + scale*ndtri(value))
    entropy() := loc + log(scale) + log(2*pi)/2 + 1/2
    mean := exp(loc + scale**2/2)
    mode := exp(loc - scale**2)
    variance := expm1(scale**2)*exp(2*loc + scale**2)
    rsample(sample_shape=None) := none: what is drawn has no derivative; write exp(loc + scale*eps), and bind eps to \
        the standard normal numbers that were drawn
HalfNormal(scale)
    requires := scale > 0
    within := value >= 0 else -inf
    log_prob(value) := log(2) - (value/scale)**2/2 - log(scale) - log(2*pi)/2
    cdf(value) := erf(value/(scale*sqrt(2)))
    icdf(value) := scale*sqrt(2)*erfinv(value)
    entropy() := log(scale) + log(pi/2)/2 + 1/2
    mean := scale*sqrt(2/pi)
    mode := zeros_like(scale)
    variance := scale**2*(1 - 2/pi)
HalfCauchy(scale)
    requires := scale > 0
    within := value >= 0 else -inf
    log_prob(value) := log(2/pi) - log(scale) - log1p((value/scale)**2)
    cdf(value) := 2*atan(value/scale)/pi
    icdf(value) := scale*tan(pi*value/2)
    entropy() := log(2*pi*scale)
    mean := none: it is infinite
    mode := zeros_like(scale)
    variance := none: it is infinite
Exponential(rate)
    requires := rate > 0
    within := value >= 0
    log_prob(value) := log(rate) - rate*value
    cdf(value) := -expm1(-rate*value)
    icdf(value) := -log1p(-value)/rate
    entropy() := 1 - log(rate)
    mean := 1/rate
    mode := zeros_like(rate)
    variance := 1/rate**2
    stddev := 1/rate
    rsample(sample_shape=None) := none: what is drawn has no derivative; write -log(u)/rate, and bind u to the numbers \
        between 0 and 1 that were drawn
Gamma(concentration, rate)
    requires := concentration > 0, rate > 0
    within := value >= 0
    log_prob(value) := concentration*log(rate) + xlogy(concentration - 1, value) - rate*value - lgamma(concentration)
    cdf(value) := gammainc(concentration, rate*value)
    entropy() := concentration - log(rate) + lgamma(concentration) + (1 - concentration)*digamma(concentration)
    mean := concentration/rate
    mode := clamp(concentration - 1, 0, None)/rate
    variance := concentration/rate**2
Chi2(df)
    requires := df > 0
    within := value >= 0
    log_prob(value) := xlogy(df/2 - 1, value) - value/2 - df*log(2)/2 - lgamma(df/2)
    cdf(value) := gammainc(df/2, value/2)
    entropy() := df/2 + log(2) + lgamma(df/2) + (1 - df/2)*digamma(df/2)
    mean := df
    mode := clamp(df - 2, 0, None)
    variance := 2*df
InverseGamma(concentration, rate)
    requires := concentration > 0, rate > 0
    within := value > 0
    log_prob(value) := concentration*log(rate) - (concentration + 1)*log(value) - rate/value - lgamma(concentration)
    cdf(value) := gammaincc(concentration, rate/value)
    entropy() := concentration + log(rate) + lgamma(concentration) - (1 + concentration)*digamma(concentration)
    mean := where(concentration > 1, rate/(concentration - 1), inf)
    mode := rate/(concentration + 1)
    variance := where(concentration > 2, (rate/(concentration - 1))**2/(concentration - 2), inf)
FisherSnedecor(df1, df2)
    requires := df1 > 0, df2 > 0
    within := value >= 0
    log_prob(value) := df1*log(df1/df2)/2 + xlogy(df1/2 - 1, value) - (df1 + df2)/2*log1p(df1*value/df2) \
        - lbeta(df1/2, df2/2)
    mean := where(df2 > 2, df2/(df2 - 2), nan)*ones_like(df1)
    mode := where(df1 > 2, (df1 - 2)/df1*df2/(df2 + 2), nan)
    variance := where(df2 > 4, 2*df2**2*(df1 + df2 - 2)/(df1*(df2 - 2)**2*(df2 - 4)), nan)
Weibull(scale, concentration)
    requires := scale > 0, concentration > 0
    within := value > 0
    log_prob(value) := log(concentration/scale) + (concentration - 1)*log(value/scale) - (value/scale)**concentration
    cdf(value) := -expm1(-(value/scale)**concentration)
    icdf(value) := scale*(-log1p(-value))**(1/concentration)
    entropy() := 1 + log(scale/concentration) - digamma(1)*(1 - 1/concentration)
    mean := scale*gamma(1 + 1/concentration)
    mode := scale*((concentration - 1)/concentration)**(1/concentration)
    variance := scale**2*(gamma(1 + 2/concentration) - gamma(1 + 1/concentration)**2)
Pareto(scale, alpha)
    requires := scale > 0, alpha > 0
    within := value >= scale
    log_prob(value) := log(alpha) + alpha*log(scale) - (alpha + 1)*log(value)
    cdf(value) := -expm1(alpha*log(scale/value))
    icdf(value) := scale*(1 - value)**(-1/alpha)
    entropy() := log(scale/alpha) + 1 + 1/alpha
    mean := where(alpha > 1, alpha*scale/(alpha - 1), inf)
    mode := scale*ones_like(alpha)
    variance := where(alpha > 2, alpha*(scale/(alpha - 1))**2/(alpha - 2), inf)
GeneralizedPareto(loc, scale, concentration); zero = where(concentration == 0, 1, concentration)
    requires := scale > 0
    within := value >= loc and concentration*(value - loc) >= -scale
    log_prob(value) := z = (value - loc)/scale; \
        -log(scale) - where(concentration == 0, z, (1/zero + 1)*log1p(zero*z))
    cdf(value) := z = (value - loc)/scale; -expm1(-where(concentration == 0, z, log1p(zero*z)/zero))
    icdf(value) := l = -log1p(-value); loc + scale*where(concentration == 0, l, expm1(zero*l)/zero)
    entropy() := ones_like(loc)*(log(scale) + 1 + concentration)
    mean := where(concentration < 1, loc + scale/(1 - concentration), nan)
    mode := loc*ones_like(scale*concentration)
    variance := ones_like(loc)*where(concentration < 0.5, \
        scale**2/((1 - concentration)**2*(1 - 2*concentration)), nan)
Beta(concentration1, concentration0)
    requires := concentration1 > 0, concentration0 > 0
    within := value >= 0 and value <= 1
    log_prob(value) := xlogy(concentration1 - 1, value) + xlog1py(concentration0 - 1, -value) \
        - lbeta(concentration1, concentration0)
    entropy() := total = concentration1 + concentration0; lbeta(concentration1, concentration0) \
        - (concentration1 - 1)*digamma(concentration1) - (concentration0 - 1)*digamma(concentration0) \
        + (total - 2)*digamma(total)
    mean := concentration1/(concentration1 + concentration0)
    mode := a = clamp(concentration1 - 1, 0, None); a/(a + clamp(concentration0 - 1, 0, None))
    variance := total = concentration1 + concentration0; concentration1*concentration0/(total**2*(total + 1))
Kumaraswamy(concentration1, concentration0)
    requires := concentration1 > 0, concentration0 > 0
    within := value > 0 and value < 1
    log_prob(value) := log(concentration1*concentration0) + (concentration1 - 1)*log(value) \
        + (concentration0 - 1)*log1p(-value**concentration1)
    cdf(value) := -expm1(concentration0*log1p(-value**concentration1))
    icdf(value) := (-expm1(log1p(-value)/concentration0))**(1/concentration1)
    entropy() := 1 - 1/concentration0 + (1 - 1/concentration1)*(digamma(concentration0 + 1) - digamma(1)) \
        - log(concentration1*concentration0)
    mean := concentration0*beta(1 + 1/concentration1, concentration0)
    mode := none: torch gives nan; it is ((a - 1)/(a*b - 1))**(1/a), a the first parameter and b the second
    variance := concentration0*beta(1 + 2/concentration1, concentration0) \
        - (concentration0*beta(1 + 1/concentration1, concentration0))**2
"""

BLUEPRINTS = tuple(blueprints(HABITS, _TABLE))
