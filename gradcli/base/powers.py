"""Powers of exact numbers, as far as they can be written out."""

from __future__ import annotations

from fractions import Fraction

from gradcli.base.errors import LimitError

MAX_BITS = 2**16  # of the whole numbers in a power


def exact_power(base: Fraction | int, exponent: int) -> Fraction:
    """base**exponent. Errors: LimitError where it has more than MAX_BITS bits.

    >>> exact_power(Fraction(2, 3), -2)
    Fraction(9, 4)
    """
    exact = Fraction(base)
    if abs(exponent) * (max(abs(exact.numerator), exact.denominator).bit_length() - 1) > MAX_BITS:
        raise LimitError(f"a power of more than {MAX_BITS:,} bits is not written out", kind="unchecked")
    return exact**exponent
