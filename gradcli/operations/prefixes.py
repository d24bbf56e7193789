"""The libraries' names before a function's: ``torch.``, ``np.linalg.``. Apart from the table, which is long."""

from __future__ import annotations

DISTRIBUTIONS = [
    "norm",
    "expon",
    "laplace",
    "logistic",
    "cauchy",
    "uniform",
    "gamma",
    "chi2",
    "beta",
    "t",
    "lognorm",
    "halfnorm",
    "weibull_min",
    "pareto",
    "poisson",
    "bernoulli",
    "geom",
    "binom",
    "multivariate_normal",
]
_STATS = ("scipy.stats", "stats", "jax.scipy.stats", "jsp.stats")

# What people write before a function's name, and the library whose habits it brings (an alias may name that library).
PREFIXES: dict[str, str] = {
    prefix: library
    for library, prefixes in {
        "torch": "torch torch.special",
        "F": "torch.nn.functional nn.functional F",
        "torch.linalg": "torch.linalg",
        "math": "math",
        "np": "np numpy anp autograd.numpy",
        "np.linalg": "np.linalg numpy.linalg anp.linalg autograd.numpy.linalg",
        "jnp": "jnp jax.numpy",
        "jnp.linalg": "jnp.linalg jax.numpy.linalg",
        "jax.nn": "jax.nn",
        "jax.lax": "jax.lax lax",
        "scipy.special": "scipy.special special sp.special sc",
        "jax.scipy.special": "jax.scipy.special jsp.special",
        "scipy.linalg": "scipy.linalg sp.linalg",
        "jax.scipy.linalg": "jax.scipy.linalg jsp.linalg",
        **{f"scipy.stats.{name}": " ".join(f"{before}.{name}" for before in _STATS) for name in DISTRIBUTIONS},
        "scipy.stats.norm": " ".join([*(f"{before}.norm" for before in _STATS), "norm"]),
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
