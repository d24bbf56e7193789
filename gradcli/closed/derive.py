"""Derivatives in index form: d X[i, j] / d X[k, l] = delta[i, k] delta[j, l], and the product rule.

Entries of a variable move one by one: what else is known of it (that it is symmetric, say) is applied to the result.
Functions entry by entry have the slopes of their rows. All other rows are read as sums of contractions before; what is
left of them are atoms (powers, inverses, determinants, exponentials), whose derivatives are written here in index form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gradcli.base.errors import LimitError
from gradcli.closed import functions, matrices, normal, powers
from gradcli.closed.named import arrays_of
from gradcli.closed.reading import slope_of
from gradcli.closed.terms import (
    MAX_TERMS,
    ONE,
    Atom,
    Factor,
    Index,
    Kind,
    Number,
    Port,
    Sum,
    Term,
    delta,
    fresh,
    kept,
    product,
    scaled,
    with_factor,
    without,
)


@dataclass(frozen=True, slots=True, eq=False)
class Slope:
    """The derivative of an atom in a variable: a sum with free indices at the atom's ports and the variable's."""

    ports: tuple[Index, ...]
    variable: tuple[Index, ...]
    terms: Sum

    def at(self, ports: Sequence[Port], variable: Sequence[Port]) -> Sum:
        names: Mapping[Port, Port] = dict(zip((*self.ports, *self.variable), (*ports, *variable), strict=True))
        return [fresh(term, names) for term in self.terms]


def derivative(terms: Sum, name: str, at: Sequence[Index]) -> Sum:
    """The derivative of the sum in the entry of the variable that these new free indices name."""
    out: Sum = []
    for term in terms:
        for factor, exponent in term.factors.items():
            if name in factor[0].names:
                out += _by_factor(term, factor, exponent, name, at)
        if len(out) > MAX_TERMS:
            raise LimitError(f"a derivative of more than {MAX_TERMS:,} terms", kind="unchecked")
    return out


def _by_factor(term: Term, factor: Factor, exponent: Number, name: str, at: Sequence[Index]) -> Sum:
    one, ports = factor
    slope = kept(("slope", one.number, name), lambda: _slope(one, name, at))
    left = exponent if one.kind is Kind.EXPONENTIAL else exponent - 1
    rest = without(term, factor)
    if left:
        rest = with_factor(rest, factor, left)
    return product(scaled([rest], exponent), slope.at(ports, at))


def _slope(one: Atom, name: str, at: Sequence[Index]) -> Slope:
    ports = tuple(Index(size) for size in one.sizes)
    variable = tuple(Index(index.size) for index in at)
    terms = _RULES[one.kind](one, ports, name, variable)
    return Slope(ports, variable, normal.simplified(terms, (*ports, *variable)))


def _of_tensor(_one: Atom, ports: Sequence[Index], _name: str, variable: Sequence[Index]) -> Sum:
    out = ONE
    for i, k in zip(ports, variable, strict=True):
        out = with_factor(out, delta(i, k), 1)
    return [out]


def _of_inside(one: Atom, ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """Of a power or an exponential, whose factor in front is known from the exponent."""
    return derivative(one.inside.at(ports), name, variable)


def _of_logarithm(one: Atom, ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    reciprocal = powers.power(one.inside.at(ports), ports, -1)
    return product(reciprocal, derivative(one.inside.at(ports), name, variable))


def _of_inverse(one: Atom, ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """-inv(M) dM inv(M)."""
    (i, j), a, b = ports, Index(one.sizes[0]), Index(one.sizes[1])
    moved = derivative(one.inside.at((a, b)), name, variable)
    sides = Term(-1, {(one, (i, a)): 1}, (a, b))
    return product([with_factor(sides, (one, (b, j)), 1)], moved)


def _of_determinant(one: Atom, _ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """det(M) trace(inv(M) dM)."""
    a, b = (Index(size) for size in one.inside.sizes)
    inverse = matrices.inverse(one.inside.at((a, b)), a, b)
    turned = [fresh(term, {a: b, b: a}) for term in inverse]
    moved = derivative(one.inside.at((a, b)), name, variable)
    summed = [Term(term.coefficient, term.factors, (*term.bound, a, b)) for term in turned]
    return product([Term(1, {(one, ()): 1})], product(summed, moved))


def _of_exponential(one: Atom, ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """exp(M) dM where M and dM commute, as in exp(t*A). Errors: LimitError where they do not."""
    (i, j), a, b = ports, Index(one.sizes[0]), Index(one.sizes[1])
    moved = derivative(one.inside.at((a, b)), name, variable)
    if not matrices.commute(one.inside.at((a, b)), moved, a, b, variable):
        raise LimitError("the exponential of a matrix has no derivative in index form", kind="unchecked")
    slope = product([Term(1, {(one, (i, a)): 1})], [fresh(term, {b: j}) for term in moved])
    return [Term(term.coefficient, term.factors, (*term.bound, a)) for term in slope]


def _of_its_trace(one: Atom, _ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """trace(exp(M) dM)."""
    a, b = (Index(size) for size in one.inside.sizes)
    turned = [fresh(term, {a: b, b: a}) for term in matrices.exponential(one.inside.at((a, b)), a, b)]
    summed = [Term(term.coefficient, term.factors, (*term.bound, a, b)) for term in turned]
    return product(summed, derivative(one.inside.at((a, b)), name, variable))


def _of_function(one: Atom, ports: Sequence[Index], name: str, variable: Sequence[Index]) -> Sum:
    """The chain rule, for each operand that moves: the slope is that of the function's row."""
    label = functions.label_of(one)
    operands = functions.operands_of(one.inside.at(ports), arrays_of(label))
    out: Sum = []
    for k, operand in enumerate(operands):
        moved = derivative(operand, name, variable)
        if moved:
            out += product(slope_of(label, k, operands, ports), moved)
    return out


_RULES: Mapping[Kind, Callable[[Atom, Sequence[Index], str, Sequence[Index]], Sum]] = {
    Kind.TENSOR: _of_tensor,
    Kind.POWER: _of_inside,
    Kind.EXPONENTIAL: _of_inside,
    Kind.LOGARITHM: _of_logarithm,
    Kind.INVERSE: _of_inverse,
    Kind.DETERMINANT: _of_determinant,
    Kind.MATRIX_EXPONENTIAL: _of_exponential,
    Kind.ITS_TRACE: _of_its_trace,
    Kind.FUNCTION: _of_function,
    Kind.STEP: lambda *_: [],
}
