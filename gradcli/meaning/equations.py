"""Powers and linear equations of matrices, by products and inverses of the arithmetic that asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gradcli.base.errors import LimitError

UNKNOWNS = 256  # of a system that is solved in enclosures in a second or two, which nothing ends before

# Any: the arithmetic, whose arrays hold its own scalars
Array = npt.NDArray[Any]


def matrix_power(s: Any, a: Array, n: int) -> Array:
    """By repeated squaring; a negative power is that of the inverse."""
    if n < 0:
        return matrix_power(s, s.inv(a), -n)
    out = s.eye(*a.shape)
    while n:
        out = s.matmul(out, a) if n & 1 else out
        n >>= 1
        a = s.matmul(a, a) if n else a
    return np.asarray(out)


def refuse_large(unknowns: int) -> None:
    """Errors: LimitError."""
    if unknowns > UNKNOWNS:
        what = f"an equation of {unknowns} unknowns between matrices, where at most {UNKNOWNS} are solved"
        raise LimitError(what, kind="unchecked")


def sylvester(s: Any, a: Array, b: Array, q: Array) -> Array:
    """X with ``a @ X + X @ b == q``."""
    return np.asarray(s.matmul(s.inv(sylvester_system(s, a, b)), q.reshape(-1)).reshape(q.shape))


def sylvester_system(s: Any, a: Array, b: Array) -> Array:
    """The matrix that takes the entries of X, row by row, to those of ``a @ X + X @ b``. Errors: LimitError."""
    n, m = len(a), len(b)
    refuse_large(n * m)
    system = s.full((n, m, n, m), 0)
    for i, j in np.ndindex(n, m):
        system[i, j, :, j] = system[i, j, :, j] + a[i]
        system[i, j, i] = system[i, j, i] + b[:, j]
    return np.asarray(system.reshape(n * m, n * m))
