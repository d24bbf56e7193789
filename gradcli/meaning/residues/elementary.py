"""Elementary functions of nodes, each brought to a normal form by laws that hold for all reals of its domain.

    exp(a + b) = exp(a)*exp(b), exp(c*log(g)) = g**c for g > 0
    log(g*h) = log(g) + log(h) for g > 0 and h > 0, log(exp(m)) = m
    (g*h)**r = g**r*h**r for g > 0 and h > 0, sqrt(g**2) = abs(g)

Signs are those at the companion point. So a law is used on the region around it in which no such factor changes sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb

from gradcli.meaning.balls.functions.function import Function
from gradcli.meaning.balls.functions.orders import unmoved, whole
from gradcli.meaning.residues.formal import Exponent, Formal, Poly, fraction
from gradcli.meaning.residues.nodes import (
    ATOM,
    CONST,
    COS,
    EXP,
    LOG,
    MUL,
    NEG,
    SIN,
    Graph,
    Node,
    OutsideError,
    UnmodelledError,
)
from gradcli.meaning.residues.primes import MAX_FACTORED, prime_factors

MAX_SPLIT = 40  # terms of an argument of which each gets an exponential, or an angle, of its own
HALF = Fraction(1, 2)
PARITY = Function("a sign by parity", (unmoved,), lambda y: arb((-1) ** whole(y)))
Angle = tuple[Node, Fraction]  # an argument and its coefficient
Turn = tuple[Node, Node]  # a cosine and a sine


class Elementary:
    """The elementary functions of one graph."""

    def __init__(self, graph: Graph, formal: Formal) -> None:
        self.graph, self.formal = graph, formal
        self.pi = graph.make(ATOM, (), "pi")

    # -- exponentials and logarithms

    def exp(self, x: Node) -> Node:
        out = self.graph.one
        for node, coefficient in self._terms(x):
            out = self.graph.mul(out, self._exponential(node, coefficient))
        return out

    def _terms(self, x: Node) -> list[Angle]:
        """The node as a sum of products of generators with coefficients."""
        poly: Poly = self.formal.poly(x)
        if len(poly) > MAX_SPLIT:
            return [_without_coefficient(x)]
        return [(self.formal.node(monomial), fraction(c)) for monomial, c in poly.items()]

    def _exponential(self, x: Node, coefficient: Fraction) -> Node:
        if x.op == LOG:
            return self.power(x.args[0], coefficient)
        if x.op == ATOM and x.data == "LambertW" and coefficient.denominator == 1:
            return self.graph.power(self.graph.div(x.args[0], x), coefficient)  # w*exp(w) = x
        return self.graph.power(self.graph.make(EXP, (x,)), coefficient)

    def log(self, x: Node) -> Node:
        """Errors: UnmodelledError where x is not positive."""
        coefficient, powers = self._positive(x, "the logarithm of")
        terms = [(self.graph.constant(Fraction(n)), self.graph.make(LOG, (p,))) for p, n in self._primes(coefficient)]
        terms += [(self.graph.constant(Fraction(e)), self._logarithm(g)) for g, e in powers]
        return self.graph.dot(terms)

    def _logarithm(self, g: Node) -> Node:
        """Of the absolute value of a factor."""
        if g.op == EXP:
            return g.args[0]
        if g.op == ATOM and g.data == "gamma":
            return self.graph.make(ATOM, g.args, "lgamma")
        return self.graph.make(LOG, (self.abs(g),))

    def _positive(self, x: Node, what: str) -> tuple[Fraction, list[tuple[Node, Exponent]]]:
        """Absolute values of coefficient and factors of what is positive. Errors: UnmodelledError."""
        sign = self.graph.sign(x)
        if sign <= 0:
            raise OutsideError(f"{what} {'0' if sign == 0 else 'a negative number'}")
        coefficient, powers = self.formal.factors(x)
        return abs(coefficient), list(powers.items())

    def _primes(self, number: Fraction) -> list[tuple[Node, int]]:
        """Primes of a positive number, and the powers that they have in it."""
        return [(self.graph.constant(Fraction(p)), e) for p, e in prime_factors(number)]

    # -- powers and magnitudes

    def sqrt(self, x: Node) -> Node:
        return self.power(x, HALF)

    def power(self, x: Node, exponent: Fraction) -> Node:
        """Errors: UnmodelledError for a root of what is negative, or 0 where it moves."""
        if exponent.denominator == 1:
            return self.graph.power(x, exponent)
        if x is self.graph.zero and exponent > 0:
            return x
        coefficient, powers = self._positive(x, "a root of")
        out = self.graph.one
        for prime, times in self._primes(coefficient):
            whole, rest = divmod(times * exponent, 1)
            if rest and prime.data > MAX_FACTORED:
                raise UnmodelledError(f"a root of {prime.data}, which is not split into primes")
            rational = self.graph.power(prime, Fraction(whole))
            out = self.graph.mul(out, self.graph.mul(rational, self.graph.power(prime, rest)))
        for g, e in powers:
            out = self.graph.mul(out, self.graph.power(g if g.op == EXP else self.abs(g), e * exponent))
        return out

    def pow(self, x: Node, y: Node) -> Node:
        if y.op == CONST:
            return self.power(x, y.data)
        if x is self.graph.one:
            return x
        if self.graph.sign(x) < 0:
            magnitude = self.exp(self.graph.mul(y, self.log(self.graph.neg(x))))
            return self.graph.mul(self._parity(y), magnitude)
        return self.exp(self.graph.mul(y, self.log(x)))

    def _parity(self, y: Node) -> Node:
        """``(-1)**y`` of a whole number y, which does not move: ``(-1)**(w + n) = (-1)**w*(-1)**n``."""
        if not self.graph.whole(y):
            raise OutsideError("a negative number to a power that is not whole")
        poly = self.formal.poly(y)
        steps = fraction(poly[()]) if () in poly else Fraction(0)
        if steps.denominator != 1 or not steps:
            return self.graph.make(ATOM, (y,), PARITY.name)
        rest = self.graph.make(ATOM, (self.graph.sub(y, self.graph.constant(steps)),), PARITY.name)
        return self.graph.neg(rest) if steps.numerator % 2 else rest

    def xlogy(self, x: Node, y: Node) -> Node:
        return x if x is self.graph.zero else self.graph.mul(x, self.log(y))

    def sign(self, x: Node) -> Node:
        return self.graph.constant(Fraction(self.graph.sign(x)))

    def abs(self, x: Node) -> Node:
        """On the side on which the companion point lies."""
        return self.graph.neg(x) if self.graph.sign(x) < 0 else x

    # -- sine and cosine

    def sin(self, x: Node) -> Node:
        return self.turn(x)[1]

    def cos(self, x: Node) -> Node:
        return self.turn(x)[0]

    def turn(self, x: Node) -> Turn:
        """Cosine and sine: those of what is left, turned by the angles whose own are known."""
        rest: list[Angle] = []
        known: list[Turn] = []
        for node, coefficient in self._terms(x):
            if node is self.pi:
                turned, left = self._fraction_of_pi(coefficient)
                known.append(turned)
                rest += [(node, left)] if left else []
            else:
                turn = self._inverse(node) if coefficient.denominator == 1 else None
                known += self._times(turn, coefficient.numerator) if turn else []
                rest += [] if turn else [(node, coefficient)]
        out = self._angles(rest)
        for turn in known:
            out = self._turned(out, turn)
        return out

    def _angles(self, terms: Sequence[Angle]) -> Turn:
        if not terms:
            return self.graph.one, self.graph.zero
        ordered = sorted(terms, key=lambda term: term[0].index)
        sign = 1 if ordered[0][1] > 0 else -1
        nodes, coefficients = tuple(n for n, _ in ordered), tuple(sign * c for _, c in ordered)
        sine = self.graph.make(SIN, nodes, coefficients)
        return self.graph.make(COS, nodes, coefficients), sine if sign > 0 else self.graph.neg(sine)

    def _turned(self, a: Turn, b: Turn) -> Turn:
        g = self.graph
        cosine = g.dot([(a[0], b[0]), (g.neg(a[1]), b[1])])
        return cosine, g.dot([(a[0], b[1]), (a[1], b[0])])

    def _times(self, turn: Turn, count: int) -> list[Turn]:
        return [turn if count > 0 else (turn[0], self.graph.neg(turn[1]))] * abs(count)

    def _fraction_of_pi(self, coefficient: Fraction) -> tuple[Turn, Fraction]:
        """Quarters of a turn exactly, and thirds and halves of quarters; what is left of the coefficient."""
        quarters, rest = divmod(coefficient, HALF)
        g = self.graph
        turn = [
            (g.one, g.zero),
            (g.zero, g.one),
            (g.constant(Fraction(-1)), g.zero),
            (g.zero, g.constant(Fraction(-1))),
        ]
        out = turn[quarters % 4]
        known = {Fraction(1, 6): (3, 1), Fraction(1, 4): (2, 2), Fraction(1, 3): (1, 3)}  # squares, of quarters
        if rest in known:
            square, other = (self.power(g.constant(Fraction(n, 4)), HALF) for n in known[rest])
            return self._turned(out, (square, other)), Fraction(0)
        return out, rest

    def _inverse(self, x: Node) -> Turn | None:
        """Of an angle that is an inverse function: asin and atan lie where the cosine is not negative."""
        if x.op != ATOM or x.data not in ("asin", "atan"):
            return None
        g, u = self.graph, x.args[0]
        if x.data == "asin":
            return self.sqrt(g.mul(g.sub(g.one, u), g.add(g.one, u))), u
        cosine = g.div(g.one, self.sqrt(g.add(g.one, g.mul(u, u))))
        return cosine, g.mul(u, cosine)

    def tan(self, x: Node) -> Node:
        cosine, sine = self.turn(x)
        return self.graph.div(sine, cosine)

    def cot(self, x: Node) -> Node:
        cosine, sine = self.turn(x)
        return self.graph.div(cosine, sine)

    # -- hyperbolic functions

    def sinh(self, x: Node) -> Node:
        rising, falling = self._both(x)
        return self.graph.mul(self.graph.constant(HALF), self.graph.sub(rising, falling))

    def cosh(self, x: Node) -> Node:
        rising, falling = self._both(x)
        return self.graph.mul(self.graph.constant(HALF), self.graph.add(rising, falling))

    def _both(self, x: Node) -> tuple[Node, Node]:
        rising = self.exp(x)
        return rising, self.graph.power(rising, Fraction(-1))

    def tanh(self, x: Node) -> Node:
        """``(exp(2*x) - 1)/(exp(2*x) + 1)``"""
        square = self.exp(self.graph.add(x, x))
        return self.graph.div(self.graph.sub(square, self.graph.one), self.graph.add(square, self.graph.one))

    def sinc(self, x: Node) -> Node:
        """``sin(pi*x)/(pi*x)``, off 0."""
        scaled = self.graph.mul(self.pi, x)
        return self.graph.div(self.sin(scaled), scaled) if x is not self.graph.zero else self.graph.one

    # -- inverse functions

    def odd(self, name: str) -> Callable[[Node], Node]:
        """An odd function: the sign of its argument's first term comes out."""

        return self.oriented(lambda x: x if x is self.graph.zero else self.graph.make(ATOM, (x,), name))

    def oriented(self, function: Callable[[Node], Node]) -> Callable[[Node], Node]:
        """An odd function of the one of x and -x whose first term is positive."""

        def of(x: Node) -> Node:
            poly = self.formal.poly(x)
            turned = bool(poly) and poly[min(poly)] < 0
            return self.graph.neg(function(self._negated(x))) if turned else function(x)

        return of

    def _negated(self, x: Node) -> Node:
        """``-x``, as it is written where nothing is negated."""
        poly = self.formal.poly(x)
        if len(poly) > MAX_SPLIT:
            return self.graph.neg(x)
        return self.graph.dot((self.formal.node(m), self.graph.constant(fraction(-c))) for m, c in sorted(poly.items()))

    def asin(self, x: Node) -> Node:
        return self.oriented(lambda u: self._part_of_pi("asin", u, {Fraction(1): 2, HALF: 6}))(x)

    def atan(self, x: Node) -> Node:
        return self.oriented(lambda u: self._part_of_pi("atan", u, {Fraction(1): 4}))(x)

    def _part_of_pi(self, name: str, x: Node, known: dict[Fraction, int]) -> Node:
        """An inverse function, of a constant of which it is pi divided by a number that."""
        if x.op == CONST and x.data in known:
            return self.graph.mul(self.graph.constant(Fraction(1, known[x.data])), self.pi)
        return self.odd(name)(x)

    def atan2(self, y: Node, x: Node) -> Node:
        """``atan(y/x)``, turned by pi to the side of y where x is negative."""
        angle = self.atan(self.graph.div(y, x))
        if self.graph.sign(x) > 0:
            return angle
        turn = self.graph.constant(Fraction(1 if self.graph.sign(y) >= 0 else -1))
        return self.graph.add(angle, self.graph.mul(turn, self.pi))

    def acos(self, x: Node) -> Node:
        half = self.graph.mul(self.graph.constant(HALF), self.pi)
        return self.graph.sub(half, self.asin(x))

    def asinh(self, x: Node) -> Node:
        return self.oriented(self._asinh)(x)

    def _asinh(self, x: Node) -> Node:
        """``log(x + sqrt(x**2 + 1))``"""
        return self.log(self.graph.add(x, self.sqrt(self.graph.add(self.graph.mul(x, x), self.graph.one))))

    def acosh(self, x: Node) -> Node:
        """``log(x + sqrt(x - 1)*sqrt(x + 1))``, from 1 on."""
        g = self.graph
        root = g.mul(self.sqrt(g.sub(x, g.one)), self.sqrt(g.add(x, g.one)))
        return self.log(g.add(x, root))

    def atanh(self, x: Node) -> Node:
        """``log((1 + x)/(1 - x))/2``, between -1 and 1."""
        g = self.graph
        return g.mul(g.constant(HALF), self.log(g.div(g.add(g.one, x), g.sub(g.one, x))))


def _without_coefficient(x: Node) -> Angle:
    if x.op == NEG:
        node, coefficient = _without_coefficient(x.args[0])
        return node, -coefficient
    if x.op == MUL and x.args[0].op == CONST:
        return x.args[1], x.args[0].data
    return x, Fraction(1)
