"""The PyTorch program that reproduces a gradient: it can be pasted into a file and run."""

from __future__ import annotations

import keyword
from typing import Any

from gradcli.derivatives import Common
from gradcli.meaning.source import program_lines
from gradcli.task import Task

MAX_LITERAL = 200


def torch_program(task: Task, options: Common, *, scalar: bool, unused: bool) -> str:
    """Imports, inputs, the function, one call of torch.autograd.grad, and a print of each gradient.

    Large inputs are drawn at random in the program, and a comment says that they stand for the user's own.
    """
    inputs = {name: _identifier(name) for name in task.values}
    lines = ["import torch", "", f"torch.set_default_dtype(torch.{options.dtype})"]
    if options.device != "cpu":
        lines.append(f'torch.set_default_device("{options.device}")')
    lines += [_input(inputs[name], value, name in task.wrt) for name, value in task.values.items()]
    body, result = program_lines(task.program, task.shapes, inputs)
    lines += [*body, f"f = {result}"]
    names = [inputs[name] for name in task.wrt]
    lines += _gradient(names, scalar=scalar, unused=unused)
    return "\n".join(lines) + "\n"


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


def _identifier(name: str) -> str:
    """The name as Python takes it, and beside the program's own."""
    return (
        f"{name}_" if keyword.iskeyword(name) or name in {"torch", "f", "print"} or name.startswith("grad_") else name
    )
