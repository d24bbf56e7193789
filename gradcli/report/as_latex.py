"""Values as LaTeX: the formula where there is one, else the numbers as a matrix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sympy

from gradcli.base.errors import ExpressionError, LimitError, UsageError, printable
from gradcli.closed.notation.latex import latex
from gradcli.closed.notation.letters import name_in_latex
from gradcli.closed.steps.latex import derivation_in_latex
from gradcli.language.nodes import Tree
from gradcli.language.write import write_formula
from gradcli.meaning.scalars import Array
from gradcli.meaning.symbolic import failures
from gradcli.report.document import Block, Document, Section, Steps, Value, View
from gradcli.report.values import values_of

_DECIMAL = re.compile(r"\d\.\d")
PRODUCTS = {"vjp": r"v^{\top} J", "jvp": "J v", "hvp": "H v"}


def render(document: Document, _view: View) -> str:
    """One value: its body; several: a line each, with the derivative that it is on the left. Derivations: a display
    each, in which what is new is underlined."""
    displays = list(_displays(document.blocks))
    if displays:
        return "\n\n".join(displays) + "\n"
    values = values_of(document, "latex")
    bodies = _closed(values) or _formulas(values) or [_numbers(value.number) for value in values]
    if len(values) == 1:
        return f"{bodies[0]}\n"
    return "".join(f"{_label(value)} = {body}\n" for value, body in zip(values, bodies, strict=True))


def _displays(blocks: Sequence[Block]) -> Iterator[str]:
    """The derivations among the blocks, with what they are in where there are several."""
    for block in blocks:
        if isinstance(block, Steps):
            shapes = {name: axes for name, axes in block.shapes.items() if axes}
            yield derivation_in_latex(block.steps, shapes, block.differentials)
        elif isinstance(block, Section):
            inner = list(_displays(block.blocks))
            yield from (f"% {printable(block.title.text)}\n{display}" for display in inner)


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
            return [formula(value.trees, bool(_DECIMAL.search(str(value.text)))) for value in values]
    except LimitError:
        if any(value.number is None for value in values):
            raise
        return None


def formula(trees: Array, decimals: bool = False) -> str:
    """A scalar, a column vector or a matrix; more axes as nested brackets. decimals: short ones stay such."""
    if trees.ndim == 0:
        return _entry(trees[()], decimals)
    if trees.ndim > 2:
        return r"\left[" + ", ".join(formula(part, decimals) for part in trees) + r"\right]"
    return _matrix([[_entry(tree, decimals) for tree in row] for row in _rows(trees)])


def _entry(tree: Tree, decimals: bool) -> str:
    """As text says it, entries ``x[0]`` with indices ``x_{0}``; what the language has no word for is sympy's."""
    axes = {}
    for symbol in tree.free_symbols:
        name, _, indices = symbol.name.partition("[")
        axes[name] = ("n",) * (1 + indices.count(",")) if indices else ()
    try:
        return latex(write_formula(tree, decimals=decimals), axes, numbers=True)
    except (ExpressionError, LimitError):
        return str(sympy.latex(tree))


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


def _label(value: Value) -> str:
    r"""``\frac{\partial^2 f}{\partial x \partial y}``; of a product with v what it is."""
    if value.product is not None:
        return f"({PRODUCTS[value.product]})_{{{','.join(map(name_in_latex, value.names))}}}"
    powers = {name: value.names.count(name) * value.order for name in value.names}
    above = _raised(r"\partial", sum(powers.values()))
    below = " ".join(rf"\partial {_raised(name_in_latex(name), power)}" for name, power in powers.items())
    return rf"\frac{{{above} f}}{{{below}}}"


def _raised(text: str, power: int) -> str:
    shown = str(power) if power < 10 else f"{{{power}}}"
    return text if power == 1 else f"{text}^{shown}"
