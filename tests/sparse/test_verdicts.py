"""The check of sparse derivatives: what is right agrees, and every fault that is planted is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sparse.sums import Case, arrow, case, reaction, rosenbrock, weighted

from gradcli.base.sparse import SparseMatrix
from gradcli.verdicts.sparse import check as checking
from gradcli.verdicts.verdict import Finding, Verdict

N = 60  # of which the Hessian is too large to be checked as a dense one
CASES = {"rosenbrock": rosenbrock, "reaction": reaction, "arrow": arrow, "weighted": weighted}


@pytest.fixture(scope="module", params=CASES)
def right(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param](N)


def test_what_is_right_agrees(right: Case) -> None:
    found = right.check()
    assert found.verdict is Verdict.AGREES
    assert found.digits is not None
    assert found.digits > 10
    assert found.total == sum(block.nnz for block in right.blocks.values())
    assert 8 <= found.checked < found.total
    assert not found.findings


@pytest.mark.parametrize("seed", range(20))
def test_the_same_is_said_again(seed: int) -> None:
    made = rosenbrock(N, seed)
    assert made.check(seed=seed) == made.check(seed=seed)
    assert made.check(seed=seed).verdict is Verdict.AGREES


def test_without_a_check_nothing_is_said(right: Case) -> None:
    assert right.check(mode="off").verdict is Verdict.UNCHECKED


@pytest.mark.parametrize("seed", range(10))
def test_one_wrong_entry_is_seen(right: Case, seed: int) -> None:
    draw = np.random.default_rng(seed)
    label, block = list(right.blocks.items())[seed % len(right.blocks)]
    data = block.data.copy()
    k = int(draw.integers(0, len(data)))
    data[k] *= 1 + 3e-10  # the last 6 of 16 digits
    found = right.with_block(replace(block, data=data), label).check(seed=seed)
    assert found.verdict is Verdict.DIFFERS
    assert found.findings[0].torch == data[k]
    assert found.findings[0].true == pytest.approx(block.data[k], rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_missing_entry_is_seen(right: Case, seed: int) -> None:
    draw = np.random.default_rng(seed)
    label, block = list(right.blocks.items())[seed % len(right.blocks)]
    kept = np.arange(block.nnz) != draw.integers(0, block.nnz)
    less = SparseMatrix.of_triples(block.rows[kept], block.indices[kept], block.data[kept], block.shape)
    assert right.with_block(less, label).check(seed=seed).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("seed", range(10))
def test_an_entry_in_the_next_column_is_seen(right: Case, seed: int) -> None:
    draw = np.random.default_rng(seed)
    label, block = list(right.blocks.items())[seed % len(right.blocks)]
    columns = block.indices.copy()
    k = int(draw.integers(0, block.nnz))
    columns[k] = (columns[k] + 1) % block.shape[1]
    moved = SparseMatrix.of_triples(block.rows, columns, block.data, block.shape)
    assert right.with_block(moved, label).check(seed=seed).verdict is Verdict.DIFFERS


def test_a_doubled_diagonal_is_seen() -> None:
    for made in (rosenbrock(N), arrow(N)):
        (block,) = made.blocks.values()
        data = np.where(block.rows == block.indices, 2 * block.data, block.data)
        assert made.with_block(replace(block, data=data)).check().verdict is Verdict.DIFFERS


def test_a_transposed_block_is_seen() -> None:
    made = weighted(N)
    block = made.blocks["x", "y"]
    assert made.with_block(block.T, ("x", "y")).check().verdict is Verdict.DIFFERS


def by_templates(made: Case) -> Case:
    """The derivative that wrong templates give."""
    total = made.blocks["x", "x"].shape[0]
    rows, columns, data = [], [], []
    for template in made.templates:
        a, b = template.slots
        rows += [a.entries, b.entries, a.entries, b.entries]
        columns += [a.entries, b.entries, b.entries, a.entries]
        x, y = a.numbers, b.numbers
        data += [200 + 0 * x, 1200 * y * y - 400 * x + 2, -400 * y, -400 * y]
    return made.with_block(
        SparseMatrix.of_triples(*(np.concatenate(part) for part in (rows, columns, data)), (total, total))
    )


def test_the_derivative_of_right_templates_agrees() -> None:
    assert by_templates(rosenbrock(N)).check().verdict is Verdict.AGREES


@pytest.mark.parametrize("s", [0, 1])
def test_a_slot_shifted_by_one_is_seen(s: int) -> None:
    """Enclosures of the templates' own rows see nothing of it: the product of the whole does."""
    made = rosenbrock(N)
    entries = made.templates[0].slots[s].entries
    wrong = by_templates(made.with_slot(np.roll(entries, 1), s=s))
    found = wrong.check()
    assert found.verdict is Verdict.DIFFERS
    assert "torch's product of the whole differs" in found.findings[0].note


def test_one_row_with_the_wrong_entry_is_seen() -> None:
    made = rosenbrock(N)
    entries = made.templates[0].slots[0].entries.copy()
    entries[30] = 5
    assert by_templates(made.with_slot(entries)).check().verdict is Verdict.DIFFERS


def test_wrong_weights_are_seen() -> None:
    made = weighted(N)
    first, second = made.templates
    wrong = replace(made, templates=(replace(first, weights=np.ones(N)), second))
    assert wrong.check().verdict is Verdict.DIFFERS


def test_a_wrong_entry_of_a_full_row_is_seen() -> None:
    made = arrow(20_000)
    (block,) = made.blocks.values()
    for k in (0, 1, 10_000):
        data = block.data.copy()
        data[k] *= 1.01
        assert made.with_block(replace(block, data=data)).check().verdict is Verdict.DIFFERS


# -- what has no number, and kinks


def ties(formula: str, template: str, n: int = 12, at: int = 7) -> Case:
    """A sum over neighbours of which two are equal."""
    x = np.random.default_rng(3).uniform(1, 2, n)
    x[at + 1] = x[at]
    i = np.arange(n - 1)
    return case(formula, {"x": x}, [(template, {"a": i + 1, "b": i}, None, None)])


def said(finding: Finding) -> str:
    """Its text: nan is not equal to itself. A zero that is not held has no sign."""
    return repr(finding).replace("-0.0", "0.0")


DELICATE = [
    ("sum(relu(x[1:] - x[:-1])*x[1:])", "relu(a - b)*a"),
    ("sum(abs(x[1:] - x[:-1])*x[1:])", "abs(a - b)*a"),
    ("sum(maximum(x[1:], x[:-1])**2)", "maximum(a, b)**2"),
    ("sum(relu(x[1:] - x[:-1])**2)", "relu(a - b)**2"),
    ("sum(1/(x[1:] - x[:-1]))", "1/(a - b)"),
    ("sum(log(x[1:] - x[:-1]))", "log(a - b)"),
    ("sum(sqrt(abs(x[1:] - x[:-1])))", "sqrt(abs(a - b))"),
    ("sum(where(x[1:] > x[:-1], x[1:]**3, x[:-1]**2))", "where(a > b, a**3, b**2)"),
    ("sum(sqrt((x[1:] - x[:-1])**2)**4)", "sqrt((a - b)**2)**4"),
]


@pytest.mark.parametrize(("formula", "template"), DELICATE)
def test_small_ones_have_the_verdict_of_dense_ones(
    formula: str, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ties(formula, template)
    monkeypatch.setattr(checking, "SMALL", 0)
    sparse, dense = made.check(), made.dense()
    assert sparse.verdict is dense.verdict
    same = {finding.entry: said(finding) for finding in dense.findings}
    for finding in sparse.findings:
        if finding.entry:
            assert said(finding) == same[finding.entry]
