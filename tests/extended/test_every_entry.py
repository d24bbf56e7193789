"""Every entry of a large result is compared: one wrong one among a million is found, a kink among them is not passed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from planting import Plant, bent
from reference.asking import problem_of

import gradcli
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.every_entry import EveryEntry
from gradcli.verdicts.crosscheck import crosscheck

MILLION = 1_000_000
FLOAT64 = Settings("float64")


def checked(text: str, derivative: Any, values: dict[str, Any], wrt: str = "x") -> Any:  # Any: arrays; -> a Check
    """What is said of a gradient that somebody gives."""
    problem = problem_of(text, **values)
    answer = Answer((wrt,), np.asarray(derivative), ((wrt, np.ndim(values[wrt])),))
    return crosscheck(problem, [answer], None, 1, FLOAT64).check


def sines(size: int) -> tuple[Any, Any]:  # Any: arrays
    x = np.random.default_rng(5).standard_normal(size)
    return x, np.sin(x) + x * np.cos(x)


def test_a_million_entries_are_compared() -> None:
    x, slope = sines(MILLION)
    check = checked("sum(sin(x)*x)", slope, {"x": x})
    assert (check.verdict, check.checked, check.total, check.certain) == ("agrees", MILLION, MILLION, 0)
    assert check.reference == "extended"


@pytest.mark.parametrize("off", [1e-7, float("nan"), 1.0])
def test_one_wrong_entry_among_a_million_is_found(off: float) -> None:
    x, slope = sines(MILLION)
    slope[765_432] += off
    check = checked("sum(sin(x)*x)", slope, {"x": x})
    assert check.verdict in {"differs", "trap"}
    (finding,) = check.findings
    assert finding.entry == "x[765432]"
    assert finding.true == pytest.approx(np.sin(x[765_432]) + x[765_432] * np.cos(x[765_432]), rel=1e-13)
    assert check.checked == MILLION


def test_one_that_lost_digits_among_many_is_told_from_a_bug() -> None:
    """0.1 + x - x at x = 1e10/3 keeps 6 digits."""
    y = np.full(300_000, 0.5)
    y[7] = 1e10 / 3
    values = {"x": np.ones(y.shape), "y": y}
    assert checked("sum((0.1 + y - y)*x)", 0.1 + y - y, values).verdict == "rounding"
    wrong = np.full(y.shape, 0.1)
    wrong[7] = 0.11
    assert checked("sum((0.1 + y - y)*x)", wrong, values).verdict == "differs"


def test_a_kink_among_many_is_not_passed() -> None:
    x = np.random.default_rng(6).standard_normal(300_000)
    x[[3, 200_000]] = 0
    check = checked("sum(abs(x))", np.sign(x), {"x": x})
    assert check.verdict == "unchecked"
    assert check.checked == 299_998
    assert {finding.entry for finding in check.findings} == {"x[3]", "x[200000]"}


def test_balls_look_at_a_kink_where_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.verdicts.every_entry.LIGHT", 10)
    monkeypatch.setattr("gradcli.verdicts.every_entry.FEW", 10)
    x = np.random.default_rng(6).standard_normal(300)
    x[3] = 0
    check = checked("sum(abs(sin(x)))", np.sign(np.sin(x)) * np.cos(x), {"x": x})
    assert (check.verdict, check.checked, check.certain) == ("convention", 300, 17)


def test_an_undefined_entry_among_many_is_not_passed() -> None:
    x = np.random.default_rng(7).uniform(1, 2, 300_000)
    x[5] = -1
    check = checked("sum(log(x))", 1 / x, {"x": x})
    assert check.verdict == "unchecked"
    assert check.checked == 0


def logistic(rows: int, columns: int) -> tuple[str, dict[str, Any], Any]:  # Any: arrays
    random = np.random.default_rng(8)
    X, w = random.standard_normal((rows, columns)), random.standard_normal(columns)
    y = np.sign(random.standard_normal(rows))
    return "mean(log1p(exp(-y*(X@w))))", {"X": X, "w": w, "y": y}, -y / (1 + np.exp(y * (X @ w))) / rows


def test_a_logistic_regression_is_compared_in_both_arguments() -> None:
    text, values, slopes = logistic(20_000, 40)
    assert checked(text, slopes @ values["X"], values, "w").checked == 40
    outer = slopes[:, None] * values["w"]
    check = checked(text, outer, values, "X")
    assert (check.verdict, check.checked) == ("agrees", 800_000)
    outer[12_345, 6] *= 1 + 1e-8
    assert [finding.entry for finding in checked(text, outer, values, "X").findings] == ["X[12345, 6]"]


def test_a_jacobian_and_a_hessian_are_compared_in_full() -> None:
    x = np.random.default_rng(9).standard_normal(300)
    found = gradcli.jacobian("sin(x)*sum(x)", {"x": x}).check
    assert (found.verdict, found.checked, found.certain) == ("agrees", 90_000, 16)
    found = gradcli.hessian("sum(x**3)*sum(x)", {"x": x}).check
    assert (found.verdict, found.checked, found.certain) == ("agrees", 90_000, 16)


@pytest.mark.parametrize(("text", "columns"), [("A@x", 3), ("A.T@x", 400)])
def test_rows_and_columns_give_the_same(text: str, columns: int) -> None:
    """Of the 400 x 3 slopes, by whichever is fewer."""
    A = np.random.default_rng(10).standard_normal((400, 3))
    matrix = A if columns == 3 else A.T
    answer = Answer(("x",), np.zeros(matrix.shape), (("x", 1),), 1)
    found = EveryEntry(problem_of(text, A=A, x=np.ones(columns))).derivative(answer)
    assert (found.value == matrix).all()
    assert (found.error < 1e-17).all()


def test_what_only_cancels_agrees_within_the_terms() -> None:
    """The sum of a softmax does not move."""
    x = np.random.default_rng(11).standard_normal(400_000)
    check = checked("sum(softmax(x))", np.full(x.shape, 1e-22), {"x": x})
    assert (check.verdict, check.checked, check.digits) == ("agrees", 400_000, None)
    assert check.terms is not None
    assert checked("sum(softmax(x))", np.full(x.shape, 1e-12), {"x": x}).verdict != "agrees"


def test_what_whole_arrays_lack_is_sampled_as_before() -> None:
    x = np.random.default_rng(12).uniform(1, 2, 400_000)
    assert checked("sum(lgamma(x))", x, {"x": x}).verdict == "unchecked"


def test_work_is_told_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradcli.reference.every_entry.HELD", 100_000)
    x, slope = sines(200_000)
    assert checked("sum(sin(x)*x)", slope, {"x": x}).verdict == "unchecked"


@pytest.mark.parametrize(("size", "wrong"), [(200_000, 1), (200_000, 150_000), (2_000, 1)])
def test_a_wrong_slope_of_torch_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch, size: int, wrong: int) -> None:
    """In one entry or in most, of more than balls can look at and of fewer."""
    monkeypatch.setattr("gradcli.verdicts.every_entry.LIGHT", 10)
    monkeypatch.setattr("gradcli.verdicts.every_entry.FEW", 10)
    x = np.random.default_rng(13).standard_normal(size)

    def backward(cotangent: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
        slope = torch.cos(at)
        slope[-wrong:] += 0.01
        return cotangent * slope

    plant("sin", torch=bent(torch.sin, backward))
    check = gradcli.grad("sum(sin(x)*x)", {"x": x}).check
    assert check.verdict in {"differs", "trap"}
    assert check.findings[0].entry
    if wrong == 1:
        assert [finding.entry for finding in check.findings] == [f"x[{size - 1}]"]
        assert check.checked == size


def test_bounds_that_overflow_are_said_to_be_a_reason_beside_kinks() -> None:
    check = gradcli.jacobian("tanh(A@x)", {"A": np.full((300, 2000), 0.2), "x": np.ones(2000)}, wrt="x").check
    assert (check.verdict, check.checked) == ("unchecked", 0)
    assert "or numbers on the way are too large for a bound; the second route" in check.notes[0]
