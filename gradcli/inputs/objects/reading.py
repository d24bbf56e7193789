"""How an object of sympy's is read: from the outside in, bounded in size and depth, with bound symbols replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.logic.boolalg import Boolean

from gradcli.base.errors import ExpressionError, LimitError, printable
from gradcli.closed.notation.factors import rebuilt
from gradcli.language.cursor import MAX_DEPTH, MAX_NODES
from gradcli.language.folding import fold_number
from gradcli.language.known import NOTHING, Known
from gradcli.language.nodes import Tree
from gradcli.language.parse import Expression, parse

Bound: TypeAlias = Mapping[sympy.Symbol, Tree]
Reader: TypeAlias = Callable[["Reading", Any], Tree]  # Any: an object of the class that it is for


def shown(part: object) -> str:
    """An object in a message."""
    return printable(str(part))[:60]


def refused(part: object, why: str, hint: str | None = None) -> ExpressionError:
    return ExpressionError(f"{shown(part)}: {why}", hint=hint, kind="name")


def formula(text: str, operands: Mapping[str, Tree], sizes: Mapping[str, int] | None = None) -> Tree:
    """A formula of the language with operands in the place of its names; numbers are constants where these are due.

    Errors: ExpressionError.
    """
    return _put_in(_parsed(text, operands, sizes, NOTHING).tree, operands)


def _parsed(text: str, operands: Mapping[str, Tree], sizes: Mapping[str, int] | None, known: Known) -> Expression:
    folded = {name: fold_number(tree) for name, tree in operands.items()}
    constants = {name: value for name, value in folded.items() if value is not None}
    return parse(text, bound=operands.keys(), constants=constants, sizes=sizes, known=known)


def _put_in(tree: Tree, operands: Mapping[str, Tree]) -> Tree:
    return rebuilt(tree, lambda one: operands.get(one.name, one) if one.is_Symbol else one)


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads the objects of a class and of those derived from it, as numbers and arrays, and as conditions."""

    numbers: Mapping[type, Reader]
    conditions: Mapping[type, Reader]


class Reading:
    """One object; sizes: of letters; known: of symbols; bound: what its bound symbols stand for."""

    def __init__(self, readers: Readers, sizes: Mapping[str, int], known: Known, bound: Bound | None = None) -> None:
        self.readers, self.sizes, self.known, self.bound = readers, sizes, known, bound or {}
        self.trees: dict[sympy.Basic, Tree] = {}
        self.counted: set[str] = set()  # symbols whose values stand where a constant is due
        self.depth = 0
        self.parts = [0]  # how many were read, in all readings of one object

    def number(self, part: sympy.Basic) -> Tree:
        """The tree of a number or an array. Errors: ExpressionError, InputError, LimitError."""
        found = self.trees.get(part)
        if found is None:
            found = self.trees[part] = self._counted(self._reader(part), part)
        return found

    def numbers(self, parts: Sequence[sympy.Basic]) -> list[Tree]:
        return [self.number(part) for part in parts]

    def condition(self, part: sympy.Basic) -> Tree:
        """The tree of a condition, or sympy's true or false. Errors: as ``number``."""
        return self._counted(self._reader(part, condition=True), part)

    def within(self, bound: Bound) -> Reading:
        """With further symbols that stand for something."""
        inner = Reading(self.readers, self.sizes, self.known, {**self.bound, **bound})
        inner.depth, inner.parts, inner.counted = self.depth, self.parts, self.counted
        return inner

    def formula(self, text: str, operands: Mapping[str, Tree]) -> Tree:
        """As ``formula``; symbols that have values are constants too where these are due."""
        symbols = {
            name: tree.name for name, tree in operands.items() if tree.is_Symbol and tree.name in self.known.values
        }
        read = _parsed(text, operands, self.sizes, Known({n: self.known.values[s] for n, s in symbols.items()}))
        self.counted |= {symbols[name] for name in read.counted}
        return _put_in(read.tree, operands)

    def _reader(self, part: sympy.Basic, *, condition: bool = False) -> Reader:
        readers = self.readers.conditions if condition else self.readers.numbers
        for kind in type(part).__mro__:
            if kind in readers:
                return readers[kind]
        return _no_condition if condition else _unknown

    def _counted(self, reader: Reader, part: sympy.Basic) -> Tree:
        self.parts[0] += 1
        if self.parts[0] > MAX_NODES:
            raise LimitError(f"the expression has more than {MAX_NODES:,} nodes")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError(f"the expression is nested more than {MAX_DEPTH} deep")
        tree = reader(self, part)
        self.depth -= 1
        return tree


def _unknown(_: Reading, part: sympy.Basic) -> Tree:
    if isinstance(part, Boolean):
        hint = "sympy.Piecewise((1, condition), (0, True)) makes a number of it"
        raise refused(part, "a condition is true or false: it has no derivative", hint)
    raise refused(part, f"sympy's {type(part).__name__} has no counterpart in the language")


def _no_condition(_: Reading, part: sympy.Basic) -> Tree:
    raise refused(part, "a condition on real numbers is needed here")
