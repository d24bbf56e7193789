"""sympy's expressions are read as what they are, or refused with a reason, by every command alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import sympy
from oracles.precise import Precise
from sympy import Function, IndexedBase, MatrixSymbol, Piecewise, Rational, Sum, Symbol, Trace

import gradcli
from gradcli.base.errors import GradcliError
from gradcli.inputs.sources import parse_source, source_text
from gradcli.meaning.program import compile_tree, run

X, Y, K, N = (Symbol(name) for name in "xykn")
A, B = MatrixSymbol("A", N, N), MatrixSymbol("B", N, N)
U, V = MatrixSymbol("u", N, 1), MatrixSymbol("v", N, 1)
MISREAD = {
    "a constant's name": (Symbol("e") * X, "a symbol named e"),
    "another constant": (Symbol("pi") * X, "a symbol named pi"),
    "no name": (Symbol("x-1") ** 2, "is not a name"),
    "a number before a letter": (Symbol("2x") ** 2, "is not a name"),
    "two symbols of one name": (sympy.Dummy("x") * X, "different symbols of one name"),
    "matrices": (Symbol("A", commutative=False) * X, "do not commute"),
    "an unknown function": (Function("f")(X) + 1, "nothing says what the function f is"),
    "an integral": (sympy.Integral(X, (X, 0, Y)), "an integral is not a formula"),
    "an endless sum": (Sum(X**K, (K, 0, sympy.oo)), "it has no end"),
    "a sum of letters": (Sum(X**K, (K, 0, N)), "does not run from one whole number to another"),
    "a sum that runs backwards": (Sum(X**K, (K, 3, 0)), "runs backwards"),
    "a degree without a value": (sympy.legendre(N, X), "needs a whole number for n"),
    "a complex root": (sympy.root(-8, 3) * X, "a complex number"),
    "a complex function": (sympy.hankel1(0, X), "it is complex"),
    "a number on the logarithm's surface": (sympy.exp_polar(X), "no real number"),
    "an impulse": (sympy.DiracDelta(X), "an impulse"),
    "a function that the language lacks": (sympy.mathieus(1, X, Y), "mathieus with 3 arguments has no counterpart"),
    "a condition": (X > 0, "a condition is true or false"),
    "a limit": (sympy.Limit(X * Y, X, 0), "a limit is not read"),
    "an index that is a letter": (IndexedBase("a")[K], "its index is no whole number"),
    "a size that is no letter": (Trace(MatrixSymbol("A", 2 * N, 2 * N)), "is neither a letter nor a number"),
    "a derivative at a point": (sympy.Subs(sympy.Derivative(Function("f")(X), X), X, 1), "no formula"),
    "nonsense": (sympy.Transpose(), "sympy cannot work with its own Transpose"),
}


@pytest.mark.parametrize("name", MISREAD)
def test_what_would_be_misread_is_refused(name: str) -> None:
    expression, message = MISREAD[name]
    for ask in (gradcli.grad, lambda given: gradcli.check(given, 1), lambda given: gradcli.check("x**2", given)):
        with pytest.raises(gradcli.GradcliError, match=message):
            ask(expression)


def test_what_is_large_ends_at_a_limit() -> None:
    nested: Any = X
    for _ in range(200):
        nested = sympy.sin(nested)
    for large in (Sum(X, (K, 1, 10**9)), nested, sympy.Product(Sum(X, (K, 1, 900)), (N, 1, 900))):
        with pytest.raises(gradcli.GradcliError, match=r"more (than|deeply)"):
            gradcli.grad(large)


def test_the_same_with_fair_names_is_read() -> None:
    assert gradcli.grad(Symbol("c") * X).formula == {"c": "x", "x": "c"}
    assert gradcli.check(sympy.E * X, sympy.E).verdict == "proved"


AT = {"x": Rational(5, 8), "y": Rational(11, 16)}

FORMULAS = [
    Sum(X * K, (K, 1, 3)), Sum(X**K * N, (K, 0, N), (N, 1, 3)), Sum(X, (K, 1, 0)) + Y, sympy.Product(X + K, (K, 1, 4)),
    Sum(sympy.legendre(K, X), (K, 0, 4)), Sum(sympy.gegenbauer(K, Y, X), (K, 0, 3)), sympy.jacobi(2, 1, 2, X),
    sympy.assoc_laguerre(3, Y, X), sympy.assoc_legendre(2, 1, X), sympy.hermite(3, X, evaluate=False),
    Piecewise((X, X > 1), (Y, X > 0)), Piecewise((X, sympy.And(X > 0, Y < 1)), (Y, True)),
    Piecewise((X, sympy.Xor(X > 0, Y > 0)), (Y, True)), Piecewise((X, sympy.ITE(X > 0, Y > 1, Y < 1)), (Y, True)),
    Piecewise((X, sympy.Contains(X, sympy.Interval(0, 1))), (Y, True)), Piecewise((X, ~sympy.Eq(X, Y)), (Y, True)),
    sympy.sinc(X), sympy.frac(-X), sympy.Mod(-X, Y), sympy.Rem(-X, Y), sympy.factorial(X), sympy.binomial(X, Y),
    sympy.rf(X, Y), sympy.ff(X, Y), sympy.beta(X, Y), sympy.trigamma(X), sympy.loggamma(X),
    sympy.harmonic(X), sympy.harmonic(X, 2), sympy.catalan(X), sympy.dirichlet_eta(X),
    sympy.Li(X), sympy.Heaviside(X), sympy.Heaviside(X - AT["x"], 3), sympy.KroneckerDelta(X, Y), sympy.arg(-X),
    sympy.besselj(2, X), sympy.yn(1, X), sympy.jn(2, X), sympy.polygamma(2, X), sympy.zeta(X + 1, Y),
    sympy.elliptic_k(X), sympy.elliptic_e(X), sympy.LambertW(-X / 2, -1), sympy.expint(2, X), sympy.Max(X, Y, 1) ** 2,
    sympy.fresnels(X), sympy.lowergamma(X, Y), sympy.real_root(-X, 3), sympy.log(X, 2), sympy.cbrt(X), sympy.re(X),
    sympy.conjugate(X) * Y, sympy.im(X) + Y, sympy.Catalan * X, sympy.EulerGamma * X, sympy.GoldenRatio * X,
    sympy.TribonacciConstant * X, sympy.Float("0.1") * X, sympy.Float("1e-400", 30) + X, sympy.UnevaluatedExpr(X) * Y,
    sympy.Lambda(X, X**2), sympy.Poly(X**2 + Y, X), sympy.Derivative(X**3 * Y, X, Y), sympy.Derivative(X**3, (X, 2)),
    sympy.Subs(sympy.Derivative(sympy.sin(X), X), X, 2 * Y), sympy.UnevaluatedExpr(X) - sympy.UnevaluatedExpr(-X),
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_an_object_has_its_value(formula: sympy.Basic) -> None:
    arithmetic = Precise(40)
    values = {name: arithmetic.exact(np.asarray(float(value))) for name, value in AT.items()}
    found = run(compile_tree(parse_source(formula).tree), arithmetic, values)[()]
    body = formula.expr if isinstance(formula, sympy.Lambda) else formula.as_expr()
    true = body.subs({symbol: AT[symbol.name] for symbol in body.free_symbols}).doit().evalf(30)
    assert abs(sympy.Float(str(found), 30) - true) <= 1e-14 * abs(true)


def test_past_its_last_condition_a_piecewise_has_no_value() -> None:
    assert source_text(Piecewise((X, X > 0))) == "where(x > 0, x, nan)"


def test_what_sympy_does_not_evaluate_has_its_formula() -> None:
    assert source_text(sympy.erf2(X, Y)) == "erf(y) - erf(x)"
    zeta = gradcli.grad(sympy.riemann_xi(X), {"x": 2.0}).value
    assert zeta == pytest.approx(np.pi / 6)  # s*(s - 1)/2*pi**(-s/2)*gamma(s/2)*zeta(s) at 2


def test_hazards_stay_as_they_were_written() -> None:
    assert source_text(sympy.sqrt(X**2)) == "sqrt(x**2)"
    assert source_text(sympy.Add(X, X, evaluate=False)) == "x + x"


def test_an_order_may_be_a_name_that_has_a_value() -> None:
    for function in (sympy.besselj(N, X), sympy.besselj(N, X) * (N + 1)):
        slope = gradcli.grad(function, {"n": 0, "x": 1.0}).derivative
        assert slope == {"x": pytest.approx(-0.44005058574493351596)}  # -J1(1), Abramowitz and Stegun, table 9.1


def test_entries_of_arrays_are_read() -> None:
    a = IndexedBase("a")
    assert gradcli.grad(Sum(a[K] ** 2, (K, 0, 2)), {"a": [1.0, 2.0, 3.0]}).derivative["a"].tolist() == [2, 4, 6]
    assert gradcli.jacobian(sympy.Tuple(X * Y, X), {"x": 3.0, "y": 2.0}).derivative["x"].tolist() == [2, 1]
    slopes = sympy.derive_by_array(X**2 * Y, [X, Y])
    assert gradcli.check(sympy.Array([X**2 * Y]), [2 * X * Y][0], wrt="x")
    assert source_text(slopes) == "[2*x*y, x**2]"


MATRICES = {
    "a trace": (Trace(A * B), "A", "B.T"),
    "a quadratic form": (U.T * A * U, "u", "(A + A.T) @ u"),
    "a form of two vectors": (U.T * A * V, "A", "outer(u, v)"),
    "an outer product": (Trace(U * V.T * A), "v", "A @ u"),
    "a logarithm of a determinant": (sympy.log(sympy.Determinant(A)), "A", "inv(A).T"),
    "an inverse": (Trace(A.I * B), "B", "inv(A).T"),
    "a power": (Trace(A**2), "A", "2*A.T"),
    "entries": (Trace(sympy.hadamard_product(A, B)), "A", "diag(diag(B))"),
    "a function of entries": (Trace(A.applyfunc(sympy.exp)), "A", "diag(diag(exp(A)))"),
    "a diagonal": (Trace(sympy.DiagMatrix(U) * A), "u", "diag(A)"),
    "the identity": (Trace(A * (B + X * sympy.Identity(N))), "x", "trace(A)"),
    "an entry": (A[0, 1] * X, "x", "A[0, 1]"),
    "a number of the matrix": (X * sympy.Determinant(A), "x", "det(A)"),
}


@pytest.mark.parametrize("name", MATRICES)
def test_symbols_of_matrices_bring_their_shapes(name: str) -> None:
    expression, wrt, slope = MATRICES[name]
    assert gradcli.grad(expression, wrt=wrt).formula == {wrt: slope}
    assert gradcli.check(expression, slope, wrt=wrt).verdict == "proved"


def test_claims_about_symbols_of_matrices_are_judged() -> None:
    assert gradcli.check(Trace(A), sympy.Identity(N)).verdict == "proved"
    assert gradcli.check(U.T * A * U, (U.T * A * U).diff(U), wrt="u").verdict == "proved"
    wrong = sympy.log(sympy.Determinant(A))
    assert gradcli.check(wrong, wrong.diff(A), wrt="A").verdict == "refuted"  # sympy says 0
    at = {"A": [[1.0, 2.0], [3.0, 4.0]], "u": [1.0, 2.0]}
    assert gradcli.grad(U.T * A * U, at, wrt="u").derivative["u"].tolist() == [12, 21]


KINDS = [
    X, X * Y, sympy.exp(X), Rational(0), Rational(2), Rational(-1), Rational(1, 2), sympy.Float(0.3), sympy.oo, sympy.nan,
    sympy.pi, sympy.I, X > 0, sympy.true, sympy.Tuple(X, 1), sympy.Matrix([X, Y]), Symbol("n", integer=True), A,
]  # fmt: skip


def made(name: str) -> Iterator[Any]:
    """Calls of one of sympy's functions with no argument to four, also where sympy itself does not look at them."""
    drawn = np.random.default_rng(len(name))
    for count in [count for count in range(5) for _ in range(4)]:
        arguments = [KINDS[at] for at in drawn.integers(len(KINDS), size=count)]
        with suppress(Exception):  # whatever sympy refuses by itself
            yield getattr(sympy.functions, name)(*arguments, evaluate=False)


@pytest.mark.parametrize("name", sorted(sympy.functions.__all__))
def test_any_call_of_sympys_is_read_or_refused(name: str) -> None:
    for call in list(made(name)):
        with suppress(GradcliError):
            assert source_text(call)


def test_a_limit_in_numpy_leaves_no_alarm_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    assert gradcli.grad("x**2", {"x": 2.0}, check_time=np.float32(1)).derivative == {"x": 4.0}
    assert signal.getsignal(signal.SIGALRM) is before


def test_no_file_of_claims_is_a_mistake() -> None:
    with pytest.raises(gradcli.UsageError, match="no file"):
        gradcli.check_files([])
