"""Square roots of sums of many entries: no formula of a few, but their squares are such sums again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradcli.meaning.program import Step
from gradcli.meaning.templates.operations import entry_by_entry, few, fibre, total
from gradcli.meaning.templates.sums import WIDTH, narrow
from gradcli.meaning.templates.template import Untemplated
from gradcli.meaning.templates.values import Known, Pieces, Sums, Value
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

SQUARE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """The square root of sums."""

    square: Sums

    @property
    def shape(self) -> Shape:
        return self.square.shape


def root_of(step: Step, arguments: Sequence[Value | None]) -> Root | None:
    """A root, or a 2-norm, of many entries; None for all else."""
    x = arguments[0] if arguments else None
    if step.op is OPS["sqrt"] and isinstance(x, Sums) and narrow(x) is None:
        return Root(x)
    if step.op is OPS["norm"] and step.constants[0] == SQUARE and isinstance(x, Pieces | Sums):
        _, dim, keepdim = step.constants
        x = few(x, step.op.written) if isinstance(x, Sums) else x
        if fibre(x.shape, dim) > WIDTH:
            square = total(entry_by_entry(OPS["mul"], [x, x], x.shape, ()), dim, keepdim)
            assert isinstance(square, Sums)
            return Root(square)
    return None


def squared(step: Step, arguments: Sequence[Value | Root | None]) -> Sums:
    """The square of a root. Errors: Untemplated for anything else."""
    first, *rest = arguments
    if isinstance(first, Root):
        power = rest[0] if rest else None
        if step.op is OPS["square"] or (step.op is OPS["mul"] and power is first):
            return first.square
        two = isinstance(power, Known) and power.numbers.size == 1 and bool((power.numbers == SQUARE).all())
        if step.op is OPS["pow"] and two:
            return first.square
    raise Untemplated("a square root is taken of a sum of many entries")
