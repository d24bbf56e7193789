"""torch's ContinuousBernoulli: where its formula cancels, near 1/2, torch takes a short series, and so does this."""

from __future__ import annotations

from gradcli.operations.blueprint import blueprints
from gradcli.operations.spellings.torch.distributions.real import HABITS

_REST = """
    within := value >= 0 and value <= 1
    _log_norm := x = probs - 1/2; y = self._away; where(abs(x) <= 0.001, log(2) + (4/3 + 104/45*x**2)*x**2, \
        log(abs(log1p(-y) - log(y))) - log(abs(1 - 2*y)))
    _away := where(abs(probs - 1/2) <= 0.001, 1/4, probs)
    log_prob(value) := {likelihood} + self._log_norm
    cdf(value) := y = self._away; where(abs(probs - 1/2) <= 0.001, value, \
        (y**value*(1 - y)**(1 - value) + y - 1)/(2*y - 1))
    icdf(value) := y = self._away; where(abs(probs - 1/2) <= 0.001, value, \
        (log1p(-y + value*(2*y - 1)) - log1p(-y))/(log(y) - log1p(-y)))
    entropy() := -self.mean*(log(probs) - log1p(-probs)) - self._log_norm - log1p(-probs)
    mean := x = probs - 1/2; y = self._away; where(abs(x) <= 0.001, 1/2 + (1/3 + 16/45*x**2)*x, \
        y/(2*y - 1) + 1/(log1p(-y) - log(y)))
    variance := x = probs - 1/2; y = self._away; where(abs(x) <= 0.001, 1/12 - (1/15 - 128/945*x**2)*x**2, \
        y*(y - 1)/(1 - 2*y)**2 + 1/(log1p(-y) - log(y))**2)
    rsample(sample_shape=None) := none: what is drawn has no derivative; write .icdf(u), and bind u to the numbers \
        between 0 and 1 that were drawn
""".strip()

_TABLE = f"""
ContinuousBernoulli(probs); logits = log(probs) - log1p(-probs)
    {_REST.format(likelihood="xlogy(value, probs) + xlog1py(1 - value, -probs)")}
ContinuousBernoulli(probs:nothing=None, logits); probs = sigmoid(logits)
    {_REST.format(likelihood="value*logsigmoid(logits) + (1 - value)*logsigmoid(-logits)")}
"""

BLUEPRINTS = tuple(blueprints(HABITS, _TABLE))
