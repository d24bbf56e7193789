"""Functions that FLINT computes, and their slopes in every operand: numbers typed from books, and mpmath's."""

from __future__ import annotations

import math
from dataclasses import replace

import mpmath
import pytest
import torch
from oracles.precise_certain import KNOWN

import gradcli
from gradcli.autograd.tensors import TorchArithmetic, session
from gradcli.base.errors import LimitError
from gradcli.language.nodes import symbol
from gradcli.meaning.program import Step
from gradcli.operations.table import OPS

# Abramowitz and Stegun's Handbook by the number of the table or example; constants by the section of DLMF.
TYPED: list[tuple[str, tuple[float, ...], float]] = [
    ("jv", (0.5, math.pi / 2), 2 / math.pi),  # 10.1.11: sqrt(2/(pi*x))*sin(x)
    ("kv", (0.5, 2.0), math.sqrt(math.pi / 4) * math.exp(-2)),  # 10.2.17
    ("ellipkinc", (math.pi / 6, 0.0), math.pi / 6),
    ("ellipkinc", (math.pi / 2, 0.5), 1.854074677301372),  # table 17.1
    ("ellipeinc", (math.pi / 2, 0.5), 1.350643881047675),  # table 17.1
    ("jacobi_sn", (0.5, 1.0), math.tanh(0.5)),  # 16.6
    ("jacobi_am", (1.854074677301372, 0.5), math.pi / 2),  # am(K) = pi/2
    ("polylog", (2.0, 0.5), math.pi**2 / 12 - math.log(2) ** 2 / 2),  # 27.7.6
    ("spence", (0.5,), math.pi**2 / 12 - math.log(2) ** 2 / 2),  # table 27.7: 0.582240526
    ("dirichlet_eta", (1.0,), math.log(2)),  # 23.2.19
    ("dirichlet_beta", (2.0,), 0.915965594177219),  # 23.2.23: Catalan's constant
    ("clausen", (math.pi / 2,), 0.915965594177219),  # 27.8.4
    ("ber", (1.0,), 0.9843817812130869),  # table 9.12
    ("struve", (0.0, 1.0), 0.5686566270482879),  # table 12.1: 0.5686566
    ("invdigamma", (-0.5772156649015329,), 1.0),  # 6.3.2
    ("hyp2f1", (1.0, 1.0, 2.0, -1.0), math.log(2)),  # 15.1.3
    ("hyp1f1", (1.0, 2.0, 1.0), math.e - 1),  # 13.6.14
    ("betainc", (2.0, 3.0, 0.5), 0.6875),  # 26.5.6: 11/16
    ("owens_t", (0.0, 1.0), 1 / 8),
    ("wrightomega", (1.0,), 1.0),  # where bisection meets it at once
    ("wrightomega", (0.0,), 0.567143290409784),  # the omega constant
    ("elliprf", (0.0, 1.0, 2.0), 1.3110287771461),  # Carlson 1995
    ("elliprj", (0.0, 1.0, 2.0, 3.0), 0.77688623778582),  # Carlson 1995
    ("elliprd", (0.0, 2.0, 1.0), 1.7972103521034),  # Carlson 1995
    ("elliprc", (2.25, 2.0), math.log(2)),  # Carlson 1995
    ("elliprg", (0.0, 16.0, 16.0), math.pi),  # Carlson 1995
]

POINTS: list[tuple[str, tuple[float, ...]]] = [
    ("betainc", (0.5, 40.0, 0.03)),
    ("hyp1f1", (1.5, 2.5, -30.0)),
    ("jv", (2.0, 30.0)),
    ("kv", (2.0, 0.3)),
    ("ellipkinc", (5.0, 0.9)),
    ("ellipkinc", (1.2, 0.0)),
    ("wofz_real", (3.0, 0.1)),
    ("poch", (30.5, 2.0)),
    ("exprel", (1e-10,)),
]


def value(name: str, orders: tuple[int, ...], point: tuple[float, ...]) -> float:
    """A derivative of mixed orders, by torch."""
    with session("float64", "cpu"):
        operands = [torch.tensor(x, requires_grad=True) for x in point]
        found: object = TorchArithmetic().apply(Step(symbol(name), OPS[name], (), ()), operands)
        for x, order in zip(operands, orders, strict=True):
            for _ in range(order):
                assert isinstance(found, torch.Tensor)
                (found,) = torch.autograd.grad(found, x, create_graph=True)
        assert isinstance(found, torch.Tensor)
        return found.item()


@pytest.mark.parametrize(("name", "point", "typed"), TYPED, ids=lambda part: str(part))
def test_numbers_of_books(name: str, point: tuple[float, ...], typed: float) -> None:
    assert math.isclose(value(name, (0,) * len(point), point), typed, rel_tol=5e-14)


@pytest.mark.parametrize(("name", "point"), POINTS, ids=lambda part: str(part))
def test_every_first_and_a_mixed_slope_is_mpmaths(name: str, point: tuple[float, ...]) -> None:
    context = mpmath.ctx_mp.MPContext()
    context.dps = 40
    places = range(len(point))
    orders = [tuple(int(i == k) for i in places) for k in places] + [
        (1,) * min(len(point), 2) + (0,) * (len(point) - 2)
    ]
    for order in orders:
        due = context.diff(lambda *x: KNOWN[name](context, *x), tuple(map(context.mpf, point)), order)
        assert math.isclose(value(name, order, point), float(context.re(due)), rel_tol=1e-12), (order, due)


@pytest.mark.parametrize(
    ("name", "point", "limit"),
    [("betainc", (0.5, 2.0, 0.0), math.inf), ("betainc", (2.5, 2.0, 1.0), 0.0), ("spence", (0.0,), -math.inf)],
)
def test_a_slope_at_an_end_is_the_one_from_inside(name: str, point: tuple[float, ...], limit: float) -> None:
    order = (*(0,) * (len(point) - 1), 1)
    assert value(name, order, point) == limit


def test_outside_is_nan_and_too_large_is_refused() -> None:
    assert math.isnan(value("betainc", (0, 0, 0), (2.0, 3.0, 1.5)))
    assert math.isnan(value("polylog", (0, 0), (2.5, 3.0)))
    with pytest.raises(LimitError, match="jv of numbers beyond 10000, 1e\\+06"):
        value("jv", (0, 0), (1e5, 2.0))


def test_a_wrong_slope_in_a_parameter_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: the order of J is off by 1e-9 on the way."""
    right = OPS["jv"].torch
    assert callable(right)
    off = replace(OPS["jv"], torch=lambda t, v, x: right(t, v * (1 + 1e-9), x))
    monkeypatch.setitem(OPS.loaded, "jv", off)
    assert gradcli.grad("jv(v, x)", {"v": 1.5, "x": 2.0}).check.verdict == "differs"
