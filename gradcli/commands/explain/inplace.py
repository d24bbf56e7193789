"""What changing each value in place would break: tried out, one value after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradcli.commands.explain.backward import step_names, step_text
from gradcli.meaning.task import Task
from gradcli.operations.shape_rules import size

if TYPE_CHECKING:
    from gradcli.autograd.inplace import Change, Outcome
    from gradcli.autograd.point import Torch
    from gradcli.base.arrays import FloatArray

MAX_VALUES = 24  # of a function that are changed, the first ones
MAX_ENTRIES = 2**24  # of all values of a function, times the values that are changed
KIND = 40  # characters of a message that tell one kind of it from another
DONE = ("{0}.add_(1)", "{0}.add_(1) after the forward pass", "{0}.data.add_(1)")
WHY = {
    "fine": "fine: no step has saved the value, or right after its step none has yet, so that nobody misses it.",
    "breaks": "breaks: that step had saved the value, and its backward pass finds another version of it.",
    "refused": (
        "refused: x += 1 is x.add_(1), which a leaf and its views do not take. x = x + 1 makes a new tensor; "
        "an optimizer writes under torch.no_grad()."
    ),
    "wrong": "wrong: no step sees the change (.data hides it), and the gradient is made of the new value.",
}
LUCK = (
    "fine through .data where the same change else breaks: the step has saved the value and does not see the change; "
    "at this point it leaves the gradient as it is, at another it may not."
)


@dataclass(frozen=True, slots=True)
class InplaceOutcome:
    """``fine``, ``breaks`` (and which step complains), ``refused`` or ``wrong``; torch's words where it said any."""

    outcome: str
    step: str | None
    said: str

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"outcome": self.outcome, "step": self.step, "said": self.said}


@dataclass(frozen=True, slots=True)
class InplaceRow:
    """A value that is changed by ``add_(1)``: right after its step, after the forward pass, and through ``.data``."""

    name: str
    text: str
    at_once: InplaceOutcome
    later: InplaceOutcome
    by_data: InplaceOutcome

    @property
    def outcomes(self) -> tuple[InplaceOutcome, InplaceOutcome, InplaceOutcome]:
        return self.at_once, self.later, self.by_data

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "name": self.name,
            "text": self.text,
            "at_once": self.at_once.to_dict(),
            "later": self.later.to_dict(),
            "by_data": self.by_data.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Inplace:
    """The values that were changed, and how many were not because there is a limit."""

    rows: tuple[InplaceRow, ...]
    left_out: int

    @property
    def sayings(self) -> tuple[tuple[str, str], ...]:
        """Torch's words, each kind once, and what was done before it said them."""
        found: dict[str, tuple[str, str]] = {}
        for row in self.rows:
            for done, outcome in zip(DONE, row.outcomes, strict=True):
                if outcome.said:
                    found.setdefault(outcome.said[:KIND], (done.format(row.name), outcome.said))
        return tuple(found.values())

    @property
    def remarks(self) -> tuple[str, ...]:
        """Why, from what was found."""
        seen = {outcome.outcome for row in self.rows for outcome in row.outcomes}
        said = [sentence for outcome, sentence in WHY.items() if outcome in seen]
        if any((row.later.outcome, row.by_data.outcome) == ("breaks", "fine") for row in self.rows):
            said.append(LUCK)
        if self.left_out:
            limit = f"at most {MAX_VALUES} values, and {MAX_ENTRIES} entries of all runs together"
            said.append(f"{self.left_out} values were not changed: the limit is {limit}.")
        return tuple(said)

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {"rows": [row.to_dict() for row in self.rows], "left_out": self.left_out, "remarks": list(self.remarks)}


def inplace_of(task: Task, torch: Torch, cotangent: FloatArray | None) -> Inplace:
    """The changes that the limits allow, in the order of the program."""
    from gradcli.autograd.inplace import changes

    entries = sum(map(size, task.shapes))
    found, left_out = changes(torch, cotangent, min(MAX_VALUES, MAX_ENTRIES // max(entries, 1)))
    names = step_names(task.program)
    return Inplace(tuple(_row(change, task, names) for change in found), left_out)


def _row(change: Change, task: Task, names: Sequence[str]) -> InplaceRow:
    step = task.program.steps[change.index]
    text = "variable" if step.op is None else step_text(step, names)

    def said(outcome: Outcome) -> InplaceOutcome:
        return InplaceOutcome(str(outcome.effect), None if outcome.step is None else names[outcome.step], outcome.said)

    return InplaceRow(names[change.index], text, said(change.at_once), said(change.later), said(change.by_data))
