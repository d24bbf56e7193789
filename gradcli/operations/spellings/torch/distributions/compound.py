"""torch's distributions that are made of others, and those that are refused."""

from __future__ import annotations

from typing import Any

from gradcli.operations.blueprint import Means, blueprints
from gradcli.operations.spelling import Spelling
from gradcli.operations.spellings.torch.distributions.real import HABITS

_ALONG = "-1 - component_distribution._event_dims"
_TABLE = f"""
Independent(base_distribution:Object, reinterpreted_batch_ndims:integer); base_dist = base_distribution
    _event_dims := base_distribution._event_dims + reinterpreted_batch_ndims
    _summed(value, events:integer) := @of_events
    log_prob(value) := self._summed(base_distribution.log_prob(value), reinterpreted_batch_ndims)
    entropy() := self._summed(base_distribution.entropy(), reinterpreted_batch_ndims)
    mean := base_distribution.mean
    mode := base_distribution.mode
    variance := base_distribution.variance
MixtureSameFamily(mixture_distribution:Categorical, component_distribution:Object); \
        events = component_distribution._event_dims
    _event_dims := events
    log_prob(value) := \
        logsumexp(component_distribution.log_prob(unsqueeze(value, {_ALONG})) + mixture_distribution.logits, -1)
    cdf(value) := sum(component_distribution.cdf(unsqueeze(value, -1))*mixture_distribution.probs, dim=-1)
    entropy() := none: a mixture's has no formula
    mean := @mean_of_mixture
    variance := @variance_of_mixture
"""

_TRANSFORMED = (
    "it is made by transforms, which are not read; write the density of what is transformed, and subtract "
    "log(abs(slope)) of the transform"
)
_RELAXED = "it is not read; its density is written in torch's documentation"
_REFUSED = {
    "TransformedDistribution": _TRANSFORMED,
    "LogisticNormal": _TRANSFORMED,
    "RelaxedBernoulli": _RELAXED,
    "RelaxedOneHotCategorical": _RELAXED,
    "LKJCholesky": _RELAXED,
}


def _of_events(reinterpreted_batch_ndims: Any, events: Any) -> str:  # Any: whole numbers
    """The sum over the last axes, of which two distributions have as many."""
    if reinterpreted_batch_ndims != events:
        return "none: the two have other numbers of axes"
    axes = "".join(f"{-axis}, " for axis in range(1, events + 1))
    return f"sum(value, ({axes}))" if events else "value"


_WEIGHTS = {0: "mixture_distribution.probs", 1: "unsqueeze(mixture_distribution.probs, -1)"}


def _mean_of_mixture(events: Any) -> str:  # Any: how many axes a value has
    return f"sum({_WEIGHTS[events]}*component_distribution.mean, {-1 - events})" if events in _WEIGHTS else ""


def _variance_of_mixture(events: Any) -> str:  # Any: as above
    if events not in _WEIGHTS:
        return ""
    mean = f"m = sum({_WEIGHTS[events]}*component_distribution.mean, {-1 - events}, True)"
    squares = "component_distribution.variance + (component_distribution.mean - m)**2"
    return f"{mean}; sum({_WEIGHTS[events]}*({squares}), {-1 - events})"


_FUNCTIONS: dict[str, Means] = {
    "of_events": _of_events,
    "mean_of_mixture": _mean_of_mixture,
    "variance_of_mixture": _variance_of_mixture,
}
BLUEPRINTS = tuple(blueprints(HABITS, _TABLE, functions=_FUNCTIONS))
SPELLINGS = tuple(
    Spelling(f"torch.distributions.{name}(*parameters)", f"none: {why}") for name, why in _REFUSED.items()
)
