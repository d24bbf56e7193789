"""Numbers and arrays as text that reads back equal, and the values that a format of numbers asks for."""

from __future__ import annotations

from typing import Any

from gradcli.base.errors import UsageError
from gradcli.report.document import Difference, Document, Value

ENDS = 3  # entries at each end of an axis that is too long to be shown


def value_text(value: Any, limit: int | None = None) -> str:  # Any: number, array, text, nested lists or None
    """A value that reads back equal; past ``limit`` entries only the ends of each axis."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, int):
        return repr(value)
    if getattr(value, "ndim", 0) == 0:
        return repr(float(value))
    if limit is not None and value.size > limit:
        return _ends(value)
    return str(value.tolist())


def _ends(value: Any) -> str:  # Any: an array or a number
    if getattr(value, "ndim", 0) == 0:
        return repr(float(value))
    if len(value) <= 2 * ENDS:
        return f"[{', '.join(map(_ends, value))}]"
    return f"[{', '.join([*map(_ends, value[:ENDS]), '...', *map(_ends, value[-ENDS:])])}]"


def both_text(found: Difference, none: str) -> str:
    """``claimed 2.0, true 4.0``; ``none``: what stands for a number that is not there."""
    claimed, true = (none if number is None else value_text(number) for number in (found.claimed, found.true))
    return f"claimed {claimed}, true {true}"


SPARSE = "text, json, csv, npz and mtx hold sparse matrices; --no-sparse computes all entries"


def values_of(document: Document, name: str) -> tuple[Value, ...]:
    """Values that are not sparse, for the format of that name. Errors: UsageError for a document that has none."""
    if not document.values:
        raise UsageError(f"{document.command} is written as text, json or html")
    if any(value.matrix is not None for value in document.values):
        raise UsageError(f"{name} holds all entries, and this derivative is sparse", hint=SPARSE)
    return document.values


def matrices_of(document: Document, name: str) -> tuple[Value, ...]:
    """Values with sparse matrices, for the format of that name. Errors: UsageError where there are none."""
    if not document.values:
        raise UsageError(f"{document.command} is written as text, json or html")
    if any(value.matrix is None for value in document.values):
        hint = "--sparse, not --no-sparse, asks for one, of a Jacobian or a Hessian at values"
        raise UsageError(f"{name} holds a sparse matrix, and this is none", hint=hint)
    return document.values


def numbers_of(document: Document, name: str) -> tuple[Value, ...]:
    """Values with numbers, for the format of that name. Errors: UsageError where there are only formulas."""
    values = values_of(document, name)
    if any(value.number is None and value.text is not None for value in values):
        raise UsageError(f"{name} holds numbers, and a formula has none", hint="bind the variables, or --format latex")
    return values
