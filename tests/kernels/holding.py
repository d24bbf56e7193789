"""Values and slopes of torch's functions and ours, held against enclosures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from flint import arb
from kernels.enclosing import Moves, Scalar, decided, sides, stands_for_edge, truths
from kernels.grid import Call, Point

from gradcli.autograd.tensors import TorchArithmetic, session
from gradcli.base.errors import LimitError
from gradcli.base.precision import precision
from gradcli.language.nodes import symbol
from gradcli.meaning.balls.ball import Ball, Undefined
from gradcli.meaning.program import Step

OVERFLOW = arb(2) ** 1024 * (1 - arb(2) ** -46)  # rounding may reach beyond the largest double here
SMALL = 2.0**-1010  # below it what is computed may be below normal numbers, which have fewer digits
ROUNDING = (1e-13, 1e-13, 1e-11)  # of the value, a slope, a second slope of a row that declares no accuracy
ARGUMENT = 4 * 2.0**-53  # of an argument, or of 1 where it is larger: what may be lost beside a zero


def moves_of(call: Call) -> list[Moves]:
    """Value, first slopes, and the second in each operand by itself."""
    operands = range(call.operands)
    return [(), *((k,) for k in operands), *((k, k) for k in operands)]


def computed(call: Call, points: Sequence[Point]) -> dict[Moves, list[float]]:
    """What torch says, for all points at once. Errors: LimitError"""
    with session("float64", "cpu"):
        columns = [torch.tensor(column, requires_grad=True) for column in zip(*points, strict=True)]
        arguments = [*columns, *[None] * (len(call.op.tensors) - call.operands)]
        value = TorchArithmetic().apply(Step(symbol(call.op.name), call.op, (), call.constants), arguments)
        assert isinstance(value, torch.Tensor)
        found = {(): value}
        for k, x in enumerate(columns):
            found[k,] = slope = _slope(value, x)
            found[k, k] = _slope(slope, x)
        return {moves: tensor.tolist() for moves, tensor in found.items()}


def _slope(value: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    if not value.requires_grad:
        return torch.zeros_like(x)
    ones = torch.ones_like(value)
    (slope,) = torch.autograd.grad(value, x, ones, create_graph=True, retain_graph=True, allow_unused=True)
    return torch.zeros_like(x) if slope is None else slope


def computed_each(call: Call, points: Sequence[Point]) -> dict[Point, dict[Moves, float]]:
    """The same by points, without those that are refused."""
    try:
        at_once = computed(call, points)
        return {p: {moves: column[i] for moves, column in at_once.items()} for i, p in enumerate(points)}
    except (LimitError, RuntimeError):
        if len(points) == 1:
            return {}
        half = len(points) // 2
        return computed_each(call, points[:half]) | computed_each(call, points[half:])


@dataclass(frozen=True, slots=True)
class Judged:
    """One number: its relative error, None where the truth is that there is none or cannot be told."""

    call: Call
    point: Point
    moves: Moves
    found: float
    truth: str
    error: float | None
    right: bool

    def __str__(self) -> str:
        order = "" if not self.moves else f" d{''.join(self.call.op.tensors[k].name for k in self.moves)}"
        error = "" if self.error is None else f" error {self.error:.1e}"
        return f"{self.call}{order} at {', '.join(map(repr, self.point))}: {self.found!r}, truth {self.truth}{error}"


@dataclass(slots=True)
class Tally:
    """What a call, or a row, came to."""

    points: int = 0
    refused: int = 0
    untold: int = 0
    undefined: int = 0  # told rightly
    worst: dict[int, Judged] = field(default_factory=dict)  # by order
    faults: list[Judged] = field(default_factory=list)

    def add(self, judged: Judged) -> None:
        order = len(judged.moves)
        if not judged.right:
            self.faults.append(judged)
        if judged.error is None:
            self.undefined += judged.right
        elif order not in self.worst or judged.error > (self.worst[order].error or 0.0):
            self.worst[order] = judged


def limit(call: Call, order: int) -> float:
    return max(call.op.accuracy, ROUNDING[order])


def hold(call: Call, points: Sequence[Point], tally: Tally) -> None:
    """Judges every number of a call at these points."""
    found = computed_each(call, points)
    tally.points += len(points)
    tally.refused += len(points) - len(found)
    for point, numbers in found.items():
        known = truths(call, point, list(numbers))
        if isinstance(known[()], Undefined):
            numbers = {(): numbers[()]}
        for moves, number in numbers.items():
            if not decided(known[moves]):
                tally.untold += 1
            else:
                tally.add(judge(call, point, moves, number, known))


def judge(call: Call, point: Point, moves: Moves, found: float, known: Mapping[Moves, Scalar]) -> Judged:
    """A number beside its enclosure, or beside one-sided limits where there is no derivative."""
    truth = known[moves]
    if isinstance(truth, Undefined):
        return _without(call, point, moves, found, truth)
    error = relative_error(found, truth.value, _room(point, moves, known))
    if len(moves) == 2 and not math.isfinite(found) and abs(truth.value) >= OVERFLOW:
        error = 0.0
    right = error <= limit(call, len(moves))
    return Judged(call, point, moves, found, truth.value.str(18, radius=False), error, right)


def _room(point: Point, moves: Moves, known: Mapping[Moves, Scalar]) -> arb:
    """What a relative error is not asked of: what a few roundings of the arguments move, and of a second slope
    the size of its terms."""
    if len(moves) == 2:
        x, slope = abs(arb(point[moves[0]])), known[moves[:1]]
        return ROUNDING[2] * _size(slope) / x if x > 0 else arb(0)
    towards = [(moves[0], (*moves, moves[0]))] if moves else [(k, (k,)) for k in range(len(point))]
    return sum((ARGUMENT * min(abs(point[k]), 1.0) * _size(known[further]) for k, further in towards), arb(0))


def _size(scalar: Scalar) -> arb:
    """Of a number; 0 of none."""
    told = isinstance(scalar, Ball) and scalar.value.is_finite()
    return abs(arb(scalar.value.mid())) if told else arb(0)


def _without(call: Call, point: Point, moves: Moves, found: float, truth: Undefined) -> Judged:
    if len(moves) != 1:
        right = not math.isfinite(found) or len(moves) == 2 or stands_for_edge(call, point)
        return Judged(call, point, moves, found, truth.why, None, right)
    limits = sides(call, point, moves[0])
    if not limits:
        return Judged(call, point, moves, found, truth.why, None, not math.isfinite(found))
    low, high = min(limits), max(limits)
    right = low <= found <= high or any(_near(found, end) for end in limits)
    return Judged(call, point, moves, found, f"{truth.why}: {low} to {high}", None, right)


def _near(found: float, end: float) -> bool:
    return found == end or abs(found - end) <= ROUNDING[1] * abs(end)


def relative_error(found: float, truth: arb, room: arb) -> float:
    """Of what is beyond the room, relative to the truth; below normal numbers to the smallest of them. Beyond the range
    infinity and 0 are right."""
    if math.isnan(found):
        return math.inf
    if math.isinf(found):
        same = (truth > 0) if found > 0 else (truth < 0)
        return 0.0 if same and abs(truth) >= OVERFLOW else math.inf
    with precision(256):
        if not truth.is_finite() or abs(truth) > arb(2) ** 1100:
            return math.inf
        beyond = abs(arb(found) - truth) - room
        if beyond <= 0:
            return 0.0
        return float((beyond / abs(truth).max(arb(SMALL))).abs_upper())
