"""Functions of which sympy knows the derivative: what is known of each under its label.

A label is the name by which the arithmetic of symbols has the function, and what its operands are where not all are
arrays or there are several: ``sin``, ``polygamma:0,_``, ``atan2:_,_``, with ``_`` for an array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import sympy

from gradcli.base.errors import ExpressionError, LimitError
from gradcli.language.nodes import Tree
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.symbolic import Symbolic, derivative

SYMBOLS = Symbolic(ideal=True)
ARRAY = "_"


def label_for(name: str, operands: Sequence[Any]) -> str:
    """Operands: None, numbers, or anything else for an array."""
    parts = [str(x) if x is None or isinstance(x, int | Fraction) else ARRAY for x in operands]
    return name if parts == [ARRAY] else f"{name}:{','.join(parts)}"


def arrays_of(label: str) -> int:
    """How many operands are arrays."""
    _, given, parts = label.partition(":")
    return parts.split(",").count(ARRAY) if given else 1


def symbols(count: int) -> list[Tree]:
    """What stands for the arrays in sympy's expressions."""
    return [sympy.Symbol(f"x{k}", real=True) for k in range(count)]


@cache
def expression(label: str) -> Tree:
    """The function of symbols. Errors: LimitError where there is none of these operands."""
    return _of(label, symbols(arrays_of(label)))


def _of(label: str, arrays: Sequence[Tree]) -> Tree:
    name, _, parts = label.partition(":")
    left = iter(arrays)
    operands = [next(left) if part == ARRAY else _literal(part) for part in (parts or ARRAY).split(",")]
    function: Callable[..., Any] = getattr(SYMBOLS, name)
    try:
        return sympy.S.Zero + function(*operands)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        raise LimitError(f"{name} of such operands is not read for all sizes", kind="unchecked") from None


def _literal(part: str) -> Any:
    if part == "None":
        return None
    number = Fraction(part)
    return int(number) if number.denominator == 1 else sympy.Rational(number.numerator, number.denominator)


@cache
def written_out(label: str) -> Program | None:
    """The function as a formula of others, where sympy has it as one: a polynomial, say."""
    found = expression(label)
    return compile_tree(found) if found.is_Add or found.is_Mul or found.is_Pow or found.is_Rational else None


@cache
def slope_programs(label: str) -> tuple[Program | None, ...]:
    """The derivative in each array; None where sympy has none."""
    return tuple(_slope_program(expression(label), symbol) for symbol in symbols(arrays_of(label)))


def _slope_program(value: Tree, symbol: Tree) -> Program | None:
    try:
        return compile_tree(derivative(value, symbol))
    except (LimitError, ExpressionError, sympy.SympifyError, ArithmeticError, TypeError, ValueError):
        return None


@cache
def parity(label: str) -> int:
    """1 for an even function of one array, -1 for an odd one, 0 for any other, as sympy knows it."""
    if arrays_of(label) != 1:
        return 0
    there = expression(label)
    back = _of(label, [-symbols(1)[0]])
    return 1 if back == there else -1 if back == -there else 0


@cache
def is_flat(label: str) -> bool:
    """Is its derivative 0 wherever it has one, as that of a sign?"""
    return arrays_of(label) == 1 and bool(derivative(expression(label), *symbols(1)) == 0)
