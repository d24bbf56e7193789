"""A gradient, Jacobian or Hessian as a document: a value for each variable, and the verdict beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.report.document import Code, Document, Line, Role, Value
from gradcli.report.documents.verdicts import remark

if TYPE_CHECKING:
    from gradcli.commands.results import Result


def document(result: Result) -> Document:
    """Digits where they were asked for, else numbers, else formulas; a verdict other than ``agrees`` is a warning."""
    numbers, trees = _flat(result.printed), _flat(result.trees)
    texts = _flat(result.digits or (result.formula if result.derivative is None else None))
    refused = _flat(result.refused)
    told = [names for names in texts or numbers if names not in refused]
    blocks = ((names, numbers.get(names), texts.get(names), trees.get(names)) for names in told)
    values = (Value(*block, result.shapes, result.order, result.product) for block in blocks)
    said = remark(result.check)
    notes = tuple(Line(note, label="note") for note in result.notes)
    others = _corrected(result) + _refusals(refused, result.wrt)
    return Document(
        result.command,
        tuple(values) if result.code is None else (Code(result.code.rstrip("\n")),),
        result.to_dict,
        remarks=(Line(result.read_as, label="read as"), *notes, said, *others),
        warnings=(*notes, *(() if str(result.check.verdict) == "agrees" else (said,)), *others),
        partial=bool(refused),
        value=None if result.value is None else Value(("value",), result.value),
    )


def _refusals(refused: Mapping[tuple[str, ...], str], wrt: Sequence[str]) -> tuple[Line, ...]:
    """What has no formula and why, and how to ask for the others alone."""
    lines = tuple(Line(why, label=",".join(names)) for names, why in refused.items())
    others = [name for name in wrt if not any(name in names for names in refused)]
    hint = (Line(f"--wrt {','.join(others)} asks for the others alone", Role.HINT),) if refused and others else ()
    return lines + hint


def _corrected(result: Result) -> tuple[Line, ...]:
    """Where a certain number stands in the place of torch's."""
    torch, certain = _flat(result.derivative), _flat(result.certain)
    moved = [",".join(names) for names, part in certain.items() if not _same(torch[names], part)]
    if not moved:
        return ()
    return (Line(f"{', '.join(moved)}: the certain number stands in the place of torch's", label="corrected"),)


def _same(torch: Any, certain: Any) -> bool:  # Any: a float, an array, or None
    return repr(torch) == repr(certain) if torch is None else bool(np.array_equal(torch, certain, equal_nan=True))


def _flat(table: Mapping[str, Any] | None) -> dict[tuple[str, ...], Any]:  # Any: numbers, arrays, texts, or mappings
    """By variable, and the blocks of a Hessian by row and column."""
    found: dict[tuple[str, ...], Any] = {}
    for name, part in (table or {}).items():
        found |= (
            {(name, *below): each for below, each in _flat(part).items()}
            if isinstance(part, Mapping)
            else {(name,): part}
        )
    return found
