"""The PyTorch program that reproduces a gradient: it can be pasted into a file and run."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Collection, Sequence
from typing import Any

from gradcli.inputs.request import Options
from gradcli.meaning.program import Program
from gradcli.meaning.source import program_lines
from gradcli.meaning.task import Task
from gradcli.operations.contents import rows_of
from gradcli.operations.table import OPS

MAX_LITERAL = 200


def torch_program(task: Task, options: Options, *, scalar: bool, unused: bool) -> str:
    """Imports, inputs, the function, one call of torch.autograd.grad, and a print of each gradient.

    Large inputs are drawn at random in the program, and a comment says that they stand for the user's own.
    """
    inputs = identifiers(task)
    forward = program_lines(task.program, task.shapes, inputs)
    lines = ["import torch", *_imports(forward.imports), "", f"torch.set_default_dtype(torch.{options.dtype})"]
    if options.device != "cpu":
        lines.append(f'torch.set_default_device("{options.device}")')
    moving = {*task.wrt, *task.program.differentiated}
    lines += [_input(inputs[name], value, name in moving) for name, value in task.values.items()]
    lines += ["", *operator_sources(task.program)] if task.program.differentiated else []
    lines += [*forward.body, f"f = {forward.result}"]
    names = [inputs[name] for name in task.wrt]
    lines += _gradient(names, scalar=scalar, unused=unused)
    return "\n".join(lines) + "\n"


def _imports(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [f"from gradcli.autograd.functions import {', '.join(names)}  # torch lacks them, or their slopes"]


def identifiers(task: Task, taken: Collection[str] = ()) -> dict[str, str]:
    """What the inputs are called in Python, beside the program's own names and those that are ``taken``."""
    own = {*(step.op.name for step in task.program.steps if step.op is not None), *taken}
    return {name: _identifier(name, own) for name in task.values}


def operator_sources(program: Program) -> list[str]:
    """The source of the derivative operators that the program uses, and of those that these use: what gradcli runs."""
    from gradcli.autograd import operators

    sources = {
        op.name: inspect.getsource(getattr(operators, op.name)) for op in rows_of("derivative") if op.differentiates
    }
    wanted = {step.op.name for step in program.steps if step.op is not None and step.body is not None}
    while missing := {n for n in sources if any(re.search(rf"\b{n}\(", sources[w]) for w in wanted)} - wanted:
        wanted |= missing
    chosen = (sources[name].replace("Tensor", "torch.Tensor") for name in sources if name in wanted)
    return [line for source in chosen for line in [*source.splitlines(), ""]]


def _gradient(names: list[str], *, scalar: bool, unused: bool) -> list[str]:
    extra = ("" if scalar else ", grad_outputs=torch.ones_like(f)") + (", allow_unused=True" if unused else "")
    listed = ", ".join(names)
    grads = ", ".join(f"grad_{name}" for name in names)
    return [
        f"{grads}{',' if len(names) == 1 else ''} = torch.autograd.grad(f, [{listed}]{extra})",
        *(f'print("{n}", grad_{n})' for n in names),
    ]


def _input(name: str, value: Any, moves: bool) -> str:  # Any: a float array
    grad = ", requires_grad=True" if moves else ""
    if value.size > MAX_LITERAL:
        return f"{name} = torch.randn({tuple(value.shape)}{grad})  # your own {name} stands here"
    literal = repr(value.tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')
    return f"{name} = torch.tensor({literal}{grad})"


def _identifier(name: str, own: Collection[str]) -> str:
    """The name as Python takes it, and beside the program's own."""
    taken = keyword.iskeyword(name) or name in {"torch", "f", "print"} or name.startswith("grad_") or name in own
    return f"{name}_" if taken or (name in OPS and OPS[name].differentiates) else name
