"""A sample of the rows of a stream: each has the same chance, whatever the number of rows and of batches.

Source: K.-H. Li, Reservoir-sampling algorithms of time complexity O(n (1 + log(N/n))), ACM TOMS 20 (1994), algorithm L.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
AT_ONCE = 256  # items: so many are kept of 64 and the 3,000 after them
FAR = 2.0**50  # items that are passed over at once: more than come

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """At most ``room`` items of all that came by. The same seed keeps the same ones.

    >>> kept = Reservoir[int](2, seed=0)
    >>> for place, slot in kept.places(5): kept.put(slot, place)
    >>> len(kept.items), kept.seen
    (2, 5)
    """

    def __init__(self, room: int, seed: int | tuple[int, ...]) -> None:
        self.room, self.seen = room, 0
        self.items: list[Item] = []
        self._random = np.random.default_rng(seed)
        self._weight = 0.0  # the logarithm of the largest of room random numbers, each the smallest of those before
        self._last = room - 1
        self._next, self._slots = self._drawn()

    def places(self, count: int) -> Iterator[tuple[int, int]]:
        """Of the next so many items those that are kept: the number of each among them, and its slot for ``put``."""
        start, self.seen = self.seen, self.seen + count
        yield from ((place - start, place) for place in range(start, min(self.room, self.seen)))
        while self._next[0] < self.seen:
            stop = int(np.searchsorted(self._next, self.seen))
            yield from zip((self._next[:stop] - start).tolist(), self._slots[:stop].tolist(), strict=True)
            self._next, self._slots = self._next[stop:], self._slots[stop:]
            if not self._next.size:
                self._next, self._slots = self._drawn()

    def put(self, slot: int, item: Item) -> None:
        if slot == len(self.items):
            self.items.append(item)
        else:
            self.items[slot] = item

    def _drawn(self) -> tuple[Numbers, Numbers]:
        """The numbers of the next items that are kept, and their slots."""
        weights = self._weight + np.cumsum(np.log1p(-self._random.random(AT_ONCE)) / self.room)
        with np.errstate(divide="ignore"):
            skips = np.log1p(-self._random.random(AT_ONCE)) / np.log1p(-np.exp(weights))
        numbers = self._last + np.cumsum(1 + np.minimum(skips, FAR).astype(np.int64))
        self._weight, self._last = float(weights[-1]), int(numbers[-1])
        return numbers, self._random.integers(self.room, size=AT_ONCE)


class Merged(Generic[Item]):
    """A sample of all items of which there are samples, each of a part of them: each item has the same chance.

    It is as if each item had drawn a number, and those of the smallest ones were kept: of a part's sample these are the
    smallest of as many exponential numbers as the part has items, which is all that has to be drawn. So it does not
    matter in which order the parts come.

    Source: A. Rényi, On the theory of order statistics, Acta Mathematica Hungarica 4 (1953).
    """

    def __init__(self, room: int, seed: int) -> None:
        self.room, self.seed = room, seed
        self._kept: list[tuple[float, int, Item]] = []

    @property
    def items(self) -> list[Item]:
        return [item for _, _, item in self._kept]

    def add(self, part: int, items: Sequence[Item], seen: int) -> None:
        """The sample of a part, by its number: at least ``room`` items, or all. seen: how many the part has."""
        draws = np.random.default_rng((self.seed, part))
        numbers = np.cumsum(draws.standard_exponential(len(items)) / (seen - np.arange(len(items))))
        order = draws.permutation(len(items)).tolist()
        drawn = [(number, part, items[at]) for number, at in zip(numbers.tolist(), order, strict=True)]
        self._kept = sorted([*self._kept, *drawn], key=lambda one: one[:2])[: self.room]
