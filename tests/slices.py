"""Large generated sets: a seeded slice of each by default, everything with ``--all``.

A parametrized test marked ``@pytest.mark.generated(share=1 / 4)`` runs for a random quarter of its parameters; a test
that makes its own cases asks the fixture ``draw`` how many. The slice is the same for the same ``--seed``. With
``kind=lambda case: case.cause``, a function of the parameters, it has a case of every kind, however small the share.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import pytest

SEED = 2026
ALL = 8  # times as many random cases with --all


@dataclass(frozen=True, slots=True)
class Draw:
    """The part of a test's generated cases that this run takes."""

    name: str
    seed: int
    whole: bool

    def generators(self, count: int) -> Iterator[tuple[int, random.Random]]:
        """The number of each case and its source of randomness: so many cases, with ``--all`` ALL times as many."""
        for number in range(count * (ALL if self.whole else 1)):
            yield number, random.Random(f"{self.seed}:{self.name}:{number}")  # noqa: S311 - cases of a test

    def count(self, some: int, everything: int) -> int:
        """How many cases of a set that is made in order."""
        return everything if self.whole else some


def draw_of(item: pytest.Item) -> Draw:
    """The random cases of a test in this run."""
    return Draw(item.name, item.config.getoption("--seed"), item.config.getoption("--all"))


def kind_of(item: pytest.Item) -> Hashable:
    """What the marker of a generated test calls the kind of this case."""
    marker = item.get_closest_marker("generated")
    kind = marker.kwargs.get("kind") if marker else None
    return kind(**item.callspec.params) if kind else None  # type: ignore[attr-defined]  # of a parametrized test


def parts(items: Sequence[pytest.Item], seed: int) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Items that a slice keeps, and those that it leaves out; of every kind of a marked test at least one is kept.

    What decides is the file and the parameters, so that tests of one file keep the same entries of a corpus and can
    share what is computed for them.
    """
    shares: dict[str, float] = {}  # by item: how small a share it would still be in, 0 where it is in any
    for item in items:
        if item.get_closest_marker("generated"):
            file, _, test = item.nodeid.partition("::")
            shares[item.nodeid] = random.Random(f"{seed}:{file}:{test.partition('[')[2]}").random()  # noqa: S311
    least: dict[tuple[str, Hashable], str] = {}
    for item in sorted((item for item in items if item.nodeid in shares), key=lambda item: shares[item.nodeid]):
        least.setdefault((item.nodeid.partition("[")[0], kind_of(item)), item.nodeid)
    first = set(least.values())

    def kept(item: pytest.Item) -> bool:
        marker = item.get_closest_marker("generated")
        return marker is None or shares[item.nodeid] < marker.kwargs["share"] or item.nodeid in first

    chosen = [item for item in items if kept(item)]
    left_out = [item for item in items if not kept(item)]
    return chosen, left_out
