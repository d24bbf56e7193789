"""The arithmetic in which parts of a formula keep their names: a sum, an elementwise function, an inverse is one tensor
whatever stands in it, and only products, transposes, sums over axes and their like are written in indices.

So the derivative of ``sum((A@x - b)**2)`` is a term of ``A`` and of the part ``A@x - b``, and not a sum of 4 products.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed import indexed, normal
from gradcli.closed.indexed import Indexed, refused
from gradcli.closed.reading import READING
from gradcli.closed.sizes import Extent, Size, at_numbers, fitted, letter
from gradcli.closed.terms import Index, Kind, Sum, Term, delta, fresh, kept, product, scaled, with_factor, without
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning import rules
from gradcli.meaning.program import Program, Step, compile_tree, run
from gradcli.operations.shape_rules import broadcast
from gradcli.operations.table import OPS

PLAIN = {Kind.TENSOR, Kind.DELTA, Kind.LETTER}
COTANGENT = "g"
ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A step of the formula: its tree, and its value in index form, where parts stand as tensors."""

    tree: Tree
    value: Indexed


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """How a part came about: its operation, and the parts that it is of."""

    part: Part
    step: Step
    operands: tuple[Part | None, ...]


class Parts:
    """The arithmetic; ``made`` are its parts by the names of their tensors.

    sizes: numbers that stand for the letters of sizes where a rule asks for a shape
    own:   names that the user gave to parts
    """

    def __init__(self, sizes: Mapping[str, int], own: Mapping[Tree, str] | None = None) -> None:
        self.sizes, self.own = sizes, own or {}
        self.letters = {name: Part(symbol(name), indexed.lift(letter(name))) for name in sizes}
        self.made: dict[str, Made] = {}
        self.trees: dict[str, Tree] = {}
        self.shapes: dict[str, tuple[Extent, ...]] = {}  # of the tensors

    def variable(self, name: str, shape: Sequence[Extent]) -> Part:
        self.trees[name] = symbol(name)
        self.shapes[name] = tuple(shape)
        return Part(symbol(name), indexed.tensor(name, shape))

    def number(self, tree: Tree) -> Part:
        if tree.is_Rational:
            return Part(tree, READING.scalar(tree))
        return Part(tree, self._named(tree, ()))

    def _named(self, tree: Tree, shape: Sequence[Extent]) -> Indexed:
        name = str(tree)
        row = nodes.row_of(tree)
        is_condition = row is not None and row.boolean
        self.shapes[name] = tuple(shape)
        self.trees[name] = nodes.make(OPS["where"], [tree, ONE, ZERO]) if is_condition else tree
        return indexed.tensor(name, shape)

    def apply(self, step: Step, arguments: list[Part | None]) -> Part:
        """Products, transposes, sums over axes in indices; what else does not move, as a tensor under its own name."""
        op = step.op
        assert op is not None
        tree = nodes.make(op, [a.tree for a in arguments if a is not None], step.constants)
        moving = any(a is not None and _moves(a.value.terms) for a in arguments)
        value = self._in_indices(step, arguments)
        if value is None:
            value = self._in_indices(step, [None if a is None else self._by_name(a) for a in arguments])
        if value is None and moving:
            value = self._as_product(step, arguments)
        if value is None and moving:
            raise refused(f"{op.written} of what moves")
        if value is None or (not moving and len(value.terms) > 1):
            value = self._named(tree, self._shape(step, arguments) if value is None else value.shape)
        part = Part(tree, value)
        if tree in self.own and not moving:
            name = self.own[tree]
            part = self.variable(name, value.shape)
        self.made[str(part.tree)] = Made(part, step, tuple(arguments))
        return part

    def _as_product(self, step: Step, arguments: Sequence[Part | None]) -> Indexed | None:
        """An operation that is linear in what moves as a product with that."""
        shape = self._in_numbers(self._shape(step, arguments))
        return self._product(step, arguments, shape)

    def _product(self, step: Step, operands: Sequence[Part | None], out: Sequence[int]) -> Indexed | None:
        op = step.op
        assert op is not None
        shapes = [None if x is None else self._in_numbers(x.value.shape) for x in operands]
        tree = rules.product_tree(op, step.constants, shapes, tuple(out)) if op.product else None
        names = [n for n, _ in rules.operands_of(op, len(operands))]
        values = {n: x for n, x in zip(names, operands, strict=True) if x is not None}
        return None if tree is None else self.read(tree, values).value

    def _in_indices(self, step: Step, arguments: Sequence[Part | None]) -> Indexed | None:
        """The value in tensors and deltas alone; None where there is more to it."""
        try:
            value = READING.apply(step, [None if a is None else a.value for a in arguments])
        except LimitError:
            return None
        terms = normal.collected(value.terms, value.free)
        plain = all(one.kind in PLAIN for term in terms for one, _ in term.factors)
        return Indexed(value.axes, terms) if plain else None

    def _by_name(self, part: Part) -> Part:
        """The part under its own name, unless it moves or is a number."""
        if _moves(part.value.terms) or part.tree.is_number:
            return part
        return Part(part.tree, self._named(part.tree, part.value.shape))

    def _shape(self, step: Step, arguments: Sequence[Part | None]) -> tuple[Extent, ...]:
        assert step.op is not None
        shapes: list[Any] = [None if a is None else a.value.shape for a in arguments]  # Any: sizes, not numbers
        try:
            constants = (READING.constant(value) for value in step.constants)
            return tuple(broadcast(*shapes) if step.op.elementwise else step.op.shape(*shapes, *constants))
        except (TypeError, LimitError):
            return fitted(lambda numbers: self._at(numbers, step, shapes), [*self.sizes])

    def _at(self, numbers: Mapping[str, int], step: Step, shapes: Sequence[Sequence[Extent] | None]) -> Sequence[int]:
        """The shape at these numbers of the letters."""
        assert step.op is not None
        plain = [None if shape is None else tuple(at_numbers(n, numbers) for n in shape) for shape in shapes]
        constants = (_constant_at(READING.constant(value), numbers) for value in step.constants)
        return broadcast(*plain) if step.op.elementwise else step.op.shape(*plain, *constants)

    def _in_numbers(self, shape: Sequence[Extent]) -> tuple[int, ...]:
        """Sizes as numbers that are written in letters."""
        return tuple(self._in_number(extent) for extent in shape)

    def _in_number(self, extent: Extent) -> int:
        if isinstance(extent, int):
            return extent
        return nodes.Size.of(str(extent), at_numbers(extent, self.sizes))

    def derive(self, step: Step, _arguments: Any, _point: Any) -> Part:  # Any: as in Arithmetic
        raise refused(f"the derivative in {step.tree}")

    def read(self, tree: Tree, values: Mapping[str, Part]) -> Part:
        program: Program = compile_tree(tree)
        return run(program, self, {**self.letters, **values})

    # -- derivatives

    def derivative(self, terms: Sum, name: str, at: Sequence[Index]) -> Sum:
        """The derivative of the sum in the entry of the variable that these new free indices name."""
        out: Sum = []
        for term in terms:
            for factor, exponent in term.factors.items():
                if factor[0].kind is not Kind.TENSOR:
                    continue
                rest = without(term, factor)
                if exponent != 1:
                    rest = with_factor(rest, factor, exponent - 1)
                slope = self._slope(factor[0].name, factor[1], name, at)
                out += product(scaled([rest], exponent), slope)
        return out

    def _slope(self, own: str, ports: Sequence[Any], name: str, at: Sequence[Index]) -> Sum:
        if own == name:
            out = Term(1, {})
            for i, k in zip(ports, at, strict=True):
                out = with_factor(out, delta(i, k), 1)
            return [out]
        if own not in self.made:
            return []
        mine, variable, terms = kept(("slope", own, name), lambda: self._of_part(own, name, at))
        names = dict(zip((*mine, *variable), (*ports, *at), strict=True))
        return [fresh(term, names) for term in terms]

    def _of_part(self, own: str, name: str, at: Sequence[Index]) -> tuple[Sequence[Index], Sequence[Index], Sum]:
        made = self.made[own]
        mine = made.part.value.free
        variable = [Index(index.size) for index in at]
        out: Sum = []
        op = made.step.op
        assert op is not None
        for k, operand in enumerate(made.operands):
            if operand is None or op.boolean or op.flat or nodes.is_condition(operand.tree):
                continue  # between its jumps it does not move
            moved = self.derivative(operand.value.terms, name, variable)
            moved = normal.collected(moved, [*operand.value.free, *variable])
            if moved:
                out += self._chained(made, k, operand, moved)
        return mine, variable, normal.collected(out, [*mine, *variable])

    def _chained(self, made: Made, k: int, operand: Part, moved: Sum) -> Sum:
        """The local derivative in the k-th operand, times that operand's."""
        op, shape = made.step.op, made.part.value.shape
        assert op is not None
        shapes = [None if x is None else self._in_numbers(x.value.shape) for x in made.operands]
        tree = rules.rule_tree(op, k, made.step.constants, shapes, self._in_numbers(shape), ideal=True)
        names = [n for n, _ in rules.operands_of(op, len(made.operands))]
        values = {n: x for n, x in zip(names, made.operands, strict=True) if x is not None}
        forward = self._pushed(made, k, operand)
        if forward is not None:
            return _through(forward, operand.value.free, moved, operand.value.free)
        cotangent = Part(symbol(COTANGENT), indexed.tensor(COTANGENT, shape))
        pulled = self.read(tree, {**values, "out": made.part, COTANGENT: cotangent}).value
        pulled = indexed.spread(pulled, operand.value.axes)
        if [i for a in pulled.axes for i in a] != operand.value.free:
            raise refused("another shape")
        return _through(pulled, made.part.value.free, moved, operand.value.free)

    def _pushed(self, made: Made, k: int, operand: Part) -> Indexed | None:
        """What a linear operation makes of a tensor in the place of its operand; None where it is no product."""
        tangent = Part(symbol(COTANGENT), indexed.tensor(COTANGENT, operand.value.shape))
        operands = [tangent if n == k else x for n, x in enumerate(made.operands)]
        try:
            found = self._product(made.step, operands, self._in_numbers(made.part.value.shape))
        except LimitError:  # it is linear in another operand
            return None
        if found is None or any(_of_what_moves(term) not in ([], [1]) for term in found.terms):
            return None
        spread = indexed.spread(found, made.part.value.axes)
        return Indexed(spread.axes, [term for term in spread.terms if _moves([term])])


def _through(linear: Indexed, given: Sequence[Index], moved: Sum, summed: Sequence[Index]) -> Sum:
    """A sum that is linear in the tensor of the cotangent, which has the indices ``given``, times what moves.

    summed: the indices of the operand, over which both are summed
    """
    out: Sum = []
    for term in linear.terms:
        g = next(factor for factor in term.factors if factor[0].name == COTANGENT)
        rest = without(term, g)
        for own, port in zip(given, g[1], strict=True):
            rest = with_factor(rest, delta(own, port), 1)
        for other in product([rest], moved):
            bound = {i: Index(i.size) for i in summed}
            last = fresh(Term(other.coefficient, other.factors, other.bound), bound)
            out.append(Term(last.coefficient, last.factors, (*last.bound, *bound.values())))
    return out


def _constant_at(value: Any, numbers: Mapping[str, int]) -> Any:  # Any: see nodes.Static
    """Sizes as numbers, also in slices and lists."""
    if isinstance(value, Size):
        return at_numbers(value, numbers)
    if isinstance(value, slice):
        return slice(*(_constant_at(part, numbers) for part in (value.start, value.stop, value.step)))
    return tuple(_constant_at(part, numbers) for part in value) if isinstance(value, tuple) else value


def _moves(terms: Sum) -> bool:
    return any(map(_of_what_moves, terms))


def _of_what_moves(term: Term) -> list[Any]:  # Any: see terms.Factors
    """The exponents of what moves in a term."""
    return [exponent for (one, _), exponent in term.factors.items() if one.name == COTANGENT]
