"""The supports of entries in other places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.moves import OTHER, ZERO, move_of, sources_of
from gradcli.meaning.program import Step
from gradcli.meaning.sparsity.lists import stacked
from gradcli.meaning.sparsity.support import Support, anything, constant
from gradcli.operations.shape_rules import Shape, line, size


def moved(step: Step, given: Sequence[Support], shape: Shape, names: frozenset[str], most: int) -> Support:
    """The support of a value that is put together of entries of ``given``; lists hold at most so many positions."""
    if size(shape) > most or any(a.lists is None for a in given):
        return anything(shape, names) if names else constant(shape)
    sources, _ = sources_of(move_of(step), [a.shape for a in given])
    return placed(sources, given, shape, names, most)


def picked(step: Step, given: Sequence[Support], shape: Shape, names: frozenset[str], most: int) -> Support | None:
    """The same of a row that ``picks`` entries of its first operand; None where an index is not known."""
    op = step.op
    assert op is not None
    places = op.places(*(a.shape for a in given), *step.constants) if op.places is not None else None
    assert places is not None
    x, index = given[0], given[places.operand]
    if index.numbers is None or x.lists is None or not size(shape):
        return None
    lines = line(x.shape)
    there = tuple(slice(None) if axis == places.axis else slice(n) for axis, n in enumerate(line(index.shape)))
    entries = np.arange(size(x.shape)).reshape(lines)[there]
    numbers = index.numbers.reshape(line(index.shape))
    inside = (numbers >= 0) & (numbers < lines[places.axis])
    at = np.where(inside, numbers, 0).astype(np.int64)
    sources = np.where(inside, np.take_along_axis(entries, at, places.axis), OTHER)
    return placed(sources.reshape(-1), [x], shape, names, most)


def placed(sources: Positions, given: Sequence[Support], shape: Shape, names: frozenset[str], most: int) -> Support:
    """The support of a value with these entries of ``given``, one after another, or ZERO or OTHER."""
    numbers = zeros = None
    if not names and all(a.numbers is not None for a in given):
        pool = np.concatenate([*(a.numbers for a in given if a.numbers is not None), [np.nan, 0.0]])
        numbers = pool[sources]
    elif any(a.zero is not None for a in given) or (sources == ZERO).any():
        masks = [np.zeros(size(a.shape), dtype=bool) if a.zero is None else a.zero for a in given]
        zeros = np.concatenate([*masks, [False, True]])[sources]
    if not names:
        return constant(shape, numbers, zeros)
    lists = stacked([a.lists for a in given if a.lists is not None])
    at = np.maximum(sources, -1)
    return Support(shape, names, lists.take(at), zeros) if lists.cost_of(at) <= most else anything(shape, names)
