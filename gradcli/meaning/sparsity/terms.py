"""Operations whose value is a sum of terms, each with one entry of every operand: products of matrices, einsum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.program import Step
from gradcli.meaning.sparsity.support import Mask, Support
from gradcli.operations.product_shapes import einsum_letters, split_spec
from gradcli.operations.shape_rules import Shape, size

FULL = 2**12  # terms; below it the exact pattern costs next to nothing, wherever nothing is zero too


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms that may differ from zero.

    results: (terms,) the entry of the value to which each one is added
    entries: for each operand, (terms,) its entry in each
    """

    results: Positions
    entries: tuple[Positions, ...]


def terms_of(spec: str, given: Sequence[Support], most: int, *, full: bool) -> Terms | None:
    """The terms of a sum with these subscripts; None where they are more than ``most``.

    full: whether to list them where no zeros are known, too, and each entry of the value depends on whole slices
    """
    spec = einsum_letters(spec, *(a.shape for a in given))
    inputs, output = split_spec(spec)
    sizes = {
        letter: n for letters, a in zip(inputs, given, strict=True) for letter, n in zip(letters, a.shape, strict=True)
    }
    sparse = [k for k, a in enumerate(given) if a.zero is not None and a.zero.any()]
    start = max(sparse, key=lambda k: float(np.mean(_zero(given[k]))), default=None)
    where, count = ({}, 1) if start is None else _nonzeros(inputs[start], given[start])
    missing = [letter for letter in sizes if letter not in where]
    total = count * prod(sizes[letter] for letter in missing)
    if total > most or (start is None and not full and total > FULL and _all(inputs, output, given)):
        return None
    grid = np.indices([count, *(sizes[letter] for letter in missing)]).reshape(len(missing) + 1, -1)
    where = {letter: at[grid[0]] for letter, at in where.items()} | dict(zip(missing, grid[1:], strict=True))
    entries = [_entry(letters, a.shape, where, total) for letters, a in zip(inputs, given, strict=True)]
    results = _entry(output, tuple(sizes[letter] for letter in output), where, total)
    kept = np.ones(total, dtype=bool)
    for k in sparse:
        if k != start:
            kept &= ~_zero(given[k])[entries[k]]
    return Terms(results, tuple(entries)) if kept.all() else Terms(results[kept], tuple(at[kept] for at in entries))


def listed(step: Step, arguments: Sequence[Support | None], shape: Shape, most: int) -> Terms | None:
    """The terms that the row lists as ``summands``; None where it has none, or they are more than ``most``."""
    op = step.op
    assert op is not None
    shapes: list[Any] = [None if a is None else a.shape for a in arguments]  # Any: or the numbers of an index
    count = op.cost(*shapes, *step.constants) if op.cost is not None else max(map(size, filter(None, shapes)))
    if op.summands is None or count > most or size(shape) > most:
        return None
    if op.places is not None:
        places = op.places(*shapes, *step.constants)
        index = None if places is None else arguments[places.operand]
        if places is None or index is None or index.numbers is None or index.variables:
            return None
        shapes[places.operand] = index.numbers
    results, *entries = op.summands(np, *shapes, *step.constants)
    kept = np.ones(len(results), dtype=bool)
    for a, own in zip(arguments, entries, strict=True):
        if a is not None and a.zero is not None:
            kept &= ~np.append(a.zero, False)[own]
    there = [at for a, at in zip(arguments, entries, strict=True) if a is not None]
    return Terms(results[kept], tuple(at[kept] for at in there))


def _all(inputs: Sequence[str], output: str, given: Sequence[Support]) -> bool:
    """Does each entry of the value depend on all of an operand?"""
    return any(a.variables and not set(letters) & set(output) for letters, a in zip(inputs, given, strict=True))


def _zero(a: Support) -> Mask:
    assert a.zero is not None
    return a.zero


def _nonzeros(letters: str, a: Support) -> tuple[dict[str, Positions], int]:
    """Where an operand is not 0, by letter, and in how many places; on the diagonal where a letter stands twice."""
    at = np.unravel_index(np.flatnonzero(~_zero(a)), a.shape)
    kept = np.ones(len(at[0]) if at else 1, dtype=bool)
    for axis, letter in enumerate(letters):
        kept &= at[axis] == at[letters.index(letter)]
    where = {letter: at[letters.index(letter)][kept] for letter in letters}
    return where, int(kept.sum())


def _entry(letters: str, shape: Sequence[int], where: Mapping[str, Positions], count: int) -> Positions:
    """The entry of an array at each place."""
    found = np.zeros(count, dtype=np.int64)
    for letter, n in zip(letters, shape, strict=True):
        found = found * n + where[letter]
    return found
