"""Where digits are lost: beside a step what rounding may have done to it, and a flag where that is half of its digits.

To first order an operation hands on the errors of its operands, each times its slope, and rounds its result by a unit
of its last place: ``e = sum(abs(slope)*e_operand) + abs(out)``, in units of roundoff. Numbers as they are given are
exact. Products, quotients and powers of what is right to a few units are themselves right to a few: such a step has a
number in the place of an error, and nothing is computed for it. Only sums, and functions of what is not exact, bring
errors that hang on the row; beside these a few units are not counted again.

Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), section 3.3.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.engine.slopes import shortened
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning import rules
from gradcli.meaning.program import Builder, Step
from gradcli.operations.row import CONDITION, Op
from gradcli.operations.table import OPS

_SUMS = tuple(OPS[name] for name in ("add", "sub"))
_SIZE = OPS["abs"]
MUCH = sympy.Integer(2**27)  # units of roundoff, 2**-53: half of the digits of float64

_ONE = sympy.Integer(1)


@dataclass(frozen=True, slots=True)
class Error:
    """Of a step: so many units of its own size, or a step of its own that has them. No units: it is exact."""

    units: Fraction = Fraction(0)
    step: int | None = None


def losses(builder: Builder, values: Sequence[int], slopes: Sequence[int]) -> Iterator[int]:
    """Steps that hold where half of the digits of a value are lost, or of a slope.

    values: steps, whose errors are followed from the beginning; a function whose slope takes another one that is not
    there already is left out: it hands nothing on
    slopes: steps, of which only the sums are looked at that they are products and quotients of
    """
    watch = _Watch(builder)
    for index in watch.before(values):
        watch.errors[index] = watch.error(index)
    for index in dict.fromkeys(values):
        error = watch.errors[index].step
        if error is not None:
            yield watch.small(index, error)
    for index in dict.fromkeys(slopes):
        for total in watch.sums(index):
            parts = [watch.of("abs", part) for part in watch.terms(total) if builder.steps[part].op is not None]
            if parts:
                yield watch.small(total, reduce(lambda x, y: watch.of("add", x, y), parts))


class _Watch:
    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self.known = builder.index  # of rows at their operands, and of numbers
        self.errors: dict[int, Error] = {}

    def before(self, outputs: Sequence[int]) -> list[int]:
        """The steps that lead to these, and these, in their order."""
        found, open_ = set[int](), list(outputs)
        while open_:
            index = open_.pop()
            if index not in found:
                found.add(index)
                open_ += [i for i in self.builder.steps[index].inputs if i is not None]
        return sorted(found)

    def small(self, index: int, error: int) -> int:
        """Is a step small beside its error?"""
        return self.of("lt", self.of("mul", self.of("abs", index), self.number(MUCH)), error)

    def sums(self, index: int) -> list[int]:
        """The sums that a step is a product or a quotient of."""
        return [i for i in self.apart(index, lambda op: op.relative) if self.builder.steps[i].op in _SUMS]

    def terms(self, index: int) -> list[int]:
        """What a sum is made of, sums within it taken apart."""
        return self.apart(index, _SUMS.__contains__)

    def apart(self, index: int, of: Callable[[Op], bool]) -> list[int]:
        """What a step is made of by such operations alone, each once: a long sum is as deep as it has terms."""
        found, open_, seen = list[int](), [index], set[int]()
        while open_:
            index = open_.pop()
            if index in seen:
                continue
            seen.add(index)
            step = self.builder.steps[index]
            if step.op is not None and of(step.op):
                open_ += [i for i in reversed(step.inputs) if i is not None]
            else:
                found.append(index)
        return found

    def error(self, index: int) -> Error:
        """Of a step, from those of its operands."""
        step = self.builder.steps[index]
        if step.op is None or step.op.boolean or step.op.flat:
            return Error()
        moving = [k for k, i in enumerate(step.inputs) if i is not None and not self.is_condition(step, k)]
        inexact = [k for k in moving if self.of_operand(step, k) != Error()]
        known = [self.of_operand(step, k).units for k in inexact if self.of_operand(step, k).step is None]
        if not inexact:
            return Error(Fraction(1))
        if len(known) == len(inexact) and (factor := self.of_product(step)) is not None:
            return Error(factor * sum(known) + 1)
        parts = [part for k in inexact if (part := self.part(step, k, index)) is not None]
        if not parts:
            return Error(Fraction(1))
        if not (step.op.relative or (step.op in _SUMS and len(parts) == len(moving))):
            parts.append(self.of("abs", index))
        return Error(step=reduce(lambda x, y: self.of("add", x, y), parts))

    def is_condition(self, step: Step, k: int) -> bool:
        assert step.op is not None
        return step.op.tensors[min(k, len(step.op.tensors) - 1)].kind == CONDITION

    def of_operand(self, step: Step, k: int) -> Error:
        i = step.inputs[k]
        assert i is not None
        return self.errors[i]

    def of_product(self, step: Step) -> Fraction | None:
        """How many times the operands' units are those of the result, where that does not hang on the row."""
        assert step.op is not None
        if step.op.relative:
            return Fraction(1)
        if step.op.power and len(step.inputs) == 2 and step.inputs[1] is not None:
            exponent = self.builder.steps[step.inputs[1]].tree
            return abs(Fraction(int(exponent.p), int(exponent.q))) if exponent.is_Rational else None
        return None

    def part(self, step: Step, k: int, index: int) -> int | None:
        """The error that an operand hands on; None where its slope is not known, or dear."""
        slope, error, i = self.slope(step, k, index), self.of_operand(step, k), step.inputs[k]
        if slope is None or i is None:
            return None
        own = error.step
        if own is None:
            own = self.of("mul", self.of("abs", i), self.number(nodes.number(error.units)))
        return own if slope == self.number(_ONE) else self.of("mul", self.of("abs", slope), own)

    def slope(self, step: Step, k: int, out: int) -> int | None:
        """The step with the derivative of a step in its k-th operand; None where that is not known, or dear."""
        assert step.op is not None
        shapes = [None if i is None else () for i in step.inputs]
        try:
            tree = rules.rule_tree(step.op, k, step.constants, shapes, ())
        except LimitError:
            return None
        if tree == nodes.negate(symbol("g")):
            return self.number(_ONE)  # for all that its size says
        names = [name for name, _ in rules.operands_of(step.op, len(step.inputs))]
        tree = shortened(tree.xreplace({symbol("g"): _ONE}))
        given = {symbol(name): i for name, i in zip(names, step.inputs, strict=True) if i is not None}
        return self.visited(tree, {**given, symbol("out"): out})

    def visited(self, tree: Tree, names: dict[Any, int]) -> int | None:  # Any: as Builder's
        """The step of a tree whose names are these steps; nothing is added where it is dear."""
        before = len(self.builder.steps)
        self.builder.index = ChainMap(names, self.known)  # type: ignore[assignment]  # a mapping is all that it takes
        try:
            found = self.builder.visit(tree)
        finally:
            self.builder.index = self.known
        added = [step.op for step in self.builder.steps[before:] if step.op is not None]
        if any(not (op.rounded or op.boolean or op.chooses or op.flat or op is _SIZE) for op in added):
            del self.builder.steps[before:]
            return None
        self.known.update({key: at for key, at in names.items() if isinstance(key, tuple) or key.is_Number})
        return found

    def number(self, tree: Tree) -> int:
        return self.builder.leaf(tree)

    def of(self, name: str, *inputs: int) -> int:
        return self.builder.emit(sympy.Integer(0), name, inputs)
