"""Signs without a point: an identity is tried with every choice of the signs that its laws and branches ask for.

What holds for all choices holds everywhere, off the zeros of what was asked; no point has to be found for any of them.
The sign of a product is that of its factors, so that only factors are chosen. Choices that no point meets are tried
too, and may lose a proof; those that known ranges exclude are not made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import inf, isinf

from flint import arb

from gradcli.meaning.residues.companion import BITS, CONSTANTS, Companion
from gradcli.meaning.residues.formal import Exponent, Formal, Monomial, Poly, fraction
from gradcli.meaning.residues.nodes import ATOM, CONST, COS, EXP, SIN, Graph, Node, UnmodelledError

MOST = 6  # signs of one choice: 64 choices
Range = tuple[Fraction | float, Fraction | float]  # both ends; infinite ones are floats
EVERYTHING: Range = (-inf, inf)
TURN: Range = (Fraction(-1), Fraction(1))
CIRCLE = Fraction(22, 7)  # above pi
KNOWN: Mapping[str, Range] = {
    "asin": (-CIRCLE / 2, CIRCLE / 2),
    "atan": (-CIRCLE / 2, CIRCLE / 2),
    "erf": TURN,
    "erfc": (Fraction(0), Fraction(2)),
    "ndtr": (Fraction(0), Fraction(1)),
}


class Choice(Companion):
    """Signs that are chosen in the order in which they are asked for: those given first, then all positive.

    taken:  what was chosen so far, 1 or -1
    """

    def __init__(self, graph: Graph, formal: Formal, chosen: Sequence[int] = ()) -> None:
        super().__init__(graph, formal, None)
        self.chosen, self.taken = chosen, list[int]()

    def sign(self, node: Node) -> int:
        """-1, 0 or 1. Errors: UnmodelledError where there are too many to choose."""
        coefficient, powers = self.formal.factors(node)
        sign = (coefficient > 0) - (coefficient < 0)
        for factor, exponent in powers.items():
            sign *= self._of_factor(factor) if exponent.denominator == 1 and exponent % 2 else 1
        return sign

    def assume(self, node: Node) -> None:
        """The node is positive. Of a product of several factors nothing is known."""
        coefficient, powers = self.formal.factors(node)
        odd = [factor for factor, exponent in powers.items() if exponent.denominator == 1 and exponent % 2]
        if len(odd) == 1 and coefficient:
            self.decided.setdefault(odd[0].index, 1 if coefficient > 0 else -1)

    def near(self, node: Node, bits: int = BITS[0]) -> arb:
        """Of a constant. Errors: UnmodelledError for what has inputs."""
        found = super().near(node, bits)
        if found.is_nan():
            raise UnmodelledError("a function of which the slope depends on numbers")
        return found

    def whole(self, node: Node) -> bool:  # noqa: ARG002 - of a power of what is negative
        """Where it is not, the power is no real number."""
        return True

    def _of_factor(self, node: Node) -> int:
        if node.index not in self.decided:
            self.decided[node.index] = self._excluded(node) or self._chosen()
        return self.decided[node.index]

    def _chosen(self) -> int:
        if len(self.taken) == MOST:
            raise UnmodelledError(f"more than {MOST} signs and branches")
        place = len(self.taken)
        self.taken.append(self.chosen[place] if place < len(self.chosen) else 1)
        return self.taken[-1]

    # -- what ranges tell

    def _excluded(self, node: Node) -> int:
        """The only sign that the node's range allows; 0 where it allows both."""
        poly = self.formal.poly(node)
        signs = {self._sign_of_term(monomial, node.index) * (1 if c > 0 else -1) for monomial, c in poly.items()}
        if len(signs) == 1 and 0 not in signs:
            return signs.pop()
        squares = _of_squares(poly)
        if squares:
            return squares
        low, high = self._range(poly, itself=node.index)
        return 1 if low >= 0 else -1 if high <= 0 else 0

    def _sign_of_term(self, monomial: Monomial, itself: int) -> int:
        """The only one that it has off 0; 0 where it has both, or that is not told."""
        out = 1
        for index, exponent in monomial:
            if exponent.denominator == 1 and exponent % 2:
                low, high = self._of_generator(self.graph.nodes[index], itself)
                out *= 1 if low >= 0 else -1 if high <= 0 else 0
        return out

    def _range(self, poly: Poly, itself: int = -1) -> Range:
        low: Fraction | float = Fraction(0)
        high: Fraction | float = Fraction(0)
        for monomial, coefficient in poly.items():
            a, b = _scaled(self._of_monomial(monomial, itself), fraction(coefficient))
            low, high = low + a, high + b
            if (low, high) == EVERYTHING:
                break
        return low, high

    def _of_monomial(self, monomial: Monomial, itself: int) -> Range:
        out: Range = (Fraction(1), Fraction(1))
        for index, exponent in monomial:
            out = _times(out, _power(self._of_generator(self.graph.nodes[index], itself), exponent))
        return out

    def _of_generator(self, node: Node, itself: int) -> Range:
        if node.op == CONST:
            return (node.data,) * 2
        if node.op == EXP or (node.op == ATOM and node.data in CONSTANTS):
            return Fraction(0), inf
        if node.op in (COS, SIN):
            return TURN
        if node.op == ATOM and node.data in KNOWN:
            return KNOWN[node.data]
        if node.index != itself and node.index in self.decided:
            return (Fraction(0), inf) if self.decided[node.index] > 0 else (-inf, Fraction(0))
        return EVERYTHING


def _of_squares(poly: Poly) -> int:
    """1 for a sum of squares, -1 for the negative of one, as ``1 + (x - y)**2`` multiplied out; else 0.

    A polynomial of degree 2 is the form ``v.T @ A @ v`` of its generators and 1, v; A is eliminated symmetrically.
    """
    if any(e not in (1, 2) for monomial in poly for _, e in monomial):
        return 0
    parts = [[g for g, e in monomial for _ in range(int(e))] for monomial in poly]
    if any(len(part) > 2 for part in parts):
        return 0
    places = {g: i for i, g in enumerate(sorted({-1, *(g for part in parts for g in part)}))}
    form = [[Fraction(0)] * len(places) for _ in places]
    for part, coefficient in zip(parts, poly.values(), strict=True):
        i, j = (places[g] for g in [*part, -1, -1][:2])
        form[i][j] += fraction(coefficient) / 2
        form[j][i] += fraction(coefficient) / 2
    sign = next((1 if row[i] > 0 else -1 for i, row in enumerate(form) if row[i]), 0)
    return sign if sign and _semidefinite([[sign * c for c in row] for row in form]) else 0


def _semidefinite(form: list[list[Fraction]]) -> bool:
    """Are all pivots of a symmetric matrix at least 0, and all that is left beside a pivot 0 as well?"""
    while form:
        first, *rest = form
        pivot, *beside = first
        if pivot < 0 or (not pivot and any(beside)):
            return False
        form = [[c - row[0] * b / pivot if row[0] else c for c, b in zip(row[1:], beside, strict=True)] for row in rest]
    return True


def _scaled(x: Range, factor: Fraction) -> Range:
    return _times(x, (factor, factor))


def _times(x: Range, y: Range) -> Range:
    products = [_product(a, b) for a in x for b in y]
    return min(products), max(products)


def _product(a: Fraction | float, b: Fraction | float) -> Fraction | float:
    if not a or not b:
        return Fraction(0)
    if isinf(a) or isinf(b):
        return inf if (a > 0) == (b > 0) else -inf
    return a * b


def _power(x: Range, exponent: Exponent) -> Range:
    """Of what is positive where the exponent is no whole number."""
    if exponent.denominator != 1:
        return Fraction(0), inf
    if exponent < 0:
        positive = x[0] >= 0 or exponent % 2 == 0
        return (Fraction(0), inf) if positive else (-inf, Fraction(0)) if x[1] <= 0 else EVERYTHING
    out: Range = (Fraction(1), Fraction(1))
    if exponent % 2 == 0:
        low, high = _times(x, x) if x[0] >= 0 or x[1] <= 0 else (Fraction(0), _times(x, x)[1])
        x, exponent = (low, high), exponent // 2
    for _ in range(min(int(exponent), 64)):
        out = _times(out, x)
    return out if exponent <= 64 else (EVERYTHING if x[0] < 0 else (Fraction(0), inf))


def next_choice(taken: Sequence[int]) -> list[int] | None:
    """The next of all choices, after one in which signs were taken; None after the last."""
    left = list(taken)
    while left and left[-1] < 0:
        left.pop()
    return [*left[:-1], -1] if left else None
