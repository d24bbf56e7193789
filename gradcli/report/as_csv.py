"""Numbers as CSV."""

from __future__ import annotations

import numpy as np

from gradcli.report.document import Document, Value, View
from gradcli.report.values import numbers_of


def render(document: Document, _view: View) -> str:
    """One array: its rows, which read back as a value; several: lines ``variable,index,value``."""
    values = numbers_of(document, "csv")
    if len(values) == 1:
        table = np.atleast_1d(values[0].number)
        lines = [[entry] for entry in table.tolist()] if table.ndim == 1 else table.reshape(len(table), -1).tolist()
        return "".join(",".join(map(repr, line)) + "\n" for line in lines)
    return "variable,index,value\n" + "".join(map(_entries, values))


def _entries(value: Value) -> str:
    label = value.names[0] if len(value.names) == 1 else f'"{",".join(value.names)}"'
    if value.number is None:
        return f"{label},,\n"
    array = np.asarray(value.number)
    return "".join(
        f"{label},{' '.join(map(str, place))},{float(array[place])!r}\n" for place in np.ndindex(array.shape)
    )
