"""A seeded slice of every own kernel's grid, held against enclosures; the whole: ``python tests/kernels``."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from kernels.grid import OWN, Call, Point, calls, points, switches
from kernels.holding import Tally, hold
from slices import Draw

from gradcli.autograd import functions
from gradcli.operations.row import Op
from gradcli.operations.table import OPS

CALLS, POINTS = 2, 8  # of each row
LONG = {"betaincinv", "betainccinv"}  # a point and its slopes take seconds: fewer of them


def held(op: Op, generator: random.Random) -> Tally:
    """Some points of some calls."""
    tally, all_calls = Tally(), list(calls(op))
    for call in generator.sample(all_calls, min(CALLS, len(all_calls))):
        hold(call, generator.sample(points(call), 1 if op.name in LONG else POINTS), tally)
    return tally


@pytest.mark.generated(share=1 / 3)
@pytest.mark.parametrize("op", OWN, ids=lambda op: op.name)
def test_value_and_slopes_lie_in_their_enclosures(op: Op, draw: Draw) -> None:
    for _, generator in draw.generators(1):
        tally = held(op, generator)
        assert tally.points or op.name in LONG
        assert not tally.faults, "\n".join(map(str, tally.faults))


def call(name: str, *constants: int) -> Call:
    op = OPS[name]
    return Call(op, constants, len(op.tensors))


@pytest.mark.parametrize(
    ("held", "point"),
    [
        (call("gammainc"), (1.0, 0.0)),
        (call("gammainc"), (0.5, 0.0)),
        (call("gammaincc"), (2.5, 0.0)),
        (call("gammainc"), (1e-300, 1e-20)),
        (call("gammaincc"), (0.001, 1.0)),
        (call("gammainc"), (2.5, -1.0)),
        (call("uppergamma"), (1e-20, 1e-300)),
        (call("uppergamma"), (1e-300, 0.3)),
        (call("uppergamma"), (1e3, 0.0)),
        (call("uppergamma"), (170.5, 170.5)),
        (call("lowergamma"), (170.5, 171.5)),
        (call("lowergamma"), (5e-324, 10.0)),
        (call("lowergamma"), (5e-324, 1e5)),
        (call("gammainc"), (30.0, 5e-324)),
        (call("gammainc"), (30.0, 1e300)),
        (call("gammaincc"), (0.3, 1e-300)),
        (call("gammaincc"), (0.25000000000000006, 1e-20)),
        (call("gammaincc"), (6.764744114340311, 721.1819782348135)),
        (call("ellipe"), (1.0,)),
        (call("ellipk"), (-1e300,)),
        (call("polygamma", 20), (-0.2,)),
        (call("digamma"), (-0.9999999999999999,)),
        (call("lgamma"), (-0.9999999999999999,)),
        (call("multigammaln", 1), (2.0000000000000004,)),
        (call("erfcinv"), (5e-324,)),
        (call("ndtri"), (1e-300,)),
        (call("erfcx"), (1e100,)),
        (call("i0e"), (-1e4,)),
        (call("fresnels"), (1e8,)),
        (call("airy_ai"), (-1e8,)),
        (call("lambertw", -1), (-5e-324,)),
        (call("chebyshevt", 300), (-40.0,)),
        (call("hermite", 300), (5e-324,)),
        (call("laguerre", 300), (0.004,)),
        (call("shi"), (1e300,)),
        (call("ei"), (712.0,)),
        (call("expn", 1), (0.0,)),
        (call("expn", 3), (0.0,)),
        (call("bessely", -1), (1e-160,)),
        (call("bessely", -2), (5e-324,)),
        (call("bessely", -2), (1e-100,)),
        (call("bessel_y1"), (7e-155,)),
        (call("besselj", 100), (124.29467524445906,)),
        (call("besselj", 300), (26.5,)),
        (call("besselj", 300), (-712.0,)),
        (call("spherical_jn", 300), (-26.5,)),
        (call("spherical_jn", 300), (300.0,)),
        (call("i0"), (-712.0,)),
        (call("i0"), (713.98,)),
        (call("i1"), (713.0,)),
        (call("i1"), (-713.9876,)),
        (call("besseli", 300), (20.0,)),
        (call("besselk", 300), (712.0,)),
        (call("besselk", 300), (755.3520804040961,)),
        (call("modified_bessel_k1"), (1e-154,)),
        (call("beta"), (-2.5, 2.5)),
        (call("binomial"), (2.0, 3.0)),
        (call("beta"), (1e-300, 1e16)),
        (call("beta"), (-1e-300, -1e-300)),
        (call("beta"), (-2.5, 1e160)),
        (call("beta"), (1000.0, -170.5)),
        (call("binomial"), (2.5, 1e16)),
        (call("binomial"), (-170.5, -1e5)),
        (call("binomial"), (-3.0000000000000004, 10.0)),
        (call("binomial"), (-0.9999999999999999, 1e160)),
        (call("lbeta"), (1e300, 1e8)),
        (call("lbeta"), (1e-20, -10.000000000000002)),
    ],
    ids=lambda v: str(v),
)
def test_points_that_were_wrong(held: Call, point: Point) -> None:
    tally = Tally()
    hold(held, [point], tally)
    assert not tally.refused
    assert not tally.faults, "\n".join(map(str, tally.faults))


@pytest.mark.parametrize(
    ("name", "fields", "order"),
    [
        ("ndtr", {"torch": lambda t, x: 0.5 * t.erfc(-x / 1.41421356)}, 0),
        ("ndtr", {"rule": ("g*exp(-x*x/2)/sqrt(2*pi)*(1 + 1e-9)",)}, 1),
        ("si", {"rule": ("g*spherical_jn(0, x) + 0*x + g*(1e-9*x - 1e-9*x)*x",)}, None),
        ("si", {"rule": ("g*where(x > 2.5, spherical_jn(0, 2.5), spherical_jn(0, x))",)}, 1),
    ],
)
def test_a_planted_fault_is_seen(name: str, fields: dict[str, object], order: int | None) -> None:
    op = replace(OPS[name], **fields)  # type: ignore[arg-type]  # fields of a row
    tally = Tally()
    hold(Call(op, (), 1), [(0.7,), (3.0,)], tally)
    assert {len(judged.moves) for judged in tally.faults} >= ({order} if order is not None else set())
    assert bool(tally.faults) == (order is not None)


def test_a_number_where_there_is_none_is_seen() -> None:
    tally = Tally()
    hold(Call(replace(OPS["e1"], torch=lambda t, x: t.abs(x)), (), 1), [(-1.0,)], tally)
    assert tally.faults


def test_the_kernels_switch_where_the_grid_has_points() -> None:
    assert {1.6, 12.0, 40.0} <= set(switches())


@pytest.mark.parametrize(
    ("name", "order"), [("besselk", Fraction(5, 2)), ("bessely", -2), ("besseli", 3), ("i0", None)]
)
def test_slopes_of_a_batch_are_those_of_its_entries(name: str, order: Fraction | int | None) -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        value: torch.Tensor = getattr(functions, name)(*(() if order is None else (order,)), x)
        return value

    x = torch.tensor([0.3, 1.5, 20.0], dtype=torch.float64)
    second = torch.func.grad(torch.func.grad(function))
    assert torch.equal(torch.func.vmap(second)(x), torch.stack([second(entry) for entry in x]))
