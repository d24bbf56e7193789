"""Formulas of a document as MathML, and as code where that is not to be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.base.errors import GradcliError
from gradcli.report.document import Formula
from gradcli.report.html.escape import escaped, tag
from gradcli.report.html.mathml import UnsetError, mathml

ASSIGNED = r",\quad "  # behind an assignment in LaTeX of ours
WIDE = 160  # characters of LaTeX that are set smaller in a heading
LONG = 1_500  # characters of LaTeX: what is longer nobody reads as a formula

Shapes = Mapping[str, Sequence[str | int]]


def formula(block: Formula, *, display: bool = True) -> str:
    """The formula in a line of its own, which scrolls where it is wide."""
    latex = _latex(block)
    found = set_latex(latex, block.said, display=display)
    if found is None:
        return scrolling("pre", tag("code", escaped(block.said)), "formula")
    if not display:
        return found
    size = " wide" if latex is not None and len(latex) > WIDE else ""
    return tag("div", found, class_=f"formula scroll{size}", tabindex="0") + _given(block)


def heading(block: Formula) -> tuple[str, str]:
    """The formula for inside of a heading, where no block may stand, and what comes below that."""
    latex = _latex(block)
    found = set_latex(latex, block.said)
    size = " wide" if latex is None or len(latex) > WIDE else ""
    made = tag("span", found or tag("code", escaped(block.said)), class_=f"formula scroll{size}", tabindex="0")
    return made, _given(block) if found else ""


def _given(block: Formula) -> str:
    """What is assigned in it, on a line of its own."""
    right = latex_of(block.text, block.shapes) or ""
    given = (set_latex(each, "what stands for a part", display=False) for each in right.split(ASSIGNED)[:-1])
    shown = ", ".join(filter(None, given))
    return tag("p", f"with {shown}") if shown else ""


def set_latex(latex: str | None, text: str, *, display: bool = True) -> str | None:
    """MathML of LaTeX, None where it cannot be set. text: what it says, for those who do not see it"""
    if latex is None or len(latex) > LONG:
        return None
    try:
        return mathml(latex, text, display=display)
    except UnsetError:
        return None


def scrolling(name: str, body: str, label: str, **attributes: str) -> str:
    """An element that scrolls by itself where it is wider than the page, with the keyboard too."""
    return tag("div", tag(name, body, **attributes), class_="scroll", tabindex="0", role="region", aria_label=label)


def _latex(block: Formula) -> str | None:
    right = latex_of(block.text, block.shapes)
    if right is None or (block.left and not block.left_latex):
        return None
    value = right.split(ASSIGNED)[-1]
    return f"{block.left_latex} = {value}" if block.left_latex else value


def equal(left: str, right: str) -> str:
    r"""``left = right``; what is assigned in it comes behind it: ``f = s^{2} \quad \text{with} \quad s = ...``."""
    *given, value = right.split(ASSIGNED)
    said = f"{left} = {value}" if left else value
    return rf"{said} \quad \text{{with}} \quad {', '.join(given)}" if given else said


def latex_of(text: Any, shapes: Shapes) -> str | None:  # Any: a text, or nested lists of texts
    """A formula, or a vector or matrix of them; None for what has no LaTeX."""
    if not isinstance(text, str):
        rows = [row if isinstance(row, list | tuple) else [row] for row in text]
        cells = [[_entry(cell, shapes) for cell in row] for row in rows]
        if any(cell is None for row in cells for cell in row):
            return None
        body = r" \\ ".join(" & ".join(map(str, row)) for row in cells)
        return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"
    return _written(text, shapes, numbers=False)


def _entry(text: Any, shapes: Shapes) -> str | None:  # Any: as above
    return _written(text, shapes, numbers=True) if isinstance(text, str) else None


def _written(text: str, shapes: Shapes, *, numbers: bool) -> str | None:
    from gradcli.closed.notation.latex import latex  # loads sympy

    try:
        return latex(text, {name: axes for name, axes in shapes.items() if len(axes)}, numbers=numbers)
    except GradcliError:
        return None
