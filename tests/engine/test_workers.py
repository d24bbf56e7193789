"""Rows that threads share, a tile at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gradcli.engine.flags import UNDEFINED
from gradcli.engine.workers import Tiles, flag_undefined


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 100])
def test_each_row_is_taken_once(rows: int, threads: int) -> None:
    tiles = Tiles(rows, 8)
    taken: list[int] = []

    def work() -> None:
        for tile in tiles:
            taken.extend(range(tile.start, tile.stop))

    tiles.run(work, threads)
    assert sorted(taken) == list(range(rows))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interruption_leaves_torch_as_it_was_and_the_other_workers_without_rows(threads: int) -> None:
    tiles, before = Tiles(10**6, 1), torch.get_num_threads()

    def work() -> None:
        for tile in tiles:
            if tile.start == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiles.run(work, threads)
    assert torch.get_num_threads() == before
    if threads > 1:
        assert list(tiles) == []


def test_a_row_is_flagged_for_any_of_its_numbers() -> None:
    flags = np.array([0, 4, 0], dtype=np.uint8)
    flag_undefined(flags, [torch.ones(3), torch.tensor([[1.0, 2.0], [3.0, torch.inf], [0.0, 1.0]])])
    assert flags.tolist() == [0, 4 | UNDEFINED, 0]
