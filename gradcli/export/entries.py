"""Dialects of loops: every array by its entries, each stored one a loop nest.

Elementwise operations, transposes and slices have no arrays of their own: they are written into the entry that needs
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.export.arrays import Call, Spelling, identifiers
from gradcli.export.unit import Unit
from gradcli.language.nodes import Size, Tree
from gradcli.meaning.program import Step
from gradcli.meaning.source import STRENGTHS, Text
from gradcli.meaning.torch_meaning import plain_constant
from gradcli.operations.shape_rules import Shape

Loop = tuple[str, str]  # a variable that runs from 0, and how often


@dataclass(frozen=True, slots=True)
class Value:
    """An array by its entries: ``at`` gives the text of one, from those of its indices, counted from 0.

    cheap: is an entry read or moved alone, so that nothing is lost where it is written twice?
    name:  of the array that holds it, where one does
    """

    shape: Shape
    at: Callable[[Sequence[str]], Text]
    cheap: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """``name[outer] = combined over inner (term)``; combine is sum, prod, max, min, or empty where nothing is."""

    name: str
    shape: Shape
    outer: tuple[Loop, ...]
    inner: tuple[Loop, ...]
    combine: str
    term: Text


class Language:
    """What a dialect of loops says by itself."""

    name = ""
    spellings: Mapping[str, Spelling] = MappingProxyType({})
    calls: Mapping[str, str] = MappingProxyType({})  # of rows that take whole arrays
    quotient, remainder = "({})/{}", "({})%{}"  # of indices
    zero, one = "0.0", "1.0"
    words: Container[str] = ()  # what no argument may be named

    def number(self, tree: Tree) -> Text:
        raise NotImplementedError

    def constant(self, value: Any) -> str:  # Any: see nodes.Static
        return repr(value)

    def entry(self, name: str, shape: Shape, at: Sequence[str]) -> str:
        raise NotImplementedError

    def store(self, store: Store) -> list[str]:
        raise NotImplementedError

    def whole(
        self, name: str, call: str, operands: Sequence[Value], shape: Shape, constants: Mapping[str, str]
    ) -> list[str]:
        """A statement that calls a function of whole arrays."""
        raise NotImplementedError

    def count(self, letter: str) -> Text:
        """A size as a number in a formula."""
        return Text(letter, STRENGTHS["s" if " " in letter else "p" if "*" in letter else "a"])

    def chosen(self, condition: str, yes: Text, no: Text) -> Text:
        """One of two, of which the other is not computed."""
        raise NotImplementedError


class Writer:
    """The statements that a program needs, in order, and the arrays that hold its results.

    rules: how rows that are not elementwise are written
    """

    def __init__(
        self, language: Language, unit: Unit, rules: Mapping[str, Callable[[Writer, Call], Value | None]]
    ) -> None:
        self.language, self.unit, self.rules = language, unit, rules
        self.names = identifiers(unit.names, language.words)
        self.lines: list[str] = []
        self.stored: list[Value] = []
        self.known: dict[tuple[str, tuple[int, ...]], tuple[Value, Value, Value]] = {}  # see loops.exponentials
        self._count = 0

    def results(self, names: tuple[str, str] = ("", "")) -> tuple[Value, Value]:
        """Value and derivative, each an argument or stored, under these names where they are given."""
        found: list[Value] = []
        uses = self.unit.uses
        for index, (step, shape) in enumerate(zip(self.unit.program.steps, self.unit.shapes, strict=True)):
            value = self.leaf(step, shape) if step.op is None else self.apply(step, [*found], shape)
            if step.op is not None and uses[index] > 1:
                value = self.kept(value)
            found.append(value)
        return self.held(found[self.unit.value], names[0]), self.held(found[self.unit.derivative], names[1])

    def leaf(self, step: Step, shape: Shape) -> Value:
        if not isinstance(step.tree, sympy.Symbol):
            return Value(shape, lambda _: self.language.number(step.tree))
        if step.tree.name in self.unit.letters:
            return Value(shape, lambda _: self.language.count(step.tree.name))
        return self.array(self.names[step.tree.name], shape)

    def array(self, name: str, shape: Shape) -> Value:
        return Value(shape, lambda at: Text(self.language.entry(name, shape, at) if shape else name), name=name)

    def kept(self, value: Value) -> Value:
        """The same so that its entries may be read often."""
        return value if value.cheap else self.held(value)

    def held(self, value: Value, name: str = "") -> Value:
        """The same in an array of its own, or in that which holds it."""
        if value.name:
            return value
        loops = self.loops(value.shape, "i")
        return self.new(value.shape, loops, (), "", value.at([v for v, _ in loops]), name)

    def combined(
        self, shape: Shape, sizes: Shape, combine: str, term: Callable[[Sequence[str], Sequence[str]], Text]
    ) -> Value:
        """A new array: of each entry a term, or terms over indices of these sizes combined."""
        outer, inner = self.loops(shape, "i"), self.loops(sizes, "k")
        return self.new(shape, outer, inner, combine, term([v for v, _ in outer], [v for v, _ in inner]))

    def new(
        self, shape: Shape, outer: Sequence[Loop], inner: Sequence[Loop], combine: str, term: Text, name: str = ""
    ) -> Value:
        name = name or self.fresh()
        self.lines += self.language.store(Store(name, shape, tuple(outer), tuple(inner), combine, term))
        return self.remember(name, shape)

    def fresh(self) -> str:
        self._count += 1
        return f"t{self._count}"

    def remember(self, name: str, shape: Shape) -> Value:
        self.stored.append(self.array(name, shape))
        return self.stored[-1]

    def loops(self, shape: Shape, letter: str) -> list[Loop]:
        return [(f"{letter}{axis}", self.size(size)) for axis, size in enumerate(shape)]

    def size(self, size: int) -> str:
        return size.name if isinstance(size, Size) else str(int(size))

    def apply(self, step: Step, found: Sequence[Value], shape: Shape) -> Value:
        """One operation. Errors: LimitError, by name, where the dialect has no words for it."""
        op = step.op
        assert op is not None
        operands = [None if i is None else found[i] for i in step.inputs]
        call = Call(
            operands,
            {p.name: plain_constant(c) for p, c in zip(op.constants, step.constants, strict=True)},
            [None if value is None else value.shape for value in operands],
            shape,
        )
        if op.elementwise and (spelling := self.language.spellings.get(op.name)):
            value = self.elementwise(spelling, call)
        elif op.name in self.language.calls:
            if any(len(of) > 2 for of in call.shapes if of is not None):
                raise LimitError(f"{self.language.name} has {op.name} of one matrix alone", kind="unchecked")
            value = self.called(self.language.calls[op.name], call)
        else:
            value = self.rules[op.name](self, call) if op.name in self.rules else None
        if value is None:
            raise LimitError(f"{self.language.name} has no words for {op.usage} as it stands here", kind="unchecked")
        return value

    def called(self, function: str, call: Call) -> Value:
        name = self.fresh()
        operands = [self.held(x) for x in call.operands]
        constants = {key: repr(value) for key, value in call.constants.items()}
        self.lines += self.language.whole(name, function, operands, call.shape, constants)
        return self.remember(name, call.shape)

    def elementwise(self, spelling: Spelling, call: Call) -> Value | None:
        """Entry by entry; what is repeated along an axis is computed once."""
        template = spelling(call) if callable(spelling) else spelling
        if template is None:
            return None
        operands = [
            x if x is None or len(x.shape) == len(call.shape) or not x.shape else self.kept(x) for x in call.operands
        ]
        constants = {name: self.language.constant(value) for name, value in call.constants.items()}

        def at(indices: Sequence[str]) -> Text:
            values = [None if x is None else x.at(repeated(x.shape, indices)) for x in operands]
            return filled(template, values, constants)

        return Value(call.shape, at, cheap=False)


Rule = Callable[[Writer, Call], "Value | None"]


def filled(template: str, values: Sequence[Text | None], constants: Mapping[str, str]) -> Text:
    """A template with its strength in front: ``p|{0:p}*{1:u}``."""
    strength, _, text = template.rpartition("|") if re.match(r"^[a-z]\|", template) else ("a", "", template)
    return Text(text.format(*values, **constants), STRENGTHS[strength])


def repeated(shape: Shape, indices: Sequence[str]) -> list[str]:
    """The indices of an operand that is broadcast: the last ones, 0 along an axis of size 1."""
    last = list(indices)[len(indices) - len(shape) :]
    return ["0" if size == 1 else index for size, index in zip(shape, last, strict=True)]
