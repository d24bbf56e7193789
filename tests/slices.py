"""Large generated sets: a seeded slice of each by default, everything with ``--all``.

A parametrized test marked ``@pytest.mark.generated(share=1 / 4)`` runs for a random quarter of its parameters; a test
that makes its own cases asks the fixture ``draw`` how many. The slice is the same for the same ``--seed``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

SEED = 2026
ALL = 10  # times as many random cases with --all


@dataclass(frozen=True, slots=True)
class Draw:
    """The part of a test's generated cases that this run takes."""

    name: str
    seed: int
    whole: bool

    def generators(self, count: int) -> Iterator[tuple[int, random.Random]]:
        """The number of each case and its source of randomness: so many cases, with ``--all`` ten times as many."""
        for number in range(count * (ALL if self.whole else 1)):
            yield number, random.Random(f"{self.seed}:{self.name}:{number}")  # noqa: S311 - cases of a test

    def count(self, some: int, everything: int) -> int:
        """How many cases of a set that is made in order."""
        return everything if self.whole else some


def parts(items: Sequence[pytest.Item], seed: int) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Items that a slice keeps, and those that it leaves out; of every marked test at least one is kept."""
    sets: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("generated"):
            sets.setdefault(item.nodeid.partition("[")[0], []).append(item)
    left_out: set[str] = set()
    for name, members in sets.items():
        marker = members[0].get_closest_marker("generated")
        assert marker is not None
        wanted = max(1, round(len(members) * marker.kwargs["share"]))
        kept = random.Random(f"{seed}:{name}").sample(range(len(members)), wanted)  # noqa: S311 - cases of a test
        left_out |= {members[k].nodeid for k in set(range(len(members))) - set(kept)}
    return [i for i in items if i.nodeid not in left_out], [i for i in items if i.nodeid in left_out]
