"""Frequent mistakes, made on purpose with the user's own function: torch's words, and the line that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcli.commands.explain.session import Session, forward_source, used_names
from gradcli.meaning.task import Task

if TYPE_CHECKING:
    from gradcli.autograd.console import Console
    from gradcli.autograd.point import Torch
    from gradcli.base.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Pitfalls:
    """The function as the sessions call it, and the sessions."""

    forward: str
    sessions: tuple[Session, ...]

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"forward": self.forward, "sessions": [session.to_dict() for session in self.sessions]}


def pitfalls_of(task: Task, torch: Torch, cotangent: FloatArray | None, unused: tuple[str, ...]) -> Pitfalls | None:
    """None where the output depends on no variable."""
    from gradcli.autograd.console import Console

    names = used_names(task, unused)
    if not names:
        return None
    console = Console(torch, names, cotangent)
    sessions = (_forgotten(console), _not_recorded(console), _misshapen(console, task), _in_place(console))
    return Pitfalls(forward_source(task, names), sessions)


def _forgotten(console: Console) -> Session:
    console.forward(detached=True)
    console.backward()
    console.forward()
    console.backward()
    console.show_grad()
    console.clear()
    remark = (
        "torch.tensor(...) does not require grad: write requires_grad=True, or x.requires_grad_() before the function "
        "is called. detach(), .data, numpy and item() lose it on the way."
    )
    return Session("requires_grad is forgotten", console.taken(), remark)


def _not_recorded(console: Console) -> Session:
    console.forward()
    console.grad()
    console.grad_again()
    console.forward()
    console.grad(create_graph=True)
    console.grad_again()
    failed = bool(console.calls[-1].printed)
    if not failed:
        console.show_parts()
    remark = (
        "Even with create_graph=True there is no second derivative here: the first one depends on no variable."
        if failed
        else "A gradient is a plain tensor unless create_graph=True records how it was made. The last line is the "
        "Hessian times ones; the command hessian gives all of it."
    )
    return Session("create_graph is left out", console.taken(), remark)


def _misshapen(console: Console, task: Task) -> Session:
    first = task.values[next(iter(console.names))].shape
    console.forward()
    console.grad_outputs(first if first != task.output else (*task.output, 1))
    console.grad()
    console.show_parts()
    remark = "v in v^T J has the shape of the output, not of the variable: torch.ones_like(f)."
    return Session("grad_outputs has another shape", console.taken(), remark)


def _in_place(console: Console) -> Session:
    console.add_in_place()
    remark = (
        "A leaf that requires grad is not changed in place: x = x + 1 makes a new tensor, and torch.no_grad() allows "
        "an update like an optimizer's. The section inplace tries every value."
    )
    return Session("x += 1 on a leaf", console.taken(), remark)
