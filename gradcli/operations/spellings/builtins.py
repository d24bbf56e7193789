"""Python's own functions, where they stand in formulas."""

from __future__ import annotations

from gradcli.operations.spelling import Spelling

_NUMBERS = {"inf": "inf", "-inf": "-inf", "+inf": "inf", "infinity": "inf", "-infinity": "-inf", "nan": "nan"}


def _number(x: str) -> str:
    """What the text stands for; any other is read as a formula, where a number is."""
    return _NUMBERS.get(x.strip().lower(), x)


SPELLINGS = (
    Spelling("float(x:text)", _number),
    Spelling("float(x)", "x"),
    Spelling("range(stop:integer)", "arange(stop)"),
    Spelling("range(start:integer, stop:integer, step:integer=1)", "arange(start, stop, step)"),
    Spelling(".dot(self, other)", "array_dot(self, other)"),
)
