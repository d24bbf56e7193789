"""Calls in an order in which few results are in use at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from gradcli.engine.order import thrifty


def most_in_use(order: Sequence[int], inputs: Mapping[int, Sequence[int]], kept: Sequence[int]) -> int:
    last = {one: at for at, result in enumerate(order) for one in inputs[result]}
    ends = {result: len(order) if result in kept else last.get(result, at) for at, result in enumerate(order)}
    return max(sum(order.index(r) <= at < ends[r] for r in order) for at in range(len(order)))


def test_sums_are_added_as_soon_as_their_terms_are_there() -> None:
    """Four terms of column 0, then their sum term by term: two results in use in place of four."""
    inputs = {1: (0,), 2: (0,), 3: (0,), 4: (0,), 5: (1, 2), 6: (5, 3), 7: (6, 4)}
    assert most_in_use(list(inputs), inputs, [7]) == 4
    order = thrifty(inputs, [7])
    assert order == [1, 2, 5, 3, 6, 4, 7]
    assert most_in_use(order, inputs, [7]) == 2


@pytest.mark.parametrize("seed", range(20))
def test_every_result_comes_once_and_after_its_inputs(seed: int) -> None:
    draw = np.random.default_rng(seed)
    inputs = {k: tuple(draw.integers(0, k, draw.integers(1, 4)).tolist()) for k in range(3, 60)}
    order = thrifty(inputs, draw.choice(list(inputs), 5).tolist())
    assert sorted(order) == list(inputs)
    there = {0, 1, 2}
    for result in order:
        assert there.issuperset(inputs[result])
        there.add(result)
