"""Where a product of factors stands inside a term: the same factors, held together by the same contractions.

X[b, a] X[b, c] P[c, d] stands in A[i, j] X[k, j] X[k, l] P[l, m] y[m] with b at k, c at l, a at j, d at m: an index
that the pattern sums over must stand nowhere else in the term.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from gradcli.closed import normal
from gradcli.closed.terms import Atom, Factor, Index, Kind, Number, Port, Term, renamed, times, with_factor, without

Places = dict[Port, Port]  # where the indices of a pattern stand in a term


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """The term is the pattern at these places times the rest."""

    at: Places
    rest: Term


def matches(pattern: Term, term: Term) -> Iterator[Match]:
    """All places of the pattern in the term; its coefficient does not count."""
    for seen in opened(term):
        yield from _matched(_connected(pattern), {}, seen, pattern)


def opened(term: Term) -> Iterator[Term]:
    """The term, and for each closed part in it, such as x @ x, the term with that part's indices in sight."""
    yield term
    for factor, exponent in term.factors.items():
        if factor[0].kind is Kind.POWER and not factor[1] and exponent >= 1 and normal.is_cluster(factor[0].inside):
            rest = without(term, factor)
            rest = with_factor(rest, factor, exponent - 1) if exponent > 1 else rest
            yield times(rest, factor[0].inside.at(())[0])


def _connected(pattern: Term) -> list[tuple[Factor, Number]]:
    """The factors in an order in which each has an index in common with those before, as far as it can."""
    left = sorted(pattern.factors.items(), key=lambda entry: -entry[0][0].depth)
    order: list[tuple[Factor, Number]] = []
    while left:
        seen = {port for (_, ports), _ in order for port in ports}
        entry = next((entry for entry in left if seen.intersection(entry[0][1])), left[0])
        left.remove(entry)
        order.append(entry)
    return order


def _matched(left: Sequence[tuple[Factor, Number]], at: Places, rest: Term, pattern: Term) -> Iterator[Match]:
    if not left:
        found = _closed(at, rest, pattern)
        if found is not None:
            yield found
        return
    ((one, ports), exponent), *others = left
    for factor, there in list(rest.factors.items()):
        if factor[0] is not one or not _reaches(there, exponent):
            continue
        taken = without(rest, factor)
        taken = with_factor(taken, factor, there - exponent) if there != exponent else taken
        for order in orders(one, factor[1]):
            more = _agreed(at, ports, order)
            if more is not None:
                yield from _matched(others, more, taken, pattern)


def _reaches(there: Number, exponent: Number) -> bool:
    """May the power be taken off without a division by what stands in no denominator yet?"""
    return there >= exponent > 0 or there <= exponent < 0


def orders(one: Atom, ports: tuple[Port, ...]) -> list[tuple[Port, ...]]:
    """The ports in all orders that say the same: those of one class change places."""
    if len(set(one.classes)) == len(ports) or len(ports) > 4:
        return [ports]
    places = range(len(ports))
    return [
        tuple(ports[n] for n in order)
        for order in permutations(places)
        if all(one.classes[n] == one.classes[m] for n, m in zip(order, places, strict=True))
    ]


def _agreed(at: Places, mine: Sequence[Port], there: Sequence[Port]) -> Places | None:
    """The places with these ports at those, or None where they stand elsewhere already."""
    out = dict(at)
    for port, other in zip(mine, there, strict=True):
        if not isinstance(port, Index):
            if port != other:
                return None
        elif out.setdefault(port, other) != other:
            return None
    return out


def _closed(at: Places, rest: Term, pattern: Term) -> Match | None:
    """The match, if what the pattern sums over is summed over in the term, once, and nothing else stands there."""
    inner = [at[index] for index in pattern.bound]
    outer = {at[port] for port in at if port not in pattern.bound}
    bound = set(rest.bound)
    used = {port for _, ports in rest.factors for port in ports}
    if len(set(inner)) < len(inner) or any(i not in bound or i in outer or i in used for i in inner):
        return None
    return Match(at, Term(rest.coefficient, rest.factors, tuple(i for i in rest.bound if i not in inner)))


def split(term: Term, factor: Factor, place: int, new: Index) -> Term:
    """The term with another index at one port of a factor."""
    one, ports = factor
    exponent = term.factors[factor]
    return with_factor(without(term, factor), (one, (*ports[:place], new, *ports[place + 1 :])), exponent)


def placed(term: Term, at: Mapping[Any, Port]) -> Term:  # Any: Ports, of which some are known to be indices
    """The pattern's term at its places, with bound indices of its own."""
    return renamed(term, {**at, **{index: Index(index.size) for index in term.bound}})
