"""The rows' torch meanings as the calls of torch that they make, so that results can be written where room is.

A meaning is run with a recorder in the place of torch and of its tensors. What it calls is noted, not computed; one
that looks at its numbers, or asks a tensor for more than arithmetic, is not recorded and runs as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Tensor]

UNKNOWN: Any = object()  # an operand that is recorded


class Unrecorded(Exception):  # noqa: N818 - no error: such a meaning runs as it is
    """A meaning does what no list of calls says."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value by its number: the operands come first, then the results of the calls."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of torch, and its arguments: a Ref, or whatever else torch takes (Any)."""

    function: Function
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def run(self, values: Sequence[Any], **more: Tensor) -> Tensor:  # Any: tensors, and what else torch takes
        """The result, of the values by their numbers."""
        given = (values[a.index] if isinstance(a, Ref) else a for a in self.arguments)
        return self.function(*given, **self.keywords, **more)


def recorded(meaning: Callable[..., Any], operands: Sequence[Any]) -> tuple[list[Call], Any]:  # Any: see Call
    """The calls that a meaning makes, and what it returns: a Ref, or a value that depends on no operand.

    meaning:  of torch and the operands
    operands: UNKNOWN, or a value
    Errors: Unrecorded
    """
    recorder = _Recorder(len(operands))
    values = [_Value(recorder, i) if x is UNKNOWN else x for i, x in enumerate(operands)]
    try:
        result = meaning(_Library(recorder, torch), *values)
    except (TypeError, AttributeError, RuntimeError, ValueError) as error:  # a recorded value is no tensor
        raise Unrecorded from error
    return recorder.calls, _referred(result)


class _Recorder:
    """The calls so far."""

    def __init__(self, operands: int) -> None:
        self.calls: list[Call] = []
        self.operands = operands

    def note(self, function: Function, *arguments: Any, **keywords: Any) -> Any:  # Any: see Call
        """A call of recorded values is noted, one of others is made."""
        if any(isinstance(x, _Value) for x in keywords.values()):
            raise Unrecorded
        if not any(isinstance(x, _Value) for x in arguments):
            return function(*arguments, **keywords)
        self.calls.append(Call(function, tuple(map(_referred, arguments)), keywords))
        return _Value(self, self.operands + len(self.calls) - 1)


class _Library:
    """torch, or a module in it, whose functions are noted."""

    def __init__(self, recorder: _Recorder, library: Any) -> None:  # Any: a module
        self._recorder, self._library = recorder, library

    def __getattr__(self, name: str) -> Any:  # Any: a function, a module, a dtype
        found = getattr(self._library, name)
        if isinstance(found, type(torch)):
            return _Library(self._recorder, found)
        return partial(self._recorder.note, found) if callable(found) else found


class _Value:
    """In the place of a tensor: it has torch's arithmetic, and nothing that looks at numbers."""

    __slots__ = ("index", "recorder")

    def __init__(self, recorder: _Recorder, index: int) -> None:
        self.recorder, self.index = recorder, index

    def __bool__(self) -> bool:
        raise Unrecorded

    def __neg__(self) -> Any:  # Any: a _Value, here and below
        return self.recorder.note(torch.neg, self)

    def __invert__(self) -> Any:
        return self.recorder.note(torch.bitwise_not, self)

    def __rsub__(self, other: float) -> Any:
        return self.recorder.note(torch.sub, torch.tensor(float(other)), self)

    def __rtruediv__(self, other: float) -> Any:
        """As torch has it: the reciprocal times the number."""
        inverse = self.recorder.note(torch.reciprocal, self)
        return inverse if other == 1 else self.recorder.note(torch.mul, inverse, other)

    def __rpow__(self, other: float) -> Any:
        return self.recorder.note(torch.pow, other, self)


_OPERATORS: dict[str, Function] = {
    "add": torch.add,
    "radd": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "rmul": torch.mul,
    "truediv": torch.div,
    "pow": torch.pow,
    "mod": torch.remainder,
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "ge": torch.ge,
    "eq": torch.eq,
    "ne": torch.ne,
    "and": torch.bitwise_and,
    "or": torch.bitwise_or,
}

for _name, _function in _OPERATORS.items():
    setattr(_Value, f"__{_name}__", lambda x, y, f=_function: x.recorder.note(f, x, y))


def _referred(x: Any) -> Any:  # Any: see Call
    return Ref(x.index) if isinstance(x, _Value) else x
