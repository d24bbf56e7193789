"""A document as a page of its own: one HTML file, formulas in MathML, drawings in SVG, no script."""

from __future__ import annotations

from gradcli.report.document import Document, View
from gradcli.report.html.page import page


def render(document: Document, _view: View) -> str:
    """All blocks, whatever the view is: a page has room, and folds what few ask for."""
    return page(document)
