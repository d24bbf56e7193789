"""Matrices whose entries are exact binary fractions, as floats are: whole numbers decide what balls cannot.

A determinant that a ball cannot tell from 0, a rank, an eigenvalue that is met twice: over the integers each is a
finite computation with a certain answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb, arb_mat, fmpz, fmpz_mat, fmpz_poly

from gradcli.meaning.scalars import Array

# Bits between the largest and the smallest bit of a matrix, above which it is not made of integers. Floats have 2,098
# at most, products of a few floats some thousands; an exact power such as 2**(10**9) would fill the memory.
SPREAD = 20_000


@dataclass(frozen=True)
class Exact:
    """A matrix of exact binary fractions: ``integers * 2**exponent``. Only a square one has eigenvalues."""

    integers: fmpz_mat
    exponent: int

    @property
    def size(self) -> int:
        return int(self.integers.nrows())

    @cached_property
    def rank(self) -> int:
        return int(self.integers.rank())

    @cached_property
    def determinant(self) -> fmpz:
        """Of the integers."""
        return self.integers.det()

    @property
    def det(self) -> arb:
        return scaled(self.determinant, self.exponent * self.size)

    @cached_property
    def characteristic(self) -> fmpz_poly:
        """Of the integers: its rational roots are whole numbers."""
        return self.integers.charpoly()

    def adjugate(self) -> arb_mat:
        return enclosed(adjugate_of(self.integers, self.characteristic), self.exponent * (self.size - 1))

    def inverse(self) -> arb_mat:
        """Errors: ZeroDivisionError where it is singular."""
        return enclosed(self.integers.inv(), -self.exponent)

    def pivot(self, i: int) -> arb:
        """The quotient of two leading minors, of which the smaller is not 0."""
        return self._leading(i + 1).det / (self._leading(i).det if i else arb(1))

    def _leading(self, n: int) -> Exact:
        """The first n rows and columns."""
        return Exact(fmpz_mat([[self.integers[i, j] for j in range(n)] for i in range(n)]), self.exponent)

    def distinct(self) -> int:
        """The number of different eigenvalues."""
        found = self.characteristic.gcd(self.characteristic.derivative())
        return self.size - int(found.degree())

    def root_in(self, value: arb) -> arb | None:
        """The rational eigenvalue in an enclosure that holds one whole multiple of the unit at most."""
        candidate = (value * arb(2) ** -self.exponent).unique_fmpz()
        if candidate is None or self.characteristic(candidate) != 0:
            return None
        return scaled(candidate, self.exponent)


def exact_matrix(array: Array) -> Exact | None:
    """The matrix of Balls as integers; None where an entry is not exact."""
    pairs = []
    for ball in array.ravel():
        value: arb = ball.value
        if not value.is_exact() or not value.is_finite():
            return None
        pairs.append(value.man_exp())
    moving = [(int(e), int(m).bit_length()) for m, e in pairs if m != 0]
    low = min((e for e, _ in moving), default=0)
    if max((e + bits for e, bits in moving), default=0) - low > SPREAD:
        return None
    integers = [m * fmpz(2) ** (int(e) - low) if m != 0 else fmpz(0) for m, e in pairs]
    return Exact(fmpz_mat(array.shape[0], array.shape[1], integers), low)


def adjugate_of(matrix: Any, characteristic: Any) -> Any:  # Any: an arb_mat or fmpz_mat and its polynomial
    """By Cayley and Hamilton: ``(-1)**(n-1) (A**(n-1) + c[n-1] A**(n-2) + ... + c[1] I)``, singular or not."""
    n = matrix.nrows()
    one = type(matrix)(n, n, [int(i == j) for i in range(n) for j in range(n)])
    out = one
    for k in range(n - 1, 0, -1):
        out = matrix * out + characteristic[k] * one
    return out if n % 2 else out * -1


def scaled(number: Any, exponent: int) -> arb:  # Any: fmpz or fmpq
    return arb(number) * arb(2) ** exponent


def enclosed(matrix: Any, exponent: int) -> arb_mat:  # Any: fmpz_mat or fmpq_mat
    """``matrix * 2**exponent``"""
    unit = arb(2) ** exponent
    return arb_mat(matrix.nrows(), matrix.ncols(), [arb(entry) * unit for entry in matrix.entries()])
