"""Sums of small functions with their templates by hand, and their sparse derivatives from torch's dense ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradcli.autograd.point import Torch
from gradcli.base.arrays import FloatArray
from gradcli.base.sparse import Positions, SparseMatrix
from gradcli.inputs.prepare import prepare
from gradcli.language.parse import parse
from gradcli.meaning.templates.template import Slot, Template
from gradcli.reference.answer import Answer, Settings
from gradcli.reference.problem import Problem
from gradcli.verdicts.crosscheck import crosscheck
from gradcli.verdicts.sparse.check import check_sparse
from gradcli.verdicts.verdict import Check


@dataclass(frozen=True)
class Case:
    """A function at a point with all that a check asks for."""

    problem: Problem
    torch: Torch
    wrt: tuple[str, ...]
    blocks: Mapping[tuple[str, ...], SparseMatrix]
    value: FloatArray
    templates: tuple[Template, ...]
    order: int

    def check(self, **settings: object) -> Check:
        return check_sparse(self.problem, self, self.wrt, self.torch, Settings(self.torch.dtype, **settings))  # type: ignore[arg-type]

    def dense(self) -> Check:
        """The verdict that the dense derivative has."""
        parts = self.torch.jacobian() if self.order == 1 else self.torch.hessian()
        shapes = self.problem.values
        answers = [
            Answer(
                label[: len(self.wrt)] if self.order > 1 else label,
                part,
                tuple((name, shapes[name].ndim) for name in label),
                len(self.problem.output) if self.order == 1 else 0,
            )
            for label, part in zip(self.blocks, parts[:-1], strict=True)
        ]
        return crosscheck(self.problem, answers, parts[-1], self.order, Settings(self.torch.dtype)).check

    def with_block(self, matrix: SparseMatrix, label: tuple[str, ...] | None = None) -> Case:
        label = label or next(iter(self.blocks))
        return replace(self, blocks={**self.blocks, label: matrix})

    def with_slot(self, entries: Positions, t: int = 0, s: int = 0) -> Case:
        """Another entry in the place of a slot: what a wrong reading of slices would give."""
        slots = list(self.templates[t].slots)
        slots[s] = replace(slots[s], entries=entries)
        templates = list(self.templates)
        templates[t] = replace(templates[t], slots=tuple(slots))
        return replace(self, templates=tuple(templates))


def case(
    formula: str,
    values: Mapping[str, FloatArray],
    templates: Sequence[tuple[str, Mapping[str, Positions], Positions | None, FloatArray | None]],
    order: int = 2,
    dtype: str = "float64",
) -> Case:
    """The case of a formula whose templates are texts, the positions of their names, owners and weights."""
    task = prepare(parse(formula), dict(values), None, unused=False)
    torch = Torch(task, dtype, "cpu")
    problem = Problem(task.program, task.shapes, torch.exact, None, frozenset(task.wrt))
    made = tuple(
        Template(
            parse(text).tree,
            tuple(Slot(n, at, np.zeros(len(at))) for n, at in slots.items()),
            len(next(iter(slots.values()))),
            owners,
            weights,
        )
        for text, slots, owners, weights in templates
    )
    *parts, value = torch.jacobian() if order == 1 else torch.hessian()
    labels = [(r,) for r in task.wrt] if order == 1 else [(r, c) for r in task.wrt for c in task.wrt]
    blocks = {}
    for label, part in zip(labels, parts, strict=True):
        columns = task.values[label[-1]].size
        blocks[label] = held(np.reshape(part, (-1, columns)))
    return Case(problem, torch, task.wrt, blocks, value, made, order)


def held(array: FloatArray) -> SparseMatrix:
    """The entries of a matrix that are not 0."""
    rows, columns = np.nonzero(array)
    return SparseMatrix.of_triples(rows, columns, array[rows, columns], array.shape)  # type: ignore[arg-type]


def rosenbrock(n: int, seed: int = 0, dtype: str = "float64") -> Case:
    x = np.random.default_rng(seed).uniform(-2, 2, n)
    i = np.arange(n - 1)
    template = ("100*(a - b**2)**2 + (1 - b)**2", {"a": i + 1, "b": i}, None, None)
    return case("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", {"x": x}, [template], dtype=dtype)


def reaction(n: int, seed: int = 0) -> Case:
    """The Jacobian of a diffusion with a reaction, a row for each inner point."""
    x = np.random.default_rng(seed).uniform(-2, 2, n)
    i = np.arange(n - 2)
    template = ("c - 2*b + a + exp(b)*b", {"a": i, "b": i + 1, "c": i + 2}, i, None)
    return case("x[2:] - 2*x[1:-1] + x[:-2] + exp(x[1:-1])*x[1:-1]", {"x": x}, [template], order=1)


def arrow(n: int, seed: int = 0) -> Case:
    """A Hessian whose first row and column are full."""
    x = np.random.default_rng(seed).uniform(1, 2, n)
    i = np.arange(1, n)
    return case("sum(sin(x[0]*x[1:]))", {"x": x}, [("sin(a*b)", {"a": np.zeros(n - 1, np.int64), "b": i}, None, None)])


def weighted(n: int, seed: int = 0) -> Case:
    """Two variables, weighted rows, two templates."""
    draw = np.random.default_rng(seed)
    values = {"x": draw.uniform(1, 2, n), "y": draw.uniform(1, 2, n), "w": draw.uniform(1, 2, n)}
    i = np.arange(n)
    task_weights = values["w"]
    templates = [
        ("a*exp(b/a)", {"a": i, "b": n + i}, None, task_weights),
        ("a**2*b", {"a": i[1:], "b": n + i[:-1]}, None, None),
    ]
    formula = "sum(w*x*exp(y/x)) + sum(x[1:]**2*y[:-1])"
    made = case(formula.replace("w*", ""), {k: v for k, v in values.items() if k != "w"}, templates)
    return _with_constant(formula, values, made)


def _with_constant(formula: str, values: Mapping[str, FloatArray], made: Case) -> Case:
    task = prepare(parse(formula), dict(values), ["x", "y"], unused=False)
    torch = Torch(task, made.torch.dtype, "cpu")
    problem = Problem(task.program, task.shapes, torch.exact, None, frozenset(task.wrt))
    *parts, value = torch.hessian()
    blocks = {label: held(part) for label, part in zip(made.blocks, parts, strict=True)}
    return replace(made, problem=problem, torch=torch, blocks=blocks, value=value)
