"""numpy's types as functions, and astype: all numbers are computed in one type, whole numbers are steps."""

from __future__ import annotations

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


SPELLINGS = (
    *(Spelling(f"np.{name}(x, /)", _of(name)) for name in (*_EXACT, *_WHOLE, *_TRUTH)),
    *(Spelling(f"np.{name}(x, /)", "+x", note=_ONE_TYPE) for name in _ROUNDED),
    *(Spelling(f"np.{name}(x, /)", "none: small whole numbers wrap round; write trunc(x)") for name in _WRAPPED),
    *_casts("np.astype(x, dtype:text, /, *, copy:flag=True)"),
    *_casts(".astype(self, dtype:text, order=None, casting=None, subok=None, copy=None)", "self"),
    *_casts("jax.lax.convert_element_type(x, dtype:text)"),
)  # fmt: skip
