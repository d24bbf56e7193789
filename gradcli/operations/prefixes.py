"""The libraries' names before a function's: ``torch.``, ``np.linalg.``. Apart from the table, which is long."""

from __future__ import annotations

_OF_SCIPY = """
norm laplace logistic genlogistic cauchy t gumbel_r gumbel_l loggamma hypsecant moyal skewnorm exponnorm gennorm dgamma
dweibull laplace_asymmetric johnsonsu vonmises genextreme expon gamma erlang gengamma invgamma chi chi2 betaprime f
lognorm halfnorm halfcauchy halflogistic weibull_min weibull_max invweibull exponweib pareto lomax rayleigh maxwell
nakagami rice levy invgauss wald fisk burr12 burr gompertz foldnorm foldcauchy loglaplace genpareto uniform beta
powerlaw arcsine semicircular triang truncexpon truncnorm loguniform reciprocal johnsonsb wrapcauchy poisson bernoulli
binom nbinom geom hypergeom betabinom betanbinom logser zipf planck dlaplace yulesimon skellam randint
multivariate_normal multivariate_t dirichlet multinomial wishart invwishart matrix_normal
"""
DISTRIBUTIONS = _OF_SCIPY.split()
# Names that are as often a variable's: they are a library's only before a function that the library has and arrays
# have not, D.Normal(0, 1), gamma.logpdf(x, a).
_SHORT = "D dist td st ss sps"
SHY = frozenset({*_SHORT.split(), *DISTRIBUTIONS})
_STATS = ("scipy.stats", "stats", "st", "ss", "sps", "jax.scipy.stats", "jsp.stats", "autograd.scipy.stats")
_DRAWS = ("torch.distributions", "distributions", "dist", "D", "td", "pyro.distributions")
# Files of torch's, from which some import.
_FILES = """
kl normal log_normal half_normal laplace cauchy half_cauchy studentT gumbel von_mises uniform exponential gamma chi2
inverse_gamma fishersnedecor weibull pareto generalized_pareto beta kumaraswamy continuous_bernoulli bernoulli geometric
binomial negative_binomial poisson categorical one_hot_categorical multinomial dirichlet multivariate_normal
lowrank_multivariate_normal wishart independent mixture_same_family
"""
# numpy's functions of two operands, which have ways of their own to be run over an axis: np.add.reduce.
UFUNCS = (
    "add", "subtract", "multiply", "divide", "true_divide", "power", "float_power", "maximum", "minimum", "fmax",
    "fmin", "hypot", "arctan2", "logaddexp", "logaddexp2", "fmod", "mod", "remainder", "floor_divide", "copysign",
    "heaviside",
)  # fmt: skip
_NUMPYS = ("np", "numpy", "anp", "autograd.numpy", "jnp", "jax.numpy")
# Libraries that name no row by its own name: what they have is spelled.
_OWN = ("scipy.stats", "torch.distributions")
APART = (*_OWN, *(f"np.{name}" for name in UFUNCS))
# The first has objects of which people write the name alone, as they do of functions; of the second they import all.
FROZEN, IMPORTED = _OWN

# What people write before a function's name, and the library whose habits it brings (an alias may name that library).
PREFIXES: dict[str, str] = {
    prefix: library
    for library, prefixes in {
        "torch": "torch torch.special",
        "F": "torch.nn.functional nn.functional F",
        "torch.linalg": "torch.linalg",
        "torch.masked": "torch.masked",
        "math": "math",
        "np": "np numpy anp autograd.numpy",
        "np.lib.stride_tricks": "np.lib.stride_tricks numpy.lib.stride_tricks stride_tricks",
        "np.linalg": "np.linalg numpy.linalg anp.linalg autograd.numpy.linalg",
        "jnp": "jnp jax.numpy",
        "jnp.linalg": "jnp.linalg jax.numpy.linalg",
        "jax": "jax",
        "torch.func": "torch.func functorch",
        "torch.autograd": "torch.autograd",
        "torch.autograd.functional": "torch.autograd.functional",
        "autograd": "autograd",
        "functools": "functools",
        "jax.nn": "jax.nn",
        "jax.lax": "jax.lax lax",
        "jax.lax.linalg": "jax.lax.linalg lax.linalg",
        "scipy.special": "scipy.special special sp.special sc",
        "jax.scipy.special": "jax.scipy.special jsp.special",
        "scipy.linalg": "scipy.linalg sp.linalg sla autograd.scipy.linalg",
        "jax.scipy.linalg": "jax.scipy.linalg jsp.linalg",
        "scipy.stats": " ".join(_STATS),
        **{
            f"scipy.stats.{name}": " ".join([*(f"{before}.{name}" for before in _STATS), name])
            for name in DISTRIBUTIONS
        },
        "torch.distributions": " ".join(
            [*_DRAWS, *(f"{before}.{file}" for before in _DRAWS for file in _FILES.split())]
        ),
        "torch.fft": "torch.fft",
        "np.fft": "np.fft numpy.fft anp.fft autograd.numpy.fft fft",
        "jnp.fft": "jnp.fft jax.numpy.fft",
        "scipy.fft": "scipy.fft sp.fft",
        "jax.scipy.fft": "jax.scipy.fft jsp.fft",
        **{f"np.{name}": " ".join(f"{before}.{name}" for before in _NUMPYS) for name in UFUNCS},
        "sympy": "sympy sp",
    }.items()
    for prefix in prefixes.split()
}
PREFIX_ROOTS = frozenset(prefix.partition(".")[0] for prefix in PREFIXES)


def same_library(module: str, name: str) -> bool:
    """Is what is written behind ``name.`` read as that of the module?

    >>> same_library("numpy", "np"), same_library("jax.numpy", "np")
    (True, False)
    """
    tails = [prefix[len(name) :] for prefix in PREFIXES if f"{prefix}.".startswith(f"{name}.")]
    return bool(tails) and all(PREFIXES.get(module + tail) == PREFIXES[name + tail] for tail in tails)
