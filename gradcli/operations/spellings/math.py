"""Python's own functions and those of its module math, where they are not a row's own."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

SPELLINGS = (
    Spelling("sum(iterable:parts, start=0)", lambda iterable, start: _added("iterable", iterable, start)),
    Spelling("round(number, ndigits:integer)", "round(number*10**ndigits)/10**ndigits"),
    Spelling("math.sumprod(p, q, /)", "sum(p*q)"),
    Spelling("math.prod(iterable, /, *, start=1)", "prod(iterable)*start"),
    Spelling("math.fsum(seq, /)", "sum(flatten(seq))"),
    Spelling("math.dist(p, q, /)", "norm(p - q)"),
    Spelling("math.log(x, base, /)", "log(x)/log(base)"),
    Spelling("math.log(x, /)", "log(x)"),
    Spelling("math.pow(x, y, /)", "x**y"),
    Spelling("math.ldexp(x, i, /)", "x*2**i"),
    Spelling("math.copysign(x, y, /)", "abs(x)*where(y < 0, -1, 1)"),
    Spelling("math.perm(n, k, /)", "factorial(n)/factorial(n - k)"),
    Spelling("math.isqrt(n, /)", "floor(sqrt(n))"),
)


def _added(name: str, count: int, start: object) -> str:
    """Python adds the entries of a list up, whatever they are: arrays entry by entry."""
    terms = [f"{name}[{k}]" for k in range(count)]
    return " + ".join(terms if start == 0 else ["start", *terms])
