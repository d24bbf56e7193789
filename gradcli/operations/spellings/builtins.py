"""Python's own functions, where they stand in formulas."""

from __future__ import annotations

import re

from gradcli.operations.spelling import Spelling

_DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?")
_NUMBERS = {"inf": "inf", "-inf": "-inf", "+inf": "inf", "infinity": "inf", "-infinity": "-inf", "nan": "nan"}


def _number(x: str) -> str:
    """The number that the text stands for; any other text is none, as for Python."""
    plain = x.strip().lower()
    return _NUMBERS.get(plain, plain if _DECIMAL.fullmatch(plain) else "none: this text is no number")


def _added(iterable: int, start: object) -> str:
    """Python adds the entries of a list up, whatever they are: arrays entry by entry."""
    terms = [f"iterable[{k}]" for k in range(iterable)]
    return " + ".join(terms if start == 0 else ["start", *terms])


SPELLINGS = (
    Spelling("sum(iterable:parts, start=0)", _added),
    Spelling("round(number, ndigits:integer)", "round(number*10**ndigits)/10**ndigits"),
    Spelling("float(x:text)", _number),
    Spelling("float(x)", "x"),
    Spelling("int(x:integer)", "x"),
    Spelling("norm(x, p:text)", lambda p: {"fro": "norm(x)", "nuc": "matrix_norm(x, 'nuc')"}.get(p, "norm(x, p)")),
    Spelling("range(stop:integer)", "arange(stop)"),
    Spelling("range(start:integer, stop:integer, step:integer=1)", "arange(start, stop, step)"),
    Spelling("array(object, dtype:text=None)", "object"),
    Spelling(".dot(self, other)", "array_dot(self, other)"),
)
