"""A formula at a point, in balls."""

from __future__ import annotations

from typing import Any

from flint import arb

from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import compile_tree, run


def value(text: str, bits: int = 256, **values: Any) -> Any:  # Any: numbers; -> a Scalar
    with precision(bits):
        arithmetic = Balls()
        inputs = {name: arithmetic.variables(number) for name, number in values.items()}
        return run(compile_tree(parse(text).tree), arithmetic, inputs)[()]


def slope(text: str, *variables: str, bits: int = 256, **values: Any) -> Any:  # Any: numbers; -> a Scalar
    """The derivative in each variable in turn."""
    with precision(bits):
        arithmetic = Balls()
        inputs = {name: arithmetic.variables(number) for name, number in values.items()}
        out = run(compile_tree(parse(text).tree), arithmetic, inputs)[()]
        for name in variables:
            if type(out) is not Ball:
                return out
            out = adjoints([(out, Ball(arb(1)))], record=True).get(inputs[name][()].serial, Ball(arb(0)))
        return out


def printed(scalar: Any, digits: int = 30) -> str:  # Any: a Scalar
    return str(scalar.value.str(digits, radius=False))
