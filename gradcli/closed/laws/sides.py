"""Both sides multiplied by M where inv(M) stands at a free index: what is then 0 was 0 before.

D = 0 exactly where M D = 0, as the function itself has inv(M), so M has an inverse. It turns inv(M) A into A, and
decides push-through, inv(1 + A B) A = A inv(1 + B A): times 1 + A B from the left and 1 + B A from the right, both are
A + A B A.
"""

from __future__ import annotations

from collections.abc import Sequence

from gradcli.closed import normal
from gradcli.closed.terms import Factor, Index, Kind, Sum, Term, delta, product, renamed, with_factor, without

MAX_MULTIPLIED = 12  # times that a sum is multiplied by a matrix
MAX_TERMS = 120  # of a sum that is multiplied


def multiplied(terms: Sum, free: Sequence[Index]) -> Sum:
    """The sum without inverses at free indices, the outermost first; it is 0 where the given one is."""
    for _ in range(MAX_MULTIPLIED):
        found = _outermost(terms, free)
        if found is None or len(terms) * len(found[0][0].inside.terms) > MAX_TERMS:
            break
        factor, place = found
        terms = normal.simplified([part for term in terms for part in _times(term, factor, place)], free)
    return terms


def _outermost(terms: Sum, free: Sequence[Index]) -> tuple[Factor, int] | None:
    """The deepest inverse at a free index where nothing else stands, and which of its ports that is."""
    found: list[tuple[int, int, Factor, int]] = []
    for term in terms:
        for factor in term.factors:
            if factor[0].kind is Kind.INVERSE:
                found += [
                    (factor[0].depth, -factor[0].number, factor, place)
                    for place, port in enumerate(factor[1])
                    if port in free and _stands_alone(term, factor, place)
                ]
    return max(found, key=lambda entry: entry[:2])[2:] if found else None


def _stands_alone(term: Term, factor: Factor, place: int) -> bool:
    port = factor[1][place]
    return term.factors[factor] == 1 and sum(ports.count(port) for _, ports in term.factors) == 1


def _times(term: Term, factor: Factor, place: int) -> Sum:
    """The term times M, at the free index at which the inverse stands."""
    one, ports = factor
    index = ports[place]
    assert isinstance(index, Index)
    for other in term.factors:
        for at in (place, 1 - place) if one.classes[0] == one.classes[1] else (place,):
            if other[0] is one and other[1][at] is index and _stands_alone(term, other, at):
                return [with_factor(without(term, other), delta(index, other[1][1 - at]), 1)]
    new = Index(index.size)
    matrix = one.inside.at((index, new) if place == 0 else (new, index))
    turned = renamed(term, {index: new})
    return product([Term(turned.coefficient, turned.factors, (*turned.bound, new))], matrix)
