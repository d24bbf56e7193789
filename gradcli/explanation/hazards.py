"""The hazards of a function at a point: kinks and edges of domains on the way, met or not, and what the rows warn of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gradcli.errors import LimitError
from gradcli.language.nodes import Tree, symbol
from gradcli.language.parse import parse
from gradcli.language.row import Op
from gradcli.language.write import write
from gradcli.meaning.arrays import Array
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program, Step
from gradcli.task import FloatArray
from gradcli.verify.hazards import ARGUMENT_NAMES, at_kink, depends_on, holds, trace

MAX_TEXT = 60
DIGITS = 60


@dataclass(frozen=True, slots=True)
class HazardRow:
    """One step that is delicate somewhere: the condition in the user's own terms, and whether it holds at the point."""

    step: str
    kind: str  # kink, domain or note
    where: str
    met: bool

    def to_dict(self) -> dict[str, str | bool]:
        return {"step": self.step, "kind": self.kind, "where": self.where, "met": self.met}


def hazard_rows(program: Program, point: Mapping[str, FloatArray], wrt: Collection[str]) -> tuple[HazardRow, ...]:
    """The hazards of all steps that depend on the variables, those that are met first."""
    arithmetic = Precise(DIGITS)
    try:
        values = trace(program, {n: arithmetic.exact(v) for n, v in point.items()}, arithmetic, wrt).values
    except LimitError:
        return ()
    moving = depends_on(program, {*wrt, *program.differentiated})
    rows: dict[HazardRow, None] = {}
    for step, moves in zip(program.steps, moving, strict=True):
        if step.op is not None and moves:
            arguments = [None if i is None else values[i] for i in step.inputs]
            rows |= dict.fromkeys(_rows(step, step.op, program, arguments, arithmetic))
    return tuple(sorted(rows, key=lambda row: not row.met))


def _rows(
    step: Step, op: Op, program: Program, arguments: Sequence[Array | None], arithmetic: Precise
) -> list[HazardRow]:
    text = _short(write(step.tree))
    rows = []
    kink = at_kink(step, arguments, arithmetic)
    if op.kinks and not op.boolean:
        rows.append(HazardRow(text, "kink", _condition(op, op.kinks, step, program), kink))
    elif kink and not op.boolean:
        rows.append(HazardRow(text, "kink", "two entries tie, or an entry is where the slope jumps", True))
    if op.domain:
        outside = holds(op, f"not ({op.domain})", arguments, arithmetic)
        rows.append(HazardRow(text, "domain", f"outside of {_condition(op, op.domain, step, program)}", outside))
    if op.note:
        rows.append(HazardRow(text, "note", op.note, False))
    return rows


def _condition(op: Op, condition: str, step: Step, program: Program) -> str:
    """A row's condition with what stands for its parameters here: ``2*v - 1 == 0`` for ``x == 0``."""
    tree = parse(f"where({condition}, 1, 0)", bound=ARGUMENT_NAMES).tree.args[0]
    stands = {
        symbol(param.name): _operand(write(program.steps[i].tree))
        for param, i in zip(op.tensors, step.inputs, strict=False)
        if i is not None
    }
    return _short(write(tree.xreplace(stands)))


def _operand(text: str) -> Tree:
    """The operand's text as one symbol, so that no condition is worked out while it is written."""
    return symbol(text if text.replace("_", "").isalnum() else f"({text})")


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
