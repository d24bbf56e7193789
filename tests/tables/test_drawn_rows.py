"""Rows that are drawn of a table: each with the same chance, whatever the batches; what is said of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

import gradcli
from gradcli.commands.tables.question import Question
from gradcli.commands.tables.reservoir import Reservoir
from gradcli.commands.tables.sample import Row, check_rows
from gradcli.language.parse import parse
from gradcli.verdicts.verdict import Verdict


def drawn(room: int, seed: int, *batches: int) -> list[int]:
    kept, start = Reservoir[int](room, seed), 0
    for count in batches:
        for place, slot in kept.places(count):
            kept.put(slot, start + place)
        start += count
    return kept.items


def test_a_sample_hangs_on_the_seed_and_not_on_the_batches() -> None:
    assert drawn(8, 3, 10_000) == drawn(8, 3, 1, 4, 5, 990, 9_000)
    assert drawn(8, 3, 10_000) != drawn(8, 4, 10_000)


def test_few_rows_are_all_drawn() -> None:
    assert sorted(drawn(8, 0, 3, 2)) == [0, 1, 2, 3, 4]
    assert drawn(8, 0, 0) == []


def test_each_row_has_the_same_chance() -> None:
    """Of 100 rows 10 are kept, 4,000 times: in each tenth 4,000 times a row is kept, give or take 6 deviations."""
    hits = np.zeros(10)
    for seed in range(4_000):
        hits += np.bincount(np.array(drawn(10, seed, 100)) // 10, minlength=10)
    deviation = (4_000 * 10 * 0.1 * 0.9) ** 0.5
    assert np.abs(hits - 4_000).max() < 6 * deviation


def question(text: str, names: str, kind: str = "grad", order: int = 1) -> Question:
    return Question(text, parse(text), kind, tuple(names), dict.fromkeys(names, ()), {}, order=order)


def rows(points: list[dict[str, float]], found: list[dict[str, float]]) -> list[Row]:
    def arrays(one: Mapping[str, float]) -> dict[str, np.ndarray]:
        return {name: np.asarray(value, dtype=np.float64) for name, value in one.items()}

    return [Row(10 * at, arrays(x), arrays(y)) for at, (x, y) in enumerate(zip(points, found, strict=True))]


POINTS = [{"x": 1.0, "y": 2.0}, {"x": -3.0, "y": 0.5}]
RIGHT = [{"value": 2.0, "d_x": 4.0, "d_y": 1.0}, {"value": 4.5, "d_x": -3.0, "d_y": 9.0}]


def test_right_rows_agree() -> None:
    check = check_rows(question("x**2*y", "xy"), rows(POINTS, RIGHT))
    assert (check.verdict, check.checked, check.findings) == (Verdict.AGREES, 4, ())


@pytest.mark.parametrize("column", ["value", "d_x", "d_y"])
def test_a_wrong_number_is_found_and_named(column: str) -> None:
    wrong = [RIGHT[0], {**RIGHT[1], column: RIGHT[1][column] * (1 + 1e-6)}]
    check = check_rows(question("x**2*y", "xy"), rows(POINTS, wrong))
    assert check.verdict is Verdict.DIFFERS
    assert [finding.entry for finding in check.findings] == [f"row 10: {column}"]


def test_lost_digits_are_rounding_and_more_than_float_arithmetic_loses_is_not() -> None:
    """1 - cos(x) at 1e-4 has 5e-9 to within some units of 1: 1.1e-16."""
    asked, point = question("1 - cos(x)", "x"), [{"x": 1e-4}]
    check = check_rows(asked, rows(point, [{"value": 4.99999996961e-09, "d_x": 9.999999983333334e-05}]))
    assert check.verdict is Verdict.ROUNDING
    check = check_rows(asked, rows(point, [{"value": 5.00001e-09, "d_x": 9.999999983333334e-05}]))
    assert check.verdict is Verdict.DIFFERS


def test_rows_that_torch_alone_has_wrong_are_right() -> None:
    """torch has nan there, the rows' rules need not."""
    found = rows([{"x": -1.0}], [{"value": 0.0, "d_x": 0.0}])
    assert check_rows(question("where(x > 0, sqrt(x), 0)", "x"), found).verdict is Verdict.AGREES


def test_a_wrong_number_beside_another_finding_is_found() -> None:
    """The value has lost digits, the slope is wrong."""
    found = rows([{"x": 1e-10}], [{"value": 1.000000082740371e-10, "d_x": 1.1}])
    check = check_rows(question("log(1 + x)", "x"), found)
    assert (check.verdict, check.findings[0].entry) == (Verdict.DIFFERS, "row 0: d_x")


def test_another_slope_than_torchs_at_a_kink_is_said() -> None:
    check = check_rows(question("abs(x)", "x"), rows([{"x": 0.0}], [{"value": 0.0, "d_x": 1.0}]))
    assert check.verdict is Verdict.CONVENTION
    assert check.notes[0].endswith(
        "the table gives 1.0, in the subdifferential [-1.0, 1.0]; torch.autograd.grad gives 0.0"
    )


@pytest.mark.parametrize("text", ["sum(x)*x", "cumsum(x, 0)", "x.numel()*x", "softmax(x, 0)*x"])
def test_rows_are_no_entries_of_a_vector(text: str) -> None:
    found = gradcli.grad_table(text, {"x": np.linspace(0.5, 2.0, 7)})
    assert found.check.verdict is Verdict.AGREES


@pytest.mark.parametrize("wrt", [["a"], ["a", "x"]])
def test_a_variable_with_one_value_for_all_rows(wrt: list[str]) -> None:
    found = gradcli.grad_table("a**2*x", {"x": np.array([1.0, 3.0])}, values={"a": 2.0}, wrt=wrt)
    assert found.columns is not None
    assert found.columns["d_a"].tolist() == [4.0, 12.0]
    assert found.check.verdict is Verdict.AGREES


def test_rows_beside_an_undefined_one_are_compared_still() -> None:
    points = [{"x": 1.0}, {"x": 0.0}, {"x": 2.0}]
    right = [{"value": 1.0, "d_x": -1.0}, {"value": float("inf"), "d_x": float("-inf")}, {"value": 0.5, "d_x": -0.25}]
    check = check_rows(question("1/x", "x"), rows(points, right))
    assert (check.verdict, check.checked) == (Verdict.SINGULAR, 2)
    assert check.reference is not None
    assert all("row 10" in finding.entry for finding in check.findings)
    wrong = [*right[:2], {"value": 0.5, "d_x": 0.25}]
    check = check_rows(question("1/x", "x"), rows(points, wrong))
    assert "row 20: d_x" in [finding.entry for finding in check.findings]


def test_a_kink_is_a_convention_with_its_row() -> None:
    found = rows([{"x": 1.0}, {"x": 0.0}], [{"value": 1.0, "d_x": 1.0}, {"value": 0.0, "d_x": 0.0}])
    check = check_rows(question("abs(x)", "x"), found)
    assert check.verdict is Verdict.CONVENTION
    assert "row 10" in check.notes[0]


@pytest.mark.parametrize(
    ("text", "x", "verdict"),
    [
        ("where(x > 0, sqrt(x), x)", -1.0, Verdict.TRAP),  # the slope is 1
        ("sqrt(x)**2", 0.0, Verdict.TRAP),  # x where it is defined, with the slope 1
        ("where(x > 0, sqrt(x), x)", 0.0, Verdict.SINGULAR),  # 1 from the left, infinite from the right
    ],
)
def test_a_slope_that_is_nan_is_a_trap_where_there_is_one(text: str, x: float, verdict: Verdict) -> None:
    found = rows([{"x": x}], [{"value": min(x, 0.0), "d_x": float("nan")}])
    assert check_rows(question(text, "x"), found).verdict is verdict


def test_hessians_and_higher_orders() -> None:
    found = rows([{"x": 3.0}], [{"value": 27.0, "d2_x": 18.0}])
    assert check_rows(question("x**3", "x", order=2), found).verdict is Verdict.AGREES
    blocks = [{"value": 18.0, "d_x_d_x": 4.0, "d_x_d_y": 6.0, "d_y_d_y": 0.0}]
    found = rows([{"x": 3.0, "y": 2.0}], blocks)
    assert check_rows(question("x**2*y", "xy", "hessian"), found).verdict is Verdict.AGREES
    found = rows([{"x": 3.0, "y": 2.0}], [{**blocks[0], "d_x_d_y": 6.1}])
    assert check_rows(question("x**2*y", "xy", "hessian"), found).verdict is Verdict.DIFFERS


def test_where_autograd_loses_a_slope_that_the_table_has_it_is_said() -> None:
    found = rows([{"x": 0.0}], [{"value": 0.0, "d_x": 1.0}])
    check = check_rows(question("sqrt(x)**2", "x"), found)
    assert check.verdict is Verdict.AGREES
    assert check.notes == ("row 0: d_x: the table is right; torch.autograd.grad gives nan",)
