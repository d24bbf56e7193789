"""Functions of sums as sums: exponentials, logarithms and others, entry by entry.

Each gives the atom of the canonical form of its operand, after what holds for all real operands of its domain has been
taken out: exp(a + b) = exp(a) exp(b), log(exp(a) x) = a + log(x), and the sign where a function is odd or even.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from gradcli.base.errors import LimitError
from gradcli.closed import normal
from gradcli.closed.powers import (
    as_whole,
    common_factor,
    content,
    lesser,
    lifted,
    multiplied_out,
    number_power,
    power,
)
from gradcli.closed.terms import (
    ONE,
    Atom,
    Factor,
    Index,
    Kind,
    Number,
    Place,
    Port,
    Sum,
    Term,
    atom,
    atom_of,
    fresh,
    product,
    scaled,
    times,
    with_factor,
    without,
)
from gradcli.meaning.residues.primes import prime_factors

SINE, COSINE = "sin-", "cos+"  # an odd and an even function, of which the squares add up to 1
MAGNITUDE, SIGN = "Abs+", "sign-"  # of which the square of the first is that of its operand


def again(one: Atom, inside: Sum, free: Sequence[Index], exponent: Number) -> Sum:
    """The function of another sum: ``one`` says which, and ``exponent`` to which power."""
    if one.kind is Kind.POWER:
        return power(inside, free, exponent)
    if one.kind is Kind.EXPONENTIAL:
        return exponential(scaled(inside, exponent), free)
    simple = {Kind.LOGARITHM: logarithm, Kind.STEP: step, Kind.SIDE: side}.get(one.kind)
    made = simple(inside, free) if simple else function(label_of(one), inside, free, parity_of(one))
    return made if exponent == 1 else power(made, free, exponent)


def label_of(one: Atom) -> str:
    """The function's label, as ``named`` has it."""
    return one.name.rstrip("+-")


def parity_of(one: Atom) -> int:
    """Is it even (1), odd (-1), or neither?"""
    return {"+": 1, "-": -1}.get(one.name[-1:], 0)


# -- exponentials and logarithms


def exponential(terms: Sum, free: Sequence[Index]) -> Sum:
    """exp of a sum as the product of exp of its terms: exp(c t) is an atom of t to the power c."""
    return lifted(terms, free, _exponential)


def _exponential(terms: Sum, free: Sequence[Index]) -> Sum:
    out: Sum = [ONE]
    for term in terms:
        out = product(out, _exponential_of_term(term, free))
    return out


def _exponential_of_term(term: Term, free: Sequence[Index]) -> Sum:
    c = term.coefficient
    if len(term.factors) == 1 and not term.bound:
        ((factor, exponent),) = term.factors.items()
        if factor[0].kind is Kind.LOGARITHM and exponent == 1:
            return power(factor[0].inside.at(factor[1]), free, c)
        if factor[0].name.startswith("log ") and exponent == 1:
            return [number_power(int(factor[0].name[4:]), c)]
    form, ports = normal.form_of([Term(1, term.factors, term.bound)], free, tidied=True)
    if not atom_of(Kind.EXPONENTIAL, form).positive:
        form, ports = normal.form_of(
            [Term(as_whole(Fraction(1, c.denominator)), term.factors, term.bound)], free, tidied=True
        )
        c = c.numerator
    return [Term(1, {(atom_of(Kind.EXPONENTIAL, form), ports): c})]


def logarithm(terms: Sum, free: Sequence[Index]) -> Sum:
    """log of a sum: factors that are positive leave it."""
    return lifted(terms, free, _logarithm)


def _logarithm(terms: Sum, free: Sequence[Index]) -> Sum:
    if not terms:
        raise LimitError("a logarithm of 0", kind="unchecked")
    if len(terms) == 1:
        return _logarithm_of_term(terms[0], free)
    common, rest = common_factor(terms, whole=False)
    if common.factors:
        return _logarithm_of_term(common, free) + logarithm(rest, free)
    number, rest = content(rest, free, whole=False)
    form, ports = normal.form_of(rest, free, tidied=True)
    return [*_logarithm_of_term(Term(number, {}), free), Term(1, {(atom_of(Kind.LOGARITHM, form), ports): 1})]


def _logarithm_of_term(term: Term, free: Sequence[Index]) -> Sum:
    out = [
        Term(count, {(atom(Kind.CONSTANT, f"log {p}"), ()): 1})
        for p, count in prime_factors(abs(Fraction(term.coefficient)))
    ]
    rest: dict[Factor, Number] = {}
    for factor, exponent in term.factors.items():
        if factor[0].positive and not any(port in term.bound for port in factor[1]):
            out += _logarithm_of_factor(factor, exponent, free)
        else:
            rest[factor] = exponent
    sign = -1 if term.coefficient < 0 else 1
    if not rest:
        if sign < 0:
            raise LimitError("a logarithm of a negative number", kind="unchecked")
        return out
    if len(rest) == 1 and sign == 1 and not term.bound and next(iter(rest.values())) % 2:
        ((factor, exponent),) = rest.items()
        return out + _logarithm_of_factor(factor, exponent, free)
    form, ports = normal.form_of([Term(sign, rest, term.bound)], free, tidied=True)
    return [*out, Term(1, {(atom_of(Kind.LOGARITHM, form), ports): 1})]


def _logarithm_of_factor(factor: Factor, exponent: Number, free: Sequence[Index]) -> Sum:
    """exponent * log(factor), for a factor that is positive or has an odd exponent or a broken one."""
    one, ports = factor
    if one.kind is Kind.EXPONENTIAL and one.positive:
        return scaled(one.inside.at(ports), exponent)
    if one.kind is Kind.CONSTANT and one.name.isdecimal():
        return [Term(exponent, {(atom(Kind.CONSTANT, f"log {one.name}"), ()): 1})]
    if one.kind is Kind.POWER:
        form, ports = one.inside, ports
    else:
        form, ports = normal.form_of([Term(1, {factor: 1})], free, tidied=True)
    return [Term(exponent, {(atom_of(Kind.LOGARITHM, form), ports): 1})]


# -- any other function, entry by entry


def function(name: str, terms: Sum, free: Sequence[Index], parity: int) -> Sum:
    """A function of which only its derivative is known; operands beyond the first are marked terms.

    parity: 1 where it is even, -1 where it is odd: the operand's sign is taken out
    """
    return lifted(terms, free, lambda inside, left: _function(name, inside, left, parity))


def _function(name: str, terms: Sum, free: Sequence[Index], parity: int) -> Sum:
    sign = 1
    if parity and terms and lesser(scaled(terms, -1), terms, free):
        sign, terms = parity, scaled(terms, -1)
    form, ports = normal.form_of(terms, free, tidied=True)
    label = f"{name}{' +-'[parity]}".strip()
    return [Term(sign, {(atom_of(Kind.FUNCTION, form, label), ports): 1})]


def marked(operands: Sequence[Sum]) -> Sum:
    """Several operands as one sum: the terms of operand k carry the marker k."""
    if len(operands) == 1:
        return operands[0]
    return [
        with_factor(fresh(term), (atom(Kind.MARKER, str(k)), ()), 1)
        for k, terms in enumerate(operands)
        for term in terms
    ]


def operands_of(terms: Sum, count: int) -> list[Sum]:
    """The operands again. An operand of 0 has no terms."""
    if count == 1:
        return [terms]
    found: list[Sum] = [[] for _ in range(count)]
    for term in terms:
        marker = next(f for f in term.factors if f[0].kind is Kind.MARKER)
        found[int(marker[0].name)].append(without(term, marker))
    return found


# -- conditions


def step(terms: Sum, free: Sequence[Index]) -> Sum:
    """1 where the sum is positive, else 0."""
    return lifted(terms, free, lambda inside, left: _of_sign(Kind.STEP, inside, left))


def side(terms: Sum, free: Sequence[Index]) -> Sum:
    """1 where the sum is positive, -1 where it is negative; where it is 0 nothing is said."""
    return lifted(terms, free, _side)


def _side(terms: Sum, free: Sequence[Index]) -> Sum:
    if terms and lesser(scaled(terms, -1), terms, free):
        return scaled(_of_sign(Kind.SIDE, scaled(terms, -1), free), -1)
    return _of_sign(Kind.SIDE, terms, free)


def _of_sign(kind: Kind, terms: Sum, free: Sequence[Index]) -> Sum:
    """A function of the sign alone, of which a positive factor of all terms may be left out."""
    if not terms or (len(terms) == 1 and not terms[0].factors):
        if not terms and kind is Kind.SIDE:
            raise LimitError("a side of 0", kind="unchecked")
        return [ONE] if terms and terms[0].coefficient > 0 else []
    _, rest = content(terms, free, whole=False)
    form, ports = normal.form_of(rest, free, tidied=True)
    return [Term(1, {(atom_of(kind, form), ports): 1})]


@normal.simplifies(Kind.STEP, Kind.SIDE)
def _idempotent(term: Term, factor: Factor, exponent: Number, slots: Mapping[Port, int]) -> Sum | None:
    """A step is its own square, a side its own inverse. Errors: LimitError where a step is divided by."""
    if exponent != 1:
        if exponent < 0 and factor[0].kind is Kind.STEP:
            raise LimitError("a division by 0", kind="unchecked")
        left = 1 if factor[0].kind is Kind.STEP else exponent % 2
        rest = without(term, factor)
        return [with_factor(rest, factor, left) if left else rest]
    return _opaque(term, factor, exponent, slots)


# -- a function in a term


@normal.simplifies(Kind.POWER, Kind.EXPONENTIAL, Kind.LOGARITHM, Kind.FUNCTION)
def _opaque(term: Term, factor: Factor, exponent: Number, _slots: Mapping[Port, int]) -> Sum | None:
    """A function of a sum whose indices have become equal, or places; a power that is to be multiplied out."""
    atom, ports = factor
    if ports and (len({*ports}) < len(ports) or any(isinstance(port, Place) for port in ports)):
        free = list(dict.fromkeys(port for port in ports if isinstance(port, Index)))
        made = again(atom, atom.inside.at(ports), free, exponent)
        return product([without(term, factor)], made)
    if atom.kind is Kind.FUNCTION and atom.name == MAGNITUDE and exponent >= 2:
        rest = times(without(term, factor), Term(1, {factor: exponent - 2} if exponent > 2 else {}))
        return product(product([rest], atom.inside.at(ports)), atom.inside.at(ports))
    if atom.kind is Kind.POWER:
        return multiplied_out(term, factor, exponent)
    if atom.kind is Kind.FUNCTION and atom.name == SINE and exponent >= 2:
        rest = times(without(term, factor), Term(1, {factor: exponent - 2} if exponent > 2 else {}))
        cosine = atom_of(Kind.FUNCTION, atom.inside, COSINE)
        return [rest, times(rest, Term(-1, {(cosine, ports): 2}))]
    return None
