"""No function of a compiled kernel is further from the truth than is stated of it."""

from __future__ import annotations

from math import inf

import pytest
from engine.accuracy import error, errors
from engine.built import COMPILER
from engine.measured import MEASURED, named

from gradcli.engine.exactness import EXACTNESS, exactness_of
from gradcli.export.c_scalars import SPELLINGS
from gradcli.operations.table import OPS

POINTS = 200  # of each range; `python tests/engine/accuracy.py` takes 100,000

# What C rounds once, or not at all, and what is a sum or product of such.
ROUNDED = frozenset({
    "add", "sub", "mul", "div", "neg", "reciprocal", "square", "abs", "sign", "round", "floor", "ceil", "trunc",
    "frac", "lerp", "modulus", "maximum", "minimum", "fmax", "fmin", "clamp", "where", "heaviside", "relu", "relu6",
    "leaky_relu", "prelu", "hardtanh", "hardsigmoid", "hardswish", "softshrink", "hardshrink", "threshold",
    "variable", "detach",
})  # fmt: skip


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
def test_no_error_is_larger_than_stated() -> None:
    found = zip(MEASURED, errors(MEASURED, POINTS, 2026), strict=True)
    assert [(m.text, m.x, off, x, y) for m, (off, x, y) in found if off > exactness_of(named(m)).ulp] == []


def test_every_function_is_measured() -> None:
    measured = {named(each) for each in MEASURED}
    spelled = {name for name in SPELLINGS if not OPS[name].boolean}
    assert measured | ROUNDED == spelled
    assert measured & ROUNDED == set()
    assert measured >= EXACTNESS.keys()


@pytest.mark.parametrize(("value", "least", "most"), [
    (2.718281828459045, 0.32, 0.33), (2.7182818284590455, 0.67, 0.68), (2.718281828459047, 3.67, 3.68), (inf, inf, inf),
])  # fmt: skip
def test_an_error_would_be_seen(value: float, least: float, most: float) -> None:
    """e is 2.71828182845904523536, an ulp 4.44e-16."""
    assert least <= error("exp(x)", 0.0, 1.0, 0.0, value) <= most


def test_the_nearest_number_is_half_a_unit_away() -> None:
    assert error("log(1 + x)", 0.0, 1.0, 0.0, 0.6931471805599453) <= 0.5
    assert error("log(1 + x)", 0.0, 1.0, 0.0, 0.6931471805599454) > 0.5
