"""Sparse derivatives by templates: the slopes of every row, put in their places and added up.

Where slots of one row hold the same entry, what they add comes to one place: the second derivatives in slots a and b
stand at (a, b) and at (b, a), which are the same place then, and both count.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gradcli.autograd.point import Torch
from gradcli.autograd.templates import first_slopes, second_slopes, templates_at
from gradcli.base.arrays import FloatArray
from gradcli.base.compressed import Triples
from gradcli.base.sparse import SparseMatrix
from gradcli.engine.sparse.answer import TEMPLATES, SparseDerivative
from gradcli.meaning.templates.template import Entries, Slot
from gradcli.operations.shape_rules import numbered

Mask = npt.NDArray[np.bool_]


def jacobian_by_templates(point: Torch) -> SparseDerivative:
    """The Jacobian. Errors: Untemplated; LimitError; as ``Torch.guarded``."""
    templates, value = templates_at(point, 1)
    positions = _numbered(point)
    parts: dict[str, list[Triples]] = {name: [] for name in positions}
    for template in templates:
        owners = np.broadcast_to(np.int32(0), template.rows) if template.owners is None else template.owners
        for k, slopes in first_slopes(point, template).items():
            for name, where, columns in _apart(template.slots[k], positions):
                rows, data = (owners, slopes) if where is None else (owners[where], slopes[where])
                parts[name].append(Triples(rows, columns, data))
    blocks: dict[tuple[str, ...], SparseMatrix] = {
        (name,): SparseMatrix.of_parts(found, (value.size, len(positions[name]))) for name, found in parts.items()
    }
    return SparseDerivative(blocks, value, TEMPLATES, templates=templates)


def hessian_by_templates(point: Torch) -> SparseDerivative:
    """The Hessian of a scalar. Errors: as above."""
    templates, value = templates_at(point, 2)
    positions = _numbered(point)
    parts: dict[tuple[str, str], list[Triples]] = {(row, column): [] for row in positions for column in positions}
    for template in templates:
        apart = [_apart(slot, positions) for slot in template.slots]
        for (i, j), slopes in second_slopes(point, template).items():
            for row, here, rows in apart[i]:
                for column, there, columns in apart[j]:
                    triples = _both(here, there, rows, columns, slopes)
                    parts[row, column].append(triples)
                    if i != j:
                        parts[column, row].append(Triples(triples.columns, triples.rows, triples.data))
    blocks: dict[tuple[str, ...], SparseMatrix] = {
        (row, column): SparseMatrix.of_parts(found, (len(positions[row]), len(positions[column])))
        for (row, column), found in parts.items()
    }
    return SparseDerivative(blocks, value, TEMPLATES, templates=templates)


def _both(here: Mask | None, there: Mask | None, rows: Entries, columns: Entries, slopes: FloatArray) -> Triples:
    """The triples of the template's rows in which both slots hold entries of their variable."""
    if here is None and there is None:
        return Triples(rows, columns, slopes)
    if here is None or there is None:
        where = here if there is None else there
        assert where is not None
        return Triples(
            rows if there is None else rows[where], columns if here is None else columns[where], slopes[where]
        )
    both = here & there
    return Triples(rows[both[here]], columns[both[there]], slopes[both])


def _numbered(point: Torch) -> dict[str, range]:
    return numbered({name: point.task.values[name].shape for name in point.task.wrt})


def _apart(slot: Slot, positions: Mapping[str, range]) -> list[tuple[str, Mask | None, Entries]]:
    """For each variable whose entries stand in the slot: in which rows (None: in all), and which entries of it."""
    entries = slot.entries
    low, high = int(entries.min(initial=0)), int(entries.max(initial=-1))
    found: list[tuple[str, Mask | None, Entries]] = []
    for name, at in positions.items():
        if at.start <= low and high < at.stop:
            return [(name, None, entries - at.start if at.start else entries)]
        if low < at.stop and high >= at.start:
            where = (entries >= at.start) & (entries < at.stop)
            if where.any():
                found.append((name, where, entries[where] - at.start))
    return found
