"""The check of sparse derivatives: what is right agrees, and every fault that is planted is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sparse.sums import Case, arrow, case, reaction, rosenbrock, weighted

import gradcli
from gradcli.base.errors import LimitError
from gradcli.base.sparse import SparseMatrix
from gradcli.verdicts.sparse import check as checking
from gradcli.verdicts.sparse import lines
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
        numbers = made.problem.values["x"]
        x, y = numbers[a.entries], numbers[b.entries]
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
    made = arrow(1_500)
    (block,) = made.blocks.values()
    for k in (0, 1, 1_000):
        data = block.data.copy()
        data[k] *= 1.01
        assert made.with_block(replace(block, data=data)).check().verdict is Verdict.DIFFERS


# -- without templates


def without_templates(made: Case) -> Case:
    return replace(made, templates=())


def test_without_templates_entries_of_the_whole_are_looked_at(right: Case) -> None:
    found = without_templates(right).check()
    assert found.verdict is Verdict.AGREES
    assert found.checked > 0


@pytest.mark.parametrize("seed", range(4))
def test_without_templates_faults_are_seen(right: Case, seed: int) -> None:
    draw = np.random.default_rng(seed)
    label, block = list(right.blocks.items())[seed % len(right.blocks)]
    k = int(draw.integers(0, block.nnz))
    data = block.data.copy()
    data[k] *= 1.001
    kept = np.arange(block.nnz) != k
    less = SparseMatrix.of_triples(block.rows[kept], block.indices[kept], block.data[kept], block.shape)
    for wrong in (replace(block, data=data), less):
        assert without_templates(right).with_block(wrong, label).check().verdict is Verdict.DIFFERS


@pytest.mark.parametrize("name", ["reaction", "rosenbrock"])
def test_large_ones_without_templates_have_the_second_route_along_a_direction(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = without_templates(CASES[name](500))
    monkeypatch.setattr(checking.Work, "refuse_beyond", refuse)
    found = made.check()
    assert (found.verdict, found.checked, found.reference) == (Verdict.AGREES, 0, "extended")
    (block,) = made.blocks.values()
    data = block.data.copy()
    data[77] *= 1 + 1e-8
    faulty = made.with_block(replace(block, data=data))
    assert faulty.check().verdict is Verdict.DIFFERS
    for room in (checking, lines):
        monkeypatch.setattr(room, "MUCH", 0)
    assert made.check().verdict is Verdict.UNCHECKED
    found = faulty.check()
    assert found.verdict is Verdict.UNCHECKED
    assert any("no bounds tell which is right" in note for note in found.notes)


def refuse(*_: object) -> None:
    raise LimitError("too large", kind="unchecked")


# -- other dtypes, and numbers of very different sizes


@pytest.mark.parametrize("seed", range(3))
def test_float32_has_its_own_tolerance(seed: int) -> None:
    made = rosenbrock(N, seed, dtype="float32")
    assert made.check(seed=seed).verdict in {Verdict.AGREES, Verdict.ROUNDING}
    (block,) = made.blocks.values()
    data = block.data.copy()
    data[50] *= 1.001
    assert made.with_block(replace(block, data=data)).check(seed=seed).verdict is Verdict.DIFFERS


def test_small_entries_beside_large_ones_are_seen() -> None:
    """The direction weighs rows alike: 1 in the row of 1e24 is seen as it is in the row of 1."""
    x = np.geomspace(1e-6, 1e6, N)
    i = np.arange(N - 1)
    made = case("sum(x[1:]**5*x[:-1] + x[:-1])", {"x": x}, [("a**5*b + b", {"a": i + 1, "b": i}, None, None)])
    assert made.check().verdict is Verdict.AGREES
    (block,) = made.blocks.values()
    for k in (0, 1, 2, 50, 100):
        kept = np.arange(block.nnz) != k
        less = SparseMatrix.of_triples(block.rows[kept], block.indices[kept], block.data[kept], block.shape)
        assert made.with_block(less).check().verdict is Verdict.DIFFERS


def test_terms_that_cancel_are_no_fault() -> None:
    """Each second derivative is 0 and comes out as rounding, other rounding in torch's product."""
    x = np.random.default_rng(0).uniform(1, 9, N)
    i = np.arange(N - 1)
    text = "sin(a*b)**2 + cos(a*b)**2"
    made = case(
        "sum(sin(x[1:]*x[:-1])**2 + cos(x[1:]*x[:-1])**2)", {"x": x}, [(text, {"a": i + 1, "b": i}, None, None)]
    )
    assert made.check().verdict.rank <= Verdict.ROUNDING.rank
    assert made.check(mode="sample").verdict.rank <= Verdict.ROUNDING.rank


# -- what has no number, and kinks


def ties(formula: str, template: str, n: int = 12, at: int = 7) -> Case:
    """A sum over neighbours of which two are equal."""
    x = np.random.default_rng(3).uniform(1, 2, n)
    x[at + 1] = x[at]
    i = np.arange(n - 1)
    return case(formula, {"x": x}, [(template, {"a": i + 1, "b": i}, None, None)])


def test_what_is_undefined_has_its_place() -> None:
    made = ties("sum(log(x[1:] - x[:-1] + 1.5))", "log(a - b + 1.5)", n=60)
    assert made.check().verdict is Verdict.AGREES
    values = {"x": np.where(np.arange(60) == 20, 9.0, made.problem.values["x"])}
    i = np.arange(59)
    wrong = case("sum(log(x[1:] - x[:-1] + 1.5))", values, [("log(a - b + 1.5)", {"a": i + 1, "b": i}, None, None)])
    found = wrong.check()
    assert found.verdict is Verdict.SINGULAR
    assert found.notes[0].startswith("a term of x[20], x[21]: the function is undefined or not real here: the log")


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


def test_an_entry_that_is_zero_has_the_terms_of_its_mirror_image_too() -> None:
    """In x[1, 0] by itself terms of size 1e-21 cancel, in x[0, 1] of size 0.1, from which torch has both."""
    product = "(where(x[::2]*x[[0, -2, -3]] > 0, (x[::2]*x[[0, -2, -3]])**2, sin(x[::2]*x[[0, -2, -3]])))[:2]"
    quotient = "erf(x)[:2] + x[1:][:2]/x[1::3][-2:]"
    largest = "maximum(x[:4]*(x[-4:] + x[-4:]), x[:-1][-4:])[-2:]"
    point = [0.061753508968678296, 0.12448879355024701, -0.42223000679877126, 1.6914127610943994, 0.4109039583615053,
             -0.2228564771291142]  # fmt: skip
    found = gradcli.hessian(f"mean({product}*({quotient})*{largest})", {"x": point}, sparse=True)
    assert found.derivative is not None
    assert found.derivative["x"]["x"].toarray()[1, 0] != 0
    assert found.check.verdict == "agrees"
