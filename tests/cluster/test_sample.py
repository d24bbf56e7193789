"""Samples of parts, merged: each item of all parts has the same chance, whatever order they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import permutations

import pytest

from gradcli.commands.tables.partitioned import Total
from gradcli.commands.tables.reservoir import Merged, Reservoir

SIZES = (3, 40, 200)  # of parts; a sample of a part has at most ROOM items
ROOM, SEEDS = 6, 3000


def sampled(seed: int) -> list[tuple[int, list[tuple[int, int]], int]]:
    """Of each part its number, its sample, and how many items it has."""
    found = []
    for part, size in enumerate(SIZES):
        kept: Reservoir[tuple[int, int]] = Reservoir(ROOM, (seed, part))
        for place, slot in kept.places(size):
            kept.put(slot, (part, place))
        found.append((part, kept.items, kept.seen))
    return found


def merged(seed: int, order: tuple[int, ...] = (0, 1, 2)) -> list[tuple[int, int]]:
    whole: Merged[tuple[int, int]] = Merged(ROOM, seed)
    parts = sampled(seed)
    for at in order:
        whole.add(*parts[at])
    return whole.items


def in_turn(seed: int) -> list[tuple[int, int]]:
    """A fault: each part has as many items in the sample as another."""
    return [item for _, items, _ in sampled(seed) for item in items[: ROOM // len(SIZES)]]


def is_fair(sample: Callable[[int], list[tuple[int, int]]]) -> bool:
    """Are parts, and the items of the second, drawn as often as their share says, to five standard deviations?"""
    drawn = [item for seed in range(SEEDS) for item in sample(seed)]
    parts, places = Counter(part for part, _ in drawn), Counter(place for part, place in drawn if part == 1)
    shares = [(parts[part], size / sum(SIZES)) for part, size in enumerate(SIZES)]
    shares += [(places[place], 1 / sum(SIZES)) for place in range(SIZES[1])]
    return all(abs(count - len(drawn) * share) < 5 * (len(drawn) * share) ** 0.5 for count, share in shares)


def test_each_item_has_the_same_chance() -> None:
    assert is_fair(merged)


def test_an_unfair_sample_would_be_seen() -> None:
    assert not is_fair(in_turn)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_parts_is_nothing(order: tuple[int, ...]) -> None:
    assert sorted(merged(7, order)) == sorted(merged(7))


def test_few_items_are_all_there() -> None:
    whole: Merged[int] = Merged(ROOM, 0)
    whole.add(0, [1, 2], 2)
    whole.add(1, [3], 1)
    assert sorted(whole.items) == [1, 2, 3]


def test_different_instructions_are_said() -> None:
    total = Total(seed=0, rows=3, instructions={"x86_64 avx2", "x86_64 avx512f"})
    assert total.notes == [
        "the machines have different instructions, so that last digits may differ: x86_64 avx2; x86_64 avx512f"
    ]
    assert Total(seed=0, rows=3, instructions={"x86_64 avx2"}).notes == []
