"""Which steps of a program depend on variables, and which constants these are computed with."""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.language.nodes import symbol
from gradcli.meaning.program import Program


def moving_steps(program: Program, wrt: Sequence[str]) -> frozenset[int]:
    """The steps that depend on one of the variables."""
    variables, moving = {symbol(name) for name in wrt}, set[int]()
    for k, step in enumerate(program.steps):
        if (step.op is None and step.tree in variables) or not moving.isdisjoint(step.inputs):
            moving.add(k)
    return frozenset(moving)


def known_steps(program: Program, wrt: Sequence[str]) -> frozenset[int]:
    """The steps that depend on no variable and are operands of steps that do."""
    moving = moving_steps(program, wrt)
    steps = ((i, step) for i, step in enumerate(program.steps) if i in moving)
    return frozenset(k for _, step in steps for k in step.inputs if k is not None and k not in moving)
