"""Values as LaTeX: the formula where there is one, else the numbers as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import LimitError, UsageError
from gradcli.closed.notation.latex import latex
from gradcli.language.nodes import Tree
from gradcli.meaning.scalars import Array
from gradcli.meaning.symbolic import failures
from gradcli.report.document import Document, Value, View
from gradcli.report.values import values_of


def render(document: Document, _view: View) -> str:
    """One value: its body; several: a line each, with the derivative that it is on the left."""
    values = values_of(document)
    bodies = _closed(values) or _formulas(values) or [_numbers(value.number) for value in values]
    if len(values) == 1:
        return f"{bodies[0]}\n"
    return "".join(f"{_label(value.names)} = {body}\n" for value, body in zip(values, bodies, strict=True))


def _closed(values: Sequence[Value]) -> list[str] | None:
    """Formulas in matrix notation; None where there are numbers, or entries."""
    if any(value.trees is not None or not isinstance(value.text, str) for value in values):
        return None
    return [latex(value.text, {name: axes for name, axes in (value.shapes or {}).items() if axes}) for value in values]


def _formulas(values: Sequence[Value]) -> list[str] | None:
    """None where one lacks its formula, or sympy cannot write it. Errors: LimitError where there is no number too."""
    if any(value.trees is None for value in values):
        return None
    try:
        with failures():
            return [formula(value.trees) for value in values]
    except LimitError:
        if any(value.number is None for value in values):
            raise
        return None


def formula(trees: Array) -> str:
    """A scalar, a column vector or a matrix; more axes as nested brackets."""
    if trees.ndim == 0:
        return _entry(trees[()])
    if trees.ndim > 2:
        return r"\left[" + ", ".join(formula(part) for part in trees) + r"\right]"
    return _matrix([[_entry(tree) for tree in row] for row in _rows(trees)])


def _entry(tree: Tree) -> str:
    """Entry symbols ``x[0]`` with subscripts ``x_{0}``."""
    names = {
        s: sympy.Symbol(s.name.replace("[", "_{").replace("]", "}").replace(" ", ""), real=True)
        for s in tree.free_symbols
        if "[" in s.name
    }
    return str(sympy.latex(tree.xreplace(names)))


def _numbers(value: Any) -> str:  # Any: number, array or None
    """Errors: UsageError for more than two axes."""
    if value is None:
        return "0"
    array = np.asarray(value)
    if array.ndim == 0:
        return repr(float(array))
    if array.ndim > 2:
        raise UsageError("LaTeX shows vectors and matrices", hint="--format json has all axes")
    return _matrix([[repr(float(number)) for number in row] for row in _rows(array)])


def _rows(array: Any) -> Any:  # Any: an array of numbers or trees
    """A vector is a column."""
    return array[:, None] if array.ndim == 1 else array


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    body = r" \\ ".join(map(" & ".join, rows))
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _label(names: tuple[str, ...]) -> str:
    r"""``\frac{\partial f}{\partial x}``, or the second derivative of a Hessian's block."""
    below = " ".join(rf"\partial {name}" for name in names)
    top = r"\partial f" if len(names) == 1 else rf"\partial^{{{len(names)}}} f"
    return rf"\frac{{{top}}}{{{below}}}"
