"""What is computed at each row of a table, where that is scalars: value, derivatives and flags, as one program.

Derivatives come from the rows' rules by reverse accumulation, as autograd takes them, and share their steps with the
value: what both need is computed once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, combinations_with_replacement
from types import MappingProxyType

import sympy

from gradcli.base.errors import LimitError
from gradcli.closed.notation.factors import Written, powers_of, tree_of
from gradcli.closed.notation.reverse import ONE, Sized, Trees
from gradcli.engine import names
from gradcli.language import nodes
from gradcli.language.nodes import Tree, symbol
from gradcli.meaning import rules
from gradcli.meaning.conditions import condition_at
from gradcli.meaning.program import Program, Step, compile_all, compile_tree, values_of_steps
from gradcli.meaning.symbolic import failures
from gradcli.operations.row import Op
from gradcli.operations.shape_rules import Shape
from gradcli.operations.table import OPS

KEPT = 16  # questions whose formulas are kept, for the next table
MAX_STEPS = 20_000  # of one program: a compiler takes about a millisecond for each
LOST = sympy.Rational(1, 2**26)  # a sum so much smaller than its terms has lost half of the digits of float64

_ZERO = sympy.Integer(0)


class Slopes(Trees):
    """Formulas of scalars whose products are shortened where factors meet: ``2*x`` for ``2*x**2/x``, which has no value
    at 0. A product that is not shorter stays as it is, so that steps after it share it."""

    def apply(self, step: Step, arguments: list[Sized | None]) -> Sized:
        found = super().apply(step, arguments)
        if not isinstance(found.tree, sympy.Mul):
            return found
        number, powers = powers_of([found.tree])
        short = len(powers) + (abs(number) != 1) < _factors(found.tree)
        return Sized(tree_of(Written(number, powers)) if short else found.tree, ())


def _factors(tree: Tree) -> int:
    return sum(map(_factors, tree.args)) if isinstance(tree, sympy.Mul) else int(tree != -1)


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
    loss:     the step that holds where a sum has lost half of its digits, None where nothing can
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
    with failures():
        slopes = dict(_derivatives(parts, shape, kind, wrt, order))
    trees = {names.VALUE: (shape, parts), **slopes, **{name: ((), [one]) for name, one in beside}}
    kinks = _kinks(parts)
    program, found = compile_all([*(part for _, entries in trees.values() for part in entries), *kinks])
    if len(program.steps) > MAX_STEPS:
        raise LimitError(f"{len(program.steps):,} steps for one row; at most {MAX_STEPS:,} are compiled")
    at = iter(found)
    outputs = tuple(Output(name, own, tuple(next(at) for _ in entries)) for name, (own, entries) in trees.items())
    steps = list(program.steps)
    kink = _any_of(steps, list(at))
    loss = _any_of(steps, list(_losses(steps, len(program.steps))))
    return Formulas(Program(tuple(steps)), columns, fixed, outputs, kink, loss)


def _refuse_arrays(parts: Sequence[Tree], known: Collection[str]) -> None:
    """Errors: LimitError where a step has entries."""
    for part in parts:
        shapes = values_of_steps(compile_tree(part), Trees(), {name: Sized(symbol(name), ()) for name in known})
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


def _any_of(steps: list[Step], conditions: Sequence[int]) -> int | None:
    """The step that holds where one of these does, added with those that lead to it."""
    if not conditions:
        return None
    total = conditions[0]
    for condition in conditions[1:]:
        total = _added(steps, "logical_or", total, condition)
    return total


def _losses(steps: list[Step], count: int) -> Iterator[int]:
    """Steps that hold where a sum is small beside its terms; of numbers as they are given a difference is exact."""
    small: int | None = None
    for index in range(count):
        step = steps[index]
        if step.op not in (OPS["add"], OPS["sub"]) or all(steps[i].op is None for i in step.inputs if i is not None):
            continue
        x, y = (_added(steps, "abs", i) for i in step.inputs if i is not None)
        if small is None:
            steps.append(Step(LOST))
            small = len(steps) - 1
        bound = _added(steps, "mul", _added(steps, "maximum", x, y), small)
        yield _added(steps, "lt", _added(steps, "abs", index), bound)


def _added(steps: list[Step], name: str, *inputs: int) -> int:
    steps.append(Step(_ZERO, OPS[name], inputs))
    return len(steps) - 1
