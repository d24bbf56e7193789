"""torch.distributions: each method and attribute, value and slope, is what torch makes of it."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import distributions

from tests.libraries.beside import calls, directions, gradclis, refused, weights_of

DRAWN = np.random.default_rng(21)
SPREAD = DRAWN.normal(size=(3, 3))
VALUES: dict[str, np.ndarray] = {
    "m": np.array([0.3, -0.8, 1.2]),
    "s": np.array([0.7, 1.4, 2.1]),
    "r": np.array([1.6, 0.9, 2.4]),
    "n": np.array([5.5, 6.2, 4.7]),
    "x": np.array([0.4, -1.9, 3.1]),
    "v": np.array([0.6, 2.2, 4.1]),
    "u": np.array([0.15, 0.5, 0.93]),
    "p": np.array([0.2, 0.45, 0.85]),
    "near": np.array([0.4995, 0.5, 0.5009]),
    "w": np.array([0.5, 0.2, 0.3]),
    "W": np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]),
    "L": DRAWN.normal(size=(2, 3)),
    "C": DRAWN.normal(size=(2, 2, 3)),
    "l": np.array([-1.3, 0.2, 2.4]),
    "B": DRAWN.normal(size=(4, 3)),
    "S": SPREAD @ SPREAD.T + np.eye(3),
    "T": np.tril(SPREAD) + 2 * np.eye(3),
    "F": DRAWN.normal(size=(3, 2)),
    "X": SPREAD.T @ SPREAD + 2 * np.eye(3),
    "a": np.array(0.8),
    "b": np.array(1.7),
}

# what is made, the values of log_prob, and what else it is asked
MADE = {
    "Normal(m, s)": (("x", "a", "B"), "cdf(x) icdf(u) entropy() perplexity() mean mode variance stddev loc scale"),
    "Normal(m, a)": (("x",), "entropy() mean variance stddev"),
    "Normal(a, s)": (("B",), "entropy() mean mode variance stddev"),
    "Normal(0, 1)": (("x", "a"), "cdf(x) icdf(u)"),
    "Normal(loc=m, scale=s, validate_args=False)": (("x",), "cdf(x)"),
    "LogNormal(m, s)": (("v",), "cdf(v) icdf(u) entropy() mean mode variance stddev"),
    "HalfNormal(s)": (("v",), "cdf(v) icdf(u) entropy() mean mode variance stddev"),
    "Laplace(m, s)": (("x",), "cdf(x) icdf(p) entropy() mean mode variance stddev"),
    "Laplace(a, s)": (("x",), "entropy() mean variance"),
    "Cauchy(m, s)": (("x",), "cdf(x) icdf(u) entropy() mode"),
    "HalfCauchy(s)": (("v",), "cdf(v) icdf(u) entropy() mode"),
    "StudentT(n)": (("x",), "entropy() mean mode variance stddev df"),
    "StudentT(n, m, s)": (("x",), "entropy() mean mode variance stddev"),
    "StudentT(r, m, s)": (("x",), "mean"),
    "Gumbel(m, s)": (("x",), "cdf(x) icdf(u) entropy() mean mode variance stddev"),
    "VonMises(m, s)": (("x",), "mean mode variance"),
    "Uniform(m - 2, m + 4)": (("0.7*x",), "cdf(0.7*x) icdf(u) entropy() mean variance stddev low high"),
    "Uniform(a, 5)": (("p + 1",), "mean"),
    "Exponential(s)": (("v", "B**2"), "cdf(v) icdf(u) entropy() mean mode variance stddev rate"),
    "Gamma(r, s)": (("v",), "cdf(v) entropy() mean mode variance stddev concentration rate"),
    "Chi2(n)": (("v",), "cdf(v) entropy() mean mode variance stddev df"),
    "InverseGamma(n, s)": (("v",), "cdf(v) entropy() mean mode variance"),
    "FisherSnedecor(r + 2, n)": (("v",), "mean mode variance"),
    "Weibull(s, r)": (("v",), "cdf(v) icdf(u) entropy() mean variance"),
    "Weibull(s, n)": (("v",), "mode"),
    "Pareto(s/5, n)": (("v",), "cdf(v) icdf(u) entropy() mean mode variance"),
    "GeneralizedPareto(m, s, u/3)": (("v + 1",), "cdf(v+1) icdf(u) entropy() mean mode variance"),
    "GeneralizedPareto(m, s, 0*s)": (("v + 1",), "cdf(v+1)"),
    "Beta(r, n)": (("p",), "entropy() mean variance stddev concentration1 concentration0"),
    "Beta(n, n + r)": (("p",), "mode"),
    "Kumaraswamy(r, n)": (("p",), "cdf(p) icdf(u) entropy() mean variance"),
    "Bernoulli(p)": (("near*0", "near*0 + 1"), "entropy() mean mode variance probs logits"),
    "Bernoulli(logits=l)": (("near*0", "near*0 + 1"), "entropy() mean mode variance probs logits"),
    "Bernoulli(None, l)": (("near*0",), "mean"),
    "ContinuousBernoulli(p)": (("u",), "cdf(u) icdf(u) entropy() mean variance probs logits"),
    "ContinuousBernoulli(near)": (("u",), "cdf(u) icdf(u) mean variance"),
    "ContinuousBernoulli(logits=l)": (("u",), "cdf(u) icdf(u) entropy() mean variance probs logits"),
    "Geometric(p)": (("near*0 + 3",), "entropy() mean mode variance"),
    "Geometric(logits=l)": (("near*0 + 3",), "entropy() mean mode variance probs"),
    "Binomial(7, p)": (("near*0 + 3", "near*0", "near*0 + 7"), "mean mode variance"),
    "Binomial(probs=p)": (("near*0 + 1",), "mean"),
    "Binomial(7, logits=l)": (("near*0 + 3",), "mean mode variance probs"),
    "NegativeBinomial(6, p)": (("near*0 + 3", "near*0"), "mean mode variance"),
    "NegativeBinomial(n, logits=l)": (("near*0 + 3",), "mean mode variance"),
    "Poisson(s)": (("near*0 + 3", "near*0"), "mean mode variance"),
    "Categorical(w)": (("torch.tensor(2)", "torch.tensor([2, 0, 0, 1])"), "entropy() probs logits"),
    "Categorical(W)": (("torch.tensor([2, 0])",), "entropy() probs logits"),
    "Categorical(logits=L)": (("torch.tensor([2, 0])",), "entropy() probs logits"),
    "Categorical(logits=C)": (("torch.tensor([[2, 0], [1, 1]])",), "entropy()"),
    "OneHotCategorical(W)": (("torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])",), "entropy() mean variance probs"),
    "OneHotCategorical(logits=L)": (("torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])",), "entropy() mean variance"),
    "Multinomial(6, w)": (("torch.tensor([3.0, 2.0, 1.0])", "torch.tensor([[0.0, 2.0, 4.0], [1.0, 2.0, 3.0]])"), "mean variance"),
    "Multinomial(6, logits=L)": (("torch.tensor([3.0, 2.0, 1.0])",), "mean variance"),
    "Dirichlet(n)": (("w", "W"), "entropy() mean mode variance concentration"),
    "Dirichlet(torch.exp(L))": (("W",), "entropy() mean variance"),
    "MultivariateNormal(m, S)": (("x", "B"), "entropy() mean mode variance covariance_matrix"),
    "MultivariateNormal(B, S)": (("x", "B"), "entropy()*torch.ones(4) mean"),
    "MultivariateNormal(m, precision_matrix=S)": (("x", "B"), "entropy() mean variance"),
    "MultivariateNormal(m, scale_tril=T)": (("x", "B"), "entropy() mean variance covariance_matrix"),
    "LowRankMultivariateNormal(m, F, s)": (("x", "B"), "entropy() mean variance covariance_matrix"),
    "Wishart(n[0], S)": (("X",), "entropy() mean variance"),
    "Wishart(n[0], precision_matrix=S)": (("X",), "entropy() mean"),
    "Wishart(n[0], scale_tril=T)": (("X",), "entropy() mean"),
    "Independent(Normal(m, s), 1)": (("x", "B"), "entropy() mean variance base_dist.loc"),
    "Independent(Normal(B, s), 2)": (("B",), "entropy() mean"),
    "Independent(Normal(B, s), 0)": (("B",), "entropy()"),
    "Independent(Bernoulli(logits=L), 1)": (("torch.ones(2, 3)",), "entropy()"),
    "MixtureSameFamily(Categorical(w), Normal(m, s))": (("x", "a", "B"), "cdf(x) mean variance stddev"),
    "MixtureSameFamily(Categorical(logits=l), Gamma(r, s))": (("v",), "cdf(v) mean variance"),
    "MixtureSameFamily(Categorical(logits=L), Normal(m, s))": (("x[:2]",), "mean variance"),
    "MixtureSameFamily(Categorical(w), Independent(Normal(B[:3], s), 1))": (("x", "B"), "mean variance"),
    "MixtureSameFamily(Categorical(w), MultivariateNormal(B[:3], S))": (("x", "B"), "mean variance"),
}  # fmt: skip

ASKED = [
    f"{made}.{asked}"
    for made, (at, others) in MADE.items()
    for asked in (*(f"log_prob({value})" for value in at), *others.split())
]

DIVERGENCES = calls("""
    Normal(m, s), Normal(0, r)
    HalfNormal(s), HalfNormal(r)
    Laplace(m, s), Laplace(x, r)
    Cauchy(m, s), Cauchy(x, r)
    Gumbel(m, s), Gumbel(x, r)
    Exponential(s), Exponential(r)
    Gamma(s, r), Gamma(r, n)
    Chi2(n), Chi2(r)
    Beta(s, r), Beta(r, n)
    Dirichlet(n), Dirichlet(r)
    Dirichlet(torch.exp(L)), Dirichlet(r)
    Pareto(s, r), Pareto(s/2, n)
    LogNormal(m, s), LogNormal(0, r)
    Uniform(m, m + s), Uniform(m - 1, m + 4)
    Bernoulli(p), Bernoulli(u)
    Bernoulli(logits=l), Bernoulli(p)
    Binomial(5, p), Binomial(5, u)
    Geometric(p), Geometric(u)
    Poisson(s), Poisson(r)
    Categorical(w), Categorical(logits=l)
    Categorical(logits=L), Categorical(W)
    OneHotCategorical(w), OneHotCategorical(logits=l)
    ContinuousBernoulli(p), ContinuousBernoulli(u/2)
    MultivariateNormal(m, S), MultivariateNormal(x, scale_tril=T)
    MultivariateNormal(B, S), MultivariateNormal(torch.zeros(3), precision_matrix=X)
    LowRankMultivariateNormal(m, F, s), LowRankMultivariateNormal(x, F, r)
    MultivariateNormal(m, S), LowRankMultivariateNormal(x, F, r)
    LowRankMultivariateNormal(m, F, s), MultivariateNormal(x, S)
    Independent(Normal(m, s), 1), Independent(Normal(0*m, 1 + 0*s), 1)
    Gamma(s, r), Exponential(n)
    Beta(s, r), Exponential(n)
    ContinuousBernoulli(p), Exponential(n)
    Pareto(s, n), Exponential(r)
    Beta(s, r), Normal(m, n)
    ContinuousBernoulli(p), Normal(m, n)
    Exponential(s), Normal(m, n)
    Gamma(s, r), Normal(m, n)
    Gumbel(m, s), Normal(x, n)
    Laplace(m, s), Normal(x, n)
    Pareto(s, n), Normal(x, r)
    Uniform(m, m + s), Normal(x, r)
    Beta(s, r), ContinuousBernoulli(p)
    Beta(s, r), Gamma(n, v)
    Exponential(s), Gamma(n, v)
    Pareto(s, n), Gamma(r, v)
    Normal(m, s), Laplace(x, r)
    Normal(m, s), Gumbel(x, r)
    Gamma(s, r), Gumbel(x, n)
    Exponential(s), Gumbel(x, n)
    Uniform(m, m + s), Gumbel(x, r)
    Bernoulli(p), Poisson(s)
    Beta(s, r), Uniform(-1*s, 2*s)
    Uniform(v, v + s), Exponential(r)
""")

REFUSED = calls("""
    Normal(m, s)
    Normal(m)
    Normal(m, s, 1, 2)
    Normal(m, s).mean()
    Normal(m, s).entropy
    Normal(m, s).pdf(x)
    Normal(m, s).rsample()
    Normal(m, s).sample((3,))
    Normal(m, s).log_prob(x, x)
    Normal(m, s).log_prob(y=x)
    Cauchy(m, s).mean
    HalfCauchy(s).variance
    Bernoulli()
    Bernoulli(mu=p)
    Categorical(logits=C).log_prob(torch.tensor([1, 0]))
    kl_divergence(Normal(m, s), Gamma(r, s))
    kl_divergence(Normal(m, s), x)
    kl_divergence(Independent(Normal(B, s), 1), Independent(Normal(B, s), 2))
    Independent(m, 1)
    MixtureSameFamily(Normal(m, s), Normal(m, s))
    RelaxedBernoulli(s, p)
    LKJCholesky(3, s)
    TransformedDistribution(Normal(m, s), x)
    normal(m, s)
""")


_TENSOR = re.compile(r"torch\.tensor\(([^()]*)\)")


def used(text: str) -> dict[str, np.ndarray]:
    return {name: VALUES[name] for name in VALUES if re.search(rf"(?<![\w.]){name}(?![\w(=])", text)}


def direction_in(text: str) -> dict[str, np.ndarray]:
    """Of matrices that are symmetric or triangular one that leaves them so; torch has no slope in an order."""
    found = directions(used(text))
    for name, shaped in (("S", lambda d: d + d.T), ("X", lambda d: d + d.T), ("T", np.tril)):
        if name in found:
            found[name] = shaped(found[name])
    orders = ".cdf" in text and any(name in text for name in ("Gamma", "Chi2"))
    return {name: d for name, d in found.items() if not orders or name == "v"}


def from_torch(text: str, direction: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """The value of a text that Python runs, and autograd's slope of its weighted sum."""
    tensors = {name: torch.tensor(value, requires_grad=name in direction) for name, value in used(text).items()}
    moving = [tensors[name] for name in direction]
    torch.set_default_dtype(torch.float64)
    try:
        value = torch.as_tensor(eval(text, {**vars(distributions), "torch": torch, **tensors}))  # noqa: S307 - tables of texts
    finally:
        torch.set_default_dtype(torch.float32)
    found = value.detach().numpy()
    if not value.requires_grad:
        return found, 0.0
    slopes = torch.autograd.grad(value, moving, torch.tensor(weights_of(found)), allow_unused=True)
    pairs = zip(slopes, direction.values(), strict=True)
    return found, sum(float((s.numpy() * d).sum()) for s, d in pairs if s is not None)


@pytest.mark.generated(share=1 / 8)
@pytest.mark.parametrize("text", [*ASKED, *(f"kl_divergence({pair})" for pair in DIVERGENCES)])
def test_a_distribution_is_what_torch_makes_of_it(text: str) -> None:
    direction, values = direction_in(text), used(text)
    value, slope = from_torch(text, direction)
    read = _TENSOR.sub(r"\1", text if not text.startswith("kl_") else f"torch.distributions.{text}")
    found, slopes = gradclis(read, values, {**{name: 0 * values[name] for name in values}, **direction})
    digits = 1e-6 if "VonMises" in text else 1e-9  # torch's own Bessel functions have seven digits
    assert found.shape == value.shape
    np.testing.assert_allclose(found, value, rtol=digits, atol=1e-11)
    np.testing.assert_allclose(slopes, slope, rtol=100 * digits, atol=1e-9)


@pytest.mark.parametrize("text", REFUSED)
def test_what_torch_has_not_or_has_no_slope_is_refused(text: str) -> None:
    assert refused(text if not text.startswith("kl_") else f"torch.distributions.{text}", used(text)), text


ELSEWHERE = calls("""
    Normal(m, -s)
    LogNormal(m, 0*s)
    HalfNormal(-s)
    Exponential(-r)
    Gamma(s, -r)
    Gamma(-s, r)
    Chi2(-s)
    FisherSnedecor(s, -r)
    Weibull(s, -r)
    Pareto(-s, r)
    GeneralizedPareto(m, -s, r)
    Beta(-s, r)
    Beta(s, 0*r)
    Kumaraswamy(s, -r)
    Laplace(m, -s)
    Cauchy(m, -s)
    StudentT(-s)
    Gumbel(m, -s)
    VonMises(m, -s)
    Uniform(m, m)
    Uniform(m + s, m)
    Dirichlet(-s)
    Bernoulli(p - 1)
    Geometric(0*p)
    Binomial(5, p + 1)
    Binomial(-1 + 0*p, p)
    Binomial(s, p)
    NegativeBinomial(5, p + 1)
    Poisson(-r)
""")


@pytest.mark.parametrize("text", ELSEWHERE)
def test_parameters_that_torch_refuses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Expected parameter"):
        from_torch(f"{text}.log_prob(p)", {})
    assert refused(f"torch.distributions.{text}.log_prob(p)", used(f"{text} p")), text


def test_what_is_not_validated_is_the_number_of_the_formula() -> None:
    text = "Normal(m, -s, validate_args=False).cdf(x)"
    found, _ = gradclis(text, used(text), directions(used(text)))
    np.testing.assert_allclose(found, from_torch(text, {})[0], rtol=1e-12)
