"""The hazards of a function at a point: kinks and edges of domains on the way, met or not, and the rows' warnings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sympy

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.language.nodes import Tree, symbol
from gradcli.language.write import write
from gradcli.meaning.balls.ball import NAN
from gradcli.meaning.conditions import choice_of, condition_at, surely_holds
from gradcli.meaning.program import Program, Step
from gradcli.meaning.scalars import Array, as_array
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape
from gradcli.reference.enclosures import Enclosed
from gradcli.reference.kinks import at_kink, goes_astray
from gradcli.reference.problem import Problem
from gradcli.reference.work import Work

MAX_TEXT = 60
BITS = 192  # of the enclosures that decide whether a condition holds at the point


@dataclass(frozen=True, slots=True)
class HazardRow:
    """One step that is delicate somewhere: the condition in the user's own terms, and whether it holds at the point."""

    step: str
    kind: str  # kink, domain or note
    where: str
    met: bool

    def to_dict(self) -> dict[str, str | bool]:
        return {"step": self.step, "kind": self.kind, "where": self.where, "met": self.met}


def hazard_rows(
    program: Program, shapes: Sequence[Shape], point: Mapping[str, FloatArray], wrt: Collection[str]
) -> tuple[HazardRow, ...]:
    """The hazards of all steps that depend on the variables, those that are met first; none beyond the work of
    balls."""
    problem = Problem(program, shapes, point, active=frozenset(wrt))
    moving = _depending(program, {*wrt, *program.differentiated})
    rows: dict[HazardRow, None] = {}
    with precision(BITS):
        try:
            Work.of(problem).refuse_beyond(1)
            values = dict(enumerate(Enclosed(problem, BITS).steps))
        except LimitError:
            return ()
        for index in sorted(moving):
            rows |= dict.fromkeys(_rows(program, index, values, moving))
    return tuple(sorted(rows, key=lambda row: not row.met))


def _depending(program: Program, names: Collection[str]) -> set[int]:
    """The steps that depend on the variables, by number."""
    found: set[int] = set()
    for index, step in enumerate(program.steps):
        leaf = isinstance(step.tree, sympy.Symbol) and step.op is None and step.tree.name in names
        if leaf or any(i in found for i in step.inputs):
            found.add(index)
    return found


def _rows(program: Program, index: int, values: Mapping[int, Array], moving: Collection[int]) -> list[HazardRow]:
    """What is delicate in one step. A number that cannot be told, or that is none, meets nothing."""
    step = program.steps[index]
    op = step.op
    if op is None:
        return []
    text, rows = _short(write(step.tree)), []
    kink = not op.boolean and at_kink(step, values, moving)
    where = _condition(op, op.kinks, step, program) if op.kinks and not op.boolean else sympy.false
    if where != sympy.false:
        rows.append(HazardRow(text, "kink", _short(write(where)), kink and _holds(op.kinks, step, values)))
    inside = _condition(op, op.domain, step, program) if op.domain else sympy.true
    outside = inside != sympy.true and _holds(f"not ({op.domain})", step, values)
    if kink and not outside and not any(row.met for row in rows):
        edge = f"the edge of {_short(write(inside))}"
        tie = "two entries tie, or an entry is where the slope jumps"
        rows.append(HazardRow(text, "kink", tie if inside == sympy.true else edge, True))
    if inside != sympy.true:
        rows.append(HazardRow(text, "domain", f"outside of {_short(write(inside))}", outside))
    if goes_astray(step, values):
        rows.append(HazardRow(text, "note", "torch's own slope is another one here", True))
    if op.note and (op.chooses or any(row.met for row in rows)):
        rows.append(HazardRow(text, "note", op.note, False))
    return rows


def _holds(condition: str, step: Step, values: Mapping[int, Array]) -> bool:
    """Is a row's condition, a text in gradcli's language, certainly true for an entry of the step's operands?"""
    assert step.op is not None
    nothing = as_array(NAN)
    pairs = zip(step.op.tensors, step.inputs, strict=True)
    return surely_holds(choice_of(condition), {p.name: nothing if i is None else values[i] for p, i in pairs})


def _condition(op: Op, condition: str, step: Step, program: Program) -> Tree:
    """A row's condition with what stands for its parameters here: ``2*v - 1 == 0`` for ``x == 0``."""
    pairs = zip(op.tensors, step.inputs, strict=False)
    return condition_at(condition, {p.name: _operand(program.steps[i].tree) for p, i in pairs if i is not None})


def _operand(tree: Tree) -> Tree:
    """A number, or the operand's text as one symbol, so that no condition is worked out while it is written."""
    text = write(tree)
    return tree if tree.is_Rational else symbol(text if text.replace("_", "").isalnum() else f"({text})")


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
