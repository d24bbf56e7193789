"""Functions of Julia's Base, LogExpFunctions and SpecialFunctions, as calls without a library, where no row has the
name."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

_HALF_TURNS = {
    "sin": "sinpi({0})",
    "cos": "cospi({0})",
    "tan": "sinpi({0})/cospi({0})",
    "sec": "1/cospi({0})",
    "csc": "1/sinpi({0})",
    "cot": "cospi({0})/sinpi({0})",
}
_DEGREES = tuple(
    spelling
    for name, turned in _HALF_TURNS.items()
    for spelling in (
        Spelling(f"{name}d(x)", turned.format("x/180")),
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
    Spelling("logmxp1(x)", "log1pmx(x - 1)"),
    Spelling("log2mexp(x)", "log1p(-expm1(x))"),
    Spelling("logexpm1(x)", "x + log1mexp(-x)"),
    Spelling("logsubexp(x, y)", "maximum(x, y) + log1mexp(-abs(x - y))"),
)
