"""Function and claim as polynomials in tensors: what is no sum or product is a generator, a tensor of its own.

A generator is a function of a sum: a base N = u of which powers stand in terms, exp, log, sine, an inverse, a
determinant. Nothing is simplified by laws, but for what makes equal generators meet: exp(a + b) = exp(a) exp(b),
exp(c log(u)) = u**c, log(exp(t)) = t, and whole powers of products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import Any

from gradcli.base.errors import LimitError
from gradcli.base.powers import exact_power
from gradcli.closed import named
from gradcli.closed.indexed import Indexed, lift, refused
from gradcli.closed.normal import collected
from gradcli.closed.powers import as_whole
from gradcli.closed.reading import Reading
from gradcli.closed.terms import (
    ONE,
    Atom,
    Factor,
    Index,
    Kind,
    Number,
    Port,
    Sum,
    Term,
    atom,
    delta,
    fresh,
    product,
    scaled,
    times,
    with_factor,
    without,
)
from gradcli.meaning.program import run

# of kinds whose slopes are those of their functions: the labels that these have in ``named``
_SAME = ("sin", "cos", "asin", "acos", "atan", "asinh", "acosh", "atanh", "erf", "gamma", "lgamma")
LABELS = {kind: kind for kind in _SAME}
LABELS |= {"digamma": "polygamma:0,_", "lambertw": "LambertW:_,0"}

MAX_EXPONENT = 64  # of a power that is multiplied out


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A tensor that is a function, of the kind, of a sum with these free indices."""

    kind: str
    atom: Atom
    free: tuple[Index, ...]
    terms: Sum

    def at(self, ports: Sequence[Port]) -> Sum:
        return [fresh(term, dict(zip(self.free, ports, strict=True))) for term in self.terms]


class Generators(Reading):
    """The arithmetic of index form in which functions become generators."""

    known: dict[Atom, Generator]

    def __init__(self) -> None:
        vars(self).update(known={})

    def kind_of(self, one: Atom) -> str:
        """Empty for a variable."""
        if one in self.known:
            return self.known[one].kind
        return "size" if one.kind in {Kind.LETTER, Kind.CONSTANT} else ""

    def made(self, kind: str, terms: Sum, free: Sequence[Index], exponent: Number = 1) -> Term:
        """A power of the generator, up to the order of its indices, and to an odd function's sign."""
        if not terms:
            raise refused(f"{kind} of 0")
        if kind not in {"inv", "det"} and any(one.kind is Kind.DELTA for term in terms for one, _ in term.factors):
            raise refused(f"{kind} of what has a delta")
        used = {port for term in terms for _, ports in term.factors for port in ports}
        present = [index for index in free if index in used]
        parity = named.parity(LABELS[kind]) if kind in LABELS else 0
        for known in [one for one in self.known.values() if one.kind == kind]:
            for ports in permutations(present):
                if tuple(i.size for i in ports) != tuple(i.size for i in known.free):
                    continue
                for sign in (1, -1) if parity else (1,):
                    if not collected(terms + scaled(known.at(ports), -sign), present):
                        return Term(sign if parity < 0 else 1, {_factor(known, ports): exponent})
        return Term(1, {_factor(self._new(kind, terms, present), present): exponent})

    def _new(self, kind: str, terms: Sum, free: Sequence[Index]) -> Generator:
        sizes = () if kind == "det" else tuple(index.size for index in free)
        made = Generator(kind, atom(Kind.TENSOR, f"${len(self.known) + 1}", sizes), tuple(free), terms)
        self.known[made.atom] = made
        return made

    # -- powers, exponentials, logarithms

    def power(self, terms: Sum, free: Sequence[Index], exponent: Number) -> Sum:
        """Factors leave it where the exponent is whole or they are positive; the rest is a base."""
        exponent = as_whole(Fraction(exponent))
        whole = exponent.denominator == 1
        if whole and exponent >= 0:
            if exponent > MAX_EXPONENT:
                raise LimitError(f"a power of more than {MAX_EXPONENT} factors", kind="unchecked")
            out: Sum = [ONE]
            for _ in range(int(exponent)):
                out = product(out, terms)
            return out
        rest = collected(terms, free)
        least = self._common(rest, free, whole=whole)
        number = Fraction(rest[0].coefficient) if whole and len(rest) == 1 else Fraction(1)
        inverse = Term(as_whole(1 / number), {factor: -e for factor, e in least.items()})
        rest = [times(term, inverse) for term in rest]
        powers = {factor: as_whole(Fraction(e * exponent)) for factor, e in least.items()}
        front = Term(as_whole(exact_power(number, int(exponent))) if whole else 1, powers)
        if len(rest) == 1 and rest[0].coefficient == 1 and not rest[0].factors:
            return [front]
        return product([front], [self.made("base", rest, free, exponent)])

    def _common(self, terms: Sum, free: Sequence[Index], *, whole: bool) -> dict[Factor, Number]:
        """What all terms have in common at free indices, and may leave a power: for a broken one what is positive."""
        alone = len(terms) == 1 and terms[0].coefficient == 1 and list(terms[0].factors.values()) == [1]
        least: dict[Factor, Number] = {}
        for factor in dict.fromkeys(factor for term in terms for factor in term.factors):
            may = alone or whole or self.kind_of(factor[0]) in {"exp", "size"}
            if may and all(port in free for port in factor[1]):
                least[factor] = min(term.factors.get(factor, 0) for term in terms)
        found = {factor: e for factor, e in least.items() if e}
        if any(one.kind is Kind.DELTA for one, _ in found):
            raise refused("a division by a delta")
        return found

    def exp(self, x: Any) -> Any:  # Any: an array or a number, here and below
        return lift(x).each(self._exp)

    def _exp(self, terms: Sum, free: Sequence[Index]) -> Sum:
        out: Sum = [ONE]
        for term in collected(terms, free):
            (one, ports), e = next(iter(term.factors.items()), ((None, ()), 0))
            if one in self.known and self.known[one].kind == "log" and e == len(term.factors) == 1 and not term.bound:
                out = product(out, self.power(self.known[one].at(ports), free, term.coefficient))
            else:
                unit = Term(1, term.factors, term.bound)
                out = product(out, [self.made("exp", [unit], free, term.coefficient)])
        return out

    def log(self, x: Any) -> Any:
        return lift(x).each(self._log)

    def _log(self, terms: Sum, free: Sequence[Index]) -> Sum:
        return [self.made("log", collected(terms, free), free)]

    # -- other functions

    def atom(self, label: str, arrays: Sequence[Indexed]) -> Indexed:
        kind = next((kind for kind, one in LABELS.items() if one == label), None)
        if kind is None:
            raise refused(label)
        return arrays[0].each(lambda terms, free: [self.made(kind, collected(terms, free), free)])

    def beta(self, x: Any, y: Any) -> Any:
        return self.gamma(x) * self.gamma(y) / self.gamma(x + y)

    def Abs(self, x: Any) -> Any:  # noqa: N802 - sympy's name
        return (x * x).power(Fraction(1, 2))

    def gt(self, _x: Any, _y: Any) -> Any:
        """No condition is read; ``approximated`` needs none."""

    def where(self, _condition: Any, _x: Any, _y: Any) -> Any:
        raise refused("a condition")

    def inv(self, a: Any) -> Any:  # Indexed, not entries
        return self.matrices(lambda m: m.each(self._square("inv")), a)

    def det(self, a: Any) -> Any:  # as above
        return Indexed((), self._square("det")(a.terms, a.free))

    def _square(self, kind: str) -> Callable[[Sum, Sequence[Index]], Sum]:
        def make(terms: Sum, free: Sequence[Index]) -> Sum:
            made = self.made(kind, collected(terms, free), free)
            if len(free) != 2 or free[0].size != free[1].size or len(self.known[next(iter(made.factors))[0]].free) != 2:
                raise refused(f"{kind} of such a matrix")
            return [made]

        return make

    # -- derivatives

    def derivative(self, terms: Sum, name: str, at: Sequence[Index]) -> Sum:
        """The sum's derivative in the entry of the variable that these free indices name."""
        out: Sum = []
        for term in terms:
            for factor, e in term.factors.items():
                rest = without(term, factor)
                if e != 1:
                    rest = with_factor(rest, factor, e - 1)
                moved = self._slope(factor, name, at)
                out += product(scaled([rest], e), moved) if moved else []
        return out

    def _slope(self, factor: Factor, name: str, at: Sequence[Index]) -> Sum:
        """The derivative of a factor. d inv(M) = -inv(M) dM inv(M), d det(M) = det(M) trace(inv(M) dM)."""
        one, ports = factor
        if one.kind is Kind.TENSOR and one.name == name:
            out = ONE
            for i, k in zip(ports, at, strict=True):
                out = with_factor(out, delta(i, k), 1)
            return [out]
        if one not in self.known:
            return []
        known = self.known[one]
        if known.kind in {"inv", "det"}:
            return self._slope_of_matrix(known, ports, name, at)
        inside = known.at(ports)
        moved = self.derivative(inside, name, at)
        if not moved:
            return []
        axes = tuple((port,) for port in ports)
        return product(self._outer(known.kind, Indexed(axes, inside)).terms, moved)  # type: ignore[arg-type]  # indices

    def _outer(self, kind: str, x: Indexed) -> Any:  # Any: Indexed
        """The derivative of a function in its operand."""
        if kind == "base":
            return lift(1)
        if kind in {"exp", "log"}:
            return self.exp(x) if kind == "exp" else x.power(-1)
        return lift(run(named.slope_program(LABELS[kind], 0), self, {named.symbols(1)[0].name: x}))

    def _slope_of_matrix(self, known: Generator, ports: Sequence[Port], name: str, at: Sequence[Index]) -> Sum:
        i, j = (Index(index.size) for index in known.free)
        moved = self.derivative(known.at((i, j)), name, at)
        if not moved:
            return []
        if known.kind == "inv":
            sides = Term(-1, {(known.atom, (ports[0], i)): 1})
            sides = with_factor(sides, (known.atom, (j, ports[1])), 1)
        else:
            sides = Term(1, {(known.atom, ()): 1})
            made = self.made("inv", known.at((j, i)), (j, i))
            for factor, e in made.factors.items():
                sides = with_factor(sides, factor, e)
        return [Term(term.coefficient, term.factors, (*term.bound, i, j)) for term in product([sides], moved)]


def _factor(known: Generator, ports: Sequence[Index]) -> Factor:
    return (known.atom, () if known.kind == "det" else tuple(ports))
