"""Derivatives inside expressions along a ray: of every order, at kinks, beside what moves with t."""

from __future__ import annotations

from typing import Any

import pytest
from series.along import coefficient, series

from gradcli.meaning.balls.ball import Undefined

# At x = y = 0, along x and against it: the power of t and its coefficient, by hand.
EXACT = {
    "diff((x + y)**2, y, y)": (0, 2, 2), "diff((x + y)**3, y, y)": (1, 6, -6), "diff(sin(x + y), y, y)": (1, -1, 1),
    "diff((x + y)**3, y, y, y)": (0, 6, 6), "diff(x**3, x, x)": (1, 6, -6), "diff(x**4, x, x, x)": (1, 24, -24),
    "diff(exp(x*y), x, y)": (0, 1, 1), "diff(x**2*y**2, y, y)": (2, 2, 2), "diff(norm([x, y]), y, y)": (-1, 1, 1),
    "diff(norm([x, y]), x)": (0, 1, -1), "diff(1/(x + y), y, y)": (-3, 2, -2), "diff(abs(x + y), y)": (0, 1, -1),
    "laplacian(log(x**2 + y**2), x, y)": (0, 0, 0), "diff(hypot(x, y), y)": (0, 0, 0), "diff(max(x, y), y)": (0, 0, 1),
    "diff(where(x > y, 3*y, 5*y), y)": (0, 3, 5), "diff(clamp(x + y, 0, 1), y)": (0, 1, 0),
    "diff(relu(x + 2*y)**2, y, y)": (0, 8, 0), "diff(sort([x, y])[0], y)": (0, 1, 0), "diff(sort([x, y])[1], x)": (0, 1, 0),
    "diff(eigvalsh([[x, y], [y, -x]])[1], y, y)": (-1, 1, 1), "diff(det([[x, y], [y, x]]), y, y)": (0, -2, -2),
    "diff(inv([[1 + x, y], [y, 1]])[0, 0], y, y)": (0, 2, 2), "diff(inv([[x, y], [1, 1]])[0, 1], y, y)": (-2, -2, -2),
    "sum(diff(matrix_exp([[x, y], [y, x]]), y, y))": (0, 2, 2), "diff(cholesky([[1 + x, y], [y, 1]])[1, 1], y, y)": (0, -1, -1),
    "diff(diff((x + y)**3, y), y)": (1, 6, -6), "diff(logsumexp([x, y]), y, y)": (0, 0.25, 0.25),
    "diff(median([x, y, 1]), y)": (0, 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("text", EXACT)
def test_the_leading_coefficient(text: str) -> None:
    power, *due = EXACT[text]
    for value, side in zip(due, (1, -1), strict=True):
        found = series(text, {"x": 0, "y": 0}, {"x": side})[()]
        assert coefficient(found, power) == pytest.approx(value, abs=1e-30), side


@pytest.mark.parametrize("text", ["diff(abs(y), y)", "diff(max(x, y, 0), y)", "diff(sort([x, y, 0])[0], y)"])
def test_a_kink_that_does_not_move(text: str) -> None:
    """x = t tells nothing of y against 0, but where it is above both."""
    below: Any = series(text, {"x": 0, "y": 0}, {"x": -1 if "max" in text else 1})[()]
    assert type(below) is Undefined
