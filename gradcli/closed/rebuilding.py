"""A sum with some of its factors replaced, those inside of others included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gradcli.closed import functions, matrices, powers
from gradcli.closed.terms import Atom, Factor, Index, Number, Sum, Term, fresh, kept, product

Replace = Callable[[Factor, Number], Sum | None]  # what stands in the place of a power of a factor; None: it stays
Then = Callable[[Sum, Sequence[Index]], Sum]


def atoms_in(terms: Sum) -> Iterator[Atom]:
    """All atoms, those inside of others included."""
    seen: set[int] = set()
    work = [one for term in terms for one, _ in term.factors]
    while work:
        one = work.pop()
        if one.number not in seen:
            seen.add(one.number)
            yield one
            work += [inner for factors, _, _ in (one.form.terms if one.form else ()) for inner, _, _ in factors]


def rebuilt(terms: Sum, replace: Replace, label: str, then: Then = lambda terms, _free: terms) -> Sum:
    """The sum with some factors replaced, inside of others too; ``label`` tells one replacement from another.

    then: what is done besides to each sum inside
    """
    out: Sum = []
    for term in terms:
        made: Sum = [Term(term.coefficient, {}, term.bound)]
        for factor, exponent in term.factors.items():
            found = replace(factor, exponent)
            if found is None:
                found = _inside(factor, exponent, replace, label, then)
            made = product(made, found)
        out += made
    return out


def _inside(factor: Factor, exponent: Number, replace: Replace, label: str, then: Then) -> Sum:
    one, ports = factor
    if one.form is None:
        return [Term(1, {factor: exponent})]
    own, terms = kept((label, one.number, exponent), lambda: _again(one, exponent, replace, label, then))
    return [fresh(term, dict(zip(own, ports, strict=True))) for term in terms]


def _again(one: Atom, exponent: Number, replace: Replace, label: str, then: Then) -> tuple[tuple[Index, ...], Sum]:
    """The power of the atom with factors replaced inside, at free indices of its own."""
    inner = tuple(Index(size) for size in one.inside.sizes)
    inside = then(rebuilt(one.inside.at(inner), replace, label, then), inner)
    if one.kind in matrices.MADE:
        ports = inner if one.sizes else ()
        return ports, powers.power(matrices.MADE[one.kind](inside, inner[0], inner[1]), ports, exponent)
    return inner, functions.again(one, inside, inner, exponent)
