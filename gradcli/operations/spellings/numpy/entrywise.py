"""numpy's functions entry by entry that tell of numbers or take them apart, and windows."""

from __future__ import annotations

from collections.abc import Callable

from gradcli.operations.shape_rules import Shape
from gradcli.operations.spelling import Spelling, spelled

_CLOSE = "a == b or (abs(a - b) <= atol + rtol*abs(b) and abs(b) < inf)"
_TOLERANCES = "a, b, rtol=0.00001, atol=0.00000001"

_TOLD = f"""
isreal(x) := zeros_like(x) == 0
iscomplex(x) := zeros_like(x) != 0
isrealobj(x) := True
iscomplexobj(x) := False
logical_xor(x1:truth, x2:truth, /) := where(x1, 1, 0) != where(x2, 1, 0)
isclose({_TOLERANCES}, equal_nan:off=False) := {_CLOSE}
isclose({_TOLERANCES}, equal_nan:flag) := {_CLOSE} or (a != a and b != b)
allclose({_TOLERANCES}, equal_nan:off=False) := all({_CLOSE})
allclose({_TOLERANCES}, equal_nan:flag) := all({_CLOSE} or (a != a and b != b))
isin(element, test_elements, assume_unique:flag=False) := any(element[..., None] == flatten(test_elements), -1)
isin(element, test_elements, assume_unique:flag=False, *, invert:flag) := all(element[..., None] != flatten(test_elements), -1)
ldexp(x1, x2, /) := x1*2**round(x2)
"""  # noqa: E501

# log2 may round to the next power of two, which the quotient tells.
_FREXP = (
    "e = floor(log2(where(x == 0, 1, abs(x)))); m = x/2**e; "
    "up = where(abs(m) >= 2, 2, where(abs(m) >= 1, 1, 0)); (m/2**up, where(x == 0, 0, e + up))"
)


def _window(of: str) -> Callable[[int], str]:
    """n runs from -1 to 1; one point is 1."""
    return lambda M: f"n = (2*arange({M}) - {M - 1})/{M - 1}; {of}" if M > 1 else f"ones({max(M, 0)})"


_WINDOWS = {
    "bartlett(M:integer)": "1 - abs(n)",
    "hanning(M:integer)": "1/2 + cos(pi*n)/2",
    "hamming(M:integer)": "0.54 + 0.46*cos(pi*n)",
    "blackman(M:integer)": "0.42 + 0.5*cos(pi*n) + 0.08*cos(2*pi*n)",
    "kaiser(M:integer, beta)": "i0(beta*sqrt(1 - n**2))/i0(beta)",
}


def _equal(a1: Shape, a2: Shape, equal_nan: bool) -> str:
    same = "a1 == a2 or (a1 != a1 and a2 != a2)" if equal_nan else "a1 == a2"
    return f"all({same})" if a1 == a2 else "False"


SPELLINGS = (
    *spelled("np.", _TOLD),
    Spelling("np.array_equal(a1:shaped, a2:shaped, equal_nan:flag=False)", _equal),
    Spelling("np.array_equiv(a1, a2)", "all(a1 == a2)"),
    Spelling("np.frexp(x, /)", _FREXP, ("mantissa", "exponent")),
    *(Spelling(f"np.{call}", _window(of)) for call, of in _WINDOWS.items()),
)  # fmt: skip
