"""What a row that moves entries does: its meaning, run on numbered entries, says where each one comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.program import Step
from gradcli.meaning.scalars import Plain
from gradcli.meaning.torch_meaning import plain_constant
from gradcli.operations.shape_rules import Shape, size

ZERO, OTHER = -1, -2  # what stands in a place to which nothing was moved

Move = Callable[..., Any]  # Any: arrays; of a library and the operands, as the sympy meaning of a row that moves


def move_of(step: Step) -> Move:
    """What the step's row does, its constants given."""
    assert step.op is not None
    meaning = step.op.sympy
    assert callable(meaning)
    constants = [plain_constant(value) for value in step.constants]
    return lambda s, *arrays: meaning(s, *arrays, *constants)


def sources_of(move: Move, shapes: Sequence[Shape]) -> tuple[Positions, list[int]]:
    """(entries of the result,) which entry stands in each place, counted through all operands, or ZERO or OTHER for a
    number of the row's own; and where each operand's entries begin.

    shapes: of the operands
    """
    starts = [0, *accumulate(map(size, shapes))]
    numbers = [np.arange(a, b).reshape(shape) for (a, b), shape in zip(pairwise(starts), shapes, strict=True)]
    sources = move(Plain(lambda value: ZERO if value == 0 else OTHER), *numbers)
    return np.asarray(sources, dtype=np.int64).reshape(-1), starts
