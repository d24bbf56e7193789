"""The libraries' names before a function's: ``torch.``, ``np.linalg.``. Apart from the table, which is long."""

from __future__ import annotations

# What people write before a function's name, and the library whose habits it brings (an alias may name that library).
PREFIXES: dict[str, str] = {
    prefix: library
    for library, prefixes in {
        "torch": "torch torch.special",
        "F": "torch.nn.functional nn.functional F",
        "torch.linalg": "torch.linalg",
        "math": "math",
        "np": "np numpy",
        "jnp": "jnp jax.numpy",
        "np.linalg": "np.linalg numpy.linalg jnp.linalg jax.numpy.linalg",
        "jax.nn": "jax.nn",
        "scipy.special": "scipy.special",
        "jax.scipy.special": "jax.scipy.special",
        "jax.lax": "jax.lax",
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
