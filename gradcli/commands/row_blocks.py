"""Jacobians in blocks of rows, written as they come: of any size that the disk holds, in bounded memory.

The check: some rows entry by entry, and the sum of all rows with random weights, v^T J, in each of its entries against
numbers with certain bounds, which sees a wrong entry in any row.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gradcli.base.arrays import FloatArray
from gradcli.base.errors import LimitError, UsageError
from gradcli.base.events import timed
from gradcli.base.memory import shown
from gradcli.base.whole_file import written_whole
from gradcli.base.wording import option
from gradcli.commands.computation import Checked, Request
from gradcli.commands.results import Result
from gradcli.language import nodes
from gradcli.meaning.extended.rounding import CARE, DOUBLE_UNIT
from gradcli.meaning.footprint import Footprint
from gradcli.meaning.tiles import tiling_of
from gradcli.operations.shape_rules import size
from gradcli.operations.table import OPS
from gradcli.reference.answer import Answer
from gradcli.reference.every_entry import EveryEntry
from gradcli.reference.formulas import NO_FORMULAS
from gradcli.reference.in_tiles import in_tiles
from gradcli.verdicts.rounding import RoundingOfAll
from gradcli.verdicts.verdict import Check, Verdict

ROWS_LOOKED_AT = 2  # entry by entry, each a gradient with its check; all others are in the weighted sum
HEADER = 128  # bytes of an .npy file before its numbers, for the room on the disk: more where axes are many
MOST = 2**24  # numbers of a block: more make nothing quicker


@dataclass(slots=True)
class _Sums:
    """What is kept of the rows that are written: weighted sums, single rows, whether all is finite."""

    weights: FloatArray
    kept: Mapping[int, list[FloatArray]]  # by the row's number, filled as they come
    total: FloatArray
    terms: FloatArray
    finite: bool = True

    def take(self, start: int, block: FloatArray) -> None:
        """block: ``(rows, columns)``"""
        weights = self.weights[start : start + len(block)]
        self.total += weights @ block
        self.terms += np.abs(weights) @ np.abs(block)
        self.finite = self.finite and bool(np.isfinite(self.terms).all())
        for row, found in self.kept.items():
            if start <= row < start + len(block):
                found.append(block[row - start].copy())


def refuse_output(**others: object) -> None:
    """Errors: UsageError for an option that does not go with a file of rows. others: by name, None where not given."""
    for name, value in others.items():
        if value is not None:
            said = f"rows are written as reverse mode gives them: {option('output')} goes without {option(name)}"
            raise UsageError(said)


def in_row_blocks(request: Request, path: Path, limit: int) -> Result:
    """The Jacobian in a file, and the result that has it as a view.

    limit: bytes of memory
    Errors: UsageError for several variables, LimitError where one row at a time takes more memory, OutputError.
    """
    task = request.task
    if len(task.wrt) != 1:
        raise several()
    (name,) = task.wrt
    rows, columns = size(task.output), size(task.values[name].shape)
    height, memory = rows_at_once(Footprint(task), rows, limit)
    draw = random.Random(request.options.seed)  # noqa: S311 - a sample, not a secret
    looked_at = sorted(draw.sample(range(rows), min(ROWS_LOOKED_AT, rows)))
    weights = np.random.default_rng(request.options.seed).standard_normal(rows)
    sums = _Sums(weights, {row: [] for row in looked_at}, np.zeros(columns), np.zeros(columns))
    shape = task.output + task.values[name].shape
    with written_whole(path, 8 * rows * columns + HEADER) as file, timed("rows"):
        value = _written(request, file, shape, height, sums)
    view = np.load(path, mmap_mode="r")
    check = _checked(request, name, sums)
    found = Checked(check, NO_FORMULAS, [view], check.verdict)
    result = request.result(value, {(name,): view}, found)
    return replace(result, memory=memory, written=str(path))


def stored(result: Result, path: Path) -> Result:
    """A Jacobian of which all is held, in a file as well. Errors: UsageError for several variables, OutputError."""
    parts = list((result.printed or {}).values())
    if len(parts) != 1 or parts[0] is None:
        raise several()
    array = np.asarray(parts[0])
    with written_whole(path, array.nbytes + HEADER) as file:
        np.save(file, array, allow_pickle=False)
    return replace(result, written=str(path))


def several() -> UsageError:
    """The error of more arrays than a file has room for."""
    return UsageError("an .npy file holds one array", hint=f"choose one variable with {option('wrt')}")


def rows_at_once(footprint: Footprint, rows: int, limit: int) -> tuple[int, int]:
    """How many rows a block has, and the bytes that it takes. Errors: LimitError where one row is too much."""
    least = footprint.start + footprint.row
    if least > limit:
        raise LimitError(
            f"the Jacobian takes {shown(least)} of memory a row at a time; {option('max_memory')} is {shown(limit)}",
            hint=f"{option('max_memory', 'SIZE', 'SIZE')} raises the limit; {option('wrt')} takes fewer variables",
        )
    most = min((limit - footprint.start) // footprint.row, max(1, MOST // max(1, footprint.columns)))
    height = max(1, min(rows, most))
    return height, footprint.start + height * footprint.row


def _written(request: Request, file: BinaryIO, shape: tuple[int, ...], height: int, sums: _Sums) -> FloatArray:
    """The function's value; rows go to the file."""
    header: dict[str, Any] = {"descr": "<f8", "fortran_order": False, "shape": shape}  # Any: see numpy.lib.format
    np.lib.format.write_array_header_1_0(file, header)
    blocks = request.torch.jacobian_in_blocks(height)
    (value,) = next(blocks)
    start = 0
    for (block,) in blocks:
        flat = np.ascontiguousarray(block, dtype="<f8").reshape(len(block), -1)
        file.write(flat.data)
        with np.errstate(all="ignore"):
            sums.take(start, flat)
        start += len(flat)
    return value


# -- the check


def _checked(request: Request, name: str, sums: _Sums) -> Check:
    """The verdict: the worst of the rows that were looked at and of the weighted sum."""
    total = sums.weights.size * sums.total.size
    if request.options.check == "off" or not sums.finite:
        verdict = Verdict.UNCHECKED if sums.finite else Verdict.SINGULAR
        return Check(verdict, None, 0, total, None, ("the check is off" if sums.finite else "not all are finite",))
    rows = {row: _row(request, name, row, found[0]) for row, found in sums.kept.items()}
    verdict, note = _direction(request, name, sums)
    worst = max((verdict, *(check.verdict for check in rows.values())), key=lambda one: one.rank)
    digits = [check.digits for check in rows.values() if check.digits is not None]
    looked = " and ".join(map(str, rows))
    notes = [f"row {row}: {text}" for row, check in rows.items() for text in check.notes]
    if rows:
        notes.append(f"rows {looked} entry by entry" if len(rows) > 1 else f"row {looked} entry by entry")
    return Check(
        worst,
        min(digits, default=None),
        sum(check.checked for check in rows.values()),
        total,
        ", ".join(sorted({part for c in rows.values() for part in (c.reference or "").split(", ") if part})) or None,
        (*notes, note),
        tuple(finding for check in rows.values() for finding in check.findings),
    )


def _row(request: Request, name: str, row: int, numbers: FloatArray) -> Check:
    """One row as the gradient of its entry of the output: in tiles as a sum with one weight, where there are tiles."""
    task = request.task
    place = tuple(int(i) for i in np.unravel_index(row, task.output)) if task.output else ()
    unit = np.zeros(task.output)
    unit[place] = 1
    problem = request.weighted(unit)
    if tiling_of(problem.program, problem.shapes, problem.values) is None:
        tree = nodes.make(OPS["index"], [task.expression.tree], (place,)) if place else task.expression.tree
        problem = request.problem(task.scalarised(tree))
    shape = task.values[name].shape
    answer = Answer((name,), numbers.reshape(shape), ((name, len(shape)),))
    single = replace(request, options=replace(request.options, digits=None))
    return single.check(problem, [answer], None, 1, lambda torch: torch.gradient(None)).check


def _direction(request: Request, name: str, sums: _Sums) -> tuple[Verdict, str]:
    """What the weighted sum of all rows says, by numbers with certain bounds."""
    problem = request.weighted(sums.weights.reshape(request.task.output))
    shape = request.task.values[name].shape
    answer = Answer((name,), sums.total.reshape(shape), ((name, len(shape)),))
    what = f"the sum of all rows with random weights in each of its {sums.total.size:,} entries"
    try:
        tiling = tiling_of(problem.program, problem.shapes, problem.values)
        every = EveryEntry(problem) if tiling is None else in_tiles(problem, tiling, [answer])
        whole = every.derivative(answer)
    except LimitError as limit:
        return Verdict.UNCHECKED, f"{what} was left without a check: {limit.message}"
    tolerance = request.settings.tolerance
    rounded = sums.weights.size * DOUBLE_UNIT * sums.terms
    with np.errstate(all="ignore"):
        apart = np.abs(sums.total - whole.value.ravel()).astype(np.float64)
        bound = (whole.error.ravel() + rounded) * CARE
        near = apart + bound <= tolerance * sums.terms
        far = apart - bound > tolerance * sums.terms
    if far.any():
        said = f"{what}: {int(far.sum()):,} are certainly off, by over {tolerance:.2g} of the terms"
        rounding = RoundingOfAll(problem, [answer], request.settings, tiling)
        reached = rounding.reached
        if reached is None:
            return Verdict.UNCHECKED, f"{said}; what rounding may do to them takes too many steps to tell"
        with np.errstate(all="ignore"):
            reach = (reached[0].error.ravel() + rounded) * CARE
            beyond = np.abs(sums.total - reached[0].value.ravel()) > reach
        if not (far & beyond).any():
            return Verdict.ROUNDING, f"{said}, as rounding explains"
        return Verdict.TRAP if rounding.strays else Verdict.DIFFERS, said
    if not near.all():
        return Verdict.UNCHECKED, f"{what}: {int((~near).sum()):,} cannot be told"
    return Verdict.AGREES, f"{what}, within {tolerance:.2g} of the terms"
