"""Every row of a template at once, in whole arrays of 19 digits: which rows have no slope that is certain.

Those lie on a kink or an edge of the function, or next to one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradcli.base.errors import LimitError
from gradcli.base.sparse import Positions
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.number import Extended, filled, given
from gradcli.meaning.extended.sweep import adjoints
from gradcli.meaning.program import Program, run
from gradcli.reference.every_entry import BACK, INNER
from gradcli.reference.parts import Template

UNITS = 60_000_000  # entries of steps with their bounds, of all templates: some second
AT_ONCE = 1 << 15  # rows


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Rows without certain slopes. looked: how many rows were looked at."""

    rows: Positions
    looked: int


def smooth(program: Program) -> bool:
    """Has no operation a kink anywhere?"""
    ops = [step.op for step in program.steps if step.op is not None]
    return not any(op.kinks or op.kinked or op.boolean for op in ops)


def doubtful(template: Template, program: Program, draw: np.random.Generator, *, ideal: bool = False) -> Doubtful:
    """The rows whose value, or a first slope, is not told; where there are too many, some rows at random are looked at.

    What has no meaning in whole arrays is not looked at.
    """
    units, looked = float(UNITS), 0
    found = [np.zeros(0, dtype=np.int64)]
    for part in _drawn(len(template.slots[0].entries) if template.slots else 0, draw):
        units -= len(program.steps) * (part.stop - part.start) * (INNER + BACK)
        try:
            found.append(_untold(template, program, part, ideal=ideal) + part.start)
        except LimitError:
            break
        looked += part.stop - part.start
        if units < 0:
            break
    return Doubtful(np.sort(np.concatenate(found)), looked)


def _drawn(rows: int, draw: np.random.Generator) -> Iterator[slice]:
    """All rows in parts, in an order that is drawn."""
    for k in draw.permutation(-(-rows // AT_ONCE)).tolist():
        yield slice(k * AT_ONCE, min(rows, (k + 1) * AT_ONCE))


@np.errstate(all="ignore")
def _untold(template: Template, program: Program, part: slice, *, ideal: bool) -> Positions:
    shape = (part.stop - part.start,)
    inputs = {slot.name: given(slot.numbers[part], moves=True) for slot in template.slots}
    out = run(program, WholeArrays(ideal=ideal), inputs)
    out = out if type(out) is Extended and out.shape == shape else filled(out, shape)
    bad = ~(np.isfinite(out.value) & np.isfinite(out.errors))
    slopes = adjoints(out, Extended(np.ones(shape))) if out.serial else {}
    for slot in template.slots:
        slope = slopes.get(inputs[slot.name].serial)
        if slope is not None:
            bad |= ~(np.isfinite(slope.value) & np.isfinite(slope.errors)) & (slot.entries[part] >= 0)
    return np.flatnonzero(bad)
