"""Primes of numbers; and prime numbers in whose fields -1 has no square root, and small primes and roots of small odd
order cause no trouble.

Where p is -1 modulo 8 and modulo every odd prime q up to 13, p - 1 is -2 modulo q: each number has one root of order q.
By quadratic reciprocity q is a square: for q = 1 mod 4 as -1 is one modulo q, for q = 3 mod 4 as it is none; so is 2.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import gcd, isqrt
from random import Random

from flint import fmpz

LOWEST = 2**60  # the primes are above, and below twice as much
STEP = 8 * 3 * 5 * 7 * 11 * 13
COUNT = 2**39  # at least so many are there: by Dirichlet 2**60/log(2**61)/phi(STEP), that is 2**40.2

MAX_FACTORED = 10**18  # of a number that is split into primes, in milliseconds


def prime_factors(number: Fraction) -> list[tuple[int, int]]:
    """The primes of a positive number with their exponents, negative for those of the denominator. What is beyond
    MAX_FACTORED counts as one, but for its square root.

    >>> prime_factors(Fraction(12, 5))
    [(2, 2), (3, 1), (5, -1)]
    """
    return [*_factored(number.numerator), *((p, -e) for p, e in _factored(number.denominator))]


@lru_cache(4096)
def _factored(number: int) -> tuple[tuple[int, int], ...]:
    if number > MAX_FACTORED:
        root = isqrt(number)
        return tuple((p, 2 * e) for p, e in _factored(root)) if root * root == number else ((number, 1),)
    return tuple((int(p), int(e)) for p, e in fmpz(number).factor()) if number > 1 else ()


def prime(source: Random, squares: tuple[int, ...] = (), odd: int = 1) -> int:
    """A random one, modulo which these numbers are squares and p - 1 is prime to an odd order of roots."""
    while True:
        p = STEP * source.randrange(LOWEST // STEP + 1, 2 * LOWEST // STEP) - 1
        if fmpz(p).is_prime() and gcd(p - 1, odd) == 1 and all(pow(n, p // 2, p) == 1 for n in squares):
            return p
