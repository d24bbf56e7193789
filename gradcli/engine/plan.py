"""What torch calls for the formulas of a row, one after another, and where each result has its room.

Steps that depend on no column are numbers. Of the others each is the calls that its torch meaning makes, where these
give the same bits as the meaning itself on a sample of numbers; else the meaning as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from typing import Any

import sympy
import torch
from torch import Tensor

from gradcli.autograd.devices import CPU, is_lost, lacks_memory
from gradcli.autograd.rows import OF_A_ROW
from gradcli.autograd.tensors import TorchArithmetic
from gradcli.engine.formulas import Formulas, Output
from gradcli.engine.order import thrifty
from gradcli.engine.recorded import UNKNOWN, Calls, Function, Ref, calls_of
from gradcli.meaning.program import Program, Step

# Of a tensor and a number, and as quick of two tensors, with the same digits. Not so div, which some devices take for a
# product with the inverse of a number, and pow, which has products for some.
_TAKES_TENSORS = frozenset({torch.add, torch.sub, torch.mul})


@dataclass(frozen=True, slots=True)
class Work:
    """One call, of values by their numbers, whose result is a further value.

    into: does the function write where it is told? What another one returns is copied there
    room: where the result is; None where an output is its room
    """

    function: Function
    inputs: tuple[int, ...]
    keywords: Mapping[str, Any]  # Any: see recorded.Call
    result: int
    into: bool
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """An entry of an output in a row and its value, which may be computed in its place."""

    name: str
    entry: int
    value: int
    in_place: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """
    known:   each value by its number, where it is the same in all rows: a number, a tensor without axes, None; None for
             columns and results
    columns: of each column that is used the value's number
    rooms:   the dtype of each
    kink:    the value that holds where there is a kink; None where there is none
    """

    known: tuple[Any, ...]  # Any: see recorded.Call
    columns: Mapping[str, int]
    work: tuple[Work, ...]
    rooms: tuple[torch.dtype, ...]
    parts: tuple[Part, ...]
    kink: int | None


def planned(formulas: Formulas, outputs: Sequence[Output], fixed: Mapping[str, Tensor]) -> Plan:
    """The plan for these outputs of the formulas, inside a ``session`` of the dtype and the device."""
    wanted = [i for output in outputs for i in output.steps] + [i for i in (formulas.kink,) if i is not None]
    planner = _Planner(formulas.columns, fixed)
    for index in sorted(_leading_to(wanted, formulas.program)):
        planner.take(index, formulas.program.steps[index])
    return planner.plan(outputs, formulas.kink)


def _leading_to(wanted: Sequence[int], program: Program) -> set[int]:
    found, stack = set[int](), list(wanted)
    while stack:
        index = stack.pop()
        if index not in found:
            found.add(index)
            stack.extend(i for i in program.steps[index].inputs if i is not None)
    return found


class _Planner:
    """Values by their numbers, and the work that makes them, step by step."""

    def __init__(self, names: Collection[str], fixed: Mapping[str, Tensor]) -> None:
        self.names, self.fixed = frozenset(names), fixed
        self.arithmetic, self.dtype = TorchArithmetic(), torch.get_default_dtype()
        self.dtypes: list[torch.dtype | None] = []  # of each value; None: it is known
        self.constants: dict[int, Any] = {}  # Any: see Plan
        self.columns: dict[str, int] = {}
        self.work: list[Work] = []
        self.steps: dict[int, int] = {}  # the value of each step
        self.met: dict[object, int] = {}  # values by what they are made of
        self.known: dict[object, Calls | None] = {}  # the calls of steps that were met before

    def take(self, index: int, step: Step) -> None:
        """The value of a step whose inputs have theirs."""
        self.steps[index] = self.leaf(step) if step.op is None else self.result(step)

    def leaf(self, step: Step) -> int:
        if not isinstance(step.tree, sympy.Symbol):
            return self.constant(self.arithmetic.number(step.tree))
        name = step.tree.name
        if name in self.names:
            return self.columns.setdefault(name, self.new(self.dtype))
        return self.constant(self.fixed[name])

    def new(self, dtype: torch.dtype | None) -> int:
        self.dtypes.append(dtype)
        return len(self.dtypes) - 1

    def constant(self, value: Any) -> int:  # Any: see Plan
        """Equal numbers are one value, of the same type and sign."""
        key = (type(value), id(value) if isinstance(value, Tensor) else repr(value))
        if key not in self.met:
            self.met[key] = self.new(None)
            self.constants[self.met[key]] = value
        return self.met[key]

    def as_tensor(self, value: int) -> int:
        """A number as the tensor that torch would make of it at each call."""
        number = self.constants.get(value)
        if isinstance(number, bool) or not isinstance(number, int | float):
            return value
        key = ("tensor", repr(float(number)))
        if key not in self.met:
            self.met[key] = self.constant(torch.tensor(float(number)))
        return self.met[key]

    def result(self, step: Step) -> int:
        inputs = [self.constant(None) if i is None else self.steps[i] for i in step.inputs]
        if all(i in self.constants for i in inputs):
            return self.constant(self.arithmetic.apply(step, [self.constants[i] for i in inputs]))
        assert step.op is not None
        key = (step.op.name, repr(step.constants), *(i if i in self.constants else self.dtypes[i] for i in inputs))
        if key not in self.known:
            operands = [self.constants.get(i, UNKNOWN) for i in inputs]
            self.known[key] = calls_of(step, operands, [self.dtypes[i] for i in inputs], self.arithmetic)
        calls = self.known[key]
        return self.as_it_is(step, inputs) if calls is None else self.by_calls(calls, inputs)

    def by_calls(self, calls: Calls, inputs: Sequence[int]) -> int:
        """The step as calls of torch."""
        numbers = list(inputs)
        for call in calls.calls:
            given = tuple(numbers[a.index] if isinstance(a, Ref) else self.constant(a) for a in call.arguments)
            numbers.append(self.called(call.function, given, call.keywords, call.dtype, into=call.into))
        return numbers[calls.result]

    def as_it_is(self, step: Step, inputs: Sequence[int]) -> int:
        """The step as its row means it."""
        assert step.op is not None
        moving = tuple(i not in self.constants for i in inputs)
        function = partial(_applied, self.arithmetic, step)
        if not step.op.elementwise:
            function = partial(_each_row, function, moving)
        dtype = torch.bool if step.op.boolean else self.dtype
        return self.called(partial(_outside_as_nan, function, moving), tuple(inputs), {}, dtype, into=False)

    def called(
        self, function: Function, inputs: tuple[int, ...], keywords: Mapping[str, Any], dtype: torch.dtype, into: bool
    ) -> int:  # Any: see Work
        """The result of a call; what is called twice is computed once."""
        if function in _TAKES_TENSORS:
            inputs = tuple(map(self.as_tensor, inputs))
        key = (function, inputs, repr(keywords))
        if key not in self.met:
            self.met[key] = self.new(dtype)
            self.work.append(Work(function, inputs, keywords, self.met[key], into))
        return self.met[key]

    def plan(self, outputs: Sequence[Output], kink: int | None) -> Plan:
        """All that was taken, with rooms that are used again."""
        parts = [(o, k, self.steps[step]) for o in outputs for k, step in enumerate(o.steps)]
        inside = {w.result for w in self.work if self.dtypes[w.result] == self.dtype}
        placed: list[Part] = []
        for output, k, value in parts:
            in_place = len(output.steps) == 1 and value in inside
            inside -= {value} if in_place else set()
            placed.append(Part(output.name, k, value, in_place))
        watched = None if kink is None else self.steps[kink]
        outside = {part.value for part in placed if part.in_place}
        kept = {part.value for part in placed} | (set() if watched is None else {watched})
        made = {w.result: w for w in self.work}
        order = thrifty({w.result: w.inputs for w in self.work}, kept)
        work, rooms = self.housed([made[result] for result in order], outside, kept)
        known = tuple(map(self.constants.get, range(len(self.dtypes))))
        return Plan(known, self.columns, work, rooms, tuple(placed), watched)

    def housed(
        self, works: Sequence[Work], outside: set[int], kept: set[int]
    ) -> tuple[tuple[Work, ...], tuple[torch.dtype, ...]]:
        """A room for each result but those outside; it is free again where its value is used last, for the result."""
        last = {i: at for at, work in enumerate(works) for i in work.inputs}
        rooms: list[torch.dtype] = []
        free: list[int] = []
        house: dict[int, int] = {}
        for at, work in enumerate(works):
            free += [house[i] for i in {*work.inputs} - kept if i in house and last[i] == at]
            if work.result not in outside:
                dtype = self.dtypes[work.result]
                assert dtype is not None
                fitting = [room for room in free if rooms[room] == dtype]
                if not fitting:
                    rooms.append(dtype)
                house[work.result] = fitting[-1] if fitting else len(rooms) - 1
                free = [room for room in free if room != house[work.result]]
        return tuple(replace(work, room=house.get(work.result)) for work in works), tuple(rooms)


def _applied(arithmetic: TorchArithmetic, step: Step, *operands: Any) -> Tensor:  # Any: tensors and numbers
    return torch.as_tensor(arithmetic.apply(step, list(operands)))


def _each_row(function: Function, moving: Sequence[bool], *operands: Any) -> Tensor:  # Any: as above
    """By torch.vmap, where it is no operation entry by entry; where torch cannot, one row after the other."""
    try:
        return torch.vmap(function, tuple(0 if m else None for m in moving))(*operands)
    except (RuntimeError, ValueError) as error:
        if is_lost(error) or lacks_memory(error):
            raise
        return torch.stack([function(*_rows(moving, operands, row)) for row in range(_count(moving, operands))])


def _outside_as_nan(function: Function, moving: Sequence[bool], *operands: Any) -> Tensor:  # Any: as above
    """nan in each row that a function refuses, for its numbers are beyond what it computes."""
    try:
        return function(*operands)
    except OF_A_ROW as error:
        rows = _count(moving, operands)
        if is_lost(error) or (lacks_memory(error) and (rows == 1 or torch.get_default_device().type != CPU)):
            raise
        if rows == 1:
            return torch.full((1,), nan)
        halves = slice(None, rows // 2), slice(rows // 2, None)
        return torch.cat([_outside_as_nan(function, moving, *_rows(moving, operands, half)) for half in halves])


def _rows(moving: Sequence[bool], operands: Sequence[Any], rows: int | slice) -> list[Any]:  # Any: as above
    return [x[rows] if m else x for x, m in zip(operands, moving, strict=True)]


def _count(moving: Sequence[bool], operands: Sequence[Any]) -> int:  # Any: as above
    return next(len(x) for x, m in zip(operands, moving, strict=True) if m)
