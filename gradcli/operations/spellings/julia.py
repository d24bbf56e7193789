"""Functions of Julia's Base, LogExpFunctions and SpecialFunctions, as calls without a library, where no row has the
name."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

_DEGREES = tuple(
    spelling
    for name in ("sin", "cos", "tan", "sec", "csc", "cot")
    for spelling in (
        Spelling(f"{name}d(x)", f"{name}(deg2rad(x))"),
        Spelling(f"a{name}d(x)", f"rad2deg(a{name}(x))"),
    )
)

SPELLINGS = (
    *_DEGREES,
    Spelling("muladd(x, y, z)", "x*y + z"),
    Spelling("fma(x, y, z)", "x*y + z"),
    Spelling("ldexp(x, n)", "x*2**n"),
    Spelling("erf(x, y)", "erf(y) - erf(x)"),  # Mathematica's too
    Spelling("log1psq(x)", "log1p(x**2)"),
    Spelling("log1pmx(x)", "log1p(x) - x"),
    Spelling("logmxp1(x)", "log(x) - x + 1"),
    Spelling("log1mexp(x)", "log(-expm1(x))"),
    Spelling("log2mexp(x)", "log1p(-expm1(x))"),
    Spelling("logexpm1(x)", "log(expm1(x))"),
    Spelling("logsubexp(x, y)", "log(abs(exp(x) - exp(y)))"),
)
