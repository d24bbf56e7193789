"""Entries picked by operands that hold numbers of places, and sums whose terms a row lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from gradcli.meaning.program import Step
from gradcli.meaning.templates.products import picked, times
from gradcli.meaning.templates.sums import as_sums, gathered
from gradcli.meaning.templates.template import Entries, Untemplated
from gradcli.meaning.templates.values import Known, Sums, Term, Value, counted
from gradcli.operations.shape_rules import Shape, line, size

PER_TERM = 32  # numbers that a term takes in all steps from the row's list to the template, at most


def by_places(step: Step, arguments: Sequence[Value | None], shape: Shape) -> Value | None:
    """The value of a row that ``picks``, or has ``summands``; None for other rows.

    Errors: Untemplated where the places depend on a variable.
    """
    op = step.op
    assert op is not None
    shapes: list[Any] = [None if a is None else a.shape for a in arguments]  # Any: or the numbers of an index
    if not op.picks and op.summands is None:
        return None
    places = None if op.places is None else op.places(*shapes, *step.constants)
    if places is None:
        return _added_up(step, arguments, shapes, shape)
    index = arguments[places.operand]
    if not isinstance(index, Known):
        raise Untemplated("the numbers of places depend on a variable")
    if op.picks:
        return _picked(arguments[0], index.numbers.astype(np.int64), places.axis)
    shapes[places.operand] = index.numbers
    return _added_up(step, arguments, shapes, shape)


def _picked(x: Value | None, index: Entries, axis: int) -> Value:
    assert x is not None
    lines, at = line(x.shape), index.reshape(line(index.shape))
    cut = tuple(slice(None) if k == axis else slice(n) for k, n in enumerate(at.shape))
    sources = np.take_along_axis(np.arange(size(lines)).reshape(lines)[cut], at, axis)
    return picked(x, sources.reshape(index.shape))


def _added_up(step: Step, arguments: Sequence[Value | None], shapes: Sequence[Any], shape: Shape) -> Sums:
    """Terms in which entries of the same operands meet, together; those with a 0 are left out. Any: as above."""
    op = step.op
    assert op is not None
    assert op.summands is not None
    if op.cost is not None:
        counted(PER_TERM * op.cost(*shapes, *step.constants))
    results, *entries = op.summands(np, *shapes, *step.constants)
    which, kept = np.zeros(len(results), dtype=np.int64), np.ones(len(results), dtype=bool)
    for k, (a, at) in enumerate(zip(arguments, entries, strict=True)):
        which |= (at >= 0) << k
        if isinstance(a, Known):
            kept &= np.append(a.numbers != 0, True)[at]
    terms: list[Term] = []
    for kind in np.unique(which[kept]):
        rows = np.flatnonzero(kept & (which == kind))
        met = [(a, at[rows]) for a, at in zip(arguments, entries, strict=True) if a is not None]
        factors = [picked(a, at) for a, at in met if at[0] >= 0]
        target = None if size(shape) == 1 else results[rows]
        terms += gathered(as_sums(reduce(times, factors)), shape, target).terms
    return Sums(shape, tuple(terms))
