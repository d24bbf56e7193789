"""The ways on from a non-scalar output, each computed by the same code as the commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.commands.derivatives import grad, jacobian
from gradcli.commands.results import json_value
from gradcli.inputs.sources import Source
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import Shape, size

if TYPE_CHECKING:
    from gradcli.commands.results import Result

MAX_ENTRIES = 10_000  # of a Jacobian that is shown whole
MAX_VECTOR = 8  # entries of a vector that is written out
CALL = "torch.autograd.grad"


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a non-scalar output: what it means, the option, the PyTorch line, and its result."""

    name: str
    option: str
    torch: str
    result: Mapping[str, Any]  # Any: floats or arrays by variable

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"name": self.name, "option": self.option, "torch": self.torch, "result": json_value(self.result)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A way that has not been gone yet."""

    name: str
    option: str
    torch: str
    compute: Callable[[], Result]


def ways_on(expression: Source, task: Task, request: Mapping[str, Any]) -> tuple[Way, ...]:  # Any: options of grad
    """Each way on; one that fails is left out."""
    found = []
    for plan in _plans(expression, task, request):
        try:
            found.append(Way(plan.name, plan.option, plan.torch, plan.compute().derivative or {}))
        except GradcliError:
            continue
    return tuple(found)


def _plans(expression: Source, task: Task, request: Mapping[str, Any]) -> Iterator[_Plan]:  # Any: as above
    inputs = f"[{', '.join(task.wrt)}]" if len(task.wrt) > 1 else task.wrt[0]
    more = "" if set(task.wrt) <= set(task.expression.names) else ", allow_unused=True"
    first = ", ".join("0" for _ in task.output)

    def by_grad(name: str, option: str, torch: str, **way: Any) -> _Plan:  # Any: options of grad
        return _Plan(name, option, torch, lambda: grad(expression, task.values, **way, **request))

    def weighted(name: str, v: FloatArray, tensor: str) -> _Plan:
        line = f"{CALL}(f, {inputs}, grad_outputs={tensor}{more})"
        return by_grad(name, f"--grad-outputs {_vector_text(v)}", line, grad_outputs=v)

    yield by_grad("the sum of all entries", "--reduce sum", f"{CALL}(f.sum(), {inputs}{more})", reduce="sum")
    yield by_grad("their mean", "--reduce mean", f"{CALL}(f.mean(), {inputs}{more})", reduce="mean")
    entry = f"{CALL}(f[{first}], {inputs}{more})"
    yield by_grad("one entry", f"--select {first.replace(' ', '')}", entry, select=first)
    yield weighted("v^T J with v of ones: the same as the sum", np.ones(task.output), "torch.ones_like(f)")
    v = np.arange(1.0, size(task.output) + 1).reshape(task.output)
    tensor = f"torch.tensor({v.tolist()})" if v.size <= MAX_VECTOR else "v"
    yield weighted(f"v^T J with your own v, here {_vector_text(v)}", v, tensor)
    if size(task.output) * sum(task.values[name].size for name in task.wrt) <= MAX_ENTRIES:
        loop = _basis_loop(task.output, inputs + more)
        whole = "the whole Jacobian, output axes first"
        yield _Plan(whole, "gradcli jacobian", loop, lambda: jacobian(expression, task.values, **request))
    tape = "what TensorFlow's GradientTape gives, without a word: the sum"
    yield by_grad(tape, "--reduce sum", f"tape.gradient(f, {inputs})", reduce="sum")


def _basis_loop(output: Shape, inputs: str) -> str:
    """The Jacobian by basis vectors, as people write it in PyTorch."""
    if len(output) == 1:
        return f"[torch.autograd.grad(f, {inputs}, grad_outputs=e, retain_graph=True) for e in torch.eye({output[0]})]"
    return f"[torch.autograd.grad(y, {inputs}, retain_graph=True) for y in f.flatten()]"


def _vector_text(vector: FloatArray) -> str:
    """A vector as ``--grad-outputs`` takes it."""
    if vector.size > MAX_VECTOR:
        return "V"
    whole = vector.astype(int).tolist()
    return ",".join(map(str, whole)) if vector.ndim == 1 else str(whole).replace(" ", "")
