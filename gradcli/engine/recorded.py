"""The rows' torch meanings as the calls of torch that they make, so that results can be written where room is.

A meaning is run with a recorder in the place of torch and of its tensors. What it calls is noted, not computed; one
that looks at its numbers, or asks a tensor for more than arithmetic, is not recorded. What is recorded is held against
the meaning itself on a sample of numbers, bit by bit, and so is what each function writes where it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gradcli.autograd.tensors import TorchArithmetic
from gradcli.meaning.program import Step
from gradcli.meaning.torch_meaning import plain_constant, torch_meaning

Function = Callable[..., Tensor]

UNKNOWN: Any = object()  # an operand that is recorded

# Numbers that functions treat apart. There are 13, a prime: each meets each of another operand in 13*13 rows.
_ODD = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1e-300, -5e-324, 1e300, float("inf"), float("-inf"), float("nan"))
SAMPLE = len(_ODD) ** 2 + 34  # rows, such that some are left over behind those that fill the wide registers


class Unrecorded(Exception):  # noqa: N818 - no error: such a meaning runs as it is
    """A meaning does what no list of calls says."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A value by its number: the operands come first, then the results of the calls."""

    index: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of torch, and its arguments: a Ref, or whatever else torch takes (Any).

    dtype: of the result
    into:  does the function write where it is told (``out=``), be it in the place of an operand?
    """

    function: Function
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    dtype: torch.dtype = torch.float64
    into: bool = False

    def run(self, values: Sequence[Any], **more: Tensor) -> Tensor:  # Any: tensors, and what else torch takes
        """The result, of the values by their numbers."""
        given = (values[a.index] if isinstance(a, Ref) else a for a in self.arguments)
        return self.function(*given, **self.keywords, **more)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls one after another, and the number of the value that is their result."""

    calls: tuple[Call, ...]
    result: int


def calls_of(
    step: Step, operands: Sequence[Any], dtypes: Sequence[torch.dtype | None], arithmetic: TorchArithmetic
) -> Calls | None:  # Any: see Call
    """A step as calls that give the same bits, entry by entry; None where there are none.

    operands: UNKNOWN, or a value that is known; dtypes: of the unknown ones
    """
    op = step.op
    assert op is not None
    if not op.elementwise or op.kernel:
        return None
    constants = tuple(map(plain_constant, step.constants))
    given = operands
    if not op.scalars:
        given = [torch.tensor(float(x)) if isinstance(x, int | float) else x for x in operands]
    numbers = [sample(k, dtype) if x is UNKNOWN else x for k, (x, dtype) in enumerate(zip(given, dtypes, strict=True))]
    try:
        calls, result = recorded(lambda t, *x: torch_meaning(op)(t, *x, *constants), given)
        values, calls = _tried(calls, numbers)
    except Unrecorded:
        return None
    if not isinstance(result, Ref) or not same(values[result.index], arithmetic.apply(step, numbers)):
        return None
    return Calls(tuple(calls), result.index)


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


# -- against the meaning


def _tried(calls: Sequence[Call], operands: Sequence[Any]) -> tuple[list[Any], list[Call]]:  # Any: see Call
    """All values on the sample, and the calls with what is known of them then.

    Errors: Unrecorded where a result is not a real number, or a condition, for each row.
    """
    values, found = list(operands), []
    for call in calls:
        result = call.run(values)
        real = isinstance(result, Tensor) and result.dtype in {torch.get_default_dtype(), torch.bool}
        if not real or result.shape != (SAMPLE,):
            raise Unrecorded
        found.append(replace(call, dtype=result.dtype, into=_writes(call, values, result)))
        values.append(result)
    return values, found


def _writes(call: Call, values: Sequence[Any], expected: Tensor) -> bool:  # Any: as above
    """Does it write the same into a room, and into the place of each operand that is one?"""
    operands = {a.index for a in call.arguments if isinstance(a, Ref)}
    rooms: list[tuple[int | None, Tensor]] = [(None, torch.empty_like(expected))]
    rooms += [(i, values[i].clone()) for i in operands if _fits(values[i], expected)]
    for place, room in rooms:
        try:
            call.run([room if i == place else value for i, value in enumerate(values)], out=room)
        except (TypeError, RuntimeError):
            return False
        if not same(room, expected):
            return False
    return True


def _fits(value: Any, room: Tensor) -> bool:  # Any: as above
    return isinstance(value, Tensor) and value.shape == room.shape and value.dtype == room.dtype


def same(x: Tensor, y: Any) -> bool:  # Any: a tensor, or a number
    """The same bits, nan as one of them."""
    if not isinstance(y, Tensor) or x.dtype != y.dtype or x.shape != y.shape:
        return False
    missing = torch.isnan(x) & torch.isnan(y)
    return bool((missing | ((x == y) & (torch.signbit(x) == torch.signbit(y)))).all())


def sample(k: int, dtype: torch.dtype | None) -> Tensor:
    """Numbers for the k-th operand, conditions where that is its dtype."""
    rows = torch.arange(SAMPLE, device="cpu")
    odd = torch.tensor(_ODD, dtype=torch.float64, device="cpu")[(rows + k * (rows // len(_ODD))) % len(_ODD)]
    drawn = torch.randn(SAMPLE, generator=torch.Generator("cpu").manual_seed(k), dtype=torch.float64, device="cpu")
    numbers = torch.where(rows < len(_ODD) ** 2, odd, 3 * drawn).to(
        torch.get_default_device(), torch.get_default_dtype()
    )
    return numbers > 0 if dtype == torch.bool else numbers
