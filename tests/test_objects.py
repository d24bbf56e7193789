"""Objects of libraries in formulas: made by a call, kept under a name, asked; and names that are also a variable's."""

from __future__ import annotations

import pytest

import gradcli
from gradcli.base.errors import ExpressionError
from gradcli.commands.operations import operations
from gradcli.language.parse import parse

LOG_NORMAL = "-((x - mu)/s)**2/2 - log(s) - log(2*pi)/2"


@pytest.mark.parametrize(("text", "means"), [
    ("d = torch.distributions.Normal(mu, s); -d.log_prob(x).sum()", f"-sum({LOG_NORMAL})"),
    ("Normal(mu, s).log_prob(x)", LOG_NORMAL),
    ("dist.Normal(scale=s, loc=mu).log_prob(value=x)", LOG_NORMAL),
    ("p, q = D.Normal(mu, s), D.Normal(m, t); p.loc - q.scale", "mu - t"),
    ("torch.distributions.Exponential(r, validate_args=False).log_prob(x)", "log(r) - r*x"),
    ("Exponential(r).log_prob(x)", "where(x >= 0, log(r) - r*x, nan)"),
    ("norm.logpdf(x, mu, s)", LOG_NORMAL),
    ("norm(mu, s).logpdf(x)", LOG_NORMAL),
    ("st.norm.logpdf(x)", "-x**2/2 - log(2*pi)/2"),
    ("norm(x)", "norm(x, 2)"),
    ("t.mean() + D.sum() + gamma.var()", "mean(t) + sum(D) + var(gamma)"),
    ("ds = [Normal(0, 1), Normal(mu, s)]; ds[1].log_prob(x)", LOG_NORMAL),
    ("sum(d.log_prob(x) for d in (Normal(mu, s), Normal(mu, s)))", f"({LOG_NORMAL}) + ({LOG_NORMAL})"),
    ("from torch.distributions.normal import Normal; torch.distributions.normal.Normal(mu, s).log_prob(x)", LOG_NORMAL),
    ("D.T @ beta.T", "D.T @ transpose(beta)"),
])  # fmt: skip
def test_what_is_asked_of_an_object_is_a_formula(text: str, means: str) -> None:
    assert str(parse(text).tree) == str(parse(means).tree)


@pytest.mark.parametrize(("text", "message", "hint"), [
    ("Normal(mu, s) + 1", "a number is needed here, found a torch.distributions.Normal", "take one of .log_prob(), .cdf()"),
    ("Normal(mu, s)", "a number is needed here", "take one of"),
    ("Normal(mu, s).logprob(x)", "torch.distributions.Normal has no .logprob()", "did you mean .log_prob?"),
    ("Normal(mu, s).mean()", "has no .mean()", "write .mean"),
    ("Normal(mu, s).entropy", "has no .entropy", "write .entropy()"),
    ("Normal(mu)", "Normal needs scale", "usage: torch.distributions.Normal(loc, scale"),
    ("Normal(mu, s).rsample()", "what is drawn has no derivative; write loc + scale*eps", ""),
    ("Normal(mu, s).log_prob()", ".log_prob needs value", "usage: .log_prob(value)"),
    ("kl_divergence(Normal(mu, s), Gamma(a, b))", "no formula for these two", ""),
    ("RelaxedBernoulli(t, p)", "it is not read", ""),
    ("stats.norm.sum(x)", "unknown function 'stats.norm.sum'", ""),
    ("stats.norm.rvs(size=3)", "what is drawn has no derivative", ""),
    ("cauchy(mu, s).mean()", "it has none", ""),
])  # fmt: skip
def test_what_an_object_is_not_is_said(text: str, message: str, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert message in caught.value.said
    assert (caught.value.advice or "").startswith(hint)


def test_a_slope_at_the_end_of_what_may_be_asked_is_one_sided_and_none_is_behind_it() -> None:
    at_the_end = gradcli.grad("Exponential(2).log_prob(x)", {"x": 0.0})
    assert (at_the_end.derivative["x"], at_the_end.check.verdict) == (-2.0, "agrees")
    assert gradcli.grad("Exponential(2).log_prob(x)", {"x": -1.0}).check.verdict == "singular"


def test_a_claim_about_a_density_is_proved() -> None:
    report = gradcli.check("Normal(mu, s).log_prob(x)", {"mu": "(x - mu)/s**2", "s": "((x - mu)**2/s**2 - 1)/s"})
    assert [claim.verdict for claim in report.claims] == ["proved", "proved"]


def test_a_class_is_shown_with_what_it_is_asked() -> None:
    calls = [call.usage for call in operations("torch.distributions.Normal").calls]
    assert calls[0] == "torch.distributions.Normal(loc, scale, validate_args=None)"
    assert {".log_prob(value)", ".entropy()", ".mean"} <= set(calls)
