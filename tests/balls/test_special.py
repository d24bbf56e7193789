"""Special functions in balls hold mpmath's values and derivatives, at ordinary and at hard points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from balls.special import Known, derivative, holds, mp, named, of_mpmath, sharp
from flint import arb

import gradcli
from gradcli.base.precision import precision
from gradcli.language.parse import parse
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.functions import FUNCTIONS
from gradcli.meaning.balls.functions.error_functions import erf
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.row import Op
from gradcli.operations.table import rows

EVERYWHERE = (0.5, -3.0, 1e-20, 12.0)
POSITIVE = (0.5, 3.0, 1e-20, 20.0)


def _elliptic_d(m: Any) -> Any:  # Any: mpmath has no types
    return (mp.ellipk(m) - mp.ellipe(m)) / m


def _log_gamma(x: Any) -> Any:
    return mp.log(abs(mp.gamma(x)))


def _families() -> list[Known]:
    of_order: list[tuple[str, Callable[[Any], Callable[[Any], Any]], tuple[float, ...], tuple[Any, ...]]] = [
        ("polygamma", lambda n: lambda x: mp.psi(n, x), (0.5, -2.5, -2.9999999, 1e5), (0, 1, 7)),
        ("expint", lambda n: lambda x: mp.expint(n, x), (0.5, 1e-3, 20.0), (-2, 0, 1, 20)),
        ("besselj", lambda n: lambda x: mp.besselj(n, x), (0.5, -3.0, 40.0), (-3, 0, 1, 20)),
        ("besseli", lambda n: lambda x: mp.besseli(n, x), (0.5, -3.0, 40.0), (-3, 0, 1, 20)),
        ("bessely", lambda n: lambda x: mp.bessely(n, x), (0.5, 3.0, 40.0), (-3, 0, 1, 20)),
        ("besselk", lambda n: lambda x: mp.besselk(mp.mpf(n.numerator) / n.denominator, x), (0.5, 3.0, 20.0),
         (-3, 0, 1, 20, Fraction(1, 3))),
        ("jn", lambda n: lambda x: mp.sqrt(mp.pi / (2 * x)) * mp.besselj(n + mp.mpf(1) / 2, x), (0.5, 3.0, 40.0),
         (0, 1, 20)),
        ("chebyshevt", lambda n: lambda x: mp.chebyt(n, x), (0.5, -3.0, 0.9), (0, 1, 2, 20)),
        ("chebyshevu", lambda n: lambda x: mp.chebyu(n, x), (0.7, -3.0, 0.9), (0, 1, 2, 20)),
        ("legendre", lambda n: lambda x: mp.legendre(n, x), (0.5, -3.0, 0.9), (0, 1, 2, 20)),
        ("laguerre", lambda n: lambda x: mp.laguerre(n, 0, x), (0.5, -3.0, 20.0), (0, 1, 2, 20)),
        ("hermite", lambda n: lambda x: mp.hermite(n, x), (0.5, -3.0, 0.9), (0, 1, 2, 20)),
        ("hermite_prob", lambda n: lambda x: mp.hermite(n, x / mp.sqrt(2)) / mp.sqrt(2) ** n, (0.5, -3.0), (0, 1, 2, 20)),
    ]  # fmt: skip
    return [Known(name, function(n), points, (n,)) for name, function, points, orders in of_order for n in orders]


KNOWN = [
    Known("erf", mp.erf, EVERYWHERE[:3]),
    Known("erfc", mp.erfc, EVERYWHERE),
    Known("erfi", mp.erfi, EVERYWHERE),
    Known("erfinv", mp.erfinv, (0.5, -0.99, 1 - 2.0**-53)),
    Known("erfcinv", lambda x: mp.erfinv(1 - x), (0.5, 1.7, 1e-20)),
    Known("fresnels", mp.fresnels, (0.5, -3.1, 1e-3, 7.3)),
    Known("fresnelc", mp.fresnelc, (0.5, -3.1, 1e-3, 7.3)),
    Known("gamma", mp.gamma, (0.5, -2.5, -2.9999999, 1e-20, 20.0)),
    Known("lgamma", _log_gamma, (0.5, -2.5, -2.9999999, 1e-20, 20.0)),
    Known("rgamma", mp.rgamma, (0.5, -2.5, -2.9999999, 20.0)),
    Known("zeta", mp.zeta, (2.5, -2.5, 0.5, -4.0, 20.0, 1 + 2.0**-50, -0.25)),
    Known("Ei", mp.ei, (0.5, -3.0, 1e-20, 20.0)),
    Known("li", mp.li, POSITIVE),
    Known("Si", mp.si, (0.5, -3.0, 20.0)),
    Known("Ci", mp.ci, POSITIVE),
    Known("Shi", mp.shi, (0.5, -3.0, 20.0)),
    Known("Chi", mp.chi, POSITIVE),
    Known("elliptic_k", mp.ellipk, (0.5, -3.0, 0.999999, 1e-3, -1e3)),
    Known("elliptic_e", mp.ellipe, (0.5, -3.0, 0.999999, 1e-3)),
    Known("elliptic_d", _elliptic_d, (0.5, -3.0, 0.999999)),
    Known("airyai", mp.airyai, (0.5, -3.0, 12.0)),
    Known("airybi", mp.airybi, (0.5, -3.0, 12.0)),
    Known("airyaiprime", lambda x: mp.airyai(x, derivative=1), (0.5, -3.0, 12.0)),
    Known("airybiprime", lambda x: mp.airybi(x, derivative=1), (0.5, -3.0, 12.0)),
    Known("LambertW", mp.lambertw, (0.5, -0.3, 1e-20, 20.0, -0.367879)),
    *_families(),
]


def seen(known: Known, function: Callable[..., Any], order: int) -> bool:
    """Do all points agree with mpmath? Sizes beside a derivative that vanishes are those of the function."""
    for x in known.points:
        found = derivative(function, (x,), (0,) * order, 128, known.constants)
        number = of_mpmath(known.function, (x,), (0,) * order)
        if not holds(found, number, float(abs(number)) or 1.0) or not (sharp(found) or not number):
            return False
    return True


@pytest.mark.generated(share=1 / 4, kind=lambda known, order: known.name)
@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("known", KNOWN, ids=str)
def test_values_and_derivatives_are_those_of_mpmath(known: Known, order: int) -> None:
    assert seen(known, FUNCTIONS[known.name], order)


@pytest.mark.parametrize("planted", [lambda x, out: -erf(x), lambda x, out: out, lambda x, out: Ball(arb(1))])
def test_a_wrong_slope_is_seen(planted: Callable[..., Any]) -> None:
    known = next(k for k in KNOWN if k.name == "erf")
    assert seen(known, erf, 1)
    assert not seen(known, replace(erf, slopes=(planted,)), 1)


def test_a_wrong_factor_is_seen_in_the_second_derivative() -> None:
    known = next(k for k in KNOWN if k.name == "erf")

    def slope(x: Any, out: Any) -> Any:
        """Right in value, but not to be differentiated again: it forgets that x moves."""
        return erf.slopes[0](Ball(x.value), out)

    planted = replace(erf, slopes=(slope,))
    assert seen(known, planted, 1)
    assert not seen(known, planted, 2)


@pytest.mark.parametrize("x", [-0.3, -1e-20, -0.367879])
@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_lower_branch_of_lambert(x: float, order: int) -> None:
    found = derivative(lambda v: FUNCTIONS["LambertW"](v, -1), (x,), (0,) * order, 128)
    assert holds(found, of_mpmath(lambda v: mp.lambertw(v, -1).real, (x,), (0,) * order))
    assert sharp(found)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_gamma_of_several_variables(order: int) -> None:
    def known(x: Any) -> Any:
        return mp.mpf(3) / 2 * mp.log(mp.pi) + mp.fsum(mp.loggamma(x - mp.mpf(j) / 2) for j in range(3))

    found = derivative(lambda x: FUNCTIONS["multigammaln"](x, 3), (4.25,), (0,) * order, 128)
    assert holds(found, of_mpmath(known, (4.25,), (0,) * order))
    assert sharp(found)


# -- where nothing is known at first

HARD = (1e-300, 1e-20, 0.3, 1.0, 2.5, 40.3, 1e6 + 0.3, 1e15, 1e300)
ORDERS: dict[str, tuple[Any, ...]] = {
    "polygamma": (0, 5), "expint": (-3, 40), "besselj": (0, 300), "bessely": (0, 300), "besseli": (0, 300),
    "besselk": (0, Fraction(5, 2)), "jn": (0, 300), "chebyshevt": (3, 500), "chebyshevu": (3, 500),
    "legendre": (3, 500), "laguerre": (3, 500), "hermite": (3, 500), "hermite_prob": (3, 500),
}  # fmt: skip
CALLS = [(name, (n,)) for name, orders in ORDERS.items() for n in orders] + [
    (known.name, ()) for known in KNOWN if known.name not in ORDERS
]


@pytest.mark.parametrize(("name", "constants"), CALLS, ids=lambda v: str(v))
def test_more_bits_say_nothing_else(name: str, constants: tuple[Any, ...]) -> None:
    """From 1e-300 to 1e300 either way: an enclosure overlaps the finer one, and no undefined number gets a value."""
    told = 0
    for x in (*HARD, *(-x for x in HARD)):
        for order in (0, 2):
            coarse, fine = (named(name, (x,), (0,) * order, bits, *constants) for bits in (64, 1024))
            assert type(coarse) is type(fine) or (type(coarse) is Ball and coarse.value.is_nan())
            if type(coarse) is Ball and type(fine) is Ball and coarse.value.is_finite():
                assert coarse.value.overlaps(fine.value), (x, order)
                told += fine.value.is_finite()
    assert told > 5


@pytest.mark.parametrize(
    ("name", "constants", "x"),
    [
        ("gamma", (), -2.0), ("gamma", (), 0.0), ("gamma", (), -1e300), ("lgamma", (), -1.0), ("polygamma", (1,), -3.0),
        ("polygamma", (-1,), 3.0), ("zeta", (), 1.0), ("Ei", (), 0.0), ("li", (), 1.0), ("li", (), -1.0),
        ("Ci", (), 0.0), ("Chi", (), -1.0), ("expint", (2,), -1.0), ("elliptic_k", (), 1.0), ("elliptic_e", (), 2.0),
        ("elliptic_d", (), 1.0), ("bessely", (0,), 0.0), ("besselk", (1,), -1.0), ("erfinv", (), 1.0),
        ("erfcinv", (), 2.5), ("LambertW", (), -0.4), ("jn", (-1,), 1.0), ("legendre", (-1,), 1.0),
    ],
)  # fmt: skip
def test_no_number_is_said_with_its_reason(name: str, constants: tuple[Any, ...], x: float) -> None:
    found = named(name, (x,), (), 128, *constants)
    assert type(found) is Undefined
    assert " " in found.why


def test_the_end_of_erfinv_wants_bits() -> None:
    """1 - 1e-300 is not 1."""
    with precision(128):
        near = FUNCTIONS["erfinv"](Ball(arb(1) - arb("1e-300")))
    with precision(2048):
        there = FUNCTIONS["erfinv"](Ball(arb(1) - arb("1e-300")))
    assert type(near) is Ball
    assert not near.value.is_finite()
    assert 26.2 < float(there.value) < 26.21


EXACT: list[tuple[str, tuple[Any, ...], float, Sequence[int], Fraction]] = [
    ("Si", (), 0.0, (), Fraction(0)), ("Si", (), 0.0, (0, 0), Fraction(0)), ("jn", (3,), 0.0, (), Fraction(0)),
    ("rgamma", (), -3.0, (), Fraction(0)), ("rgamma", (), -3.0, (0,), Fraction(-6)),
    ("rgamma", (), 0.0, (0,), Fraction(1)), ("zeta", (), 0.0, (), Fraction(-1, 2)), ("zeta", (), -4.0, (), Fraction(0)),
    ("lgamma", (), 1.0, (), Fraction(0)), ("lgamma", (), 2.0, (), Fraction(0)),
    ("chebyshevu", (2,), 0.5, (), Fraction(0)), ("hermite_prob", (2,), 1.0, (), Fraction(0)),
    ("legendre", (3,), 0.0, (), Fraction(0)), ("legendre", (500,), 1.0, (), Fraction(1)),
    ("laguerre", (1,), 1.0, (), Fraction(0)), ("fresnels", (), 2.0, (0,), Fraction(0)),
    ("LambertW", (), 0.0, (), Fraction(0)), ("erfcinv", (), 1.0, (), Fraction(0)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "constants", "x", "moves", "number"), EXACT)
def test_what_is_exactly_known(
    name: str, constants: tuple[Any, ...], x: float, moves: Sequence[int], number: Fraction
) -> None:
    found = named(name, (x,), moves, 128, *constants)
    assert type(found) is Ball
    assert found.value.is_exact() or name == "zeta"
    assert found.value.contains(arb(number.numerator) / number.denominator)


@pytest.mark.parametrize(
    ("x", "order", "number"), [(0.0, 0, mp.pi / 4), (0.0, 1, 3 * mp.pi / 32), (0.0, 2, 15 * mp.pi / 128)]
)
def test_the_elliptic_integral_d_at_its_hole(x: float, order: int, number: Any) -> None:
    """D is ``pi/4*(1 + 3/8*m + 15/64*m**2 + …)``."""
    assert holds(named("elliptic_d", (x,), (0,) * order), number)


# -- rows

GROUPS = ("special functions", "Bessel functions", "integrals", "orthogonal polynomials")
SPECIAL_ROWS = [op for op in rows() if op.group in GROUPS]


@pytest.mark.parametrize("op", SPECIAL_ROWS, ids=lambda op: op.name)
def test_every_example_has_all_its_first_derivatives(op: Op) -> None:
    text, bindings = op.example_parts
    with precision(128):
        arithmetic = Balls()
        values = {name: arithmetic.variables(float(value)) for name, value in (b.split("=") for b in bindings)}
        out: Any = run(compile_tree(parse(text).tree), arithmetic, values)[()]  # Any: a Scalar
        assert sharp(out)
        leaves = adjoints([(out, Ball(arb(1)))])
        for value in values.values():
            entry: Any = np.ravel(value)[0]  # Any: a Ball
            assert sharp(leaves[entry.serial])


# -- at infinity

UP, DOWN = float("inf"), float("-inf")
ENDS: list[tuple[str, tuple[Any, ...], float, float]] = [
    ("erf", (), DOWN, -1.0), ("erfc", (), DOWN, 2.0), ("erfi", (), UP, UP), ("gamma", (), UP, UP),
    ("lgamma", (), UP, UP), ("rgamma", (), UP, 0.0), ("polygamma", (0,), UP, UP), ("polygamma", (1,), UP, 0.0),
    ("zeta", (), UP, 1.0), ("Ei", (), DOWN, 0.0), ("li", (), UP, UP), ("Ci", (), UP, 0.0), ("Chi", (), UP, UP),
    ("Shi", (), DOWN, DOWN), ("expint", (1,), UP, 0.0), ("elliptic_k", (), DOWN, 0.0), ("elliptic_e", (), DOWN, UP),
    ("elliptic_d", (), DOWN, 0.0), ("besselj", (1,), UP, 0.0), ("besseli", (1,), DOWN, DOWN),
    ("besselk", (1,), UP, 0.0), ("jn", (2,), DOWN, 0.0), ("airyai", (), DOWN, 0.0), ("airybi", (), UP, UP),
    ("LambertW", (), UP, UP), ("chebyshevt", (3,), DOWN, DOWN), ("laguerre", (3,), UP, DOWN), ("hermite", (0,), UP, 1.0),
    ("fresnels", (), UP, 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "constants", "x", "number"), ENDS)
def test_limits_at_infinity(name: str, constants: tuple[Any, ...], x: float, number: float) -> None:
    """As libraries have them; what is infinite by itself does not move."""
    found = named(name, (x,), (), 128, *constants)
    assert type(found) is Ball
    assert float(found.value) == number
    slope = named(name, (x,), (0,), 128, *constants)
    assert type(slope) is Ball
    assert slope.value.is_zero()


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("gamma", DOWN),
        ("lgamma", DOWN),
        ("zeta", DOWN),
        ("airyaiprime", DOWN),
        ("Ci", DOWN),
        ("erfinv", UP),
        ("elliptic_k", UP),
    ],
)
def test_no_limit_at_infinity(name: str, x: float) -> None:
    assert type(named(name, (x,))) is Undefined


@pytest.mark.parametrize("name", ["besseli", "besselk"])
@pytest.mark.parametrize("order", [0, 5])
@pytest.mark.parametrize("x", [30.3, 710.5, 12345.6, 1e16])
def test_a_monotone_function_of_a_wide_ball(name: str, order: int, x: float) -> None:
    """FLINT's own way takes minutes."""
    with precision(2_048):
        wide = FUNCTIONS[name](Ball(arb(order)), Ball(arb(x, x / 1_000)))
        assert all(
            wide.value.contains(FUNCTIONS[name](Ball(arb(order)), Ball(arb(at * x))).value) for at in (0.9995, 1)
        )


@pytest.mark.parametrize(("n", "value", "slope"), [(4, 1 / 3, -1 / 2), (3, 1 / 2, -1.0), (2, 1.0, -float("inf"))])
def test_the_exponential_integral_at_0_is_that_of_a_power(n: int, value: float, slope: float) -> None:
    """DLMF 8.19.6: the integral of 1/u**n from 1; the slope is that from the right."""
    found = gradcli.grad(f"expn({n}, x)", {"x": 0.0})
    assert (found.value, found.derivative["x"]) == (pytest.approx(value), pytest.approx(slope))
    assert found.check.verdict == ("singular" if n == 2 else "agrees")
