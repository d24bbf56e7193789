"""Laws that join what normal form keeps apart, each a rewriting of one term.

A law looks at a term and its free indices and gives the terms that it is equal to, or None where it says nothing. It is
true for all sizes and all values at which the term is defined, and makes something simpler by an order of its own, so
that rewriting ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from gradcli.closed import normal
from gradcli.closed.terms import Index, Port, Sum, Term

MAX_PASSES = 12

Law = Callable[[Term, Mapping[Port, int]], Sum | None]

LAWS: tuple[Law, ...] = ()


def rewritten(terms: Sum, free: Sequence[Index]) -> Sum:
    """The sum with the laws applied until none says anything, at most MAX_PASSES times."""
    slots: dict[Port, int] = {index: n for n, index in enumerate(free)}
    for _ in range(MAX_PASSES):
        made = [_by_law(term, slots) for term in terms]
        if all(part is None for part in made):
            break
        terms = normal.simplified(
            [new for term, part in zip(terms, made, strict=True) for new in ([term] if part is None else part)], free
        )
    return terms


def _by_law(term: Term, slots: Mapping[Port, int]) -> Sum | None:
    return next((found for law in LAWS if (found := law(term, slots)) is not None), None)
