"""The rows, one file a subject. A new operation is a new row in one of these files.

A row reads like a line of a formula sheet: its words, its meanings, its calculus, its names, its notation. The
formatter would make a column of each, one fact a line and twice as long, so the tables are kept from it.
"""

from __future__ import annotations

SUBJECTS = (
    "arithmetic",
    "elementwise",
    "special",
    "incomplete",
    "hypergeometric",
    "transcendental",
    "bessel",
    "orders",
    "elliptic",
    "polynomials",
    "neural",
    "losses",
    "reductions",
    "products",
    "linear_algebra",
    "factors",
    "spectral",
    "fourier",
    "matrix_functions",
    "structure",
    "scattering",
    "picking",
    "joining",
    "constructors",
    "sampled",
    "convolutions",
    "pooling",
    "derivative",
)  # in the order of the table
