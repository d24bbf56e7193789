"""Arrays written entry by entry, ``[[2*x[0], 0], [0, 1]]``: of small known sizes, each term at one place alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

import sympy

from gradcli.closed.notation.factors import made
from gradcli.closed.terms import Index, Kind, Place, Sum, Term
from gradcli.language.nodes import Tree

MOST_ENTRIES = 64  # of an array that is written out

Places = tuple[int, ...]


def literal(terms: Sum, free: Sequence[Index], formula: Callable[[Sum], Tree]) -> Tree | None:
    """The array of the terms' entries, each written by ``formula``; None where there is no such, or none that small."""
    sizes = [index.size for index in free if isinstance(index.size, int)]
    if not free or len(sizes) < len(free) or prod(sizes) > MOST_ENTRIES:
        return None
    entries: dict[Places, Sum] = {}
    for term in terms:
        places, rest = _at(term, free)
        if places is None:
            return None
        entries.setdefault(places, []).append(rest)
    written = {places: formula(sums) for places, sums in entries.items()}
    made_of = [written.get(places, sympy.Integer(0)) for places in product(*map(range, sizes))]
    for size in sizes[::-1]:
        made_of = [made("stack", *made_of[k : k + size]) for k in range(0, len(made_of), size)]
    return made_of[0]


def _at(term: Term, free: Sequence[Index]) -> tuple[Places | None, Term]:
    """The places of a term that stands at one for each free index, and the term there."""
    found: dict[Index, int] = {}
    factors = dict(term.factors)
    for (one, ports), _ in term.factors.items():
        index = next((port for port in ports if port in free), None)
        place = next((port for port in ports if isinstance(port, Place)), None)
        if index is not None and one.kind is Kind.DELTA and place is not None:
            assert isinstance(index, Index)
            found[index] = place.at
            del factors[one, ports]
    alone = not any(port in free for _, ports in factors for port in ports)
    if len(found) < len(free) or not alone:
        return None, term
    return tuple(found[index] for index in free), Term(term.coefficient, factors, term.bound)
