"""Long sums of cosines of whole arrays, by numpy's fast Fourier transform in longdouble.

Bound: a pass of radix p is p-point transforms, each of p + 2 operations an entry, after a twiddle whose error is a few
units, so that it adds at most ((p + 2)*sqrt(p) + 8) units of the norm, and the norm of what comes out is sqrt(n) times
that of what goes in (Higham, Accuracy and Stability of Numerical Algorithms, 24.1, there for p = 2).
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from gradcli.meaning.extended.number import Extended, filled, made
from gradcli.meaning.extended.rounding import LONG, UNIT, Floats, now
from gradcli.operations.turns import DIRECT, Turns

LARGEST = 11  # radix that numpy's transform has a pass for


def is_smooth(length: int) -> bool:
    return not _radices(length)[1]


def turned(rows: Extended, turns: Turns) -> Extended:
    """The sums of each line. The length is one whose prime factors are small."""

    def slope(adjoint: Extended, _rows: Extended, out: Extended) -> Extended:
        return turned(filled(adjoint, out.shape), turns.transposed)

    value, error = _value(rows, turns)
    return made(value, error, (rows,), (slope,))


def quick(turns: Turns) -> bool:
    """Is the transform worth it, and its error known?"""
    return (
        not now.least
        and turns.length > DIRECT
        and is_smooth(turns.length)
        and np.fft.fft(np.zeros(1, LONG)).dtype == np.clongdouble
    )


def _value(rows: Extended, turns: Turns) -> tuple[Floats, Floats]:
    lines = np.zeros((*rows.shape[:-1], turns.length), dtype=LONG)
    lines[..., np.array(turns.places(entries=True), dtype=int)] = rows.value
    found = np.fft.fft(lines)[..., np.array(turns.places(entries=False), dtype=int)]
    norms = np.sqrt((lines**2).sum(-1, keepdims=True)).astype(np.float64)
    units = sum((p + 2) * sqrt(p) + 8 for p in _radices(turns.length)[0])
    error = norms * (sqrt(turns.length) * units * UNIT * (1 + 1e-6))
    if not rows.exact:
        error = error + rows.errors.astype(np.float64).sum(-1, keepdims=True)
    value = np.asarray(-found.imag if turns.quarters else found.real, dtype=LONG)
    return value, np.broadcast_to(error, value.shape).copy()


def _radices(length: int) -> tuple[list[int], bool]:
    """The prime factors up to the largest radix, and whether there are others."""
    found = []
    for p in (2, 3, 5, 7, LARGEST):
        while length % p == 0:
            length //= p
            found.append(p)
    return found, length > 1
