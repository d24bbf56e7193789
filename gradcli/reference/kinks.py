"""Where a function is delicate: the steps whose arguments lie exactly on a kink that the operation's row declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import sympy

from gradcli.language.nodes import Tree, make
from gradcli.language.parse import parse
from gradcli.meaning.precise import Precise
from gradcli.meaning.program import Program, Step, compile_tree, run
from gradcli.meaning.scalars import Array
from gradcli.operations.row import Op
from gradcli.operations.table import OPS, ROWS


@dataclass(frozen=True, slots=True)
class Trace:
    """One precise run: the value of each step, and the operations that stand on a kink.

    split: is there a derivative inside the program that does not exist, as its two sides differ?
    """

    values: tuple[Array, ...]
    hazards: tuple[Op, ...]
    split: bool = False

    @property
    def result(self) -> Array:
        return self.values[-1]

    def suited(self, arithmetic: Precise) -> Precise:
        """The arithmetic for more runs around this point."""
        return arithmetic.with_kinks() if self.hazards else arithmetic


def trace(
    program: Program, values: Mapping[str, Array], arithmetic: Precise, active: Collection[str] | None = None
) -> Trace:
    """Runs the program in high precision and looks at every step for its row's kinks.

    Where a kink is met, derivatives inside the program are looked at again from both sides.
    active: the variables that move; a kink in steps that do not depend on them does no harm. None: all.
    Errors: LimitError when time is up or numbers get out of hand.
    """
    seen = _traced(program, values, arithmetic, active)
    if not seen.hazards or not program.differentiated:
        return seen
    split: list[bool] = []
    again = _traced(program, values, arithmetic.with_kinks(lambda: split.append(True)), active)
    return replace(again, hazards=again.hazards or seen.hazards, split=bool(split))


def _traced(
    program: Program, values: Mapping[str, Array], arithmetic: Precise, active: Collection[str] | None
) -> Trace:
    moving = depends_on(program, program.names if active is None else {*active, *program.differentiated})
    found: list[Array] = []
    hazards: list[Op] = []

    def watch(index: int, value: Array) -> None:
        step = program.steps[index]
        arguments = [None if i is None else found[i] for i in step.inputs]
        found.append(value)
        if step.op is not None and moving[index] and at_kink(step, arguments, arithmetic):
            hazards.append(step.op)

    run(program, arithmetic, values, watch=watch)
    return Trace(tuple(found), tuple(hazards))


def depends_on(program: Program, names: Collection[str]) -> list[bool]:
    """For each step: does it depend on one of the variables?"""
    found: list[bool] = []
    for step in program.steps:
        leaf = isinstance(step.tree, sympy.Symbol) and step.op is None and step.tree.name in names
        found.append(leaf or any(found[i] for i in step.inputs if i is not None))
    return found


def at_kink(step: Step, arguments: Sequence[Array | None], arithmetic: Precise) -> bool:
    """Does any entry of the arguments lie on a kink of the step's row? A constant has no neighbours, hence no kink."""
    op = step.op
    assert op is not None
    if not arguments:
        return False
    if op.kink_test is not None:
        constants = [arithmetic.constant(value) for value in step.constants]
        return bool(op.kink_test(arithmetic, *arguments, *constants))
    if not op.kinks:
        return False
    return holds(op, op.kinks, arguments, arithmetic)


def holds(op: Op, condition: str, arguments: Sequence[Array | None], arithmetic: Precise) -> bool:
    """Is a row's condition, a text in gradcli's language, true for any entry of the arguments?"""
    program = condition_program(condition)
    nothing = np.array(arithmetic.nan, dtype=object)
    names = [param.name for param in op.tensors]
    values = {name: nothing if value is None else value for name, value in zip(names, arguments, strict=True)}
    return bool(np.any(run(program, arithmetic, values)))


@cache
def condition_program(condition: str) -> Program:
    """A row's condition as a program whose result is 1 where it holds."""
    return compile_tree(parse(f"where({condition}, 1, 0)", bound=ARGUMENT_NAMES).tree)


def condition_of(tree: Tree) -> Program:
    """The same for a condition as a tree."""
    return compile_tree(make(OPS["where"], [tree, sympy.Integer(1), sympy.Integer(0)]))


ARGUMENT_NAMES = frozenset(param.name for op in ROWS for param in op.tensors)
