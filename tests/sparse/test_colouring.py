"""Colourings have the property that defines them, told here by its definition; and as few colours as theory gives."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from gradcli.base.sparse import Positions
from gradcli.meaning.colouring import symmetric as symmetric_room
from gradcli.meaning.colouring.acyclic import acyclic, substituted
from gradcli.meaning.colouring.bidirectional import bidirectional
from gradcli.meaning.colouring.groups import grouped, grouped_blocks
from gradcli.meaning.colouring.orders import ORDERS
from gradcli.meaning.colouring.star import low_hubs, recovered, star
from gradcli.meaning.colouring.symmetric import symmetric
from gradcli.meaning.sparsity.lists import Lists

Pattern = np.ndarray[Any, np.dtype[np.bool_]]  # Any: shapes are not typed

MANY = 10**6


def places(pattern: Pattern) -> tuple[Positions, Positions]:
    rows, columns = np.nonzero(pattern)
    return rows, columns


def lists_of(pattern: Pattern) -> Lists:
    return Lists.of_pairs(*places(pattern), pattern.shape)


def graph_of(pattern: Pattern) -> Lists:
    return lists_of(pattern & ~np.eye(len(pattern), dtype=bool))


# -- the properties, by their definitions


def shares_no_column(pattern: Pattern, colours: Positions) -> bool:
    return all(
        not (pattern[a] & pattern[b]).any() for a, b in combinations(range(len(pattern)), 2) if colours[a] == colours[b]
    )


def paths(pattern: Pattern, length: int) -> Iterator[tuple[int, ...]]:
    """All simple paths of so many vertices."""
    near = [set(np.flatnonzero(row).tolist()) - {k} for k, row in enumerate(pattern)]
    found: list[tuple[int, ...]] = [(k,) for k in range(len(pattern))]
    for _ in range(length - 1):
        found = [(*path, w) for path in found for w in near[path[-1]] if w not in path]
    yield from found


def is_proper(pattern: Pattern, colours: Positions) -> bool:
    return all(colours[a] != colours[b] for a, b in paths(pattern, 2))


def is_star(pattern: Pattern, colours: Positions) -> bool:
    return is_proper(pattern, colours) and all(len({colours[v] for v in path}) > 2 for path in paths(pattern, 4))


def is_acyclic(pattern: Pattern, colours: Positions) -> bool:
    """The vertices of any two colours have fewer edges than vertices, in each connected part."""
    if not is_proper(pattern, colours):
        return False
    for pair in combinations(set(colours.tolist()), 2):
        part = {v: v for v in range(len(pattern)) if colours[v] in pair}
        for a in part:
            for b in part:
                if b < a and pattern[a, b]:
                    if part[a] == part[b]:
                        return False
                    part = {v: part[a] if label == part[b] else label for v, label in part.items()}
    return True


def test_the_properties_tell_wrong_colourings() -> None:
    line = np.eye(4, dtype=bool) | np.eye(4, k=1, dtype=bool) | np.eye(4, k=-1, dtype=bool)
    ring = line | np.eye(4, k=3, dtype=bool) | np.eye(4, k=-3, dtype=bool)
    two, three = np.array([0, 1, 0, 1]), np.array([0, 1, 2, 0])
    assert not is_star(line, two)
    assert is_star(line, three)
    assert is_acyclic(line, two)
    assert not is_acyclic(ring, two)
    assert not is_proper(line, np.array([0, 0, 1, 2]))
    assert not shares_no_column(line, np.array([0, 1, 0, 1]))
    assert shares_no_column(line, np.array([0, 1, 2, 0]))


# -- patterns


def band(n: int, half: int) -> Pattern:
    at = np.arange(n)
    return np.asarray(np.abs(at[:, None] - at) <= half)


def arrow(n: int) -> Pattern:
    found = np.eye(n, dtype=bool)
    found[0] = found[:, 0] = True
    return found


def grid(n: int, m: int) -> Pattern:
    i, j = np.divmod(np.arange(n * m), m)
    return np.asarray(np.abs(i[:, None] - i) + np.abs(j[:, None] - j) <= 1)


def with_dense_row(pattern: Pattern, row: int) -> Pattern:
    found = pattern.copy()
    found[row] = True
    return found


def blocks(count: int, size: int) -> Pattern:
    return np.asarray(np.kron(np.eye(count, dtype=bool), np.ones((size, size), dtype=bool)))


def random_symmetric(seed: int) -> Pattern:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 14))
    half = rng.random((n, n)) < rng.choice([0.05, 0.15, 0.3, 0.6])
    return np.asarray(half | half.T)


def random_rectangle(seed: int) -> Pattern:
    rng = np.random.default_rng(seed)
    found = rng.random((int(rng.integers(1, 15)), int(rng.integers(1, 15)))) < rng.choice([0.05, 0.2, 0.5])
    if seed % 3 == 0:
        found[rng.integers(len(found))] = True
    if seed % 4 == 0:
        found[:, rng.integers(found.shape[1])] = True
    return found


SYMMETRIC = [
    np.zeros((0, 0), dtype=bool), np.zeros((5, 5), dtype=bool), np.eye(4, dtype=bool), np.ones((6, 6), dtype=bool), band(9, 1), band(9, 2), arrow(8),
    grid(4, 4), blocks(3, 3), *map(random_symmetric, range(60)),
]  # fmt: skip
RECTANGLES = [
    np.zeros((0, 3), dtype=bool), np.zeros((3, 0), dtype=bool), np.zeros((4, 6), dtype=bool), np.ones((3, 7), dtype=bool), arrow(9),
    with_dense_row(band(9, 1), 4), with_dense_row(band(9, 1), 4).T, blocks(4, 2), *map(random_rectangle, range(80)),
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_colourings_have_their_property(order) -> None:  # type: ignore[no-untyped-def]  # an Order
    for k, pattern in enumerate(SYMMETRIC):
        graph = graph_of(pattern)
        at = order(graph)
        assert sorted(at.tolist()) == list(range(len(pattern))), k
        direct, indirect = star(graph, at, MANY), acyclic(graph, at, MANY)
        assert direct is not None
        assert indirect is not None
        assert is_star(pattern, direct), k
        low = low_hubs(graph, at, MANY)
        assert low is not None
        assert is_star(pattern, low), k
        assert is_acyclic(pattern, indirect), k


def test_every_entry_of_a_symmetric_matrix_comes_back() -> None:
    rng = np.random.default_rng(0)
    for k, pattern in enumerate(SYMMETRIC):
        rows, columns = places(pattern)
        matrix = np.where(pattern, rng.normal(size=pattern.shape), 0)
        matrix += matrix.T
        graph = graph_of(pattern)
        at = np.arange(len(pattern))
        for colouring, recover in ((star, recovered), (acyclic, substituted)):
            colours = colouring(graph, at, MANY)
            assert colours is not None
            seeds = colours == np.arange(int(colours.max(initial=-1)) + 1)[:, None]
            found = recover(rows, columns, colours, seeds @ matrix)
            np.testing.assert_allclose(found, matrix[rows, columns], rtol=0, atol=1e-13, err_msg=str(k))


def test_every_entry_of_a_jacobian_comes_back() -> None:
    rng = np.random.default_rng(0)
    for k, pattern in enumerate(RECTANGLES):
        n = pattern.shape[1]
        rows, columns = places(pattern)
        matrix = np.where(pattern, rng.normal(size=pattern.shape), 0)
        alone = grouped(lists_of(pattern), n, MANY)
        assert alone is not None
        assert shares_no_column(pattern, alone), k
        for forward in (True, False):
            passes = bidirectional(lists_of(pattern), n, MANY, forward=forward)
            assert passes is not None
            assert passes.forward == 0 or forward
            assert passes.count <= int(alone.max(initial=-1)) + 1
            backward = (passes.rows == np.arange(passes.backward)[:, None]) @ matrix
            ahead = (passes.columns == np.arange(passes.forward)[:, None]) @ matrix.T
            found = passes.entries(rows, columns, backward, ahead)
            np.testing.assert_allclose(found, matrix[rows, columns], rtol=0, atol=1e-13, err_msg=str(k))


@pytest.mark.parametrize(("pattern", "count"), [
    (np.eye(30, dtype=bool), 1), (band(30, 1), 3), (band(30, 2), 5), (arrow(30), 2), (blocks(5, 4), 4), (grid(6, 6), 5),
    (np.zeros((5, 5), dtype=bool), 1), (np.ones((6, 6), dtype=bool), 6),
])  # fmt: skip
def test_known_numbers_of_products_for_hessians(pattern: Pattern, count: int) -> None:
    """Bands of half width k: 2*k + 1 (Coleman and More 1984); the star chromatic number of grids: 5 (Fertin, Raspaud and
    Reed 2004)."""
    found = symmetric(*places(pattern), len(pattern), MANY)
    assert found is not None
    assert (found.count, found.direct) == (count, True)


@pytest.mark.parametrize(("pattern", "backward", "forward"), [
    (np.eye(30, dtype=bool), 1, 0), (band(30, 1), 3, 0), (arrow(30), 1, 2), (with_dense_row(band(30, 1), 7), 4, 0),
    (with_dense_row(band(30, 1), 7).T, 0, 4), (np.ones((3, 30), dtype=bool), 3, 0), (np.ones((30, 3), dtype=bool), 0, 3),
    (with_dense_row(with_dense_row(band(30, 1), 7).T, 9), 1, 4),
])  # fmt: skip
def test_known_numbers_of_passes_for_jacobians(pattern: Pattern, backward: int, forward: int) -> None:
    found = bidirectional(lists_of(pattern), pattern.shape[1], MANY)
    assert found is not None
    assert (found.backward, found.forward) == (backward, forward)


def test_substitution_stands_in_where_products_would_be_too_many() -> None:
    found = symmetric(*places(band(30, 1)), 30, 2)
    assert found is not None
    assert (found.count, found.direct) == (2, False)
    assert symmetric(*places(np.ones((6, 6), dtype=bool)), 6, 5) is None
    assert bidirectional(lists_of(np.ones((6, 6), dtype=bool)), 6, 5) is None


def test_what_a_count_of_entries_refuses_no_colouring_does() -> None:
    """As many products as a colouring takes are never said to be too few; all pairs take one for each row."""
    for seed in range(60):
        pattern = random_symmetric(seed)
        rows, columns = places(pattern)
        found = symmetric(rows, columns, len(pattern), len(pattern))
        assert found is not None
        assert symmetric(rows, columns, len(pattern), found.count) is not None, seed
        pattern = random_rectangle(seed)
        passes = bidirectional(lists_of(pattern), pattern.shape[1], sum(pattern.shape))
        assert passes is not None
        assert bidirectional(lists_of(pattern), pattern.shape[1], passes.count) is not None, seed
    whole = np.ones((3_000, 3_000), dtype=bool)
    assert symmetric(*places(whole), 3_000, 1_000) is None
    assert bidirectional(lists_of(whole), 3_000, 1_000) is None


def test_a_better_order_is_found() -> None:
    """A line whose vertices are numbered at random: in that order a star colouring takes more than three colours."""
    shuffled = np.random.default_rng(1).permutation(60)
    line = band(60, 1)[np.ix_(shuffled, shuffled)]
    plain = star(graph_of(line), np.arange(60), MANY)
    assert plain is not None
    found = symmetric(*places(line), 60, MANY)
    assert found is not None
    assert found.count < plain.max() + 1


def test_patterns_side_by_side() -> None:
    diagonal = (np.arange(5), np.arange(5))
    two = (np.repeat(np.arange(5), 2), np.repeat(np.arange(5), 2) + np.tile([0, 1], 5))
    full = (np.repeat(np.arange(5), 5), np.tile(np.arange(5), 5))
    for patterns, widths, expected in (
        ([diagonal], [5], [0] * 5),
        ([two], [6], [0, 1, 0, 1, 0]),
        ([full], [5], None),
        ([diagonal, None, two], [5, 9, 6], [0, 1, 0, 1, 0]),
    ):
        found = grouped_blocks(patterns, widths, 5, 4)
        assert (None if found is None else found.tolist()) == expected
    found = grouped_blocks([], [], 3, 4)
    assert found is not None
    assert found.tolist() == [0, 0, 0]


def test_a_planted_fault_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a colouring that is only proper, entries come back wrong."""
    for way in ("star", "low_hubs"):
        monkeypatch.setattr(symmetric_room, way, lambda graph, order, most: np.arange(graph.rows) % 2)
    pattern = band(9, 1)
    matrix = np.where(pattern, 1.0 + np.arange(81).reshape(9, 9), 0)
    matrix += matrix.T
    found = symmetric(*places(pattern), 9, MANY)
    assert found is not None
    assert not is_star(pattern, found.colours)
    products = (found.colours == np.arange(2)[:, None]) @ matrix
    assert not np.allclose(found.entries(*places(pattern), products), matrix[pattern])
