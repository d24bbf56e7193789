"""The spellings of libraries, a file for each, or a folder of files."""

from __future__ import annotations

LIBRARIES = (
    "builtins",
    "torch.arithmetic",
    "torch.reductions",
    "torch.order",
    "torch.places",
    "torch.matrices",
    "torch.factors",
    "torch.shapes",
    "torch.parts",
    "torch.layers",
    "torch.losses",
    "numpy.plain",
    "numpy.places",
    "numpy.samples",
    "numpy.sums",
    "numpy.matrices",
    "math",
    "scipy.special",
    "scipy.linalg",
    "scipy.stats",
    "jax.nn",
    "jax.lax",
    "jax.numpy",
    "jax.matrices",
    "sympy",
    "julia",
)  # a name's signatures are tried in this order
