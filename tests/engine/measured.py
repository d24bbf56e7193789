"""Where the functions of compiled kernels are measured: of one table the tests, and the measurement for the README."""

from __future__ import annotations

from dataclasses import dataclass

from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree

HUGE, TINY = 1e300, 1e-300
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """A function in a range.

    text: the function, of x alone or of x and y
    x, y: where
    """

    text: str
    x: Range
    y: Range = (0.0, 0.0)


def _each(names: str, ranges: tuple[Range, ...]) -> tuple[Measured, ...]:
    return tuple(Measured(f"{name}(x)", x) for name in names.split() for x in ranges)


MEASURED = (
    *_each("exp", ((-1, 1), (-708, 709))),
    *_each("exp2", ((-1, 1), (-1022, 1023))),
    *_each("expm1", ((-1e-290, 1e-290), (-1e-3, 1e-3), (-1, 1), (-40, 709))),
    *_each("log log2 log10", ((0.5, 2), (TINY, HUGE))),
    *_each("log1p", ((-1e-290, 1e-290), (-1e-3, 1e-3), (-0.9999, 1), (1, HUGE))),
    *_each("sqrt", ((TINY, HUGE),)),
    *_each("rsqrt cbrt", ((TINY, HUGE),)),
    *_each("sin cos tan", ((-3.2, 3.2), (-1e5, 1e5), (-HUGE, HUGE))),
    *_each("sec csc cot", ((-3.2, 3.2), (-1e5, 1e5))),
    *_each("asin acos atanh", ((-1, 1),)),
    *_each("atan asinh", ((-1, 1), (-HUGE, HUGE))),
    *_each("acosh", ((1, 2), (1, HUGE))),
    *_each("asec acsc acoth", ((1.5, HUGE),)),
    *_each("acot acsch", ((-2, 2), (-HUGE, HUGE))),
    *_each("asech", ((TINY, 0.7),)),
    *_each("sinh cosh tanh", ((-1, 1), (-709, 709))),
    *_each("sech csch coth", ((-1, 1), (-700, 700))),
    *_each("sinpi cospi sinc", ((-2, 2), (-1e9, 1e9))),
    *_each("deg2rad rad2deg", ((-HUGE, HUGE),)),
    *_each("erf", ((-1, 1), (-6, 6))),
    *_each("erfc", ((-1, 1), (-6, 26))),
    *_each("erfcx", ((-1, 1), (-26, 20), (20, HUGE))),
    *_each("ndtr", ((-1, 1), (-37, 8))),
    *_each("log_ndtr", ((-1, 1), (-1e3, 8))),
    *_each("gamma", ((0.1, 20), (20, 171), (-20, 0))),
    *_each("factorial", ((-0.9, 20), (20, 170))),
    *_each("lgamma", ((0.1, 20), (20, HUGE))),
    Measured("lgamma(x)", (-20, 0)),
    *_each("digamma", ((0.1, 20), (20, HUGE))),
    Measured("digamma(x)", (-20, 0)),
    *(Measured(f"polygamma({n}, x)", x) for n in (1, 2, 3) for x in ((0.1, 20.0), (20.0, 1e9))),
    Measured("polygamma(1, x)", (-20, 0)),
    Measured("polygamma(2, x)", (-20, 0)),
    *(Measured(f"bessel_{f}(x)", x) for f in ("j0", "j1", "y0", "y1") for x in ((0.1, 20.0), (20.0, 1e5))),
    *(Measured(f"bessel{f}(3, x)", (0.1, 20.0)) for f in "jy"),
    Measured("spherical_jn(1, x)", (-20, 20)),
    Measured("spherical_jn(2, x)", (-20, 20)),
    Measured("spherical_bessel_j0(x)", (-20, 20)),
    *_each("sigmoid silu", ((-1, 1), (-700, 40))),
    *_each("logsigmoid", ((-1, 1), (-700, 700))),
    *_each("softplus", ((-1, 1), (-700, 19))),
    *_each("gelu", ((-1, 1), (-37, 8))),
    Measured("gelu(x, approximate='tanh')", (-1, 1)),
    Measured("gelu(x, approximate='tanh')", (-8, 8)),
    *_each("mish elu celu selu", ((-1, 1), (-700, 40))),
    *_each("tanhshrink", ((1, 40),)),
    Measured("tanhshrink(x)", (-1, 1)),
    *_each("softsign", ((-HUGE, HUGE),)),
    *_each("logit", ((1e-300, 0.4), (0.3, 0.999999))),
    *_each("entr", ((TINY, 0.9), (1.1, HUGE))),
    *_each("log1mexp", ((-700, -1e-300),)),
    *_each("exprel log1prel", ((-0.5, 0.5),)),
    *_each("exprel", ((-700, 700),)),
    Measured("xlogy(x, y)", (-HUGE, HUGE), y=(1e-8, 1e8)),
    Measured("rel_entr(x, y)", (0, 1), y=(0, 1)),
    Measured("rel_entr(x, y)", (0.9, 1.1), y=(0.9, 1.1)),
    Measured("rel_entr(x, y)", (TINY, HUGE), y=(TINY, HUGE)),
    Measured("xlog1py(x, y)", (-1e8, 1e8), y=(-0.9, 1e8)),
    Measured("logaddexp(x, y)", (0, 700), y=(0, 700)),
    Measured("logaddexp2(x, y)", (0, 700), y=(0, 700)),
    Measured("atan2(x, y)", (-1e3, 1e3), y=(-1e3, 1e3)),
    Measured("atan2(x, y)", (-HUGE, HUGE), y=(-HUGE, HUGE)),
    Measured("hypot(x, y)", (-HUGE, HUGE), y=(-HUGE, HUGE)),
    Measured("x**y", (0.1, 10), y=(-10, 10)),
    Measured("x**y", (TINY, HUGE), y=(-1, 1)),
    *(Measured(f"x**{n}", (1e-30, 1e30)) for n in (2, 3, 4, 5, 6, 7, 8, -2, -3, -8)),
    *(Measured(f"x**{n}", (1e-30, 1e30)) for n in ("(3/2)", "(-1/2)", "(-3/2)", "(7/2)")),
    Measured("x%y", (-1e6, 1e6), y=(0.1, 100)),
    Measured("fmod(x, y)", (-1e6, 1e6), y=(0.1, 100)),
    Measured("ieee_remainder(x, y)", (-1e6, 1e6), y=(0.1, 100)),
    Measured("x//y", (-1e6, 1e6), y=(0.1, 100)),
)  # fmt: skip


def named(measured: Measured) -> str:
    """The row that it is of: the last step."""
    op = compile_tree(parse(measured.text).tree).output.op
    assert op is not None
    return op.name
