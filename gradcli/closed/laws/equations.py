"""Equations that are given, Q.T @ Q == eye(n), sum(y) == 1, P @ P == P, as relations between terms.

They hold of the values at the point, not of those that move beside it, and are used on what has been differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradcli.closed import matrices, normal, powers
from gradcli.closed.laws.patterns import matches, placed
from gradcli.closed.laws.relations import Relation
from gradcli.closed.powers import as_whole
from gradcli.closed.rebuilding import rebuilt
from gradcli.closed.terms import Atom, Factor, Form, Index, Kind, Number, Sum, Term, delta, scaled, times

MAX_REWRITTEN = 40  # times that an equation is used on one sum


def relations(terms: Sum, free: Sequence[Index]) -> list[Relation]:
    """That this sum is 0, and what follows where it says that a product of square matrices is 1."""
    terms = normal.simplified(terms, free)
    if not terms:
        return []
    return [Relation(tuple(free), terms), *_of_inverses(terms, free), *_of_root(terms)]


def _of_root(terms: Sum) -> Iterator[Relation]:
    """sqrt(s) = c, c > 0: s = c**2."""
    found = [term for term in terms if term.factors]
    if len(terms) != 2 or len(found) != 1 or len(found[0].factors) != 1 or found[0].bound:
        return
    ((((one, ports), exponent),), lead) = found[0].factors.items(), found[0]
    value = -Fraction(next(term.coefficient for term in terms if term is not lead)) / lead.coefficient
    if one.kind is Kind.POWER and not ports and exponent == Fraction(1, 2) and value > 0:
        yield Relation((), normal.simplified([*one.inside.at(()), Term(-as_whole(value**2), {})], ()))


def _of_inverses(terms: Sum, free: Sequence[Index]) -> Iterator[Relation]:
    """X Y = 1, X and Y square: Y X = 1, inv(X) = Y, det(X) det(Y) = 1."""
    if len(terms) != 2 or len(free) != 2 or free[0].size != free[1].size:
        return
    row, column = free
    at = next((n for n, term in enumerate(terms) if list(term.factors) in ([delta(*free)], [delta(*free[::-1])])), None)
    if at is None or terms[at].coefficient != -terms[1 - at].coefficient or terms[1 - at].bound == ():
        return
    chain = matrices.links(Term(1, terms[1 - at].factors, terms[1 - at].bound), row, column)
    if chain is None or len(chain) != 2:
        return
    (first, inner), (second, _) = chain
    assert inner is not None
    identity = Term(-1, {delta(row, column): 1})
    one = Term(1, {_moved(first, {row: inner, inner: column}): 1, _moved(second, {inner: row, column: inner}): 1})
    yield Relation((row, column), [Term(1, one.factors, (inner,)), identity])
    for mine, other in (
        (_moved(first, {inner: column}), _moved(second, {inner: row})),
        (_moved(second, {inner: row}), _moved(first, {inner: column})),
    ):
        inverse = matrices.inverse([Term(1, {mine: 1})], row, column)
        yield Relation((row, column), normal.simplified([*inverse, Term(-1, {other: 1})], free))
    both = matrices.determinant([Term(1, terms[1 - at].factors, terms[1 - at].bound)], row, column)
    yield Relation((), normal.simplified([*both, Term(-1, {})], ()))


def _moved(factor: Factor, names: dict[Index, Index]) -> Factor:
    one, ports = factor
    return one, tuple(names.get(port, port) if isinstance(port, Index) else port for port in ports)


# -- used on a sum


def applied(terms: Sum, free: Sequence[Index], known: Sequence[Relation]) -> Sum:
    """The sum with each leading product of the equations replaced, inside of other factors too.

    A product leads that has more factors than all others of its equation, or a deeper one, so that this ends.
    """
    diagonal = {one for relation in known if (one := _diagonal(relation)) is not None}
    leading = [(relation, found) for relation in known if (found := _leading(relation)) is not None]
    if not leading and not diagonal:
        return terms
    numbers = dict(filter(None, map(_number, leading)))

    def known_factor(factor: Factor, exponent: Number) -> Sum | None:
        one, ports = factor
        if one in diagonal and exponent > 0:
            return [Term(1, {delta(*ports): 1, (one, (ports[0], ports[0])): exponent})]
        value = numbers.get(one.form) if one.kind is Kind.POWER else None
        whole = exponent.denominator == 1
        return powers.power([Term(value, {})], (), exponent) if value and (value > 0 or whole) else None

    def reduced(inside: Sum, at: Sequence[Index]) -> Sum:
        return _reduced(normal.simplified(inside, at), at, leading)

    return reduced(rebuilt(terms, known_factor, "equations", reduced), free)


def _number(entry: tuple[Relation, Term]) -> tuple[Form | None, Number] | None:
    """The product of which the value is a number, and that value: x @ x == 4."""
    relation, lead = entry
    others = [term for term in relation.terms if term is not lead]
    if relation.ports or len(others) != 1 or others[0].factors or not lead.bound:
        return None
    value = as_whole(Fraction(-others[0].coefficient) / lead.coefficient)
    return normal.form_of([Term(1, lead.factors, lead.bound)], ())[0], value


def _diagonal(relation: Relation) -> Atom | None:
    """The matrix that is its own diagonal: A[i, j] = delta[i, j] A[i, i]."""
    if len(relation.terms) != 2 or len(relation.ports) != 2:
        return None
    plain = min(relation.terms, key=lambda term: len(term.factors))
    other = next(term for term in relation.terms if term is not plain)
    if len(plain.factors) != 1 or plain.coefficient != -other.coefficient:
        return None
    (((one, ports), exponent),) = plain.factors.items()
    if one.kind is not Kind.TENSOR or exponent != 1 or set(ports) != set(relation.ports):
        return None
    same = any(other.factors == {delta(*ends): 1, (one, (i, i)): 1} for ends in (ports, ports[::-1]) for i in ports)
    return one if same else None


def _leading(relation: Relation) -> Term | None:
    ranks = [_rank(term) for term in relation.terms]
    first = max(ranks)
    found = relation.terms[ranks.index(first)]
    if _diagonal(relation) is not None:
        return None
    whole = all(any(port in ports for _, ports in found.factors) for port in relation.ports)
    return found if ranks.count(first) == 1 and whole and found.factors else None


def _rank(term: Term) -> tuple[int, Fraction]:
    depth = max((one.depth for one, _ in term.factors), default=0)
    return depth, sum((Fraction(max(e, -e)) for e in term.factors.values()), Fraction(0))


def _reduced(terms: Sum, free: Sequence[Index], leading: Sequence[tuple[Relation, Term]]) -> Sum:
    for _ in range(MAX_REWRITTEN):
        made = [_once(term, leading) for term in terms]
        if all(part is None for part in made):
            break
        terms = normal.simplified(
            [new for term, part in zip(terms, made, strict=True) for new in ([term] if part is None else part)], free
        )
    return terms


def _once(term: Term, leading: Sequence[tuple[Relation, Term]]) -> Sum | None:
    for relation, lead in leading:
        for match in matches(lead, term):
            at = {port: match.at[port] for port in relation.ports}
            others = [placed(other, at) for other in relation.terms if other is not lead]
            return scaled([times(match.rest, other) for other in others], Fraction(-1) / lead.coefficient)
    return None
