"""torch's words for where numbers are kept, in which type and with which graph; arrays that are made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import OPERAND, Spelling

# Any, in this module: constants that are given, None where none is, OPERAND for an operand

HELD = "detached: a constant, through which no derivative goes"
COPIED = "a copy of the values alone: a constant, through which no derivative goes; stack([a, b]) keeps it"
WHOLE_TYPES = frozenset({"int64", "long", "int32", "int"})


def typed(formula: str, dtype: Any, *, whole: bool = False) -> str:
    """Types of floats are one here; whole numbers are cut, truth is what is not 0, and of truth + makes a number.
    whole: is the formula of whole numbers?"""
    if dtype in WHOLE_TYPES:
        return f"+{formula}" if whole else f"trunc({formula})"
    return f"{formula} != 0" if dtype == "bool" else formula if dtype is None else f"+{formula}"


def _converted(dtype: Any) -> str:
    return typed("self", dtype)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, tuple) and all(map(_is_whole, value)))


def _copied(data: Any, dtype: Any) -> str:
    """Of numbers; what is copied of tensors is another signature's."""
    return "" if data is OPERAND else typed("data", dtype, whole=_is_whole(data))


def _held(dtype: Any) -> str:
    return typed("detach(data)", dtype)


def _taken(data: Any, dtype: Any) -> str:
    return typed("data", dtype, whole=_is_whole(data))


def _copies(call: str) -> tuple[Spelling, Spelling]:
    """A copy of numbers, or of tensors, of which it is the values alone."""
    return Spelling(call, _copied), Spelling(call, _held, note=COPIED)


def _of_sizes(formula: str, *, whole: bool) -> Callable[[Any], str]:
    return lambda dtype: typed(formula, dtype, whole=whole)


def _filled(fill_value: Any, dtype: Any) -> str:
    """Of the type of what it is filled with, where none is told."""
    return typed("full(size, fill_value)", "bool" if dtype is None and isinstance(fill_value, bool) else dtype)


_ITSELF = (
    "contiguous(self)", "cpu(self)", "cuda(self, device:text=None)", "retain_grad(self)",
    "requires_grad_(self, mode:flag=True)", "pin_memory(self)", "resolve_conj(self)", "resolve_neg(self)",
)  # fmt: skip
_FLOATING = ("type_as(self, other)", "float(self)", "double(self)", "half(self)", "bfloat16(self)")
_SIZED = {
    "zeros(*size": "zeros(size)",
    "ones(*size": "ones(size)",
    "eye(n, m=None": "eye(n, m)",
    "arange(end": "arange(end)",
    "arange(start, end, step=1": "arange(start, end, step)",
    "zeros_like(input": "zeros_like(input)",
    "ones_like(input": "ones_like(input)",
}
_RANDOM = (
    "bernoulli", "multinomial", "normal", "poisson", "rand_like", "randn_like", "randint", "randint_like", "randperm",
)  # fmt: skip
_DRAWN = "none: it draws by chance; the values of a name are drawn with rand(...) and randn(...)"
_CHANCE = "none: what stands in it is left to chance; zeros(...) and ones(...) are known"

SPELLINGS = (
    *_copies("torch.tensor(data:array, *, dtype:text=None)"),
    *_copies(".new_tensor(self, data:array, *, dtype:text=None)"),
    *_copies("torch.scalar_tensor(data, *, dtype:text=None)"),
    *(one for name in ("as_tensor", "asarray") for one in (
        *_copies(f"torch.{name}(data:list, dtype:text=None, device:text=None)"),
        Spelling(f"torch.{name}(data:array, dtype:text=None, device:text=None)", _taken))),
    *(one for name in ("", "Float", "Double", "Long")
      for one in _copies(f"torch.{name}Tensor(data:array, dtype:text=None)")),
    *(Spelling(f".{call}", "self") for call in _ITSELF),
    *(Spelling(f".{call}", "+self") for call in _FLOATING),
    *(Spelling(f".{name}(self)", "trunc(self)") for name in ("long", "int", "short", "char")),
    Spelling(".bool(self)", "self != 0"),
    *(Spelling(f".{name}(self, dtype:text, copy:flag=False)", _converted) for name in ("to", "type")),
    Spelling(".to(self, other=None)", "self"),
    *(Spelling(f"torch.{name}(input)", "detach(input)", note=HELD) for name in ("detach", "detach_copy")),
    *(Spelling(f".{name}(self)", "detach(self)", note=HELD) for name in ("detach", "numpy")),
    Spelling(".item(self)", "detach(reshape(self, ()))", note=HELD),
    *(Spelling(f"torch.{call}, dtype:text=None)", _of_sizes(formula, whole=True)) for call, formula in _SIZED.items()),
    *(Spelling(f"torch.{name}(*size)", f"{name}(size)") for name in ("rand", "randn")),
    Spelling("torch.full(size, fill_value, *, dtype:text=None)", _filled),
    Spelling("torch.linspace(start, end, steps)", "linspace(start, end, steps)"),
    Spelling("torch.logspace(start, end, steps, base=10)", "logspace(start, end, steps, base)"),
    *(Spelling(f".new_{name}(self, *size, dtype:text=None)", _of_sizes(f"{name}(size)", whole=True))
      for name in ("zeros", "ones")),
    Spelling(".new_full(self, size, fill_value, *, dtype:text=None)", _filled),
    Spelling("torch.from_numpy(ndarray)", "ndarray"),
    *(Spelling(f"torch.{name}(*arguments)", _DRAWN) for name in _RANDOM),
    *(Spelling(call, _CHANCE) for call in ("torch.empty(*size)", "torch.empty_like(input)", ".new_empty(self, *size)")),
)  # fmt: skip
