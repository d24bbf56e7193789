"""Numbers as CSV."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradcli.report.document import Document, Value, View
from gradcli.report.triples import lines_of
from gradcli.report.values import matrices_of, numbers_of


def render(document: Document, _view: View) -> str:
    """One array: its rows, which read back as a value; several: lines ``variable,index,value``.

    A sparse matrix: lines ``row,column,value``; several: ``variable,row,column,value``.
    """
    if any(value.matrix is not None for value in document.values):
        return _triples(matrices_of(document, "csv"))
    values = numbers_of(document, "csv")
    if len(values) == 1:
        table = np.atleast_1d(values[0].number)
        lines = [[entry] for entry in table.tolist()] if table.ndim == 1 else table.reshape(len(table), -1).tolist()
        return "".join(",".join(map(repr, line)) + "\n" for line in lines)
    return "variable,index,value\n" + "".join(map(_entries, values))


def _triples(values: Sequence[Value]) -> str:
    head = "row,column,value\n"
    if len(values) == 1:
        return head + lines_of(values[0].matrix, ",")
    return f"variable,{head}" + "".join(lines_of(value.matrix, ",", f"{_label(value)},") for value in values)


def _label(value: Value) -> str:
    return value.names[0] if len(value.names) == 1 else f'"{",".join(value.names)}"'


def _entries(value: Value) -> str:
    label = _label(value)
    if value.number is None:
        return f"{label},,\n"
    array = np.asarray(value.number)
    return "".join(
        f"{label},{' '.join(map(str, place))},{float(array[place])!r}\n" for place in np.ndindex(array.shape)
    )
