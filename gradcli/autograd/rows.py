"""A function at many points at once: value and derivatives for each row of columns that hold numbers or arrays.

The program runs on all rows by torch.vmap. Rows do not depend on each other, so that one backward pass gives the
derivative of an entry of the value for all of them. Where torch cannot batch an operation, or what is computed depends
on the numbers, rows run one after the other. A row that torch refuses, for its matrix is singular, has nan and stops
no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, islice
from math import nan

import torch
from torch import Tensor

from gradcli.autograd import operators, passes
from gradcli.autograd.devices import CPU, is_lost, lacks_memory, room_on
from gradcli.autograd.tensors import LookedUp, TensorLike, TorchArithmetic, looked_up
from gradcli.base.errors import GradcliError
from gradcli.language.parse import Expression
from gradcli.meaning.program import compile_tree, run
from gradcli.operations.shape_rules import Shape, size

AT_ONCE = 2**18  # bytes that one step takes on a processor: twice as much, and its cache does not hold a few of them
ELSEWHERE = 2**26  # the same on another device, where each call is dear
HELD = 4  # times the bytes of all steps are held on another device: values, their slopes, and a graph of these
# What is raised of a row: torch refuses its numbers, or one of our functions does. Shapes were asked before.
OF_A_ROW = (RuntimeError, IndexError, ValueError, OverflowError, ZeroDivisionError, GradcliError)

Tensors = Mapping[str, Tensor]
Forward = Callable[[Tensors, Tensors], Tensor]


def rows_at_once(steps: Iterable[Shape], device: str = CPU, width: int = 8, beside: int = 0) -> int:
    """How many rows a batch should have.

    steps:  their shapes in one row
    width:  bytes of a number; beside: numbers of a row that are held besides, on another device
    """
    sizes = [size(shape) for shape in steps]
    best = (AT_ONCE if device == CPU else ELSEWHERE) // (width * max(1, *sizes))
    room = None if device == CPU else room_on(device)
    if room is not None:
        best = min(best, room // (width * (HELD * max(1, sum(sizes)) + beside)))
    return max(1, best)


def outline(kind: str, wrt: Sequence[str], shapes: Mapping[str, Shape], output: Shape) -> list[Shape]:
    """The shapes in one row of the value and of the derivatives, in the order of ``RowFunction.fill``."""
    if kind == "hessian":
        return [output, *(shapes[x] + shapes[y] for x, y in combinations_with_replacement(wrt, 2))]
    if kind == "value":
        return [output]
    return [output, *((output if kind == "jacobian" else ()) + shapes[x] for x in wrt)]


class RowFunction:
    """A function of rows.

    kind:    grad, jacobian, hessian (the blocks on and above the diagonal), or value
    order:   of grad: how often it is differentiated in each variable, which is a scalar then
    batched: do rows run at once? Known for certain after the first of them
    refused: what torch said of a row that has no answer, None where it took all
    """

    def __init__(self, expression: Expression, kind: str, wrt: Sequence[str], order: int = 1) -> None:
        self.program = compile_tree(expression.tree)
        self.kind, self.wrt, self.order = kind, tuple(wrt), order
        self.arithmetic = TorchArithmetic(operators, expression)
        self.batched = not self.program.differentiated
        self.refused: str | None = None

    def fill(self, answers: Sequence[Tensor], columns: Tensors, fixed: Tensors) -> None:
        """Computes rows, inside a ``session`` of the tensors' device.

        answers: tensors to fill, of shapes (rows, *shape) in the order of ``outline``
        columns: (rows, *shape) of the names that differ from row to row; fixed: the others
        Errors: torch's where memory is lacking on another device, or for one row; and where the device fails
        """
        rows = len(answers[0])
        parts = [slice(k, k + 1) for k in range(rows)]
        if self.batched and rows:
            try:
                self._derive(answers, self._leaves(columns, fixed, rows), fixed, self._at_once)
                return
            except OF_A_ROW as error:  # one of the rows has no answer, or torch cannot batch so many, or any
                if is_lost(error) or (lacks_memory(error) and answers[0].device.type != CPU):
                    raise
                parts = [slice(None, rows // 2), slice(rows // 2, None)]
        if rows == 1:
            self._fill_one(answers, columns, fixed)
            return
        for part in parts:
            self.fill([answer[part] for answer in answers], {n: x[part] for n, x in columns.items()}, fixed)

    def _fill_one(self, answers: Sequence[Tensor], columns: Tensors, fixed: Tensors) -> None:
        """A row by itself: it says whether it is to blame for what torch refused, and is nan then."""
        try:
            self._derive(answers, self._leaves(columns, fixed, 1), fixed, self._alone)
            self.batched = False
        except OF_A_ROW as error:
            if lacks_memory(error) or is_lost(error):
                raise
            self.refused = self.refused or (str(error).splitlines() or [type(error).__name__])[0]
            for answer in answers:
                answer.fill_(nan)

    def _leaves(self, columns: Tensors, fixed: Tensors, rows: int) -> dict[str, Tensor]:
        """The columns, and variables that are fixed row by row; copies where something is differentiated in them."""
        spread = {n: fixed[n].expand(rows, *fixed[n].shape) for n in self.wrt if n in fixed}
        leaves = {**columns, **spread}
        for name in {*self.wrt, *self.program.differentiated} & leaves.keys():
            leaves[name] = leaves[name].detach().clone().requires_grad_()
        return leaves

    def _at_once(self, leaves: Tensors, fixed: Tensors) -> Tensor:
        """The value of all rows, ``(rows, *shape)``. Errors: IndexError where a row names a place that is not there."""

        def of_one(*here: Tensor) -> tuple[Tensor, ...]:
            found: list[TensorLike] = []
            values = {**fixed, **dict(zip(leaves, here, strict=True))}
            output = self._value(values, found)
            return output, *(looked.there.all() for looked in self._looked_up(found))

        value, *there = torch.vmap(of_one, randomness="different")(*leaves.values())
        if not all(bool(part.all()) for part in there):
            raise IndexError
        return value

    def _looked_up(self, found: Sequence[TensorLike]) -> Iterator[LookedUp]:
        """The places that steps name, of values that are there: within torch.vmap nobody sees them before the end."""
        for step in self.program.steps:
            if step.op is not None and step.op.places is not None:
                looked = looked_up(step, [None if i is None else found[i] for i in step.inputs])
                if looked is not None:
                    yield looked

    def _alone(self, leaves: Tensors, fixed: Tensors) -> Tensor:
        """The same of one row without torch.vmap."""
        differentiated = {
            n: x.clone().requires_grad_() if n in self.program.differentiated else x for n, x in fixed.items()
        }
        return self._value({**differentiated, **{n: x[0] for n, x in leaves.items()}}).unsqueeze(0)

    def _value(self, values: Tensors, found: list[TensorLike] | None = None) -> Tensor:
        watch = None if found is None else lambda _, value: found.append(value)
        result = run(self.program, self.arithmetic, dict(values), watch=watch)
        output = result if isinstance(result, Tensor) else torch.tensor(float(result))
        return output if output.is_floating_point() else output.to(torch.get_default_dtype())

    def _derive(self, answers: Sequence[Tensor], leaves: Tensors, fixed: Tensors, forward: Forward) -> None:
        """One forward run, and as many backward passes as a row's value, or gradient, has entries."""
        with torch.set_grad_enabled(self.kind != "value" or not self.batched):
            output = forward(leaves, fixed)
        answers[0].copy_(output.detach())
        variables = [leaves[name] for name in self.wrt]
        if self.kind == "jacobian":
            _entries_pulled(answers[1:], output, variables)
        elif self.kind == "hessian":
            left = iter(answers[1:])
            first = _pulled(output, variables, create_graph=True)
            for k, part in enumerate(first):
                _entries_pulled(list(islice(left, len(first) - k)), part, variables[k:])
        elif self.kind == "grad":
            for answer, part in zip(answers[1:], self._gradient(output, variables), strict=True):
                answer.copy_(part.detach())

    def _gradient(self, output: Tensor, variables: Sequence[Tensor]) -> Sequence[Tensor]:
        if self.order == 1:
            return _pulled(output, variables)
        return [_nth(output, x, self.order) for x in variables]


def _pulled(output: Tensor, variables: Sequence[Tensor], *, create_graph: bool = False) -> list[Tensor]:
    """Each row's slopes of the sum of its entries: ``(rows, *shape)`` of each variable. The graph is kept."""
    ones = torch.ones_like(output)
    found = passes.gradient(output, variables, ones, create_graph=create_graph, retain_graph=True)
    return [torch.zeros_like(x) if part is None else part for part, x in zip(found, variables, strict=True)]


def _entries_pulled(answers: Sequence[Tensor], output: Tensor, variables: Sequence[Tensor]) -> None:
    """Fills tensors of shapes (rows, *output's shape, *variable's shape), entry by entry of the output."""
    rows = len(output)
    entries = output.reshape(rows, -1)
    for k in range(entries.shape[1]):
        for answer, part in zip(answers, _pulled(entries[:, k], variables), strict=True):
            answer.view(rows, entries.shape[1], *part.shape[1:])[:, k].copy_(part.detach())


def _nth(output: Tensor, x: Tensor, order: int) -> Tensor:
    """The derivative of n-th order of each row's value in its scalar x."""
    for n in range(order):
        (output,) = _pulled(output, [x], create_graph=n + 1 < order)
    return output
