"""Ridders' differences: accurate at every scale, kinks seen, and an estimate that holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from functions.comparing import Compare, words

from gradcli.foreign import differences
from gradcli.foreign.differences import column, ridders

CURVES: dict[str, tuple[Callable[[float], float], Callable[[float], float], tuple[float, ...]]] = {
    "exp": (math.exp, math.exp, (-30, -1, 0, 1e-8, 1e-3, 1, 10, 100, 700)),
    "sin": (math.sin, math.cos, (0, 1e-10, 1e-3, 1, 3, 100, 1000, 1e5)),
    "cube": (lambda x: x**3, lambda x: 3 * x**2, (1e-100, 1e-8, 1e-3, 1, 1e3, 1e8, 1e90, -2)),
    "log": (math.log, lambda x: 1 / x, (1e-10, 1e-3, 1, 1e5, 1e200)),
    "reciprocal": (lambda x: 1 / x, lambda x: -1 / x**2, (1e-5, 1, 1e5, -1e5)),
    "bell": (lambda x: math.exp(-((1000 * (x - 1)) ** 2)), lambda x: -2e6 * (x - 1) * math.exp(-((1000 * (x - 1)) ** 2)), (1.0005,)),
}  # fmt: skip


def along(curve: Callable[[float], float]) -> Callable[[float], Any]:  # Any: an array
    def line(position: float) -> Any:  # Any: as above
        try:
            return np.array([curve(position)])
        except (ValueError, ArithmeticError):
            return np.array([np.nan])

    return line


def assert_accurate(digits: float = 1e-9) -> None:
    """Every curve at every scale: as near as that, and no further off than the estimate says."""
    with np.errstate(all="ignore"):
        for name, (curve, slope, points) in CURVES.items():
            for x in points:
                found = column(along(curve), float(x), abs(x) or 1.0)
                off = abs(float(found.value[0]) - slope(x))
                assert off <= digits * abs(slope(x)), (name, x, off)
                assert off <= found.error[0], (name, x, off, found.error)
                assert found.error[0] <= 1e-7 * abs(slope(x)), (name, x, found.error)
                assert found.left[0] == found.right[0] == found.value[0]


def test_differences_are_accurate_at_every_scale() -> None:
    assert_accurate()


def test_the_tableau_alone_on_the_example_of_the_book() -> None:
    """Numerical Recipes, 5.7: dfridr on a smooth function from a generous step. exp'(1) = e = 2.718281828459045."""
    found = ridders(lambda h: np.array((math.exp(1 + h) - math.exp(1 - h)) / (2 * h)), 0.4)
    assert abs(float(found.value) - 2.718281828459045) < 1e-12
    assert found.error < 1e-10


def test_a_parabola_is_exact_in_the_first_extrapolation() -> None:
    """(x^3)' at 2 by central differences is 12 + h^2: one extrapolation in h^2 gives 12."""
    found = ridders(lambda h: np.array([((2 + h) ** 3 - (2 - h) ** 3) / (2 * h)]), 0.5)
    assert abs(found.value[0] - 12.0) < 1e-12


@pytest.mark.parametrize(("name", "wrong"), [
    ("CONTRACTION", None),  # steps that shrink otherwise than the tableau believes
    ("ridders", lambda difference, step, order=2: differences.Estimate(difference(step), np.zeros(1))),  # no extrapolation
    ("ridders", lambda difference, step, order=2: ridders(lambda h: 1.0000001 * difference(h), step, order)),
    ("ridders", lambda difference, step, order=2: ridders(difference, step, order=1)),  # powers of h, and not of h^2
    ("START", 1e-7),
    ("DECADES", 1),
])  # fmt: skip
def test_a_wrong_tableau_would_be_seen(name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # Any: a fault
    if name == "CONTRACTION":
        right = ridders

        def uneven(difference: Any, step: float, order: int = 2) -> Any:  # Any: as above
            return right(lambda h: difference(step * (h / step) ** 1.5), step, order)

        monkeypatch.setattr(differences, "ridders", uneven)
    else:
        monkeypatch.setattr(differences, name, wrong)
    with pytest.raises(AssertionError):
        assert_accurate()


@pytest.mark.parametrize(("curve", "x", "left", "right"), [
    (abs, 0.0, -1, 1), (lambda x: max(x, 0.0), 0.0, 0, 1), (lambda x: max(x - 1, 0.0), 1.0, 0, 1),
    (lambda x: abs(x) + x * x, 0.0, -1, 1), (lambda x: math.exp(-abs(x - 3)), 3.0, 1, -1),
])  # fmt: skip
def test_a_kink_has_two_slopes(curve: Callable[[float], float], x: float, left: float, right: float) -> None:
    found = column(along(curve), x, abs(x) or 1.0)
    assert found.left[0] == pytest.approx(left, abs=1e-8)
    assert found.right[0] == pytest.approx(right, abs=1e-8)
    assert found.error[0] < 1e-6


@pytest.mark.parametrize("distance", [1e-3, 3e-4, 3e-6, -3e-6, 1e-2])
def test_a_kink_near_by_is_not_averaged(distance: float) -> None:
    found = column(along(lambda x: max(x - 1, 0.0)), 1 + distance, 1.0)
    assert found.value[0] == pytest.approx(float(distance > 0), abs=1e-8)
    assert found.left[0] == found.right[0]


@pytest.mark.parametrize("curve", [
    lambda x: float(x >= 1), lambda x: x % 1, lambda x: math.copysign(abs(x - 1) ** (1 / 3), x - 1), lambda x: math.sqrt(abs(x - 1)),
    lambda x: math.sqrt(x - 1), lambda x: math.nan,
])  # fmt: skip
def test_jumps_cusps_and_edges_do_not_settle(curve: Callable[[float], float]) -> None:
    with np.errstate(all="ignore"):
        found = column(along(curve), 1.0, 1.0)
    assert found.error[0] > 0.1 * max(1.0, abs(found.value[0])) or not np.isfinite(found.error[0])


@pytest.mark.parametrize(
    ("curve", "x"), [(lambda x: x * abs(x), 0.0), (lambda x: abs(x) ** 1.5, 0.0), (lambda x: x * x, 0.0)]
)
def test_what_is_smooth_is_no_kink(curve: Callable[[float], float], x: float) -> None:
    found = column(along(curve), x, 1.0)
    assert found.left[0] == found.right[0]
    assert found.value[0] == pytest.approx(0, abs=1e-6)


def test_errors_are_kept_entry_by_entry() -> None:
    found = column(lambda t: np.array([math.sin(t), max(t - 1, 0.0), math.floor(t), t]), 1.0, 1.0)
    assert found.error[0] < 1e-9
    assert (found.left[1], found.right[1]) == pytest.approx((0, 1), abs=1e-9)
    assert found.error[2] > 1
    assert found.value[3] == pytest.approx(1, abs=1e-12)


def test_a_solvers_noise_costs_digits_and_no_more(compare: Compare) -> None:
    """A function that ends an iteration at 1e-10: its differences are good to nine digits, and kinks are still seen."""
    noise = "1e-10 * math.sin(1e13 * float(x))"
    (right,) = compare(f"def f(x): return math.sin(x) + {noise}\ndef g(x): return math.cos(x)", x=2.0)
    assert right.conclusion == "agrees", right
    assert right.digits is not None
    assert 6 < right.digits < 10
    (wrong,) = compare(f"def f(x): return math.sin(x) + {noise}\ndef g(x): return 1.001 * math.cos(x)", x=2.0)
    assert wrong.conclusion == "refuted"
    (kink,) = compare(f"def f(x): return abs(x - 2) + {noise}\ndef g(x): return 0.5", x=2.0)
    assert kink.conclusion == "agrees"
    assert "kink" in words(kink)
