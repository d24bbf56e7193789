"""A tree compiled to a flat program: each distinct subtree is one step. An arithmetic gives the steps their meaning.

Lowering reads sympy's normal form back as the operations that people write in PyTorch: ``a + (-1)*b`` is sub,
``a*b**-1`` is div, ``b**(1/2)`` is sqrt. sympy expressions that a caller built enter by the same door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Protocol, TypeVar

import sympy

from gradcli.base.errors import ExpressionError
from gradcli.language.nodes import Inner, Static, Tree, arguments_of, row_of, symbol
from gradcli.operations.row import VARIABLE, Op
from gradcli.operations.table import OPS

Value = TypeVar("Value")
KEPT = 256  # programs of the trees that were met last: each point and each proof of a claim asks for them


@dataclass(frozen=True, slots=True)
class Body:
    """The function that a derivative operator differentiates, by itself: its program, and what it is applied to.

    variables: the names that it is differentiated in; they stand at the step's second input and on
    names:     the steps of the surrounding program that hold the values of the body's names
    """

    program: Program
    variables: tuple[str, ...]
    names: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: ``op`` applied to earlier steps (None: an absent optional argument), then constants.

    A leaf has no ``op``; its ``tree`` is a Symbol or a number. A derivative operator has a ``body``; its first input is
    the step with the function's value, whose steps stand in the surrounding program as well.
    """

    tree: Tree
    op: Op | None = None
    inputs: tuple[int | None, ...] = ()
    constants: tuple[Any, ...] = ()  # Any: see nodes.Static
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """Steps in an order in which every input comes before its use; the last one is the result."""

    steps: tuple[Step, ...]

    @property
    def output(self) -> Step:
        """The step whose value is the result."""
        return self.steps[-1]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(step.tree.name for step in self.steps if isinstance(step.tree, sympy.Symbol))

    @property
    def differentiated(self) -> frozenset[str]:
        """The variables of derivatives inside the program, those of derivatives within these included."""
        found: set[str] = set()
        for step in self.steps:
            if step.body is not None:
                found |= {*step.body.variables, *step.body.program.differentiated}
        return frozenset(found)


class Arithmetic(Protocol[Value]):
    """What a backend provides: a value for each leaf, and each operation on values."""

    def number(self, tree: Tree) -> Value: ...
    def apply(self, step: Step, arguments: list[Value | None]) -> Value: ...
    def derive(self, step: Step, arguments: list[Value | None], point: Mapping[str, Value]) -> Value: ...


def run(
    program: Program,
    arithmetic: Arithmetic[Value],
    values: Mapping[str, Value],
    *,
    watch: Callable[[int, Value], None] | None = None,
) -> Value:
    """The value of the last step; ``watch(index, value)`` sees every step. Errors: KeyError for an unbound name."""
    found: list[Value] = []
    for index, step in enumerate(program.steps):
        value = value_of_step(step, arithmetic, values, found)
        found.append(value)
        if watch is not None:
            watch(index, value)
    return found[-1]


def value_of_step(
    step: Step,
    arithmetic: Arithmetic[Value],
    values: Mapping[str, Value],
    found: Sequence[Value] | Mapping[int, Value],
) -> Value:
    """One step's value, from those of its inputs that were found. Errors: KeyError for an unbound name."""
    if step.op is None:
        return values[step.tree.name] if isinstance(step.tree, sympy.Symbol) else arithmetic.number(step.tree)
    arguments = [None if i is None else found[i] for i in step.inputs]
    if step.body is None:
        return arithmetic.apply(step, arguments)
    return arithmetic.derive(step, arguments, {name: found[i] for name, i in step.body.names.items()})


def with_floats(program: Program, bits: int) -> Program:
    """The program that floats of so many significant bits compute: 0.1 as the float next to it, where it is 1/10 in
    the language. The same object where every number in it is such a float."""
    steps = tuple(_of_floats(step, bits) for step in program.steps)
    return program if all(a is b for a, b in zip(steps, program.steps, strict=True)) else Program(steps)


def _of_floats(step: Step, bits: int) -> Step:
    op = step.op
    if op is None:
        if not step.tree.is_Rational:
            return step
        exact = Fraction(int(step.tree.p), int(step.tree.q))
        nearest = rounded(exact, bits)
        return step if nearest == exact else replace(step, tree=sympy.Rational(nearest.numerator, nearest.denominator))
    constants = tuple(rounded(c, bits) if isinstance(c, Fraction) else c for c in step.constants)
    body = step.body
    if body is not None:
        inner = with_floats(body.program, bits)
        body = body if inner is body.program else replace(body, program=inner)
    if op.in_floats is not None:
        op = replace(op, sympy=op.in_floats(partial(rounded, bits=bits), *constants))
    same = constants == step.constants and body is step.body
    return step if same else replace(step, op=op, constants=constants, body=body)


def rounded(number: Fraction, bits: int) -> Fraction:
    """The nearest number of so many significant bits; halves to the even one.

    >>> rounded(Fraction(1, 10), 53) == Fraction(0.1)
    True
    """
    scale = Fraction(2) ** (bits - (abs(number.numerator).bit_length() - number.denominator.bit_length()))
    while abs(number) * scale >= 2**bits:
        scale /= 2
    return Fraction(round(number * scale)) / scale


def values_of_steps(program: Program, arithmetic: Arithmetic[Value], values: Mapping[str, Value]) -> list[Value]:
    """The value of every step, in the program's order. Errors: as ``run``."""
    found: list[Value] = []
    run(program, arithmetic, values, watch=lambda _, value: found.append(value))
    return found


@lru_cache(maxsize=KEPT)
def compile_tree(tree: Tree) -> Program:
    """Lowers a tree. Errors: ExpressionError for a sympy node that gradcli has no row for."""
    return _compiled(Builder(), tree)


def compile_with(tree: Tree, leaves: Mapping[Tree, Tree]) -> Program:
    """The same where some trees within are names. Errors: as above."""
    return _compiled(Builder(leaves), tree) if leaves else compile_tree(tree)


def _compiled(builder: Builder, tree: Tree) -> Program:
    if (
        builder.visit(tree) != len(builder.steps) - 1
    ):  # the result is the last step, also where the tree is a leaf met before
        raise AssertionError("the result of a tree is its last step")
    return Program(tuple(builder.steps))


def compile_all(trees: Sequence[Tree]) -> tuple[Program, list[int]]:
    """Several trees as one program that shares their common parts, and the step at which each result stands."""
    builder = Builder()
    outputs = [builder.visit(tree) for tree in trees]
    return Program(tuple(builder.steps)), outputs


_MINUS_ONE, _HALF = sympy.Integer(-1), sympy.Rational(1, 2)


class Builder:
    """Steps that grow with each tree that is visited; what trees share is one step of all."""

    def __init__(self, leaves: Mapping[Tree, Tree] | None = None) -> None:
        self.leaves = leaves or {}  # trees that are names here
        self.steps: list[Step] = []
        self.index: dict[Any, int] = {}  # Any: a tree, or (row, inputs) for a step that lowering made

    def visit(self, tree: Tree) -> int:
        """The index of the step for ``tree``; an iterative walk, because sympy's own derivatives can be deep."""
        stack: list[tuple[Tree, bool]] = [(tree, False)]
        while stack:
            node, ready = stack.pop()
            if node in self.index:
                continue
            if ready:
                self.index[node] = self.lower(node)
            else:
                stack.append((node, True))
                if node not in self.leaves:
                    stack.extend((child, False) for child in reversed(children(node)))
        return self.index[tree]

    def emit(
        self,
        tree: Tree,
        name: str,
        inputs: tuple[int | None, ...],
        constants: tuple[Any, ...] = (),  # Any: see nodes.Static
        body: Body | None = None,
    ) -> int:
        key = (name, inputs, repr(constants))
        if key not in self.index:
            self.index[key] = len(self.steps)
            self.steps.append(Step(tree, OPS[name], inputs, constants, body))
        return self.index[key]

    def lower(self, node: Tree) -> int:
        if node in self.leaves:
            self.steps.append(Step(self.leaves[node]))
            return len(self.steps) - 1
        if isinstance(node, sympy.Add):
            return self.add(node)
        if isinstance(node, sympy.Mul):
            return self.product(node, node.args)
        if isinstance(node, sympy.Pow):
            return self.power(node)
        if isinstance(node, sympy.Piecewise):
            return self.piecewise(node)
        op = row_of(node)
        if op is not None:
            return self.call(node, op)
        if node.args:
            raise ExpressionError(f"sympy's {type(node).__name__} has no row in the operation table", kind="name")
        self.steps.append(Step(node))
        return len(self.steps) - 1

    def call(self, node: Tree, op: Op) -> int:
        tensors, constants = arguments_of(node, op)
        inputs: list[int | None] = [None if child is None else self.index[child] for child in tensors]
        if len(inputs) > len(op.tensors) and not any(param.variadic for param in op.params):
            return self.fold(node, op.name, inputs)  # sympy's And and Or take any number
        body = self.body(op, tensors) if op.differentiates else None
        return self.emit(node, op.name, tuple(inputs), constants, body)

    def body(self, op: Op, tensors: list[Tree | None]) -> Body:
        """The function under a derivative operator, compiled by itself, and the variables that it is derived in."""
        others = sum(param.kind != VARIABLE for param in op.tensors[1:])
        variables = [tree for tree in tensors[1 : len(tensors) - others] if tree is not None]
        leaves = {
            tree: sympy.Symbol(Inner(f"variable{k}"), real=True)
            for k, tree in enumerate(variables)
            if not tree.is_Symbol
        }
        program = compile_with(tensors[0], leaves)
        named = tuple(leaves.get(tree, tree).name for tree in variables)
        there = {leaf.name: self.index[tree] for tree, leaf in leaves.items()}
        names = {name: there[name] if name in there else self.index[symbol(name)] for name in {*program.names, *named}}
        return Body(program, named, names)

    def fold(self, node: Tree, name: str, inputs: list[int | None]) -> int:
        result = inputs[0]
        for other in inputs[1:]:
            result = self.emit(node, name, (result, other))
        assert result is not None
        return result

    def leaf(self, number: Tree) -> int:
        if number not in self.index:
            self.index[number] = len(self.steps)
            self.steps.append(Step(number))
        return self.index[number]

    def add(self, node: Tree) -> int:
        """From left to right, ``-b`` as a subtraction."""
        total: int | None = None
        for term in node.args:
            positive = _negated(term)
            if total is None:
                total = self.index[term]
            elif positive is not None:
                total = self.emit(node, "sub", (total, self.factor(positive)))
            else:
                total = self.emit(node, "add", (total, self.index[term]))
        assert total is not None
        return total

    def factor(self, term: Tree | tuple[Tree, ...]) -> int:
        if not isinstance(term, tuple):
            return self.leaf(term) if term.is_Number else self.index[term]
        return self.product(sympy.Mul(*term, evaluate=False), term)

    def product(self, node: Tree, factors: tuple[Tree, ...]) -> int:
        """From left to right, ``b**-1`` as a division; a leading -1 negates the factor after it."""
        first, *rest = factors
        if first == _MINUS_ONE and rest and not _is_inverse(rest[0]):
            total = self.emit(node, "neg", (self.index[rest.pop(0)],))
        else:
            total = self.leaf(first) if first.is_Number else self.index[first]
        for factor in rest:
            if _is_inverse(factor):
                total = self.emit(node, "div", (total, self.index[factor.args[0]]))
            else:
                total = self.emit(node, "mul", (total, self.index[factor]))
        return total

    def power(self, node: Tree) -> int:
        base, exponent = node.args
        if exponent == _HALF:
            return self.emit(node, "sqrt", (self.index[base],))
        if exponent == _MINUS_ONE:
            return self.emit(node, "div", (self.leaf(sympy.Integer(1)), self.index[base]))
        return self.emit(node, "pow", (self.index[base], self.index[exponent]))

    def piecewise(self, node: Tree) -> int:
        """sympy's Piecewise as nested where; past its last condition there is no value."""
        *pairs, last = node.args
        if last.args[1] is sympy.true:
            result = self.index[last.args[0]]
        else:
            result, pairs = self.leaf(sympy.nan), list(node.args)
        for expression, condition in reversed([pair.args for pair in pairs]):
            result = self.emit(node, "where", (self.index[condition], self.index[expression], result))
        return result


def children(node: Tree) -> tuple[Tree, ...]:
    """The subtrees that lowering needs a step for; ``a - b`` needs no step for ``-b``, nor ``a/b`` for ``1/b``."""
    if isinstance(node, sympy.Piecewise):
        return tuple(part for pair in node.args for part in pair.args if part is not sympy.true)
    if isinstance(node, sympy.Add):
        rest = [_negated(term) for term in node.args[1:]]
        terms = [node.args[0]]
        for term, positive in zip(node.args[1:], rest, strict=True):
            terms += (
                [term] if positive is None else list(_divisors(positive)) if isinstance(positive, tuple) else [positive]
            )
        return tuple(terms)
    if isinstance(node, sympy.Mul):
        return _divisors(node.args)
    if isinstance(node, sympy.Pow) and node.args[1] in (_HALF, _MINUS_ONE):
        return (node.args[0],)
    return (
        tuple(child for child in node.args if not isinstance(child, Static))
        if row_of(node) or isinstance(node, sympy.Pow)
        else ()
    )


def _divisors(factors: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """The factors, ``b`` for each ``b**-1`` but the first; a leading -1 is a leaf of its own."""
    tail = tuple(f.args[0] if _is_inverse(f) else f for f in factors[1:])
    return tail if factors[0] == _MINUS_ONE else (factors[0], *tail)


def _is_inverse(node: Tree) -> bool:
    return isinstance(node, sympy.Pow) and node.args[1] == _MINUS_ONE


def _negated(term: Tree) -> Tree | tuple[Tree, ...] | None:
    """``b`` where ``term`` is ``-b``: a tree, or the factors of a product; None otherwise."""
    if term.is_Number and term.is_negative and term.is_finite:
        return -term
    if isinstance(term, sympy.Mul) and term.args[0] == _MINUS_ONE:
        rest = term.args[1:]
        return rest[0] if len(rest) == 1 else tuple(rest)
    return None
