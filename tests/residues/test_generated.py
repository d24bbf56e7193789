"""Random formulas in laws that hold, hold in one region, or do not hold: what residues prove, balls find to be equal."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
from flint import arb
from residues.asking import proved
from slices import Draw

from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.program import compile_tree, run

BITS = 300
LEAVES = ("x", "y", "a", "1", "2", "3", "1/2", "pi", "-1", "6", "x*y", "x + 1", "1 - x", "x**2", "-x")
ONE = (
    "sqrt({})", "exp({})", "log({})", "abs({})", "sin({})", "cos({})", "tan({})", "asin({})", "acos({})", "atan({})",
    "({})**2", "({})**3", "({})**(-1)", "({})**0.5", "({})**(1/3)", "({})**1.5", "({})**a", "tanh({})", "sigmoid({})",
    "sign({})", "cbrt({})", "relu({})", "asinh({})", "acosh({})", "gamma({})", "erf({})", "floor({})", "1 - ({})",
    "2*({})", "({})/2", "({})*pi", "x**({})", "2**({})",
)  # fmt: skip
TWO = ("({}) + ({})", "({}) - ({})", "({})*({})", "({})/({})", "max({}, {})", "({})**({})", "hypot({}, {})")
LAWS = (
    ("sqrt({0}*({1}))", "sqrt({0})*sqrt({1})"), ("log({0}*({1}))", "log({0}) + log({1})"), ("sqrt(({0})**2)", "{0}"),
    ("abs({0})", "{0}"), ("log(({0})**2)", "2*log({0})"), ("exp({0} + ({1}))", "exp({0})*exp({1})"),
    ("sin({0} + ({1}))", "sin({0})*cos({1}) + cos({0})*sin({1})"), ("(({0})**2)**0.5", "{0}"),
    ("asin(sin({0}))", "{0}"), ("atan({0}) + atan(1/({0}))", "pi/2"), ("acos(cos({0}))", "{0}"),
    ("(({0})**a)**2", "({0})**(2*a)"), ("(({0})**2)**a", "({0})**(2*a)"), ("sqrt({0}/({1}))", "sqrt({0})/sqrt({1})"),
    ("log({0}/({1}))", "log({0}) - log({1})"), ("log(({0})**a)", "a*log({0})"), ("exp(log({0}))", "{0}"),
    ("({0})**a*({1})**a", "(({0})*({1}))**a"), ("sqrt(1 - sin({0})**2)", "cos({0})"), ("cbrt(({0})**3)", "{0}"),
    ("sqrt(({0}) + 2*sqrt(({0})*({1})) + ({1}))", "sqrt({0}) + sqrt({1})"), ("(({0})**3)**(1/3)", "{0}"),
    ("sqrt(cosh({0})**2 - 1)", "sinh({0})"), ("sqrt(5 + 2*sqrt(6))", "sqrt(2) + sqrt(3)"),
    ("max({0}, {1})", "(({0}) + ({1}) + abs(({0}) - ({1})))/2"), ("atan2({0}, {1})", "atan(({0})/({1}))"),
    ("gamma(({0}) + 1)", "({0})*gamma({0})"), ("lgamma(({0}) + 1)", "log({0}) + lgamma({0})"),
    ("sqrt(({0})**2 - 2*({0})*({1}) + ({1})**2)", "({0}) - ({1})"), ("({0})**(1/4)*({0})**(1/4)", "sqrt({0})"),
)  # fmt: skip


def formula(source: random.Random, depth: int) -> str:
    if not depth or source.random() < 1 / 8:
        return source.choice(LEAVES)
    if source.random() < 2 / 3:
        return source.choice(ONE).format(formula(source, depth - 1))
    return source.choice(TWO).format(formula(source, depth - 1), formula(source, depth - 1))


def in_balls(text: str, point: Mapping[str, float]) -> arb | None:
    """None where there is no number."""
    with precision(BITS):
        arithmetic = Balls(ideal=True)
        inputs = {name: arithmetic.exact(np.asarray(v)) for name, v in point.items()}
        found = run(compile_tree(parse(text).tree), arithmetic, inputs)[()]
        return found.value if type(found) is Ball and found.value.is_finite() else None


def test_what_is_proved_is_equal(draw: Draw) -> None:
    held = 0
    for _, source in draw.generators(250):
        left, right = source.choice(LAWS)
        parts = [formula(source, source.choice((0, 0, 1, 1, 2))) for _ in range(2)]
        left, right = left.format(*parts), source.choice(("{}", "{}", "-({})")).format(right.format(*parts))
        point = {name: round(source.uniform(0.05, 3) * source.choice((1, 1, -1)), 2) for name in "xya"}
        values = [in_balls(text, point) for text in (left, right)]
        if values[0] is None or values[1] is None or not proved(left, right, at=point, seed=source.randrange(1_000)):
            continue
        held += 1
        assert values[0].overlaps(values[1]), (left, right, point)
    assert held > 30
