"""Enclosures rounded to float64, at rising precision until it is certain which number that is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf, isfinite, nan

from flint import arb

from gradcli.base.errors import LimitError
from gradcli.base.precision import precision

BITS = (96, 192, 384, 768, 1536, 3072)
DECIDED = 60  # bits
LARGEST, SMALLEST = arb(2) ** 1024, arb(2) ** -1075  # from there on float64 has infinity, and below it 0
KEPT = 2**14  # numbers: a check asks for the same ones again

Enclosing = Callable[[tuple[arb, ...]], arb | None]


@lru_cache(KEPT)
def rounded(enclosed: Enclosing, name: str, point: tuple[float, ...]) -> float:
    """The value at a point; nan where there is none.

    Errors: LimitError where no precision that is tried tells it.
    """
    if not all(map(isfinite, point)):
        return nan
    for bits in BITS:
        with precision(bits):
            found = enclosed(tuple(map(arb, point)))
        if found is None:
            return nan
        number = _float(found)
        if number is not None:
            return number
    at = ", ".join(f"{x:.6g}" for x in point)
    raise LimitError(f"{name} at ({at}) is not told with {BITS[-1]} bits", kind="unchecked")


def _float(value: arb) -> float | None:
    """The float64 that an enclosure decides; None where it decides none."""
    if value.is_nan():
        return None
    if value.is_exact() or value.rel_accuracy_bits() >= DECIDED:
        return float(value)
    if abs(value) < SMALLEST:
        return 0.0
    return (inf if value > 0 else -inf) if abs(value) > LARGEST else None
