"""Which entries of the variables meet: two do where a step is not linear in both at once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from gradcli.base.sparse import Positions
from gradcli.meaning.sparsity.lists import Lists, cost_of_pairs, different, pairs

MOST = 2**24  # pairs that are held, and pairs of one step


class Meetings:
    """Pairs of entries, gathered; pairs of variables of which every entry may meet every other.

    entries: of all variables
    """

    def __init__(self, entries: int) -> None:
        self.entries = entries
        self.mixed: set[tuple[str, str]] = set()
        self.found: list[Positions] = []  # the smaller entry times ``entries``, plus the larger one
        self.held, self.left = 0, MOST

    def mix(self, left: Iterable[str], right: Iterable[str]) -> None:
        """Every entry of these variables may meet every one of those."""
        for a, b in product(left, right):
            self.mixed |= {(a, b), (b, a)}

    def add(self, a: Lists, b: Lists) -> bool:
        """Entries in the same row of both meet; False, and nothing is done, where that is too much work."""
        cost = cost_of_pairs(a, b)
        if cost > self.left:
            return False
        left, right = pairs(a, b)
        keys = different(np.minimum(left, right) * self.entries + np.maximum(left, right), self.entries**2)
        self.found.append(keys)
        self.held += len(keys)
        if len(self.found) > 1 and self.held > 2 * len(self.found[0]):
            self.found = [different(np.concatenate(self.found), self.entries**2)]
            self.held = len(self.found[0])
        self.left = MOST - self.held
        return True

    def all(self) -> tuple[Positions, Positions]:
        """Both entries of each pair, the smaller one first."""
        keys = different(np.concatenate([*self.found, np.empty(0, dtype=np.int64)]), self.entries**2)
        rows = keys // max(self.entries, 1)
        return rows, keys - rows * self.entries
