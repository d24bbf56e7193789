"""Patterns of zeros hold: where a second route, dense differences of the formula, is not 0 they have an entry; and they
are no larger than they have to be where that is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from sparse.patterns import SPARSE, entries, structure, too_small

from gradcli.inputs.prepare import prepare
from gradcli.meaning.sparsity import arithmetic, meetings
from gradcli.meaning.sparsity.lists import Lists, union
from gradcli.meaning.sparsity.structure import structure_of

VECTORS = ("x", "y", "x[::-1]", "roll(x, 2)", "A @ x", "A.T @ y", "W @ x", "u*x", "x*y", "x/y", "sin(x)", "where(u > 1, x, y)", "max(x, y)", "max(x, 2)",
           "cumsum(x)", "softmax(y)", "gather(x, 0, [5, 0, 1, 1, 2, 3])", "pad(x[2:5], (1, 2))", "sort(y)", "diag(outer(x, y))", "x @ A", "s*x", "pad(x[2:5], (1, 2), 'constant', 1/2)", "diagonal_along(outer(x, y), 0, 0, 1)",
           "flatten(sum(X, 1)*ones(2, 1))", "diag(x) @ A @ y", "flatten(B[:, :, 0])", "flatten(einsum('bij,bj->bi', B, Y))", "sum(A*x, 1)", "norm(x)*y", "x*0",
           "flatten(softmax(X, 0)[:2, :3])", "pad(np.diff(x), (0, 1))", "concat([gather(x, 0, i), y[:2]])", "flatten(inv(B)[:, 0])",
           "flatten(amax(X, 0)[:2]*[[1], [2], [3]])")  # fmt: skip
TOGETHER = ("{0} + {1}", "{0}*{1}", "{0}/(2 + {1}**2)", "A @ ({0}*{1})", "u*{0} - {1}", "where(u > 0, {0}, {1})", "exp(-{0}**2)*({1})[0]", "sqrt(abs({0}) + 1)",
            "cumsum({0})", "({0})[1:]*({1})[:-1]", "outer({0}, {1})[1:3]", "dot({0}, {1})", "{0} @ A @ {1}", "sum({0}*u)", "prod(({0})[:2])*{1}",
            "logsumexp({0}, 0)", "reshape({0}, 2, 3) @ reshape({1}, 3, 2)", "std(reshape({0}, 2, 3), 0)", "mse_loss({0}, {1})")  # fmt: skip


def formulas(count: int, seed: int) -> list[str]:
    """Formulas of formulas, all of vectors of six entries, the outermost of any shape."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        first = str(rng.choice(TOGETHER[:9])).format(*(f"({rng.choice(VECTORS)})" for _ in range(2)))
        made.append(str(rng.choice(TOGETHER)).format(f"({first})", f"({rng.choice(VECTORS)})"))
    return made


def test_all_vectors_have_six_entries() -> None:
    for expression in VECTORS:
        assert structure(expression, 1)[1].task.output == (6,), expression


@pytest.mark.parametrize("seed", range(10))
def test_no_pattern_is_too_small(seed: int) -> None:
    for expression in (*VECTORS[seed::10], *formulas(12, seed)):
        assert too_small(expression) == [], seed


def test_a_pattern_that_is_too_small_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings.Meetings, "add", lambda *_: True)
    assert too_small("x @ A @ x") != []
    monkeypatch.undo()
    monkeypatch.setattr(arithmetic, "_zeros", lambda op, given, shape: np.arange(np.prod(shape)) == 0)
    assert too_small("x*y") != []


DIAGONAL = [(k, k) for k in range(6)]


@pytest.mark.parametrize(("expression", "expected"), [
    ("where(u > 0, x, sin(u)*x)", [(0, 0), (2, 2), (5, 5)]), ("where(u > 0, x, 0)", [(0, 0), (2, 2), (5, 5)]), ("gather(x, 0, i*2 - i)[:2]", [(0, 0), (1, 2)]),
    ("(eye(6)*2) @ x", DIAGONAL), ("kron(eye(3), [[1, 0], [1, 1]]) @ x", [(k, k) for k in range(6)] + [(k + 1, k) for k in (0, 2, 4)]),
    ("u*x", [(0, 0), (2, 2), (5, 5)]),
    ("sum(reshape(x, 2, 3), 1)", [(r, 3 * r + c) for r in range(2) for c in range(3)]),
    ("softmax(reshape(x, 2, 3), 0)", [(3 * r + c, 3 * k + c) for r in range(2) for c in range(3) for k in range(2)]),
    ("gather(x, 0, i)", [(0, 0), (1, 2), (2, 2), (3, 5)]),
    ("A @ x", list(zip(*(at.tolist() for at in np.nonzero(SPARSE)), strict=True))),
    ("A.T @ x", list(zip(*(at.tolist() for at in np.nonzero(SPARSE.T)), strict=True))),
    ("max(x, 2)", DIAGONAL),
])  # fmt: skip
def test_patterns_of_jacobians(expression: str, expected: list[tuple[int, int]]) -> None:
    assert sorted(entries(expression, 1)["x",]) == sorted(expected)


SYMMETRIC = np.nonzero(SPARSE + SPARSE.T)
CHAIN = [(a, b) for a in range(6) for b in range(6) if abs(a - b) <= 1]


@pytest.mark.parametrize(("expression", "expected"), [
    ("x @ A @ x", list(zip(*(at.tolist() for at in SYMMETRIC), strict=True))),
    ("einsum('i,ij,j->', x, A, x)", list(zip(*(at.tolist() for at in SYMMETRIC), strict=True))),
    ("sum(x) + dot(u, x)", []),
    ("sum(exp(u*x))", [(0, 0), (2, 2), (5, 5)]),
    ("sum((x[1:] - x[:-1])**2)", CHAIN),
    ("sum(logsumexp(reshape(x, 2, 3), 1))", [(a, b) for a in range(6) for b in range(6) if a // 3 == b // 3]),
    ("sum(prod(reshape(x, 3, 2), 1))", [(a, b) for a in range(6) for b in range(6) if a // 2 == b // 2]),
    ("sum(gather(x, 0, i)*gather(x, 0, j))", [(0, 1), (0, 2), (1, 0), (2, 0), (2, 2), (4, 5), (5, 4)]),
    ("mse_loss(x[1:], x[:-1])", CHAIN),
    ("norm(x)", [(a, b) for a in range(6) for b in range(6)]),
])  # fmt: skip
def test_patterns_of_hessians(expression: str, expected: list[tuple[int, int]]) -> None:
    found = entries(expression, 2)["x", "x"]
    assert sorted(found) == sorted(expected)


def test_blocks_of_matrices() -> None:
    """Each matrix of a batch by itself."""
    assert sorted(entries("sum(log(det(B)))", 2)["B", "B"]) == [
        (a, b) for a in range(12) for b in range(12) if a // 4 == b // 4
    ]
    found = entries("sum(einsum('bij,bj->bi', B, Y)**2)", 2)
    assert sorted(found["Y", "Y"]) == [(a, b) for a in range(6) for b in range(6) if a // 2 == b // 2]


def test_values_of_constants_count_only_where_they_are_given() -> None:
    found, _ = structure("A @ x", 1, values=False)
    pattern = found.jacobian("x")
    assert pattern is None or len(pattern[0]) == 36


def test_what_is_too_much_counts_as_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "MOST", 10)
    assert entries("norm(x)", 2)["x", "x"] is None
    assert entries("sum(x**2)", 2)["x", "x"] == DIAGONAL


def shapes(count: int) -> Mapping[str, tuple[int, ...]]:
    return {"x": (count,)}


def test_large_ones_are_counted_before_they_are_made() -> None:
    """A million entries; nothing that is quadratic is tried."""
    program = prepare("sum(sin(x[1:])*x[:-1]) + exp(sum(x))", {"x": np.ones(3)}, None, seed=0, unused=True).program
    assert structure_of(program, shapes(10**6), ("x",), 2).hessian("x", "x") is None
    program = prepare("sum(sin(x[1:])*x[:-1])", {"x": np.ones(3)}, None, seed=0, unused=True).program
    found = structure_of(program, shapes(10**6), ("x",), 2).hessian("x", "x")
    assert found is not None
    assert len(found[0]) == 2 * (10**6 - 1) + 10**6 - 1


def test_lists() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        rows, below, count = int(rng.integers(1, 8)), int(rng.integers(1, 60)), int(rng.integers(0, 30))
        at, to = rng.integers(0, rows, count), rng.integers(0, below, count)
        plain = [sorted({int(t) for a, t in zip(at, to, strict=True) if a == row}) for row in range(rows)]
        lists = Lists.of_pairs(at, to, (rows, below))

        def said(one: Lists) -> list[list[int]]:
            return [one.indices[one.indptr[k] : one.indptr[k + 1]].tolist() for k in range(one.rows)]

        assert said(lists) == plain
        order = rng.integers(-1, rows, 9)
        assert said(lists.take(order)) == [[] if k < 0 else plain[k] for k in order]
        assert lists.cost_of(order) == sum(map(len, said(lists.take(order))))
        other = Lists.of_each(rng.integers(0, below, rows))
        assert said(union([lists, other], below)) == [sorted({*a, *b}) for a, b in zip(plain, said(other), strict=True)]
        third = Lists.of_each(rng.integers(0, below, rows))
        assert said(union([other, third], below)) == [
            sorted({*a, *b}) for a, b in zip(said(other), said(third), strict=True)
        ]
        labels = rng.integers(0, 3, rows)
        merged = [sorted({t for k in range(rows) if labels[k] == label for t in plain[k]}) for label in range(3)]
        assert said(lists.merged(labels, (3, below))) == merged
