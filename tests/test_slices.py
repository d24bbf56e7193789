"""Slices of generated sets: seeded, the same entries for each test of a file, and never empty."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from slices import ALL, Draw, parts


@dataclass(frozen=True)
class Item:
    """As much of a test as a slice looks at."""

    nodeid: str
    share: float | None = None
    callspec: SimpleNamespace | None = None

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        given = {"share": self.share} | ({"kind": lambda n: n % 10} if self.callspec else {})
        return None if self.share is None else pytest.Mark(name, (), given, _ispytest=True)


def kept(share: float, seed: int, test: str = "test_x") -> list[str]:
    """The parameters that a slice keeps, of a hundred."""
    items = [Item(f"tests/a.py::{test}[{n}]", share) for n in range(100)]
    chosen, left_out = parts(items, seed)
    assert sorted([*chosen, *left_out], key=items.index) == items
    return [item.nodeid.partition("[")[2] for item in chosen]


def test_a_slice_is_the_same_for_the_same_seed() -> None:
    assert kept(0.25, 1) == kept(0.25, 1) != kept(0.25, 2)
    assert 10 < len(kept(0.25, 1)) < 40
    assert kept(1.0, 1) == [f"{n}]" for n in range(100)]


def test_tests_of_one_file_keep_the_same_entries() -> None:
    assert kept(0.25, 1, "test_y") == kept(0.25, 1)
    assert set(kept(0.1, 1)) < set(kept(0.25, 1))


def test_one_is_always_kept_and_what_is_no_set_is_no_slice() -> None:
    assert len(kept(0.0, 1)) == 1
    plain = Item("tests/a.py::test_z[1]")
    assert parts([plain], 1) == ([plain], [])


def test_one_of_each_kind_is_kept() -> None:
    items = [Item(f"tests/a.py::test_x[{n}]", 0.0, SimpleNamespace(params={"n": n})) for n in range(100)]
    numbers = [item.callspec.params["n"] for item in parts(items, 1)[0]]
    assert sorted(n % 10 for n in numbers) == list(range(10))


def test_random_cases_are_the_same_for_the_same_seed_and_more_with_all() -> None:
    some, again, other, more = (
        [(number, generator.random()) for number, generator in Draw("t", seed, whole).generators(5)]
        for seed, whole in ((1, False), (1, False), (2, False), (1, True))
    )
    assert some == again == more[:5] != other
    assert len(more) == 5 * ALL
    assert (Draw("t", 1, False).count(3, 9), Draw("t", 1, True).count(3, 9)) == (3, 9)
