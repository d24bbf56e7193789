"""What constants of a kind are: the axes, sizes, flags and numbers of rows and spellings."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import isinf
from typing import Any

from gradcli.base.dtypes import FLOATING
from gradcli.operations.row import ENTRIES, INDEX

_BOUND = 2**62  # of axes and sizes: beyond, torch's own 64 bits overflow as they are added up


def _is_axis(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _BOUND


def _is_number(value: object) -> bool:
    return (isinstance(value, int | Fraction) and not isinstance(value, bool)) or (
        isinstance(value, float) and isinf(value)
    )


def is_entry(value: object) -> bool:
    """May it stand in an index?"""
    return value is None or value is Ellipsis or isinstance(value, slice) or _is_axis(value) or _is_array(value)


def _is_array(value: object) -> bool:
    """Is it nested tuples of whole numbers or truth values?"""
    return isinstance(value, tuple) and all(isinstance(part, int) or _is_array(part) for part in value)


SEVERAL = frozenset({"sizes", ENTRIES})  # kinds of constants that take all arguments that are left

KINDS: dict[str, Callable[[Any], bool]] = {  # Any: see Term.constant
    "axis": _is_axis,
    "axis_or_none": lambda v: v is None or _is_axis(v),
    "integer": _is_axis,
    "axes": lambda v: _is_axis(v) or (isinstance(v, tuple) and all(map(_is_axis, v))),
    "sizes": lambda v: isinstance(v, tuple) and all(map(_is_axis, v)),
    "flag": lambda v: isinstance(v, bool),
    "number": _is_number,
    "text": lambda v: isinstance(v, str),
    "nothing": lambda _: False,
    "dtype": lambda v: isinstance(v, str) and v in FLOATING,
    "off": lambda v: v is False,
    "zero": lambda v: _is_number(v) and v == 0,
    "order": lambda v: isinstance(v, str) or _is_number(v),
    INDEX: lambda _: False,
    ENTRIES: lambda v: isinstance(v, tuple) and all(map(is_entry, v)) and v.count(Ellipsis) < 2,
}

WORDS = {
    "axis": "a whole number",
    "axis_or_none": "a whole number or None",
    "order": "a number or a text in quotes",
    "integer": "a whole number",
    "axes": "a whole number or a tuple of them",
    "sizes": "whole numbers",
    "flag": "True or False",
    "number": "a number",
    "text": "a text in quotes",
    "dtype": "a type of floats",
    INDEX: "brackets, x[0],",
    ENTRIES: "whole numbers, slices, None or one ...,",
}
