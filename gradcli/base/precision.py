"""The number of bits that balls are computed with: a global of FLINT's, which is set here alone and always restored."""

from __future__ import annotations

import flint

flint.ctx.cap = 1024  # terms: FLINT cuts every power series after so many, 10 by default, whatever length it was given


class precision:  # noqa: N801 - read as a function; a class takes a fifth of a generator's time
    """Balls made inside are rounded to so many bits."""

    __slots__ = ("before", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __enter__(self) -> None:
        self.before = flint.ctx.prec
        flint.ctx.prec = self.bits

    def __exit__(self, *_: object) -> None:
        flint.ctx.prec = self.before


def working_bits() -> int:
    """The bits that balls are rounded to here."""
    return int(flint.ctx.prec)
