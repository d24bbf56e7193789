"""What sympy prints, and calls behind ``sympy.``, are read as sympy means them: each text is run by sympy itself."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy
from oracles.precise import Precise

import gradcli
from gradcli.inputs.prepare import values_of
from gradcli.language.parse import parse
from gradcli.meaning.program import compile_tree, run
from gradcli.meaning.symbolic import Symbolic, entries_of
from gradcli.operations.row import Op
from gradcli.operations.table import rows

AT = {"x": 0.625, "y": 0.6875}
TEXTS = [
    "Abs(-x)", "Max(x, y, 1)", "Min(x, y, 1)", "Heaviside(x)", "Heaviside(x - y, 3)", "trigamma(x)", "loggamma(x)",
    "digamma(x)", "Piecewise((x, x > 1), (y, x > 0))", "Piecewise((x, x > 0))", "Piecewise((x, Ne(x, y)), (0, True))",
    "Piecewise((x, (x > 1) & (y > 0)), (y, (x > 0) | (y < 0)), (1, True))", "Piecewise((x, ~(x > y)), (y, True))",
    "Piecewise((x, And(x > 0, y > 0, x > 1)), (y, Or(x > 1, Not(y > 1))))", "Piecewise((x, Xor(x > 0, y > 0)), (y, True))",
    "Piecewise((x, ITE(x > 0, y > 1, y < 1)), (y, True))", "Piecewise((x, Eq(x, y)), (y, Le(x, y)), (1, True))",
    "Sum(x*k, (k, 1, 3))", "Sum(x**k*m, (k, 0, 2), (m, 1, 3))", "Product(x + k, (k, 1, 3))", "Sum(x, (k, 1, 0)) + y",
    "Sum(Sum(x*k, (k, 1, 2))**m, (m, 1, 2))", "Sum(legendre(k, x), (k, 0, 3))", "Derivative(x**3*y, x)",
    "Derivative(x**3*y**2, (x, 2), y)", "Derivative(x**3*y, x, 2)", "Matrix([[x, 1], [2, y]])[1, 1]", "Pow(x, 2)",
    "Rational(1, 3)*x", "Integer(3)*x", "Float(0.5)*x", "S(1)/3*x", "Add(x, y, 1)", "Mul(x, y, 2)", "Mod(-x, y)",
    "Rem(-x, y)", "LambertW(x)", "LambertW(-x/2, -1)", "besselj(2, x)", "jn(1, x)", "factorial(x)", "binomial(x, y)",
    "conjugate(x)", "re(x)", "im(x) + y", "arg(-x)", "log(x, 3)", "root(x, 3)", "real_root(-x, 3)", "real_root(x, 2)",
    "rf(x, y)", "FallingFactorial(x, y)", "harmonic(x)", "harmonic(x, 2)", "catalan(x)", "dirichlet_eta(x)", "Li(x)",
    "KroneckerDelta(x, y)", "Trace(Matrix([[x, 1], [2, y]]))", "Determinant(Matrix([[x, 1], [2, y]]))", "Ei(x)", "Si(x)",
    "expint(2, x)", "elliptic_k(x)", "polygamma(1, x)", "sympy.sinc(x)", "sympy.frac(-x)", "sympy.cbrt(x)", "sympy.log(x)",
    "sympy.log(x, 2)", "sympy.sin(x)*sympy.exp(y)", "sympy.Max(x, y)", "sympy.E*x + sympy.pi", "sympy.Rational(1, 3)*x",
    "sympy.diff(x**3*y, x, 2)", "sympy.Sum(x*k, (k, 1, 3))",
]  # fmt: skip


@cache
def namespace() -> dict[str, Any]:
    return {**vars(sympy), "sympy": sympy, **{name: sympy.Symbol(name, real=True) for name in "xykm"}}


def valued(text: str, point: dict[str, Any]) -> Any:
    arithmetic = Precise(40)
    values = {name: arithmetic.exact(np.asarray(float(value))) for name, value in point.items()}
    return run(compile_tree(parse(text).tree), arithmetic, values)[()]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_has_the_value_that_sympy_gives_it(text: str) -> None:
    meant = eval(text, namespace())  # noqa: S307 - texts of this table
    at = {namespace()[name]: sympy.Rational(value) for name, value in AT.items()}
    true = sympy.sympify(meant).subs(at).doit().evalf(30)
    assert abs(sympy.Float(str(valued(text, AT)), 30) - true) <= 1e-14 * abs(true)


def test_names_without_a_library_are_the_tables_own() -> None:
    assert str(parse("sinc(x)").tree) == "sinc(x)"  # torch's, sin(pi*x)/(pi*x)
    assert gradcli.grad("frac(x)", {"x": -0.25}).value == -0.25  # torch's
    assert gradcli.grad("sympy.frac(x)", {"x": -0.25}).value == 0.75
    assert gradcli.grad("cbrt(x)", {"x": -8.0}).value == pytest.approx(-2)
    assert gradcli.grad("Sum*S + I*E", {"Sum": 2.0, "S": 3.0, "I": 1.0, "E": 5.0}).value == 11


REFUSED = [
    ("DiracDelta(x)", "an impulse is no function"), ("Integral(x, x)", "an integral is not read"),
    ("sympy.hankel1(0, x)", "it is complex"), ("exp_polar(x)", "no real number"), ("Piecewise()", "its pieces are pairs"),
    ("Piecewise((x, x > 0), y)", "its pieces are pairs"), ("Piecewise((x, y), (0, True))", "a condition is needed"),
    ("Derivative(x**2, (x, y))", "how often is a whole number"), ("Derivative(x)", "at least 2 arguments"),
    ("Abs()", "Abs needs x"), ("Abs(x, y)", "at most 1"), ("log(x, 2, 3)", "at most 2"), ("Max()", "at least 1"),
    ("Sum(x)", "needs what its name runs over"), ("Sum()", "needs what its name runs over"),
    ("Sum(x*k, (k, 1, n))", "its ends are whole numbers, found n"), ("Sum(x, (k, 3, 0))", "it runs backwards"),
    ("Sum(x, (k, 1, 10**6))", "more than 1,000 terms"), ("Sum(x, k)", "expected '\\('"), ("Sum(x, (2, 1, 3))", "a name runs"),
    ("Sum(Sum(x*k, (k, 1, 900)), (m, 1, 900))", "more than 30,000 nodes"), ("Sum(x y, (k, 1, 2))", "an operator is missing"),
    ("sympy.nothing(x)", "unknown function"), ("sympy.I*x", "this is complex"), ("(x > 0) & y", "a condition is needed"),
    ("~x", "a condition is needed"), ("x & y", "'&' is misplaced"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_not_read_is_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(gradcli.GradcliError, match=message):
        gradcli.grad(text)


JULIA = {
    "sind(x)": math.sin(math.radians(0.3)), "acosd(x)": math.degrees(math.acos(0.3)), "muladd(x, 2, 1)": 1.6,
    "fma(x, 2, 1)": 1.6, "ldexp(x, 3)": 2.4, "erf(x, 1)": math.erf(1) - math.erf(0.3), "log1psq(x)": math.log(1.09),
    "log1pmx(x)": math.log(1.3) - 0.3, "logmxp1(x)": math.log(0.3) + 0.7, "log1mexp(-x)": math.log(1 - math.exp(-0.3)),
    "log2mexp(x)": math.log(2 - math.exp(0.3)), "logexpm1(x)": math.log(math.exp(0.3) - 1), "cotd(x)": 190.984186,
    "logsubexp(x, 1)": math.log(math.e - math.exp(0.3)),
}  # fmt: skip


@pytest.mark.parametrize("text", JULIA)
def test_julias_names_are_read(text: str) -> None:
    assert float(str(valued(text, {"x": 0.3}))) == pytest.approx(JULIA[text])


def test_a_sum_may_end_at_a_number_that_has_a_value() -> None:
    assert gradcli.grad("Sum(x**k, (k, 0, n))", {"x": 2.0, "n": 3}, wrt="x").derivative["x"] == 1 + 2 * 2 + 3 * 4


def scalar_rows() -> list[Op]:
    """Rows whose example is of numbers."""
    plain = [op for op in rows() if op.elementwise and not (op.boolean or op.random or op.variable)]
    return [op for op in plain if not any(value.ndim for value in values_of(op.example_parts[1], 0).values())]


CANCELS = {"log_ndtr"}  # as sympy prints it: log of a difference, which is 0 to forty digits at -30


@pytest.mark.parametrize("op", scalar_rows(), ids=lambda op: op.name)
def test_what_sympy_prints_of_a_rows_meaning_is_read_back(op: Op) -> None:
    text, bindings = op.example_parts
    point = {name: float(value) for name, value in values_of(bindings, 0).items()}
    symbols = {name: entries_of(name, ()) for name in point}
    printed = str(run(compile_tree(parse(text).tree), Symbolic(ideal=True), symbols)[()])
    if op.name in CANCELS:
        point = dict.fromkeys(point, 0.5)
    true = valued(text, point)
    assert abs(valued(printed, point) - true) <= 1e-25 * abs(true)
