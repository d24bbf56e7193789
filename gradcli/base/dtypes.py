"""The float types: one row each, and all that is known of one stands here. Loads neither numpy nor torch."""

from __future__ import annotations

from enum import StrEnum
from math import log10


class DType(StrEnum):
    """A float type under torch's name for it: ``DType.of("float32").unit``.

    width:    bits in memory
    bits:     of the significand, the leading one included
    top:      the largest exponent: numbers lie below ``2**(top + 1)``; the smallest normal one is ``2**(1 - top)``
    complex_name: numpy's and torch's name of the complex type with such parts

    >>> DType.FLOAT16.largest, DType.FLOAT16.half, DType.of("float32").unit == 2.0**-24
    (65504.0, True, True)
    """

    width: int
    bits: int
    top: int
    complex_name: str | None

    FLOAT64 = "float64", 64, 53, 1023, "complex128"
    FLOAT32 = "float32", 32, 24, 127, "complex64"
    BFLOAT16 = "bfloat16", 16, 8, 127, None
    FLOAT16 = "float16", 16, 11, 15, "complex32"

    def __new__(cls, name: str, width: int, bits: int, top: int, complex_name: str | None) -> DType:
        row = str.__new__(cls, name)
        row._value_ = name
        row.width, row.bits, row.top, row.complex_name = width, bits, top, complex_name
        return row

    @classmethod
    def of(cls, name: str) -> DType:
        """The row of a name. Errors: KeyError for any other name."""
        return cls[name.upper()]

    @property
    def half(self) -> bool:
        """Is it one of the 16-bit types, in which torch lacks functions, and sums in float32?"""
        return self.width == 16

    @property
    def eps(self) -> float:
        """The spacing of numbers just above 1."""
        return 2.0 ** (1 - self.bits)

    @property
    def unit(self) -> float:
        """The unit roundoff: the largest relative error of one rounding to nearest."""
        return self.eps / 2

    @property
    def digits(self) -> float:
        """Decimal digits of a number."""
        return -log10(self.unit)

    @property
    def tolerance(self) -> float:
        """What numbers may differ by, relative to their size, where nobody says: 5/8 of the digits are right."""
        return float(self.unit**0.625)

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return 2.0**self.top * (2 - self.eps)

    @property
    def tiny(self) -> float:
        """The smallest number above 0, a subnormal one."""
        return 2.0 ** (2 - self.top - self.bits)

    @property
    def smallest_normal(self) -> float:
        """The smallest number above 0 that has all its digits."""
        return 2.0 ** (1 - self.top)

    @property
    def enough(self) -> int:
        """The decimal digits that rounding has to leave right, where nobody says."""
        return 1 if self.half else 3


def dtype_of(array: object) -> DType | None:
    """The row of an array's or a tensor's type, or of its parts where it is complex; None for any other type."""
    name = str(getattr(array, "dtype", "")).rpartition(".")[2]
    return next((row for row in DType if name in {row.value, row.complex_name}), None)


FLOATING = frozenset({*DType, "double", "float", "half"})  # names that libraries have for them
