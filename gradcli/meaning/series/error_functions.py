"""Error functions and Fresnel's integrals at infinity."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.series.functions import grows, rule
from gradcli.meaning.series.series import endless, sign, vanishing
from gradcli.meaning.series.trigonometric import HALF, size, waving

# Any, in this module: Scalars, that are Balls, Undefined and Series

# exp(-x**2) vanishes faster than every power of t where x grows like a logarithm of t, or faster


@rule("erf")
def erf(x: Any) -> Any:
    return vanishing() + sign(x) if grows(x) else NotImplemented


@rule("erfc")
def erfc(x: Any) -> Any:
    return vanishing() + (1 - sign(x)) if grows(x) else NotImplemented


@rule("erfi")
def erfi(x: Any) -> Any:
    return endless(sign(x), x.moving) if grows(x) else NotImplemented


def _fresnel(x: Any) -> Any:
    """1/2 less ``O(1/x)``: DLMF 7.5.3 and 7.12.2."""
    return waving(x, size(x)) + HALF * Ball(arb(sign(x))) if grows(x) else NotImplemented


rule("fresnels")(_fresnel)
rule("fresnelc")(_fresnel)
