"""Square roots of sums of many entries: no formula of a few, but their squares are such sums again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradcli.language import nodes
from gradcli.meaning.templates.formula import exact_number
from gradcli.meaning.templates.operations import entry_by_entry
from gradcli.meaning.templates.sums import narrow
from gradcli.meaning.templates.template import Untemplated
from gradcli.meaning.templates.values import Known, Sums, Value
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape

OF_MANY = "a square root is taken of a sum of many entries"
_ROOT = sympy.Dummy(positive=True)


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """The square root of sums."""

    square: Sums

    @property
    def shape(self) -> Shape:
        return self.square.shape


def with_roots(
    op: Op, arguments: Sequence[Value | Root | None], shape: Shape, constants: tuple[Any, ...]
) -> Value | Root:
    """An operation entry by entry, as its row has it in trees: roots of sums, and their squares; Any: see nodes.Static.

    Errors: Untemplated for anything else of a root; those of ``entry_by_entry``.
    """
    first = arguments[0]
    if isinstance(first, Root) and op.tree is not None:
        operands = [_ROOT if a is first else _number(a) for a in arguments]
        if first.shape == shape and nodes.make(op, operands).doit() == _ROOT**2:
            return first.square
    plain = [a for a in arguments if not isinstance(a, Root)]
    if len(plain) < len(arguments):
        raise Untemplated(OF_MANY)
    rooting = op.tree is not None and len(plain) == 1 and nodes.make(op, [_ROOT]) == sympy.sqrt(_ROOT)
    if rooting and isinstance(first, Sums) and narrow(first) is None:
        return Root(first)
    return entry_by_entry(op, plain, shape, constants)


def _number(value: Value | Root | None) -> sympy.Basic:
    if isinstance(value, Known) and value.numbers.size == 1:
        return exact_number(float(value.numbers.reshape(())))
    return sympy.Dummy()
