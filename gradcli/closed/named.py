"""Functions of which only the derivative is known: what is known of each under its label.

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
from gradcli.language.nodes import Tree, number
from gradcli.meaning import rules
from gradcli.meaning.program import Program, compile_tree
from gradcli.meaning.symbolic import Symbolic, derivative
from gradcli.operations.table import CONTENTS, OPS

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
    name = label.partition(":")[0]
    function: Callable[..., Any] = getattr(SYMBOLS, name)
    operands = [SYMBOLS.scalar(x) if isinstance(x, Fraction) else x for x in operands_of(label, arrays)]
    try:
        return sympy.S.Zero + function(*operands)
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        raise LimitError(f"{name} of such operands is not read for all sizes", kind="unchecked") from None


def operands_of(label: str, arrays: Sequence[Tree]) -> list[Any]:
    """The function's operands, with these in the places of its arrays: trees, whole numbers, fractions or None."""
    left = iter(arrays)
    return [next(left) if part == ARRAY else _literal(part) for part in (label.partition(":")[2] or ARRAY).split(",")]


def _literal(part: str) -> int | Fraction | None:
    if part == "None":
        return None
    value = Fraction(part)
    return int(value) if value.denominator == 1 else value


@cache
def written_out(label: str) -> Program | None:
    """The function as a formula of others, where sympy has it as one: a polynomial, say."""
    found = expression(label)
    return compile_tree(found) if found.is_Add or found.is_Mul or found.is_Pow or found.is_Rational else None


@cache
def slope_program(label: str, k: int) -> Program:
    """The derivative in the k-th array: sympy's, which is the rule of all rows without a text, else the row's text.

    sympy comes first since a text may be written for floats: that of erfcinv keeps the digits of tails.
    Errors: LimitError in the words of the row where there is none.
    """
    value = expression(label)
    try:
        return compile_tree(derivative(value, symbols(arrays_of(label))[k]))
    except (LimitError, ExpressionError, sympy.SympifyError, ArithmeticError, TypeError, ValueError) as error:
        if label.partition(":")[0] not in CONTENTS.functions:
            raise LimitError(f"{label} has no derivative: {error}", kind="unchecked") from None
        return compile_tree(_rule(label, k))


def _rule(label: str, k: int) -> Tree:
    """The rule of the row that means the function, of one entry and of the cotangent 1. Errors: LimitError."""
    op = OPS[CONTENTS.functions[label.partition(":")[0]]]
    order = op.function[1]
    arrays = symbols(arrays_of(label))
    given = dict(zip(order, operands_of(label, arrays), strict=True))
    operands = [number(x) if isinstance(x, int | Fraction) else x for x in (given[param.name] for param in op.tensors)]
    constants = tuple(given[param.name] for param in op.constants)
    return rules.slope_at(op, operands.index(arrays[k]), operands, constants)


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
    try:
        return arrays_of(label) == 1 and bool(derivative(expression(label), *symbols(1)) == 0)
    except LimitError:  # a function of ours, of which sympy has no derivative
        return False
