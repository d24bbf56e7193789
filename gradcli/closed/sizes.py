"""Sizes of axes: polynomials in letters with whole coefficients, which shape rules take in the place of numbers.

A polynomial is compared with a number as for large letters; of two that differ nobody knows which is larger. It is no
number where a loop would want one, so that a meaning that runs over the entries of an axis is refused, not endless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod

from gradcli.base.errors import LimitError

FITTED_FROM = 101  # numbers from here stand for letters, of which sums are fitted: beyond what shifts and slices name
Monomial = tuple[str, ...]  # letters in order, a square twice; the empty one is 1


class Size:
    """A polynomial in letters that is no number: ``n``, ``n*m``, ``2*n - 1``."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    def __add__(self, other: Extent) -> Extent:
        found = dict(self.terms)
        for monomial, count in _terms(other):
            found[monomial] = found.get(monomial, 0) + count
        return _size(found)

    def __mul__(self, other: Extent) -> Extent:
        found: dict[Monomial, int] = {}
        for (one, a), (two, b) in product(self.terms, _terms(other)):
            monomial = tuple(sorted(one + two))
            found[monomial] = found.get(monomial, 0) + a * b
        return _size(found)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Extent:
        return self * -1

    def __sub__(self, other: Extent) -> Extent:
        return self + other * -1

    def __rsub__(self, other: int) -> Extent:
        return -self + other

    def __floordiv__(self, other: Extent) -> Extent:
        """Exact division by a monomial. Errors: LimitError where it leaves a rest."""
        divisor = _terms(other)
        if len(divisor) == 1:
            (letters, count), found = divisor[0], {}
            for monomial, a in self.terms:
                rest = list(monomial)
                if a % count or any(letters.count(x) > monomial.count(x) for x in letters):
                    break
                for letter in letters:
                    rest.remove(letter)
                found[tuple(rest)] = a // count
            else:
                return _size(found)
        raise LimitError(f"a quotient of the sizes {self} and {other}", kind="unchecked")

    def __mod__(self, other: Extent) -> int:
        """0 where the division is exact. Errors: as ``//``."""
        return 0 if self // other is not None else 1

    def __lt__(self, other: Extent) -> bool:
        return _negative(self - other)

    def __gt__(self, other: Extent) -> bool:
        return _negative(-(self - other))

    def __le__(self, other: Extent) -> bool:
        return self == other or self < other

    def __ge__(self, other: Extent) -> bool:
        return self == other or self > other

    def __abs__(self) -> Extent:
        return -self if self < 0 else self

    def __repr__(self) -> str:
        return "+".join("*".join([str(a), *letters] if a != 1 else letters) or "1" for letters, a in self.terms)


Extent = int | Size  # how many entries an axis has


def size_choices(letters: Sequence[str]) -> list[dict[str, int]]:
    """Several sizes for each letter, different letters of different size: (2, 3), (3, 2), (4, 3)."""
    n = len(letters)
    rising, falling = range(2, n + 2), range(n + 1, 1, -1) if n != 1 else (3,)
    larger = [4 - k % 2 for k in range(n)] if n < 4 else falling
    different = dict.fromkeys(map(tuple, (rising, falling, larger)))
    return [dict(zip(letters, sizes, strict=True)) for sizes in different]


def letter(name: str) -> Size:
    return Size((((name,), 1),))


def at_numbers(extent: Extent, numbers: Mapping[str, int]) -> int:
    """The size at these numbers of the letters."""
    return sum(count * prod(numbers[name] for name in monomial) for monomial, count in _terms(extent))


def fitted(shape: Callable[[Mapping[str, int]], Sequence[int]], letters: Sequence[str]) -> tuple[Extent, ...]:
    """The sizes that a function of the letters' numbers gives for all large numbers, sums of letters and numbers.

    Errors: LimitError where they are no such sums, by two more choices of numbers than a sum has coefficients.
    """
    start = {name: FITTED_FROM + 10 * k for k, name in enumerate(letters)}
    base = shape(start)
    slopes = {
        name: [b - a for a, b in zip(base, shape({**start, name: start[name] + 1}), strict=True)] for name in letters
    }
    found = []
    for axis, at in enumerate(base):
        counts: dict[Monomial, int] = {(name,): slopes[name][axis] for name in letters}
        counts[()] = at - sum(slopes[name][axis] * start[name] for name in letters)
        found.append(_size(counts))
    for step in (3, 8):
        numbers = {name: n + step * (k + 1) for k, (name, n) in enumerate(start.items())}
        if [at_numbers(extent, numbers) for extent in found] != list(shape(numbers)):
            raise LimitError("sizes that are no sums of letters and numbers", kind="unchecked")
    return tuple(found)


def terms_of(extent: Extent) -> tuple[tuple[Monomial, int], ...]:
    """``2*n - 1`` as ``((("n",), 2), ((), -1))``."""
    return _terms(extent)


def _terms(extent: Extent) -> tuple[tuple[Monomial, int], ...]:
    return extent.terms if isinstance(extent, Size) else (((), extent),)


def _size(found: Mapping[Monomial, int]) -> Extent:
    left = tuple(sorted((monomial, count) for monomial, count in found.items() if count))
    if not left or (len(left) == 1 and left[0][0] == ()):
        return left[0][1] if left else 0
    return Size(left)


def _negative(difference: Extent) -> bool:
    """Errors: LimitError where the sign depends on the letters."""
    if isinstance(difference, int):
        return difference < 0
    signs = {count < 0 for monomial, count in difference.terms if monomial}
    if len(signs) > 1:
        raise LimitError("which of two sizes is larger", kind="unchecked")
    return signs.pop()
