"""Prime numbers in whose fields -1 has no square root, and every number has one root of every small odd order."""

from __future__ import annotations

from math import gcd
from random import Random

from flint import fmpz

LOWEST, BITS = 2**60, 61
ODD = 3 * 5 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31 * 37 * 41 * 43 * 47  # orders of roots, but for powers of 2


def prime(source: Random, squares: tuple[int, ...] = ()) -> int:
    """A random prime of 61 bits, 3 modulo 4, with p - 1 prime to ODD, modulo which these numbers are squares."""
    while True:
        p = source.randrange(LOWEST, 2 * LOWEST) | 3
        if gcd(p - 1, ODD) == 1 and fmpz(p).is_prime() and all(pow(n, p // 2, p) == 1 for n in squares):
            return p
