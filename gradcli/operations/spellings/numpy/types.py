"""numpy's types as functions, and astype: all numbers are computed in one type, whole numbers are steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.operations.spelling import Spelling

# Any, in this module: the constants of a call, or OPERAND

_ONE_TYPE = "all numbers are computed in one type"
_EXACT = ("float64", "double", "float", "float_")
_ROUNDED = ("float32", "single", "float16", "half", "bfloat16", "longdouble")
_WHOLE = ("int64", "int32", "int", "int_", "intp", "long", "longlong")
_TRUTH = ("bool", "bool_")
_WRAPPED = ("int8", "int16", "byte", "short", "uint8", "uint16", "uint32", "uint64", "uint", "ubyte", "ushort", "uintp")


def _of(dtype: Any, name: str = "x") -> str:
    """What is made of it; "" where the type is none of these."""
    if dtype in _WHOLE:
        return f"trunc({name})"
    return f"{name} != 0" if dtype in _TRUTH else f"+{name}" if dtype in _EXACT else ""


def _casts(call: str, name: str = "x") -> tuple[Spelling, Spelling]:
    """Of the operand of that name."""

    def exact(dtype: Any) -> str:
        return _of(dtype, name)

    def rounded(dtype: Any) -> str:
        return f"+{name}" if dtype in _ROUNDED else ""

    return Spelling(call, exact), Spelling(call, rounded, note=_ONE_TYPE)


def _made(call: str, *, whole: bool) -> Callable[[Any], str]:
    """An array that is made anew, of a type that is none of floats; whole: is it of whole numbers?"""

    def means(dtype: Any) -> str:
        return f"+{call}" if whole and dtype in _WHOLE else _of(dtype, call)

    return means


_NEW = {
    "ones": "shape:axes", "zeros": "shape:axes", "identity": "n:integer", "ones_like": "a", "zeros_like": "a",
    "eye": "N:integer, M:integer=None, k:integer=0", "tri": "N:integer, M:integer=None, k:integer=0",
}  # fmt: skip
_FILLED = {"full": "shape:axes, fill_value", "full_like": "a, fill_value"}


def _given(parameters: str) -> str:
    """``"N:integer, k:integer=0"`` as arguments, ``"N, k"``."""
    return ", ".join(part.partition(":")[0] for part in parameters.split(", "))


SPELLINGS = (
    *(Spelling(f"np.{name}({parameters}, dtype:text)", _made(f"np.{name}({_given(parameters)})", whole=whole))
      for calls, whole in ((_NEW, True), (_FILLED, False)) for name, parameters in calls.items()),
    *(Spelling(f"np.{name}(x, /)", _of(name)) for name in (*_EXACT, *_WHOLE, *_TRUTH)),
    *(Spelling(f"np.{name}(x, /)", "+x", note=_ONE_TYPE) for name in _ROUNDED),
    *(Spelling(f"np.{name}(x, /)", "none: small whole numbers wrap round; write trunc(x)") for name in _WRAPPED),
    *_casts("np.astype(x, dtype:text, /, *, copy:flag=True)"),
    *_casts(".astype(self, dtype:text, order=None, casting=None, subok=None, copy=None)", "self"),
    *_casts("jax.lax.convert_element_type(x, dtype:text)"),
)  # fmt: skip
