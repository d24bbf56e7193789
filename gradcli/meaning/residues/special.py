"""Special functions as atoms: recurrences that bring equal ones together, and slopes whose constants are exact.

All other slopes are those of balls. Sources: DLMF 5.5.1, 5.5.2, 5.15.5 (gamma and its kin), 10.6.1, 10.29.1 (Bessel
functions), 7.1 (error functions are odd).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import factorial
from typing import Any

from gradcli.meaning.balls.functions.polynomials import RECURRENCES
from gradcli.meaning.residues.elementary import HALF, PARITY, Elementary
from gradcli.meaning.residues.formal import fraction
from gradcli.meaning.residues.nodes import ATOM, CONST, Graph, Node, OutsideError

MAX_SHIFT = 12  # steps of a recurrence
FLAT = ("floor", "ceiling", "round", "trunc")  # steps: their slope is 0 but where they jump
MAX_DEGREE = 24  # of a polynomial that is written out
Law = Callable[..., Node | None]  # of the operands; None where it says nothing


class Special:
    """Laws and slopes by the names of functions."""

    def __init__(self, graph: Graph, known: Elementary) -> None:
        self.graph, self.known = graph, known
        self.laws: dict[str, Law] = {
            "gamma": self._gamma,
            "rgamma": self._reciprocal_gamma,
            "lgamma": self._log_gamma,
            "polygamma": self._polygamma,
            "erf": known.odd("erf"),
            "erfi": known.odd("erfi"),
            "erfc": lambda x: graph.sub(graph.one, known.odd("erf")(x)),
            "Si": known.odd("Si"),
            "Shi": known.odd("Shi"),
            "besselj": lambda n, x: self._bessel("besselj", n, x, -1, 1),
            "bessely": lambda n, x: self._bessel("bessely", n, x, -1, 1),
            "besseli": lambda n, x: self._bessel("besseli", n, x, 1, -1),
            "besselk": lambda n, x: self._bessel("besselk", n, x, 1, 1),
            "jn": self._spherical,
            "in": lambda n, x: graph.div(known.sinh(x), x) if n is graph.zero else None,
            "elliptic_d": self._elliptic,
            "sin_pi": lambda x: known.sin(graph.mul(known.pi, x)),
            "cos_pi": lambda x: known.cos(graph.mul(known.pi, x)),
            **{name: self._polynomial(recurrence) for name, recurrence in RECURRENCES.items()},
        }
        self.slopes: dict[str, Callable[[Node, Node], Node]] = {
            **{name: lambda _x, _out: graph.zero for name in FLAT},
            PARITY.name: self._no_slope,
            "erf": lambda x, _out: self._bell(x, -1),
            "erfi": lambda x, _out: self._bell(x, 1),
            "erfinv": lambda _x, out: graph.div(graph.one, self._bell(out, -1)),
            "erfcinv": lambda _x, out: graph.neg(graph.div(graph.one, self._bell(out, -1))),
        }

    def _no_slope(self, _x: Node, _out: Node) -> Node:
        raise OutsideError("the slope of a negative number's power in its exponent, which is whole")

    def _bell(self, x: Node, sign: int) -> Node:
        """``2/sqrt(pi)*exp(sign*x**2)``"""
        g = self.graph
        root = self.known.sqrt(self.known.pi)
        return g.div(
            g.mul(g.constant(Fraction(2)), self.known.exp(g.mul(g.constant(Fraction(sign)), g.mul(x, x)))), root
        )

    # -- gamma: the argument's constant part is brought to at least 0 and below 1, or to 1 where nothing else is there

    def _shift(self, x: Node) -> tuple[Node, int] | None:
        """``x = w + n``: w, and n steps; None where there are none, or too many."""
        poly = self.known.formal.poly(x)
        constant = fraction(poly[()]) if () in poly else Fraction(0)
        steps = constant.__floor__()
        if len(poly) == 1 and constant and constant.denominator == 1:
            steps -= 1
        if not steps or abs(steps) > MAX_SHIFT:
            return None
        rest = {monomial: c for monomial, c in poly.items() if monomial}
        node, g = self.known.formal.node, self.graph
        terms = [(node(monomial), g.constant(fraction(c))) for monomial, c in sorted(rest.items())]
        return g.dot([*terms, (g.constant(constant - steps), g.one)]), steps

    def _climbed(self, w: Node, steps: int) -> list[Node]:
        """``w, w + 1, …`` up to below w + steps; downwards those below w."""
        return [self.graph.add(w, self.graph.constant(Fraction(k))) for k in range(min(steps, 0), max(steps, 0))]

    def _gamma(self, x: Node) -> Node | None:
        """``gamma(w + n) = gamma(w)*w*(w + 1)*…``, gamma(1) = 1, gamma(1/2) = sqrt(pi)."""
        if x is self.graph.one:
            return x
        if x.op == CONST and x.data == HALF:
            return self.known.sqrt(self.known.pi)
        shift = self._shift(x)
        if shift is None:
            return None
        w, steps = shift
        out = self._gamma(w) or self.graph.make(ATOM, (w,), "gamma")
        for factor in self._climbed(w, steps):
            out = self.graph.mul(out, factor) if steps > 0 else self.graph.div(out, factor)
        return out

    def _reciprocal_gamma(self, order: Node, x: Node) -> Node | None:
        if order is not self.graph.zero:
            return None
        return self.graph.div(self.graph.one, self._gamma(x) or self.graph.make(ATOM, (x,), "gamma"))

    def _log_gamma(self, x: Node) -> Node | None:
        """``lgamma(w + n) = lgamma(w) + log(abs(w)) + …``"""
        if x is self.graph.one:
            return self.graph.zero
        shift = self._shift(x)
        if shift is None:
            return None
        w, steps = shift
        out = self._log_gamma(w) or self.graph.make(ATOM, (w,), "lgamma")
        for factor in self._climbed(w, steps):
            term = self.known.log(self.known.abs(factor))
            out = self.graph.add(out, term) if steps > 0 else self.graph.sub(out, term)
        return out

    def _polygamma(self, order: Node, x: Node) -> Node | None:
        """``psi_m(w + 1) = psi_m(w) + (-1)**m*m!/w**(m + 1)``"""
        shift = self._shift(x)
        if shift is None or order.op != CONST or order.data < 0:
            return None
        (w, steps), m = shift, int(order.data)
        out = self.graph.make(ATOM, (order, w), "polygamma")
        scale = self.graph.constant(Fraction((-1) ** m * factorial(m) * (1 if steps > 0 else -1)))
        for place in self._climbed(w, steps):
            out = self.graph.add(out, self.graph.div(scale, self.graph.power(place, Fraction(m + 1))))
        return out

    # -- Bessel functions of whole order by those of order 0 and 1

    def _bessel(self, name: str, order: Node, x: Node, below: int, between: int) -> Node | None:
        """``f(n+1) = between*(2*n/x*f(n) ± f(n-1))``, the sign being ``below``; f(-n) is f(n) but for its sign.

        besselj, bessely: f(n+1) = 2*n/x*f(n) - f(n-1); besseli: f(n+1) = f(n-1) - 2*n/x*f(n); besselk: the sum.
        """
        if order.op != CONST or order.data.denominator != 1 or abs(order.data) > MAX_SHIFT:
            return None
        g, n = self.graph, abs(int(order.data))
        turned = below < 0 and order.data < 0 and n % 2
        two = [g.make(ATOM, (g.constant(Fraction(k)), x), name) for k in (0, 1)]
        for k in range(1, n):
            factor = g.div(g.constant(Fraction(2 * k * between)), x)
            last = g.mul(g.constant(Fraction(below)), two[-2])
            two.append(g.add(g.mul(factor, two[-1]), last))
        return g.neg(two[n]) if turned else two[n]

    def _spherical(self, order: Node, x: Node) -> Node | None:
        """``j(0) = sin(x)/x``, ``j(1) = (sin(x)/x - cos(x))/x``, ``j(n+1) = (2*n+1)/x*j(n) - j(n-1)``"""
        if order.op != CONST or not 0 <= order.data <= MAX_SHIFT:
            return None
        g, n = self.graph, int(order.data)
        cosine, sine = self.known.turn(x)
        found = [g.div(sine, x)]
        found.append(g.div(g.sub(found[0], cosine), x))
        for k in range(1, n):
            found.append(g.sub(g.mul(g.div(g.constant(Fraction(2 * k + 1)), x), found[k]), found[k - 1]))
        return found[n]

    def _polynomial(self, recurrence: Callable[..., Any]) -> Law:  # Any: a Node, or a number
        """Of a constant degree."""

        def law(degree: Node, *others: Node) -> Node | None:
            if degree.op != CONST or degree.data.denominator != 1 or not 0 <= degree.data <= MAX_DEGREE:
                return None
            return self.graph.lift(recurrence(int(degree.data), *others))

        return law

    def _elliptic(self, order: Node, m: Node) -> Node | None:
        """``D(m) = (K(m) - E(m))/m``"""
        if order is not self.graph.zero:
            return None
        g = self.graph
        return g.div(g.sub(g.make(ATOM, (m,), "elliptic_k"), g.make(ATOM, (m,), "elliptic_e")), m)
