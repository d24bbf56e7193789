"""The backward tape as a table: what autograd recorded, the local derivative of each step, and its adjoint."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import sympy
from flint import arb

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.commands.results import json_value
from gradcli.inputs.symbolic import Axes
from gradcli.language.nodes import Tree, make, symbol
from gradcli.language.write import write, write_formula
from gradcli.meaning import symbolic
from gradcli.meaning.balls.arithmetic import Balls
from gradcli.meaning.balls.ball import ZERO, Ball, Undefined
from gradcli.meaning.balls.sweep import adjoints
from gradcli.meaning.program import Program, Step
from gradcli.meaning.rules import for_people, slope_at, why_none
from gradcli.meaning.scalars import as_array, floats, mapped
from gradcli.meaning.tape import TapeEntry
from gradcli.operations.row import Op
from gradcli.operations.rows.special import SPECIAL
from gradcli.operations.shape_rules import Shape

MAX_SHOWN = 6
BITS = 128  # of a local derivative, of which six digits are shown


@dataclass(frozen=True, slots=True)
class TapeRow:
    """One step: its name and text, torch's backward node, value, local derivatives by operand, adjoint."""

    name: str
    text: str
    grad_fn: str
    value: Any  # Any: a float or an array, here and below
    local: tuple[str, ...]
    adjoint: Any

    def to_dict(self) -> dict[str, Any]:  # Any: JSON values
        return {
            "name": self.name,
            "text": self.text,
            "grad_fn": self.grad_fn,
            "value": json_value(self.value),
            "local": list(self.local),
            "adjoint": json_value(self.adjoint),
        }


def step_names(program: Program) -> list[str]:
    """``t1``, ``t2``, ... for operations, but for names of variables; these and numbers go by themselves."""
    names, count, taken = list[str](), 0, {*program.names}
    for step in program.steps:
        count += step.op is not None
        while f"t{count}" in taken and step.op is not None:
            count += 1
        names.append(f"t{count}" if step.op is not None else write(step.tree))
    return names


def tape_rows(program: Program, entries: Sequence[TapeEntry]) -> list[TapeRow]:
    """The steps that carry a gradient, last first: the order in which the backward pass visits them."""
    names = step_names(program)
    rows = []
    for index in reversed(range(len(program.steps))):
        step, entry = program.steps[index], entries[index]
        if entry.grad_fn is None:
            continue
        text = step_text(step, names)
        rows.append(
            TapeRow(
                names[index],
                text,
                entry.grad_fn,
                _plain(entry.value),
                local_derivatives(step, names, entries),
                _plain(entry.adjoint),
            )
        )
    return rows


def step_text(step: Step, names: Sequence[str]) -> str:
    """The step in terms of the steps before it: ``t1*sin(y)``."""
    if step.op is None:
        return write(step.tree)
    operands = [_operand(step.op, names[i]) for i in step.inputs if i is not None]
    if len(operands) < len(step.inputs):
        given = [(p.name, names[i]) for p, i in zip(step.op.tensors, step.inputs, strict=True) if i is not None]
        ahead = step.inputs.index(None)  # operands behind one that is left out go by name
        shown = ", ".join(text if k < ahead else f"{name}={text}" for k, (name, text) in enumerate(given))
        return f"{step.op.name}({shown})"
    return write(make(step.op, operands, step.constants)).replace(" + -", " - ")


def local_derivatives(step: Step, names: Sequence[str], entries: Sequence[TapeEntry]) -> tuple[str, ...]:
    """For each operand with a gradient: the slope as a formula and its value; structural rows show their rule."""
    op = step.op
    if op is None:
        return ()
    moving = [k for k, i in enumerate(step.inputs) if i is not None and entries[i].grad_fn is not None]
    if op.differentiates:
        return ("differentiated again: create_graph=True",)
    if not op.elementwise:
        shapes = [None if i is None else np.shape(entries[i].value) for i in step.inputs]
        return tuple(_rule(step, k, names, shapes) for k in moving)
    return tuple(_slope(step, k, names, entries) for k in moving)


def local_formulas(
    step: Step, names: Sequence[str], shapes: Sequence[Axes], moving: Collection[int]
) -> tuple[str, ...]:
    """The same without a point, for the operands that are moving: formulas alone; empty where one needs sizes that are
    letters, or where there is none."""
    op = step.op
    if op is None:
        return ()
    wanted = [k for k, i in enumerate(step.inputs) if i in moving]
    if op.differentiates:
        return ("differentiated again: create_graph=True",) * len(wanted)
    known = [None if i is None else shapes[i] for i in step.inputs]
    if op.elementwise:
        formulas = ((k, _formula(step, k, names)) for k in wanted)
        return tuple("" if f is None else f"d/d{names[step.inputs[k] or 0]} = {write_formula(f)}" for k, f in formulas)
    sized = all(isinstance(n, int) for axes in known for n in axes or ())
    return tuple(_rule(step, k, names, known) if sized else "" for k in wanted)  # type: ignore[arg-type]  # sized


def _rule(step: Step, k: int, names: Sequence[str], shapes: Sequence[Shape | None]) -> str:
    """What the cotangent g of the step's value becomes on the way back to its k-th operand."""
    assert step.op is not None
    operands = ["" if i is None else names[i] for i in step.inputs]
    why = why_none(step.op, k, shapes, step.constants)
    try:
        return f"none: {why}" if why else f"g -> {write_formula(for_people(step, k, operands, shapes))}"
    except LimitError:
        return "not shown: too long"


def _slope(step: Step, k: int, names: Sequence[str], entries: Sequence[TapeEntry]) -> str:
    """The derivative of the row's meaning in its k-th operand, where it has a formula, and its value."""
    assert step.op is not None
    operand = names[step.inputs[k]]  # type: ignore[index]  # k is an operand that is there
    try:
        numbers = _slopes(step, k, entries)
    except LimitError:
        return "not shown: numbers too large"
    if numbers is None:
        return f"d/d{operand}: at a kink{' or an edge' if step.op.domain else ''}, torch's choice"
    formula = _formula(step, k, names)
    known = [] if formula is None else [write_formula(formula)]
    if formula is None or not formula.is_number:
        known.append("..." if numbers.size > MAX_SHOWN else short(numbers))
    return f"d/d{operand} = {' = '.join(known)}"


def _formula(step: Step, k: int, names: Sequence[str]) -> Tree | None:
    """sympy's derivative in the names of the operands, or the row's rule; None where there is neither."""
    assert step.op is not None
    arguments = [None if i is None else symbol(f"a{j}") for j, i in enumerate(step.inputs)]
    named = {a: _operand(step.op, names[i]) for a, i in zip(arguments, step.inputs, strict=True) if i is not None}
    present = [None if a is None else np.array(a, dtype=object) for a in arguments]
    try:
        return symbolic.derivative(symbolic.Symbolic().apply(step, present)[()], arguments[k]).subs(named)
    except LimitError:
        with suppress(LimitError):
            return slope_at(step.op, k, arguments, step.constants).subs(named)
    return None


def _slopes(step: Step, k: int, entries: Sequence[TapeEntry]) -> FloatArray | None:
    """The step's own slopes in its k-th operand at torch's numbers, entry by entry; nan where it has no value; None
    where it has a value but no slope. Errors: LimitError where balls cannot compute the step."""
    given = [None if i is None else np.asarray(entries[i].value, dtype=np.float64) for i in step.inputs]
    spread = iter(np.broadcast_arrays(*(array for array in given if array is not None)))
    arrays = [None if array is None else next(spread) for array in given]
    with precision(BITS):
        balls = Balls()
        moved = balls.variables(arrays[k])
        arguments = [moved if j == k else None if a is None else balls.exact(a) for j, a in enumerate(arrays)]
        outputs = as_array(balls.apply(step, arguments))
        found = adjoints([(out, Ball(arb(1))) for out in outputs.ravel() if type(out) is Ball])
        slopes = mapped(lambda x, out: _of(x, out, found), moved, outputs)
        at_kink = (type(s) is Undefined and type(out) is Ball for s, out in zip(slopes.flat, outputs.flat, strict=True))
        return None if any(at_kink) else floats(mapped(lambda s: nan if type(s) is Undefined else s, slopes))


def _of(operand: Any, output: Any, found: Mapping[int, Any]) -> Any:  # Any: Scalars
    """The slope of one entry in its operand: 0 where it does not depend on it."""
    if type(output) is Undefined:
        return output
    return ZERO if type(operand) is Undefined else found.get(operand.serial, ZERO)


def _operand(op: Op, name: str) -> Tree:
    """A name as a symbol, a whole number as a number where sympy folds it without growth: gamma(10**9) would be."""
    number = name.lstrip("-").isdecimal() and op.group != SPECIAL
    return sympy.Integer(int(name)) if number else symbol(name)


def short(value: Any) -> str:  # Any: a float, an array or None
    """A value in few characters: six digits, at most six entries, else its shape."""
    if value is None:
        return "-"
    array = np.asarray(value)
    if array.size > MAX_SHOWN or array.ndim > 2:
        return f"array of shape {array.shape}"
    if array.ndim == 0:
        return f"{float(array):.6g}"
    return f"[{', '.join(short(part) for part in array)}]"


def _plain(value: Any) -> Any:  # Any: an array, None, or a float
    return None if value is None else float(value) if np.ndim(value) == 0 else value
