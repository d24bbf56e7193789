"""Slopes in parameters, which have no closed form: the tool for analytic functions, incomplete gamma, Hurwitz's zeta."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from balls.special import holds, mp, named, of_mpmath, sharp
from flint import acb, arb

from gradcli.base.precision import precision
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.balls.functions import gamma_parts
from gradcli.meaning.balls.functions.analytic import derivative

# Any, in this module: mpmath's numbers, which have no types

MOVES: list[Sequence[int]] = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (0, 0, 1)]


# -- the tool


@pytest.mark.parametrize("bits", [64, 128, 700])
@pytest.mark.parametrize("order", [0, 1, 2, 5, 12])
def test_derivatives_from_values_on_a_circle(order: int, bits: int) -> None:
    """Of exp, which is all its derivatives; on the disc around 1/4 of radius 1/2 it is below 3."""
    with precision(bits):
        found = derivative(lambda z: z.exp(), arb(0.25), order, arb(0.5), arb(3))
        assert found.overlaps(arb(0.25).exp())
        assert found.rel_accuracy_bits() > bits - 40 - 8 * order


def test_a_centre_that_is_a_ball() -> None:
    """Every number in it has its derivative enclosed."""
    with precision(128):
        centre = arb(1, 1e-6)
        found = derivative(lambda z: z.exp(), centre, 1, arb(0.5), arb(5))
        assert all(found.overlaps(x.exp()) for x in (centre.lower(), arb(1), centre.upper()))
        assert found.rel_accuracy_bits() > 10
        assert not derivative(lambda z: z.exp(), arb(1, 1), 1, arb(0.5), arb(5)).is_finite()


def test_aliases_are_bounded() -> None:
    """z**4 on three points looks like z: only the bound knows. A bound that is too small is seen."""
    with precision(64):
        assert derivative(lambda z: z**4, arb(0), 1, arb(2), arb(16)).contains(0)
        assert not derivative(lambda z: z**4, arb(0), 1, arb(2), arb(0)).contains(0)


# -- incomplete gamma functions


def _lower(a: Any, x: Any) -> Any:
    return mp.gammainc(a, 0, x, regularized=True)


def _upper(a: Any, x: Any) -> Any:
    return mp.gammainc(a, x, regularized=True)


GAMMAS: dict[str, Callable[..., Any]] = {
    "gammainc": _lower,
    "gammaincc": _upper,
    "lowergamma": lambda a, x: mp.gammainc(a, 0, x),
    "uppergamma": lambda a, x: mp.gammainc(a, x),
}


@pytest.mark.generated(share=1 / 4, kind=lambda name, point, moves: (name, moves))
@pytest.mark.parametrize("moves", MOVES, ids=str)
@pytest.mark.parametrize("point", [(2.5, 1.75), (2.5, 4.0), (0.3, 0.1), (0.3, 5.0), (40.3, 40.0), (6.5, 30.0)], ids=str)
@pytest.mark.parametrize("name", GAMMAS)
def test_incomplete_gamma_functions(name: str, point: tuple[float, float], moves: Sequence[int]) -> None:
    found = named(name, point, moves)
    assert holds(found, of_mpmath(GAMMAS[name], point, moves))
    assert sharp(found)


def test_an_integral_known_from_elsewhere() -> None:
    """``d/da gamma(a, x)`` is the integral of ``u**(a-1)*log(u)*exp(-u)`` from x, where x is far below 1."""
    a, x = mp.mpf(1e-5), mp.mpf(1e-7)
    ends = [mp.log(x), -8, -4, -2, 0, 1, 2, 3, 4, 5, 6]
    number = mp.quad(lambda u: mp.exp(a * u) * u * mp.exp(-mp.exp(u)), ends)
    found = named("uppergamma", (1e-5, 1e-7), (0,))
    assert type(found) is Ball
    assert abs(float(found.value) / float(number) - 1) < 1e-15


FAR = [
    (1e-300, 1e-300), (1e-300, 1e-20), (1e-300, 2.0), (1e-5, 200.0), (1e-20, 1e6), (0.5, 1e300), (300.5, 302.0),
    (1e4, 1e4), (1e6, 1e6), (1e6, 2e6), (1e6, 1.0), (1e15, 1e14), (1e15, 1e15), (1e300, 1.0), (1e300, 1e300),
]  # fmt: skip


@pytest.mark.generated(share=1 / 4, kind=lambda name, point, moves: (name, moves))
@pytest.mark.parametrize("moves", [(), (0,), (0, 0), (0, 1)], ids=str)
@pytest.mark.parametrize("point", FAR, ids=str)
@pytest.mark.parametrize("name", ["gammainc", "gammaincc"])
def test_more_bits_say_nothing_else(name: str, point: tuple[float, float], moves: Sequence[int]) -> None:
    balls = [named(name, point, moves, bits) for bits in (64, 192, 1024)]
    assert all(type(ball) is Ball for ball in balls)
    for coarse, fine in pairwise(b.value for b in balls if type(b) is Ball and b.value.is_finite()):
        assert coarse.overlaps(fine)


def test_the_parts_are_one() -> None:
    """Also where the small one is below 1e-400: neither is the other's rounding."""
    with precision(128):
        a, x = arb(7.5), arb(1e3)
        assert (gamma_parts.gammainc(a, x) + gamma_parts.gammaincc(a, x)).value.contains(1)
        small = gamma_parts.gammaincc(a, x).value
        assert small > 0
        assert small.rel_accuracy_bits() > 100


@pytest.mark.parametrize(("a", "x"), [(0.0, 1.0), (-1.5, 1.0), (2.0, -1.0)])
@pytest.mark.parametrize("name", GAMMAS)
def test_outside_of_the_domain(name: str, a: float, x: float) -> None:
    assert type(named(name, (a, x))) is Undefined


def test_at_the_edge() -> None:
    """P(a, 0) is 0 for every a; its slope in x has one side."""
    assert float(named("gammainc", (2.5, 0.0), (0,)).value) == 0  # type: ignore[union-attr]  # a Ball, or it fails
    assert type(named("gammainc", (2.5, 0.0), (1,))) is Undefined


@pytest.mark.parametrize("centre", [0.001, 0.3, 0.7, 2.5, 40.0, 1000.0])
@pytest.mark.parametrize("ratio", [0.01, 0.9, 1.1, 30.0])
def test_bounds_on_the_disc(centre: float, ratio: float) -> None:
    """What the derivatives lean on: no value on the circle is beyond its bound, nor the density's."""
    with precision(128):
        c, x = arb(centre), arb(centre * ratio)
        large = c if c > 1 else arb(1)
        radius = arb((1 / (4 / large.sqrt() + 4 * abs((x / large).log()))).mid())
        below = bool(x < large)
        bound = (gamma_parts._bound_of_lower if below else gamma_parts._bound_of_upper)(c, x, radius)
        density = gamma_parts._bound_of_density(c, x, radius)
        for j in range(9):
            a = acb(c) + radius * acb(arb(j) / 8).exp_pi_i()
            part = gamma_parts.lower_part(a, x) if below else gamma_parts.upper_part(a, x)
            assert abs(acb(part)) <= bound
            assert abs(((a - 1) * x.log() - x).exp() * a.rgamma()) <= density


# -- zeta


@pytest.mark.generated(share=1 / 4, kind=lambda point, moves: moves)
@pytest.mark.parametrize("moves", MOVES, ids=str)
@pytest.mark.parametrize("point", [(2.5, 1.0), (2.5, 0.3), (1.001, 3.0), (40.0, 1e-3), (90.0, 7.0)], ids=str)
def test_zeta_in_both_arguments(point: tuple[float, float], moves: Sequence[int]) -> None:
    found = named("zeta", point, moves)
    assert holds(found, of_mpmath(mp.zeta, point, moves))
    assert sharp(found)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("s", [-1e-300, -0.9999, -30.5, -31.5, -32.5, -1e3, -1e5, 33.0, 65.0, 1e3, 1e300, -1e300])
def test_zeta_far_out(s: float, order: int) -> None:
    """Where a few terms do and where it is reflected, as where FLINT's own series is asked."""
    coarse, fine = (named("zeta", (s,), (0,) * order, bits) for bits in (128, 2048))
    assert type(coarse) is Ball
    assert type(fine) is Ball
    assert sharp(fine)
    assert not coarse.value.is_finite() or coarse.value.overlaps(fine.value)


@pytest.mark.parametrize("moves", [(), (0,), (1,), (0, 0)], ids=str)
@pytest.mark.parametrize("bits", [2_048, 8_192])
def test_zeta_where_both_are_huge(bits: int, moves: Sequence[int]) -> None:
    """At 2**600 the sum over ``(q + n)**-q`` is ``q**-q`` times that over ``exp(-n)``, to 180 digits; FLINT's own way
    never ends there."""
    found = named("zeta", (2.0**600, 2.0**600), moves, bits)
    assert type(found) is Ball
    with precision(bits):
        q = arb(2) ** 600
        slope = (-q.log()) ** moves.count(0) * (-1) ** moves.count(1)
        ratio = found.value * q**q / slope
        assert abs(ratio - 1 / (1 - arb(-1).exp())) < 1
        assert found.value != 0


@pytest.mark.parametrize("s", [-2.0, 0.5, 1.0])
def test_zeta_of_two_arguments_is_for_s_above_one(s: float) -> None:
    assert type(named("zeta", (s, 0.5))) is Undefined
    assert type(named("zeta", (2.5, -0.5))) is Undefined


@pytest.mark.parametrize(
    ("name", "point", "number"),
    [
        ("gammainc", (2.5, float("inf")), 1), ("gammaincc", (2.5, float("inf")), 0),
        ("gammainc", (float("inf"), 2.5), 0), ("gammaincc", (float("inf"), 2.5), 1), ("zeta", (2.5, float("inf")), 0),
    ],
)  # fmt: skip
def test_at_infinity(name: str, point: tuple[float, float], number: int) -> None:
    found = named(name, point)
    assert type(found) is Ball
    assert found.value == number
    for i in (0, 1):
        slope = named(name, point, (i,))
        assert type(slope) is Ball
        assert slope.value.is_zero()
