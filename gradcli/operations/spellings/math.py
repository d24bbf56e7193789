"""The functions of Python's module math, where they are not a row's own."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

SPELLINGS = (
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
