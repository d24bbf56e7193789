"""Large results of functions whose slopes torch computes with an error that is not relative: `rounding` there as in
small ones, and a wrong number among them is seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcli
from gradcli.autograd import passes
from gradcli.meaning import tiles
from gradcli.operations.row import Op
from gradcli.operations.table import OPS
from gradcli.reference import work
from gradcli.verdicts import every_entry

WIDE = np.array([-90, -40, -36.7, -20, -8, -1, -1e-3, 0, 1e-9, 0.3, 0.999999999, 1.000000001, 3, 15, 20, 33, 36.7, 90])
A = np.full((30, 40), 0.1) * np.linspace(0.9, 1.1, 30)[:, None]
ROADS = ("balls for what is in question", "no balls", "tiles")
SATURATED = tuple(op for op in OPS.values() if op.saturates and op.elementwise and len(op.tensors) == 1)

# Jacobians, Hessians and rows that mix entries, at points where torch's slopes have lost digits.
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("jacobian", "sigmoid(A@x)", {"A": A, "x": np.full(40, 7.0)}, {"wrt": "x"}),
    ("jacobian", "tanh(A@x)", {"A": A, "x": np.full(40, 4.0)}, {"wrt": "x"}),
    ("hessian", "sum(sigmoid(x))", {"x": WIDE}, {"hvp": np.ones(len(WIDE))}),
    ("hessian", "sum(tanh(x[1:])*x[:-1])", {"x": WIDE}, {}),
    ("grad", "sum(softmax(x)[:9])", {"x": WIDE}, {}),
    ("grad", "sum(log_softmax(reshape(x, 6, 3), 1)[:, 1])", {"x": WIDE}, {}),
    ("grad", "sum(log(1 - sigmoid(x)**2))", {"x": abs(WIDE) / 6}, {}),
    ("grad", "std(x)", {"x": 1e8 + WIDE}, {}),
    ("grad", "sum(sigmoid(x))", {"x": WIDE}, {"dtype": "float32"}),
]  # fmt: skip


@pytest.fixture(params=ROADS)
def large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Small functions on the road of large ones."""
    for name in ("LIGHT", "FEW", "SAMPLED", "MANY"):
        monkeypatch.setattr(every_entry, name, 0)
    if request.param != ROADS[0]:
        monkeypatch.setattr(work, "WORK", 0)
        monkeypatch.setattr(every_entry, "WORK", 0)
    if request.param == ROADS[2]:
        monkeypatch.setattr(tiles, "LEAST", 1)
        monkeypatch.setattr(tiles, "WIDE", 9)
    return str(request.param)


def asked(op: Op) -> tuple[str, dict[str, Any]]:
    """A sum of the function over those of the wide points at which it has a value."""
    text = f"{op.name}(x)"
    value = np.asarray(gradcli.jacobian(text, {"x": WIDE}, vjp=np.ones(len(WIDE)), check="off").value)
    return f"sum({text})", {"x": WIDE[np.isfinite(value)]}


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("op", SATURATED, ids=lambda op: op.name)
def test_no_row_that_saturates_differs(op: Op) -> None:
    check = gradcli.grad(*asked(op)).check
    assert check.verdict != "differs", check.notes


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("command", "text", "values", "options"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_what_torch_rounds_away_is_no_difference(
    command: str, text: str, values: dict[str, Any], options: dict[str, Any]
) -> None:
    check = getattr(gradcli, command)(text, values, **options).check
    assert check.verdict in {"agrees", "rounding", "unchecked"}, check.notes


@pytest.mark.usefixtures("large")
def test_all_entries_that_are_off_are_told() -> None:
    check = gradcli.grad("sum(sigmoid(x))", {"x": np.linspace(-40, 40, 400)}).check
    assert (check.verdict, check.checked, check.total) == ("rounding", 400, 400)
    assert "entries of x are off by rounding; in the worst of them 0.0 digits are right" in check.notes[0]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("place", [40, 350])
def test_one_wrong_entry_among_those_is_found(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Where torch has lost digits, what it has not lost is still held against the truth."""
    true, left = passes.gradient, [place]

    def wrong(*arguments: Any, **options: Any) -> Any:  # Any: as passes.gradient
        (found,) = true(*arguments, **options)
        if 0 <= left[0] < found.numel():
            found[left[0]] += 1e-9
        left[0] -= found.numel()
        return [found]

    monkeypatch.setattr(passes, "gradient", wrong)
    check = gradcli.grad("sum(sigmoid(x))", {"x": np.linspace(-40, 40, 400)}).check
    assert check.verdict == "differs"
    assert any(finding.entry == f"x[{place}]" and finding.verdict == "differs" for finding in check.findings)


def test_the_right_numbers_stand_in_the_place_of_all_that_are_off(large: str) -> None:
    x = np.linspace(-40, 40, 400)
    result = gradcli.grad("sum(sigmoid(x))", {"x": x}, correct=True)
    assert (result.check.verdict, result.exit_code()) == ("rounding", 0)
    true = np.exp(-abs(x)) / (1 + np.exp(-abs(x))) ** 2
    np.testing.assert_allclose(result.to_dict()["certain"]["x"], true, rtol=2e-10, err_msg=large)


def test_a_large_gradient_is_decided_without_the_clock() -> None:
    """Between what balls do in full and what they cannot do: whole arrays settle it, and no entry is left to balls."""
    check = gradcli.grad("sum(sigmoid(x))", {"x": np.linspace(-40, 40, 100_000)}).check
    assert (check.verdict, check.checked, check.certain) == ("rounding", 100_000, 0)


@pytest.mark.parametrize("text", ["sigmoid(x + s)", "tanh(x/2 + s)"])
def test_a_long_column_of_a_sparse_jacobian_is_off_by_rounding(text: str) -> None:
    values = {"x": np.linspace(20, 36, 3_000), "s": np.array([0.9])}
    check = gradcli.jacobian(text, values, wrt="s", sparse=True).check
    assert check.verdict == "rounding", check.notes


@pytest.mark.parametrize("loss", ["soft_margin_loss", "binary_cross_entropy_with_logits"])
def test_a_sparse_derivative_of_a_loss_does_not_overflow(loss: str) -> None:
    values = {"x": np.linspace(-2_000, 2_000, 30), "y": np.where(np.arange(30) % 3, 1.0, 0.5)}
    text = f"{loss}(x, y, reduction='none')"
    assert gradcli.jacobian(text, values, wrt="x", sparse=True).check.verdict == "agrees"
    check = gradcli.hessian(f"sum({text})", values, wrt="x", sparse=True).check
    assert check.verdict in {"agrees", "rounding"}, check.notes


def test_a_second_derivative_of_many_rows_is_off_by_rounding() -> None:
    values = {"x": np.linspace(20, 36, 20_000), "s": 0.9}
    check = gradcli.hessian("sum(sigmoid(x*s))", values, wrt="s", sparse=True).check
    assert check.verdict == "rounding", check.notes


def test_the_sum_of_rows_in_a_file_is_off_by_rounding(tmp_path: Any) -> None:
    values = {"A": 5 * np.full((60, 400), 0.01) * np.linspace(0.9, 1.1, 60)[:, None], "x": np.ones(400)}
    check = gradcli.jacobian("tanh(A@x)", values, wrt="x", output=tmp_path / "J.npy", max_memory="450kB").check
    assert check.verdict == "rounding", check.notes
    assert "as rounding explains" in check.notes[-1]


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("text", "values"), [
    ("gaussian_nll_loss(x, y, v)", {"x": [7.0, 2.0], "y": [3.0, 1.0], "v": [1e-9, 2.0]}),
    ("cosine_similarity(x, y, 0, 5)", {"x": [0.5, 2.0], "y": [3.0, 9.0]}),
])  # fmt: skip
def test_where_a_row_says_that_torch_takes_another_slope_it_is_a_trap(text: str, values: dict[str, Any]) -> None:
    moved = {name: np.linspace(0.5, 1.5, len(v)) for name, v in values.items()}
    assert gradcli.grad(text, values).check.verdict == "trap"
    assert gradcli.hessian(text, values, hvp=moved).check.verdict == "trap"


def test_a_sine_of_a_whole_turn_is_no_difference() -> None:
    """The truth is 0, and torch's transform gives sin(pi) in floats."""
    check = gradcli.jacobian("sine_sums(x)", {"x": np.linspace(-1, 1, 18)}).check
    assert check.verdict == "agrees", check.notes


def test_rows_in_a_file_are_a_trap_where_a_row_says_so(tmp_path: Any) -> None:
    text, values = "gaussian_nll_loss(x, y, v, reduction='none')", {"x": np.ones(30), "y": np.full(30, 3.0)}
    v = np.where(np.arange(30) == 17, 1e-9, 1.0)
    check = gradcli.jacobian(text, {**values, "v": v}, wrt="v", output=tmp_path / "J.npy", max_memory="600kB").check
    assert check.verdict == "trap", check.notes


def test_what_torch_adds_to_a_probability_near_0_is_a_trap() -> None:
    check = gradcli.hessian("binary_cross_entropy(p, y, 'sum')", {"p": [0.3, 1e-6], "y": [0.5, 0.5]}, wrt="p").check
    assert check.verdict == "trap", check.notes


# Small functions, in which torch's second derivatives and losses lose more than a unit of 1.
@pytest.mark.parametrize(("command", "text", "values"), [
    ("hessian", "sum(silu(x))", {"x": [36.9, 33.0]}), ("hessian", "sum(glu(x))", {"x": [30.0, 60.0, 15.0, -30.0]}),
    ("hessian", "soft_margin_loss(x, y)", {"x": [15.0, -30.0], "y": [30.0, -30.0]}),
    ("grad", "cross_entropy(z, 2)", {"z": [30.0, 60.0, 120.0]}),
    ("hessian", "binary_cross_entropy(a**2, a, 'sum')", {"a": [0.2, 0.7]}),
    ("hessian", "lbeta(a, b)", {"a": 1.5e-8, "b": 0.06}),
])  # fmt: skip
def test_a_size_beside_1_and_further_operands_count(command: str, text: str, values: dict[str, Any]) -> None:
    assert getattr(gradcli, command)(text, values).check.verdict == "rounding"


def test_a_running_extreme_of_many_entries_is_no_crash() -> None:
    assert gradcli.grad("sum(cummax(x, 0))", {"x": np.linspace(0, 1, 30_000)}).check.verdict in {"agrees", "unchecked"}
