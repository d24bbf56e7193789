"""How long a graph lives: ``backward`` against ``autograd.grad``, a graph used twice, and what keeps one alive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcli.commands.explain.session import Session, forward_source, used_names
from gradcli.meaning.task import Task

if TYPE_CHECKING:
    from gradcli.autograd.console import Console, Kept
    from gradcli.autograd.point import Torch
    from gradcli.base.arrays import FloatArray

SUMMED = 3  # forward passes whose outputs are added up


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The function as the sessions call it, the sessions, and what holds how many bytes."""

    forward: str
    sessions: tuple[Session, ...]
    kept: tuple[Kept, ...]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "forward": self.forward,
            "sessions": [session.to_dict() for session in self.sessions],
            "kept": [{"code": kept.code, "bytes": kept.bytes} for kept in self.kept],
            "remarks": list(self.remarks),
        }


def lifetime_of(task: Task, torch: Torch, cotangent: FloatArray | None, unused: tuple[str, ...]) -> Lifetime | None:
    """None where the output depends on no variable: it has no graph."""
    from gradcli.autograd.console import Console

    names = used_names(task, unused)
    if not names:
        return None
    console = Console(torch, names, cotangent)
    sessions = (_accumulated(console), _returned(console), _used_twice(console))
    console.clear()
    kept = (
        console.summed(SUMMED, detached=False),
        console.summed(SUMMED, detached=True),
        *console.cycle(),
    )
    return Lifetime(forward_source(task, names), sessions, kept, _remarks(kept))


def _accumulated(console: Console) -> Session:
    for _ in range(2):
        console.forward()
        console.backward()
        console.show_grad()
    remark = (
        "backward adds to .grad of the leaves, the tensors that you made with requires_grad=True, and of no other: the "
        "second pass gives twice the gradient. zero_grad(), or .grad = None, goes before each pass."
    )
    return Session("backward adds up", console.taken(), remark)


def _returned(console: Console) -> Session:
    console.clear()
    console.forward()
    console.grad()
    console.show_parts()
    console.show_grad()
    remark = (
        "autograd.grad returns the gradients and leaves .grad as it was: after it there is nothing to read in .grad."
    )
    return Session("autograd.grad returns", console.taken(), remark)


def _used_twice(console: Console) -> Session:
    console.forward()
    console.backward()
    console.backward()
    failed = bool(console.calls[-1].printed)
    console.forward()
    console.backward(retain_graph=True)
    console.backward()
    remark = (
        "A pass gives up what the steps have saved. Run the function again for new numbers, or say "
        "retain_graph=True in every pass but the last."
        if failed
        else "The steps of this function save nothing, so that its graph can be used again; most functions' cannot."
    )
    return Session("a graph is used once", console.taken(), remark)


def _remarks(kept: tuple[Kept, ...]) -> tuple[str, ...]:
    """What the bytes say."""
    added, detached, cycle, _ = (part.bytes for part in kept)
    found = []
    if added > detached:
        found.append("Losses that are added up as tensors keep every graph; .detach() or .item() lets each go.")
    if cycle:
        found.append("backward(create_graph=True) stores gradients that hold the graph: it lives until .grad goes.")
    return tuple(found)
