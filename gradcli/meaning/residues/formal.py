"""Formal forms of the arguments of exp, log, roots and sine: Laurent polynomials in what has no operation to look into,
and products of factors of which none divides another.

A generator is an input, an atom, or a factor: a primitive polynomial of several terms. Exponents are whole or, of what
is positive, rational; a factor has none that is 1 or more, it is multiplied out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm

from flint import Ordering, fmpq, fmpz_mpoly_ctx

from gradcli.meaning.residues.nodes import (
    ADD,
    CONST,
    COS,
    DIV,
    DOT,
    MUL,
    NEG,
    POWER,
    SIN,
    SUB,
    SUMS,
    Graph,
    Node,
    UnmodelledError,
    below,
)

MAX_TERMS = 200  # of a formal form; what has more is a generator by itself
MAX_FACTORED, MAX_DEGREE = 24, 40  # terms and degree of a polynomial that is factored: 50 microseconds
Exponent = int | Fraction
Monomial = tuple[tuple[int, Exponent], ...]  # indices of generators, rising, with exponents that are not 0
Poly = dict[Monomial, fmpq]
Powers = dict[Node, Exponent]  # a product of generators


class TooLargeError(Exception):
    """A formal form has too many terms."""


class Formal:
    """The formal forms of a graph's nodes. They are made once, where they are asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._polys: dict[int, Poly] = {}
        self._factors: dict[frozenset[tuple[Monomial, fmpq]], Node] = {}
        self._expanded: dict[int, Poly] = {}  # of factors
        self._sums: dict[int, tuple[Fraction, Powers]] = {}  # factors of sums

    # -- sums of monomials

    def poly(self, node: Node) -> Poly:
        """The node as a Laurent polynomial."""
        for each in below([node], self._polys):
            try:
                self._polys[each.index] = self._poly(each)
            except TooLargeError:
                self._polys[each.index] = {((each.index, 1),): fmpq(1)}
        return self._polys[node.index]

    def _poly(self, node: Node) -> Poly:
        parts = [self._polys[a.index] for a in node.args]
        if node.op == CONST:
            return {(): fmpq(node.data.numerator, node.data.denominator)} if node.data else {}
        if node.op == ADD or node.op == SUB:
            return _sum([parts[0], parts[1] if node.op == ADD else _scaled(parts[1], fmpq(-1))])
        if node.op == NEG:
            return _scaled(parts[0], fmpq(-1))
        if node.op == MUL:
            return self.product(*parts)
        if node.op == DOT:
            return _sum([self.product(x, y) for x, y in zip(parts[::2], parts[1::2], strict=True)])
        if node.op == DIV:
            return self.product(parts[0], self._power(node.args[1], parts[1], -1))
        if node.op == POWER:
            return self._power(node.args[0], parts[0], _plain(node.data))
        return {((node.index, 1),): fmpq(1)}

    def _power(self, base: Node, poly: Poly, exponent: Exponent) -> Poly:
        if isinstance(exponent, Fraction):
            itself = len(poly) != 1 or base.op == CONST
            powers = self._monomial_power({((base.index, 1),): fmpq(1)} if itself else poly, exponent)
            return self._multiplied_out(*powers.popitem())
        if exponent >= 0 and len(poly) != 1:
            if exponent > MAX_TERMS:
                raise TooLargeError
            out: Poly = {(): fmpq(1)}
            for _ in range(exponent):
                out = self.product(out, poly)
            return out
        if len(poly) != 1:
            coefficient, parts = self.factors(base)
            if not coefficient:
                raise UnmodelledError("a division by what is 0 everywhere")
            poly = {_monomial((g.index, e) for g, e in parts.items()): _rational(coefficient)}
        return self._monomial_power(poly, exponent)

    def _monomial_power(self, poly: Poly, exponent: Exponent) -> Poly:
        ((monomial, coefficient),) = poly.items()
        if isinstance(exponent, Fraction):
            if coefficient != 1:
                raise TooLargeError  # the root of a number is a generator
            return {_monomial((g, _plain(e * exponent)) for g, e in monomial): coefficient}
        if coefficient != 1 and abs(exponent) > MAX_TERMS:
            raise TooLargeError
        return {_monomial((g, e * exponent) for g, e in monomial): coefficient**exponent}

    def product(self, x: Poly, y: Poly) -> Poly:
        """Errors: TooLargeError."""
        if len(x) * len(y) > 4 * MAX_TERMS:
            raise TooLargeError
        out: Poly = {}
        for a, p in x.items():
            for b, q in y.items():
                monomial = _times(a, b)
                _collect(out, self._multiplied_out(monomial, p * q))
        if len(out) > MAX_TERMS:
            raise TooLargeError
        return out

    def _multiplied_out(self, monomial: Monomial, coefficient: fmpq) -> Poly:
        """Without whole powers of factors, and of numbers."""
        nodes = self.graph.nodes
        ops = [nodes[g].op for g, _ in monomial]
        sines = [(g, e - e % 2) for g, e in monomial if nodes[g].op == SIN and e >= 2] if SIN in ops else []
        numbers = [(g, e // 1) for g, e in monomial if nodes[g].op == CONST and e // 1] if CONST in ops else []
        whole = [(g, e // 1) for g, e in monomial if g in self._expanded and e >= 1]
        if not whole and not numbers and not sines:
            return {monomial: coefficient}
        for g, times in numbers:
            coefficient = coefficient * _rational(nodes[g].data) ** int(times)
        less = dict([*whole, *numbers, *sines])
        out: Poly = {_monomial((g, e - less.get(g, 0)) for g, e in monomial): coefficient}
        squares = [(self._square_of_sine(nodes[g]), int(times) // 2) for g, times in sines]
        for poly, count in [*((self._expanded[g], int(times)) for g, times in whole), *squares]:
            if count > MAX_TERMS:
                raise TooLargeError
            for _ in range(count):
                out = self.product(out, poly)
        return out

    def _square_of_sine(self, sine: Node) -> Poly:
        """``1 - cos(u)**2``"""
        return {(): fmpq(1), ((self._other(sine).index, 2),): fmpq(-1)}

    def _other(self, turn: Node) -> Node:
        """The cosine of an angle for its sine, and the sine for its cosine."""
        return self.graph.make(COS if turn.op == SIN else SIN, turn.args, turn.data)

    def node(self, monomial: Monomial) -> Node:
        """A product of powers of generators as a node."""
        out = self.graph.one
        for index, exponent in monomial:
            out = self.graph.mul(out, self.graph.power(self.graph.nodes[index], Fraction(exponent)))
        return out

    # -- products of factors

    def factors(self, node: Node) -> tuple[Fraction, Powers]:
        """A coefficient and powers of generators of which the node is the product. 0 has the coefficient 0."""
        coefficient, out = Fraction(1), dict[Node, Exponent]()
        stack: list[tuple[Node, Exponent]] = [(node, 1)]
        while stack:
            each, exponent = stack.pop()
            if each.op == CONST and isinstance(exponent, int) and (each.data or exponent > 0):
                coefficient *= each.data**exponent
            elif each.op == NEG:
                coefficient *= Fraction(-1) ** int(exponent)
                stack.append((each.args[0], exponent))
            elif each.op == MUL:
                stack += [(a, exponent) for a in each.args]
            elif each.op == DIV:
                stack += [(each.args[0], exponent), (each.args[1], -exponent)]
            elif each.op == POWER and isinstance(exponent, int):
                inner = _plain(each.data * exponent)
                if each.data.denominator == 1:
                    stack.append((each.args[0], inner))
                else:
                    _raise(out, each.args[0], inner)
            elif each.op in SUMS:
                if each.index not in self._sums:
                    self._sums[each.index] = self._of_sum(each)
                factor, powers = self._sums[each.index]
                coefficient *= factor ** int(exponent) if factor or exponent > 0 else 0
                for g, e in powers.items():
                    _raise(out, g, e * exponent)
            else:
                _raise(out, each, exponent)
        self._squares_of_turns(out)
        return coefficient, {g: e for g, e in out.items() if e}

    def _squares_of_turns(self, powers: Powers) -> None:
        """``(1 - cos(u))*(1 + cos(u)) = sin(u)**2``, and the same for the sine."""
        found: dict[tuple[int, int], Node] = {}
        for g in powers:
            poly = self._expanded.get(g.index, {})
            (index, sign) = _one_and(poly) or (0, 0)
            if sign and self.graph.nodes[index].op in (COS, SIN):
                found[index, sign] = g
        for (index, sign), g in found.items():
            other = found.get((index, -sign))
            if sign < 0 or other is None or powers[g] * powers[other] <= 0:
                continue
            smaller = powers[g] if powers[g] ** 2 <= powers[other] ** 2 else powers[other]
            common = int(smaller)  # of half powers it would be the absolute value
            _raise(powers, g, -common)
            _raise(powers, other, -common)
            _raise(powers, self._other(self.graph.nodes[index]), 2 * common)

    def _of_sum(self, node: Node) -> tuple[Fraction, Powers]:
        itself = self.poly(node)
        if itself == {((node.index, 1),): fmpq(1)}:
            return Fraction(1), {node: 1}
        out: Powers = {}
        try:
            poly = self._without_denominators(itself, out)
        except TooLargeError:
            return Fraction(1), {node: 1}
        if not poly:
            return Fraction(0), {}
        coefficient, common, primitive = _contents(poly)
        for g, e in common:
            _raise(out, self.graph.nodes[g], e)
        sign, factors = _factored(primitive)
        for factor, times in factors:
            _raise(out, self._factor(factor, node if factor == itself else None), times)
        return sign * coefficient, out

    def _without_denominators(self, poly: Poly, out: Powers) -> Poly:
        """The numerator over the common denominator; its factors go into ``out``."""
        low: dict[int, Exponent] = {}
        for monomial in poly:
            for g, e in monomial:
                if g in self._expanded and e < 0:
                    low[g] = min(low.get(g, 0), e // 1)
        if not low:
            return poly
        for g, e in low.items():
            _raise(out, self.graph.nodes[g], e)
        return self.product(poly, {_monomial((g, -e) for g, e in low.items()): fmpq(1)})

    def _factor(self, poly: Poly, same: Node | None) -> Node:
        """The one generator that a primitive polynomial is."""
        if len(poly) == 1:
            (((index, _),),) = poly
            return self.graph.nodes[index]
        key = frozenset(poly.items())
        if key not in self._factors:
            found = same or self._written(poly)
            self._factors[key] = found
            self._expanded[found.index] = poly
        return self._factors[key]

    def _written(self, poly: Poly) -> Node:
        terms = [(self.node(m), self.graph.constant(fraction(c))) for m, c in sorted(poly.items(), key=_order)]
        return self.graph.dot(terms)


def fraction(number: fmpq) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def _rational(number: Fraction) -> fmpq:
    return fmpq(number.numerator, number.denominator)


def _plain(exponent: Exponent) -> Exponent:
    """A whole number as an int."""
    return exponent if type(exponent) is int or exponent.denominator != 1 else int(exponent)


def _monomial(powers: Iterable[tuple[int, Exponent]]) -> Monomial:
    return tuple(sorted([(g, e if type(e) is int else _plain(e)) for g, e in powers if e]))


def _times(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    if a[-1][0] < b[0][0]:
        return a + b
    powers = dict(a)
    for g, e in b:
        powers[g] = powers.get(g, 0) + e
    return _monomial(powers.items())


def _collect(into: Poly, poly: Mapping[Monomial, fmpq]) -> None:
    for monomial, coefficient in poly.items():
        total = into.get(monomial, 0) + coefficient
        if total:
            into[monomial] = total
        else:
            del into[monomial]


def _sum(parts: Iterable[Poly]) -> Poly:
    out: Poly = {}
    for part in parts:
        _collect(out, part)
    if len(out) > MAX_TERMS:
        raise TooLargeError
    return out


def _scaled(poly: Poly, factor: fmpq) -> Poly:
    return {monomial: factor * coefficient for monomial, coefficient in poly.items()}


def _raise(powers: Powers, generator: Node, exponent: Exponent) -> None:
    powers[generator] = powers.get(generator, 0) + exponent


def _one_and(poly: Poly) -> tuple[int, int] | None:
    """``1 + c`` or ``1 - c``: the generator c, and the sign."""
    rest = [(monomial, int(c)) for monomial, c in poly.items() if monomial and abs(c) == 1]
    if len(poly) != 2 or poly.get(()) != 1 or len(rest) != 1 or len(rest[0][0]) != 1:
        return None
    (((index, exponent),), sign) = rest[0]
    return (index, sign) if exponent == 1 else None


def _order(term: tuple[Monomial, fmpq]) -> tuple[int, Monomial]:
    return len(term[0]), term[0]


def _contents(poly: Poly) -> tuple[Fraction, Monomial, Poly]:
    """A number and a monomial out of all terms, and what is left: whole coefficients without a common factor, the first
    of them positive, and no negative exponents."""
    low: dict[int, Exponent] = {}
    generators = {g for monomial in poly for g, _ in monomial}
    for monomial in poly:
        powers = dict(monomial)
        for g in generators:
            low[g] = min(low.get(g, powers.get(g, 0)), powers.get(g, 0))
    common = _monomial(low.items())
    inverse = _monomial((g, -e) for g, e in common)
    shifted = {_times(monomial, inverse): coefficient for monomial, coefficient in poly.items()}
    numerators = gcd(*(int(c.p) for c in shifted.values()))
    content = Fraction(numerators, lcm(*(int(c.q) for c in shifted.values())))
    content = -content if shifted[min(shifted)] < 0 else content
    return content, common, _scaled(shifted, 1 / _rational(content))


def _factored(poly: Poly) -> tuple[int, list[tuple[Poly, int]]]:
    """A sign and the irreducible factors of a primitive polynomial, itself where it has too many terms; 1 has none."""
    if set(poly) == {()}:
        return 1, []
    if len(poly) > MAX_FACTORED:
        return 1, [(poly, 1)]
    roots: dict[int, int] = {}  # the generator's root of this order is the variable
    for monomial in poly:
        for g, e in monomial:
            roots[g] = lcm(roots.get(g, 1), e.denominator)
    if any(sum(e * roots[g] for g, e in monomial) > MAX_DEGREE for monomial in poly):
        return 1, [(poly, 1)]
    names = sorted(roots)
    context = fmpz_mpoly_ctx.get([f"x{g}" for g in names], Ordering.lex)
    terms = {tuple(int(dict(monomial).get(g, 0) * roots[g]) for g in names): int(c.p) for monomial, c in poly.items()}
    unit, factors = context.from_dict(terms).factor()
    sign, out = int(unit), list[tuple[Poly, int]]()
    for factor, times in factors:
        back = {
            _monomial((g, Fraction(int(e), roots[g])) for g, e in zip(names, exponents, strict=True)): fmpq(int(c))
            for exponents, c in factor.to_dict().items()
        }
        turned = -1 if back[min(back)] < 0 else 1
        sign *= turned if times % 2 else 1
        out.append((_scaled(back, fmpq(turned)), int(times)))
    return sign, out
