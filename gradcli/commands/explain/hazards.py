"""The hazards of a function at a point: kinks and edges of domains on the way, met or not, and the rows' warnings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sympy

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.language.nodes import Tree, make, row_of, symbol
from gradcli.language.parse import parse
from gradcli.language.write import write
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program, Step, run
from gradcli.meaning.scalars import Array
from gradcli.operations.row import Op
from gradcli.reference.kinks import ARGUMENT_NAMES, at_kink, condition_of, depends_on, holds, trace

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
    where = _condition(op, op.kinks, step, program) if op.kinks and not op.boolean else sympy.false
    if where != sympy.false:
        rows.append(HazardRow(text, "kink", _short(write(where)), kink))
    elif kink and not op.boolean:
        rows.append(HazardRow(text, "kink", "two entries tie, or an entry is where the slope jumps", True))
    inside = _condition(op, op.domain, step, program) if op.domain else sympy.true
    if inside != sympy.true:
        outside = holds(op, f"not ({op.domain})", arguments, arithmetic)
        rows.append(HazardRow(text, "domain", f"outside of {_short(write(inside))}", outside))
    if op.note and (op.chooses or any(row.met for row in rows)):
        rows.append(HazardRow(text, "note", op.note, False))
    return rows


def _condition(op: Op, condition: str, step: Step, program: Program) -> Tree:
    """A row's condition with what stands for its parameters here: ``2*v - 1 == 0`` for ``x == 0``."""
    tree = parse(f"where({condition}, 1, 0)", bound=ARGUMENT_NAMES).tree.args[0]
    stands = {
        symbol(param.name): _operand(program.steps[i].tree)
        for param, i in zip(op.tensors, step.inputs, strict=False)
        if i is not None
    }
    return _plain(tree.xreplace(stands))


def _plain(condition: Tree) -> Tree:
    """The condition with comparisons of numbers decided, and what is certainly true or false left out."""
    row = row_of(condition)
    if condition in (sympy.true, sympy.false):
        return condition
    if row is None or row.infix not in {"and", "or"}:
        if condition.free_symbols:
            return condition
        return sympy.true if run(condition_of(condition), Precise(DIGITS), {})[()] == 1 else sympy.false
    decided = sympy.true if row.infix == "or" else sympy.false
    parts = [_plain(part) for part in condition.args]
    rest = [part for part in parts if part not in (sympy.true, sympy.false)]
    if decided in parts or not rest:
        return decided if decided in parts else sympy.Not(decided)
    return rest[0] if len(rest) == 1 else make(row, rest)


def _operand(tree: Tree) -> Tree:
    """A number, or the operand's text as one symbol, so that no condition is worked out while it is written."""
    text = write(tree)
    return tree if tree.is_Rational else symbol(text if text.replace("_", "").isalnum() else f"({text})")


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
