"""The check of sparse derivatives as the engine gives them, by templates and by colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradcli.autograd.point import Torch
from gradcli.base.arrays import FloatArray
from gradcli.engine.sparse import by_templates
from gradcli.engine.sparse.answer import COLOURS, TEMPLATES, SparseDerivative
from gradcli.engine.sparse.derivative import sparse_hessian, sparse_jacobian
from gradcli.inputs.prepare import prepare
from gradcli.language.parse import parse
from gradcli.reference.answer import Settings
from gradcli.reference.problem import Problem
from gradcli.verdicts.sparse.check import check_sparse
from gradcli.verdicts.verdict import Verdict

draw = np.random.default_rng(5)
X, Y, U, W = draw.uniform(1, 2, 70), draw.uniform(1, 2, 70), draw.uniform(1, 2, (9, 9)), draw.uniform(1, 2, 69)
HESSIANS: list[tuple[str, dict[str, FloatArray]]] = [
    ("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", {"x": X}),
    ("sum((u[1:, :] - u[:-1, :])**2) + sum((u[:, 1:] - u[:, :-1])**4) + sum(exp(u))", {"u": U}),
    ("sum(x*y*exp(x)) + sum(x[1:]**2/y[:-1])", {"x": X, "y": Y}),
    ("sum(sin(x[0]*x[1:])*x[:-1])", {"x": X}),
    ("sum(sqrt(x[1:]**2 + x[:-1]**2)*5)", {"x": X}),
]
JACOBIANS: list[tuple[str, dict[str, FloatArray]]] = [
    ("x[2:] - 2*x[1:-1] + x[:-2] + exp(x[1:-1])", {"x": X}),
    ("u[1:, 1:]*u[:-1, :-1] + sin(u[1:, :-1])", {"u": U}),
    ("concat([x*y, x[1:]/y[:-1]])", {"x": X, "y": Y}),
]
ALL = [(f, v, 2) for f, v in HESSIANS] + [(f, v, 1) for f, v in JACOBIANS]


def derived(formula: str, values: dict[str, FloatArray], order: int, method: str) -> tuple[Torch, SparseDerivative]:
    task = prepare(parse(formula), values, None, unused=False)
    torch = Torch(task, "float64", "cpu")
    return torch, (sparse_hessian if order == 2 else sparse_jacobian)(torch, method=method)


def verdict(torch: Torch, found: SparseDerivative) -> Verdict:
    task = torch.task
    problem = Problem(task.program, task.shapes, torch.exact, None, frozenset(task.wrt))
    return check_sparse(problem, found, task.wrt, torch, Settings("float64")).verdict


@pytest.mark.parametrize("method", [TEMPLATES, COLOURS])
@pytest.mark.parametrize(("formula", "values", "order"), ALL)
def test_what_the_engine_gives_agrees_and_a_fault_in_it_is_seen(
    formula: str, values: dict[str, FloatArray], order: int, method: str
) -> None:
    torch, found = derived(formula, values, order, method)
    assert verdict(torch, found) is Verdict.AGREES
    label, block = list(found.blocks.items())[-1]
    data = block.data.copy()
    data[block.nnz // 3] += 1e-6 * abs(data).max()
    wrong = replace(found, blocks={**found.blocks, label: replace(block, data=data)})
    assert verdict(torch, wrong) is Verdict.DIFFERS


@pytest.mark.parametrize(("formula", "values", "order"), ALL)
def test_what_wrong_templates_give_is_seen(
    formula: str, values: dict[str, FloatArray], order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slot that is off by one: the derivative and the enclosures have the same fault, torch's product has not."""
    _, found = derived(formula, values, order, TEMPLATES)
    for t, template in enumerate(found.templates):
        for s, slot in enumerate(template.slots if len(template.slots) > 1 else ()):
            moved = replace(slot, entries=np.roll(slot.entries, 1))
            slots = (*template.slots[:s], moved, *template.slots[s + 1 :])
            wrong = (*found.templates[:t], replace(template, slots=slots), *found.templates[t + 1 :])
            given = wrong, found.value
            monkeypatch.setattr(by_templates, "templates_at", lambda *_, given=given: given)
            if not np.array_equal(moved.entries, slot.entries):
                assert verdict(*derived(formula, values, order, TEMPLATES)) is Verdict.DIFFERS
