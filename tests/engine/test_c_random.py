"""Random formulas of scalars: the compiled kernel's numbers beside torch's, row by row, at awkward numbers too."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from engine.built import COMPILER, answers
from fuzzing.grammar import Grammar

from gradcli.autograd.tensors import TorchArithmetic, session
from gradcli.base.arrays import FloatArray
from gradcli.base.errors import GradcliError
from gradcli.engine.c_source import c_source
from gradcli.engine.formulas import Formulas, formulas
from gradcli.language.parse import parse
from gradcli.meaning.program import values_of_steps
from gradcli.operations.shape_rules import ShapeMismatch

STEPS = 300  # of a formula that is taken: longer ones take a compiler seconds
TOGETHER = 12  # formulas in one kernel


def texts(seed: int) -> list[str]:
    """Formulas of scalars that have a meaning in C, by a seed."""
    rng, found = random.Random(seed), []  # noqa: S311
    while len(found) < TOGETHER:
        grammar = Grammar(rng)
        text = grammar.piece((), rng.randint(1, 6)).at(0)
        if not any(grammar.shapes.values()) and in_c([text]) is not None:
            found.append(text)
    return found


def in_c(written: list[str]) -> Formulas | None:
    """One kernel of all; None where there is none."""
    try:
        parsed = [parse(text) for text in written]
        names = sorted({name for each in parsed for name in each.names})
        tree = parse(f"[{', '.join(written)}]").tree if len(written) > 1 else parsed[0].tree
        found = formulas(tree, "jacobian", names, names, ())
        c_source(found)
    except (GradcliError, ShapeMismatch):
        return None
    return found if names and len(found.program.steps) <= STEPS * len(written) else None


def by_rows(found: Formulas, columns: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """The outputs by the rows' torch meanings, of one number at a time."""
    rows: dict[str, list[list[float]]] = {output.name: [] for output in found.outputs}
    with session("float64", "cpu"):
        for point in zip(*columns.values(), strict=True):
            given = {name: torch.tensor(float(x)) for name, x in zip(columns, point, strict=True)}
            values = values_of_steps(found.program, TorchArithmetic(), given)
            for output in found.outputs:
                rows[output.name].append([float(values[i]) for i in output.steps])
    return {o.name: np.array(rows[o.name]).reshape(-1, *o.shape) for o in found.outputs}


@pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")
@pytest.mark.parametrize("seed", range(4))
def test_random_formulas_have_the_numbers_of_torch(seed: int) -> None:
    written = texts(seed)
    found = in_c(written)
    assert found is not None
    draw = np.random.default_rng(seed)
    columns = {
        name: np.concatenate([draw.normal(size=40) * 2, draw.choice([0.0, 1.0, -1.0, 2.0, 0.5], 20)])
        for name in found.columns
    }
    due = by_rows(found, columns)
    got = answers(found, columns).outputs
    for name, values in due.items():
        with np.errstate(invalid="ignore"):
            close = np.isclose(got[name], values, rtol=1e-6, atol=1e-12, equal_nan=True)
        wrong = {written[k]: values[i][k] for i, k in np.argwhere(~close)[:3]}
        assert wrong == {}, name
