"""What TensorFlow gives for the same calls: by the rules that its own pages state, with torch's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.commands.results import json_value
from gradcli.operations.shape_rules import size

if TYPE_CHECKING:
    from gradcli.commands.results import Result
    from gradcli.meaning.task import Task

MAX_JACOBIAN = 10_000  # entries of a Jacobian that is computed for its row
GUIDE = "tensorflow.org/guide/autodiff"
ADVANCED = "tensorflow.org/guide/advanced_autodiff"
TAPE = "tf.GradientTape"
NOT_RUN = "TensorFlow is not run here: the numbers are torch's, by the rule on the page that each title names."


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """One call in both: the idea, the page with the rule, and the numbers by variable; none where it has no number."""

    idea: str
    source: str
    torch: str
    tensorflow: str
    result: Mapping[str, Any] | None = None  # Any: floats, arrays or None

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "idea": self.idea,
            "source": self.source,
            "torch": self.torch,
            "tensorflow": self.tensorflow,
            "result": json_value(self.result),
        }


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where the numbers come from: the gradient of the (summed) function, and calls that compute others when needed."""

    gradient: Mapping[str, Any]  # Any: as result above
    weighted: Callable[[np.ndarray[Any, Any]], Result]  # Any: v of the output's shape
    jacobian: Callable[[], Result]
    second: Callable[[], Mapping[str, Any] | None]


def framework_rows(task: Task, numbers: Numbers) -> tuple[FrameworkRow, ...]:
    """The same call in both, call by call, those with numbers first."""
    listed = f"[{', '.join(task.wrt)}]"
    return (*_first_order(task, numbers, listed), *_second_order(numbers, listed), *_without_numbers(listed))


def _first_order(task: Task, numbers: Numbers, listed: str) -> Iterator[FrameworkRow]:
    scalar = size(task.output) == 1
    unused = {name: None for name, part in numbers.gradient.items() if part is None}
    more = ", allow_unused=True" if unused else ""
    call = f"torch.autograd.grad(f, {listed}{'' if scalar else ', torch.ones_like(f)'}{more})"
    if len(unused) == len(numbers.gradient):
        call = "an error: f does not require grad"
    idea = "the gradient of a scalar" if scalar else "a target of several entries is summed, without an error"
    yield FrameworkRow(idea, f"{GUIDE}, {TAPE}.gradient", call, f"tape.gradient(f, {listed})", numbers.gradient)
    graphs = "the same in graphs (tf.function, TensorFlow 1), where eager execution raises an error"
    yield FrameworkRow(graphs, "tf.gradients", call, f"tf.gradients(f, {listed})", numbers.gradient)
    if unused:
        zeros = {name: np.zeros(task.values[name].shape)[()] for name in unused}
        zero = f"tape.gradient(f, {listed}, unconnected_gradients=tf.UnconnectedGradients.ZERO)"
        torch = call.replace("allow_unused", "materialize_grads")
        idea = f"zeros where there is no path to {', '.join(unused)}; else None, where torch asks for allow_unused=True"
        yield FrameworkRow(idea, "tf.UnconnectedGradients", torch, zero, zeros)
    if not scalar:
        yield _weighted(task, numbers, listed, more)
        if size(task.output) * sum(task.values[name].size for name in task.wrt) <= MAX_JACOBIAN:
            torch, tensorflow = "torch.autograd.functional.jacobian(forward, x)", "tape.jacobian(f, x)"
            found = numbers.jacobian().derivative
            yield FrameworkRow("output axes, then input axes", f"{TAPE}.jacobian", torch, tensorflow, found)


def _weighted(task: Task, numbers: Numbers, listed: str, more: str) -> FrameworkRow:
    v = np.arange(1.0, size(task.output) + 1).reshape(task.output)
    return FrameworkRow(
        "v^T J, here v counts 1, 2, ...",
        f"{TAPE}.gradient, grad_ys of tf.gradients",
        f"torch.autograd.grad(f, {listed}, grad_outputs=v{more})",
        f"tape.gradient(f, {listed}, output_gradients=v)",
        numbers.weighted(v).derivative,
    )


def _second_order(numbers: Numbers, listed: str) -> Iterator[FrameworkRow]:
    found = numbers.second()
    used = [name for name, part in numbers.gradient.items() if part is not None]
    if not used:
        return
    nested = f"one tape inside another, then outer.gradient(g, {listed})"
    source = f"{ADVANCED}, {TAPE}"
    if found is None:
        idea = "a gradient that depends on no variable: torch raises an error, TensorFlow returns None"
        nothing = dict.fromkeys(used)
        yield FrameworkRow(idea, source, f"torch.autograd.grad(g[0].sum(), {listed})", nested, nothing)
        return
    idea = "the gradient of the gradient, summed as well: the Hessian times ones"
    torch = f"create_graph=True, then torch.autograd.grad of the sum of g, {listed}"
    yield FrameworkRow(idea, source, torch, nested, found)


def _without_numbers(listed: str) -> Iterator[FrameworkRow]:
    yield FrameworkRow(
        "what is differentiated in", f"{TAPE}.watch", "x.requires_grad_()", "tape.watch(x), or x is a tf.Variable"
    )
    yield FrameworkRow(
        "a graph used twice; the tape lets go after one call, else when it is deleted",
        TAPE,
        f"torch.autograd.grad(f, {listed}, retain_graph=True)",
        "tf.GradientTape(persistent=True), later del tape",
    )
    yield FrameworkRow(
        "TensorFlow has no .grad: nothing adds up, and there is nothing to clear",
        f"{TAPE}.gradient",
        f"torch.autograd.grad(f, {listed}), not backward()",
        f"tape.gradient(f, {listed})",
    )
    yield FrameworkRow(
        "a variable of integers: torch refuses it, TensorFlow warns and returns None",
        f"{GUIDE}, cases where gradient returns None",
        "x.float().requires_grad_()",
        "tf.cast(x, tf.float32)",
    )
