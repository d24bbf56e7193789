"""A sum with its denominators brought to one power, so that what they stand under can be compared.

A power of a sum, B**e, stands for itself in the normal form, so that B * B**-1 is not seen to be 1 once B is
multiplied out. Bringing all powers of B to the least one that occurs, by multiplying out the rest, makes the numerators
comparable: that is one step for each B, outermost first, and never changes a value.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from gradcli.closed import normal
from gradcli.closed.labelling import in_order
from gradcli.closed.terms import Atom, Factor, Index, Kind, Number, Port, Sum, Term, product, with_factor

MAX_ROUNDS = 24  # denominators of one sum

Group = tuple[
    Atom, tuple[Port, ...] | None, Number
]  # an atom, its ports where they are free, the broken part of powers
Sides = list[set[Any]]  # Any: for each port, free indices, or atoms with the place of a port


def cleared(terms: Sum, free: Sequence[Index]) -> Sum:
    """The sum with each denominator to one power. Errors: LimitError past MAX_TERMS."""
    slots: dict[Port, int] = {index: n for n, index in enumerate(free)}
    done: set[tuple[Group, int]] = set()
    for _ in range(MAX_ROUNDS):
        found = _uneven(terms, slots, done)
        if found is None:
            break
        group, least = found
        done |= {(group, len(terms))} if group[1] is None else set()
        beside = _sides(terms, group, slots) if group[1] is None else []
        made = [part for term in terms for part in _brought(term, group, least, slots, beside)]
        terms = normal.simplified(made, free)
    return terms


def _uneven(terms: Sum, slots: Mapping[Port, int], done: Container[tuple[Group, int]]) -> tuple[Group, Number] | None:
    """The outermost power of a sum that stands in several powers, and the least of them; bound ones twice are left."""
    powers: dict[Group, list[set[Number]]] = {}
    for n, term in enumerate(terms):
        for factor, exponent in term.factors.items():
            if _counts(factor[0]):
                group = _group(factor, exponent, slots)
                powers.setdefault(group, [set() for _ in terms])[n].add(exponent)
    uneven = []
    for group, found in powers.items():
        here = set[Number]().union(*found)
        if group[2] == 0 and any(not e and not _has_power(t, group, slots) for e, t in zip(found, terms, strict=True)):
            here.add(0)
        if len(here) > 1 and min(here) < 0 and (group, len(terms)) not in done:
            uneven.append((group[0].depth, -group[0].number, group, min(here)))
    if not uneven:
        return None
    *_, group, least = max(uneven, key=lambda entry: entry[:2])
    return group, least


def _counts(one: Atom) -> bool:
    return one.kind is Kind.POWER and not (normal.is_cluster(one.inside) and not one.sizes)


def _group(factor: Factor, exponent: Number, slots: Mapping[Port, int]) -> Group:
    one, ports = factor
    broken = exponent % 1
    if not all(port in slots for port in ports):
        return one, None, broken
    order = sorted(slots, key=slots.__getitem__)
    numbers = in_order([slots[port] for port in ports], one.classes)
    return one, tuple(order[n] for n in numbers), broken


def _has_power(term: Term, group: Group, slots: Mapping[Port, int]) -> bool:
    """Has the term any power of the atom there, broken ones included?"""
    return any(
        factor[0] is group[0] and _group(factor, exponent, slots)[:2] == group[:2]
        for factor, exponent in term.factors.items()
    )


def _brought(term: Term, group: Group, least: Number, slots: Mapping[Port, int], beside: Sides) -> Sum:
    """The term with powers of the group brought down to the least; where there is none, B**0 at the ports due."""
    one, ports, broken = group
    here = [
        (factor, exponent)
        for factor, exponent in term.factors.items()
        if factor[0] is one and _group(factor, exponent, slots) == group
    ]
    if not here and broken == 0 and not _has_power(term, group, slots):
        due = ports if ports is not None else _due(term, beside, slots)
        here = [((one, due), 0)] if due is not None else []
    out = [term]
    for factor, exponent in here:
        if exponent == least:
            continue
        out = [with_factor(part, factor, least - exponent) for part in out]
        for _ in range(int(exponent - least)):
            out = product(out, one.inside.at(factor[1]))
    return out


# -- where a power of a sum is due that has a bound index


def _sides(terms: Sum, group: Group, slots: Mapping[Port, int]) -> Sides:
    """For each port of the atom: its free index where that is always the same, and what else stands at its index."""
    found: Sides | None = None
    for term in terms:
        for factor, exponent in term.factors.items():
            if factor[0] is group[0] and _group(factor, exponent, slots) == group:
                here = [{port} if port in slots else _beside(term, port, group[0]) for port in factor[1]]
                found = here if found is None else [a & b for a, b in zip(found, here, strict=True)]
    return found or []


def _beside(term: Term, port: Port, one: Atom) -> set[Any]:  # Any: Ports, or atoms with the place of a port
    """The factors at an index, each as its atom and the place there."""
    return {
        (other, other.classes[n])
        for other, ports in term.factors
        if other.depth < one.depth
        for n, at in enumerate(ports)
        if at == port
    }


def _due(term: Term, beside: Sides, slots: Mapping[Port, int]) -> tuple[Port, ...] | None:
    """The ports at which the atom is due in a term without it: where the same factors stand; None if that is open."""
    out: list[Port] = []
    for signs in beside:
        free = [sign for sign in signs if sign in slots]
        found: set[Port] = {
            at for other, ports in term.factors for n, at in enumerate(ports) if (other, other.classes[n]) in signs
        }
        if not free and len(found) != 1:
            return None
        out.append(free[0] if free else found.pop())
    return tuple(out)
