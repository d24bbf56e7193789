"""The canonical form of a term: equal for two terms exactly where renaming bound indices makes one of the other.

Factors are the nodes of a graph, indices its edges. Each connected part is labelled by itself: colours of bound indices
are refined by what stands at them; where colours tie, each index of the tie is told apart in turn, and the least result
counts (McKay and Piperno 2014). Past MAX_LEAVES results the least so far counts, which may tell equal terms apart, and
joins no others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradcli.closed.terms import Factor, Index, Number, Place, Port, Term, spend

MAX_LEAVES = 800  # labellings of one term that are compared

Key = tuple[Any, ...]  # Any: nested tuples of numbers and texts, which compare


def components(term: Term) -> list[tuple[list[tuple[Factor, Number]], list[Index]]]:
    """Factors that bound indices join, with these indices; a factor without any is a part of its own."""
    if not term.bound:
        return [([entry], []) for entry in term.factors.items()]
    bound = set(term.bound)
    parts: list[tuple[list[tuple[Factor, Number]], list[Index]]] = []
    of: dict[Index, int] = {}
    for factor, exponent in term.factors.items():
        here = list(dict.fromkeys(port for port in factor[1] if port in bound))
        joined = sorted({of[port] for port in here if port in of})
        entries: list[tuple[Factor, Number]] = [(factor, exponent)]
        indices: list[Index] = here
        for number in joined:
            entries = parts[number][0] + entries
            indices = parts[number][1] + [i for i in indices if i not in parts[number][1]]
            parts[number] = ([], [])
        for index in indices:
            of[index] = len(parts)
        parts.append((entries, indices))
    return [part for part in parts if part[0]]


def canonical(term: Term, slots: Mapping[Port, int]) -> Key:
    """The key of a term whose free indices are numbered; its coefficient does not count."""
    if not term.bound:
        return ((tuple(sorted(_entry(f, e, slots, {}) for f, e in term.factors.items())), ()),)
    singles: list[Key] = []
    keys: list[Key] = []
    for entries, indices in components(term):
        if indices:
            keys.append(_component(entries, indices, slots))
        else:
            singles.append(_entry(*entries[0], slots, {}))
    return ((tuple(sorted(singles)), ()), *sorted(keys))


def _component(entries: list[tuple[Factor, Number]], indices: list[Index], slots: Mapping[Port, int]) -> Key:
    search = _Search(entries, slots)
    if len(indices) == 1:
        search.leaf({indices[0]: 0})
        assert search.best is not None
        return search.best
    search.visit({index: (repr(index.size),) for index in indices})
    assert search.best is not None
    return search.best


def _entry(factor: Factor, exponent: Number, slots: Mapping[Port, int], numbers: Mapping[Any, Any]) -> Key:
    """A factor with its ports as (0, free), (1, bound) or (2, place), in order where they may change places."""
    atom, ports = factor
    found: list[Key] = [
        (2, port.at) if isinstance(port, Place) else (0, slots[port]) if port in slots else (1, numbers[port])
        for port in ports
    ]
    if atom.turns:
        found = in_order(found, atom.classes)
    return (atom.number, exponent, tuple(found))


def in_order(found: list[Any], classes: Sequence[int]) -> list[Any]:  # Any: what compares
    """Entries of one class sorted among their places."""
    out = list(found)
    for one in set(classes):
        places = [n for n, c in enumerate(classes) if c == one]
        for place, value in zip(places, sorted(found[n] for n in places), strict=True):
            out[place] = value
    return out


class _Search:
    """The least key over all orders of bound indices that refinement leaves open."""

    def __init__(self, entries: list[tuple[Factor, Number]], slots: Mapping[Port, int]) -> None:
        self.entries, self.slots = entries, slots
        self.best: Key | None = None
        self.leaves = 0

    def visit(self, colours: Mapping[Index, Any]) -> None:  # Any: what compares
        ranks = self.refined(colours)
        groups: dict[int, list[Index]] = {}
        for index, rank in ranks.items():
            groups.setdefault(rank, []).append(index)
        tied = min((rank for rank, group in groups.items() if len(group) > 1), default=None)
        if tied is None:
            self.leaf(ranks)
            return
        for index in groups[tied]:
            if self.leaves < MAX_LEAVES:
                self.visit({i: (rank, i is not index) for i, rank in ranks.items()})

    def leaf(self, ranks: Mapping[Index, int]) -> None:
        self.leaves += 1
        sizes = tuple(repr(i.size) for i in sorted(ranks, key=ranks.__getitem__))
        key = (tuple(sorted(_entry(f, e, self.slots, ranks) for f, e in self.entries)), sizes)
        if self.best is None or key < self.best:
            self.best = key

    def refined(self, colours: Mapping[Index, Any]) -> dict[Index, int]:  # Any: as above
        """Ranks of colours, split by what stands at the indices until nothing splits any more."""
        ranks = _ranks(colours)
        while True:
            spend(len(self.entries))
            count = len(set(ranks.values()))
            if count == len(ranks):
                return ranks
            seen: dict[Index, list[Any]] = {index: [ranks[index]] for index in ranks}
            for (atom, ports), exponent in self.entries:
                sign = _entry((atom, ports), exponent, self.slots, ranks)
                for port, one in zip(ports, atom.classes, strict=True):
                    if port in ranks:
                        seen[port].append((sign, one))
            ranks = _ranks({index: (found[0], tuple(sorted(found[1:]))) for index, found in seen.items()})
            if len(set(ranks.values())) == count:
                return ranks


def _ranks(colours: Mapping[Index, Any]) -> dict[Index, int]:  # Any: as above
    place: dict[Any, int] = {}
    for n, colour in enumerate(sorted(colours.values())):
        place.setdefault(colour, n)
    return {index: place[colour] for index, colour in colours.items()}
