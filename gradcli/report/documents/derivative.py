"""A gradient, Jacobian or Hessian as a document: a value for each variable, and the verdict beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcli.base.memory import shown
from gradcli.commands.results import leaves
from gradcli.report.document import Block, Code, Document, Line, Role, Value
from gradcli.report.documents.derivations import steps_of
from gradcli.report.documents.verdicts import remark

if TYPE_CHECKING:
    from gradcli.commands.results import Result


def document(result: Result) -> Document:
    """Digits where they were asked for, else numbers, else formulas; a verdict other than ``agrees`` is a warning."""
    numbers, trees = leaves(result.printed), leaves(result.trees)
    texts = leaves(result.digits or (result.formula if result.derivative is None else None))
    refused = leaves(result.refused)
    told = [names for names in texts or numbers if names not in refused]
    blocks = ((names, numbers.get(names), texts.get(names), trees.get(names)) for names in told)
    values = (_value(result, *block) for block in blocks)
    said = remark(result.check)
    notes = tuple(Line(note, label="note") for note in result.notes)
    others = _corrected(result) + _refusals(refused, result.wrt)
    entries = _entries(result)
    surprise = result.sparse is not None and (not result.sparse.asked or bool(result.sparse.reason))
    return Document(
        result.command,
        _blocks(result, tuple(values)),
        result.to_dict,
        remarks=(Line(result.read_as, label="read as"), *notes, *entries, said, *_memory(result), *others),
        warnings=(
            *((Line(result.read_as, label="read as"),) if result.latex else ()),
            *notes,
            *(entries if surprise else ()),
            *(() if str(result.check.verdict) == "agrees" else (said,)),
            *others,
        ),
        partial=bool(refused),
        value=None if result.value is None else Value(("value",), result.value),
        written=result.written is not None,
    )


def _blocks(result: Result, values: tuple[Value, ...]) -> tuple[Block, ...]:
    """The program, where one was asked for; derivations before numbers, and in the place of their formulas."""
    if result.code is not None:
        return (Code(result.code.rstrip("\n")),)
    ends = {one.names: one.derivation.lines[-1].text for one in result.derivations if one.derivation is not None}
    left = [v for v in values if result.derivative is not None or v.text is None or v.text != ends.get(v.names)]
    return (*steps_of(result.derivations, result.detail, valued=any(v.names in ends for v in left)), *left)


def _memory(result: Result) -> tuple[Line, ...]:
    """What arrays take, where there is a bound on it."""
    if result.memory is None:
        return ()
    return (Line(f"{shown(result.memory)} of arrays at most, counted from the shapes", label="memory"),)


def _value(result: Result, names: tuple[str, ...], number: Any, text: Any, trees: Any) -> Value:  # Any: see Value
    """A block: a sparse one has a matrix in the place of the number."""
    if result.sparse is not None and number is not None:
        return Value(names, matrix=number, way=result.sparse.way)
    return Value(names, number, text, trees, result.shapes, result.order, result.product)


def _entries(result: Result) -> tuple[Line, ...]:
    """How many entries a sparse derivative has."""
    if result.sparse is None:
        return ()
    more = "" if result.sparse.asked else "; --no-sparse asks for all of them"
    return (Line(f"{result.sparse}{more}", label="sparse"),)


def _refusals(refused: Mapping[tuple[str, ...], str], wrt: Sequence[str]) -> tuple[Line, ...]:
    """What has no formula and why, and how to ask for the others alone."""
    lines = tuple(Line(why, label=",".join(names)) for names, why in refused.items())
    others = [name for name in wrt if not any(name in names for names in refused)]
    hint = (Line(f"--wrt {','.join(others)} asks for the others alone", Role.HINT),) if refused and others else ()
    return lines + hint


def _corrected(result: Result) -> tuple[Line, ...]:
    """Where a certain number stands in the place of torch's."""
    torch, certain = leaves(result.derivative), leaves(result.certain)
    moved = [",".join(names) for names, part in certain.items() if not _same(torch[names], part)]
    if not moved:
        return ()
    return (Line(f"{', '.join(moved)}: the certain number stands in the place of torch's", label="corrected"),)


def _same(torch: Any, certain: Any) -> bool:  # Any: a float, an array, or None
    return repr(torch) == repr(certain) if torch is None else bool(np.array_equal(torch, certain, equal_nan=True))
