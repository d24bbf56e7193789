"""A derivative that is wanted as a formula: of which function, of what kind, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

from gradcli.base.errors import UsageError
from gradcli.base.wording import option
from gradcli.closed.arrangement import PLAIN, Arrangement
from gradcli.inputs.arranging import arrangement_of
from gradcli.inputs.assumptions import Assumptions, premises_of, symmetric_of
from gradcli.inputs.request import CheckMode
from gradcli.inputs.symbolic import Asked

Label = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manner:
    """How formulas are made, written and checked, by the options' names."""

    order: int = 1
    entries: bool = False
    assume: Assumptions = None
    code: str | None = None
    layout: str | None = None
    vec: bool = False
    symmetric: str | None = None
    check: CheckMode = "full"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A function's derivative as formulas; command: grad, jacobian or hessian."""

    command: str
    asked: Asked
    manner: Manner = Manner()
    arrangement: Arrangement = PLAIN

    @classmethod
    def of(cls, command: str, asked: Asked, manner: Manner) -> Wanted:
        """Errors: ExpressionError for a gradient of no scalar, UsageError for options that contradict each other."""
        _refuse_contradictions(asked, manner)
        asked = replace(asked, premises=premises_of(manner.assume, asked))
        asked.refuse_nonscalar(command, asked.steps()[-1])
        symmetric = [name for name in symmetric_of(asked.premises) if name in asked.names]
        shapes = {name: asked.shapes[name] for name in asked.names}
        chosen = arrangement_of(manner.layout, manner.vec, manner.symmetric, symmetric, shapes)
        return cls(command, asked, manner, chosen)

    @property
    def labels(self) -> list[Label]:
        """The blocks of the derivative: a variable each, or two of a Hessian."""
        return list(product(self.asked.names, repeat=2 if self.command == "hessian" else 1))

    def variables(self, label: Label) -> Label:
        """What is differentiated in for a block, one after the other."""
        return label if self.command == "hessian" else label * self.manner.order


def _refuse_contradictions(asked: Asked, manner: Manner) -> None:
    point = [name for name in asked.names if name in asked.values]
    if manner.code and point:
        raise UsageError(f"{option('code')} is a function of {point[0]}, which has a value", hint="leave it out")
    if manner.entries and asked.letters:
        raise UsageError(f"{option('entries')} needs sizes in numbers, not {', '.join(asked.letters)}")
    if manner.entries and manner.assume:
        raise UsageError(f"{option('assume')} goes with one formula, not with {option('entries')}")
