"""What is computed at each row of a table, where that is scalars: value, derivatives and flags, as one program.

Derivatives come from the rows' rules by reverse accumulation, as autograd takes them, and share their steps with the
value: what both need is computed once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import combinations, combinations_with_replacement
from types import MappingProxyType

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.reverse import ONE, Sized, Trees
from gradcli.engine import names
from gradcli.engine.losses import losses
from gradcli.engine.slopes import Slopes
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning import rules
from gradcli.meaning.conditions import condition_at
from gradcli.meaning.program import Builder, Program, compile_all, compile_tree, values_of_steps
from gradcli.meaning.symbolic import failures
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape, ShapeMismatch

KEPT = 16  # questions whose formulas are kept, for the next table
MAX_STEPS = 20_000  # of one program: a compiler takes about a millisecond for each

_ZERO = sympy.Integer(0)


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer: its name, its shape in one row, and the steps with its entries, row by row."""

    name: str
    shape: Shape
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Formulas:
    """The same object for the same question: what is made of it is kept by it.

    program:  each step a scalar, or a condition
    columns:  the names with a value of its own in each row
    fixed:    those with one value for all
    outputs:  the value first
    kink:     the step that holds where the function has a kink, None where it has none
    loss:     the step that holds where half of the digits of an output may be lost, None where nothing can
    """

    program: Program
    columns: tuple[str, ...]
    fixed: tuple[str, ...]
    outputs: tuple[Output, ...]
    kink: int | None
    loss: int | None

    def upto(self, *, loss: bool) -> Program:
        """The steps that are needed, with or without those that watch for lost digits, which stand last."""
        wanted = [i for output in self.outputs for i in output.steps] + [i for i in (self.kink,) if i is not None]
        return self.program if loss else Program(self.program.steps[: max(wanted) + 1])


def formulas(
    tree: Tree,
    kind: str,
    wrt: Sequence[str],
    columns: Collection[str],
    fixed: Collection[str],
    order: int = 1,
    beside: Mapping[str, Tree] = MappingProxyType({}),
) -> Formulas:
    """Value and derivatives of a function of scalars, or of a list of them.

    kind:   grad, jacobian, hessian (the blocks on and above the diagonal), or value
    order:  of grad: how often it is differentiated in each variable
    beside: further scalars of a row, by the names of their columns
    Errors: LimitError where it is not made of scalars, where a rule is lacking, or for too many steps.
    """
    return _formulas(tree, kind, tuple(wrt), tuple(columns), tuple(fixed), order, tuple(beside.items()))


@lru_cache(KEPT)
def _formulas(
    tree: Tree,
    kind: str,
    wrt: tuple[str, ...],
    columns: tuple[str, ...],
    fixed: tuple[str, ...],
    order: int,
    beside: tuple[tuple[str, Tree], ...],
) -> Formulas:
    row = nodes.row_of(tree)
    parts = nodes.parts_of_list(tree) if row is not None and row.brackets else [tree]
    shape = (len(parts),) if parts != [tree] else ()
    _refuse_arrays([*parts, *(one for _, one in beside)], (*columns, *fixed))
    try:
        with failures():
            slopes = dict(_derivatives(parts, shape, kind, wrt, order))
    except ShapeMismatch as mismatch:  # a rule that takes its operand for an array
        raise LimitError(str(mismatch), kind="unchecked") from None
    trees = {names.VALUE: (shape, parts), **slopes, **{name: ((), [one]) for name, one in beside}}
    kinks = _kinks(parts)
    builder = Builder()
    found = [builder.visit(one) for one in (*(part for _, entries in trees.values() for part in entries), *kinks)]
    count = len(builder.steps)
    if count > MAX_STEPS:
        raise LimitError(f"{count:,} steps for one row; at most {MAX_STEPS:,} are compiled")
    at = iter(found)
    outputs = tuple(Output(name, own, tuple(next(at) for _ in entries)) for name, (own, entries) in trees.items())
    kink = _any_of(builder, list(at))
    value, *others = (output.steps for output in outputs)
    loss = _any_of(builder, list(losses(builder, value, [step for steps in others for step in steps])))
    return Formulas(Program(tuple(builder.steps)), columns, fixed, outputs, kink, loss)


def _refuse_arrays(parts: Sequence[Tree], known: Collection[str]) -> None:
    """Errors: LimitError where a step has entries."""
    for part in parts:
        try:
            shapes = values_of_steps(compile_tree(part), Trees(), {name: Sized(symbol(name), ()) for name in known})
        except ShapeMismatch as mismatch:
            raise LimitError(str(mismatch), kind="unchecked") from None
        if any(sized.shape for sized in shapes):
            raise LimitError("an operation of whole arrays", kind="unchecked")


def _derivatives(
    parts: Sequence[Tree], shape: Shape, kind: str, wrt: Sequence[str], order: int
) -> Iterator[tuple[str, tuple[Shape, list[Tree]]]]:
    """By the name of the column: its shape in one row, and its entries."""
    if kind == "hessian":
        (part,) = parts
        first = _gradient(part, wrt)
        second = {name: _gradient(first[name], wrt) for name in wrt}
        for row, column in combinations_with_replacement(wrt, 2):
            yield names.derivative(row, column), ((), [second[row][column]])
    elif kind != "value":
        slopes = [_gradient(part, wrt) if order == 1 else {n: _nth(part, n, order) for n in wrt} for part in parts]
        for name in wrt:
            yield names.derivative(name, order=order), (shape, [slope[name] for slope in slopes])


def _nth(tree: Tree, name: str, order: int) -> Tree:
    for _ in range(order):
        tree = _gradient(tree, [name])[name]
    return tree


def _gradient(tree: Tree, wrt: Sequence[str]) -> dict[str, Tree]:
    """By reverse accumulation. Errors: LimitError where a rule is lacking."""
    program = compile_tree(tree)
    values = {name: Sized(symbol(name), ()) for name in program.names}
    found = rules.vjp(program, Slopes(), values, Sized(ONE, ()), wrt)
    return {name: _ZERO if part is None else part.tree for name, part in found.items()}


def _kinks(parts: Sequence[Tree]) -> list[Tree]:
    """The conditions under which the parts have kinks, as their rows tell."""
    program, _ = compile_all(list(parts))
    found: dict[Tree, None] = {}
    for step in program.steps:
        moving = [i for i in step.inputs if i is not None and program.steps[i].tree.free_symbols]
        if step.op is None or not moving:
            continue
        operands = [None if i is None else program.steps[i].tree for i in step.inputs]
        # What is left out is nan, which nothing equals.
        own = [name for name, _ in rules.operands_of(step.op, len(operands))]
        known = {name: sympy.nan if x is None else x for name, x in zip(own, operands, strict=True)}
        for text in _where_kinked(step.op, own):
            condition = condition_at(text, known)
            if condition not in (sympy.true, sympy.false):
                found[condition] = None
    return list(found)


def _where_kinked(op: Op, operands: Sequence[str]) -> list[str]:
    """The row's conditions: where it says so, and where two operands that it chooses between are equal."""
    if op.kinks and not op.boolean:
        return [op.kinks]
    return [f"{x} == {y}" for x, y in combinations(operands, 2)] if op.compares or op.kinked else []


def _any_of(builder: Builder, conditions: Sequence[int]) -> int | None:
    """The step that holds where one of these does, added with those that lead to it."""
    return reduce(lambda x, y: builder.emit(_ZERO, "logical_or", (x, y)), conditions) if conditions else None
