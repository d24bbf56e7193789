"""Where a sparse matrix has entries, as an image; drawn by matplotlib, of the extra ``plot``."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

from gradcli.base.errors import MissingError, UsageError
from gradcli.report.document import Document, View
from gradcli.report.pattern import facts, image, scaled
from gradcli.report.triples import places, stacked
from gradcli.report.values import matrices_of

PIXELS = 1_000  # of a side, at most, each an entry or a part of the matrix
INCHES = 6.0


def render(document: Document, view: View) -> bytes:
    """One picture; lines part the blocks of several variables. Errors: MissingError where matplotlib is not there."""
    values = matrices_of(document, "png")
    matrix = stacked(values)
    if 0 in matrix.shape:
        raise UsageError("there is no picture of a matrix without rows or columns")
    if view.terminal:
        raise UsageError("a terminal does not show .png", hint="-o FILE, or a pipe; --spy draws it as text")
    figure = _figure()
    axes = figure.add_subplot()
    drawn = image(matrix, *scaled(matrix.shape, PIXELS, PIXELS))
    square = "equal" if 4 * min(drawn.shape) >= max(drawn.shape) else "auto"
    extent = (-0.5, matrix.shape[1] - 0.5, matrix.shape[0] - 0.5, -0.5)
    axes.imshow(drawn, cmap="Greys", interpolation="nearest", vmin=0, vmax=1, aspect=square, extent=extent)
    for start, _ in list(places(values).values())[1:]:
        axes.axvline(start - 0.5, linewidth=0.5)
        if len(values[0].names) > 1:
            axes.axhline(start - 0.5, linewidth=0.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.get_major_locator().set_params(integer=True, min_n_ticks=1)  # rows and columns are counted
    axes.set_title(facts(matrix, values[0].way), fontsize="small", wrap=True)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200, metadata={"Software": "gradcli"})
    return buffer.getvalue()


def _figure() -> Any:  # Any: matplotlib's own
    """Without pyplot, which would look for a window."""
    try:
        return import_module("matplotlib.figure").Figure(figsize=(INCHES, INCHES), layout="constrained")
    except ImportError:
        message = "a picture needs the package matplotlib, which is not installed"
        raise MissingError(message, hint="pip install 'gradcli[plot]'; --spy draws it as text") from None
