"""Powers of sums, entry by entry: (c x)**p = c**p x**p for whole p or c >= 0.

A delta of free indices is lifted: f(a + d b) = f(a) + d (f(a + b) - f(a)), where d is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import floor, gcd, lcm, log

from gradcli.base.errors import LimitError
from gradcli.base.powers import exact_power
from gradcli.closed import normal
from gradcli.closed.labelling import components
from gradcli.closed.terms import (
    ONE,
    Factor,
    Index,
    Kind,
    Number,
    Port,
    Sum,
    Term,
    atom,
    atom_of,
    fresh,
    not_negative,
    product,
    renamed,
    scaled,
    times,
    with_factor,
    without,
)
from gradcli.meaning.residues.primes import prime_factors

Make = Callable[[Sum, Sequence[Index]], Sum]
MAX_EXPANDED = 200  # terms of a power that is multiplied out


def lifted(terms: Sum, free: Sequence[Index], make: Make) -> Sum:
    """``make`` of the simplified sum, its deltas of free indices lifted out."""
    terms = normal.simplified(terms, free)
    d = next((f for term in terms for f in term.factors if f[0].kind is Kind.DELTA), None)
    if d is None:
        return make(terms, free)
    i, j = d[1] if isinstance(d[1][1], Index) else d[1][::-1]
    off = [term for term in terms if d not in term.factors]
    on = [renamed(without(term, d), {j: i}) for term in terms]
    there: Sum = [Term(1, {d: 1})]
    same = [renamed(fresh(term), {j: i}) for term in off]
    rest = [index for index in free if index is not j]
    return [
        *lifted(off, free, make),
        *product(there, lifted(on, rest, make)),
        *scaled(product(there, lifted(same, rest, make)), -1),
    ]


def power(terms: Sum, free: Sequence[Index], exponent: Number) -> Sum:
    """terms**exponent, for a number as exponent. Errors: LimitError for a division by 0."""
    exponent = as_whole(exponent)
    if exponent == 1:
        return terms
    if exponent == 0:
        return [ONE]
    return lifted(terms, free, lambda inside, left: _power(inside, left, exponent))


def _power(terms: Sum, free: Sequence[Index], exponent: Number) -> Sum:
    if not terms:
        if exponent < 0:
            raise LimitError("a division by 0", kind="unchecked")
        return []
    if len(terms) == 1:
        return [_power_of_term(terms[0], free, exponent)]
    common, rest = common_factor(terms, whole=exponent.denominator == 1)
    if common.factors:
        return product([_power_of_term(common, free, exponent)], power(rest, free, exponent))
    number, rest = content(rest, free, whole=exponent.denominator == 1)
    out = _power_of_term(Term(number, {}), free, exponent)
    form, ports = normal.form_of(rest, free, tidied=True)
    return [with_factor(out, (atom_of(Kind.POWER, form), ports), exponent)]


def _power_of_term(term: Term, free: Sequence[Index], exponent: Number) -> Term:
    """Each factor to the power, where the power is whole or the factor not negative; the rest as one atom."""
    whole = exponent.denominator == 1
    out = number_power(max(term.coefficient, -term.coefficient), exponent)
    if term.coefficient < 0 and exponent % 2 == 1:
        out = Term(-out.coefficient, out.factors, out.bound)
    rest: dict[Factor, Number] = {}
    bound: tuple[Index, ...] = ()
    for entries, indices in components(term):
        (factor, e), *_ = entries
        if not indices and (whole or factor[0].positive or e.denominator > 1):
            out = with_factor(out, factor, as_whole(e * exponent))
        elif whole or _not_negative(entries):
            out = with_factor(out, _as_atom(Term(1, dict(entries), tuple(indices)), free), exponent)
        else:
            rest.update(entries)
            bound += tuple(indices)
    if whole or (not rest and term.coefficient > 0):
        return out
    if not rest:
        raise LimitError("a root of a negative number", kind="unchecked")
    sign = -1 if term.coefficient < 0 else 1
    if len(rest) == 1 and sign == 1 and not bound and next(iter(rest.values())) % 2 == 1:
        ((factor, e),) = rest.items()
        return with_factor(out, factor, as_whole(e * exponent))
    return with_factor(out, _as_atom(Term(sign, rest, bound), free), exponent)


def _as_atom(term: Term, free: Sequence[Index]) -> Factor:
    form, ports = normal.form_of([term], free, tidied=True)
    return (atom_of(Kind.POWER, form), ports)


def _not_negative(entries: list[tuple[Factor, Number]]) -> bool:
    return all(not_negative(factor[0], exponent) for factor, exponent in entries)


def common_factor(terms: Sum, *, whole: bool) -> tuple[Term, Sum]:
    """What all terms have in common, at no bound index; for a broken power of what is positive alone."""
    least: dict[Factor, Number] = {}
    for factor in {factor for term in terms for factor in term.factors}:
        exponents = [term.factors.get(factor, 0) for term in terms]
        free = not any(port in term.bound for term in terms for port in factor[1])
        if (
            free
            and factor[0].kind is not Kind.DELTA
            and (factor[0].positive or (whole and min(exponents) == int(min(exponents))))
        ):
            least[factor] = min(exponents)
    common = Term(1, {factor: e for factor, e in least.items() if e})
    inverse = Term(1, {factor: -e for factor, e in common.factors.items()})
    return common, [times(term, inverse) for term in terms] if common.factors else terms


def common_factor_off(terms: Sum, at: Sequence[Index]) -> tuple[Term, Sum]:
    """What all terms have in common at none of these indices and at no bound one."""
    common, _ = common_factor(terms, whole=True)
    kept_out = {f: e for f, e in common.factors.items() if not any(port in at for port in f[1])}
    inverse = Term(1, {factor: -e for factor, e in kept_out.items()})
    return Term(1, kept_out), normal.simplified([times(term, inverse) for term in terms], at) if kept_out else terms


def content(terms: Sum, free: Sequence[Index], *, whole: bool) -> tuple[Number, Sum]:
    """The number that all coefficients share, for a whole power with a sign such that the form is the lesser one."""
    parts = [term.coefficient for term in terms]
    size = as_whole(Fraction(gcd(*(p.numerator for p in parts)), lcm(*(p.denominator for p in parts))))
    rest = terms
    if size != 1:
        rest = [Term(as_whole(Fraction(term.coefficient) / size), term.factors, term.bound) for term in terms]
    if whole:
        turned = scaled(rest, -1)
        if lesser(turned, rest, free):
            return -size, turned
    return size, rest


def lesser(one: Sum, two: Sum, free: Sequence[Index]) -> bool:
    """Of a sum and its negative one has more positive terms; where they are as many, the form that was made first."""
    positive = [sum(term.coefficient > 0 for term in terms) for terms in (one, two)]
    if positive[0] != positive[1]:
        return positive[0] > positive[1]
    return normal.form_of(one, free, tidied=True)[0].number < normal.form_of(two, free, tidied=True)[0].number


def number_power(base: Number, exponent: Number) -> Term:
    """base**exponent for base > 0: 8**(1/2) is 2 * 2**(1/2)."""
    if exponent.denominator == 1:
        return Term(as_whole(exact_power(base, int(exponent))), {})
    out = ONE
    for p, count in prime_factors(Fraction(base)):
        out = with_factor(out, (atom(Kind.CONSTANT, str(p)), ()), as_whole(count * exponent))
    return _whole_parts(out)


def _whole_parts(term: Term) -> Term:
    for factor, exponent in list(term.factors.items()):
        found = whole_part(term, factor, exponent, {})
        if found is not None:
            (term,) = found
    return term


def as_whole(number: Number) -> Number:
    """As an int where it is whole."""
    return number.numerator if number.denominator == 1 else number


@normal.simplifies(Kind.CONSTANT)
def whole_part(term: Term, factor: Factor, exponent: Number, _slots: Mapping[Port, int]) -> Sum | None:
    """A power of a prime number leaves an exponent between 0 and 1."""
    name = factor[0].name
    if not name.isdecimal() or 0 < exponent < 1:
        return None
    whole = floor(exponent)
    rest = without(term, factor)
    out = Term(rest.coefficient * as_whole(exact_power(int(name), whole)), rest.factors, rest.bound)
    return [out if exponent == whole else with_factor(out, factor, exponent - whole)]


# -- a power in a term


def multiplied_out(term: Term, factor: Factor, exponent: Number) -> Sum | None:
    """The whole part of a positive power, if the base is a sum, or stands at free indices; or by itself."""
    atom, ports = factor
    whole = floor(exponent)
    if len(atom.inside.terms) == 1 and not normal.is_cluster(atom.inside):
        return _taken_apart(term, factor, exponent) if whole else None
    if whole < 1 or whole * log(len(atom.inside.terms)) > log(MAX_EXPANDED):
        return None
    if normal.is_cluster(atom.inside) and not ports and not (exponent == 1 and len(term.factors) == 1):
        return None
    made = [_left(term, factor, exponent - whole)]
    for _ in range(whole):
        made = product(made, atom.inside.at(ports))
    return made


def _taken_apart(term: Term, factor: Factor, exponent: Number) -> Sum:
    """The whole part of the power of a product: that of its factors."""
    atom, ports = factor
    whole = floor(exponent)
    free = list(dict.fromkeys(port for port in ports if isinstance(port, Index)))
    return product([_left(term, factor, exponent - whole)], power(atom.inside.at(ports), free, whole))


def _left(term: Term, factor: Factor, exponent: Number) -> Term:
    rest = without(term, factor)
    return times(rest, Term(1, {factor: exponent})) if exponent else rest
