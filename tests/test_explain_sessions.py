"""``explain``'s sessions: what they show is what Python prints, and the bytes are what the steps add up to."""

from __future__ import annotations

import doctest
import io
import re
from typing import Any

import numpy as np
import pytest
import torch
from runner import run
from test_explain import CASES

import gradcli
from gradcli.commands.explain.explanation import Explanation

MORE: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "linear": ("2*x", {"x": 1.0}, None),
    "nothing saved": ("x + y", {"x": 1.0, "y": 2.0}, None),
    "large": ("sum(tanh(x))", {"x": np.linspace(0, 1, 1000)}, None),
    "derivative inside": ("grad(x**3, x)", {"x": 2.0}, None),
    "names of the session": ("g*f*forward*total", {"g": 2.0, "f": 3.0, "forward": 4.0, "total": 5.0}, None),
    "one of two": ("x**2*y", {"x": [1.0, 2.0], "y": 3.0, "z": 1.0}, "x,z"),
}  # fmt: skip
ALL = CASES | MORE


def explained(name: str, show: str = "lifetime,pitfalls,program") -> Explanation:
    expression, values, wrt = ALL[name]
    return gradcli.explain(expression, values, wrt=wrt, show=show)


def names_of(found: Explanation, values: dict[str, Any]) -> dict[str, Any]:
    """The program's inputs, the variables' own values, and the function that the sessions call."""
    assert found.lifetime is not None
    names: dict[str, Any] = {}
    exec(found.program.partition("\nf = ")[0], names)  # noqa: S102 - a program of ours
    used = [name for name in found.wrt if name not in found.unused]
    arguments = found.lifetime.forward.partition("(")[2].partition(")")[0].split(", ")
    names |= {
        python: torch.tensor(values[name], requires_grad=True) for python, name in zip(arguments, used, strict=True)
    }
    exec(found.lifetime.forward, names)  # noqa: S102
    return names


@pytest.mark.parametrize("name", ALL)
def test_the_sessions_print_what_python_prints(name: str) -> None:
    """Each is a doctest of its own: the lines are typed into a Python that has the program's inputs."""
    before = torch.get_default_dtype()
    try:
        found = explained(name)
        for section in (found.lifetime, found.pitfalls):
            assert section is not None
            names = names_of(found, ALL[name][1])
            for session in section.sessions:
                check(session.text, names)
    finally:
        torch.set_default_dtype(before)


def check(session: str, names: dict[str, Any]) -> None:
    lines = session.replace("\nRuntimeError:", "\nTraceback (most recent call last):\nRuntimeError:")
    parsed = doctest.DocTestParser().get_doctest(f"{lines}\n", names, "session", None, 0)
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(parsed, out=said.write, clear_globs=False)
    names |= parsed.globs
    assert runner.failures == 0, said.getvalue()


def test_a_wrong_line_is_noticed() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        check(">>> 1 + 1\n3", {})


def test_the_gradient_is_there_once_and_then_twice() -> None:
    lifetime = gradcli.explain("x**2", {"x": [1.0, 2.0]}, show="lifetime").lifetime
    assert lifetime is not None
    adds, returns, twice = lifetime.sessions
    assert [call.printed for call in adds.calls if call.code == "x.grad"] == ["tensor([2., 4.])", "tensor([4., 8.])"]
    assert [call.printed for call in returns.calls[-2:]] == ["(tensor([2., 4.]),)", "True"]
    assert "a second time" in twice.calls[2].printed
    assert [call.printed for call in twice.calls[3:]] == [""] * 3


def test_a_graph_without_saved_values_is_used_twice() -> None:
    lifetime = explained("nothing saved").lifetime
    assert lifetime is not None
    assert lifetime.sessions[2].calls[2].printed == ""
    assert "can be used again" in lifetime.sessions[2].remark


def test_what_keeps_a_graph_alive() -> None:
    """Three graphs of 24 bytes where outputs are added up; 56 bytes as in the memory section, until .grad goes."""
    values = {"W": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], "x": [1.0, 2.0]}
    lifetime = gradcli.explain("sum(tanh(W @ x))", values, show="lifetime").lifetime
    assert lifetime is not None
    assert [kept.bytes for kept in lifetime.kept] == [72, 0, 56, 0]


@pytest.mark.parametrize(("title", "said"), [
    ("requires_grad", "element 0 of tensors does not require grad"),
    ("create_graph", "element 0 of tensors does not require grad"),
    ("grad_outputs", "Mismatch in shape"),
    ("x += 1", "a leaf Variable that requires grad is being used in an in-place operation"),
])  # fmt: skip
@pytest.mark.parametrize("values", [{"x": 2.0}, {"x": [1.0, 2.0]}, {"x": [[1.0, 2.0], [3.0, 4.0]]}])
def test_each_pitfall_is_provoked_and_mended(title: str, said: str, values: dict[str, Any]) -> None:
    pitfalls = gradcli.explain("x**3", values, show="pitfalls").pitfalls
    assert pitfalls is not None
    (session,) = (session for session in pitfalls.sessions if session.title.startswith(title))
    failed = [call for call in session.calls if call.printed.startswith("RuntimeError")]
    assert len(failed) == 1
    assert said in failed[0].printed
    assert title == "x += 1" or "tensor(" in "".join(call.printed for call in session.calls)


def test_no_second_derivative_of_a_linear_function() -> None:
    pitfalls = explained("linear").pitfalls
    assert pitfalls is not None
    assert "there is no second derivative here" in pitfalls.sessions[1].remark


# -- TensorFlow: the numbers are those that TensorFlow 2.21 has printed for these calls


def frameworks(expression: str, values: dict[str, Any]) -> dict[str, Any]:
    """The result of each row by its TensorFlow call, arrays as lists."""
    rows = gradcli.explain(expression, values, show="frameworks").frameworks
    return {
        row.tensorflow: {k: None if v is None else np.asarray(v).tolist() for k, v in row.result.items()}
        for row in rows
        if row.result is not None
    }


def test_what_tensorflow_gives() -> None:
    assert frameworks("x**2*y", {"x": [1.0, 2.0], "y": 3.0, "z": 1.0}) == {
        "tape.gradient(f, [x, y, z])": {"x": [6.0, 12.0], "y": 5.0, "z": None},
        "tf.gradients(f, [x, y, z])": {"x": [6.0, 12.0], "y": 5.0, "z": None},
        "tape.gradient(f, [x, y, z], unconnected_gradients=tf.UnconnectedGradients.ZERO)": {"z": 0.0},
        "tape.gradient(f, [x, y, z], output_gradients=v)": {"x": [6.0, 24.0], "y": 9.0, "z": None},
        "tape.jacobian(f, x)": {"x": [[6.0, 0.0], [0.0, 12.0]], "y": [1.0, 4.0], "z": None},
        "one tape inside another, then outer.gradient(g, [x, y, z])": {"x": [8.0, 10.0], "y": 6.0},
    }


def test_where_torch_raises_tensorflow_returns_none() -> None:
    assert frameworks("2*x", {"x": 1.0})["one tape inside another, then outer.gradient(g, [x])"] == {"x": None}
    assert frameworks("3", {"x": 1.0})["tape.gradient(f, [x])"] == {"x": None}
    shown = run(["explain", "3", "x=1", "--show", "frameworks"]).stdout
    assert "torch: an error: f does not require grad" in shown
    assert "x: None" in shown


def test_every_row_names_the_page_with_its_rule() -> None:
    rows = gradcli.explain("x**2", {"x": [1.0, 2.0]}, show="frameworks").frameworks
    assert all(re.search(r"\btf\.\w+|tensorflow\.org/guide/\w+", row.source) for row in rows)


def test_half_types_and_constants() -> None:
    half = gradcli.explain("x**2", {"x": 1.5}, show="lifetime", dtype="float16").lifetime
    assert half is not None
    assert half.sessions[0].calls[2].printed == "tensor(3.)"
    done = run(["explain", "3", "x=1", "--show", "lifetime,pitfalls"])
    assert done.code == 0
    assert done.stdout.count("it has no graph") == 2
