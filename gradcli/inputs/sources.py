"""A function or a claim as it was given: a text, or sympy's expression or matrix; as a tree, and as a text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from typing import TypeAlias

import sympy

from gradcli.base.errors import ExpressionError, LimitError, printable
from gradcli.inputs.objects.expressions import tree_of
from gradcli.inputs.objects.matrices import Axes, immutable, shapes_in
from gradcli.inputs.objects.reading import shown
from gradcli.inputs.request import valid_name
from gradcli.language import nodes
from gradcli.language.constants import CONSTANTS
from gradcli.language.known import NOTHING, Known
from gradcli.language.parse import Expression, parse
from gradcli.language.write import write_formula

# A matrix of one column is a vector, as vectors have one axis here. Symbols are matched by name, and are real.
Source: TypeAlias = str | float | sympy.Basic | sympy.MatrixBase | sympy.NDimArray

_COMPLEX_PARTS = (sympy.re, sympy.im, sympy.conjugate, sympy.adjoint, sympy.transpose, sympy.Abs, sympy.arg)
# What sympy raises, in printing too, of objects that it lets be made and that make no sense: Add((1, 2), x).
_MALFORMED = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, NotImplementedError)


def parse_source(
    source: Source, bound: Sequence[str] = (), sizes: Mapping[str, int] | None = None, known: Known = NOTHING
) -> Expression:
    """What was given as a tree, with letters of ``sizes``; sympy's object by way of its text. Errors: ExpressionError,
    InputError."""
    if isinstance(source, str):
        return parse(source, bound=bound, sizes=sizes, known=known)
    text, counted = _text(source, sizes or {}, known)
    read = parse(text, bound=bound, sizes=sizes, known=known)
    names = (*read.names, *sorted(counted.difference(read.names)))
    return replace(read, names=names, counted=read.counted | counted)


def shapes_told(*sources: Source | None) -> dict[str, Axes]:
    """The shapes of sympy's symbols of matrices. Errors: ExpressionError."""
    objects = [immutable(source) for source in sources if isinstance(source, sympy.Basic | sympy.MatrixBase)]
    return {name: axes for source in objects for name, axes in shapes_in(source).items()}


def source_text(source: Source, sizes: Mapping[str, int] | None = None) -> str:
    """The source in gradcli's language.

    Errors: ExpressionError for what the language lacks, InputError for a symbol's name that it does not read.

    >>> source_text(sympy.sqrt(sympy.Symbol("x")) / 3)
    'sqrt(x)/3'
    """
    return source if isinstance(source, str) else _text(source, sizes or {}, NOTHING)[0]


def _text(source: Source, sizes: Mapping[str, int], known: Known) -> tuple[str, frozenset[str]]:
    """With the symbols whose values stand in it as constants."""
    try:
        tree, counted = _tree(source, sizes, known)
        return write_formula(tree), counted
    except RecursionError:
        raise LimitError("the expression is nested more deeply than sympy can read it") from None
    except _MALFORMED as error:
        said = printable(str(error).partition("\n")[0]) or type(error).__name__
        raise ExpressionError(f"sympy cannot work with its own {type(source).__name__}: {said}") from None


def _tree(source: Source, sizes: Mapping[str, int], known: Known) -> tuple[nodes.Tree, frozenset[str]]:
    if isinstance(source, int | float) and not isinstance(source, bool) and isfinite(source):
        return nodes.number(Fraction(repr(source))), frozenset()
    if not isinstance(source, sympy.Basic | sympy.MatrixBase | sympy.NDimArray):
        raise ExpressionError(f"not a text, nor a sympy expression: {shown(source)}")
    source = immutable(source)
    symbols = {symbol for symbol in source.free_symbols if isinstance(symbol, sympy.Symbol)}
    _refuse_misread(symbols, source)
    if source.has(*_COMPLEX_PARTS):  # which sympy itself works out for real symbols
        source = source.xreplace({symbol: nodes.symbol(symbol.name) for symbol in symbols})
    return tree_of(source, sizes, known)


def _refuse_misread(symbols: Iterable[sympy.Symbol], source: sympy.Basic) -> None:
    """Errors: InputError for a name that the language does not read; ExpressionError for one that it reads as a number,
    for two symbols of one name, and for a symbol that is no number."""
    names = [valid_name(symbol.name) for symbol in symbols]
    for name in names:
        if name in CONSTANTS:
            hint = "give the symbol another name"
            raise ExpressionError(f"a symbol named {name}, which the language reads as the constant", hint=hint)
    if len(set(names)) < len(names):
        raise ExpressionError(f"different symbols of one name in {shown(source)}", hint="give each a name of its own")
    if not all(symbol.is_commutative for symbol in symbols):
        raise ExpressionError(
            f"symbols that do not commute, in {shown(source)}", hint="write matrices as a text, with @"
        )
