"""A sample of the rows of a stream: each has the same chance, whatever the number of rows and of batches.

Source: K.-H. Li, Reservoir-sampling algorithms of time complexity O(n (1 + log(N/n))), ACM TOMS 20 (1994), algorithm L.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import exp, floor, log
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

Item = TypeVar("Item")


class Reservoir(Generic[Item]):
    """At most ``room`` items of all that came by. The same seed keeps the same ones.

    >>> kept = Reservoir[int](2, seed=0)
    >>> for place, slot in kept.places(5): kept.put(slot, place)
    >>> len(kept.items), kept.seen
    (2, 5)
    """

    def __init__(self, room: int, seed: int) -> None:
        self.room, self.seen = room, 0
        self.items: list[Item] = []
        self._random = random.Random(seed)  # noqa: S311 - a sample, no secret
        self._weight = 1.0
        self._next = room  # the number of the first item after the full reservoir that is kept
        self._skip()

    def places(self, count: int) -> Iterator[tuple[int, int]]:
        """Of the next so many items those that are kept: the number of each among them, and its slot for ``put``."""
        start, self.seen = self.seen, self.seen + count
        for place in range(start, min(self.room, self.seen)):
            yield place - start, place
        while self._next < self.seen:
            yield self._next - start, self._random.randrange(self.room)
            self._next += 1
            self._skip()

    def put(self, slot: int, item: Item) -> None:
        if slot == len(self.items):
            self.items.append(item)
        else:
            self.items[slot] = item

    def _skip(self) -> None:
        """Moves on to the next item that is kept."""
        self._weight *= exp(log(1.0 - self._random.random()) / self.room)
        kept = self._random.random()
        if self._weight < 1.0:
            self._next += floor(log(1.0 - kept) / log(1.0 - self._weight))


def rows_at(chosen: npt.NDArray[np.bool_] | None, count: int) -> npt.NDArray[np.intp]:
    """The numbers of the rows that are chosen, of all where there is no choice."""
    return np.arange(count) if chosen is None else np.flatnonzero(chosen)
