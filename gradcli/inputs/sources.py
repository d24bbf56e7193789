"""A function or a claim as it was given: a text, or sympy's expression or matrix; as a tree, and as a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

import sympy

from gradcli.base.errors import ExpressionError, printable
from gradcli.inputs.request import valid_name
from gradcli.language import nodes
from gradcli.language.known import NOTHING, Known
from gradcli.language.parse import Expression, parse
from gradcli.language.primary import CONSTANTS
from gradcli.language.write import write_formula
from gradcli.meaning.program import compile_tree
from gradcli.operations.table import OPS

# A matrix of one column is a vector, as vectors have one axis here. Symbols are matched by name, and are real.
Source: TypeAlias = str | float | sympy.Expr | sympy.MatrixBase


def parse_source(
    source: Source, bound: Sequence[str] = (), sizes: Mapping[str, int] | None = None, known: Known = NOTHING
) -> Expression:
    """A text parsed, with letters of ``sizes``, or sympy's expression as it is. Errors: ExpressionError."""
    if isinstance(source, str):
        return parse(source, bound=bound, sizes=sizes, known=known)
    tree = _tree(source)
    return Expression(tree, str(source), {}, tuple(sorted(symbol.name for symbol in tree.free_symbols)))


def source_text(source: Source) -> str:
    """The source in gradcli's language.

    Errors: ExpressionError for a function of sympy's that the language lacks, InputError for a symbol's name that it
    does not read.

    >>> source_text(sympy.sqrt(sympy.Symbol("x")) / 3)
    'sqrt(x)/3'
    """
    if isinstance(source, str):
        return source
    tree = _tree(source)
    compile_tree(tree)  # nothing of sympy's is written down that would be read as something else, as sinc would
    return write_formula(tree)


def _tree(source: float | sympy.Expr | sympy.MatrixBase) -> nodes.Tree:
    if isinstance(source, int | float) and not isinstance(source, bool) and isfinite(source):
        return nodes.number(Fraction(repr(source)))
    if isinstance(source, sympy.MatrixBase):
        return _matrix(source)
    shown = printable(str(source))[:60]
    if isinstance(source, sympy.MatrixExpr):
        hint = 'write it as a text, and its shape beside it: shape={"A": (2, 3)}'
        raise ExpressionError(f"a symbol of a matrix has no entries: {shown}", hint=hint)
    if not isinstance(source, sympy.Expr) or source.has(sympy.I, sympy.zoo):
        raise ExpressionError(f"not a text, nor a real sympy expression: {shown}")
    _refuse_misread(source.free_symbols, shown)
    real = source.subs({symbol: nodes.symbol(symbol.name) for symbol in source.free_symbols})
    return real.doit() if real.has(sympy.Derivative, sympy.Subs) else real  # what sympy left open for complex symbols


def _refuse_misread(symbols: set[sympy.Symbol], shown: str) -> None:
    """Errors: InputError for a name that the language does not read; ExpressionError for one that it reads as a number,
    for two symbols of one name, and for a symbol that is no number."""
    names = [valid_name(symbol.name) for symbol in symbols]
    for name in names:
        if name in CONSTANTS:
            hint = "give the symbol another name"
            raise ExpressionError(f"a symbol named {name}, which the language reads as the constant", hint=hint)
    if len(set(names)) < len(names):
        raise ExpressionError(f"different symbols of one name in {shown}", hint="give each a name of its own")
    if not all(symbol.is_commutative for symbol in symbols):
        raise ExpressionError(f"symbols that do not commute, in {shown}", hint="write matrices as a text, with @")


def _matrix(matrix: sympy.MatrixBase) -> nodes.Tree:
    """``[a, b]`` of a column, ``[[a, b], [c, d]]`` of any other matrix."""
    if 0 in matrix.shape:
        raise ExpressionError(f"a matrix without entries, of shape {matrix.shape}")
    rows = [[_tree(entry) for entry in row] for row in matrix.tolist()]
    return _stacked([row[0] for row in rows] if matrix.cols == 1 else [_stacked(row) for row in rows])


def _stacked(parts: list[nodes.Tree]) -> nodes.Tree:
    return nodes.make(OPS["stack"], parts, (0,))
