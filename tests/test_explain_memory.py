"""``explain``'s memory: bytes worked out by hand, the graph's own attributes as a second route, and what is not asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from runner import run
from test_explain import CASES

import gradcli
from gradcli.commands.explain.memory import Memory
from gradcli.report.writing import document_of, rendered
from gradcli.verdicts.crosscheck import crosscheck

W = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]


def memory(expression: str, values: dict[str, Any], **options: Any) -> Memory:
    found = gradcli.explain(expression, values, show="memory", **options).memory
    assert found is not None
    return found


def held(found: Memory) -> list[tuple[int, int | None, int | None]]:
    return [(moment.bytes, moment.without_output, moment.without_gradients) for moment in found.moments]


@pytest.mark.parametrize(("dtype", "size"), [("float64", 8), ("float32", 4), ("bfloat16", 2), ("float16", 2)])
def test_tanh_of_a_product_by_hand(dtype: str, size: int) -> None:
    """tanh saves its three outputs. Its backward pass saves g, one number that sum has spread, and g*(1 - out**2)."""
    found = memory("sum(tanh(W @ x))", {"W": W, "x": [1.0, 2.0]}, dtype=dtype)
    product, tanh, total = found.steps
    assert [(kept.of, kept.bytes, kept.counted) for kept in product.saves] == [
        ("W", 6 * size, False),
        ("x", 2 * size, False),
    ]
    assert [(kept.of, kept.shape, kept.bytes, kept.counted) for kept in tanh.saves] == [("out", (3,), 3 * size, True)]
    assert total.saves == total.backward == ()
    assert [row.bytes for row in found.steps] == [0, 3 * size, 0]
    assert [row.backward_bytes for row in found.steps] == [3 * size, size, 0]
    assert (found.inputs, found.input_bytes, found.gradient_bytes) == (("W", "x"), 8 * size, 8 * size)
    three, seven = 3 * size, 7 * size
    assert held(found) == [(three, None, None), (0, None, None), (three, 0, None), (seven, seven, 0)]


def test_why_memory_doubles_is_said_with_its_numbers() -> None:
    text = " ".join(str(run(["explain", "sum(tanh(W@x))", f"W={W}", "x=1,2"]).stdout).split())
    assert "W and x are saved by reference: the 64 bytes are theirs, and are not counted." in text
    assert "retain_graph=True keeps the 24 bytes." in text
    assert "32 bytes more, 56 in all, 2.33 times what the forward pass saves." in text


@pytest.mark.parametrize(
    ("expression", "values", "saved", "freed", "created"),
    [
        ("x*y", {"x": 1.0, "y": 2.0}, 0, 0, 8),  # the factors are inputs; y*g and x*g save g
        ("2*x", {"x": 1.0}, 0, 0, 0),  # nothing is needed
        ("exp(sin(x))*x", {"x": 2.0}, 8, 0, 40),  # exp's value; then g, g*x, g*x*exp(sin(x)), cos(x)
        ("grad(x**3, x)", {"x": 2.0}, 8, 0, 16),  # g*(3*x**2) saves the inner pass's g, then the outer one's
        (
            "sum(x[1:]**2)",
            {"x": [1.0, 2.0, 3.0]},
            0,
            0,
            8,
        ),  # of a view of x; g*(2*x[1:]) saves g, one number that sum has spread
        ("sum(exp(x))", {"x": np.zeros(2**20)}, 2**23, 0, 2**23 + 8),  # out, which the backward pass saves again
    ],
)
def test_bytes_by_hand(expression: str, values: dict[str, Any], saved: int, freed: int, created: int) -> None:
    found = memory(expression, values)
    assert [moment.bytes for moment in found.moments] == [saved, freed, saved, created]


def saved_by_attributes(output: torch.Tensor, inputs: list[torch.Tensor]) -> int:
    """The bytes that a graph's nodes show as ``_saved_...``, each storage once, without the inputs': the other route."""
    found: dict[int, int] = {}
    seen, waiting = set(), [output.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        parts = [getattr(node, name) for name in dir(node) if name.startswith("_saved_")]
        tensors = [part for part in parts if isinstance(part, torch.Tensor)]
        found |= {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in tensors}
        waiting += [behind for behind, _ in node.next_functions]
    apart = {t.untyped_storage().data_ptr() for t in inputs}
    return sum(size for pointer, size in found.items() if pointer not in apart)


FUNCTIONS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "softmax": (lambda x: torch.log_softmax(x, -1).sum(), "sum(log_softmax(x))"),
    "norms": (lambda x: torch.sqrt((x * x).sum()) / x.sum(), "sqrt(sum(x*x))/sum(x)"),
    "chain": (lambda x: torch.exp(torch.sigmoid(torch.sin(x))).prod(), "prod(exp(sigmoid(sin(x))))"),
    "views": (lambda x: (x.reshape(2, 2) @ x.reshape(2, 2).T).logsumexp(-1).sum(), "sum(logsumexp(reshape(x, 2, 2) @ reshape(x, 2, 2).T, dim=-1))"),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_nodes_show_as_many_bytes(name: str) -> None:
    function, expression = FUNCTIONS[name]
    numbers = [0.5, 1.0, 1.5, 2.0]
    x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    found = memory(expression, {"x": numbers})
    assert found.moments[0].bytes == saved_by_attributes(function(x), [x]) > 0


MORE: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "a graph on the way that goes": ("diff(sin(x)*exp(-t), x, x)", {"t": 0.5, "x": 0.3}, None),
    "several derivatives": ("laplacian(x**2*y + y**3, x, y)", {"x": 1.0, "y": 2.0}, None),
    "of one variable alone": ("x*sin(y)*exp(z)", {"x": 1.0, "y": 2.0, "z": 3.0}, "y"),
    "a function of our own": ("gamma(x) + digamma(x)", {"x": 1.5}, None),
}


@pytest.mark.parametrize("name", CASES | MORE)
def test_the_steps_add_up_to_the_moments(name: str) -> None:
    expression, values, wrt = (CASES | MORE)[name]
    found = memory(expression, values, wrt=wrt)
    forward, freed, retained, created = found.moments
    assert sum(row.bytes for row in found.steps) == forward.bytes == retained.bytes
    assert sum(row.backward_bytes for row in found.steps) == created.bytes - forward.bytes
    assert freed.bytes == retained.without_output == created.without_gradients == 0
    assert (created.without_output or 0) <= created.bytes


@pytest.mark.parametrize(("expression", "said"), [
    ("x + y", "the graph can be used again without retain_graph=True"),
    ("2*x + y", "a second call fails without retain_graph=True too"),  # the hooks do not see a number
    ("x*y", "retain_graph=True keeps the references"),
])  # fmt: skip
def test_whether_a_graph_can_be_used_again_is_tried(expression: str, said: str) -> None:
    x, y = (torch.tensor(1.0, requires_grad=True) for _ in range(2))
    f = {"x + y": x + y, "2*x + y": 2 * x + y, "x*y": x * y}[expression]
    f.backward()
    if "again" in said:
        f.backward()
    else:
        with pytest.raises(RuntimeError, match="second time"):
            f.backward()
    assert any(said in remark for remark in memory(expression, {"x": 1.0, "y": 1.0}).remarks)


def test_what_has_no_graph_saves_nothing() -> None:
    found = memory("3 + y", {"x": 1.0, "y": 2.0}, wrt="x")
    assert found.steps == found.moments == ()
    assert found.remarks == ("No operation has a graph, because none depends on a variable: autograd saves nothing.",)
    bare = memory("x", {"x": 1.0})
    assert bare.steps == bare.moments == ()
    assert bare.remarks == ("There is no operation, so there is no graph: autograd saves nothing.",)


# -- which sections


def test_sections_come_in_their_own_order_whatever_is_asked_first() -> None:
    found = gradcli.explain("x**2", {"x": 1.0}, show=["tape,shapes", "verdict"])
    assert found.show == ("shapes", "tape", "verdict")
    text = str(rendered(document_of(found), "text"))
    headings = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert headings == ["Read as", "Shapes", "Backward tape", "Verdict"]


def test_json_has_what_is_shown_and_no_more() -> None:
    every = {"error", "ways", "tape", "shapes", "memory", "unused", "hazards", "program"}
    assert every <= set(gradcli.explain("x**2", {"x": 1.0}).to_dict())
    assert every & set(gradcli.explain("x**2", {"x": 1.0}, show="memory").to_dict()) == {"memory"}


def test_what_is_not_shown_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed")

    home = "gradcli.commands.explain.explanation"
    for name in ("ways_on", "tape_rows", "memory_of", "hazard_rows", "torch_program", "_shape_rows"):
        monkeypatch.setattr(f"{home}.{name}", refuse)
    assert gradcli.explain("x**2", {"x": [1.0, 2.0]}, show="verdict").check.verdict == "agrees"
    for name in ("shapes", "ways", "tape", "memory", "hazards", "program"):
        with pytest.raises(AssertionError, match="computed"):
            gradcli.explain("x**2", {"x": [1.0, 2.0]}, show=name)


def test_no_derivative_leaves_without_a_verdict() -> None:
    """A section with numbers has the verdict on stderr, as ``grad`` has; without numbers there is none to give."""
    trap = ["explain", "where(x > 0, sqrt(x), 0)", "x=0", "--show"]
    tape, bytes_alone = run([*trap, "tape"]), run([*trap, "memory", "--strict"])
    assert tape.code != 0
    assert tape.stderr.startswith("check: ")
    assert (bytes_alone.code, bytes_alone.stderr) == (0, "")
    assert gradcli.explain("x**2", {"x": 1.0}, show="memory").derivative is None


def test_where_no_derivative_is_shown_none_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[str] = []

    def noted(*arguments: Any) -> Any:
        modes.append(arguments[-1].mode)
        return crosscheck(*arguments)

    monkeypatch.setattr("gradcli.commands.computation.crosscheck", noted)
    found = gradcli.explain("x**2", {"x": 1.0, "z": 1.0}, show="shapes,memory,inplace,unused,program")
    assert (found.unused, str(found.check.verdict)) == (("z",), "unchecked")
    gradcli.explain("x**2", {"x": 1.0}, show="tape")
    assert modes == ["off", "full"]


@pytest.mark.parametrize(("show", "hint"), [("memroy", "did you mean memory?"), ("all of it", "shapes, ways"), ("", "shapes, ways")])  # fmt: skip
def test_an_unknown_section_is_an_error(show: str, hint: str) -> None:
    with pytest.raises(gradcli.GradcliError, match="section") as raised:
        gradcli.explain("x**2", {"x": 1.0}, show=show)
    assert raised.value.code == 2
    assert hint in str(raised.value.hint)


@pytest.mark.parametrize(("argv", "said"), [
    (["x**2", "--show", "memory"], "needs a point"),
    (["x**2", "x=1", "--show", "ways"], "the output has one entry"),
    (["x**2", "x=1", "--show", "hazards"], "no kink"),
    (["3", "x=1", "--show", "tape"], "no step has a graph"),
    (["x", "x=1", "--show", "unused"], "depends on all variables"),
])  # fmt: skip
def test_a_section_that_has_nothing_says_why(argv: list[str], said: str) -> None:
    done = run(["explain", *argv])
    assert (done.code, done.stderr) == (0, "")
    assert said in done.stdout
