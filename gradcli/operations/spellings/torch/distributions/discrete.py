"""torch's distributions on whole numbers; the slope in such a value is that of the formula between them."""

from __future__ import annotations

from typing import Any

from gradcli.operations.blueprint import blueprints
from gradcli.operations.spelling import RANKED
from gradcli.operations.spellings.torch.distributions.real import HABITS

_COIN = """
    mean := probs
    variance := probs*(1 - probs)
    mode := where(probs == 0.5, nan, where(probs > 0.5, 1, 0))
"""
_WAITING = """
    entropy() := (entr(probs) - xlog1py(1 - probs, -probs))/probs
    mean := 1/probs - 1
    variance := (1/probs - 1)/probs
    mode := zeros_like(probs)
"""
_COUNT = """
    entropy() := none: it is a sum over all values, which has no short formula
    mean := total_count*probs
    variance := total_count*probs*(1 - probs)
    mode := clamp(floor((total_count + 1)*probs), None, total_count)
"""
_FAILURES = """
    entropy() := none: it is a sum over all values, which has no short formula
    mean := total_count*probs/(1 - probs)
    variance := total_count*probs/(1 - probs)**2
    mode := clamp(floor((total_count - 1)*probs/(1 - probs)), 0, None)
"""
_ORDERS = "lgamma(total_count + 1) - lgamma(value + 1) - lgamma(total_count - value + 1)"
_ORDERS_OF_FAILURES = "lgamma(total_count + value) - lgamma(value + 1) - lgamma(total_count)"
_ORDERS_OF_MANY = "lgamma(sum(value, dim=-1) + 1) - sum(lgamma(value + 1), dim=-1)"
_ALL = "mean := none: it has none, torch gives nan\n    variance := none: it has none, torch gives nan"

_TABLE = f"""
Bernoulli(probs); logits = log(probs) - log1p(-probs)
    requires := probs >= 0, probs <= 1
    within := value >= 0 and value <= 1
    log_prob(value) := xlogy(value, probs) + xlog1py(1 - value, -probs)
    entropy() := entr(probs) - xlog1py(1 - probs, -probs)
    {_COIN.strip()}
Bernoulli(probs:nothing=None, logits); probs = sigmoid(logits)
    within := value >= 0 and value <= 1
    log_prob(value) := value*logsigmoid(logits) + (1 - value)*logsigmoid(-logits)
    entropy() := -probs*logsigmoid(logits) - sigmoid(-logits)*logsigmoid(-logits)
    {_COIN.strip()}
Geometric(probs); logits = log(probs) - log1p(-probs)
    requires := probs > 0, probs <= 1
    within := value >= 0
    log_prob(value) := xlog1py(value, -probs) + log(probs)
    {_WAITING.strip()}
Geometric(probs:nothing=None, logits); probs = sigmoid(logits)
    within := value >= 0
    log_prob(value) := value*logsigmoid(-logits) + logsigmoid(logits)
    {_WAITING.strip()}
Binomial(total_count=1, *, probs); logits = log(probs) - log1p(-probs)
Binomial(total_count, probs); logits = log(probs) - log1p(-probs)
    requires := total_count >= 0, total_count == floor(total_count), probs >= 0, probs <= 1
    within := value >= 0 and value <= total_count
    log_prob(value) := {_ORDERS} + xlogy(value, probs) + xlog1py(total_count - value, -probs)
    {_COUNT.strip()}
Binomial(total_count=1, probs:nothing=None, logits); probs = sigmoid(logits)
    within := value >= 0 and value <= total_count
    log_prob(value) := {_ORDERS} + value*logsigmoid(logits) + (total_count - value)*logsigmoid(-logits)
    {_COUNT.strip()}
NegativeBinomial(total_count, probs); logits = log(probs) - log1p(-probs)
    requires := total_count >= 0, probs >= 0, probs < 1
    within := value >= 0
    log_prob(value) := {_ORDERS_OF_FAILURES} + xlogy(value, probs) + xlog1py(total_count, -probs)
    {_FAILURES.strip()}
NegativeBinomial(total_count, probs:nothing=None, logits); probs = sigmoid(logits)
    within := value >= 0
    log_prob(value) := {_ORDERS_OF_FAILURES} + value*logsigmoid(logits) + total_count*logsigmoid(-logits)
    {_FAILURES.strip()}
Poisson(rate)
    requires := rate >= 0
    within := value >= 0
    log_prob(value) := xlogy(value, rate) - rate - lgamma(value + 1)
    entropy() := none: torch has none, a sum over all numbers
    mean := rate
    variance := rate
    mode := floor(rate)
Categorical(probs); probs = probs/sum(probs, dim=-1, keepdim=True); logits = log(probs)
    log_prob(value:ranked) := @at
    entropy() := sum(entr(probs), dim=-1)
    mode := argmax(probs, -1)
    {_ALL}
Categorical(probs:nothing=None, logits); probs = softmax(logits, -1); logits = log_softmax(logits, -1)
    log_prob(value:ranked) := @at
    entropy() := -sum(probs*logits, dim=-1)
    mode := argmax(probs, -1)
    {_ALL}
OneHotCategorical(probs); probs = probs/sum(probs, dim=-1, keepdim=True); logits = log(probs)
    log_prob(value) := sum(where(value > 0.5, logits, 0), dim=-1)
    entropy() := sum(entr(probs), dim=-1)
    _event_dims := 1
    mean := probs
    variance := probs*(1 - probs)
OneHotCategorical(probs:nothing=None, logits); probs = softmax(logits, -1); logits = log_softmax(logits, -1)
    log_prob(value) := sum(where(value > 0.5, logits, 0), dim=-1)
    entropy() := -sum(probs*logits, dim=-1)
    _event_dims := 1
    mean := probs
    variance := probs*(1 - probs)
Multinomial(total_count=1, *, probs); probs = probs/sum(probs, dim=-1, keepdim=True); logits = log(probs)
Multinomial(total_count, probs); probs = probs/sum(probs, dim=-1, keepdim=True); logits = log(probs)
    log_prob(value) := {_ORDERS_OF_MANY} + sum(xlogy(value, probs), dim=-1)
    entropy() := none: it is a sum over all values, which has no short formula
    _event_dims := 1
    mean := total_count*probs
    variance := total_count*probs*(1 - probs)
Multinomial(total_count=1, probs:nothing=None, logits); probs = softmax(logits, -1); logits = log_softmax(logits, -1)
    log_prob(value) := {_ORDERS_OF_MANY} + sum(value*logits, dim=-1)
    entropy() := none: it is a sum over all values, which has no short formula
    _event_dims := 1
    mean := total_count*probs
    variance := total_count*probs*(1 - probs)
"""


def _at(value: Any, logits: Any) -> str:  # Any: how many axes, or OPERAND
    """The logarithms at the numbers of the classes, which are along their last axis."""
    if (value, logits) in {(0, 1), (1, 2)}:
        return "-nll_loss(logits, value, 'none')"
    if value == logits - 1:
        return "-nll_loss(movedim(logits, -1, 1), value, 'none')"
    if (value, logits) == (1, 1):
        return "-nll_loss(outer(ones_like(value), logits), value, 'none')"
    return "none: write the numbers and the logits with the same axes before that of the classes"


BLUEPRINTS = tuple(blueprints(HABITS, _TABLE, kinds={"logits": RANKED}, functions={"at": _at}))
