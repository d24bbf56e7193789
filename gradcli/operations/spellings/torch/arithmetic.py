"""torch's arithmetic, entry by entry: factors, rounding, copies that are the value itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import Spelling
from gradcli.operations.taken_shapes import bounds_of_one_kind

# Any, in this package: constants that are given, None where none is, OPERAND for an operand


def scaled(factor: Any, name: str, text: str) -> str:
    """A text, times what a name stands for; a factor of 1 is not written."""
    return text if factor == 1 else f"{name}*{text}"


def _with_factor(sign: str) -> Callable[[Any], str]:
    return lambda alpha: f"input {sign} {scaled(alpha, 'alpha', 'other')}"


def _with_product(product: str) -> Callable[[Any], str]:
    return lambda value: f"input + {scaled(value, 'value', product)}"


_DIVIDED = {None: "input/other", "floor": "floor_divide(input, other)", "trunc": "trunc(input/other)"}


def _divided(rounding_mode: Any) -> str:
    if rounding_mode not in _DIVIDED:
        return "none: rounding_mode is None, 'floor' or 'trunc'"
    return _DIVIDED[rounding_mode]


_LARGEST = 308  # the largest power of ten that is a float


def _rounded(decimals: Any) -> str:
    """As torch computes it."""
    if decimals == 0:
        return "round(input)"
    if abs(decimals) > _LARGEST:
        return f"none: decimals is from {-_LARGEST} to {_LARGEST}, as 10**decimals has to be a float"
    shift = 10 ** abs(decimals)
    return f"round(input*{shift})/{shift}" if decimals > 0 else f"round(input/{shift})*{shift}"


# What torch copies, or views, or takes for complex, is for real numbers the value.
_ITSELF = ("clone", "positive", "conj", "conj_physical", "resolve_conj", "resolve_neg", "real", "alias_copy")
# Two operands under torch's names for them.
_OF_TWO = (
    "mul multiply true_divide floor_divide fmod remainder maximum minimum fmax fmin atan2 arctan2 hypot logaddexp "
    "logaddexp2 xlogy eq ne lt le gt ge"
)

SPELLINGS = (
    *(Spelling(f"torch.{name}(input, other, *, alpha=1)", _with_factor(sign))
      for name, sign in (("add", "+"), ("sub", "-"), ("subtract", "-"))),
    Spelling("torch.rsub(input, other, *, alpha=1)", lambda alpha: f"other - {scaled(alpha, 'alpha', 'input')}"),
    *(Spelling(f"torch.{name}(input, other)", f"{name}(input, other)") for name in _OF_TWO.split()),
    *(Spelling(f"torch.{name}(input, other, *, rounding_mode=None)", _divided) for name in ("div", "divide")),
    *(Spelling(f"torch.{name}(input, exponent)", "pow(input, exponent)") for name in ("pow", "float_power")),
    *(Spelling(f"torch.addc{name}(input, tensor1, tensor2, *, value=1)",
               _with_product(f"tensor1{sign}tensor2"))
      for name, sign in (("mul", "*"), ("div", "/"))),
    *(Spelling(f"torch.{name}(input, min=None, max=None)", "clamp(input, min, max)", needs=bounds_of_one_kind)
      for name in ("clamp", "clip")),
    Spelling("torch.clamp_min(input, min)", "clamp(input, min)"),
    Spelling("torch.clamp_max(input, max)", "clamp(input, None, max)"),
    Spelling("torch.lerp(input, end, weight)", "lerp(input, end, weight)"),
    Spelling("torch.where(condition:truth, input, other)", "where(condition, input, other)"),
    Spelling(".where(self, condition:truth, other)", "where(condition, self, other)"),
    Spelling("torch.heaviside(input, values)", "heaviside(input, values)"),
    Spelling(".polygamma(self, n)", "polygamma(n, self)"),
    Spelling("torch.ldexp(input, other)", "input*2**other"),
    Spelling("torch.igamma(input, other)", "gammainc(input, other)"),
    Spelling("torch.igammac(input, other)", "gammaincc(input, other)"),
    Spelling("torch.round(input, *, decimals:integer=0)", _rounded),
    Spelling("torch.fill(input, value)", "full_like(input, value)"),
    *(Spelling(f"torch.{name}(input)", "input") for name in _ITSELF),
)  # fmt: skip
