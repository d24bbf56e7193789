"""One array as an .npy file."""

from __future__ import annotations

import io

import numpy as np

from gradcli.base.errors import UsageError
from gradcli.report.document import Document, View
from gradcli.report.values import numbers_of


def render(document: Document, view: View) -> bytes:
    values = numbers_of(document, "npy")
    if len(values) != 1 or values[0].number is None:
        raise UsageError("an .npy file holds one array", hint="choose one variable with --wrt")
    if view.terminal:
        raise UsageError("a terminal does not show .npy", hint="-o FILE, or a pipe")
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(values[0].number), allow_pickle=False)
    return buffer.getvalue()
