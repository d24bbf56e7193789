"""Every row of templates at once, in float64 with a bound on each error: products of the derivative with a vector, and
which rows have no slope that is certain. Those lie on a kink or an edge of the function, or next to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError
from gradcli.base.sparse import Positions
from gradcli.meaning.extended.arithmetic import WholeArrays
from gradcli.meaning.extended.number import Extended, filled, given
from gradcli.meaning.extended.rounding import CARE, DOUBLE_UNIT, in_doubles
from gradcli.meaning.extended.sweep import adjoints
from gradcli.meaning.program import Program, Step, run
from gradcli.meaning.templates.template import Entries, Template
from gradcli.operations.shape_rules import Shape, size
from gradcli.reference.answer import Answer
from gradcli.reference.every_entry import BACK, INNER, EveryEntry, Units
from gradcli.reference.parts import Parts, owners_of, weighted_sum
from gradcli.reference.problem import ALONG, Problem

LOOKED = 200_000_000  # units of a look at all rows for kinks; some second
RECORDED = 12  # units of the sweeps for a second derivative for each step of the function
AT_ONCE = 1 << 15  # rows


def smooth(program: Program) -> bool:
    """Has no operation a kink anywhere?"""
    for step in program.steps:
        op = step.op
        if op is not None and (op.kinks or op.kinked or op.boolean) and not (op.power and _whole(program, step)):
            return False
    return True


def _whole(program: Program, step: Step) -> bool:
    """Is the exponent a whole number?"""
    exponent = step.inputs[-1]
    return exponent is not None and bool(program.steps[exponent].tree.is_Integer)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a template, and what the function and its first slopes are there."""

    template: Template
    at: Positions
    inputs: Mapping[str, Extended]
    output: Extended

    @classmethod
    def of(cls, parts: Parts, t: int, at: Positions, arithmetic: WholeArrays) -> _Rows:
        """Errors: LimitError for what has no meaning in whole arrays."""
        template = parts.templates[t]
        inputs = {
            slot.name: given(parts.numbers(slot, at), moves=bool((slot.entries[at] >= 0).any()))
            for slot in template.slots
        }
        out = run(parts.programs[t], arithmetic, inputs)
        return cls(template, at, inputs, out if out.shape == at.shape else filled(out, at.shape))

    def slopes(self, output: Extended, cotangent: Extended, *, record: bool = False) -> dict[str, Extended]:
        """By slot; those that are 0 are left out."""
        found = adjoints(output, cotangent, record=record) if output.serial else {}
        return {name: found[x.serial] for name, x in self.inputs.items() if x.serial in found}

    def entries(self, name: str) -> Entries:
        return next(slot.entries for slot in self.template.slots if slot.name == name)[self.at]


# -- rows on kinks


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Rows without certain slopes. looked: how many rows were looked at."""

    rows: Positions
    looked: int


@np.errstate(all="ignore")
def doubtful(parts: Parts, t: int, draw: np.random.Generator, *, ideal: bool = False) -> Doubtful:
    """The rows of a template whose value, or a first slope, is not told.

    Where there are too many, some rows at random are looked at; what has no meaning in whole arrays is not.
    """
    units, looked = float(LOOKED), 0
    found = [np.zeros(0, dtype=np.int64)]
    pieces = list(_in_pieces(np.arange(parts.templates[t].rows)))
    for k in draw.permutation(len(pieces)).tolist():
        units -= len(parts.programs[t].steps) * len(pieces[k]) * (INNER + BACK)
        try:
            with in_doubles():
                found.append(pieces[k][_untold(_Rows.of(parts, t, pieces[k], WholeArrays(ideal=ideal)))])
        except LimitError:
            break
        looked += len(pieces[k])
        if units < 0:
            break
    return Doubtful(np.sort(np.concatenate(found)), looked)


def _in_pieces(rows: Positions) -> Iterator[Positions]:
    for first in range(0, len(rows), AT_ONCE):
        yield rows[first : first + AT_ONCE]


def _untold(rows: _Rows) -> FloatArray:
    out = rows.output
    bad = ~(np.isfinite(out.value) & np.isfinite(out.errors))
    for name, slope in rows.slopes(out, Extended(np.ones(out.shape))).items():
        bad |= ~(np.isfinite(slope.value) & np.isfinite(slope.errors)) & (rows.entries(name) >= 0)
    return np.asarray(bad)


# -- products


@dataclass(slots=True)
class Sums:
    """Sums over rows, line by line.

    error: a bound on the distance of each from the truth; infinite or nan where nothing is known
    terms: the sizes of what is summed
    """

    value: FloatArray
    error: FloatArray
    terms: FloatArray

    def add(self, lines: Entries, found: Extended) -> None:
        """Numbers for lines; those for line -1 are left out."""
        value, error = found.value.astype(np.float64), found.errors.astype(np.float64)
        if len(lines) and int(lines.min()) < 0:
            kept = lines >= 0
            lines, value, error = lines[kept], value[kept], error[kept]
        if not len(lines):
            return
        low, high = int(lines.min()), int(lines.max())
        here, at, count = slice(low, high + 1), lines - low, high + 1 - low
        terms = np.bincount(at, np.abs(value), minlength=count)
        longest = int(np.bincount(at, minlength=count).max(initial=0)) + 3
        self.value[here] += np.bincount(at, value, minlength=count)
        self.terms[here] += terms
        self.error[here] += np.bincount(at, error, minlength=count) * CARE + longest * DOUBLE_UNIT * terms


@np.errstate(all="ignore")
def product(
    parts: Parts,
    order: int,
    vector: FloatArray,
    units: float,
    rows: Mapping[int, Positions] | None = None,
    *,
    ideal: bool = False,
    arithmetic: WholeArrays | None = None,
) -> Sums:
    """``H v`` (order 2), or ``v^T J``, entry by entry of the variables.

    rows:       of each template, where not all
    arithmetic: where it is another than the problem's
    Errors: LimitError where that takes more units than these, or has no meaning in whole arrays.
    """
    left = Units(units)
    found = Sums(*(np.zeros(parts.total) for _ in range(3)))
    for t, (template, program) in enumerate(zip(parts.templates, parts.programs, strict=True)):
        wanted = np.arange(template.rows) if rows is None else rows.get(t, np.zeros(0, np.int64))
        left.spend(len(program.steps) * len(wanted) * (INNER + (BACK if order == 1 else RECORDED)))
        for at in _in_pieces(wanted):
            with in_doubles():
                _add(found, _Rows.of(parts, t, at, arithmetic or WholeArrays(ideal=ideal)), order, vector)
    return found


@np.errstate(all="ignore")
def product_of_whole(
    problem: Problem,
    shapes: Mapping[str, Shape],
    order: int,
    vector: FloatArray,
    units: float,
    arithmetic: WholeArrays | None = None,
) -> Sums:
    """The same of a function without templates. shapes: of the variables, in the order of their entries

    Errors: as above.
    """
    first: tuple[tuple[str, int], ...] = ()
    if order == 1:
        moved = weighted_sum(problem, vector)
    else:
        ends = np.cumsum([size(shape) for shape in shapes.values()])[:-1]
        pieces = zip(shapes, np.split(vector, ends), strict=True)
        moved, first = replace(problem, tangents={n: v.reshape(shapes[n]) for n, v in pieces}), ((ALONG, 0),)
    with in_doubles():
        every = EveryEntry(moved, Units(units), arithmetic)
        found = [
            every.derivative(Answer((name,), np.zeros(shape), (*first, (name, len(shape)))))
            for name, shape in shapes.items()
        ]
    value = np.concatenate([one.value.ravel().astype(np.float64) for one in found])
    error = np.concatenate([one.error.ravel().astype(np.float64) for one in found]) * CARE
    return Sums(value, error + DOUBLE_UNIT * np.abs(value), np.abs(value))


def _add(sums: Sums, rows: _Rows, order: int, vector: FloatArray) -> None:
    weights = rows.template.weights
    cotangent = Extended(np.ones(rows.at.shape) if weights is None else weights[rows.at])
    if order == 1:
        cotangent = cotangent * vector[owners_of(rows.template)[rows.at]]
    slopes = rows.slopes(rows.output, cotangent, record=order > 1)
    if order > 1:
        moves = {name: np.where(rows.entries(name) >= 0, vector[rows.entries(name)], 0.0) for name in slopes}
        along = Extended(np.zeros(rows.at.shape))
        for name, slope in slopes.items():
            along = along + filled(slope, rows.at.shape) * moves[name]
        slopes = rows.slopes(along, Extended(np.ones(rows.at.shape)))
    for name, slope in slopes.items():
        sums.add(rows.entries(name), filled(slope, rows.at.shape))
