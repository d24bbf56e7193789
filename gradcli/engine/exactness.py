"""How exact the functions of compiled kernels are said to be; ``python tests/engine/accuracy.py`` measures it, and the
tests hold them to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exactness:
    """
    ulp:   the largest error, in units in the last place of the true value
    floor: of a function with zeros: where the value is smaller, the units are those of this number
    """

    ulp: float
    floor: float = 0.0


USUAL = Exactness(4)  # what glibc promises of its functions of vectors
COMPOSED = Exactness(8)  # a product or quotient of two, and what is a function of a function
ROUNDED = Exactness(0.5)

# By the row's name, where it is not the usual.
EXACTNESS: Mapping[str, Exactness] = {
    **dict.fromkeys(("sqrt", "mod", "fmod", "ieee_remainder", "floor_divide"), ROUNDED),
    **dict.fromkeys(
        (
            *("sec", "csc", "cot", "sech", "csch", "coth", "sinpi", "cospi", "sinc"),
            *("asec", "acsc", "acot", "asech", "acsch", "acoth"),
            *("erfcx", "ndtr", "log_ndtr", "exprel", "log1prel", "log1mexp", "logit", "logaddexp", "logaddexp2"),
            *("xlogy", "xlog1py", "entr", "rel_entr"),
            *("sigmoid", "logsigmoid", "softplus", "silu", "gelu", "mish", "elu", "celu", "selu"),
        ),
        COMPOSED,
    ),
    **dict.fromkeys(("spherical_jn", "spherical_bessel_j0"), Exactness(8, floor=0.1)),
    "tanhshrink": Exactness(4, floor=1.0),
    **dict.fromkeys(("gamma", "factorial"), Exactness(8)),  # glibc's own, off by 5
    "lgamma": Exactness(8, floor=1.0),
    **dict.fromkeys(("digamma", "polygamma"), Exactness(16, floor=1.0)),
    **dict.fromkeys(("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"), Exactness(16, floor=0.1)),
    **dict.fromkeys(("besselj", "bessely"), Exactness(32, floor=0.1)),  # made of these, order by order
}  # fmt: skip


def exactness_of(name: str) -> Exactness:
    """Of a row."""
    return EXACTNESS.get(name, USUAL)
