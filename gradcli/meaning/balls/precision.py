"""The number of bits that balls are computed with: a global of FLINT's, which is set here alone and always restored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import flint

flint.ctx.cap = 1024  # terms: FLINT cuts every power series after so many, 10 by default, whatever length it was given


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Balls made inside are rounded to so many bits."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def working_bits() -> int:
    """The bits that balls are rounded to here."""
    return int(flint.ctx.prec)
