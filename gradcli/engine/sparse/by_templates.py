"""Sparse derivatives by templates: the slopes of every row, put in their places and added up.

Where slots of one row hold the same entry, what they add comes to one place: the second derivatives in slots a and b
stand at (a, b) and at (b, a), which are the same place then, and both count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from gradcli.autograd.point import Torch
from gradcli.autograd.templates import first_slopes, second_slopes, templates_at
from gradcli.base.arrays import FloatArray
from gradcli.base.compressed import Triples
from gradcli.base.sparse import SparseMatrix
from gradcli.engine.sparse.answer import TEMPLATES, SparseDerivative
from gradcli.meaning.templates.template import Entries, Slot
from gradcli.operations.shape_rules import size

Mask = npt.NDArray[np.bool_]


def jacobian_by_templates(point: Torch) -> SparseDerivative:
    """The Jacobian. Errors: Untemplated; LimitError; as ``Torch.guarded``."""
    templates, value = templates_at(point, 1)
    numbering = _Numbering.of(point)
    parts: dict[str, list[Triples]] = {name: [] for name in numbering.names}
    for template in templates:
        owners = np.broadcast_to(np.int32(0), template.rows) if template.owners is None else template.owners
        for k, slopes in first_slopes(point, template).items():
            for name, where, columns in numbering.apart(template.slots[k]):
                rows, data = (owners, slopes) if where is None else (owners[where], slopes[where])
                parts[name].append(Triples(rows, columns, data))
    blocks: dict[tuple[str, ...], SparseMatrix] = {
        (name,): SparseMatrix.of_parts(found, (value.size, numbering.sizes[name])) for name, found in parts.items()
    }
    return SparseDerivative(blocks, value, TEMPLATES, templates=templates)


def hessian_by_templates(point: Torch) -> SparseDerivative:
    """The Hessian of a scalar. Errors: as above."""
    templates, value = templates_at(point, 2)
    numbering = _Numbering.of(point)
    names = numbering.names
    parts: dict[tuple[str, str], list[Triples]] = {(row, column): [] for row in names for column in names}
    for template in templates:
        apart = [numbering.apart(slot) for slot in template.slots]
        for (i, j), slopes in second_slopes(point, template).items():
            for row, here, rows in apart[i]:
                for column, there, columns in apart[j]:
                    triples = _both(here, there, rows, columns, slopes)
                    parts[row, column].append(triples)
                    if i != j:
                        parts[column, row].append(Triples(triples.columns, triples.rows, triples.data))
    blocks: dict[tuple[str, ...], SparseMatrix] = {
        (row, column): SparseMatrix.of_parts(found, (numbering.sizes[row], numbering.sizes[column]))
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


@dataclass(frozen=True, slots=True)
class _Numbering:
    """Where each variable's entries begin among all."""

    starts: dict[str, int]
    sizes: dict[str, int]

    @classmethod
    def of(cls, point: Torch) -> _Numbering:
        sizes = {name: size(point.task.values[name].shape) for name in point.task.wrt}
        return cls(dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False)), sizes)

    @property
    def names(self) -> Sequence[str]:
        return tuple(self.sizes)

    def apart(self, slot: Slot) -> list[tuple[str, Mask | None, Entries]]:
        """For each variable whose entries stand in the slot: in which rows (None: in all), and which entries of it."""
        entries = slot.entries
        low, high = int(entries.min(initial=0)), int(entries.max(initial=-1))
        found: list[tuple[str, Mask | None, Entries]] = []
        for name, start in self.starts.items():
            end = start + self.sizes[name]
            if start <= low and high < end:
                return [(name, None, entries - start if start else entries)]
            if low < end and high >= start:
                where = (entries >= start) & (entries < end)
                if where.any():
                    found.append((name, where, entries[where] - start))
        return found
