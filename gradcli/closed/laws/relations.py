"""Is a sum a combination of relations that hold, each times some rest of a term? Then it is 0.

A relation is a sum that is known to be 0 for each value of its free indices: M inv(M) - 1, inv(M) M - 1 for an inverse
that occurs, or a premise, Q.T Q - 1. Where one of its products stands in a term, the term is that product times a rest,
and the relation times the rest is a sum of terms that is 0. Gaussian elimination among such sums, whose unknowns are
terms in normal form, shows whether the sum in question is one of their combinations: no order of rewriting is needed,
nothing is divided by, and what is found is true wherever the inverses that occur exist.

The method is Macaulay's for ideals, with contractions in the place of products of variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from gradcli.closed import matrices, normal
from gradcli.closed.labelling import Key
from gradcli.closed.laws.patterns import matches, opened, placed, split
from gradcli.closed.rebuilding import atoms_in
from gradcli.closed.terms import (
    Atom,
    Form,
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
    times,
    with_factor,
)

MAX_RELATIONS = 48  # that are brought together for one sum
MAX_ROUNDS = 4  # from the sum's terms to those of relations, and on from these
MAX_TERMS = 24  # of a sum that is looked at

Row = dict[Key, Number]


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """A sum that is 0, whatever stands at its ports.

    wire: the ports between which one of its terms is a delta: the relation may be put in wherever an index goes
    """

    ports: tuple[Index, ...]
    terms: Sum
    wire: tuple[Index, Index] | None = None


def follows(terms: Sum, free: Sequence[Index], relations: Sequence[Relation]) -> bool:
    """Is the sum, in normal form, a combination of the relations? False decides nothing.

    Where it is a number with several inverses in it, trace(inv(1 + A B) A B) - trace(inv(1 + B A) B A), no index is
    free at which to multiply by 1 + A B, and relations are put in between indices as well, which makes terms longer.
    """
    if not terms or len(terms) > MAX_TERMS:
        return not terms
    slots: dict[Port, int] = {index: n for n, index in enumerate(free)}
    known = [*relations, *relations_of(terms)]
    left = _Space(slots).spanned(terms, known, wide=False)
    if left and not free and len(inverses_in(left)) > 1:
        left = _Space(slots).spanned(terms, known, wide=True)
    return not left


class _Space:
    """The sums that are known to be 0, in echelon form."""

    def __init__(self, slots: Mapping[Port, int]) -> None:
        self.slots = slots
        self.rows: list[tuple[Key, Row]] = []
        self.terms: dict[Key, Term] = {}
        self.count = 0

    def spanned(self, terms: Sum, relations: Sequence[Relation], *, wide: bool) -> Sum:
        """What the sum is modulo the relations; ``wide``: with terms that a relation makes longer, which are more."""
        goal = self.row(terms)
        frontier = list(self.terms)
        for _ in range(MAX_ROUNDS):
            known = set(self.terms)
            found = (row for key in frontier for row in instances(self.terms[key], relations, self.slots, wide=wide))
            for row in islice(found, MAX_RELATIONS - self.count):
                self.add(self.row(row))
            frontier = [key for key in self.terms if key not in known]
            if not frontier or self.count >= MAX_RELATIONS or not self.reduced(goal):
                break
        return [Term(c, self.terms[key].factors, self.terms[key].bound) for key, c in self.reduced(goal).items()]

    def row(self, terms: Iterable[Term]) -> Row:
        found = normal.keyed(terms, self.slots)
        self.terms.update({key: Term(1, term.factors, term.bound) for key, (term, _) in found.items()})
        return {key: number for key, (_, number) in found.items()}

    def add(self, row: Row) -> None:
        self.count += 1
        row = self.reduced(row)
        if row:
            pivot = next(iter(row))
            self.rows.append((pivot, row))

    def reduced(self, row: Row) -> Row:
        """The row without the pivots of the rows before it, which later rows do not bring back."""
        row = dict(row)
        for pivot, other in self.rows:
            if pivot in row:
                factor = -Fraction(row[pivot]) / Fraction(other[pivot])
                for key, number in other.items():
                    total = row.pop(key, 0) + factor * number
                    if total:
                        row[key] = total
        return row


# -- relations in a term


def instances(term: Term, relations: Sequence[Relation], slots: Mapping[Port, int], *, wide: bool) -> Iterator[Sum]:
    """The relations times rests of the term, wherever one of their products stands in it."""
    for relation in relations:
        for pattern in relation.terms:
            if not wide and _is_short(pattern, relation):
                continue
            for match in matches(pattern, term):
                if all(port in match.at for port in relation.ports):
                    at = {port: match.at[port] for port in relation.ports}
                    yield [times(match.rest, placed(other, at)) for other in relation.terms]
        if wide and relation.wire is not None:
            yield from _put_in(term, relation, relation.wire, slots)


def _is_short(pattern: Term, relation: Relation) -> bool:
    """Has the relation a product of more factors?"""
    return len(pattern.factors) < max(len(other.factors) for other in relation.terms)


def _put_in(term: Term, relation: Relation, wire: tuple[Index, Index], slots: Mapping[Port, int]) -> Iterator[Sum]:
    """The relation between an index and one of the ports at which it stands."""
    for seen in opened(term):
        done: set[Port] = set()
        for factor in list(seen.factors):
            for place, port in enumerate(factor[1]):
                if not isinstance(port, Index) or port in done or port.size != wire[0].size:
                    continue
                if port not in slots and port not in seen.bound:
                    continue
                done.add(port)
                new = Index(port.size)
                rest = split(seen, factor, place, new)
                rest = Term(rest.coefficient, rest.factors, (*rest.bound, new))
                for one, two in ((port, new), (new, port)):
                    at = {wire[0]: one, wire[1]: two}
                    yield [times(rest, placed(other, at)) for other in relation.terms]


# -- the relations of inverses


def relations_of(terms: Sum) -> list[Relation]:
    """M inv(M) = 1, inv(M) M = 1 and M exp(M) = exp(M) M for what occurs in the sum and in what stands in it."""
    found = [relation for one in inverses_in(terms) for relation in _of_inverse(one)]
    return found + [_of_exponential(one) for one in atoms_in(terms) if one.kind is Kind.MATRIX_EXPONENTIAL]


def _of_exponential(one: Atom) -> Relation:
    a, b, c = (Index(one.sizes[0]) for _ in range(3))
    matrix = matrices.apart(one.inside.at((a, b)), (a, b))[1]
    sides = [
        *product([Term(1, {(one, (b, c)): 1})], matrix),
        *product([Term(-1, {(one, (a, b)): 1})], [fresh(term, {a: b, b: c}) for term in matrix]),
    ]
    summed = [Term(term.coefficient, term.factors, (*term.bound, b)) for term in sides]
    return Relation((a, c), normal.simplified(summed, (a, c)))


def inverses_in(terms: Iterable[Term]) -> list[Atom]:
    """The inverses that occur at any depth, the deepest first."""
    found: dict[Atom, None] = {}
    for term in terms:
        for one, _ in term.factors:
            found |= _inverses_below(one)
    return sorted(found, key=lambda one: (-one.depth, one.number))


def _inverses_below(one: Atom) -> dict[Atom, None]:
    if one.form is None:
        return {}
    below = kept(("inverses", one.form), lambda: _inverses_of(one.inside))
    return {one: None, **below} if one.kind is Kind.INVERSE else below


def _inverses_of(form: Form) -> dict[Atom, None]:
    atoms = dict.fromkeys(one for factors, _, _ in form.terms for one, _, _ in factors)
    return {found: None for one in atoms for found in _inverses_below(one)}


def _of_inverse(one: Atom) -> list[Relation]:
    return kept(("relations", one.number), lambda: _made(one))  # type: ignore[no-any-return]  # see Table.kept


def _made(one: Atom) -> list[Relation]:
    """Of a symmetric matrix one says the same as the other."""
    sides = (0,) if one.classes[0] == one.classes[1] else (0, 1)
    return [_relation(one, side) for side in sides]


def _relation(one: Atom, side: int) -> Relation:
    """M P - 1, or P M - 1."""
    a, b, c = (Index(one.sizes[0]) for _ in range(3))
    matrix, inverse = ((a, b), (b, c)) if side == 0 else ((b, c), (a, b))
    made = [
        with_factor(Term(term.coefficient, term.factors, (*term.bound, b)), (one, inverse), 1)
        for term in one.inside.at(matrix)
    ]
    made.append(Term(-1, {delta(a, c): 1}))
    terms = normal.simplified(made, (a, c))
    return Relation((a, c), terms, (a, c) if len(terms) > 2 else None)
