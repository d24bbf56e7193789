"""What changing a value in place does to the derivative, tried out: ``t.add_(1)`` on one step's value at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import Node

from gradcli.autograd import passes
from gradcli.autograd.point import Torch
from gradcli.autograd.saved import nodes_behind
from gradcli.base.arrays import FloatArray


class Effect(StrEnum):
    """What became of the derivative."""

    FINE = "fine"  # nobody complains
    BREAKS = "breaks"  # a step complains
    REFUSED = "refused"  # torch does not do the change itself
    WRONG = "wrong"  # nobody complains, and the gradient is another one


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one change: the index of the step that complains, and torch's words."""

    effect: Effect
    step: int | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A step's value changed right after the step, after the forward pass, and then through ``.data``."""

    index: int
    at_once: Outcome
    later: Outcome
    by_data: Outcome


Alter = Callable[[Tensor], object]


def changes(point: Torch, cotangent: FloatArray | None, most: int) -> tuple[tuple[Change, ...], int]:
    """The changes of the first ``most`` values that are float tensors, and how many of these were left out.

    Each takes three forward and three backward passes. cotangent: of the output's shape; None for a scalar
    """
    with point.guarded():
        weight = None if cotangent is None else point.tensor(cotangent)
        plain = _Attempt(point, weight)
        values = enumerate(plain.forward())
        wanted = [k for k, value in values if isinstance(value, Tensor) and value.is_floating_point()]
        true = plain.backward()
        return tuple(_change(point, weight, index, true) for index in wanted[:most]), max(len(wanted) - most, 0)


def _change(point: Torch, weight: Tensor | None, index: int, true: Sequence[Tensor | None]) -> Change:
    return Change(
        index,
        _Attempt(point, weight).outcome(index, _add, early=True),
        _Attempt(point, weight).outcome(index, _add_later, true=true),
        _Attempt(point, weight).outcome(index, lambda value: value.data.add_(1), true=true),
    )


def _add(value: Tensor) -> object:
    return value.add_(1)


def _add_later(value: Tensor) -> object:
    """As an optimizer does to a leaf: torch allows that where no graph is recorded."""
    with torch.set_grad_enabled(not (value.is_leaf and value.requires_grad)):
        return value.add_(1)


class _RefusedError(Exception):
    """torch did not do the change."""


@dataclass(slots=True)
class _Place:
    """The step whose backward pass is at work; the graph holds this, which holds no tensor."""

    step: int | None = None

    def entering(self, step: int) -> Callable[[Any], None]:  # Any: gradients
        def prehook(_: Any) -> None:  # Any: as above
            self.step = step

        return prehook


class _Attempt:
    """One forward and one backward pass from inputs of its own."""

    def __init__(self, point: Torch, weight: Tensor | None) -> None:
        self.point, self.weight, self.place = point, weight, _Place()
        self.found: list[Any] = []  # Any: tensors and Python numbers
        moving = {*point.task.wrt, *point.task.program.differentiated}
        self.inputs: Mapping[str, Tensor] = {
            name: value.clone().requires_grad_(name in moving) for name, value in point.point.items()
        }

    def forward(self, alter: Alter | None = None, index: int = -1) -> list[Any]:  # Any: as above
        """The steps' values; the one of ``index`` is altered as soon as it is there."""
        seen: set[Node] = set()

        def watch(k: int, value: Any) -> None:  # Any: as above
            self.found.append(value)
            if isinstance(value, Tensor) and value.grad_fn is not None:
                for node in nodes_behind(value.grad_fn, seen):
                    node.register_prehook(self.place.entering(k))
            if k == index and alter is not None:
                self._alter(alter, value)

        self.output = self.point.forward(self.inputs, watch=watch)
        return self.found

    def backward(self) -> list[Tensor | None]:
        """The gradient of every variable."""
        return passes.gradient(self.output, [self.inputs[name] for name in self.point.task.wrt], self.weight)

    def outcome(
        self, index: int, alter: Alter, *, early: bool = False, true: Sequence[Tensor | None] | None = None
    ) -> Outcome:
        """What comes of altering the value of step ``index``, ``early`` or after the forward pass.

        true: the gradient to compare with, where the change may go unseen
        """
        going = "forward"
        try:
            values = self.forward(alter if early else None, index)
            if not early:
                self._alter(alter, values[index])
            going = "backward"
            parts = self.backward()
        except _RefusedError as error:
            return Outcome(Effect.REFUSED, None, str(error))
        except (RuntimeError, IndexError, ValueError) as error:
            at = len(self.found) if going == "forward" else self.place.step
            return Outcome(Effect.BREAKS, at, words(error))
        return Outcome(Effect.FINE if true is None or _same(parts, true) else Effect.WRONG)

    @staticmethod
    def _alter(alter: Alter, value: Tensor) -> None:
        try:
            alter(value)
        except RuntimeError as error:
            raise _RefusedError(words(error)) from None


def words(error: Exception) -> str:
    """torch's own words, without the hint behind them."""
    return str(error).partition(" Hint: ")[0].split("\n")[0]


def _same(ours: Sequence[Tensor | None], theirs: Sequence[Tensor | None]) -> bool:
    """Equal to the last bit, nan equal to nan."""
    return all(
        a is b or (a is not None and b is not None and torch.allclose(a, b, rtol=0, atol=0, equal_nan=True))
        for a, b in zip(ours, theirs, strict=True)
    )
