"""The example of each row runs, agrees, and has the predicted shapes."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import programs
import pytest
import torch
from rows.calls import TOLERANCE, by_name, example_task, tensors_of, torch_steps

import gradcli
from gradcli.operations import table
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, rows


@by_name(rows())
def test_example_runs_and_agrees(op: Op) -> None:
    """Where torch itself is less accurate than the tolerance, as the row declares, `rounding` to that accuracy is true."""
    result = gradcli.grad(*op.example_parts)
    assert result.finite
    assert np.ndim(result.value) == 0
    if op.accuracy > TOLERANCE and result.check.verdict == "rounding":
        assert result.check.digits >= -math.log10(op.accuracy)
    else:
        assert result.check.verdict == ("convention" if op.literal else "agrees"), result.check
    assert result.check.checked == result.check.total > 0
    assert result.exit_code() == 0


@pytest.mark.generated(share=1 / 8)
@by_name(rows())
def test_the_program_of_the_explained_example_gives_its_gradient(op: Op) -> None:
    """Printing shows four decimals."""
    explained = gradcli.explain(*op.example_parts)
    printed = re.findall(r"^\w+ tensor\((.*?)\)$", programs.printed(explained.program).replace("\n ", " "), re.M | re.S)
    used = [name for name in explained.wrt if name not in explained.unused]
    for text, name in zip(printed, used, strict=True):
        numbers = [float(number) for number in re.findall(r"-?\d+\.\d*(?:e[-+]\d+)?", text)]
        assert np.allclose(numbers, np.ravel((explained.gradient or {})[name]), rtol=1e-3, atol=1e-4)


@pytest.mark.generated(share=1 / 8)
@by_name(rows())
def test_the_example_as_torch_code_is_right_or_refused(op: Op) -> None:
    """The code tests itself against enclosures; what torch lacks is refused with a reason."""
    code, why = torch_code(op)
    assert re.search(r"torch has no|has no derivative in|has no closed form", why) or "agree" in programs.printed(code)


def torch_code(op: Op) -> tuple[str, str]:
    """The code of the example's function, or why there is none."""
    text, task = op.example_parts[0], example_task(op)
    shapes = {name: value.shape for name, value in task.values.items()}
    try:
        return gradcli.grad(text, shape=shapes, wrt=task.wrt[:1], code="torch").code or "", ""
    except gradcli.LimitError as refused:
        return "", refused.message


def assert_shapes(op: Op) -> None:
    task = example_task(op)
    steps = torch_steps(task.program, tensors_of(dict(task.values)))
    assert [tuple(getattr(value, "shape", ())) for value in steps] == list(task.shapes)


@by_name(rows())
def test_shape_rule_predicts_torch(op: Op) -> None:
    assert op.random or any(step.op is op for step in example_task(op).program.steps), "the example shows another row"
    assert_shapes(op)


def test_a_wrong_shape_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.OPS.loaded, "sum", replace(OPS["sum"], shape=lambda *_: (1,)))
    with pytest.raises(AssertionError):
        assert_shapes(OPS["sum"])


@pytest.mark.filterwarnings("error")
def test_a_vector_is_its_own_transpose_without_a_warning() -> None:
    """torch deprecates .T off matrices, and says so on the user's stderr."""
    torch.set_warn_always(True)
    try:
        assert gradcli.grad("x.T @ x", {"x": [1.0, 2.0]}).derivative["x"].tolist() == [2.0, 4.0]
    finally:
        torch.set_warn_always(False)


@pytest.mark.generated(share=1 / 5, kind=lambda op, dtype: (op.group, dtype))
@by_name(rows())
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_example_in_lower_precision(op: Op, dtype: str) -> None:
    try:
        result = gradcli.grad(*op.example_parts, dtype=dtype)
    except (RuntimeError, gradcli.GradcliError) as error:
        if not re.search("Half|BFloat16", str(error)):
            raise
        pytest.skip(f"torch: {error}")
    assert result.check.verdict != "differs", result.check
    assert result.finite
    assert result.check.checked == result.check.total


@pytest.mark.generated(share=1 / 4, kind=lambda op: op.group)
@by_name(rows())
def test_second_derivatives_of_the_example(op: Op) -> None:
    text, bindings = op.example_parts
    result = gradcli.hessian(f"sum({text})", bindings, check_time=20)
    assert result.check.verdict in {"agrees", "rounding"}, result.check
    assert result.check.checked == result.check.total
