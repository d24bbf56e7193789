"""Short sessions with the user's own function: lines as they are typed, what they printed, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcli.commands.explain.torch_program import identifiers
from gradcli.meaning.source import program_lines
from gradcli.meaning.task import Task

if TYPE_CHECKING:
    from gradcli.autograd.console import Call

TAKEN = ("forward", "g", "part", "sum", "total")  # names of a session's own


@dataclass(frozen=True, slots=True)
class Session:
    """Lines that were run one after another, under a title, and a remark on what came out."""

    title: str
    calls: tuple[Call, ...]
    remark: str

    @property
    def text(self) -> str:
        """As Python's prompt shows it."""
        lines = [line for call in self.calls for line in (f">>> {call.code}", call.printed)]
        return "\n".join(line for line in lines if line)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        calls = [{"code": call.code, "printed": call.printed} for call in self.calls]
        return {"title": self.title, "calls": calls, "remark": self.remark}


def used_names(task: Task, unused: tuple[str, ...]) -> dict[str, str]:
    """What the variables with an influence are called in a session."""
    names = identifiers(task, TAKEN)
    return {name: names[name] for name in task.wrt if name not in unused}


def forward_source(task: Task, names: Mapping[str, str]) -> str:
    """The function of these variables as Python: ``def forward(x): ...``; all other inputs stand around it."""
    forward = program_lines(task.program, task.shapes, identifiers(task, TAKEN))
    head = f"def forward({', '.join(names.values())}):"
    lines = [head, *(f"    {line}" for line in forward.body), f"    return {forward.result}"]
    return "\n".join(lines)
