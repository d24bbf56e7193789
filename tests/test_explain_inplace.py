"""``explain``'s changes in place: worked out by hand, and held against what the memory section says is saved."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from runner import run
from test_explain import CASES

import gradcli
from gradcli.commands.explain import inplace
from gradcli.commands.explain.inplace import Inplace


def changed(expression: str, values: dict[str, Any], **options: Any) -> Inplace:
    found = gradcli.explain(expression, values, show="inplace", **options).inplace
    assert found is not None
    return found


def table(found: Inplace) -> dict[str, list[str]]:
    return {row.name: [" ".join(filter(None, (o.outcome, o.step))) for o in row.outcomes] for row in found.rows}


W = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_tanh_saves_its_value_and_the_product_its_factors(dtype: str) -> None:
    assert table(changed("sum(tanh(W @ x))", {"W": W, "x": [1.0, 2.0]}, dtype=dtype)) == {
        "W": ["refused", "breaks t1", "wrong"],
        "x": ["refused", "breaks t1", "wrong"],
        "t1": ["fine", "fine", "fine"],
        "t2": ["breaks t2", "breaks t2", "wrong"],
        "t3": ["fine", "fine", "fine"],
    }


def test_a_value_that_a_later_step_saves_may_change_before_that() -> None:
    """sin saves its argument, x*x, as it is then: an earlier change is part of another function, a later one breaks."""
    assert table(changed("sum(sin(x*x))", {"x": [1.0, 2.0]}))["t1"] == ["fine", "breaks t2", "wrong"]


def test_a_view_of_a_leaf_is_refused_and_constants_count() -> None:
    found = table(changed("sum(x.T * y)", {"x": [[1.0, 2.0]], "y": [[3.0], [4.0]]}, wrt="x"))
    assert found["t1"] == ["refused", "refused", "fine"]  # y is no variable: the product has no use for x.T
    assert found["y"] == ["fine", "breaks t2", "wrong"]


def test_the_words_are_those_of_the_running_torch() -> None:
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError) as leaf:
        x += 1
    y = torch.exp(x)
    y += 1
    with pytest.raises(RuntimeError) as version:
        y.sum().backward()
    rows = {row.name: row for row in changed("sum(exp(x))", {"x": [1.0, 1.0]}, dtype="float32").rows}
    assert rows["x"].at_once.said == str(leaf.value)
    assert str(version.value).startswith(rows["t1"].at_once.said)
    assert "version 1; expected version 0" in rows["t1"].at_once.said


@pytest.mark.parametrize("name", CASES)
def test_a_step_complains_where_one_has_saved_the_memory(name: str) -> None:
    """The memory section says who has saved what; backward complains of the same values, and of no other ones."""
    expression, values, wrt = CASES[name]
    found = gradcli.explain(expression, values, wrt=wrt, show="inplace,memory")
    assert found.inplace is not None
    assert found.memory is not None
    savers: dict[str, set[str]] = {}
    for step in found.memory.steps:
        for kept in step.saves:
            savers.setdefault(step.name if kept.of == "out" else kept.of, set()).add(step.name)
    for row in found.inplace.rows:
        if row.later.outcome == "breaks":
            assert row.later.step is not None
        if row.later.outcome == "fine" and row.by_data.outcome == "wrong":
            raise AssertionError(f"{row.name} changed the gradient, and no step complained")
        if row.later.outcome != "refused" and row.name in savers:
            assert row.later.outcome == "breaks"
            assert row.later.step in savers[row.name]


def test_a_change_that_torch_itself_does_not_see_is_found() -> None:
    """kron looks at its factors through views that share no version with them: the gradient is wrong, and no error."""
    A, B = torch.ones(2, 2, requires_grad=True), torch.ones(1, 2, requires_grad=True)
    f = torch.kron(A, B).sum()
    with torch.no_grad():
        B.add_(1)
    (grad,) = torch.autograd.grad(f, A)
    seen = "wrong" if grad.tolist() == [[4.0, 4.0], [4.0, 4.0]] else "breaks t1"
    assert table(changed("sum(kron(A, B))", {"A": [[1.0, 1.0]] * 2, "B": [[1.0, 1.0]]}))["B"][1] == seen


def test_a_derivative_in_the_expression_and_a_function_without_graph() -> None:
    assert table(changed("grad(x**3, x)", {"x": 2.0}))["x"] == ["refused", "breaks t2", "wrong"]
    assert changed("3", {"x": 1.0}).rows == ()
    assert table(changed("2*y", {"x": 1.0, "y": 1.0}, wrt="x")) == {"y": ["fine"] * 3, "t1": ["fine"] * 3}


def test_a_change_that_nobody_sees_and_that_does_no_harm_here_is_said_to_be_luck() -> None:
    """relu saves its value, of whose entries the sign alone counts: adding 1 to the 0 that -1 gave changes it."""
    found = changed("sum(relu(x))", {"x": [5.0, -1.0]})
    assert table(found)["t1"] == ["breaks t1", "breaks t1", "wrong"]
    assert inplace.LUCK not in found.remarks
    found = changed("sum(relu(x))", {"x": [5.0, 6.0]})
    assert table(found)["t1"] == ["breaks t1", "breaks t1", "fine"]
    assert inplace.LUCK in found.remarks


def test_the_number_of_changes_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inplace, "MAX_VALUES", 2)
    found = changed("sin(cos(x))", {"x": 1.0})
    assert [row.name for row in found.rows] == ["x", "t1"]
    assert found.left_out == 1
    assert "1 values were not changed" in found.remarks[-1]
    monkeypatch.setattr(inplace, "MAX_ENTRIES", 1)
    assert changed("sin(cos(x))", {"x": 1.0}).left_out == 3


def test_the_section_shows_x_plus_equals_one() -> None:
    done = run(["explain", "x**2", "x=1", "--show", "inplace"])
    assert done.code == 0
    assert "x.add_(1): RuntimeError: a leaf Variable that requires grad is being used" in done.stdout
    assert "x += 1 is x.add_(1)" in done.stdout
